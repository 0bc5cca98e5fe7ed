// Readouts, plateau buttons, legends and live text of the current cut.
// Why through `updateText`: the animation redraws 60 times a second, and an unchanged text should cost nothing.

import { colormapAt } from "../common/colormap.js";
import { formatCount, formatEps, formatNumber, formatShare, plural } from "../common/format.js";
import { makeElement, updateText } from "../common/markup.js";
import { cssColour } from "../common/theme.js";
import { colourChoices } from "./colouring.js";
import { describeState, readoutCaption } from "./describe.js";
import { markerSymbol } from "./markers.js";

const MAX_PLATEAU_BUTTONS = 4;
const MAX_LEGEND_ENTRIES = 20;

function setNumber(element, text, value) {
  updateText(element, text);
  element.dataset.value = value === null ? "" : String(value);
}

/** What does not change with frame or ε. */
export function showScene(elements, scene, connected) {
  const { header } = scene;
  updateText(elements.caption, header.caption ?? "");
  elements.notes.replaceChildren(...(header.notes ?? []).map((note) => makeElement("li", "", {}, [note])));
  elements.notes.hidden = !(header.notes?.length > 0);
  for (const score of [elements.acc, elements.nmi, elements.ari]) score.card.hidden = !scene.classes;
  for (const key of elements.legend.querySelectorAll(".vg-key-score")) key.hidden = !scene.classes;
  const [wrong, ignored] = elements.policy.options;
  updateText(wrong, scene.classes ? "Noise is wrong" : "Noise stays noise");
  ignored.hidden = ignored.disabled = !scene.classes;
  elements.frame.max = String(scene.frameCount - 1);
  for (const control of [elements.frame, elements.play, elements.back, elements.forward, elements.speed, elements.loop, elements.saveVideo]) {
    control.disabled = scene.frameCount < 2;
  }
  const span = header.eps;
  elements.epsilon.disabled = !span;
  elements.axis.hidden = elements.epsText.hidden = elements.plateauButtons.hidden = elements.historyText.hidden = !span;
  elements.phaseDiagramBox.hidden = elements.phaseDiagramText.hidden = true;
  elements.reason.hidden = elements.legend.hidden = elements.hint.hidden = !span;
  elements.epsNote.hidden = Boolean(span);
  updateText(elements.epsNote, span ? "" : header.eps_note ?? "There is no range of ε for these points.");
  if (span) {
    elements.epsilon.min = String(Math.log(span.low));
    elements.epsilon.max = String(Math.log(span.high));
  }
  elements.copyLink.hidden = !connected;
  elements.samples.disabled = !connected;
  elements.samples.max = String(Math.max(header.min_samples, Math.min(50, scene.n)));
  elements.samples.value = String(header.min_samples);
  showMinSamples(elements, header.min_samples, false);
  elements.samplesBox.title = connected ? SAMPLES_HINT : "min_samples is fixed in a saved page: its trees were built for this one.";
  elements.colour.replaceChildren(...colourChoices(scene).map(([value, label]) => makeElement("option", "", { value }, [label])));
  const flat = scene.dim === 2;
  elements.checks.contours.disabled = !flat;
  updateText(elements.contoursNote, !flat ? "Contours need a picture in two dimensions." : scene.contours
    ? "The density that is climbed; each line encloses a share of the points at the start." : "How crowded the picture is at the start; what is climbed is a density of the space itself.");
}

const SAMPLES_HINT = "min_samples: points within ε, itself included, that make a core point of DBSCAN. All trees are built anew when the hand lets go.";

/** @param {boolean} busy whether trees for it are on their way */
export function showMinSamples(elements, value, busy) {
  updateText(elements.samplesText, busy ? `min_samples ${value} …` : `min_samples ${value}`);
  const { min, max } = elements.samples;
  elements.samples.style.setProperty("--vg-fill", String((value - min) / Math.max(1, max - min)));
}

/** Buttons, boxes and lists as the settings have them. */
export function showSettings(elements, { settings, camera, scene }) {
  elements.colour.value = settings.colour;
  elements.policy.value = settings.policy;
  elements.trails.value = settings.trails;
  elements.loop.setAttribute("aria-pressed", String(settings.loop));
  for (const [name, box] of Object.entries(elements.checks)) box.checked = settings[name] && !box.disabled;
  elements.left.hidden = elements.afterName.hidden = !settings.split;
  for (const canvas of [elements.canvas, elements.before]) canvas.classList.toggle("vg-zoomed", camera.zoom > 1 || scene.dim === 3);
}

