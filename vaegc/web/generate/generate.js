// Entry point of Generate: a map whose every place can be decoded, and the view of what was decoded.
// Why answers come through the document: a change of this component's own data would send the map again.

import { decodeBase64 } from "../common/base64.js";
import { makeCheckbox, makeElement, updateText } from "../common/markup.js";
import { applyTheme, cssColour, readTheme } from "../common/theme.js";
import { DecodedView } from "./decoded-view.js";
import { GenerateMap } from "./map.js";
import { readDisplay, readRows } from "./samples.js";

/**
 * @typedef {import("./map.js").Location} Location
 * @typedef {{version: string, xy: string, inks: string, label: string, words: string, display: any, begin: any, gridded: boolean,
 *   clusters: {name: string, colour: number|null}[], palette: any, noise: any}} Given
 *   what Python says of a scene; begin: an answer that is there from the start
 */

/** @type {WeakMap<object, GenerateView>} */
const VIEWS = new WeakMap();

/** What was decoded when a view was taken down: Streamlit may mount again for a new theme. @type {WeakMap<object, any>} */
const SAVED_STATES = new WeakMap();

const ARROW_STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SHIFT_STEPS = 4; // arrow steps with Shift
const ANNOUNCE_DELAY_MS = 350; // milliseconds until the voice says where the cursor is

/** @param {any} payload of Python @returns {import("./decoded-view.js").Answer} */
export function decodeAnswer(payload) {
  const track = payload.track ? new Float64Array(decodeBase64(payload.track)) : null;
  return { ...payload, track, rows: payload.rows ? readRows(payload.rows) : null, own: payload.own ? readRows(payload.own) : null };
}

class GenerateView {
  /** @param {HTMLElement} host */
  constructor(host) {
    this.map = new GenerateMap({ onPlace: (location) => this.place(location), onWalk: (a, b) => this.walk(a, b), onMove: () => this.announceCursor() });
    this.decoded = new DecodedView({
      onAt: (index) => this.map.showTrack(this.answer.track, index),
      onClimb: (point) => this.request({ kind: "climb", point }),
      onFrom: () => this.setWalkStart(this.walkStart ? null : this.shownLocation()),
    });
    const { row, box } = makeCheckbox("generate-grid", "Decode the plane behind the points");
    Object.assign(this, { gridRow: row, gridBox: box });
    box.addEventListener("change", () => this.toggleGrid());
    this.legend = makeElement("ul", "vg-tr-legend", { "aria-label": "Clusters" });
    this.text = makeElement("p", "vg-tr-note");
    this.keys = makeElement("p", "vg-tr-note vg-gen-keys", {}, ["With the keyboard: arrows move, Enter decodes, Shift+Enter walks there, W waits for a walk’s end."]);
    this.live = makeElement("div", "vg-live", { "aria-live": "polite", "data-testid": "generate-live" });
    this.root = makeElement("div", "vg-stage vg-generate", { "data-testid": "generate" }, [
      makeElement("div", "vg-gen-grid", {}, [
        makeElement("div", "vg-gen-left", {}, [this.map.root, row, this.legend, this.text, this.keys]), this.decoded.root]),
      this.live]);
    this.map.canvas.addEventListener("keydown", (event) => this.handleKey(event));
    this.onAnswer = (event) => this.receive(event.detail);
    document.addEventListener("vaegc-answer", this.onAnswer);
    host.append(this.root);
    this.serial = Date.now();
    this.walkStart = null;
  }

  /** @param {Given} data @param {any} saved */
  show(data, saved) {
    const theme = readTheme(this.root, data);
    applyTheme(this.root, theme);
    this.theme = theme;
    const sameScene = data.version === this.version;
    if (!sameScene) {
      this.version = data.version;
      this.display = readDisplay(data.display);
      this.map.load(data, this.display);
      this.grid = null;
      this.setWalkStart(null);
      this.gridRow.hidden = !data.gridded;
      this.gridBox.checked = false;
      updateText(this.text, data.words);
    }
    this.showLegend(data.clusters);
    this.map.setTheme(theme);
    if (sameScene) this.decoded.setTheme(theme);
    else if (saved?.version === data.version) {
      this.showAnswer(saved.answer, false);
      if (saved.grid) this.showGrid(saved.grid);
    } else this.showAnswer(decodeAnswer(data.begin), true);
  }

  showLegend(clusters) {
    this.legend.replaceChildren(...clusters.map(({ name, colour }) => {
      const swatch = makeElement("i", "vg-swatch");
      swatch.style.setProperty("--vg-swatch", cssColour(colour === null ? this.theme.noise : this.theme.palette[colour % this.theme.palette.length]));
      return makeElement("li", "", {}, [swatch, makeElement("span", "", {}, [name])]);
    }));
  }

  // --- requests to Python ---------------------------------------------------------------------------------------------

