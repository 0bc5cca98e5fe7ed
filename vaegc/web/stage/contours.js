// Density contours under the points: a kernel density estimate on a grid, its levels, and their lines (marching squares).
// Why levels by share: "inside this line are 80 % of the points" means the same at every step, a density does not.

/**
 * @typedef {import("./scene.js").Scene} Scene
 * @typedef {{width: number, height: number, box: number[], values: ArrayLike<number>}} Field log density in the middle of each
 *   cell of a grid over `box` = [left, bottom, right, top]; the first row is the lowest
 */

/** Standard deviations of the blur: that much of the grid lies beyond the points, and that far a point is felt. */
const BLUR_MARGIN_SIGMAS = 3;
const BLUR_REACH_SIGMAS = 4;
/** A blur narrower than the cells would show the cells. */
const MIN_BLUR_CELLS = 1.25;
/** Of the normal reference rule, which is made for one bump and would melt neighbouring clusters into one. */
const BANDWIDTH_SHARE = 0.4;
/** Farther than this from a level, in units of log density, a value says no more than its side. */
const MAX_LOG_RATIO = 30;

/**
 * Log density of the points at one frame: their counts in cells, blurred by a Gaussian. Null where the picture is not flat.
 * @param {Scene} scene
 * @param {number} frame
 * @param {number} columns cells along the longer side
 * @returns {Field|null}
 */
export function kernelDensity(scene, frame, columns = 128) {
  if (scene.dim === 3) return null;
  const { n, frames, header } = scene;
  const [left, bottom, right, top] = header.bounds;
  const longest = Math.max(right - left, top - bottom) || 1;
  const from = frame * n * 2;
  const spread = Math.hypot(axisSpread(frames, from, n, right - left), axisSpread(frames, from + 1, n, top - bottom)) / Math.SQRT2;
  const finest = (MIN_BLUR_CELLS * longest) / (columns - 2 * BLUR_MARGIN_SIGMAS * MIN_BLUR_CELLS);
  const sigma = Math.max(finest, BANDWIDTH_SHARE * spread * n ** (-1 / 6));
  const cell = (longest + 2 * BLUR_MARGIN_SIGMAS * sigma) / columns;
  const cellsOf = (span) => Math.max(1, Math.min(columns, Math.ceil((span + 2 * BLUR_MARGIN_SIGMAS * sigma) / cell - 1e-9)));
  const width = cellsOf(right - left);
  const height = cellsOf(top - bottom);
  const boxLeft = (left + right - width * cell) / 2;
  const boxBottom = (bottom + top - height * cell) / 2;

  const counts = new Float64Array(width * height);
  const perX = (right - left) / 65535 / cell;
  const perY = (top - bottom) / 65535 / cell;
  const originX = (left - boxLeft) / cell - 0.5;
  const originY = (bottom - boxBottom) / cell - 0.5;
  for (let i = from; i < from + 2 * n; i += 2) {
    const x = originX + frames[i] * perX;
    const y = originY + frames[i + 1] * perY;
    const column = Math.max(0, Math.min(width - 2, Math.floor(x)));
    const row = Math.max(0, Math.min(height - 2, Math.floor(y)));
    // Shared among four cells: the field then moves smoothly with the points.
    const shareX = x - column;
    const shareY = y - row;
    const at = row * width + column;
    counts[at] += (1 - shareX) * (1 - shareY);
    counts[at + 1] += shareX * (1 - shareY);
    counts[at + width] += (1 - shareX) * shareY;
    counts[at + width + 1] += shareX * shareY;
  }
  const blurred = gaussianBlur(counts, width, height, sigma / cell);
  // Where no point is felt the density is that of one point at the end of its reach: finite, and below every level.
  const minDensity = Math.exp(-(BLUR_REACH_SIGMAS ** 2) / 2) / (2 * Math.PI * (sigma / cell) ** 2);
  const perCell = 1 / (n * cell * cell);
  const values = Float32Array.from(blurred, (count) => Math.log(Math.max(count, minDensity) * perCell));
  return { width, height, box: [boxLeft, boxBottom, boxLeft + width * cell, boxBottom + height * cell], values };
}

