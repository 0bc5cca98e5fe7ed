// The look of a stage as a short text for a link: zoom, turn, colours, layers, selection, pinned point.
// Why a text of our own: a link must stay short, and whatever a stranger puts into it may at worst be ignored.

import { freshCamera, isFresh } from "./camera.js";
import { readActs, writeActs } from "./select.js";

/**
 * @typedef {{colour: string, policy: string, trails: "off"|"hover"|"all", contours: boolean, symbols: boolean, split: boolean,
 *   loop: boolean, heat: boolean, table: boolean}} Settings
 * @typedef {{camera: import("./camera.js").Camera, settings: Settings, acts: any[], pinned: number}} Look
 */

/** @returns {Settings} */
export function freshSettings() {
  return {
    colour: "cluster", policy: "wrong", trails: "hover", contours: false, symbols: false, split: false, loop: false, heat: true, table: false,
  };
}

const POLICIES = ["wrong", "ignore", "nearest"];
const TRAILS = ["off", "hover", "all"];
// One letter for each switch that is not as it was.
const SWITCHES = { d: "contours", y: "symbols", b: "split", l: "loop", h: "heat", w: "table" };
const SEPARATOR = "~";

// Six figures place a point to a thousandth of a pixel; more would only lengthen links.
const short = (value) => String(Number(value.toPrecision(6)));

/** @param {Look} look @returns {string} of [A-Za-z0-9_.~-]; empty where nothing differs from a fresh stage */
export function writeLook({ camera, settings, acts, pinned }) {
  const parts = [];
  const fresh = freshSettings();
  if (!isFresh(camera)) parts.push(`z${[camera.zoom, camera.x, camera.y, camera.yaw, camera.pitch].map(short).join("_")}`);
  if (settings.colour !== fresh.colour) parts.push(`c${settings.colour}`);
  if (settings.policy !== fresh.policy) parts.push(`p${settings.policy}`);
  if (settings.trails !== fresh.trails) parts.push(`t${settings.trails}`);
  const flipped = Object.entries(SWITCHES).filter(([, name]) => settings[name] !== fresh[name]).map(([letter]) => letter);
  if (flipped.length > 0) parts.push(`s${flipped.join("")}`);
  if (pinned >= 0) parts.push(`i${pinned}`);
  if (acts.length > 0) parts.push(`a${writeActs(acts)}`);
  return parts.join(SEPARATOR);
}

/**
 * @param {string|undefined|null} text
 * @param {import("./scene.js").Scene} scene
 * @param {string[]} colours the choices of this scene
 * @returns {Look} what cannot be read is as on a fresh stage
 */
export function readLook(text, scene, colours) {
  const look = { camera: freshCamera(), settings: freshSettings(), acts: [], pinned: -1 };
  const { settings } = look;
  for (const part of String(text ?? "").split(SEPARATOR)) {
    const rest = part.slice(1);
    if (part[0] === "z") look.camera = readCamera(rest) ?? look.camera;
    else if (part[0] === "c" && colours.includes(rest)) settings.colour = rest;
    else if (part[0] === "p" && POLICIES.includes(rest)) settings.policy = rest;
    else if (part[0] === "t" && TRAILS.includes(rest)) settings.trails = /** @type {any} */ (rest);
    else if (part[0] === "i" && /^\d+$/.test(rest) && Number(rest) < scene.n) look.pinned = Number(rest);
    else if (part[0] === "a") look.acts = readActs(rest, scene.n, scene.frameCount) ?? [];
    else if (part[0] === "s") for (const letter of rest) if (SWITCHES[letter]) settings[SWITCHES[letter]] = !settings[SWITCHES[letter]];
  }
  return look;
}

function readCamera(text) {
  const values = text.split("_").map(Number);
  if (values.length !== 5 || values.some((value) => !Number.isFinite(value) || Math.abs(value) > 1e3)) return null;
  const [zoom, x, y, yaw, pitch] = values;
  return zoom >= 1 ? { zoom, x, y, yaw, pitch } : null;
}
