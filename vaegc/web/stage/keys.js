// Keyboard shortcuts of the stage.
// Why a table of names: the help that is shown and the keys that work are the same list.

/** Share of the ε range for one press; with Shift ten times as much. */
const EPS_STEPS = 200;
const ZOOM_FACTOR = 1.25;
const PAN_PIXELS = 40; // CSS pixels
const TURN_RADIANS = 0.12; // radians

/** What the help says. */
export const KEYS = [
  ["Space", "play or pause"], ["← →", "one step back or forward"], ["Home End", "first or last step"],
  ["↑ ↓", "larger or smaller ε (Shift: faster)"], ["[ ] , .", "to the plateau with fewer or more clusters"],
  ["+ − 0", "zoom in, out, show all"], ["W A S D", "move the picture (3-D: turn it)"],
  ["N P", "next or previous cluster: select it"], ["Esc", "let go of the selection and of the pinned point"],
  ["C", "next way of colouring"], ["T", "trails: of the pointed one, of all, none"], ["K", "density contours"], ["M", "one mark for each colour"],
  ["B", "before and after, side by side"], ["L", "repeat the film"],
];

/** @param {import("./player.js").Player} player @param {KeyboardEvent} event */
export function handleKey(player, event) {
  // On many keyboards a bracket is written with AltGr, which reports as Control and Alt.
  const modified = (event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState("AltGraph");
  if (!player.scene || modified || controlUsesKey(/** @type {HTMLElement} */ (event.target), event.key)) return;
  if (event.key === "Escape") return player.deselect();
  const span = player.scene.header.eps;
  const nudge = span ? (Math.log(span.high / span.low) / EPS_STEPS) * (event.shiftKey ? 10 : 1) : 0;
  const turning = player.scene.dim === 3;
  const move = (x, y) => (turning ? player.turn(-x * TURN_RADIANS, -y * TURN_RADIANS) : player.pan(player.picture, x * PAN_PIXELS, y * PAN_PIXELS));
  const once = (action) => () => { if (!event.repeat) action(); };
  const actions = {
    " ": once(() => player.togglePlay()),
    ArrowLeft: () => player.setFrame(Math.round(player.position) - 1),
    ArrowRight: () => player.setFrame(Math.round(player.position) + 1),
    Home: () => player.setFrame(0),
    End: () => player.setFrame(player.scene.frameCount - 1),
    ArrowUp: () => player.nudgeEps(nudge),
    ArrowDown: () => player.nudgeEps(-nudge),
    ",": () => player.nextPlateau(-1),
    ".": () => player.nextPlateau(1),
    "[": () => player.nextPlateau(-1),
    "]": () => player.nextPlateau(1),
    "+": () => player.zoom(player.picture, ZOOM_FACTOR),
    "=": () => player.zoom(player.picture, ZOOM_FACTOR),
    "-": () => player.zoom(player.picture, 1 / ZOOM_FACTOR),
    0: () => player.resetView(),
    w: () => move(0, 1),
    a: () => move(1, 0),
    s: () => move(0, -1),
    d: () => move(-1, 0),
    n: () => player.stepCluster(1),
    p: () => player.stepCluster(-1),
    c: once(() => player.nextColour()),
    t: once(() => player.nextTrails()),
    k: once(() => player.toggle("contours")),
    m: once(() => player.toggle("symbols")),
    b: once(() => player.toggle("split")),
    l: once(() => player.toggle("loop")),
  };
  const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!action) return;
  event.preventDefault();
  action();
  // A held key repeats: Python hears of it once, when the finger lifts.
  if (event.key !== " ") player.reportOnKeyUp = true;
}

/** Whether a control under the focus has its own use for a key. @param {HTMLElement} target @param {string} key */
function controlUsesKey(target, key) {
  if (target.closest?.("input[type=text], select, textarea")) return true;
  if (target.closest?.("input[type=range]")) return /^(Arrow|Page|Home|End)/.test(key);
  return Boolean(target.closest?.("input, button, a")) && (key === " " || key === "Enter");
}