// The smaller of standard deviation and scaled interquartile range along one axis, so that far outliers do not widen the blur.
function axisSpread(frames, from, n, extent) {
  const bins = new Int32Array(1024);
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const value = frames[from + 2 * i];
    bins[value >> 6]++;
    sum += value;
    squares += value * value;
  }
  const quantile = (share) => {
    let left = share * n;
    let bin = 0;
    while (bin < 1023 && left > bins[bin]) left -= bins[bin++];
    return 64 * (bin + left / Math.max(1, bins[bin]));
  };
  const deviation = Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
  const middle = (quantile(0.75) - quantile(0.25)) / 1.349;
  return ((middle > 0 ? Math.min(deviation, middle) : deviation) * extent) / 65535;
}

function gaussianBlur(counts, width, height, sigma) {
  const reach = Math.ceil(BLUR_REACH_SIGMAS * sigma);
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, k) => Math.exp(-0.5 * ((k - reach) / sigma) ** 2));
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  for (let k = 0; k < kernel.length; k++) kernel[k] /= total;
  const across = new Float64Array(counts.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const count = counts[row * width + column];
      // Points fill few of the cells.
      if (count === 0) continue;
      const first = Math.max(0, column - reach);
      const last = Math.min(width - 1, column + reach);
      for (let c = first; c <= last; c++) across[row * width + c] += count * kernel[c - column + reach];
    }
  }
  const both = new Float64Array(counts.length);
  for (let row = 0; row < height; row++) {
    const last = Math.min(height - 1, row + reach);
    for (let r = Math.max(0, row - reach); r <= last; r++) {
      const weight = kernel[r - row + reach];
      for (let column = 0; column < width; column++) both[r * width + column] += weight * across[row * width + column];
    }
  }
  return both;
}

/** The field between the middles of its cells; beyond the outermost ones it stays as it is there. @param {Field} field */
export function interpolateDensity(field, x, y) {
  const { width, height, box, values } = field;
  const place = (value, low, high, cells) => Math.min(cells - 1, Math.max(0, ((value - low) / (high - low)) * cells - 0.5));
  const column = place(x, box[0], box[2], width);
  const row = place(y, box[1], box[3], height);
  const c = Math.floor(column);
  const r = Math.floor(row);
  const right = Math.min(c + 1, width - 1);
  const above = Math.min(r + 1, height - 1) * width;
  const mix = (a, b, share) => (share === 0 ? a : share === 1 ? b : a + (b - a) * share);
  const value = mix(mix(values[r * width + c], values[r * width + right], column - c),
    mix(values[above + c], values[above + right], column - c), row - r);
  return Number.isNaN(value) ? -Infinity : value;
}

/**
 * Levels of the field, each with the share of the points that lie where it is at least as high.
 * @param {Field} field
 * @param {Scene} scene
 * @param {number} frame
 * @param {number} nLevels the first encloses 95 % of the points, the last 5 %; fewer where several would be the same
 * @returns {{share: number, level: number}[]} ascending levels
 */
export function contourLevels(field, scene, frame, nLevels = 6) {
  if (scene.dim === 3) return [];
  const { n, frames, header } = scene;
  const [left, bottom, right, top] = header.bounds;
  const perX = (right - left) / 65535;
  const perY = (top - bottom) / 65535;
  const heights = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    const at = (frame * n + i) * 2;
    heights[i] = interpolateDensity(field, left + frames[at] * perX, bottom + frames[at + 1] * perY);
  }
  heights.sort();
  const levels = [];
  for (let k = 0; k < nLevels; k++) {
    const share = k === 0 ? 0.95 : k === nLevels - 1 ? 0.05 : Math.round(100 * (1 - k / (nLevels - 1))) / 100;
    const level = heights[Math.min(n - 1, Math.floor((1 - share) * n))];
    if (Number.isFinite(level) && !(levels.length > 0 && level <= levels[levels.length - 1].level)) levels.push({ share, level });
  }
  return levels;
}

/**
 * The lines where a field crosses a level: closed rings (the first place is repeated at the end), counter-clockwise around what
 * is higher. A line that would leave the grid is closed along its edge.
 * @param {Field} field
 * @param {number} level
 * @returns {Float32Array[]} x, y, x, y, ... in units of the data
 */
