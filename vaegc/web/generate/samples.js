// Views of samples (rows of data): a picture, a dot among the data, or the features farthest from their mean.
// Why one module: walks, map and sheets show the same rows and must show them alike.

import { decodeBase64 } from "../common/base64.js";
import { formatNumber } from "../common/format.js";
import { paintImage } from "../common/image.js";
import { makeElement, resizeChildren, updateText } from "../common/markup.js";
import { cssColour } from "../common/theme.js";

/**
 * @typedef {{kind: string, width?: number, height?: number, channels?: number, cloud?: Float32Array}} Display
 *   kind "picture", "point" or "features"; cloud: x, y of some of the data, 0..1
 * @typedef {{name: string, value: number, away: number}} Feature away: from the mean, in standard deviations
 * @typedef {{many: number, pixels?: Uint8Array, xy?: Float32Array, features?: Feature[][]}} Rows
 */

const DOT_RADIUS = 3.4; // CSS pixels
const CLOUD_RADIUS = 1.1;
const INSET = 0.07; // of a cloud's frame
const FULL_BAR_SDS = 4; // standard deviations that fill a bar

/** @param {any} payload of Python @returns {Display} */
export function readDisplay(payload) {
  return payload.kind === "point" ? { ...payload, cloud: new Float32Array(decodeBase64(payload.cloud)) } : payload;
}

/** @param {any} payload of Python @returns {Rows} */
export function readRows(payload) {
  const { many, pixels, xy, features } = payload;
  return { many, features, pixels: pixels === undefined ? undefined : new Uint8Array(decodeBase64(pixels)), xy: xy === undefined ? undefined : new Float32Array(decodeBase64(xy)) };
}

/** Bytes of one picture among many. @param {Rows} rows @param {number} index @param {Display} display */
export function imageBytes(rows, index, { width, height, channels }) {
  const size = width * height * channels;
  return rows.pixels.subarray(index * size, (index + 1) * size);
}

/** @param {Display} display @param {string} testId */
export function makeSampleView(display, testId = "face") {
  const attributes = { "data-testid": testId };
  if (display.kind === "features") return makeElement("ul", "vg-gen-features", attributes);
  return makeElement("canvas", `vg-gen-sample vg-gen-${display.kind}`, { ...attributes, role: "img" });
}

/**
 * @param {HTMLElement} view @param {Display} display @param {Rows} rows @param {number[]} which one, or several dots in one cloud
 * @param {import("../common/theme.js").Theme} theme @param {string} label @param {(import("../common/theme.js").Rgb)[]} colours of the dots, by turns
 */
export function fillSampleView(view, display, rows, which, theme, label, colours = [theme.accent]) {
  view.setAttribute("aria-label", label);
  if (display.kind === "picture") paintImage(/** @type {HTMLCanvasElement} */ (view), imageBytes(rows, which[0], display), /** @type {any} */ (display), theme.dark);
  else if (display.kind === "point") paintCloud(/** @type {HTMLCanvasElement} */ (view), display, rows, which, theme, colours);
  else fillFeatures(view, rows.features[which[0]]);
}

function paintCloud(canvas, display, rows, which, theme, colours) {
  const ratio = Math.min(3, globalThis.devicePixelRatio || 1);
  const side = Math.max(96, canvas.clientWidth || 150);
  Object.assign(canvas, { width: Math.round(side * ratio), height: Math.round(side * ratio) });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const at = (xy, i) => [cloudPixel(xy[2 * i], side), cloudPixel(1 - xy[2 * i + 1], side)];
  context.fillStyle = cssColour(theme.faint, 0.55);
  for (let i = 0; i < display.cloud.length / 2; i++) paintDot(context, at(display.cloud, i), CLOUD_RADIUS);
  which.forEach((row, k) => {
    context.fillStyle = cssColour(colours[k % colours.length]);
    paintDot(context, at(rows.xy, row), DOT_RADIUS);
  });
}

/** A share of the cloud's side as a pixel; what lies outside of the data stands at the frame. @param {number} share @param {number} side */
export function cloudPixel(share, side) {
  return side * Math.min(1 - INSET / 3, Math.max(INSET / 3, INSET + (1 - 2 * INSET) * share));
}

function paintDot(context, [x, y], radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

/** @param {HTMLElement} list @param {Feature[]} features */
function fillFeatures(list, features) {
  resizeChildren(list, features.length, () => makeElement("li", "", {}, [makeElement("span"), makeElement("b"), makeElement("i", "", { "aria-hidden": "true" })])).forEach((item, k) => {
    const { name, value, away } = features[k];
    updateText(item.children[0], name);
    updateText(item.children[1], formatNumber(value));
    item.title = `${name}: ${formatNumber(value)}, ${formatNumber(away)} standard deviations from the mean`;
    /** @type {HTMLElement} */ (item.children[2]).style.setProperty("--vg-away", String(zScoreShare(away)));
  });
}

/** How far a bar goes to the right (or left, below 0) of the mean: -1..1. @param {number} away */
export function zScoreShare(away) {
  return Math.max(-1, Math.min(1, away / FULL_BAR_SDS));
}
