// The diagrams of a choice of K: the plane of (step, ε) with the sweeps beside it, a crosshair, and the (bandwidth, step) diagram.
// Why a component of its own: it follows the pointer, and it is filled in place while a job still computes.

import { makeElement, updateText } from "../common/markup.js";
import { describePlane } from "../common/plane.js";
import { applyTheme, readTheme } from "../common/theme.js";
import { CellTable } from "./cells.js";
import { describePlace, initialPlace, nextCountChange, readChoice } from "./data.js";
import { computeLayout, placeAt } from "./layout.js";
import { paintChoice, paintCrosshair } from "./paint.js";
import { saveChoice } from "./save.js";

/** @type {WeakMap<object, ChoiceView>} */
const VIEWS = new WeakMap();
const SHIFT_STEP = 10; // samples that an arrow goes with Shift
const ANNOUNCE_DELAY = 350; // milliseconds that the hand must rest before the place is spoken
const EXPLANATION_CLIMB = "Each column is one step of the climb, each height one ε, and the colour is how many clusters DBSCAN finds there. " +
  "Believe a number that owns a large area: it holds over many steps and over a long stretch of ε.";
const EXPLANATION_NO_CLIMB = "Nothing climbs here, so there is one sweep: how many clusters DBSCAN finds at each ε, large ε above. " +
  "Believe a number that holds over a long stretch of it, and switch the climb on to see whether it brings one out.";

