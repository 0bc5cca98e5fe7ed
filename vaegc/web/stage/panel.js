// The selection panel (sentence, bars, pictures) and the list of clusters, from which one can be selected.
// Why elements are kept and only their texts renewed: both follow ε while the hand moves.

import { formatCount, formatShare, plural } from "../common/format.js";
import { makeElement, resizeChildren, updateAttribute, updateSwatch, updateText } from "../common/markup.js";
import { fillBars, makeBars } from "./bars.js";
import { composition, describeComposition, describeParts, meanPicture, titleOfCluster, typicalAndAtypical } from "./composition.js";
import { nameOfClass } from "./describe.js";
import { showSprite } from "./hover.js";
import { NOISE_REPRESENTATIVE } from "./selection-edits.js";

const MAX_CHIPS = 12;
const MAX_IMAGES = 6;

/** @typedef {(representative: number) => string} ColourOf a CSS colour; the noise and the small clusters ask with -1 and -2 */
/** @typedef {(representative: number) => string} SymbolOf one character, or "" where colour alone speaks */

export class SelectionPanel {
  /** @param {{onClear: () => void, onCluster: (representative: number) => void, onClass: (label: number) => void, onPoint: (point: number) => void,
   *   onExport: () => void, onTrails: (on: boolean) => void}} calls */
  constructor({ onClear, onCluster, onClass, onPoint, onExport, onTrails }) {
    const action = (testId, label) => makeElement("button", "vg-action", { type: "button", "data-testid": testId }, [label]);
    this.count = makeElement("strong", "", { "data-testid": "selection-count" });
    this.rest = makeElement("span");
    this.mean = makeFigure("Mean of all");
    this.densest = makeFigure("Densest", "button");
    this.images = makeElement("div", "vg-images", {}, [this.mean.root, this.densest.root]);
    this.classes = makeBars("selection-classes", "True classes");
    this.clusters = makeBars("selection-clusters", "Clusters");
    this.typical = makeStrip("typical", "Most typical", "Members where the density was highest at the start of the climb");
    this.atypical = makeStrip("odd", "Oddest", "Members where the density was lowest at the start of the climb");
    this.trails = action("selection-trails", "Trails of these");
    const exported = action("selection-export", "Export (CSV)");
    const clear = action("selection-clear", "Clear");
    this.root = makeElement("section", "vg-selection", { "aria-label": "Selection", "data-testid": "selection", hidden: "" }, [
      makeElement("p", "vg-selection-text", {}, [this.count, " ", this.rest]),
      makeElement("div", "vg-selection-grid", {}, [this.images, this.classes.root, this.clusters.root,
        makeElement("div", "vg-strips", {}, [this.typical.root, this.atypical.root])]),
      makeElement("div", "vg-actions", {}, [exported, this.trails, clear]),
    ]);
    this.showTrails(false);
    exported.addEventListener("click", () => onExport());
    clear.addEventListener("click", () => onClear());
    this.trails.addEventListener("click", () => {
      const on = this.trails.getAttribute("aria-pressed") !== "true";
      this.showTrails(on);
      onTrails(on);
    });
    this.root.addEventListener("click", (event) => {
      const { representative, label, point } = event.target.closest("button")?.dataset ?? {};
      if (representative !== undefined) onCluster(Number(representative));
      else if (label !== undefined) onClass(Number(label));
      else if (point !== undefined) onPoint(Number(point));
    });
  }

  /** @param {boolean} on */
  showTrails(on) {
    updateAttribute(this.trails, "aria-pressed", String(on));
  }

  hide() {
    this.root.hidden = true;
  }

