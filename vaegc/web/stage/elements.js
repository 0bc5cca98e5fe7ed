// Builds the stage's elements once and hands out references.
// Why by hand: no markup from data ever reaches innerHTML, so no name in a header can become a tag.

import { iconButton, makeElement } from "../common/markup.js";
import { buildToolbar } from "./toolbar.js";
import { TRACK } from "./track.js";

function makeReadout(testId, name, hint) {
  const value = makeElement("span", "vg-value", { "data-testid": testId });
  const card = makeElement("div", "vg-readout", { title: hint }, [makeElement("span", "vg-name", {}, [name]), value]);
  return { card, value };
}

function buildReadouts() {
  const counted = makeElement("span", "vg-big", { "data-testid": "n-counted" });
  const unit = makeElement("span", "vg-unit");
  const small = makeElement("span", "vg-small");
  const clusters = makeElement("div", "vg-clusters", { "data-testid": "n-clusters" }, [counted, " ", unit, small]);
  const noise = makeReadout("noise", "Noise", "Share of the points that belong to no cluster");
  const acc = makeReadout("acc", "ACC", "Accuracy: the best one-to-one matching of clusters to true classes");
  const nmi = makeReadout("nmi", "NMI", "Normalised mutual information with the true classes");
  const ari = makeReadout("ari", "ARI", "Adjusted Rand index with the true classes");
  const policy = makeElement("select", "vg-policy", { "data-testid": "policy", "aria-label": "What becomes of the noise" }, [
    ["wrong", "Noise is wrong"], ["ignore", "Noise is left out"], ["nearest", "Noise joins the nearest"],
  ].map(([value, label]) => makeElement("option", "", { value }, [label])));
  const basis = makeElement("p", "vg-basis", { "data-testid": "readout-caption" });
  const scores = makeElement("div", "vg-scores", {}, [noise.card, acc.card, nmi.card, ari.card]);
  const list = makeElement("div", "vg-list-place");
  const root = makeElement("div", "vg-readouts", {}, [clusters, scores]);
  const details = makeElement("div", "vg-details", {}, [policy, basis, list]);
  return { readouts: root, details, counted, unit, small, clusters, noise, acc, nmi, ari, policy, basis, listPlace: list };
}

function buildTransport() {
  const back = iconButton("step-back", "One step back", "back");
  const play = iconButton("play", "Play", "play");
  const forward = iconButton("step-forward", "One step forward", "forward");
  const loop = iconButton("loop", "Repeat", "loop", { "aria-pressed": "false" });
  const frame = makeElement("input", "vg-range vg-frame", { type: "range", "data-testid": "frame", min: "0", step: "1", "aria-label": "Step of the climb" });
  const stepText = makeElement("span", "vg-step");
  const speed = makeElement("select", "vg-speed", { "data-testid": "speed", "aria-label": "Speed", title: "Speed" },
    ["0.5", "1", "2", "4"].map((value) => makeElement("option", "", { value }, [`${value}×`])));
  const transport = makeElement("div", "vg-transport", {}, [
    makeElement("div", "vg-buttons", {}, [back, play, forward]), frame, stepText, loop, speed]);
  return { transport, back, play, forward, loop, frame, stepText, speed };
}

const scoreKey = (name, label) => makeElement("span", `vg-key-score vg-key-${name}`, {}, [label]);

