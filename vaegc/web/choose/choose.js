// How many clusters: the plane of (step, ε) with the sweeps beside it, a crosshair, and the (bandwidth, step) diagram.
// Why a component of its own: it follows the pointer, and it is filled in place while a job still computes.

import { renewText } from "../common/bars.js";
import { CellTable } from "./cells.js";
import { firstPlace, nextChange, wordsAt, readChoice } from "./data.js";
import { layOut, placeAt } from "./layout.js";
import { paintChoice, paintPlace } from "./paint.js";
import { saveChoice } from "./save.js";
import { makeElement } from "../common/markup.js";
import { planeWords } from "../common/plane.js";
import { readTheme, wearTheme } from "../common/theme.js";

/** @type {WeakMap<object, ChoiceView>} */
const CHOICES = new WeakMap();
const FAR = 10; // samples that an arrow goes with Shift
const SPOKEN_AFTER = 350; // milliseconds that the hand must rest before the place is spoken
const EXPLAINED_PLANE = "Each column is one step of the climb, each height one ε, and the colour is how many clusters DBSCAN finds there. " +
  "Believe a number that owns a large field: it holds over many steps and over a long stretch of ε.";
const EXPLAINED_STILL = "Nothing climbs here, so there is one sweep: how many clusters DBSCAN finds at each ε, large ε above. " +
  "Believe a number that holds over a long stretch of it, and switch the climb on to see whether it brings one out.";

class ChoiceView {
  /** @param {HTMLElement} host */
  constructor(host) {
    this.picture = makeElement("canvas", "vg-ch-picture", { tabindex: "0", role: "img", "data-testid": "choice" });
    this.over = makeElement("canvas", "vg-ch-over", { "aria-hidden": "true" });
    this.frame = makeElement("div", "vg-ch-frame", {}, [this.picture, this.over]);
    this.explained = makeElement("p", "vg-ch-explained");
    this.readout = makeElement("p", "vg-ch-readout", { "data-testid": "choice-readout" });
    this.live = makeElement("p", "vg-ch-hidden", { "aria-live": "polite", "data-testid": "choice-live" });
    this.openButton = makeElement("button", "vg-action vg-ch-open", { type: "button", "data-testid": "choice-open" }, ["Open in Explore"]);
    this.saveButton = makeElement("button", "vg-action", { type: "button", "data-testid": "choice-save", title: "The picture as a PNG file" }, ["Save picture"]);
    this.hint = makeElement("p", "vg-ch-words", { "data-testid": "choice-words" });
    this.cells = new CellTable((cell) => this.tell({ cell: { neighbors: cell.neighbors, step: cell.step } }));
    this.root = makeElement("div", "vg-stage vg-choose", {}, [
      makeElement("section", "vg-ch-part", { "aria-label": "Every step and every ε" }, [
        this.explained,
        makeElement("div", "vg-ch-bar-row", {}, [this.readout, makeElement("div", "vg-ch-deeds", {}, [this.openButton, this.saveButton])]),
        this.frame, this.hint, this.live]),
      this.cells.root]);
    host.append(this.root);
    this.hovered = null;
    this.listen();
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.frame);
  }

  /** @param {any} data @param {(name: string, value: any) => void} say */
  show(data, say) {
    this.say = say;
    const known = this.choice?.key === data.key;
    const moved = known && this.touched;
    this.choice = readChoice(data);
    this.theme = readTheme(this.root, data);
    wearTheme(this.root, this.theme);
    if (!moved) {
      this.touched = false;
      this.place = { panel: "plane", ...firstPlace(this.choice) };
    }
    this.draw();
    this.cells.show(this.choice, this.theme);
  }

  draw() {
    const width = this.frame.clientWidth;
    if (!this.choice || width === 0) return;
    this.layout = layOut(width, this.choice);
    const there = this.choice.plane.filter(Boolean).length;
    this.paintOn(this.picture, (context) => paintChoice(context, this.layout, this.choice, this.theme));
    this.picture.dataset.drawn = String(there);
    renewText(this.explained, this.choice.steps.length > 1 ? EXPLAINED_PLANE : EXPLAINED_STILL);
    const words = planeWords(this.choice.plane, this.choice.steps, "", this.choice.maxNoise);
    renewText(this.hint, `${words || this.choice.still} ${this.choice.basis}`.trim());
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
    this.paintOn(this.over, (context) => paintPlace(context, this.layout, this.choice, this.theme, this.place));
    const words = wordsAt(this.choice, this.place);
    renewText(this.readout, words);
    this.readout.dataset.row = String(this.place.row);
    this.readout.dataset.sample = String(this.place.sample);
    this.picture.setAttribute("aria-label", `Number of clusters at every step and every ε. ${words}. Arrow keys move, Enter opens this in Explore.`);
    this.openButton.disabled = !this.choice.plane[this.place.row];
    clearTimeout(this.speaking);
    if (this.touched) this.speaking = setTimeout(() => renewText(this.live, words), SPOKEN_AFTER);
  }

  goTo(place) {
    this.touched = true;
    this.place = { panel: "plane", ...place };
    this.showPlace();
  }

  open() {
    const { row, sample } = this.place;
    if (this.choice.plane[row]) this.tell({ place: { step: this.choice.steps[row], sample } });
  }

  tell(what) {
    this.say("open", { key: this.choice.key, serial: Date.now(), ...what });
  }

  under(event) {
    const box = this.picture.getBoundingClientRect();
    return this.layout && placeAt(this.layout, this.choice, event.clientX - box.left, event.clientY - box.top);
  }

  listen() {
    this.picture.addEventListener("pointermove", (event) => {
      const place = this.under(event);
      this.picture.style.cursor = place ? "crosshair" : "default";
      const seen = place && (event.pointerType === "mouse" || event.buttons > 0);
      this.hovered = seen && event.pointerType === "mouse" ? place : null;
      if (seen) this.goTo(place);
    });
    // A finger has no hover: its tap goes there, and the button opens it. A mouse opens what it has read, to the same sample: a click's own
    // place is rounded to whole pixels.
    this.picture.addEventListener("click", (event) => {
      const place = this.hovered ?? this.under(event);
      if (!place) return;
      this.goTo(place);
      if (/** @type {PointerEvent} */ (event).pointerType !== "touch") this.open();
    });
    this.picture.addEventListener("keydown", (event) => this.key(event));
    this.openButton.addEventListener("click", () => this.open());
    this.saveButton.addEventListener("click", () => saveChoice(this.choice, this.theme));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { row, sample } = this.place;
    const [rows, samples] = [this.choice.steps.length - 1, this.choice.samples - 1];
    const far = event.shiftKey ? FAR : 1;
    const within = (value, most) => Math.min(most, Math.max(0, value));
    const moves = {
      ArrowLeft: () => ({ row: within(row - far, rows), sample }), ArrowRight: () => ({ row: within(row + far, rows), sample }),
      ArrowUp: () => ({ row, sample: within(sample + far, samples) }), ArrowDown: () => ({ row, sample: within(sample - far, samples) }),
      Home: () => ({ row: 0, sample }), End: () => ({ row: rows, sample }),
      PageUp: () => nextChange(this.choice, this.place, true), PageDown: () => nextChange(this.choice, this.place, false),
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
  let view = CHOICES.get(parentElement);
  if (!view) {
    view = new ChoiceView(parentElement);
    CHOICES.set(parentElement, view);
  }
  const current = view;
  if (data) current.show(data, setStateValue);
  return () => {
    if (CHOICES.get(parentElement) !== current) return;
    CHOICES.delete(parentElement);
    current.destroy();
  };
}