  /** @param {object} details */
  request(details) {
    this.serial += 1;
    this.pendingSerial = this.serial;
    this.root.dataset.waiting = "true";
    this.onRequest?.({ ...details, version: this.version, serial: this.serial });
  }

  /** @param {Location} location */
  place(location) {
    if (this.walkStart) this.walk(this.walkStart, location);
    else {
      this.lastLocation = location;
      this.request({ kind: "place", at: location });
    }
  }

  /** @param {Location} a @param {Location} b */
  walk(a, b) {
    this.setWalkStart(null);
    this.lastLocation = b;
    this.request({ kind: "walk", a, b });
  }

  /** @param {Location|null} location */
  setWalkStart(location) {
    this.walkStart = location;
    this.map.setWalkStart(location);
    this.decoded.setWaiting(location !== null);
    if (location) updateText(this.live, "Choose where the walk ends.");
  }

  /** The place of the picture that is shown. @returns {Location} */
  shownLocation() {
    if (this.answer.kind === "place" && this.lastLocation) return this.lastLocation;
    const { track } = this.answer;
    return { at: [track[2 * this.decoded.at], track[2 * this.decoded.at + 1]] };
  }

  /** @param {KeyboardEvent} event */
  handleKey(event) {
    const arrow = ARROW_STEPS[event.key];
    if (arrow) this.map.move(...arrow.map((step) => step * (event.shiftKey ? SHIFT_STEPS : 1)));
    else if (event.key === "Enter") {
      this.map.cursor ?? this.map.move(0, 0);
      const location = this.map.cursorLocation();
      if (event.shiftKey) this.walk(this.lastLocation ?? this.shownLocation(), location);
      else this.place(location);
    } else if (event.key === "w" || event.key === "W") this.setWalkStart(this.walkStart ? null : this.shownLocation());
    else if (event.key === "Escape" && this.walkStart) this.setWalkStart(null);
    else return;
    event.preventDefault();
  }

  announceCursor() {
    clearTimeout(this.announceTimer);
    this.announceTimer = setTimeout(() => {
      const location = this.map.cursorLocation();
      const [left, top] = this.map.cursor;
      const share = (value, most) => Math.round((100 * value) / most);
      const where = `${share(left, this.map.width)} % from the left, ${share(top, this.map.height)} % from the top`;
      updateText(this.live, "point" in location ? `On point ${location.point}, ${where}.` : `${where}.`);
    }, ANNOUNCE_DELAY_MS);
  }

  toggleGrid() {
    if (!this.gridBox.checked) this.map.showGrid(null);
    else if (this.grid) this.map.showGrid(this.grid);
    else this.request({ kind: "grid" });
  }

  // --- answers of Python --------------------------------------------------------------------------------------------

  /** @param {any} payload */
  receive(payload) {
    if (payload?.version !== this.version || payload.serial !== this.pendingSerial) return;
    this.pendingSerial = null;
    delete this.root.dataset.waiting;
    if (payload.kind === "grid") this.showGrid(payload.grid ? { ...payload.grid, pictures: readRows(payload.grid.pictures) } : null);
    else this.showAnswer(decodeAnswer(payload), true);
    if (payload.kind === "grid" && !payload.grid) updateText(this.live, payload.words);
  }

  showGrid(grid) {
    this.grid = grid;
    this.gridBox.checked = grid !== null;
    this.map.showGrid(grid);
    this.root.dataset.grid = String(grid !== null);
  }

  /** @param {import("./decoded-view.js").Answer} answer @param {boolean} fresh */
  showAnswer(answer, fresh) {
    this.answer = answer;
    if (!answer.rows) this.map.showTrack(null, 0);
    this.decoded.show(answer, this.display, this.theme, fresh && (answer.rows?.many ?? 0) > 1);
    this.root.dataset.kind = answer.kind;
    this.root.dataset.serial = String(answer.serial);
    if (fresh && answer.serial > 0) updateText(this.live, `${answer.title}. ${answer.words}`);
  }

  destroy() {
    clearTimeout(this.announceTimer);
    document.removeEventListener("vaegc-answer", this.onAnswer);
    this.decoded.destroy();
    this.map.destroy();
    this.root.remove();
  }
}

/** @param {{data: Given, parentElement: HTMLElement, setStateValue: (name: string, value: any) => void}} component */
export default function ({ data, parentElement, setStateValue }) {
  let view = VIEWS.get(parentElement);
  if (!view) {
    view = new GenerateView(parentElement);
    VIEWS.set(parentElement, view);
  }
  const current = view;
  current.onRequest = (details) => setStateValue("ask", details);
  if (data) current.show(data, SAVED_STATES.get(parentElement));
  return () => {
    if (VIEWS.get(parentElement) !== current) return;
    VIEWS.delete(parentElement);
    SAVED_STATES.set(parentElement, { version: current.version, answer: current.answer, grid: current.grid });
    current.destroy();
  };
}
