// Overplotted points: finds clumps of points that lie on each other, and paints a pie under each, with their number as area.
// Why: after the climb a thousand points may be one dot; a disc of the area that they would need, as a pie of their colours, is honest.

/** @typedef {import("../common/theme.js").Rgb} Rgb
 *  @typedef {{x: number, y: number, count: number, alpha: number, radius: number, shares: Float32Array}} Clump
 *    shares: of each palette entry, summing to 1; alpha grows from 0 to 1 as the points come together */

/** A clump has this share of all points around it in its middle; below the first there is none, from the second it is whole. */
const CONCENTRATION_RANGE = [0.7, 0.9];

/**
 * Where points have gathered, whatever their colours.
 * @param {Float32Array} xs
 * @param {Float32Array} ys
 * @param {Uint8Array|null} mask only these points, where something is selected
 * @param {number} width
 * @param {number} height
 * @param {{cell: number, minCount: number, unit: number}} sizes cell: pixels; minCount: points that make a clump; unit: radius of one point's share
 * @returns {{clumps: {x: number, y: number, count: number, alpha: number, radius: number}[], clumpOf: Int16Array}} clumpOf: of each point, -1 none
 */
export function findClumps(xs, ys, mask, width, height, { cell, minCount, unit }) {
  const across = Math.ceil(width / cell);
  const down = Math.ceil(height / cell);
  const counts = new Uint32Array(across * down);
  const home = new Int32Array(xs.length);
  for (let i = 0; i < xs.length; i++) {
    const outside = (mask && !mask[i]) || xs[i] < 0 || ys[i] < 0 || xs[i] >= width || ys[i] >= height;
    home[i] = outside ? -1 : Math.floor(ys[i] / cell) * across + Math.floor(xs[i] / cell);
    if (!outside) counts[home[i]]++;
  }
  const found = findDenseCells(counts, across, down, minCount);
  const clumpOfCell = new Int16Array(across * down).fill(-1);
  found.forEach((clump, s) => forEachCell(clump.at, 1, across, down, (k) => { clumpOfCell[k] = s; }));
  const [sumX, sumY] = [new Float64Array(found.length), new Float64Array(found.length)];
  const clumpOf = new Int16Array(xs.length).fill(-1);
  for (let i = 0; i < xs.length; i++) {
    const s = home[i] < 0 ? -1 : clumpOfCell[home[i]];
    if (s < 0) continue;
    clumpOf[i] = s;
    sumX[s] += xs[i];
    sumY[s] += ys[i];
  }
  return {
    clumps: found.map(({ count, alpha }, s) => ({ x: sumX[s] / count, y: sumY[s] / count, count, alpha, radius: unit * Math.sqrt(count) * 0.9 })),
    clumpOf,
  };
}

/** What the clumps hold, under one colouring. @param {{palette: any[], entries: Uint8Array}} colouring @returns {Clump[]} */
export function clumpCompositions({ clumps, clumpOf }, { palette, entries }) {
  if (clumps.length === 0) return [];
  const shares = clumps.map(() => new Float32Array(palette.length));
  for (let i = 0; i < clumpOf.length; i++) if (clumpOf[i] >= 0) shares[clumpOf[i]][entries[i]]++;
  return clumps.map((place, s) => ({ ...place, shares: shares[s].map((count) => count / place.count) }));
}

// The fullest cells first; a clump takes its surroundings with it.
function findDenseCells(counts, across, down, minCount) {
  const full = [];
  for (let k = 0; k < counts.length; k++) if (counts[k] * 3 >= minCount) full.push(k);
  full.sort((a, b) => counts[b] - counts[a] || a - b);
  const taken = new Uint8Array(counts.length);
  const clumps = [];
  const sum = (at, reach) => {
    let total = 0;
    forEachCell(at, reach, across, down, (k) => { total += counts[k]; });
    return total;
  };
  for (const at of full) {
    if (taken[at]) continue;
    const count = sum(at, 1);
    const alpha = (count / sum(at, 3) - CONCENTRATION_RANGE[0]) / (CONCENTRATION_RANGE[1] - CONCENTRATION_RANGE[0]);
    forEachCell(at, 2, across, down, (k) => { taken[k] = 1; });
    if (count >= minCount && alpha > 0) clumps.push({ at, count, alpha: Math.min(1, alpha) });
  }
  return clumps;
}

function forEachCell(at, reach, across, down, visit) {
  const row = Math.floor(at / across);
  const column = at % across;
  for (let r = Math.max(0, row - reach); r <= Math.min(down - 1, row + reach); r++) {
    for (let c = Math.max(0, column - reach); c <= Math.min(across - 1, column + reach); c++) visit(r * across + c);
  }
}

/** A pale pie under a clump, clockwise from the top in the order of the palette. @param {Uint32Array} pixels @param {Clump} clump @param {{colour: Rgb}[]} palette */
export function paintPie(pixels, width, height, clump, palette, strength) {
  const { x, y, radius, shares } = clump;
  const slices = [];
  let end = 0;
  shares.forEach((share, entry) => { if (share > 0) slices.push({ end: (end += share), colour: palette[entry].colour }); });
  const sliceAt = (column, row) => {
    if (slices.length === 1) return slices[0];
    const turn = (Math.atan2(x - column, row - y) + Math.PI) / (2 * Math.PI);
    return slices.find((slice) => turn <= slice.end) ?? slices[slices.length - 1];
  };
  const top = Math.max(0, Math.floor(y - radius - 1));
  const bottom = Math.min(height - 1, Math.ceil(y + radius + 1));
  for (let row = top; row <= bottom; row++) {
    const half = Math.sqrt(Math.max(0, (radius + 1) ** 2 - (row - y) ** 2));
    const left = Math.max(0, Math.ceil(x - half));
    const right = Math.min(width - 1, Math.floor(x + half));
    // Only the rim needs its distance to the middle; the rest of a row is covered whole.
    const sure = Math.sqrt(Math.max(0, (radius - 1) ** 2 - (row - y) ** 2));
    for (let column = left; column <= right; column++) {
      const inside = Math.abs(column - x) < sure;
      const cover = inside ? strength : Math.min(1, Math.max(0, radius - Math.hypot(column - x, row - y) + 0.5)) * strength;
      const added = Math.round(cover * 256);
      if (added === 0) continue;
      const { colour } = sliceAt(column, row);
      const target = row * width + column;
      const below = pixels[target];
      const redBlue = ((Math.imul(below & 0xff00ff, 256 - added) + Math.imul((colour[2] << 16) | colour[0], added)) >>> 8) & 0xff00ff;
      const green = ((Math.imul(below & 0xff00, 256 - added) + Math.imul(colour[1] << 8, added)) >>> 8) & 0xff00;
      pixels[target] = 0xff000000 | redBlue | green;
    }
  }
}
