// Draws the points: pre-computed discs blended into a pixel buffer.
// Why not arc() or WebGL: 70,000 paths take too long, and browsers cap the WebGL contexts of a page.

/** @typedef {import("./theme.js").Rgb} Rgb
 *  @typedef {{offsets: Int32Array, keep: Uint16Array[], paint: Uint32Array[][]}} Stamps */

// A disc drawn only on whole pixels would tremble while it glides; 4 × 4 sub-pixel places are enough for the eye.
const SUBPIXELS = 4;

/** Radius in CSS pixels: 3.4 for 1,800 points, 1.2 for 70,000, a little less on a small canvas. */
export function pointRadius(n, width, height) {
  const room = Math.min(1.1, Math.max(0.72, Math.sqrt((width * height) / (860 * 516))));
  return Math.min(5, Math.max(1, 3.4 * room * (1800 / n) ** 0.285));
}

/** @param {Rgb} colour */
export function packPixel(colour) {
  return ((255 << 24) | (colour[2] << 16) | (colour[1] << 8) | colour[0]) >>> 0;
}

const smoothEdge = (radius, distance) => Math.min(1, Math.max(0, radius - distance + 0.5));

/**
 * One disc with a thin rim in the background's colour, at every sub-pixel place and in every colour.
 * @param {Rgb[]} colours
 * @param {Rgb} rim
 * @param {number} radius device pixels
 * @param {number} alpha
 * @param {number} rimWidth device pixels
 * @param {number} stride width of the pixel buffer
 * @returns {Stamps}
 */
export function makeStamps(colours, rim, radius, alpha, rimWidth, stride) {
  const reach = Math.ceil(radius + rimWidth + 1);
  const side = 2 * reach + 1;
  const offsets = Int32Array.from({ length: side * side },
    (_, k) => (Math.floor(k / side) - reach) * stride + (k % side) - reach);
  const keep = [];
  const paint = colours.map(() => []);
  for (let place = 0; place < SUBPIXELS * SUBPIXELS; place++) {
    const shiftX = ((place % SUBPIXELS) + 0.5) / SUBPIXELS - 0.5;
    const shiftY = (Math.floor(place / SUBPIXELS) + 0.5) / SUBPIXELS - 0.5;
    const kept = new Uint16Array(side * side);
    const inks = colours.map(() => new Uint32Array(side * side));
    for (let k = 0; k < side * side; k++) {
      const distance = Math.hypot((k % side) - reach - shiftX, Math.floor(k / side) - reach - shiftY);
      const fill = smoothEdge(radius, distance) * alpha;
      const edge = smoothEdge(radius + rimWidth, distance) * 0.6;
      const cover = fill + (1 - fill) * edge;
      kept[k] = 256 - Math.round(cover * 256);
      colours.forEach((colour, c) => {
        const channel = (i) => Math.floor(((colour[i] * fill + rim[i] * (cover - fill)) * (256 - kept[k])) / (256 * (cover || 1)));
        inks[c][k] = ((channel(2) << 16) | (channel(1) << 8) | channel(0)) >>> 0;
      });
    }
    keep.push(kept);
    inks.forEach((ink, c) => paint[c].push(ink));
  }
  return compactStamps(offsets, keep, paint);
}

// Corners that no place of the disc touches would cost a third of all writes.
function compactStamps(offsets, keep, paint) {
  const used = [...offsets.keys()].filter((k) => keep.some((kept) => kept[k] < 256));
  const pick = (array) => array.constructor.from(used, (k) => array[k]);
  return { offsets: pick(offsets), keep: keep.map(pick), paint: paint.map((places) => places.map(pick)) };
}

/**
 * @param {Uint32Array} pixels
 * @param {number} width
 * @param {number} height
 * @param {{xs: Float32Array, ys: Float32Array, order: Uint32Array, inks: Int16Array, stamps: Stamps, margin: number}} job
 *   inks: colour of each point, negative = skip
 */
