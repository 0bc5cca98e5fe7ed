// The map that is decoded: points of the start, a cursor, the track of a walk, and the decoded plane behind.
// Why two canvases: the points are drawn once, the pointer's line and the walk's dot with every move.

import { decodeBase64 } from "../common/base64.js";
import { paintImage } from "../common/image.js";
import { makeElement } from "../common/markup.js";
import { cssColour } from "../common/theme.js";
import { imageBytes } from "./samples.js";

/**
 * @typedef {{point: number}|{at: [number, number]}} Location a point, or a place in the units of the map
 * @typedef {{scale: number, x: number, y: number}} Fit pixel = x + scale * px, y - scale * py
 */

const MARGIN = 18; // CSS pixels around the points
const SNAP_RADIUS = 6; // a click this near to a point means the point
const CLICK_TOLERANCE = 7; // a hand that moves less has clicked
const ARROW_PIXELS = 12; // CSS pixels of an arrow key
const POINT_RADII = { few: 2.6, many: 1.7, crowd: 1.1 };
const MANY_POINTS = 2500;
const CROWDED_POINTS = 20_000;
const NOISE = 255;

/** @param {Float64Array|Float32Array} xy @param {number} width @param {number} height @returns {Fit} all points, one scale for both axes */
export function fitMap(xy, width, height) {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < xy.length; i += 2) {
    left = Math.min(left, xy[i]);
    right = Math.max(right, xy[i]);
    bottom = Math.min(bottom, xy[i + 1]);
    top = Math.max(top, xy[i + 1]);
  }
  // A side without extent asks for nothing; where neither has any, all lies in the middle.
  const across = right > left ? (width - 2 * MARGIN) / (right - left) : Infinity;
  const along = top > bottom ? (height - 2 * MARGIN) / (top - bottom) : Infinity;
  const scale = Number.isFinite(Math.min(across, along)) ? Math.min(across, along) : 1;
  return { scale, x: width / 2 - (scale * (left + right)) / 2, y: height / 2 + (scale * (bottom + top)) / 2 };
}

/** @param {Fit} fit @returns {[number, number]} CSS pixels */
export function toScreen(fit, x, y) {
  return [fit.x + fit.scale * x, fit.y - fit.scale * y];
}

/** @param {Fit} fit @returns {[number, number]} units of the map */
export function toMap(fit, left, top) {
  return [(left - fit.x) / fit.scale, (fit.y - top) / fit.scale];
}

/** What is meant by a place of the screen: the nearest point within reach, else the place. @param {Float64Array|Float32Array} xy @param {Fit} fit @returns {Location} */
export function locationAt(xy, fit, left, top, reach = SNAP_RADIUS) {
  let [best, nearest] = [-1, reach * reach];
  for (let i = 0; i < xy.length / 2; i++) {
    const squared = (fit.x + fit.scale * xy[2 * i] - left) ** 2 + (fit.y - fit.scale * xy[2 * i + 1] - top) ** 2;
    if (squared < nearest) [best, nearest] = [i, squared];
  }
  return best >= 0 ? { point: best } : { at: toMap(fit, left, top) };
}

export class GenerateMap {
  /** @param {{onPlace: (location: Location) => void, onWalk: (a: Location, b: Location) => void, onMove: (left: number, top: number) => void}} callbacks */
  constructor(callbacks) {
    this.callbacks = callbacks;
    this.canvas = /** @type {HTMLCanvasElement} */ (makeElement("canvas", "vg-gen-map", { role: "img", tabindex: "0", "data-testid": "generate-map" }));
    this.overlay = /** @type {HTMLCanvasElement} */ (makeElement("canvas", "vg-overlay", { "aria-hidden": "true" }));
    this.root = makeElement("div", "vg-gen-frame", {}, [this.canvas, this.overlay]);
    this.observer = new ResizeObserver(() => this.paint());
    this.observer.observe(this.canvas);
    Object.assign(this, { track: null, at: 0, walkStart: null, cursor: null, drag: null, grid: null, shown: false });
    this.listen();
  }

