// What a row of data looks like: a picture, a dot in the cloud of the data, or the few features that tell it.
// Why one module: film, map and sheets show the same rows and must show them alike.

import { fitChildren, renewText } from "../common/bars.js";
import { paintInk } from "../common/ink.js";
import { makeElement } from "../common/markup.js";
import { cssColour } from "../common/theme.js";
import { bytesOf } from "../common/parts.js";
import { formatNumber } from "../common/words.js";

/**
 * @typedef {{kind: string, width?: number, height?: number, channels?: number, cloud?: Float32Array}} Display
 *   kind "picture", "point" or "features"; cloud: x, y of some of the data, 0..1
 * @typedef {{name: string, value: number, away: number}} Feature away: from the mean, in standard deviations
 * @typedef {{many: number, pixels?: Uint8Array, xy?: Float32Array, features?: Feature[][]}} Rows
 */

const DOT = 3.4; // CSS pixels
const GRAIN = 1.1;
const INSET = 0.07; // of a cloud's frame
const AWAY_FULL = 4; // standard deviations that fill a bar

/** @param {any} given of Python @returns {Display} */
export function readDisplay(given) {
  return given.kind === "point" ? { ...given, cloud: new Float32Array(bytesOf(given.cloud)) } : given;
}

/** @param {any} given of Python @returns {Rows} */
export function readRows(given) {
  const { many, pixels, xy, features } = given;
  return { many, features, pixels: pixels === undefined ? undefined : new Uint8Array(bytesOf(pixels)), xy: xy === undefined ? undefined : new Float32Array(bytesOf(xy)) };
}

/** Bytes of one picture among many. @param {Rows} rows @param {number} index @param {Display} display */
export function pictureBytes(rows, index, { width, height, channels }) {
  const size = width * height * channels;
  return rows.pixels.subarray(index * size, (index + 1) * size);
}

/** @param {Display} display @param {string} testId */
export function makeRowFace(display, testId = "face") {
  const attributes = { "data-testid": testId };
  if (display.kind === "features") return makeElement("ul", "vg-gen-features", attributes);
  return makeElement("canvas", `vg-gen-face vg-gen-${display.kind}`, { ...attributes, role: "img" });
}

/**
 * @param {HTMLElement} face @param {Display} display @param {Rows} rows @param {number[]} which one, or several dots in one cloud
 * @param {import("./theme.js").Theme} theme @param {string} label @param {(import("./theme.js").Rgb)[]} colours of the dots, by turns
 */
export function fillFace(face, display, rows, which, theme, label, colours = [theme.accent]) {
  face.setAttribute("aria-label", label);
  if (display.kind === "picture") paintInk(/** @type {HTMLCanvasElement} */ (face), pictureBytes(rows, which[0], display), /** @type {any} */ (display), theme.dark);
  else if (display.kind === "point") paintCloud(/** @type {HTMLCanvasElement} */ (face), display, rows, which, theme, colours);
  else fillFeatures(face, rows.features[which[0]]);
}

function paintCloud(canvas, display, rows, which, theme, colours) {
  const ratio = Math.min(3, globalThis.devicePixelRatio || 1);
  const side = Math.max(96, canvas.clientWidth || 150);
  Object.assign(canvas, { width: Math.round(side * ratio), height: Math.round(side * ratio) });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const at = (xy, i) => [placeInFrame(xy[2 * i], side), placeInFrame(1 - xy[2 * i + 1], side)];
  context.fillStyle = cssColour(theme.faint, 0.55);
  for (let i = 0; i < display.cloud.length / 2; i++) dot(context, at(display.cloud, i), GRAIN);
  which.forEach((row, k) => {
    context.fillStyle = cssColour(colours[k % colours.length]);
    dot(context, at(rows.xy, row), DOT);
  });
}

/** A share of the cloud's side as a pixel; what lies outside of the data stands at the frame. @param {number} share @param {number} side */
export function placeInFrame(share, side) {
  return side * Math.min(1 - INSET / 3, Math.max(INSET / 3, INSET + (1 - 2 * INSET) * share));
}

function dot(context, [x, y], radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

/** @param {HTMLElement} list @param {Feature[]} features */
function fillFeatures(list, features) {
  fitChildren(list, features.length, () => makeElement("li", "", {}, [makeElement("span"), makeElement("b"), makeElement("i", "", { "aria-hidden": "true" })])).forEach((item, k) => {
    const { name, value, away } = features[k];
    renewText(item.children[0], name);
    renewText(item.children[1], formatNumber(value));
    item.title = `${name}: ${formatNumber(value)}, ${formatNumber(away)} standard deviations from the mean`;
    /** @type {HTMLElement} */ (item.children[2]).style.setProperty("--vg-away", String(awayShare(away)));
  });
}

/** How far a bar goes to the right (or left, below 0) of the mean: -1..1. @param {number} away */
export function awayShare(away) {
  return Math.max(-1, Math.min(1, away / AWAY_FULL));
}
