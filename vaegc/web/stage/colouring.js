// Point colourings: by cluster, true class, disagreement of the two, or a number.
// Why entries of one palette: the picture stamps discs that were painted once for each entry.

import { colormapAt } from "../common/colormap.js";
import { sklearnLabels } from "./cut.js";
import { nameOfClass } from "./describe.js";
import { disagreements, matchClasses } from "./policy.js";

/**
 * @typedef {import("../common/theme.js").Rgb} Rgb
 * @typedef {{colour: Rgb, small: boolean, marker: number}} Entry small: drawn smaller and below, as noise is
 * @typedef {{palette: Entry[], entries: Uint8Array, byCluster: boolean,
 *   legend: {label: string, colour: Rgb, marker: number}[], scale: {low: number, high: number, name: string}|null}} Colouring
 */

const COLORMAP_STEPS = 24;
// The ends of a scale leave out the rarest values, which would squeeze all others into one colour.
const TRIMMED_SHARE = 0.01;

/** The choices for one scene: [value, words]. @param {import("./scene.js").Scene} scene */
export function colourChoices(scene) {
  const choices = [["cluster", "Cluster"]];
  if (scene.classes) choices.push(["truth", "True class"], ["disagreement", "Disagreement"]);
  if (scene.logDensity) choices.push(["density", "Log density"]);
  if (scene.travelled) choices.push(["distance", "Distance travelled"]);
  scene.columns.forEach((column, c) => choices.push([`column${c}`, column.name]));
  return choices;
}

/** Whether a colouring shows numbers that differ from step to step. @param {string} mode */
export function changesWithFrame(mode) {
  return mode === "density" || mode === "distance";
}

/** The colour of the cluster that a point represents; the noise's for a negative number. @returns {Rgb} */
export function clusterColour(scene, theme, representative) {
  return representative < 0 ? theme.noise : theme.palette[scene.colours[representative] % theme.palette.length];
}

/** Makes the colourings of one scene; keeps palettes, so that an equal palette is the same object. */
export class Colourer {
  /** @param {import("./scene.js").Scene} scene @param {import("../common/theme.js").Theme} theme @param {boolean} symbols */
  constructor(scene, theme, symbols) {
    Object.assign(this, { scene, theme, symbols });
    const entryOf = (colour, marker) => ({ colour, small: false, marker: symbols ? marker : 0 });
    const noise = { colour: theme.noise, small: true, marker: 0 };
    this.palettes = {
      cluster: [...theme.palette.map(entryOf), noise],
      disagreement: [{ colour: theme.faint, small: true, marker: 0 }, entryOf(theme.wrong, 6), noise],
      scale: Array.from({ length: COLORMAP_STEPS }, (_, k) => ({ colour: colormapAt(k / (COLORMAP_STEPS - 1), theme.dark), small: false, marker: 0 })),
    };
    this.scales = new Map();
    this.cache = [];
    this.legends = {
      none: [], disagreement: [["as matched", 0], ["wrong", 1], ["noise", 2]].map(([label, entry]) => ({ label, ...this.palettes.disagreement[entry] })),
    };
  }

  /** @param {string} mode @param {{cut: import("./cut.js").Cut|null, tree: any, eps: number|null, frame: number, labels: Int32Array|null}} state @returns {Colouring} */
  colour(mode, state) {
    const key = this.cacheKey(mode, state);
    // Two at a time: before and after stand side by side.
    const cached = this.cache.find((one) => one.mode === mode && one.key === key);
    if (cached) return cached.colouring;
    const colouring = mode === "truth" ? this.byTruth() : mode === "disagreement" ? this.byDisagreement(state)
      : mode === "cluster" ? this.byCluster(state) : this.byNumber(mode, state);
    this.cache = [{ mode, key, colouring }, ...this.cache.slice(0, 1)];
    return colouring;
  }

  // What a colouring depends on; an equal key is an equal picture.
  cacheKey(mode, state) {
    if (mode === "cluster" || mode === "disagreement") return state.labels;
    return changesWithFrame(mode) ? state.frame : 0;
  }

