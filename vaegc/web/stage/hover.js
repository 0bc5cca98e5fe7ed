// Nearest-point search under the pointer by a uniform grid, and the tooltip's picture and place.
// Why a grid: looking through 70,000 points at every move of the pointer would stutter.

/** @typedef {{cell: number, across: number, down: number, starts: Int32Array, points: Int32Array}} Grid */

/** @param {Float32Array} xs @param {Float32Array} ys @param {number} width @param {number} height @param {number} cell @returns {Grid} */
export function buildGrid(xs, ys, width, height, cell) {
  const across = Math.max(1, Math.ceil(width / cell));
  const down = Math.max(1, Math.ceil(height / cell));
  const clamp = (value, count) => Math.min(count - 1, Math.max(0, Math.floor(value / cell)));
  const home = new Int32Array(xs.length);
  const starts = new Int32Array(across * down + 1);
  for (let i = 0; i < xs.length; i++) {
    home[i] = clamp(ys[i], down) * across + clamp(xs[i], across);
    starts[home[i] + 1]++;
  }
  for (let c = 0; c < across * down; c++) starts[c + 1] += starts[c];
  const next = starts.slice();
  const points = new Int32Array(xs.length);
  for (let i = 0; i < xs.length; i++) points[next[home[i]]++] = i;
  return { cell, across, down, starts, points };
}

/**
 * @param {Grid} grid
 * @param {number} x
 * @param {number} y
 * @param {number} reach no farther than one cell is looked at, so reach <= cell
 * @param {ArrayLike<number>} rank breaks ties: of points on one spot the densest answers
 * @returns {number} the nearest point, or -1
 */
export function nearestPoint(grid, xs, ys, x, y, reach, rank) {
  let best = -1;
  let nearest = reach * reach;
  forEachNear(grid, x, y, (i) => {
    const squared = (xs[i] - x) ** 2 + (ys[i] - y) ** 2;
    if (squared < nearest || (squared === nearest && (best < 0 || rank[i] < rank[best]))) {
      best = i;
      nearest = squared;
    }
  });
  return best;
}

/** How many other points lie within `reach` of a point. */
export function countWithin(grid, xs, ys, point, reach) {
  let count = -1;
  forEachNear(grid, xs[point], ys[point], (i) => {
    if ((xs[i] - xs[point]) ** 2 + (ys[i] - ys[point]) ** 2 <= reach * reach) count++;
  });
  return count;
}

function forEachNear(grid, x, y, visit) {
  const column = Math.floor(x / grid.cell);
  const row = Math.floor(y / grid.cell);
  for (let r = Math.max(0, row - 1); r <= Math.min(grid.down - 1, row + 1); r++) {
    for (let c = Math.max(0, column - 1); c <= Math.min(grid.across - 1, column + 1); c++) {
      const at = r * grid.across + c;
      for (let p = grid.starts[at]; p < grid.starts[at + 1]; p++) visit(grid.points[p]);
    }
  }
}

/**
 * RGBA bytes of one small picture. Pictures marked `invert` are ink on paper: they follow the page, dark on light.
 * @param {import("./scene.js").Scene} scene
 */
export function spritePixels(scene, point, dark) {
  const { width, height, channels, invert } = scene.header.sprites;
  const area = width * height;
  const pixels = new Uint8ClampedArray(area * 4);
  const flip = invert && !dark;
  for (let k = 0; k < area; k++) {
    for (let c = 0; c < 3; c++) {
      const value = scene.sprites[(point * area + k) * channels + (channels === 3 ? c : 0)];
      pixels[k * 4 + c] = flip ? 255 - value : value;
    }
    pixels[k * 4 + 3] = 255;
  }
  return pixels;
}

/** Draws the picture of a point into a canvas of its own size; CSS enlarges it. */
export function showSprite(canvas, scene, point, dark) {
  const { width, height } = scene.header.sprites;
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").putImageData(new ImageData(spritePixels(scene, point, dark), width, height), 0, 0);
}

/** Left and top of a tooltip that stays inside the stage and beside the point. */
export function placeTooltip(x, y, width, height, stageWidth, stageHeight) {
  const gap = 14;
  const left = x + gap + width <= stageWidth ? x + gap : x - gap - width;
  const top = y + gap + height <= stageHeight ? y + gap : y - gap - height;
  return {
    left: Math.min(Math.max(4, left), Math.max(4, stageWidth - width - 4)),
    top: Math.min(Math.max(4, top), Math.max(4, stageHeight - height - 4)),
  };
}