  /** @param {any} data of Python */
  load(data, display) {
    this.xy = new Float64Array(decodeBase64(data.xy)); // far from 0 float32 would melt neighbours
    this.colourIndices = new Uint8Array(decodeBase64(data.inks));
    Object.assign(this, { display, track: null, walkStart: null, cursor: null, drag: null, grid: null });
    this.canvas.setAttribute("aria-label", data.label);
  }

  /** @param {import("../common/theme.js").Theme} theme */
  setTheme(theme) {
    this.theme = theme;
    this.tiles = null;
    this.paint();
  }

  /** @param {Float64Array|null} track x, y of each picture of a walk @param {number} at which of them is shown */
  showTrack(track, at) {
    Object.assign(this, { track, at });
    this.paintOverlay();
  }

  /** @param {any} grid rows, columns, box, far and pictures, or null */
  showGrid(grid) {
    this.grid = grid;
    this.tiles = null;
    this.paint();
  }

  /** @param {Location|null} location where a walk begins that waits for its end */
  setWalkStart(location) {
    this.walkStart = location;
    this.paintOverlay();
  }

  /** @param {Location} location @returns {[number, number]} CSS pixels */
  pixelsOfLocation(location) {
    const [x, y] = "point" in location ? [this.xy[2 * location.point], this.xy[2 * location.point + 1]] : location.at;
    return toScreen(this.fit, x, y);
  }

  cursorLocation() {
    const [left, top] = this.cursor;
    return locationAt(this.xy, this.fit, left, top);
  }

