// Summaries of a set of points: classes, clusters, mean picture, typical and atypical members, and tables of them.
// Why pure and O(N): the panel and the legend ask at every change of ε, while the hand moves.

import { formatCount, formatShare, plural } from "../common/format.js";
import { nameOfClass } from "./describe.js";
import { NOISE_REPRESENTATIVE, SMALL_REPRESENTATIVE } from "./selection-edits.js";

/**
 * @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("./cut.js").Cut} Cut
 * @typedef {{label: number, name: string, count: number, share: number}} ClassPart
 * @typedef {{cluster: number, representative: number, count: number, share: number, size: number}} ClusterPart size: all of its points
 * @typedef {{count: number, share: number, classes: ClassPart[], clusters: ClusterPart[], purity: number|null, purityText: string}} Composition
 * @typedef {{kind: "cluster"|"small"|"noise", cluster: number, clusters: number, representative: number, slot: number, size: number,
 *   core: number, share: number, majority: string|null, majorityShare: number|null, meanLogDensity: number|null}} ClusterRow
 */

const SPREADSHEET_FORMULA = /^\s*[=+\-@＝＋－＠\t\r]/;
const PLAIN_NUMBER = /^[+-]?\d+(\.\d+)?$/;

/** @param {number} cluster as numbered in a cut */
function nameOfCluster(cluster) {
  return cluster < 0 ? "noise" : `cluster ${formatCount(cluster + 1)}`;
}

/** The same at the beginning of a line. @param {number} cluster */
export function titleOfCluster(cluster) {
  const name = nameOfCluster(cluster);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** @param {Scene} scene @param {Cut|null} cut @param {Uint8Array} mask @returns {Composition} */
export function composition(scene, cut, mask) {
  const { n, classes, labels } = scene;
  const perClass = new Int32Array(scene.classCount);
  const labelOf = new Int32Array(scene.classCount);
  // The last place holds the noise.
  const noiseRow = cut ? cut.nClusters : 0;
  const inside = new Int32Array(noiseRow + 1);
  const sizes = new Int32Array(noiseRow + 1);
  let count = 0;
  for (let i = 0; i < n; i++) {
    const place = !cut || cut.labels[i] < 0 ? noiseRow : cut.labels[i];
    sizes[place]++;
    if (!mask[i]) continue;
    count++;
    inside[place]++;
    if (classes) {
      perClass[classes[i]]++;
      labelOf[classes[i]] = labels[i];
    }
  }
  const parts = (counts) => [...counts.keys()].filter((k) => counts[k] > 0).sort((a, b) => counts[b] - counts[a] || a - b);
  const found = parts(perClass).map((c) => ({
    label: labelOf[c], name: nameOfClass(scene, labelOf[c]), count: perClass[c], share: perClass[c] / count,
  }));
  const clusters = !cut ? [] : parts(inside).map((k) => ({
    cluster: k === noiseRow ? -1 : k, representative: k === noiseRow ? NOISE_REPRESENTATIVE : cut.representatives[k],
    count: inside[k], share: inside[k] / count, size: sizes[k],
  }));
  const purity = found.length > 0 ? found[0].share : null;
  const purityText = purity === null ? "" : purity === 1 ? `all are ${found[0].name}` : `${roundedPercent(purity)} are ${found[0].name}`;
  return { count, share: count / n, classes: found, clusters, purity, purityText };
}

/** The mean of the members' pictures as RGBA bytes, ink and paper as in `spritePixels`; null without pictures or members. */
export function meanPicture(scene, mask, dark = false) {
  if (!scene.sprites) return null;
  const { width, height, channels, invert } = scene.header.sprites;
  const length = width * height * channels;
  const sums = new Uint32Array(length);
  let count = 0;
  for (let i = 0; i < scene.n; i++) {
    if (!mask[i]) continue;
    count++;
    const start = i * length;
    for (let k = 0; k < length; k++) sums[k] += scene.sprites[start + k];
  }
  if (count === 0) return null;
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let k = 0; k < width * height; k++) {
    for (let c = 0; c < 3; c++) {
      const mean = sums[k * channels + (channels === 3 ? c : 0)] / count;
      pixels[k * 4 + c] = invert && !dark ? 255 - mean : mean;
    }
    pixels[k * 4 + 3] = 255;
  }
  return pixels;
}

/**
 * The members in the densest and in the thinnest places of one frame, most so first. No point is in both lists.
 * @param {Scene} scene @param {Uint8Array} mask
 * @returns {{typical: number[], atypical: number[]}}
 */