export function contourLines(field, level) {
  if (!Number.isFinite(level)) return [];
  const { width, height, box } = field;
  const grid = paddedHeights(field, level);
  const across = width + 2;
  const next = linkCrossings(grid, across, height + 2);
  const perX = (box[2] - box[0]) / width;
  const perY = (box[3] - box[1]) / height;
  const lines = [];
  for (let start = 0; start < next.length; start++) {
    if (next[start] < 0) continue;
    const places = [];
    for (let edge = start; next[edge] >= 0;) {
      const from = edge >> 1;
      const to = from + (edge & 1 ? across : 1);
      const share = grid[from] / (grid[from] - grid[to]);
      const x = box[0] + (from % across - 0.5 + (edge & 1 ? 0 : share)) * perX;
      const y = box[1] + (Math.floor(from / across) - 0.5 + (edge & 1 ? share : 0)) * perY;
      const last = places.length;
      if (last === 0 || places[last - 2] !== x || places[last - 1] !== y) places.push(x, y);
      const following = next[edge];
      next[edge] = -1;
      edge = following;
    }
    const last = places.length;
    if (places[0] !== places[last - 2] || places[1] !== places[last - 1]) places.push(places[0], places[1]);
    // Three places and the first again make the smallest ring; a cell that just touches the level makes none.
    if (places.length >= 8) lines.push(Float32Array.from(places));
  }
  return lines;
}

// Heights above the level, tamed, inside a frame of cells that lie below it.
function paddedHeights({ width, height, values }, level) {
  const across = width + 2;
  const grid = new Float64Array(across * (height + 2)).fill(-MAX_LOG_RATIO);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const above = values[row * width + column] - level;
      // No number at all counts as no density.
      grid[(row + 1) * across + column + 1] = Number.isNaN(above) ? -MAX_LOG_RATIO : Math.min(MAX_LOG_RATIO, Math.max(-MAX_LOG_RATIO, above));
    }
  }
  return grid;
}

// Marching squares. Edge 2k joins the middle k to its right neighbour, 2k + 1 to the one above. Every crossed edge is left once
// and reached once, because the line keeps the higher side on its left.
function linkCrossings(grid, across, down) {
  const next = new Int32Array(2 * grid.length).fill(-1);
  const corner = [0, 0, 0, 0];
  const edge = [0, 0, 0, 0];
  for (let row = 0; row + 1 < down; row++) {
    for (let column = 0; column + 1 < across; column++) {
      const at = row * across + column;
      const high = grid[at] >= 0;
      if (high === grid[at + 1] >= 0 && high === grid[at + across] >= 0 && high === grid[at + across + 1] >= 0) continue;
      // Counter-clockwise from the lower left corner and from the lower edge.
      corner[0] = grid[at];
      corner[1] = grid[at + 1];
      corner[2] = grid[at + across + 1];
      corner[3] = grid[at + across];
      edge[0] = 2 * at;
      edge[1] = 2 * (at + 1) + 1;
      edge[2] = 2 * (at + across);
      edge[3] = 2 * at + 1;
      // At a saddle the mean says whether the two high corners hang together, which decides the way round.
      const turn = corner[0] + corner[1] + corner[2] + corner[3] >= 0 ? 1 : 3;
      for (let k = 0; k < 4; k++) {
        if (!(corner[k] >= 0) || corner[(k + 1) % 4] >= 0) continue;
        let other = (k + turn) % 4;
        while (corner[other] >= 0 || !(corner[(other + 1) % 4] >= 0)) other = (other + turn) % 4;
        next[edge[k]] = edge[other];
      }
    }
  }
  return next;
}

/**
 * The lines of all levels.
 * @param {Field} field
 * @param {Scene} scene
 * @param {number} frame
 * @returns {{share: number, lines: Float32Array[]}[]} from the outermost inwards
 */
export function densityContours(field, scene, frame) {
  return contourLevels(field, scene, frame).map(({ share, level }) => ({ share, lines: contourLines(field, level) }));
}