  /**
   * @param {{scene: import("./scene.js").Scene, cut: import("./cut.js").Cut|null, state?: any, mask: Uint8Array, title?: string, dark: boolean,
   *   colourOf: ColourOf, symbolOf: SymbolOf}} view
   * @returns {string} the sentence shown, for the live text; empty when nothing is selected
   */
  show({ scene, cut, mask, title = "", dark, colourOf, symbolOf }) {
    const comp = composition(scene, cut, mask);
    this.root.hidden = comp.count === 0;
    if (comp.count === 0) return "";
    const { head, rest } = describeParts(comp, title);
    // A number and its sign stay on one line.
    updateText(this.count, head.replaceAll(" %", "\u00a0%"));
    this.count.dataset.value = String(comp.count);
    updateText(this.rest, rest.replaceAll(" %", "\u00a0%"));
    updateAttribute(this.classes.root, "title", comp.purityText);
    fillBars(this.classes, comp.classes, "more classes");
    fillBars(this.clusters, comp.clusters.map((part) => ({
      name: titleOfCluster(part.cluster), count: part.count, share: part.share,
      representative: part.representative, colour: colourOf(part.representative),
      symbol: part.representative < 0 ? "" : symbolOf(part.representative),
    })), "more clusters");
    this.showMembers(scene, mask, dark);
    const [only] = comp.clusters;
    const whole = comp.clusters.length === 1 && only.count === only.size && only.cluster >= 0;
    if (scene.sprites) {
      showFigure(this.densest, scene, whole ? only.representative : this.first, dark);
      updateText(this.densest.caption, whole ? "Representative" : "Densest");
    }
    return describeComposition(scene, comp, title);
  }

  // The pictures do not depend on ε; a mask may be changed in place, so its content is compared, not its identity.
  showMembers(scene, mask, dark) {
    const key = maskKey(mask);
    if (this.shown && this.shown.scene === scene && this.shown.key === key && this.shown.dark === dark) return;
    this.shown = { scene, key, dark };
    const { typical, atypical } = typicalAndAtypical(scene, mask, 0, MAX_IMAGES);
    this.first = typical[0];
    fillStrip(this.typical, scene, typical, dark);
    fillStrip(this.atypical, scene, atypical, dark);
    this.images.hidden = !scene.sprites;
    const mean = meanPicture(scene, mask, dark);
    if (mean) paintPixels(this.mean.canvas, scene, mean);
  }
}

function maskKey(mask) {
  let key = 0x811c9dc5;
  for (let i = 0; i < mask.length; i++) key = Math.imul(key ^ mask[i], 0x01000193);
  return key;
}

function paintPixels(canvas, scene, pixels) {
  const { width, height } = scene.header.sprites;
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
}

function makeFigure(text, tag = "div") {
  const canvas = makeElement("canvas", "vg-image", { "aria-hidden": "true" });
  const caption = makeElement("span", "vg-name", {}, [text]);
  const holder = tag === "button" ? makeElement("button", "vg-member", { type: "button" }, [canvas]) : canvas;
  return { root: makeElement("div", "vg-figure", {}, [holder, caption]), canvas, caption, holder };
}

function describeMember(scene, point) {
  const label = scene.labels ? `, class ${nameOfClass(scene, scene.labels[point])}` : "";
  return `point ${formatCount(point)}${label}`;
}

function showFigure(figure, scene, point, dark) {
  const seen = `${point} ${dark} ${scene.version}`;
  if (figure.holder.dataset.seen === seen) return;
  figure.holder.dataset.seen = seen;
  figure.holder.dataset.point = String(point);
  showSprite(figure.canvas, scene, point, dark);
  for (const name of ["aria-label", "title"]) updateAttribute(figure.holder, name, describeMember(scene, point));
}

function makeStrip(testId, text, hint) {
  const list = makeElement("div", "vg-strip", { "data-testid": testId, role: "group", "aria-label": text });
  return { root: makeElement("div", "vg-part", { title: hint }, [makeElement("p", "vg-name", { "aria-hidden": "true" }, [text]), list]), list };
}

function fillStrip(strip, scene, points, dark) {
  strip.root.hidden = points.length === 0;
  const make = () => makeElement("button", "vg-member", { type: "button" });
  resizeChildren(strip.list, points.length, make).forEach((button, k) => {
    const point = points[k];
    const name = describeMember(scene, point);
    button.dataset.point = String(point);
    // Where the button has words of its own they are its name.
    if (scene.sprites) button.setAttribute("aria-label", name);
    else button.removeAttribute("aria-label");
    button.title = name;
    button.classList.toggle("vg-text-cell", !scene.sprites);
    if (scene.sprites) {
      if (!button.querySelector("canvas")) button.replaceChildren(makeElement("canvas", "", { "aria-hidden": "true" }));
      showSprite(button.firstChild, scene, point, dark);
    } else {
      const label = scene.labels ? [makeElement("span", "vg-faint", {}, [nameOfClass(scene, scene.labels[point])])] : [];
      button.replaceChildren(formatCount(point), " ", ...label);
    }
  });
}

