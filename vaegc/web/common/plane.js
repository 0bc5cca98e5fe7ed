// The (step, ε) plane of cluster counts: its colours, its cell edges, and where each number is written.
// Why apart: the strip under the ε track and the large picture of Choose K are the same plane, seen from two sides.

import { colormapAt } from "./colormap.js";
import { plural } from "./format.js";
import { luminance, mixColours } from "./theme.js";

/**
 * @typedef {{counted: ArrayLike<number>, noise: ArrayLike<number>}} PlaneRow at values of ε evenly spaced in ln ε over one range
 * @typedef {(PlaneRow|null|undefined)[]} Plane one row a step, in their order; what is not computed yet is missing
 */

/** Design.md, section 3: with more noise than this a number of clusters is no candidate. */
export const DEFAULT_MAX_NOISE = 0.1;
/** From here on the colour says "many". */
const SATURATED_COUNT = 20;

/** One colour for each number of clusters. @param {import("./theme.js").Theme} theme @returns {import("./theme.js").Rgb} */
export function countColour(count, noise, theme, maxNoise = DEFAULT_MAX_NOISE) {
  const clear = count < 2 ? mixColours(theme.panel, theme.text, 0.05)
    : colormapAt(Math.log(count / 2) / Math.log(SATURATED_COUNT / 2), theme.dark);
  return noise > maxNoise ? mixColours(clear, theme.panel, 0.74) : clear;
}

/** Black or white, whichever stands out more from the colour. */
export function contrastColour(colour) {
  const bright = luminance(colour);
  return /** @type {import("./theme.js").Rgb} */ (1.05 / (bright + 0.05) > (bright + 0.05) / 0.05 ? [255, 255, 255] : [0, 0, 0]);
}

/** How many samples of ε the rows have. @param {Plane} plane */
export function planeSamples(plane) {
  return plane.find((row) => row)?.counted.length ?? 1;
}

/**
 * RGBA bytes, one pixel for each sample of each row; what is not computed yet stays clear.
 * @param {Plane} plane
 * @param {import("./theme.js").Theme} theme
 */
export function planePixels(plane, theme, maxNoise = DEFAULT_MAX_NOISE) {
  const columns = planeSamples(plane);
  const pixels = new Uint8ClampedArray(columns * plane.length * 4);
  plane.forEach((row, r) => {
    for (let s = 0; row && s < columns; s++) pixels.set([...countColour(row.counted[s], row.noise[s], theme, maxNoise), 255], (r * columns + s) * 4);
  });
  return { columns, pixels };
}

/** The same as a small canvas to be drawn large. @returns {{columns: number, canvas: HTMLCanvasElement|null}} null with nothing to draw */
export function planeCanvas(plane, theme, maxNoise = DEFAULT_MAX_NOISE) {
  const { columns, pixels } = planePixels(plane, theme, maxNoise);
  if (columns < 2) return { columns, canvas: null };
  const canvas = document.createElement("canvas");
  canvas.width = columns;
  canvas.height = plane.length;
  canvas.getContext("2d").putImageData(new ImageData(pixels, columns, plane.length), 0, 0);
  return { columns, canvas };
}

/**
 * Thin lines between numbers of clusters: neighbours like 9 and 10 differ too little in colour. Noise needs none.
 * @param {Plane} plane
 * @returns {[number, number, number, number][]} from (sample, row) to (sample, row); row r reaches from r to r + 1
 */
export function planeEdges(plane, maxNoise = DEFAULT_MAX_NOISE) {
  const columns = planeSamples(plane);
  const countAt = (r, s) => {
    const row = plane[r];
    return row && row.noise[s] <= maxNoise ? row.counted[s] : 0;
  };
  const differ = (a, b) => a !== b && a > 1 && b > 1;
  const edges = [];
  for (let r = 0; r < plane.length; r++) {
    for (let s = 0; s < columns; s++) {
      const count = countAt(r, s);
      const from = Math.max(0, s - 0.5);
      if (s > 0 && differ(countAt(r, s - 1), count)) edges.push([from, r, from, r + 1]);
      if (r > 0 && differ(countAt(r - 1, s), count)) edges.push([from, r, Math.min(columns - 1, s + 0.5), r]);
    }
  }
  return edges;
}

/**
 * Where each number of clusters is written: in its longest stretch of ε that has room for the text, with little noise.
 * @param {Plane} plane
 * @param {{perSample: number, perRow: number, along: number, across: number}} room CSS pixels of a sample and of a row, and those that a
 *   number needs along ε and across the rows
 * @returns {{count: number, sample: number, row: number, length: number, rows: number}[]} the middle, and the room there, in samples and rows
 */
export function planeNumbers(plane, { perSample, perRow, along, across }, maxNoise = DEFAULT_MAX_NOISE) {
  const holds = (r, first, last, count) => {
    const row = plane[r];
    if (!row) return false;
    for (let s = first; s <= last; s++) if (row.counted[s] !== count || row.noise[s] > maxNoise) return false;
    return true;
  };
  const best = new Map();
  plane.forEach((row, r) => {
    for (const { count, first, last } of countRuns(row, maxNoise)) {
      const length = last - first;
      if (length * perSample < along || length <= (best.get(count)?.length ?? 0)) continue;
      const middle = (first + last) / 2;
      const reach = along / 2 / perSample;
      const from = Math.max(first, Math.floor(middle - reach));
      const to = Math.min(last, Math.ceil(middle + reach));
      let above = r;
      let below = r;
      while (holds(above - 1, from, to, count)) above--;
      while (holds(below + 1, from, to, count)) below++;
      const rows = below - above + 1;
      if (rows * perRow < across) continue;
      best.set(count, { length, sample: middle, row: (above + below + 1) / 2, rows });
    }
  });
  return [...best].map(([count, spot]) => ({ count, ...spot }));
}

/** The runs of samples of a row in which one number of clusters, two or more, holds with little noise. @param {PlaneRow|null|undefined} row */
export function countRuns(row, maxNoise = DEFAULT_MAX_NOISE) {
  const found = [];
  for (let s = 0; row && s < row.counted.length; s++) {
    const count = row.counted[s];
    if (count < 2 || row.noise[s] > maxNoise) continue;
    const last = found[found.length - 1];
    if (last && last.last === s - 1 && last.count === count) last.last = s;
    else found.push({ count, first: s, last: s });
  }
  return found;
}

/**
 * The picture in one sentence; empty until all of it is there.
 * @param {Plane} plane its rows, ascending
 * @param {number[]} steps of the rows
 * @param {string} qualifier what follows "at every step" where not every step has a row
 * @returns {string}
 */
export function describePlane(plane, steps, qualifier = "", maxNoise = DEFAULT_MAX_NOISE) {
  if (plane.length === 0 || plane.some((row) => !row)) return "";
  const longestCounts = plane.map((row) => countRuns(row, maxNoise)
    .reduce((best, run) => (run.last - run.first >= best.last - best.first ? run : best), { count: 0, first: 0, last: -1 }).count);
  const end = longestCounts.length - 1;
  if (longestCounts[end] === 0) return `At step ${steps[end]} no number of clusters holds with at most ${Math.round(100 * maxNoise)} % noise.`;
  let since = end;
  while (since > 0 && longestCounts[since - 1] === longestCounts[end]) since--;
  const what = `${plural(longestCounts[end], "cluster")} hold over the longest stretch of ε.`;
  if (since === 0 && end > 0) return `At every step${qualifier}, ${what}`;
  return since === end ? `At step ${steps[since]}, ${what}` : `From step ${steps[since]} on, ${what}`;
}
