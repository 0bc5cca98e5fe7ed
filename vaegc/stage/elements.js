// Builds the stage's elements once and hands out references.
// Why by hand: no markup from data ever reaches innerHTML, so no name in a header can become a tag.

import { TRACK } from "./track.js";

const ICONS = {
  play: "M7 4.5v15l12.5-7.5z",
  pause: "M6.5 5h4v14h-4zM13.5 5h4v14h-4z",
  back: "M6 5h2.5v14H6zM19 5v14L9.5 12z",
  forward: "M15.5 5H18v14h-2.5zM5 5v14l9.5-7z",
};

/** @param {string} tag @param {string} name class name @param {Record<string, string>} attributes @param {(Node|string)[]} children */
export function makeElement(tag, name = "", attributes = {}, children = []) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function makeIcon(path) {
  const space = "http://www.w3.org/2000/svg";
  const icon = document.createElementNS(space, "svg");
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(space, "path");
  shape.setAttribute("d", path);
  icon.append(shape);
  return icon;
}

function iconButton(testId, label, path) {
  return makeElement("button", `vg-icon vg-icon-${testId}`, { type: "button", "data-testid": testId, "aria-label": label, title: label }, [makeIcon(path)]);
}

/** @param {HTMLElement} button @param {boolean} playing @param {boolean} ended */
export function showPlaying(button, playing, ended) {
  const label = playing ? "Pause" : ended ? "Play from the start" : "Play";
  if (button.getAttribute("aria-label") === label) return;
  button.setAttribute("aria-label", label);
  button.title = label;
  button.querySelector("path").setAttribute("d", playing ? ICONS.pause : ICONS.play);
}

function makeReadout(testId, name, hint) {
  const value = makeElement("span", "vg-value", { "data-testid": testId });
  const card = makeElement("div", "vg-readout", { title: hint }, [makeElement("span", "vg-name", {}, [name]), value]);
  return { card, value };
}

/** @returns everything the stage touches later, by name */
export function buildElements() {
  const canvas = makeElement("canvas", "vg-canvas", { "data-testid": "stage", role: "img", tabindex: "0" });
  const overlay = makeElement("canvas", "vg-overlay", { "aria-hidden": "true" });
  const picture = makeElement("canvas", "vg-sprite");
  const lines = makeElement("div", "vg-lines");
  const tooltip = makeElement("div", "vg-tooltip", { "data-testid": "tooltip", hidden: "" }, [picture, lines]);
  const scenery = makeElement("div", "vg-scenery", {}, [canvas, overlay, tooltip]);

  const counted = makeElement("span", "vg-big", { "data-testid": "n-counted" });
  const unit = makeElement("span", "vg-unit");
  const small = makeElement("span", "vg-small");
  const clusters = makeElement("div", "vg-clusters", { "data-testid": "n-clusters" }, [counted, " ", unit, small]);
  const noise = makeReadout("noise", "Noise", "Share of the points that belong to no cluster");
  const acc = makeReadout("acc", "ACC", "Accuracy: the best one-to-one matching of clusters to true classes");
  const nmi = makeReadout("nmi", "NMI", "Normalised mutual information with the true classes");
  const ari = makeReadout("ari", "ARI", "Adjusted Rand index with the true classes");
  const basis = makeElement("p", "vg-basis", { "data-testid": "readout-caption" });
  const readouts = makeElement("div", "vg-readouts", {}, [clusters,
    makeElement("div", "vg-scores", {}, [noise.card, acc.card, nmi.card, ari.card]), basis]);

  const back = iconButton("step-back", "One step back", ICONS.back);
  const play = iconButton("play", "Play", ICONS.play);
  const forward = iconButton("step-forward", "One step forward", ICONS.forward);
  const frame = makeElement("input", "vg-range vg-frame", { type: "range", "data-testid": "frame", min: "0", step: "1", "aria-label": "Step of the climb" });
  const stepText = makeElement("span", "vg-step");
  const speed = makeElement("select", "vg-speed", { "data-testid": "speed", "aria-label": "Speed", title: "Speed" },
    ["0.5", "1", "2", "4"].map((value) => makeElement("option", "", { value }, [`${value}×`])));
  const transport = makeElement("div", "vg-transport", {}, [
    makeElement("div", "vg-buttons", {}, [back, play, forward]), frame, stepText, speed]);

  const epsText = makeElement("span", "vg-eps-value", { "data-testid": "eps" });
  const jumps = makeElement("div", "vg-jumps", { role: "group", "aria-label": "Plateaus of ε" });
  const track = makeElement("canvas", "vg-track", { "aria-hidden": "true" });
  const needle = makeElement("div", "vg-needle", { "aria-hidden": "true" }, [makeElement("i")]);
  const epsilon = makeElement("input", "vg-range vg-epsilon", { type: "range", "data-testid": "epsilon", step: "any", "aria-label": "ε, the radius of DBSCAN (logarithmic)" });
  const axis = makeElement("div", "vg-axis", {}, [track, needle, epsilon]);
  const epsNote = makeElement("p", "vg-eps-note", { hidden: "" });
  const reason = makeElement("p", "vg-reason");
  const legend = makeElement("div", "vg-legend", { "aria-hidden": "true" }, [
    makeElement("span", "vg-key-line", {}, ["clusters counted"]), makeElement("span", "vg-key-noise", {}, ["noise"]),
    makeElement("span", "vg-key-band", {}, ["plateau"])]);
  const hint = makeElement("p", "vg-hint", {}, ["A number of clusters that holds over a long stretch of ε can be believed."]);
  const sweep = makeElement("section", "vg-sweep", { "aria-label": "ε" }, [
    makeElement("div", "vg-sweep-head", {}, [epsText, jumps]), axis, epsNote,
    makeElement("div", "vg-sweep-foot", {}, [makeElement("div", "", {}, [reason, hint]), legend])]);

  const caption = makeElement("p", "vg-caption", { "data-testid": "caption" });
  const notes = makeElement("ul", "vg-notes");
  const live = makeElement("div", "vg-live", { "aria-live": "polite" });
  const body = makeElement("div", "vg-body", {}, [
    readouts, makeElement("div", "vg-view", {}, [scenery, transport]), sweep,
    makeElement("div", "vg-foot", {}, [caption, notes]), live]);
  const failure = makeElement("p", "vg-failure", { role: "alert", hidden: "" });
  const root = makeElement("div", "vg-stage", {}, [body, failure]);
  for (const [key, value] of Object.entries(TRACK)) root.style.setProperty(`--vg-track-${key}`, `${value}px`);
  return {
    root, body, failure, scenery, canvas, overlay, tooltip, picture, lines, counted, unit, small, clusters,
    noise, acc, nmi, ari, basis, readouts, back, play, forward, frame, stepText, speed, epsText, jumps, track, needle,
    epsilon, axis, epsNote, reason, legend, hint, sweep, caption, notes, live,
  };
}
