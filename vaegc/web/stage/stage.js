// Entry point of the stage: mounts a player for a packed scene.
// Why two entry points: Streamlit calls the default export again and again; a stand-alone page calls mountStage once.

import { Player } from "./player.js";
import { readVersion } from "./scene.js";

/** @type {WeakMap<object, Player>} */
const PLAYERS = new WeakMap();

/** Where a stage stood when it was taken down: Streamlit may clean up and mount again for a new theme.
 * @type {WeakMap<object, {version: string, frame: number, eps: number|null, speed: number, viewState: string}>} */
const SAVED_STATES = new WeakMap();

/**
 * @param {HTMLElement} element
 * @param {Uint8Array} bytes packed scene
 * @param {{onChange: (view: object) => void, onRequest: (request: object) => void}|null} listener is told of the view when the hand lets go, and
 *   of a pinned point to be decoded; null in a page of its own
 * @returns {() => void} takes the stage down
 */
export function mountStage(element, bytes, listener = null) {
  const saved = SAVED_STATES.get(element);
  let player = PLAYERS.get(element);
  if (!player) {
    player = new Player(element, { speed: saved?.speed ?? 1 }, listener !== null);
    PLAYERS.set(element, player);
  }
  const current = player;
  if (listener) Object.assign(current, listener);
  try {
    const version = readVersion(bytes);
    if (version === current.version) {
      current.updateTheme();
      current.showError("");
    } else {
      current.load(bytes, saved?.version === version ? saved : null);
    }
  } catch (error) {
    current.version = null;
    current.scene = null;
    current.showError(error instanceof Error ? error.message : "This picture cannot be shown.");
  }
  return () => {
    // An old cleanup must not take down a newer stage in the same place.
    if (PLAYERS.get(element) !== current) return;
    PLAYERS.delete(element);
    if (current.scene) {
      const frame = Math.round(current.position);
      SAVED_STATES.set(element, { version: current.version, frame, eps: current.eps, speed: current.speed, viewState: current.viewState() });
    }
    current.destroy();
  };
}

/**
 * @param {{data: any, parentElement: HTMLElement, setStateValue: (name: string, value: any) => void}} component
 */
export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const bytes = data instanceof Uint8Array ? data : data?.scene;
  return mountStage(parentElement, bytes, {
    onChange: (view) => setStateValue("view", view),
    onRequest: (request) => setStateValue("ask", request),
  });
}
