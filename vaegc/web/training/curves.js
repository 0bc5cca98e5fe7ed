// Loss curves over the epochs: one large panel, one small panel for each part, and a cursor that reads all of them.
// Why a panel for each part: their sizes differ so much that on one axis most of them are flat.

import { formatCount, formatLoss, formatNumber } from "../common/format.js";
import { makeElement, makeSection, makeSvgElement, resizeChildren, updateText } from "../common/markup.js";

const [VIEW_WIDTH, VIEW_HEIGHT] = [1000, 100]; // units of the drawing, stretched to whatever room there is

/**
 * The path of a curve; it is broken where a value is missing and where another phase begins, which minimises something else.
 * @param {(number|null)[]} values @param {number[]} at epochs from 1 @param {{low: number, high: number}} panel
 * @param {{epochs: number, starts: number[]}} axis planned epochs, and first epochs of the later phases
 */
export function curvePath(values, at, { low, high }, { epochs, starts }) {
  let path = "";
  let drawing = false;
  values.forEach((value, i) => {
    if (i > 0 && starts.some((start) => at[i - 1] < start && at[i] >= start)) drawing = false;
    if (value === null) {
      drawing = false;
      return;
    }
    const y = (VIEW_HEIGHT * (high - value)) / (high - low || 1);
    path += `${drawing ? "L" : "M"}${(VIEW_WIDTH * epochPosition(at[i], epochs)).toFixed(1)} ${Math.min(1e4, Math.max(-1e4, y)).toFixed(2)}`;
    drawing = true;
  });
  return path;
}

/** Place of an epoch on the axis, 0..1. */
export function epochPosition(epoch, epochs) {
  return epochs > 1 ? (epoch - 1) / (epochs - 1) : 0.5;
}

/** The drawn epoch nearest to a place on the axis. @param {number[]} at @returns {number} its index, -1 for none */
export function nearestEpoch(at, epochs, place) {
  let best = -1;
  at.forEach((epoch, i) => {
    if (best < 0 || Math.abs(epochPosition(epoch, epochs) - place) < Math.abs(epochPosition(at[best], epochs) - place)) best = i;
  });
  return best;
}

function makePanel() {
  const name = makeElement("span", "vg-tr-part-name");
  const value = makeElement("strong", "vg-tr-part-value");
  const ticks = makeElement("div", "vg-tr-ticks", { "aria-hidden": "true" });
  const drawing = makeSvgElement("svg", { viewBox: `0 0 ${VIEW_WIDTH} ${VIEW_HEIGHT}`, preserveAspectRatio: "none", role: "img" }, [
    makeSvgElement("path", { class: "vg-tr-grid-lines" }), makeSvgElement("path", { class: "vg-tr-validation" }), makeSvgElement("path", { class: "vg-tr-curve" })]);
  const cursor = makeElement("i", "vg-tr-cursor", { hidden: "" });
  const dot = makeElement("i", "vg-tr-dot");
  const phases = makeElement("div", "vg-tr-phases", { "aria-hidden": "true" });
  const plot = makeElement("div", "vg-tr-plot", {}, [phases, ticks, drawing, cursor, dot]);
  return makeElement("div", "vg-tr-panel", {}, [makeElement("p", "vg-tr-part-head", {}, [name, value]), plot]);
}

function clear(part) {
  part.querySelectorAll("path").forEach((path) => path.removeAttribute("d"));
  for (const name of ["vg-tr-ticks", "vg-tr-phases"]) part.querySelector(`.${name}`).replaceChildren();
  updateText(part.querySelector(".vg-tr-part-name"), "");
}

export class LossPanels {
  constructor() {
    Object.assign(this, makeSection("training-losses"));
    this.main = makePanel();
    this.main.classList.add("vg-tr-main");
    this.ends = makeElement("p", "vg-tr-ends", { "aria-hidden": "true" }, [makeElement("span"), makeElement("span")]);
    this.panels = makeElement("div", "vg-tr-panels");
    this.body.append(this.main, this.ends, this.panels);
    this.body.addEventListener("pointermove", (event) => this.point(event));
    this.body.addEventListener("pointerleave", () => this.showValues(-1));
    this.chosen = -1;
    this.data = null;
  }

