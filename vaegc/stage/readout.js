// Writes the numbers of the current cut into the readouts, the plateau buttons and the live text.
// Why through `setText`: the film redraws 60 times a second, and an unchanged text should cost nothing.

import { makeElement } from "./elements.js";
import { formatCount, formatEps, formatShare, plural, readoutCaption, spokenState } from "./words.js";

const MOST_JUMPS = 4;

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setNumber(element, text, value) {
  setText(element, text);
  element.dataset.value = value === null ? "" : String(value);
}

/** What does not change with frame or ε. */
export function showScene(elements, scene) {
  const { header } = scene;
  setText(elements.caption, header.caption ?? "");
  elements.notes.replaceChildren(...(header.notes ?? []).map((note) => makeElement("li", "", {}, [note])));
  elements.notes.hidden = !(header.notes?.length > 0);
  for (const score of [elements.acc, elements.nmi, elements.ari]) score.card.hidden = !scene.classes;
  elements.readouts.classList.toggle("vg-unscored", !scene.classes);
  elements.frame.max = String(scene.frameCount - 1);
  for (const control of [elements.frame, elements.play, elements.back, elements.forward, elements.speed]) {
    control.disabled = scene.frameCount < 2;
  }
  const span = header.eps;
  elements.epsilon.disabled = !span;
  elements.axis.hidden = elements.epsText.hidden = elements.jumps.hidden = !span;
  elements.reason.hidden = elements.legend.hidden = elements.hint.hidden = !span;
  elements.epsNote.hidden = Boolean(span);
  setText(elements.epsNote, span ? "" : header.eps_note ?? "There is no range of ε for these points.");
  if (span) {
    elements.epsilon.min = String(Math.log(span.low));
    elements.epsilon.max = String(Math.log(span.high));
  }
}

/** The numbers at the current frame and ε. */
export function showReadouts(elements, scene, state) {
  const { cut, scores, frame, eps, tree } = state;
  const small = cut ? cut.nClusters - cut.nCounted : 0;
  setNumber(elements.counted, cut ? formatCount(cut.nCounted) : "–", cut ? cut.nCounted : null);
  setText(elements.unit, cut?.nCounted === 1 ? "cluster" : "clusters");
  setText(elements.small, small > 0 ? ` + ${formatCount(small)} small` : "");
  elements.small.title = `Clusters of fewer than ${plural(scene.header.min_size, "core point")}`;
  elements.clusters.dataset.value = cut ? String(cut.nClusters) : "";
  setNumber(elements.noise.value, cut ? formatShare(cut.noise) : "–", cut ? cut.noise : null);
  for (const name of ["acc", "nmi", "ari"]) {
    setNumber(elements[name].value, scores ? scores[name].toFixed(3) : "–", scores ? scores[name] : null);
  }
  setText(elements.basis, readoutCaption(scene, tree, frame));
  setText(elements.stepText, `Step ${scene.steps[frame]} of ${scene.steps[scene.frameCount - 1]}`);
  elements.frame.value = String(frame);
  elements.frame.setAttribute("aria-valuetext", `Step ${scene.steps[frame]}`);
  elements.frame.style.setProperty("--vg-fill", String(scene.frameCount > 1 ? frame / (scene.frameCount - 1) : 0));
  if (eps !== null) {
    setNumber(elements.epsText, `ε = ${formatEps(eps)}`, eps);
    elements.epsilon.setAttribute("aria-valuetext", `ε ${formatEps(eps)}`);
  }
}

/** The buttons and the sentence of one tree's plateaus. Buttons are kept, not rebuilt: a click may be under way. */
export function showPlateaus(elements, tree) {
  const plateaus = tree.plateaus.slice(0, MOST_JUMPS);
  const kept = [...elements.jumps.querySelectorAll("button")];
  if (elements.jumps.childElementCount === 0 || kept.length !== plateaus.length) {
    const buttons = plateaus.map((_, i) => kept[i] ?? makeElement("button", "", { type: "button", "data-testid": "plateau" }));
    const none = makeElement("span", "vg-none", {}, ["no plateau at this step"]);
    elements.jumps.replaceChildren(...(buttons.length > 0 ? buttons : [none]));
  }
  [...elements.jumps.querySelectorAll("button")].forEach((button, i) => {
    const { n_clusters: count, eps_low: low, eps_high: high } = plateaus[i];
    const eps = Math.sqrt(low * high);
    button.className = count === tree.suggestion.n_clusters ? "vg-jump vg-suggested" : "vg-jump";
    button.dataset.eps = String(eps);
    button.dataset.k = String(count);
    button.title = `Set ε to ${formatEps(eps)}, the middle of ${formatEps(low)} to ${formatEps(high)}`;
    setText(button, plural(count, "cluster"));
  });
  setText(elements.reason, tree.suggestion.reason ?? "");
}

/** Marks the plateau buttons that the current ε stands on. */
export function markPlateau(elements, tree, eps) {
  [...elements.jumps.querySelectorAll("button")].forEach((button, i) => {
    const { eps_low: low, eps_high: high } = tree.plateaus[i];
    const here = eps >= low && eps <= high;
    if (button.getAttribute("aria-pressed") !== String(here)) button.setAttribute("aria-pressed", String(here));
  });
}

/** For those who do not see the canvas. */
export function speakState(elements, scene, state, aloud) {
  const sentence = spokenState(scene, state);
  elements.canvas.setAttribute("aria-label", `${scene.header.caption ?? "Points"}. ${sentence}`);
  if (aloud) setText(elements.live, sentence);
}