export function typicalAndAtypical(scene, mask, frame = 0, maxCount = 6) {
  const { n, rank, logDensity } = scene;
  // Without densities the ranking still knows their order at the start.
  const height = logDensity ? logDensity.subarray(frame * n, (frame + 1) * n) : Float64Array.from(rank, (place) => -place);
  const above = (i, j) => height[i] > height[j] || (height[i] === height[j] && rank[i] < rank[j]);
  const typical = [];
  const atypical = [];
  const insertRanked = (list, i, before) => {
    if (list.length === maxCount && !before(i, list[maxCount - 1])) return;
    let place = list.length;
    while (place > 0 && before(i, list[place - 1])) place--;
    list.splice(place, 0, i);
    if (list.length > maxCount) list.pop();
  };
  let count = 0;
  for (let i = 0; i < n; i++) {
    if (!mask[i]) continue;
    count++;
    insertRanked(typical, i, above);
    insertRanked(atypical, i, (a, b) => above(b, a));
  }
  const first = Math.min(maxCount, Math.ceil(count / 2));
  return { typical: typical.slice(0, first), atypical: atypical.slice(0, Math.min(maxCount, count - first)) };
}

/**
 * One row for each counted cluster, largest first, then one for all small clusters and one for the noise where there are any.
 * @param {Scene} scene @param {Cut|null} cut @param {{frame: number}} state @returns {ClusterRow[]}
 */
export function clusterRows(scene, cut, state) {
  if (!cut) return [];
  const { n, classes, classCount, labels, slots, logDensity } = scene;
  const { nClusters, coreSizes, representatives } = cut;
  const minSize = scene.header.min_size;
  const rowOf = new Int32Array(nClusters);
  const counted = [];
  for (let k = 0; k < nClusters; k++) rowOf[k] = coreSizes[k] >= minSize ? counted.push(k) - 1 : -1;
  const small = counted.length;
  const noise = small + 1;
  const size = new Int32Array(noise + 1);
  const density = new Float64Array(noise + 1);
  const table = new Int32Array((noise + 1) * classCount);
  const labelOf = new Int32Array(classCount);
  const offset = state.frame * n;
  for (let i = 0; i < n; i++) {
    const label = cut.labels[i];
    const row = label < 0 ? noise : rowOf[label] < 0 ? small : rowOf[label];
    size[row]++;
    if (logDensity) density[row] += logDensity[offset + i];
    if (classes) {
      table[row * classCount + classes[i]]++;
      labelOf[classes[i]] = labels[i];
    }
  }
  const describe = (row) => {
    let best = 0;
    for (let c = 1; c < classCount; c++) if (table[row * classCount + c] > table[row * classCount + best]) best = c;
    return {
      size: size[row], share: size[row] / n,
      majority: classes ? nameOfClass(scene, labelOf[best]) : null,
      majorityShare: classes ? table[row * classCount + best] / size[row] : null,
      meanLogDensity: logDensity ? density[row] / size[row] : null,
    };
  };
  const rows = counted.map((k, row) => ({
    kind: "cluster", cluster: k, clusters: 1, representative: representatives[k], slot: slots[representatives[k]], core: coreSizes[k], ...describe(row),
  })).sort((a, b) => b.size - a.size || a.cluster - b.cluster);
  if (size[small] > 0) {
    const core = coreSizes.reduce((sum, points) => sum + (points < minSize ? points : 0), 0);
    rows.push({ kind: "small", cluster: SMALL_REPRESENTATIVE, clusters: nClusters - small, representative: SMALL_REPRESENTATIVE, slot: -1, core, ...describe(small) });
  }
  if (size[noise] > 0) rows.push({ kind: "noise", cluster: NOISE_REPRESENTATIVE, clusters: 0, representative: NOISE_REPRESENTATIVE, slot: -1, core: 0, ...describe(noise) });
  return rows;
}

// A share in running words: whole per cents, but never a 0 or a 100 that is none.
function roundedPercent(share) {
  const percent = Math.round(100 * share);
  if (percent === 0) return "under 1 %";
  return percent === 100 && share < 1 ? "over 99 %" : `${percent} %`;
}

/** "What is this?" @param {Scene} scene @param {Composition} comp @param {string} title empty: a whole cluster names itself */
export function describeComposition(scene, comp, title = "") {
  const { head, rest } = describeParts(comp, title);
  return rest ? `${head} ${rest}` : head;
}

/** The same in two parts: the first says how many, the second what they are. @returns {{head: string, rest: string}} */
export function describeParts(comp, title = "") {
  const [only] = comp.clusters;
  const whole = comp.clusters.length === 1 && only.count === only.size;
  const name = title || (whole ? titleOfCluster(only.cluster) : "");
  const points = plural(comp.count, "point");
  if (comp.count === 0) return { head: name ? `${name}: no points.` : "No points.", rest: "" };
  const where = whole ? "" : describeClusters(comp);
  const what = describeClasses(comp, whole);
  const head = !name && where ? `${points}:` : `${name ? `${name}: ` : ""}${points} (${formatShare(comp.share)}).`;
  return { head, rest: [where && name ? where.replace(/^a/, "A") : where, what].filter(Boolean).join(" ") };
}