export class ClusterList {
  /** @param {{onPick: (representative: number) => void, onHover: (representative: number|null) => void}} calls */
  constructor({ onPick, onHover }) {
    this.more = makeElement("span", "vg-chips-more");
    this.root = makeElement("div", "vg-chips", { role: "group", "aria-label": "Clusters", "data-testid": "cluster-list", hidden: "" }, [this.more]);
    this.chips = new Map();
    this.hovered = null;
    const chipOf = (event) => event.target.closest?.("button")?.dataset.representative;
    const hover = (given) => {
      const representative = given === undefined ? null : Number(given);
      if (representative !== this.hovered) onHover((this.hovered = representative));
    };
    this.root.addEventListener("click", (event) => {
      const representative = chipOf(event);
      if (representative !== undefined) onPick(Number(representative));
    });
    for (const type of ["pointerover", "focusin"]) this.root.addEventListener(type, (event) => hover(chipOf(event)));
    for (const type of ["pointerleave", "focusout"]) this.root.addEventListener(type, () => hover(undefined));
    this.release = () => hover(undefined);
  }

  /** @param {import("./composition.js").ClusterRow[]} rows of `clusterRows` @param {ColourOf} colourOf @param {SymbolOf} symbolOf */
  show(rows, colourOf, symbolOf) {
    const clusters = rows.filter((row) => row.kind === "cluster");
    // In the order of their fixed slots: by size they would change places under the hand while the film plays.
    const shown = clusters.slice(0, MAX_CHIPS).sort((a, b) => a.slot - b.slot);
    const noise = rows.find((row) => row.kind === "noise");
    this.root.hidden = shown.length === 0 && !noise;
    const wanted = new Map([...shown, ...(noise ? [noise] : [])].map((row) => [row.representative, row]));
    let lostFocus = false;
    for (const [representative, chip] of this.chips) {
      if (wanted.has(representative)) continue;
      lostFocus ||= chip === /** @type {any} */ (this.root.getRootNode()).activeElement;
      chip.remove();
      this.chips.delete(representative);
      if (this.hovered === representative) this.release();
    }
    let next = this.root.firstChild;
    for (const [representative, row] of wanted) {
      if (representative === NOISE_REPRESENTATIVE && next === this.more) next = next.nextSibling;
      const chip = this.chips.get(representative) ?? this.addChip(representative);
      if (chip === next) next = next.nextSibling;
      else this.root.insertBefore(chip, next);
      fillChip(chip, row, colourOf(representative), representative < 0 ? "" : symbolOf(row.representative));
    }
    updateText(this.more, clusters.length > shown.length ? `and ${formatCount(clusters.length - shown.length)} more` : "");
    if (lostFocus) this.root.querySelector("button")?.focus({ preventScroll: true });
  }

  addChip(representative) {
    const chip = makeElement("button", "vg-chip", { type: "button", "data-testid": "cluster-chip", "data-representative": String(representative) }, [
      makeElement("i", "vg-swatch", { "aria-hidden": "true" }), makeElement("span", "vg-strong"), " ", makeElement("span", "vg-chip-size")]);
    this.chips.set(representative, chip);
    return chip;
  }
}

function fillChip(chip, row, colour, symbol) {
  const shown = [row.cluster, row.size, row.majority, row.majorityShare, colour, symbol].join(" ");
  if (chip.dataset.shown === shown) return;
  chip.dataset.shown = shown;
  const [swatch, name, size] = chip.children;
  const title = titleOfCluster(row.cluster);
  const majority = row.majority === null ? "" : `, most of class ${row.majority} (${formatShare(row.majorityShare)})`;
  updateSwatch(swatch, colour, symbol);
  updateText(name, row.cluster < 0 ? "noise" : formatCount(row.cluster + 1));
  updateText(size, formatCount(row.size));
  chip.setAttribute("aria-label", `${title}, ${plural(row.size, "point")}`);
  chip.title = `${title}: ${plural(row.size, "point")}${majority}`;
}
