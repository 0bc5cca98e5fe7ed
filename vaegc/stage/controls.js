// Ties every control of the stage to its deed.
// Why one file: what a control does can be looked up here, and every listener goes away with the stage.

import { memberTable, toCsv } from "./compose.js";
import { watchGestures } from "./gestures.js";
import { pressKey } from "./keys.js";
import { download, FilmRecorder, stillOf } from "./save.js";

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
  on(epsilon, "input", () => player.setEps(Number(epsilon.value)));
  on(epsilon, "change", () => player.report());
  // While the hand holds the slider nothing may change its height above it.
  on(epsilon, "pointerdown", () => { player.holding = true; });
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) on(epsilon, type, () => { player.holding = false; });
  on(jumps, "click", (event) => {
    const button = event.target.closest("button");
    if (button) player.jumpEps(Number(button.dataset.eps));
  });
  on(samples, "input", () => player.showSamples(Number(samples.value), false));
  on(samples, "change", () => player.askSamples(Number(samples.value)));
  on(policy, "change", () => player.set("policy", policy.value));
  // The diagram scrubs both ways at once; Python hears of it when the hand lets go.
  on(heat, "pointerdown", (event) => {
    if (!player.scene || event.button > 0) return;
    heat.setPointerCapture(event.pointerId);
    player.holding = true;
    player.tracks.goTo(event);
  });
  on(heat, "pointermove", (event) => { if (player.holding) player.tracks.goTo(event); });
  for (const type of ["pointerup", "pointercancel"]) {
    on(heat, type, () => {
      if (!player.holding) return;
      player.holding = false;
      player.report();
    });
  }
}

function listenBar(player, on) {
  const { tools, op, zoomIn, zoomOut, zoomReset, colour, trails, checks, menus, root } = player.elements;
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
  // A press anywhere else closes a menu. Inside the shadow root, as the document only sees the host.
  on(root, "pointerdown", (event) => {
    for (const menu of menus) if (!menu.root.contains(event.target)) menu.close();
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
    // The address follows once Python has heard of the view.
    await new Promise((done) => { setTimeout(done, player.live ? 700 : 0); });
    try {
      await navigator.clipboard.writeText(location.href);
      say("Copied. Who opens the link sees exactly this.");
    } catch {
      say("The browser does not allow copying here; take the address from its bar.");
    }
  });
}