function describeClusters(comp) {
  if (comp.clusters.length === 0) return "";
  const named = comp.clusters.filter((part) => part.cluster >= 0);
  const noise = comp.clusters.find((part) => part.cluster < 0);
  if (comp.clusters.length === 1) return noise ? "all noise." : `all in ${nameOfCluster(named[0].cluster)}.`;
  const phrases = named.slice(0, 3).map((part) => `${roundedPercent(part.share)} in ${nameOfCluster(part.cluster)}`);
  const others = named.slice(3);
  if (others.length > 0) phrases.push(`${roundedPercent(others.reduce((sum, part) => sum + part.share, 0))} in ${plural(others.length, "other cluster")}`);
  if (noise) phrases.push(`${roundedPercent(noise.share)} noise`);
  return `${phrases.join(", ")}.`;
}

function describeClasses(comp, whole) {
  const [first, ...others] = comp.classes;
  if (!first) return "";
  if (others.length === 0) return comp.count === 1 ? `True class: ${first.name}.` : `All are ${first.name}.`;
  const part = (entry) => `${entry.name} (${roundedPercent(entry.share)})`;
  const next = others.filter((entry) => entry.share >= 0.01).slice(0, 2).map(part);
  if (whole && first.share >= 0.5) return `Mostly ${part(first)}${next.length > 0 ? `, then ${next.join(" and ")}` : ""}.`;
  return `True classes: ${[part(first), ...next].join(", ")}.`;
}

/**
 * The points by cluster, then by id, the noise last.
 * @param {Scene} scene @param {Cut|null} cut @param {Uint8Array|null} mask null: all points @returns {Uint32Array}
 */
export function pointOrder(scene, cut, mask) {
  const { n, ids } = scene;
  let byId = null;
  if (ids) {
    byId = Uint32Array.from({ length: n }, (_, i) => i);
    if (ids.some((id, i) => i > 0 && id < ids[i - 1])) byId.sort((a, b) => ids[a] - ids[b] || a - b);
  }
  const noiseRow = cut ? cut.nClusters : 0;
  const starts = new Uint32Array(noiseRow + 2);
  const place = (i) => (!cut || cut.labels[i] < 0 ? noiseRow : cut.labels[i]);
  for (let i = 0; i < n; i++) if (!mask || mask[i]) starts[place(i) + 1]++;
  for (let k = 0; k <= noiseRow; k++) starts[k + 1] += starts[k];
  const order = new Uint32Array(starts[noiseRow + 1]);
  for (let k = 0; k < n; k++) {
    const i = byId ? byId[k] : k;
    if (!mask || mask[i]) order[starts[place(i)]++] = i;
  }
  return order;
}

/**
 * Rows for a file, the first one the names of the columns.
 * @param {Scene} scene @param {Cut|null} cut @param {Uint8Array|null} mask the members @param {number} frame
 * @param {Float32Array|null} distances travelled by each point @param {boolean} allPoints all points, members marked in "selected"
 * @returns {(string|number)[][]}
 */
export function memberTable(scene, cut, mask, frame, distances = null, allPoints = false) {
  const columns = [["id", (i) => scene.ids?.[i] ?? i], ["point", (i) => i]];
  if (cut) columns.push(["cluster", (i) => (cut.labels[i] < 0 ? "noise" : cut.labels[i] + 1)]);
  if (scene.labels) columns.push(["class", (i) => nameOfClass(scene, scene.labels[i])]);
  // Nine figures hold a float32 exactly; its float64 spelling is twice as long.
  if (scene.logDensity) columns.push(["log_density", (i) => Number(scene.logDensity[frame * scene.n + i].toPrecision(9))]);
  if (distances) columns.push(["distance_travelled", (i) => Number(distances[i].toPrecision(9))]);
  columns.push(["selected", (i) => (mask?.[i] ? 1 : 0)]);
  const order = pointOrder(scene, cut, allPoints ? null : mask);
  return [columns.map(([name]) => name), ...Array.from(order, (i) => columns.map(([, value]) => value(i)))];
}

/** @param {(string|number)[][]} rows @returns {string} RFC 4180, with no text that a spreadsheet would run as a formula */
export function toCsv(rows) {
  const cell = (value) => {
    if (typeof value === "number") return Number.isNaN(value) ? "" : String(value);
    const text = SPREADSHEET_FORMULA.test(value) && !PLAIN_NUMBER.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}
