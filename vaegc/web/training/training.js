// Entry point of a training's view: latent map, losses, reconstructions, used dimensions and components.
// Why a component of its own: Streamlit takes a chart down and puts up another with every new number, which flickers.

import { decodeBase64 } from "../common/base64.js";
import { paintImage } from "../common/image.js";
import { makeElement, makeSection, makeSvgElement, resizeChildren, updateText } from "../common/markup.js";
import { applyTheme, readTheme } from "../common/theme.js";
import { LossPanels } from "./curves.js";
import { LatentMap } from "./map.js";

/**
 * @typedef {{run: string, palette: {light: string[], dark: string[]}, map: any, losses: any, pictures: any, bars: any[], waiting: string, attend: boolean}} Training
 *   what Python says of a run; map, losses and pictures are null until there are some, and `waiting` says so
 */

/** @type {WeakMap<object, TrainingView>} */
const VIEWS = new WeakMap();
const VIEW_SIDE = 100;
const FOLD_MS = 450; // milliseconds until a fold has closed

class TrainingView {
  /** @param {HTMLElement} host */
  constructor(host) {
    this.map = new LatentMap();
    this.losses = new LossPanels();
    this.pictures = makeSection("training-pictures");
    this.bars = makeElement("div", "vg-tr-bars", { "data-testid": "training-bars" });
    this.root = makeElement("div", "vg-stage vg-training", { "data-testid": "training" }, [
      makeElement("div", "vg-tr-grid", {}, [this.map.root, this.losses.root, this.pictures.root, this.bars]),
    ]);
    host.append(this.root);
    this.run = null;
  }

  /** @param {Training} data */
  show(data) {
    const theme = readTheme(this.root, data);
    applyTheme(this.root, theme);
    const again = data.run === this.run;
    this.run = data.run;
    this.map.show(data.map, theme, again, data.waiting);
    this.losses.show(data.losses);
    showExamples(this.pictures, data.pictures, theme);
    showBars(this.bars, data.bars);
    if (data.attend && this.scrolledRun !== data.run) {
      // The settings above have just been folded away: what they have started would be out of sight.
      this.scrolledRun = data.run;
      const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
      setTimeout(() => document.querySelector(".st-key-run-status")?.scrollIntoView({ behavior, block: "start" }), FOLD_MS);
    }
  }

  destroy() {
    this.map.destroy();
    this.root.remove();
  }
}

function showExamples(part, examples, theme) {
  updateText(part.title, examples?.title ?? "Reconstructions");
  updateText(part.text, examples?.words ?? "");
  const kind = examples ? (examples.inputs ? "pictures" : "pairs") : "none";
  if (part.body.dataset.kind !== kind) {
    part.body.dataset.kind = kind;
    part.body.replaceChildren();
  }
  if (kind === "pictures") showPictures(part.body, examples, theme);
  if (kind === "pairs") showPairs(part.body, examples);
}

function showPictures(body, { many, width, height, channels, inputs, outputs }, theme) {
  if (body.childElementCount === 0) {
    body.append(...["In", "Out"].map((word) => makeElement("div", "vg-tr-strip", {}, [
      makeElement("span", "vg-tr-side", {}, [word]), makeElement("div", "vg-tr-images")])));
  }
  const size = width * height * channels;
  [inputs, outputs].forEach((text, row) => {
    const bytes = new Uint8Array(decodeBase64(text));
    const images = resizeChildren(body.children[row].lastElementChild, many, () => makeElement("canvas", "vg-tr-image", { role: "img" }));
    images.forEach((canvas, k) => {
      canvas.setAttribute("aria-label", `${row === 0 ? "Input" : "Reconstruction"} ${k + 1}`);
      paintImage(/** @type {HTMLCanvasElement} */ (canvas), bytes.subarray(k * size, (k + 1) * size), { width, height, channels }, theme.dark);
    });
  });
}

function showPairs(body, { x, y, label }) {
  if (body.childElementCount === 0) {
    const plot = makeSvgElement("svg", { viewBox: `0 0 ${VIEW_SIDE} ${VIEW_SIDE}`, class: "vg-tr-pairs", role: "img" }, [
      makeSvgElement("path", { d: `M0 ${VIEW_SIDE}L${VIEW_SIDE} 0`, class: "vg-tr-diagonal" }), makeSvgElement("path", { class: "vg-tr-dots" })]);
    body.append(makeElement("div", "vg-tr-pairs-frame", {}, [
      makeElement("span", "vg-tr-pairs-y", {}, ["reconstruction"]), plot, makeElement("span", "vg-tr-pairs-x", {}, ["input"])]));
  }
  const plot = body.querySelector("svg");
  plot.setAttribute("aria-label", label);
  const [xs, ys] = [new Float32Array(decodeBase64(x)), new Float32Array(decodeBase64(y))];
  // A line of no length with round ends is a dot, and hundreds of them are one element.
  plot.lastElementChild.setAttribute("d", [...xs].map((value, k) => `M${(VIEW_SIDE * value).toFixed(2)} ${(VIEW_SIDE * (1 - ys[k])).toFixed(2)}h0`).join(""));
}

/** @param {HTMLElement} root @param {{title: string, words: string, values: number[], used: boolean[], names: string[]}[]} groups */
function showBars(root, groups) {
  const parts = resizeChildren(root, groups.length, () => {
    const part = makeSection("training-bar-group");
    part.body.classList.add("vg-tr-columns");
    return part.root;
  });
  groups.forEach(({ title, words, values, used, names }, k) => {
    const [head, line, body] = parts[k].children;
    updateText(head, title);
    updateText(line, words);
    body.classList.toggle("vg-tr-many", values.length > 24);
    const most = Math.max(...values, 1e-12);
    resizeChildren(body, values.length, () => makeElement("div", "vg-tr-column", {}, [makeElement("i"), makeElement("span")])).forEach((column, i) => {
      column.title = names[i];
      column.classList.toggle("vg-tr-unused", !used[i]);
      const bar = /** @type {HTMLElement} */ (column.firstElementChild);
      bar.style.setProperty("--vg-share", (Math.max(0, values[i]) / most).toFixed(4));
      bar.style.setProperty("--vg-swatch", used[i] ? "var(--vg-accent)" : "var(--vg-faint)");
      updateText(column.lastElementChild, String(i + 1));
    });
  });
}

/** @param {{data: Training, parentElement: HTMLElement}} component */
export default function ({ data, parentElement }) {
  let view = VIEWS.get(parentElement);
  if (!view) {
    view = new TrainingView(parentElement);
    VIEWS.set(parentElement, view);
  }
  const current = view;
  if (data) current.show(data);
  return () => {
    if (VIEWS.get(parentElement) !== current) return;
    VIEWS.delete(parentElement);
    current.destroy();
  };
}