  /** @param {any} losses of Python, or null: there are none yet */
  show(losses) {
    this.data = losses;
    updateText(this.title, "Losses");
    this.body.classList.toggle("vg-tr-empty", !losses);
    const shown = losses?.panels ?? [];
    resizeChildren(this.panels, Math.max(0, shown.length - 1), makePanel);
    this.parts().forEach((part, k) => {
      if (shown[k]) this.draw(part, shown[k], k === 0);
      else clear(part);
    });
    updateText(this.ends.firstElementChild, losses ? "epoch 1" : "");
    updateText(this.ends.lastElementChild, losses ? formatCount(losses.epochs) : "");
    this.showValues(-1);
  }

  parts() {
    return [this.main, ...this.panels.children];
  }

  draw(part, panel, main) {
    const { at, epochs, phases } = this.data;
    const starts = phases.slice(1).map((phase) => phase.first);
    const axis = { epochs, starts };
    const [grid, held, curve] = part.querySelectorAll("path");
    const toY = (value) => (VIEW_HEIGHT * (panel.high - value)) / (panel.high - panel.low || 1);
    updateText(part.querySelector(".vg-tr-part-name"), panel.label);
    part.title = panel.help;
    const shownTicks = panel.ticks.filter((_, k) => main || k === 0 || k === panel.ticks.length - 1);
    grid.setAttribute("d", shownTicks.map((tick) => `M0 ${toY(tick).toFixed(2)}H${VIEW_WIDTH}`).join(""));
    held.setAttribute("d", panel.held ? curvePath(panel.held, at, panel, axis) : "");
    curve.setAttribute("d", curvePath(panel.values, at, panel, axis));
    part.querySelector("svg").setAttribute("aria-label", `${panel.label} over the epochs, nats per point`);
    resizeChildren(part.querySelector(".vg-tr-ticks"), shownTicks.length, () => makeElement("span")).forEach((label, k) => {
      label.style.top = `${toY(shownTicks[k])}%`;
      updateText(label, formatNumber(shownTicks[k]));
    });
    const marks = starts.map((start, k) => ({ at: (epochPosition(start - 0.5, epochs)), words: main ? phases[k + 1].words : "", before: main && k === 0 ? phases[0].words : "" }));
    resizeChildren(part.querySelector(".vg-tr-phases"), marks.length, () => makeElement("i", "", {}, [makeElement("b"), makeElement("b")])).forEach((mark, k) => {
      mark.style.left = `${100 * marks[k].at}%`;
      updateText(mark.firstElementChild, marks[k].before);
      updateText(mark.lastElementChild, marks[k].words);
    });
  }

  point(event) {
    const plot = event.target.closest?.(".vg-tr-plot");
    if (!this.data || !plot) return;
    const box = plot.getBoundingClientRect();
    this.showValues(nearestEpoch(this.data.at, this.data.epochs, (event.clientX - box.left) / box.width));
  }

  /** Writes the values of a drawn epoch beside the names of the parts; -1: the last one. @param {number} chosen */
  showValues(chosen) {
    const losses = this.data;
    const last = losses ? losses.at.length - 1 : -1;
    const i = chosen < 0 ? last : chosen;
    updateText(this.text, !losses ? "" : chosen < 0 ? losses.words : `Epoch ${formatCount(losses.at[i])} of ${formatCount(losses.epochs)}, nats per point`);
    this.parts().forEach((part, k) => {
      const panel = losses?.panels[k];
      const value = panel?.values[i] ?? null;
      const held = panel?.held?.[i] ?? null;
      updateText(part.querySelector(".vg-tr-part-value"), value === null ? "" : formatLoss(value) + (held === null ? "" : ` · ${formatLoss(held)}`));
      const cursor = part.querySelector(".vg-tr-cursor");
      cursor.hidden = chosen < 0 || !panel;
      const dot = part.querySelector(".vg-tr-dot");
      dot.hidden = value === null;
      if (value === null) return;
      const left = `${100 * epochPosition(losses.at[i], losses.epochs)}%`;
      cursor.style.left = dot.style.left = left;
      const top = (panel.high - value) / (panel.high - panel.low || 1);
      dot.hidden = top < -0.001 || top > 1.001;
      dot.style.top = `${100 * top}%`;
    });
  }
}
