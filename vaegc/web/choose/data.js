// A choice of K as Python sends it (`choice_payload`), as arrays; and its values and wordings at one step and one ε.
// Why no drawing here: the picture, its readout, the keyboard and the buttons must all say the same.

import { decodeBase64 } from "../common/base64.js";
import { formatCount, formatEps, plural } from "../common/format.js";

/**
 * @typedef {{n_clusters: number, eps_low: number, eps_high: number, log_length: number}} Plateau
 * @typedef {{counted: ArrayLike<number>, noise: ArrayLike<number>, plateaus: Plateau[], suggested: number|null, eps: number|null}} StepSweep
 *   noise: share of the points in no counted cluster, at each sample of ε
 * @typedef {{neighbors: number, step: number, suggested: number|null, length: number, longest: number|null}} BandwidthCell
 * @typedef {{key: string, n: number, logLow: number, logHigh: number, samples: number, logFloor: number, maxNoise: number, minSamples: number,
 *   steps: number[], plane: (StepSweep|null)[], kDistance: Float64Array, bandwidths: number[],
 *   cellSteps: number[], bandwidthCells: BandwidthCell[], ownCell: {neighbors: number|null, step: number}, whyNoBandwidths: string, title: string, headline: string, settings: string, progress: string}} Choice
 */

/** @param {any} data what the page sends; arrays as base64 @returns {Choice} */
export function readChoice(data) {
  const sweeps = new Map(data.stepSweeps.map((sweep) => [sweep.step, {
    counted: new Int32Array(decodeBase64(sweep.counted)), noise: new Float32Array(decodeBase64(sweep.outside)),
    plateaus: sweep.plateaus.map(([n_clusters, eps_low, eps_high, log_length]) => ({ n_clusters, eps_low, eps_high, log_length })),
    suggested: sweep.suggested, eps: sweep.eps,
  }]));
  return {
    ...data,
    logFloor: data.floor > 0 ? Math.log(data.floor) : -Infinity,
    plane: data.steps.map((step) => sweeps.get(step) ?? null),
    kDistance: new Float64Array(decodeBase64(data.kDistance)),
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
export function formatStep(step) {
  return step === 0 ? "start" : `step ${formatCount(step)}`;
}

function sharePercent(share) {
  const percent = 100 * share;
  return percent > 0 && percent < 1 ? "under 1 %" : `${Math.round(percent)} %`;
}

/** What there is at one step and one ε, in one line. @param {Choice} choice @param {{row: number, sample: number, panel?: string}} place */
export function describePlace(choice, { row, sample, panel }) {
  const eps = Math.exp(logEpsOf(choice, sample));
  const where = `${formatStep(choice.steps[row])}, ε = ${formatEps(eps)}`;
  const head = where[0].toUpperCase() + where.slice(1);
  const sweep = choice.plane[row];
  if (!sweep) return `${head}: not computed yet`;
  const below = logEpsOf(choice, sample) < choice.logFloor ? ", below the floor" : "";
  const words = `${head}: ${plural(sweep.counted[sample], "cluster")}, ${sharePercent(sweep.noise[sample])} in none${below}`;
  if (panel !== "kDistance") return words;
  return `${words}. ${sharePercent(coreShare(choice, eps))} of the points reach ${plural(choice.minSamples, "point")}`;
}

/** The place of the crosshair at first: the suggestion of the last step that has one, else its longest plateau, else the middle of its axis. @param {Choice} choice */
export function initialPlace(choice) {
  for (let row = choice.plane.length - 1; row >= 0; row--) {
    const sweep = choice.plane[row];
    if (sweep?.eps) return { row, sample: sampleOf(choice, Math.log(sweep.eps)) };
  }
  const row = Math.max(0, choice.plane.findLastIndex((sweep) => sweep !== null));
  const longest = choice.plane[row]?.plateaus[0];
  return { row, sample: longest ? sampleOf(choice, Math.log(longest.eps_low * longest.eps_high) / 2) : choice.samples >> 1 };
}

/** The next place where another number of clusters begins, up or down. @param {Choice} choice @param {{row: number, sample: number}} place */
export function nextCountChange(choice, { row, sample }, up) {
  const sweep = choice.plane[row];
  const offset = up ? 1 : -1;
  let at = sample + offset;
  while (sweep && at > 0 && at < choice.samples - 1 && sweep.counted[at] === sweep.counted[sample]) at += offset;
  return { row, sample: Math.min(choice.samples - 1, Math.max(0, at)) };
}

/** A factor by which ε grows. @param {number} logLength */
export function formatFactor(logLength) {
  const factor = Math.exp(logLength);
  return `×${factor >= 100 ? formatCount(Math.round(factor)) : factor >= 10 ? factor.toFixed(0) : factor.toFixed(1)}`;
}

/** As Python's `describe_neighbors`: to two digits. @param {number} share of the points */
export function formatBandwidth(share) {
  return share < 1 ? `${Number((100 * share).toPrecision(2))} %` : formatCount(share);
}

/** A cell in a sentence. @param {BandwidthCell} cell */
export function describeCell({ neighbors, step, suggested, length, longest }) {
  const where = `Bandwidth ${formatBandwidth(neighbors)}, step ${formatCount(step)}`;
  if (suggested !== null) return `${where}: ${plural(suggested, "cluster")}, while ε grows ${formatFactor(length)}`;
  return longest === null ? `${where}: no plateau` : `${where}: no readable plateau, the longest has ${plural(longest, "cluster")} (${formatFactor(length)})`;
}