/** What the colours mean, where they are not clusters: those have a list of their own. */
export function showColourLegend(elements, colouring, theme) {
  const key = colouring.scale ? [colouring.scale.name, colouring.scale.low, colouring.scale.high, theme.dark] : [colouring.legend, theme];
  if (elements.legendKey?.length === key.length && elements.legendKey.every((part, k) => part === key[k])) return;
  elements.legendKey = key;
  elements.colours.hidden = !colouring.scale && colouring.legend.length === 0;
  if (colouring.scale) {
    const { low, high, name } = colouring.scale;
    const bar = makeElement("i", "vg-colormap", { "aria-hidden": "true" });
    const stops = [0, 0.2, 0.4, 0.6, 0.8, 1].map((share) => cssColour(colormapAt(share, theme.dark)));
    bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    elements.colours.replaceChildren(makeElement("span", "", {}, [name]), makeElement("span", "", {}, [formatNumber(low)]), bar, makeElement("span", "", {}, [formatNumber(high)]));
    return;
  }
  elements.colours.replaceChildren(...colouring.legend.slice(0, MAX_LEGEND_ENTRIES).map(({ label, colour, marker }) => {
    const swatch = makeElement("i", "vg-marker", { "aria-hidden": "true" }, [markerSymbol(marker)]);
    swatch.style.color = cssColour(colour);
    return makeElement("span", "", {}, [swatch, label]);
  }), ...(colouring.legend.length > MAX_LEGEND_ENTRIES ? [makeElement("span", "", {}, [`and ${colouring.legend.length - MAX_LEGEND_ENTRIES} more`])] : []));
}

/** The numbers at the current frame and ε. */
export function showReadouts(elements, scene, state) {
  const { cut, scores, frame, eps, tree } = state;
  const small = cut ? cut.nClusters - cut.nCounted : 0;
  setNumber(elements.counted, cut ? formatCount(cut.nCounted) : "–", cut ? cut.nCounted : null);
  updateText(elements.unit, cut?.nCounted === 1 ? "cluster" : "clusters");
  updateText(elements.small, small > 0 ? ` + ${formatCount(small)} small` : "");
  elements.small.title = `Clusters of fewer than ${plural(scene.header.min_size, "core point")}`;
  elements.clusters.dataset.value = cut ? String(cut.nClusters) : "";
  setNumber(elements.noise.value, cut ? formatShare(cut.noise) : "–", cut ? cut.noise : null);
  for (const name of ["acc", "nmi", "ari"]) {
    setNumber(elements[name].value, scores ? scores[name].toFixed(3) : "–", scores ? scores[name] : null);
  }
  updateText(elements.basis, readoutCaption(scene, tree, frame, state));
  updateText(elements.stepText, `Step ${scene.steps[frame]} of ${scene.steps[scene.frameCount - 1]}`);
  elements.frame.value = String(frame);
  elements.frame.setAttribute("aria-valuetext", `Step ${scene.steps[frame]}`);
  elements.frame.style.setProperty("--vg-fill", String(scene.frameCount > 1 ? frame / (scene.frameCount - 1) : 0));
  if (eps !== null) {
    elements.epsText.dataset.value = String(eps);
    // Not under the fingers of who is typing.
    if (elements.epsInput.getRootNode().activeElement !== elements.epsInput) elements.epsInput.value = formatEps(eps);
    elements.epsilon.setAttribute("aria-valuetext", `ε ${formatEps(eps)}`);
  }
}

/** The buttons and the sentence of one tree's plateaus. Buttons are reused, not rebuilt: a click may be under way. */
export function showPlateaus(elements, tree) {
  const plateaus = tree.plateaus.slice(0, MAX_PLATEAU_BUTTONS);
  const existing = [...elements.plateauButtons.querySelectorAll("button")];
  if (elements.plateauButtons.childElementCount === 0 || existing.length !== plateaus.length) {
    const buttons = plateaus.map((_, i) => existing[i] ?? makeElement("button", "", { type: "button", "data-testid": "plateau" }));
    const none = makeElement("span", "vg-none", {}, ["no plateau at this step"]);
    elements.plateauButtons.replaceChildren(...(buttons.length > 0 ? buttons : [none]));
  }
  [...elements.plateauButtons.querySelectorAll("button")].forEach((button, i) => {
    const { n_clusters: count, eps_low: low, eps_high: high } = plateaus[i];
    const eps = Math.sqrt(low * high);
    button.className = count === tree.suggestion.n_clusters ? "vg-plateau vg-suggested" : "vg-plateau";
    button.dataset.eps = String(eps);
    button.dataset.k = String(count);
    button.title = `Set ε to ${formatEps(eps)}, the middle of ${formatEps(low)} to ${formatEps(high)}`;
    updateText(button, plural(count, "cluster"));
  });
  updateText(elements.reason, tree.suggestion.reason ?? "");
}

/** Marks the plateau buttons that the current ε stands on. */
export function highlightPlateau(elements, tree, eps) {
  [...elements.plateauButtons.querySelectorAll("button")].forEach((button, i) => {
    const { eps_low: low, eps_high: high } = tree.plateaus[i];
    const here = eps >= low && eps <= high;
    if (button.getAttribute("aria-pressed") !== String(here)) button.setAttribute("aria-pressed", String(here));
  });
}

/** For those who do not see the canvas. */
export function announceState(elements, scene, state, aloud) {
  const sentence = describeState(scene, state);
  elements.canvas.setAttribute("aria-label", `${scene.header.caption ?? "Points"}. ${sentence}`);
  if (aloud) updateText(elements.live, sentence);
}
