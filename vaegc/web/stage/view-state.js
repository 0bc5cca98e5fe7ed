// The view state of a stage as a short text for a link: zoom, turn, colours, layers, selection, pinned point.
// Why a text of our own: a link must stay short, and whatever a stranger puts into it may at worst be ignored.

import { defaultCamera, isDefaultCamera } from "./camera.js";
import { decodeEdits, encodeEdits } from "./selection-edits.js";

/**
 * @typedef {{colour: string, policy: string, trails: "off"|"hover"|"all", contours: boolean, symbols: boolean, split: boolean,
 *   loop: boolean, phaseDiagram: boolean, table: boolean}} Settings
 * @typedef {{camera: import("./camera.js").Camera, settings: Settings, edits: any[], pinned: number}} ViewState
 */

/** @returns {Settings} */
export function defaultSettings() {
  return {
    colour: "cluster", policy: "wrong", trails: "hover", contours: false, symbols: false, split: false, loop: false, phaseDiagram: true, table: false,
  };
}

const POLICIES = ["wrong", "ignore", "nearest"];
const TRAILS = ["off", "hover", "all"];
// One letter for each switch that is not as it was.
const TOGGLES = { d: "contours", y: "symbols", b: "split", l: "loop", h: "phaseDiagram", w: "table" };
const SEPARATOR = "~";

// Six figures place a point to a thousandth of a pixel; more would only lengthen links.
const sixDigits = (value) => String(Number(value.toPrecision(6)));

/** @param {ViewState} look @returns {string} of [A-Za-z0-9_.~-]; empty where nothing differs from a fresh stage */
export function encodeViewState({ camera, settings, edits, pinned }) {
  const parts = [];
  const defaults = defaultSettings();
  if (!isDefaultCamera(camera)) parts.push(`z${[camera.zoom, camera.x, camera.y, camera.yaw, camera.pitch].map(sixDigits).join("_")}`);
  if (settings.colour !== defaults.colour) parts.push(`c${settings.colour}`);
  if (settings.policy !== defaults.policy) parts.push(`p${settings.policy}`);
  if (settings.trails !== defaults.trails) parts.push(`t${settings.trails}`);
  const flipped = Object.entries(TOGGLES).filter(([, name]) => settings[name] !== defaults[name]).map(([letter]) => letter);
  if (flipped.length > 0) parts.push(`s${flipped.join("")}`);
  if (pinned >= 0) parts.push(`i${pinned}`);
  if (edits.length > 0) parts.push(`a${encodeEdits(edits)}`);
  return parts.join(SEPARATOR);
}

/**
 * @param {string|undefined|null} text
 * @param {import("./scene.js").Scene} scene
 * @param {string[]} colours the choices of this scene
 * @returns {ViewState} what cannot be read is as on a fresh stage
 */
export function decodeViewState(text, scene, colours) {
  const viewState = { camera: defaultCamera(), settings: defaultSettings(), edits: [], pinned: -1 };
  const { settings } = viewState;
  for (const part of String(text ?? "").split(SEPARATOR)) {
    const rest = part.slice(1);
    if (part[0] === "z") viewState.camera = readCamera(rest) ?? viewState.camera;
    else if (part[0] === "c" && colours.includes(rest)) settings.colour = rest;
    else if (part[0] === "p" && POLICIES.includes(rest)) settings.policy = rest;
    else if (part[0] === "t" && TRAILS.includes(rest)) settings.trails = /** @type {any} */ (rest);
    else if (part[0] === "i" && /^\d+$/.test(rest) && Number(rest) < scene.n) viewState.pinned = Number(rest);
    else if (part[0] === "a") viewState.edits = decodeEdits(rest, scene.n, scene.frameCount) ?? [];
    else if (part[0] === "s") for (const letter of rest) if (TOGGLES[letter]) settings[TOGGLES[letter]] = !settings[TOGGLES[letter]];
  }
  return viewState;
}

function readCamera(text) {
  const values = text.split("_").map(Number);
  if (values.length !== 5 || values.some((value) => !Number.isFinite(value) || Math.abs(value) > 1e3)) return null;
  const [zoom, x, y, yaw, pitch] = values;
  return zoom >= 1 ? { zoom, x, y, yaw, pitch } : null;
}