  byCluster({ cut, labels }) {
    const { scene } = this;
    const palette = this.palettes.cluster;
    const nColours = palette.length - 1;
    const entries = new Uint8Array(scene.n).fill(nColours);
    if (cut) {
      const paletteIndexOf = Uint8Array.from(cut.representatives, (point) => scene.colours[point] % nColours);
      for (let i = 0; i < scene.n; i++) if (labels[i] >= 0) entries[i] = paletteIndexOf[labels[i]];
    }
    return { palette, entries, byCluster: true, legend: this.legends.none, scale: null };
  }

  byTruth() {
    const { scene } = this;
    const colours = this.theme.palette;
    // More classes than colours: the same colour comes again with another marker.
    const palette = Array.from({ length: Math.min(scene.classCount, 255) }, (_, c) => ({
      colour: colours[c % colours.length], small: false, marker: (this.symbols ? c : 0) + Math.floor(c / colours.length) }));
    const entries = Uint8Array.from(scene.classes, (value) => value % palette.length);
    const values = [...new Set(scene.labels)].sort((a, b) => a - b);
    const legend = values.map((value, c) => ({ ...palette[c % palette.length], label: nameOfClass(scene, value) }));
    return { palette, entries, byCluster: false, legend, scale: null };
  }

  byDisagreement({ cut, labels, tree, eps, policy }) {
    const { scene } = this;
    const palette = this.palettes.disagreement;
    const legend = this.legends.disagreement;
    if (!cut) return { palette, entries: new Uint8Array(scene.n).fill(2), byCluster: false, legend, scale: null };
    // The labels that the scores are read from, so that what is red here is what ACC has lost.
    const scored = policy === "nearest" ? labels : sklearnLabels(tree, eps, cut.labels);
    const matched = matchClasses(scored, cut.nClusters, scene.classes, scene.classCount);
    return { palette, entries: disagreements(scored, matched, scene.classes), byCluster: false, legend, scale: null };
  }

  byNumber(mode, { frame }) {
    const { scene } = this;
    const values = this.numbers(mode, frame);
    const { low, high } = this.scaleOf(mode);
    const stepsPerUnit = high > low ? COLORMAP_STEPS / (high - low) : 0;
    const entries = new Uint8Array(scene.n);
    for (let i = 0; i < scene.n; i++) entries[i] = Math.min(COLORMAP_STEPS - 1, Math.max(0, Math.floor((values[i] - low) * stepsPerUnit)));
    const name = colourChoices(scene).find(([value]) => value === mode)?.[1] ?? mode;
    return { palette: this.palettes.scale, entries, byCluster: false, legend: this.legends.none, scale: { low, high, name } };
  }

  /** The number of every point at a frame. @returns {Float32Array} */
  numbers(mode, frame) {
    const { scene } = this;
    if (mode === "density") return scene.logDensity.subarray(frame * scene.n, (frame + 1) * scene.n);
    if (mode === "distance") return this.travelled(frame);
    return scene.columns[Number(mode.slice("column".length))].values;
  }

  /** How far every point has come at a frame, along its way through the space; null where nobody moves. @returns {Float32Array|null} */
  travelled(frame) {
    const { travelled, n, header } = this.scene;
    if (!travelled) return null;
    const distances = new Float32Array(n);
    for (let i = 0; i < n; i++) distances[i] = (travelled[frame * n + i] / 65535) * header.travelled;
    return distances;
  }

  // One scale for the whole animation: colours of two steps can then be compared.
  scaleOf(mode) {
    if (!this.scales.has(mode)) {
      const last = this.scene.frameCount - 1;
      const frames = mode === "density" ? [0, last] : [last];
      const values = Float32Array.from(frames.flatMap((frame) => [...this.numbers(mode, frame)].filter(Number.isFinite))).sort();
      const at = (share) => values[Math.round(share * (values.length - 1))] ?? 0;
      this.scales.set(mode, { low: mode === "distance" ? 0 : at(TRIMMED_SHARE), high: at(1 - TRIMMED_SHARE) });
    }
    return this.scales.get(mode);
  }
}
