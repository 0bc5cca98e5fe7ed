// Draws the points: pre-computed markers blended into a pixel buffer.
// Why not arc() or WebGL: 70,000 paths take too long, and browsers cap the WebGL contexts of a page.

import { markerDistance } from "./markers.js";

/** @typedef {import("../common/theme.js").Rgb} Rgb
 *  @typedef {{colour: Rgb, radius: number, alpha: number, marker: number}} MarkerStyle radius in device pixels
 *  @typedef {{offsets: Int32Array, keep: Uint16Array, paint: Uint32Array}[]} Stamp one for each sub-pixel place */

// A disc drawn only on whole pixels would tremble while it glides; 4 × 4 sub-pixel places are enough for the eye.
const SUBPIXELS = 4;

/** Radius in CSS pixels: 3.4 for 1,800 points, 1.2 for 70,000, a little less on a small canvas, a little more when zoomed in. */
export function pointRadius(n, width, height, zoom = 1) {
  const room = Math.min(1.1, Math.max(0.72, Math.sqrt((width * height) / (860 * 516))));
  return Math.min(6, Math.max(1, 3.4 * room * (1800 / n) ** 0.285) * Math.min(2.2, zoom ** 0.3));
}

/**
 * How opaque points may be: where many share a place, each gives way so that mixtures show as mixtures.
 * @returns {number} one of a few levels, so that a zoom does not shimmer
 */
export function pointOpacity(xs, ys, width, height, radius) {
  const cell = Math.max(4, 2 * radius);
  const across = Math.ceil(width / cell);
  const counts = new Uint32Array(across * Math.ceil(height / cell));
  let seen = 0;
  let pairs = 0;
  for (let i = 0; i < xs.length; i++) {
    if (xs[i] < 0 || ys[i] < 0 || xs[i] >= width || ys[i] >= height) continue;
    // Each point meets those that came before it into its cell: summed, the pairs of points in one cell.
    pairs += counts[Math.floor(ys[i] / cell) * across + Math.floor(xs[i] / cell)]++;
    seen++;
  }
  const neighbours = seen > 0 ? (2 * pairs) / seen : 0;
  const wanted = 0.94 / Math.max(1, neighbours / 3) ** 0.35;
  return [0.94, 0.8, 0.68, 0.58, 0.5].find((level) => wanted >= level - 0.03) ?? 0.5;
}

/** @param {Rgb} colour */
export function packPixel(colour) {
  return ((255 << 24) | (colour[2] << 16) | (colour[1] << 8) | colour[0]) >>> 0;
}

const smoothEdge = (radius, distance) => Math.min(1, Math.max(0, radius - distance + 0.5));

/**
 * One marker with a thin rim in the background's colour, at every sub-pixel place.
 * @param {MarkerStyle} style
 * @param {Rgb} rim
 * @param {number} rimWidth device pixels
 * @param {number} stride width of the pixel buffer
 * @returns {Stamp}
 */
export function makeStamp(style, rim, rimWidth, stride) {
  const { colour, radius, alpha, marker } = style;
  const reach = stampReach(radius, rimWidth);
  const side = 2 * reach + 1;
  return Array.from({ length: SUBPIXELS * SUBPIXELS }, (_, place) => {
    const shiftX = ((place % SUBPIXELS) + 0.5) / SUBPIXELS - 0.5;
    const shiftY = (Math.floor(place / SUBPIXELS) + 0.5) / SUBPIXELS - 0.5;
    const [offsets, keep, paint] = [[], [], []];
    for (let k = 0; k < side * side; k++) {
      const x = (k % side) - reach;
      const y = Math.floor(k / side) - reach;
      const distance = markerDistance(marker, x - shiftX, y - shiftY, radius);
      const fill = smoothEdge(0, distance) * alpha;
      const edge = rimWidth > 0 ? smoothEdge(rimWidth, distance) * 0.6 : 0;
      const cover = fill + (1 - fill) * edge;
      const retained = 256 - Math.round(cover * 256);
      // A pixel that the marker does not touch would cost a write for nothing.
      if (retained === 256) continue;
      const mixed = /** @type {Rgb} */ ([0, 1, 2].map((i) => Math.round((colour[i] * fill + rim[i] * (cover - fill)) / cover)));
      offsets.push(y * stride + x);
      keep.push(retained);
      paint.push(addedColour(mixed, retained));
    }
    return { offsets: Int32Array.from(offsets), keep: Uint16Array.from(keep), paint: Uint32Array.from(paint) };
  });
}

