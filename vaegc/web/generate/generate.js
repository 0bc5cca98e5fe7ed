// Generate: a map whose every place can be decoded, and the film of what was decoded.
// Why answers come through the document: a change of this component's own data would send the map again.

import { renewText } from "../common/bars.js";
import { readDisplay, readRows } from "./faces.js";
import { Film } from "./film.js";
import { GenerateMap } from "./map.js";
import { makeCheck, makeElement } from "../common/markup.js";
import { cssColour, readTheme, wearTheme } from "../common/theme.js";
import { bytesOf } from "../common/parts.js";

/**
 * @typedef {import("./generate-map.js").Spot} Spot
 * @typedef {{version: string, xy: string, inks: string, label: string, words: string, display: any, begin: any, gridded: boolean,
 *   clusters: {name: string, colour: number|null}[], palette: any, noise: any}} Given
 *   what Python says of a scene; begin: an answer that is there from the start
 */

/** @type {WeakMap<object, GenerateView>} */
const GENERATED = new WeakMap();

/** What was decoded when a view was taken down: Streamlit may mount again for a new theme. @type {WeakMap<object, any>} */
const GENERATED_BEFORE = new WeakMap();

const ARROW_STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAR_STEP = 4; // arrow steps with Shift
const CURSOR_REST = 350; // milliseconds until the voice says where the cursor is

/** @param {any} given of Python @returns {import("./generate-film.js").Answer} */
export function readAnswer(given) {
  const track = given.track ? new Float64Array(bytesOf(given.track)) : null;
  return { ...given, track, rows: given.rows ? readRows(given.rows) : null, own: given.own ? readRows(given.own) : null };
}

class GenerateView {
  /** @param {HTMLElement} host */
  constructor(host) {
    this.map = new GenerateMap({ onPlace: (spot) => this.place(spot), onWalk: (a, b) => this.walk(a, b), onMove: () => this.sayCursor() });
    this.film = new Film({
      onAt: (index) => this.map.showTrack(this.answer.track, index),
      onClimb: (point) => this.ask({ kind: "climb", point }),
      onFrom: () => this.waitFrom(this.from ? null : this.spotShown()),
    });
    const { row, box } = makeCheck("generate-grid", "Decode the plane behind the points");
    Object.assign(this, { gridRow: row, gridBox: box });
    box.addEventListener("change", () => this.toggleGrid());
    this.legend = makeElement("ul", "vg-tr-legend", { "aria-label": "Clusters" });
    this.words = makeElement("p", "vg-tr-note");
    this.keys = makeElement("p", "vg-tr-note vg-gen-keys", {}, ["With the keyboard: arrows move, Enter decodes, Shift+Enter walks there, W waits for a walk’s end."]);
    this.live = makeElement("div", "vg-live", { "aria-live": "polite", "data-testid": "generate-live" });
    this.root = makeElement("div", "vg-stage vg-generate", { "data-testid": "generate" }, [
      makeElement("div", "vg-gen-grid", {}, [
        makeElement("div", "vg-gen-left", {}, [this.map.root, row, this.legend, this.words, this.keys]), this.film.root]),
      this.live]);
    this.map.canvas.addEventListener("keydown", (event) => this.key(event));
    this.heard = (event) => this.hear(event.detail);
    document.addEventListener("vaegc-answer", this.heard);
    host.append(this.root);
    this.serial = Date.now();
    this.from = null;
  }

  /** @param {Given} data @param {any} memory */
  show(data, memory) {
    const theme = readTheme(this.root, data);
    wearTheme(this.root, theme);
    this.theme = theme;
    const again = data.version === this.version;
    if (!again) {
      this.version = data.version;
      this.display = readDisplay(data.display);
      this.map.load(data, this.display);
      this.gridKept = null;
      this.waitFrom(null);
      this.gridRow.hidden = !data.gridded;
      this.gridBox.checked = false;
      renewText(this.words, data.words);
    }
    this.showLegend(data.clusters);
    this.map.dress(theme);
    if (again) this.film.dress(theme);
    else if (memory?.version === data.version) {
      this.take(memory.answer, false);
      if (memory.grid) this.takeGrid(memory.grid);
    } else this.take(readAnswer(data.begin), true);
  }

  showLegend(clusters) {
    this.legend.replaceChildren(...clusters.map(({ name, colour }) => {
      const swatch = makeElement("i", "vg-swatch");
      swatch.style.setProperty("--vg-swatch", cssColour(colour === null ? this.theme.noise : this.theme.palette[colour % this.theme.palette.length]));
      return makeElement("li", "", {}, [swatch, makeElement("span", "", {}, [name])]);
    }));
  }

  // --- what the hand asks ---------------------------------------------------------------------------------------------