class ChoiceView {
  /** @param {HTMLElement} host */
  constructor(host) {
    this.picture = makeElement("canvas", "vg-ch-picture", { tabindex: "0", role: "img", "data-testid": "choice" });
    this.overlay = makeElement("canvas", "vg-ch-overlay", { "aria-hidden": "true" });
    this.frame = makeElement("div", "vg-ch-frame", {}, [this.picture, this.overlay]);
    this.explained = makeElement("p", "vg-ch-explained");
    this.readout = makeElement("p", "vg-ch-readout", { "data-testid": "choice-readout" });
    this.live = makeElement("p", "vg-ch-hidden", { "aria-live": "polite", "data-testid": "choice-live" });
    this.openButton = makeElement("button", "vg-action vg-ch-open", { type: "button", "data-testid": "choice-open" }, ["Open in Explore"]);
    this.saveButton = makeElement("button", "vg-action", { type: "button", "data-testid": "choice-save", title: "The picture as a PNG file" }, ["Save picture"]);
    this.hint = makeElement("p", "vg-ch-words", { "data-testid": "choice-words" });
    this.cellTable = new CellTable((cell) => this.requestOpen({ cell: { neighbors: cell.neighbors, step: cell.step } }));
    this.root = makeElement("div", "vg-stage vg-choose", {}, [
      makeElement("section", "vg-ch-part", { "aria-label": "Every step and every ε" }, [
        this.explained,
        makeElement("div", "vg-ch-bar-row", {}, [this.readout, makeElement("div", "vg-ch-actions", {}, [this.openButton, this.saveButton])]),
        this.frame, this.hint, this.live]),
      this.cellTable.root]);
    host.append(this.root);
    this.hovered = null;
    this.listen();
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.frame);
  }

  /** @param {any} data @param {(name: string, value: any) => void} setState */
  show(data, setState) {
    this.setState = setState;
    const keepPlace = this.choice?.key === data.key && this.touched;
    this.choice = readChoice(data);
    this.theme = readTheme(this.root, data);
    applyTheme(this.root, this.theme);
    if (!keepPlace) {
      this.touched = false;
      this.place = { panel: "plane", ...initialPlace(this.choice) };
    }
    this.draw();
    this.cellTable.show(this.choice, this.theme);
  }

  draw() {
    const width = this.frame.clientWidth;
    if (!this.choice || width === 0) return;
    this.layout = computeLayout(width, this.choice);
    const computed = this.choice.plane.filter(Boolean).length;
    this.paintOn(this.picture, (context) => paintChoice(context, this.layout, this.choice, this.theme));
    this.picture.dataset.drawn = String(computed);
    updateText(this.explained, this.choice.steps.length > 1 ? EXPLANATION_CLIMB : EXPLANATION_NO_CLIMB);
    const words = describePlane(this.choice.plane, this.choice.steps, "", this.choice.maxNoise);
    updateText(this.hint, `${words || this.choice.progress} ${this.choice.settings}`.trim());
    this.showPlace();
  }

  paintOn(canvas, paint) {
    const ratio = Math.max(1, globalThis.devicePixelRatio || 1);
    const [width, height] = [Math.round(this.layout.width * ratio), Math.round(this.layout.height * ratio)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    Object.assign(canvas.style, { width: `${this.layout.width}px`, height: `${this.layout.height}px` });
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    paint(context);
  }

  showPlace() {
    this.paintOn(this.overlay, (context) => paintCrosshair(context, this.layout, this.choice, this.theme, this.place));
    const words = describePlace(this.choice, this.place);
    updateText(this.readout, words);
    this.readout.dataset.row = String(this.place.row);
    this.readout.dataset.sample = String(this.place.sample);
    this.picture.setAttribute("aria-label", `Number of clusters at every step and every ε. ${words}. Arrow keys move, Enter opens this in Explore.`);
    this.openButton.disabled = !this.choice.plane[this.place.row];
    clearTimeout(this.speaking);
    if (this.touched) this.speaking = setTimeout(() => updateText(this.live, words), ANNOUNCE_DELAY);
  }

  goTo(place) {
    this.touched = true;
    this.place = { panel: "plane", ...place };
    this.showPlace();
  }

  open() {
    const { row, sample } = this.place;
    if (this.choice.plane[row]) this.requestOpen({ place: { step: this.choice.steps[row], sample } });
  }

  /** @param {{place: {step: number, sample: number}}|{cell: {neighbors: number, step: number}}} what to open in Explore */
  requestOpen(what) {
    this.setState("open", { key: this.choice.key, serial: Date.now(), ...what });
  }

  placeUnder(event) {
    const box = this.picture.getBoundingClientRect();
    return this.layout && placeAt(this.layout, this.choice, event.clientX - box.left, event.clientY - box.top);
  }

  listen() {
    this.picture.addEventListener("pointermove", (event) => {
      const place = this.placeUnder(event);
      this.picture.style.cursor = place ? "crosshair" : "default";
      const follows = place && (event.pointerType === "mouse" || event.buttons > 0);
      this.hovered = follows && event.pointerType === "mouse" ? place : null;
      if (follows) this.goTo(place);
    });
    // A finger has no hover: its tap goes there, and the button opens it. A mouse opens what it has read, to the same sample: a click's own
    // place is rounded to whole pixels.
    this.picture.addEventListener("click", (event) => {
      const place = this.hovered ?? this.placeUnder(event);
      if (!place) return;
      this.goTo(place);
      if (/** @type {PointerEvent} */ (event).pointerType !== "touch") this.open();
    });
    this.picture.addEventListener("keydown", (event) => this.pressKey(event));
    this.openButton.addEventListener("click", () => this.open());
    this.saveButton.addEventListener("click", () => saveChoice(this.choice, this.theme));
  }

  pressKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { row, sample } = this.place;
    const [rows, samples] = [this.choice.steps.length - 1, this.choice.samples - 1];
    const distance = event.shiftKey ? SHIFT_STEP : 1;
    const clamped = (value, max) => Math.min(max, Math.max(0, value));
    const moves = {
      ArrowLeft: () => ({ row: clamped(row - distance, rows), sample }), ArrowRight: () => ({ row: clamped(row + distance, rows), sample }),
      ArrowUp: () => ({ row, sample: clamped(sample + distance, samples) }), ArrowDown: () => ({ row, sample: clamped(sample - distance, samples) }),
      Home: () => ({ row: 0, sample }), End: () => ({ row: rows, sample }),
      PageUp: () => nextCountChange(this.choice, this.place, true), PageDown: () => nextCountChange(this.choice, this.place, false),
    };
    if (event.key === "Enter" || event.key === " ") this.open();
    else if (moves[event.key]) this.goTo(moves[event.key]());
    else return;
    event.preventDefault();
  }

  destroy() {
    clearTimeout(this.speaking);
    this.observer.disconnect();
    this.root.remove();
  }
}

/** @param {{data: any, parentElement: HTMLElement, setStateValue: (name: string, value: any) => void}} component */
export default function ({ data, parentElement, setStateValue }) {
  let view = VIEWS.get(parentElement);
  if (!view) {
    view = new ChoiceView(parentElement);
    VIEWS.set(parentElement, view);
  }
  const current = view;
  if (data) current.show(data, setStateValue);
  return () => {
    if (VIEWS.get(parentElement) !== current) return;
    VIEWS.delete(parentElement);
    current.destroy();
  };
}