  listen() {
    const { canvas } = this;
    const here = (event) => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.fit) return;
      const at = here(event);
      this.drag = { begin: at, now: at, moved: false };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.drag) return;
      this.drag.now = here(event);
      this.drag.moved ||= Math.hypot(this.drag.now[0] - this.drag.begin[0], this.drag.now[1] - this.drag.begin[1]) > CLICK_TOLERANCE;
      this.paintOverlay();
    });
    canvas.addEventListener("pointercancel", () => this.endDrag());
    canvas.addEventListener("pointerup", (event) => {
      if (!this.drag) return;
      const { begin, moved } = this.drag;
      const end = here(event);
      this.endDrag();
      this.cursor = end;
      const location = locationAt(this.xy, this.fit, end[0], end[1]);
      if (moved) this.callbacks.onWalk(locationAt(this.xy, this.fit, begin[0], begin[1]), location);
      else this.callbacks.onPlace(location);
      this.paintOverlay();
    });
    canvas.addEventListener("focus", () => this.paintOverlay());
    canvas.addEventListener("blur", () => this.paintOverlay());
  }

  endDrag() {
    this.drag = null;
    this.paintOverlay();
  }

  /** Moves the cursor by steps of an arrow key. @param {number} right @param {number} down */
  move(right, down) {
    const [left, top] = this.cursor ?? [this.width / 2, this.height / 2];
    const within = (value, most) => Math.min(most - 2, Math.max(2, value));
    this.cursor = [within(left + right * ARROW_PIXELS, this.width), within(top + down * ARROW_PIXELS, this.height)];
    this.callbacks.onMove(...this.cursor);
    this.paintOverlay();
  }

  paint() {
    const { canvas, theme } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!theme || !this.xy || width < 2 || height < 2) return;
    this.ratio = Math.min(3, devicePixelRatio || 1);
    for (const sheet of [canvas, this.overlay]) {
      sheet.width = Math.round(width * this.ratio);
      sheet.height = Math.round(height * this.ratio);
    }
    if (this.cursor && (width !== this.width || height !== this.height)) this.cursor = null;
    Object.assign(this, { width, height, fit: fitMap(this.xy, width, height) });
    const context = canvas.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (this.grid) this.paintGrid(context);
    this.paintPoints(context);
    this.paintOverlay();
    canvas.dataset.drawn = String(this.xy.length / 2);
  }

  paintPoints(context) {
    const { xy, colourIndices, fit, theme } = this;
    const n = xy.length / 2;
    const radius = n > CROWDED_POINTS ? POINT_RADII.crowd : n > MANY_POINTS ? POINT_RADII.many : POINT_RADII.few;
    const colours = theme.palette.map((colour) => cssColour(colour));
    const noise = cssColour(theme.noise);
    context.globalAlpha = this.grid ? 0.34 : 0.78;
    for (let i = 0; i < n; i++) {
      const [x, y] = toScreen(fit, xy[2 * i], xy[2 * i + 1]);
      context.fillStyle = colourIndices[i] === NOISE ? noise : colours[colourIndices[i] % colours.length];
      context.beginPath();
      context.arc(x, y, colourIndices[i] === NOISE ? radius * 0.7 : radius, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  paintGrid(context) {
    const { grid, fit, theme } = this;
    const [left, bottom, right, top] = grid.box;
    const cell = fit.scale * Math.min((right - left) / grid.columns, (top - bottom) / grid.rows);
    this.tiles ??= Array.from({ length: grid.rows * grid.columns }, (_, k) => {
      const tile = document.createElement("canvas");
      paintImage(tile, imageBytes(grid.pictures, k, this.display), /** @type {any} */ (this.display), theme.dark);
      return tile;
    });
    context.imageSmoothingEnabled = false;
    const shape = Math.max(this.display.width, this.display.height);
    const [wide, high] = [(cell * this.display.width) / shape, (cell * this.display.height) / shape];
    this.tiles.forEach((tile, k) => {
      const column = k % grid.columns;
      const row = Math.floor(k / grid.columns);
      const [x, y] = toScreen(fit, left + ((column + 0.5) * (right - left)) / grid.columns, top - ((row + 0.5) * (top - bottom)) / grid.rows);
      context.globalAlpha = grid.far[k] ? 0.16 : 0.62;
      context.drawImage(tile, x - wide / 2, y - high / 2, wide, high);
    });
    context.globalAlpha = 1;
  }

  paintOverlay() {
    const { theme, fit } = this;
    if (!theme || !fit) return;
    const context = this.overlay.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    if (this.track) this.paintTrack(context);
    if (this.walkStart) paintRing(context, this.pixelsOfLocation(this.walkStart), 9, theme, [4, 3]);
    if (this.drag?.moved) {
      paintPath(context, [this.drag.begin, this.drag.now], theme);
      paintRing(context, this.drag.begin, 6, theme);
    }
    if (this.cursor && this.canvas.matches(":focus-visible")) this.paintCursor(context);
  }

  paintTrack(context) {
    const { track, fit, theme, at } = this;
    const places = Array.from({ length: track.length / 2 }, (_, i) => toScreen(fit, track[2 * i], track[2 * i + 1]));
    if (places.length > 1) {
      paintPath(context, places, theme);
      context.fillStyle = cssColour(theme.text);
      for (const [x, y] of places) {
        context.beginPath();
        context.arc(x, y, 2.2, 0, 2 * Math.PI);
        context.fill();
      }
    }
    paintRing(context, places[at], 8, theme);
  }

  paintCursor(context) {
    const [x, y] = this.cursor;
    context.strokeStyle = cssColour(this.theme.text);
    context.lineWidth = 1.5;
    context.beginPath();
    for (const [right, down] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(x + 4 * right, y + 4 * down);
      context.lineTo(x + 13 * right, y + 13 * down);
    }
    context.stroke();
  }

  destroy() {
    this.observer.disconnect();
  }
}

function paintPath(context, places, theme) {
  for (const [width, colour] of [[4.5, theme.background], [2, theme.text]]) {
    context.strokeStyle = cssColour(colour, 0.85);
    context.lineWidth = width;
    context.lineJoin = "round";
    context.beginPath();
    places.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.stroke();
  }
}

function paintRing(context, [x, y], radius, theme, dashes = []) {
  for (const [width, colour] of [[5, theme.background], [2.5, theme.accent]]) {
    context.setLineDash(dashes);
    context.strokeStyle = cssColour(colour);
    context.lineWidth = width;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.stroke();
  }
  context.setLineDash([]);
}