  /** @param {object} question */
  ask(question) {
    this.serial += 1;
    this.waiting = this.serial;
    this.root.dataset.waiting = "true";
    this.onAsk?.({ ...question, version: this.version, serial: this.serial });
  }

  /** @param {Spot} spot */
  place(spot) {
    if (this.from) this.walk(this.from, spot);
    else {
      this.last = spot;
      this.ask({ kind: "place", at: spot });
    }
  }

  /** @param {Spot} a @param {Spot} b */
  walk(a, b) {
    this.waitFrom(null);
    this.last = b;
    this.ask({ kind: "walk", a, b });
  }

  /** @param {Spot|null} spot */
  waitFrom(spot) {
    this.from = spot;
    this.map.waitFrom(spot);
    this.film.waits(spot !== null);
    if (spot) renewText(this.live, "Choose where the walk ends.");
  }

  /** The place of the picture that is shown. @returns {Spot} */
  spotShown() {
    if (this.answer.kind === "place" && this.last) return this.last;
    const { track } = this.answer;
    return { at: [track[2 * this.film.at], track[2 * this.film.at + 1]] };
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const arrow = ARROW_STEPS[event.key];
    if (arrow) this.map.move(...arrow.map((step) => step * (event.shiftKey ? FAR_STEP : 1)));
    else if (event.key === "Enter") {
      this.map.cursor ?? this.map.move(0, 0);
      const spot = this.map.spotOfCursor();
      if (event.shiftKey) this.walk(this.last ?? this.spotShown(), spot);
      else this.place(spot);
    } else if (event.key === "w" || event.key === "W") this.waitFrom(this.from ? null : this.spotShown());
    else if (event.key === "Escape" && this.from) this.waitFrom(null);
    else return;
    event.preventDefault();
  }

  sayCursor() {
    clearTimeout(this.saying);
    this.saying = setTimeout(() => {
      const spot = this.map.spotOfCursor();
      const [left, top] = this.map.cursor;
      const share = (value, most) => Math.round((100 * value) / most);
      const where = `${share(left, this.map.width)} % from the left, ${share(top, this.map.height)} % from the top`;
      renewText(this.live, "point" in spot ? `On point ${spot.point}, ${where}.` : `${where}.`);
    }, CURSOR_REST);
  }

  toggleGrid() {
    if (!this.gridBox.checked) this.map.showGrid(null);
    else if (this.gridKept) this.map.showGrid(this.gridKept);
    else this.ask({ kind: "grid" });
  }

  // --- what Python answers --------------------------------------------------------------------------------------------

  /** @param {any} given */
  hear(given) {
    if (given?.version !== this.version || given.serial !== this.waiting) return;
    this.waiting = null;
    delete this.root.dataset.waiting;
    if (given.kind === "grid") this.takeGrid(given.grid ? { ...given.grid, pictures: readRows(given.grid.pictures) } : null);
    else this.take(readAnswer(given), true);
    if (given.kind === "grid" && !given.grid) renewText(this.live, given.words);
  }

  takeGrid(grid) {
    this.gridKept = grid;
    this.gridBox.checked = grid !== null;
    this.map.showGrid(grid);
    this.root.dataset.grid = String(grid !== null);
  }

  /** @param {import("./generate-film.js").Answer} answer @param {boolean} fresh */
  take(answer, fresh) {
    this.answer = answer;
    if (!answer.rows) this.map.showTrack(null, 0);
    this.film.show(answer, this.display, this.theme, fresh && (answer.rows?.many ?? 0) > 1);
    this.root.dataset.kind = answer.kind;
    this.root.dataset.serial = String(answer.serial);
    if (fresh && answer.serial > 0) renewText(this.live, `${answer.title}. ${answer.words}`);
  }

  destroy() {
    clearTimeout(this.saying);
    document.removeEventListener("vaegc-answer", this.heard);
    this.film.destroy();
    this.map.destroy();
    this.root.remove();
  }
}

/** @param {{data: Given, parentElement: HTMLElement, setStateValue: (name: string, value: any) => void}} component */
export default function ({ data, parentElement, setStateValue }) {
  let view = GENERATED.get(parentElement);
  if (!view) {
    view = new GenerateView(parentElement);
    GENERATED.set(parentElement, view);
  }
  const current = view;
  current.onAsk = (question) => setStateValue("ask", question);
  if (data) current.show(data, GENERATED_BEFORE.get(parentElement));
  return () => {
    if (GENERATED.get(parentElement) !== current) return;
    GENERATED.delete(parentElement);
    GENERATED_BEFORE.set(parentElement, { version: current.version, answer: current.answer, grid: current.gridKept });
    current.destroy();
  };
}
