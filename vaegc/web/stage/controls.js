// Event listeners of the stage's controls.
// Why one file: what a control does can be looked up here, and every listener goes away with the stage.

import { download } from "../common/download.js";
import { formatEps } from "../common/format.js";
import { memberTable, toCsv } from "./composition.js";
import { listenGestures } from "./gestures.js";
import { handleKey } from "./keys.js";
import { renderImage, VideoRecorder } from "./save.js";

/** Milliseconds that Python may take to write the view into the address, and between two looks at it. */
const ADDRESS_TIMEOUT_MS = 4000;
const ADDRESS_POLL_MS = 100;

/** @param {import("./player.js").Player} player */
export function listenControls(player) {
  const { elements } = player;
  const on = (target, type, listener, options = {}) => target.addEventListener(type, listener, { signal: player.listeners.signal, ...options });
  listenTransport(player, on);
  listenSweep(player, on);
  listenToolbar(player, on);
  listenSaving(player, on);
  for (const picture of [player.picture, player.before]) listenGestures(player, picture, on);
  on(elements.root, "keydown", (event) => handleKey(player, event));
  on(elements.root, "keyup", () => {
    if (!player.reportOnKeyUp) return;
    player.reportOnKeyUp = false;
    player.report();
  });
  on(matchMedia("(prefers-color-scheme: dark)"), "change", () => { if (player.scene) player.updateTheme(); });
}

function listenTransport(player, on) {
  const { play, back, forward, frame, speed, loop } = player.elements;
  on(play, "click", () => player.togglePlay());
  on(back, "click", () => player.step(-1));
  on(forward, "click", () => player.step(1));
  on(frame, "input", () => player.setFrame(Number(frame.value)));
  on(frame, "change", () => player.report());
  on(speed, "change", () => { player.speed = Number(speed.value); });
  on(loop, "click", () => player.toggle("loop"));
}

function listenSweep(player, on) {
  const { epsilon, epsInput, plateauButtons, samples, phaseDiagram, policy } = player.elements;
  on(epsInput, "focus", () => epsInput.select());
  on(epsInput, "change", () => player.enterEps(epsInput.value));
  on(epsInput, "keydown", (event) => {
    if (event.key !== "Escape" || player.eps === null) return;
    epsInput.value = formatEps(player.eps);
    epsInput.blur();
  });
  on(epsilon, "input", () => player.setEps(Number(epsilon.value)));
  on(epsilon, "change", () => player.report());
  // While the hand holds the slider nothing may change its height above it.
  on(epsilon, "pointerdown", (event) => { player.dragging = event.button === 0; });
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) on(epsilon, type, () => { player.dragging = false; });
  for (const range of [epsilon, samples, player.elements.frame]) undoOnScroll(range, on);
  on(plateauButtons, "click", (event) => {
    const button = event.target.closest("button");
    if (button) player.jumpEps(Number(button.dataset.eps));
  });
  on(samples, "input", () => player.showMinSamples(Number(samples.value), false));
  on(samples, "change", () => player.requestMinSamples(Number(samples.value)));
  on(policy, "change", () => player.set("policy", policy.value));
  // The diagram scrubs both ways at once; Python is told when the hand lets go.
  let scrubbing = false;
  on(phaseDiagram, "pointerdown", (event) => {
    // A finger that lands here may be about to scroll the page: it is taken at its word when it taps.
    if (!player.scene || event.button > 0 || event.pointerType === "touch") return;
    phaseDiagram.setPointerCapture(event.pointerId);
    scrubbing = true;
    player.dragging = true;
    player.tracks.goTo(event);
  });
  on(phaseDiagram, "pointermove", (event) => { if (scrubbing && event.buttons > 0) player.tracks.goTo(event); });
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) {
    on(phaseDiagram, type, () => {
      if (!scrubbing) return;
      scrubbing = false;
      player.dragging = false;
      player.report();
    });
  }
  on(phaseDiagram, "click", (event) => {
    if (!player.scene || event.pointerType !== "touch") return;
    player.tracks.goTo(event);
    player.report();
  });
}

/** A finger that scrolls the page past a slider must not have moved it. */
function undoOnScroll(range, on) {
  let before = "";
  on(range, "pointerdown", (event) => { before = event.pointerType === "touch" ? range.value : ""; });
  on(range, "pointercancel", () => {
    if (before === "" || range.value === before) return;
    range.value = before;
    range.dispatchEvent(new Event("input"));
  });
}

function listenToolbar(player, on) {
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
  const { savePng, saveVideo, saveCsv, copyLink, saveNote } = player.elements;
  const showNote = (sentence) => { saveNote.textContent = sentence; };
  player.saveTable = (selectedOnly) => {
    const { scene, state, selection, side } = player;
    const distances = player.colourer.travelled(state.frame);
    const rows = memberTable(scene, side.cut, selection.mask, state.frame, distances, !selectedOnly);
    download(new Blob([toCsv(rows)], { type: "text/csv" }), `${selectedOnly ? side.selectionName : "points"}.csv`);
    showNote(selectedOnly ? "" : "Saved all points as points.csv.");
  };
  on(savePng, "click", () => renderImage(player).toBlob((blob) => {
    download(blob, "climb.png");
    showNote("Saved the picture as climb.png.");
  }, "image/png"));
  on(saveCsv, "click", () => player.saveTable(false));
  on(saveVideo, "click", () => {
    if (player.recorder) return player.recorder.end(true);
    try {
      player.position = 0;
      player.draw();
      player.recorder = new VideoRecorder(player, (blob) => {
        player.recorder = null;
        saveVideo.textContent = "Film of the climb (WebM)";
        if (blob) download(blob, "climb.webm");
        showNote(blob ? "Saved the film as climb.webm." : "The film was not saved.");
      });
      saveVideo.textContent = "Recording … press to stop";
      showNote("The film is recorded while it plays.");
      player.setPlaying(true);
    } catch (error) {
      showNote(error instanceof Error ? error.message : "This browser cannot record the film.");
    }
  });
  on(copyLink, "click", async () => {
    player.report();
    if (!await addressShowsView(player)) return showNote("The address of this page does not carry the view; on Explore it does.");
    try {
      await navigator.clipboard.writeText(location.href);
      showNote("Copied. Who opens the link sees exactly this.");
    } catch {
      showNote("The browser does not allow copying here; take the address from its bar.");
    }
  });
}

/** Whether the address has come to say what the stage shows: Python writes it once it knows of the view. */
async function addressShowsView(player) {
  for (let waited = 0; waited < ADDRESS_TIMEOUT_MS; waited += ADDRESS_POLL_MS) {
    const query = new URLSearchParams(location.search);
    if (query.get("frame") === String(Math.round(player.position)) && (query.get("look") ?? "") === player.viewState()) return true;
    await new Promise((done) => { setTimeout(done, ADDRESS_POLL_MS); });
  }
  return false;
}