/**
 * What a blend adds to the share of the pixel that it keeps. Chosen so that a colour blended onto itself stays itself: a thousand points
 * on one spot would otherwise lose a step of brightness each, until faint edges are black.
 * @param {Rgb} colour @param {number} retained of 256
 */
function addedColour(colour, retained) {
  const [r, g, b] = colour.map((value) => value - ((value * retained) >>> 8));
  return ((b << 16) | (g << 8) | r) >>> 0;
}

/** How far from its point a stamp may write. */
export function stampReach(radius, rimWidth) {
  // Squares and triangles of the same area as a disc stick out by half as much again.
  return Math.ceil(1.5 * radius + rimWidth + 1);
}

/**
 * @param {Uint32Array} pixels
 * @param {number} width
 * @param {number} height
 * @param {{xs: Float32Array, ys: Float32Array, order: Uint32Array, stampIndices: Uint8Array|Uint16Array, stamps: Stamp[], margin: number}} job
 */
export function paintPoints(pixels, width, height, job) {
  const { xs, ys, order, stampIndices, stamps, margin } = job;
  const right = width - margin;
  const bottom = height - margin;
  for (let p = 0; p < order.length; p++) {
    const i = order[p];
    const x = Math.floor(xs[i]);
    const y = Math.floor(ys[i]);
    if (x < margin || y < margin || x >= right || y >= bottom) continue;
    const place = Math.floor((ys[i] - y) * SUBPIXELS) * SUBPIXELS + Math.floor((xs[i] - x) * SUBPIXELS);
    const { offsets, keep, paint } = stamps[stampIndices[i]][place];
    const at = y * width + x;
    for (let k = 0; k < offsets.length; k++) {
      const target = at + offsets[k];
      const below = pixels[target];
      const left = keep[k];
      // Red and blue share one multiplication; the gap of eight bits between them takes the overflow.
      const redBlue = (Math.imul(below & 0xff00ff, left) >>> 8) & 0xff00ff;
      const green = (Math.imul(below & 0xff00, left) >>> 8) & 0xff00;
      pixels[target] = 0xff000000 | (redBlue + green + paint[k]);
    }
  }
}

/** A straight line, blended. @param {Uint32Array} pixels @param {number} alpha 0 to 1 @param {number} packed colour of packPixel */
export function paintLine(pixels, width, height, x0, y0, x1, y1, packed, alpha) {
  const steps = Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0)));
  // Beyond a few canvases a segment is far out of sight, where a zoom has put it.
  if (steps === 0 || steps > 4 * (width + height)) return;
  const left = 256 - Math.round(alpha * 256);
  const added = addedColour([packed & 255, (packed >>> 8) & 255, (packed >>> 16) & 255], left);
  const [dx, dy] = [(x1 - x0) / steps, (y1 - y0) / steps];
  for (let s = 0; s < steps; s++) {
    const x = Math.floor(x0 + s * dx);
    const y = Math.floor(y0 + s * dy);
    if (x < 0 || y < 0 || x >= width || y >= height) continue;
    const target = y * width + x;
    const below = pixels[target];
    const redBlue = (Math.imul(below & 0xff00ff, left) >>> 8) & 0xff00ff;
    const green = (Math.imul(below & 0xff00, left) >>> 8) & 0xff00;
    pixels[target] = 0xff000000 | (redBlue + green + added);
  }
}