export function paintPoints(pixels, width, height, job) {
  const { xs, ys, order, inks, stamps, margin } = job;
  const { offsets, keep, paint } = stamps;
  const length = offsets.length;
  for (let p = 0; p < order.length; p++) {
    const i = order[p];
    const ink = inks[i];
    if (ink < 0) continue;
    const x = Math.floor(xs[i]);
    const y = Math.floor(ys[i]);
    if (x < margin || y < margin || x >= width - margin || y >= height - margin) continue;
    const place = Math.floor((ys[i] - y) * SUBPIXELS) * SUBPIXELS + Math.floor((xs[i] - x) * SUBPIXELS);
    const kept = keep[place];
    const colour = paint[ink][place];
    const at = y * width + x;
    for (let k = 0; k < length; k++) {
      const left = kept[k];
      if (left === 256) continue;
      const spot = at + offsets[k];
      const below = pixels[spot];
      // Red and blue share one multiplication; the gap of eight bits between them takes the overflow.
      const redBlue = (Math.imul(below & 0xff00ff, left) >>> 8) & 0xff00ff;
      const green = (Math.imul(below & 0xff00, left) >>> 8) & 0xff00;
      pixels[spot] = (0xff000000 | (redBlue + green + colour[k])) >>> 0;
    }
  }
}

/** A pale disc under a gathered cluster. @param {Uint32Array} pixels @param {{x: number, y: number, radius: number, colour: Rgb, alpha: number}} disc */
export function paintDisc(pixels, width, height, disc) {
  const { x, y, radius, colour, alpha } = disc;
  const top = Math.max(0, Math.floor(y - radius - 1));
  const bottom = Math.min(height - 1, Math.ceil(y + radius + 1));
  const left = Math.max(0, Math.floor(x - radius - 1));
  const right = Math.min(width - 1, Math.ceil(x + radius + 1));
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      const cover = smoothEdge(radius, Math.hypot(column - x, row - y)) * alpha;
      if (cover <= 0) continue;
      const spot = row * width + column;
      const below = pixels[spot];
      const blend = (shift, value) => Math.round(((below >>> shift) & 255) * (1 - cover) + value * cover) << shift;
      pixels[spot] = (0xff000000 | blend(16, colour[2]) | blend(8, colour[1]) | blend(0, colour[0])) >>> 0;
    }
  }
}

/** The map from frame numbers (uint16) to device pixels, equal scale on both axes, y up, centred. */
export function fitView(bounds, width, height, margin) {
  const [left, bottom, right, top] = bounds;
  const spanX = Math.max(right - left, 1e-12);
  const spanY = Math.max(top - bottom, 1e-12);
  const scale = Math.min((width - 2 * margin) / spanX, (height - 2 * margin) / spanY);
  return {
    scale,
    perX: (scale * spanX) / 65535,
    perY: (-scale * spanY) / 65535,
    originX: (width - scale * spanX) / 2,
    originY: (height + scale * spanY) / 2,
  };
}

/** Where every point is between two frames. @param {Uint16Array} frames */
export function placePoints(frames, n, position, view, xs, ys) {
  const last = frames.length / (2 * n) - 1;
  const from = Math.min(Math.floor(position), last);
  const share = position - from;
  const a = from * n * 2;
  const b = Math.min(from + 1, last) * n * 2;
  for (let i = 0; i < n; i++) {
    const x = frames[a + 2 * i];
    const y = frames[a + 2 * i + 1];
    xs[i] = view.originX + (x + (frames[b + 2 * i] - x) * share) * view.perX;
    ys[i] = view.originY + (y + (frames[b + 2 * i + 1] - y) * share) * view.perY;
  }
}

/**
 * Clusters that have gathered into a spot, and the disc that shows how many points are in it:
 * its area is what the points would need side by side. Fades in as the points come together.
 */
export function gatheredDiscs(cut, xs, ys, minSize, radius) {
  const { labels, nClusters, coreSizes } = cut;
  const sums = new Float64Array(nClusters * 4);
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] < 0) continue;
    const at = labels[i] * 4;
    sums[at] += 1;
    sums[at + 1] += xs[i];
    sums[at + 2] += ys[i];
    sums[at + 3] += xs[i] * xs[i] + ys[i] * ys[i];
  }
  const discs = [];
  for (let c = 0; c < nClusters; c++) {
    if (coreSizes[c] < minSize) continue;
    const count = sums[c * 4];
    const x = sums[c * 4 + 1] / count;
    const y = sums[c * 4 + 2] / count;
    const spread = Math.sqrt(Math.max(0, sums[c * 4 + 3] / count - x * x - y * y));
    const full = radius * Math.sqrt(count) * 0.9;
    const gathered = Math.min(1, Math.max(0, 1.5 - (2 * spread) / full));
    if (gathered > 0) discs.push({ cluster: c, x, y, radius: full, alpha: gathered });
  }
  return discs;
}
