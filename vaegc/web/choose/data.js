// What Python says of a choice of K, as arrays, and what is read off them at one step and one ε.
// Why no drawing here: the picture, its readout, the keyboard and the buttons must all say the same.

import { bytesOf } from "../common/parts.js";
import { formatCount, formatEps, plural } from "../common/words.js";

/**
 * @typedef {{n_clusters: number, eps_low: number, eps_high: number, log_length: number}} Band a plateau
 * @typedef {{counted: ArrayLike<number>, noise: ArrayLike<number>, plateaus: Band[], suggested: number|null, eps: number|null}} ChoiceSlice
 *   noise: share of the points in no counted cluster, at each sample of ε
 * @typedef {{neighbors: number, step: number, suggested: number|null, length: number, longest: number|null}} ChoiceCell
 * @typedef {{key: string, n: number, logLow: number, logHigh: number, samples: number, logFloor: number, maxNoise: number, minSamples: number,
 *   steps: number[], plane: (ChoiceSlice|null)[], kDistance: Float64Array, bandwidths: number[],
 *   cellSteps: number[], cells: ChoiceCell[], own: {neighbors: number|null, step: number}, whyNoCells: string, title: string, answer: string, basis: string, still: string}} Choice
 */

/** @param {any} data what the page sends; arrays as base64 @returns {Choice} */
export function readChoice(data) {
  const slices = new Map(data.slices.map((slice) => [slice.step, {
    counted: new Int32Array(bytesOf(slice.counted)), noise: new Float32Array(bytesOf(slice.outside)),
    plateaus: slice.plateaus.map(([n_clusters, eps_low, eps_high, log_length]) => ({ n_clusters, eps_low, eps_high, log_length })),
    suggested: slice.suggested, eps: slice.eps,
  }]));
  return {
    ...data,
    logFloor: data.floor > 0 ? Math.log(data.floor) : -Infinity,
    plane: data.steps.map((step) => slices.get(step) ?? null),
    kDistance: new Float64Array(bytesOf(data.kDistance)),
  };
}

/** ln ε of a sample. @param {Choice} choice @param {number} sample */
export function logEpsOf(choice, sample) {
  return choice.logLow + (sample / Math.max(1, choice.samples - 1)) * (choice.logHigh - choice.logLow);
}

/** The sample nearest to ln ε. @param {Choice} choice @param {number} logEps */
export function sampleOf(choice, logEps) {
  const share = (logEps - choice.logLow) / (choice.logHigh - choice.logLow || 1);
  return Math.min(choice.samples - 1, Math.max(0, Math.round(share * (choice.samples - 1))));
}

/** Share of the points that have min_samples points within ε at the start. @param {Choice} choice @param {number} eps */
export function coreShare({ kDistance }, eps) {
  let [low, high] = [0, kDistance.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (kDistance[middle] <= eps) low = middle + 1;
    else high = middle;
  }
  return kDistance.length === 0 ? 0 : low / kDistance.length;
}

/** @param {number} step */
export function stepWords(step) {
  return step === 0 ? "start" : `step ${formatCount(step)}`;
}

function sharePercent(share) {
  const percent = 100 * share;
  return percent > 0 && percent < 1 ? "under 1 %" : `${Math.round(percent)} %`;
}

/** What there is at one step and one ε, in one line. @param {Choice} choice @param {{row: number, sample: number, panel?: string}} place */
export function wordsAt(choice, { row, sample, panel }) {
  const eps = Math.exp(logEpsOf(choice, sample));
  const where = `${stepWords(choice.steps[row])}, ε = ${formatEps(eps)}`;
  const head = where[0].toUpperCase() + where.slice(1);
  const slice = choice.plane[row];
  if (!slice) return `${head}: not computed yet`;
  const below = logEpsOf(choice, sample) < choice.logFloor ? ", below the floor" : "";
  const words = `${head}: ${plural(slice.counted[sample], "cluster")}, ${sharePercent(slice.noise[sample])} in none${below}`;
  if (panel !== "reach") return words;
  return `${words}. ${sharePercent(coreShare(choice, eps))} of the points reach ${plural(choice.minSamples, "point")}`;
}

/** The place where the picture begins: the answer of the last step that has one, else its longest plateau, else the middle of its axis. @param {Choice} choice */
export function firstPlace(choice) {
  for (let row = choice.plane.length - 1; row >= 0; row--) {
    const slice = choice.plane[row];
    if (slice?.eps) return { row, sample: sampleOf(choice, Math.log(slice.eps)) };
  }
  const row = Math.max(0, choice.plane.findLastIndex((slice) => slice !== null));
  const longest = choice.plane[row]?.plateaus[0];
  return { row, sample: longest ? sampleOf(choice, Math.log(longest.eps_low * longest.eps_high) / 2) : choice.samples >> 1 };
}

/** The next place where another number of clusters begins, up or down. @param {Choice} choice @param {{row: number, sample: number}} place */
export function nextChange(choice, { row, sample }, up) {
  const slice = choice.plane[row];
  const way = up ? 1 : -1;
  let at = sample + way;
  while (slice && at > 0 && at < choice.samples - 1 && slice.counted[at] === slice.counted[sample]) at += way;
  return { row, sample: Math.min(choice.samples - 1, Math.max(0, at)) };
}

/** A factor by which ε grows. @param {number} logLength */
export function factorWords(logLength) {
  const factor = Math.exp(logLength);
  return `×${factor >= 100 ? formatCount(Math.round(factor)) : factor >= 10 ? factor.toFixed(0) : factor.toFixed(1)}`;
}

/** @param {number} share of the points */
export function bandwidthWords(share) {
  return share < 1 ? `${Number((100 * share).toPrecision(3))} %` : formatCount(share);
}

/** A cell in a sentence. @param {ChoiceCell} cell */
export function cellWords({ neighbors, step, suggested, length, longest }) {
  const where = `Bandwidth ${bandwidthWords(neighbors)}, step ${formatCount(step)}`;
  if (suggested !== null) return `${where}: ${plural(suggested, "cluster")}, while ε grows ${factorWords(length)}`;
  return longest === null ? `${where}: no plateau` : `${where}: no readable plateau, the longest has ${plural(longest, "cluster")} (${factorWords(length)})`;
}