function buildSweep() {
  const epsInput = makeElement("input", "vg-eps-input", {
    type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false", "data-testid": "eps-input", "aria-label": "ε, type a radius", title: "Type a radius" });
  const epsText = makeElement("label", "vg-eps-value", { "data-testid": "eps" }, ["ε = ", epsInput]);
  const plateauButtons = makeElement("div", "vg-plateaus", { role: "group", "aria-label": "Plateaus of ε" });
  const samples = makeElement("input", "vg-range vg-frame vg-samples", {
    type: "range", "data-testid": "min-samples", min: "1", step: "1", "aria-label": "min_samples: points within ε that make a core point" });
  const samplesText = makeElement("span", "vg-samples-value");
  const samplesBox = makeElement("label", "vg-samples-box", {}, [samplesText, samples]);
  const track = makeElement("canvas", "vg-track", { "aria-hidden": "true" });
  const lane = makeElement("canvas", "vg-lane", { "aria-hidden": "true" });
  const needle = makeElement("div", "vg-needle", { "aria-hidden": "true" }, [makeElement("i")]);
  const epsilon = makeElement("input", "vg-range vg-epsilon", { type: "range", "data-testid": "epsilon", step: "any", "aria-label": "ε, the radius of DBSCAN (logarithmic)" });
  const axis = makeElement("div", "vg-axis", {}, [track, lane, needle, epsilon]);
  const historyText = makeElement("p", "vg-history", { "data-testid": "history" });
  const phaseDiagram = makeElement("canvas", "vg-phase", { "data-testid": "heat", "aria-hidden": "true", title: "Clusters at every step and ε; click to go there" });
  const phaseDiagramSpot = makeElement("div", "vg-phase-spot", { "aria-hidden": "true" });
  const phaseDiagramBox = makeElement("div", "vg-phase-box", {}, [phaseDiagram, phaseDiagramSpot]);
  const phaseDiagramText = makeElement("p", "vg-hint", { "data-testid": "heat-words" });
  const epsNote = makeElement("p", "vg-eps-note", { hidden: "" });
  const reason = makeElement("p", "vg-reason");
  const legend = makeElement("div", "vg-legend", { "aria-hidden": "true" }, [
    makeElement("span", "vg-key-line", {}, ["clusters counted"]), makeElement("span", "vg-key-noise", {}, ["noise"]),
    makeElement("span", "vg-key-band", {}, ["plateau"]), scoreKey("acc", "ACC"), scoreKey("nmi", "NMI")]);
  const hint = makeElement("p", "vg-hint", {}, ["A number of clusters that holds over a long stretch of ε can be believed."]);
  const sweep = makeElement("section", "vg-sweep", { "aria-label": "ε" }, [
    makeElement("div", "vg-sweep-head", {}, [epsText, plateauButtons, samplesBox]), axis, phaseDiagramBox, historyText,
    makeElement("div", "vg-sweep-foot", {}, [makeElement("div", "", {}, [reason, hint, phaseDiagramText]), legend]), epsNote]);
  return {
    sweep, epsText, epsInput, plateauButtons, samples, samplesText, samplesBox, track, lane, needle, epsilon, axis, historyText, phaseDiagram, phaseDiagramSpot, phaseDiagramBox,
    phaseDiagramText, epsNote, reason, legend, hint,
  };
}

function buildViews() {
  const sheet = (testId, label) => makeElement("canvas", "vg-canvas", { "data-testid": testId, role: "img", tabindex: "0", "aria-label": label });
  const canvas = sheet("stage", "Points");
  const before = sheet("stage-before", "Points before the climb");
  const overlay = makeElement("canvas", "vg-overlay", { "aria-hidden": "true" });
  const beforeOverlay = makeElement("canvas", "vg-overlay", { "aria-hidden": "true" });
  const sprite = makeElement("canvas", "vg-sprite");
  const lines = makeElement("div", "vg-lines");
  const tooltip = makeElement("div", "vg-tooltip", { "data-testid": "tooltip", hidden: "" }, [sprite, lines]);
  const beforeName = makeElement("span", "vg-side-name", {}, ["Before: step 0"]);
  const afterName = makeElement("span", "vg-side-name", { hidden: "" }, ["After"]);
  const left = makeElement("div", "vg-side", { hidden: "" }, [before, beforeOverlay, beforeName]);
  const right = makeElement("div", "vg-side", {}, [canvas, overlay, afterName]);
  const views = makeElement("div", "vg-views", {}, [left, right, tooltip]);
  return { views, canvas, overlay, before, beforeOverlay, left, right, afterName, tooltip, picture: sprite, lines };
}

/** @returns everything the stage touches later, by name */
export function buildElements() {
  const views = buildViews();
  const readouts = buildReadouts();
  const transport = buildTransport();
  const sweep = buildSweep();
  const toolbar = buildToolbar();
  const notice = makeElement("p", "vg-notice", { "data-testid": "notice", hidden: "" });
  const colours = makeElement("div", "vg-colours", { "data-testid": "colour-legend" });
  const caption = makeElement("p", "vg-caption", { "data-testid": "caption" });
  const notes = makeElement("ul", "vg-notes");
  const live = makeElement("div", "vg-live", { "aria-live": "polite", "data-testid": "live" });
  const panelPlace = makeElement("div", "vg-panel-place");
  const tablePlace = makeElement("div", "vg-table-place");
  const view = makeElement("div", "vg-view", {}, [toolbar.bar, views.views, notice, colours, transport.transport]);
  const body = makeElement("div", "vg-body", {}, [
    readouts.readouts, view, readouts.details, panelPlace, sweep.sweep, tablePlace, makeElement("div", "vg-foot", {}, [caption, notes]), live]);
  const failure = makeElement("p", "vg-failure", { role: "alert", hidden: "" });
  const root = makeElement("div", "vg-stage", {}, [body, failure]);
  for (const [key, value] of Object.entries(TRACK)) root.style.setProperty(`--vg-track-${key}`, `${value}px`);
  return { root, body, failure, view, notice, colours, caption, notes, live, panelPlace, tablePlace, ...views, ...readouts, ...transport, ...sweep, ...toolbar };
}
