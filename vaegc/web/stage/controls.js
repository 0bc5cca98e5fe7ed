// Ties every control of the stage to its deed.
// Why one file: what a control does can be looked up here, and every listener goes away with the stage.

import { memberTable, toCsv } from "./composition.js";
import { watchGestures } from "./gestures.js";
import { download } from "../common/download.js";
import { pressKey } from "./keys.js";
import { FilmRecorder, stillOf } from "./save.js";
import { formatEps } from "../common/words.js";

/** Milliseconds that Python may take to write the view into the address, and between two looks at it. */
const ADDRESS_WAIT = 4000;
const ADDRESS_LOOK = 100;

/** @param {import("./player.js").Player} player */
export function listenControls(player) {
  const { elements } = player;
  const on = (target, type, listener, options = {}) => target.addEventListener(type, listener, { signal: player.listeners.signal, ...options });
  listenFilm(player, on);
  listenSweep(player, on);
  listenBar(player, on);
  listenSaving(player, on);
  for (const picture of [player.picture, player.before]) watchGestures(player, picture, on);
  on(elements.root, "keydown", (event) => pressKey(player, event));
  on(elements.root, "keyup", () => {
    if (!player.typed) return;
    player.typed = false;
    player.report();
  });
  on(matchMedia("(prefers-color-scheme: dark)"), "change", () => { if (player.scene) player.retheme(); });
}

function listenFilm(player, on) {
  const { play, back, forward, frame, speed, loop } = player.elements;
  on(play, "click", () => player.togglePlay());
  on(back, "click", () => player.step(-1));
  on(forward, "click", () => player.step(1));
  on(frame, "input", () => player.setFrame(Number(frame.value)));
  on(frame, "change", () => player.report());
  on(speed, "change", () => { player.speed = Number(speed.value); });
  on(loop, "click", () => player.flip("loop"));
}

function listenSweep(player, on) {
  const { epsilon, epsInput, jumps, samples, heat, policy } = player.elements;
  on(epsInput, "focus", () => epsInput.select());
  on(epsInput, "change", () => player.typeEps(epsInput.value));
  on(epsInput, "keydown", (event) => {
    if (event.key !== "Escape" || player.eps === null) return;
    epsInput.value = formatEps(player.eps);
    epsInput.blur();
  });
  on(epsilon, "input", () => player.setEps(Number(epsilon.value)));
  on(epsilon, "change", () => player.report());
  // While the hand holds the slider nothing may change its height above it.
  on(epsilon, "pointerdown", (event) => { player.holding = event.button === 0; });
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) on(epsilon, type, () => { player.holding = false; });
  for (const range of [epsilon, samples, player.elements.frame]) undoSwipes(range, on);
  on(jumps, "click", (event) => {
    const button = event.target.closest("button");
    if (button) player.jumpEps(Number(button.dataset.eps));
  });
  on(samples, "input", () => player.showSamples(Number(samples.value), false));
  on(samples, "change", () => player.askSamples(Number(samples.value)));
  on(policy, "change", () => player.set("policy", policy.value));
  // The diagram scrubs both ways at once; Python hears of it when the hand lets go.
  let scrubbing = false;
  on(heat, "pointerdown", (event) => {
    // A finger that lands here may be about to scroll the page: it is taken at its word when it taps.
    if (!player.scene || event.button > 0 || event.pointerType === "touch") return;
    heat.setPointerCapture(event.pointerId);
    scrubbing = true;
    player.holding = true;
    player.tracks.goTo(event);
  });
  on(heat, "pointermove", (event) => { if (scrubbing && event.buttons > 0) player.tracks.goTo(event); });
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) {
    on(heat, type, () => {
      if (!scrubbing) return;
      scrubbing = false;
      player.holding = false;
      player.report();
    });
  }
  on(heat, "click", (event) => {
    if (!player.scene || event.pointerType !== "touch") return;
    player.tracks.goTo(event);
    player.report();
  });
}

/** A finger that scrolls the page past a slider must not have moved it. */
function undoSwipes(range, on) {
  let before = "";
  on(range, "pointerdown", (event) => { before = event.pointerType === "touch" ? range.value : ""; });
  on(range, "pointercancel", () => {
    if (before === "" || range.value === before) return;
    range.value = before;
    range.dispatchEvent(new Event("input"));
  });
}

function listenBar(player, on) {
  const { tools, op, zoomIn, zoomOut, zoomReset, colour, trails, checks, menus } = player.elements;
  for (const button of tools) on(button, "click", () => player.useTool(button.dataset.tool));
  on(op, "change", () => { player.op = op.value; });
  const zoom = (factor) => {
    player.zoom(player.picture, factor);
    player.report();
  };
  on(zoomIn, "click", () => zoom(1.5));
  on(zoomOut, "click", () => zoom(1 / 1.5));
  on(zoomReset, "click", () => player.resetView());
  on(colour, "change", () => player.set("colour", colour.value));
  on(trails, "change", () => player.set("trails", trails.value));
  for (const [name, box] of Object.entries(checks)) on(box, "change", () => player.set(name, box.checked));
  // A press anywhere else closes a menu; the path also tells what was pressed inside a shadow root.
  on(document, "pointerdown", (event) => {
    for (const menu of menus) if (!event.composedPath().includes(menu.root)) menu.close();
  });
}

function listenSaving(player, on) {
  const { savePng, saveFilm, saveCsv, copyLink, saveNote } = player.elements;
  const say = (sentence) => { saveNote.textContent = sentence; };
  player.saveTable = (selectedOnly) => {
    const { scene, state, chosen, side } = player;
    const distances = player.colourer.travelled(state.frame);
    const rows = memberTable(scene, side.cut, chosen.mask, state.frame, distances, !selectedOnly);
    download(new Blob([toCsv(rows)], { type: "text/csv" }), `${selectedOnly ? side.name : "points"}.csv`);
    say(selectedOnly ? "" : "Saved all points as points.csv.");
  };
  on(savePng, "click", () => stillOf(player).toBlob((blob) => {
    download(blob, "climb.png");
    say("Saved the picture as climb.png.");
  }, "image/png"));
  on(saveCsv, "click", () => player.saveTable(false));
  on(saveFilm, "click", () => {
    if (player.recorder) return player.recorder.end(true);
    try {
      player.position = 0;
      player.draw();
      player.recorder = new FilmRecorder(player, (blob) => {
        player.recorder = null;
        saveFilm.textContent = "Film of the climb (WebM)";
        if (blob) download(blob, "climb.webm");
        say(blob ? "Saved the film as climb.webm." : "The film was not saved.");
      });
      saveFilm.textContent = "Recording … press to stop";
      say("The film is recorded while it plays.");
      player.setPlaying(true);
    } catch (error) {
      say(error instanceof Error ? error.message : "This browser cannot record the film.");
    }
  });
  on(copyLink, "click", async () => {
    player.report();
    if (!await addressFollows(player)) return say("The address of this page does not carry the view; on Explore it does.");
    try {
      await navigator.clipboard.writeText(location.href);
      say("Copied. Who opens the link sees exactly this.");
    } catch {
      say("The browser does not allow copying here; take the address from its bar.");
    }
  });
}

/** Whether the address has come to say what the stage shows: Python writes it once it has heard of the view. */
async function addressFollows(player) {
  for (let waited = 0; waited < ADDRESS_WAIT; waited += ADDRESS_LOOK) {
    const said = new URLSearchParams(location.search);
    if (said.get("frame") === String(Math.round(player.position)) && (said.get("look") ?? "") === player.look()) return true;
    await new Promise((done) => { setTimeout(done, ADDRESS_LOOK); });
  }
  return false;
}
