// Sentences about a scene: what the readouts rest on, the state in one line, one point.
// Why apart: the live text, the tooltip and the saved picture must say the same thing in the same words.

import { formatCount, formatEps, formatShare, formatSigned, plural } from "../common/format.js";

const POLICY_LABELS = { wrong: "noise counts as wrong", ignore: "noise is left out", nearest: "noise joins its nearest cluster" };

/** @param {import("./scene.js").Scene} scene @param {number} label */
export function nameOfClass(scene, label) {
  return String(scene.header.class_names?.[label] ?? label);
}

/** What the numbers rest on: N, policy, min_samples and the tree they were read from. */
export function readoutCaption(scene, tree, frame, { policy, scores }) {
  const exact = tree.frame === frame ? `tree of step ${tree.step}` : `tree of step ${tree.step}, the nearest one kept`;
  const basis = [`N ${formatCount(scene.n)}`];
  if (scene.classes || policy === "nearest") basis.push(POLICY_LABELS[policy]);
  if (policy === "ignore" && scores) basis.push(`scored on ${formatShare(scores.coverage)}`);
  basis.push(`min_samples ${scene.header.min_samples}`, exact);
  return basis.join(" · ");
}

/** One sentence with all numbers, for the canvas' label and the live text. */
export function describeState(scene, state) {
  const { frame, eps, cut, scores } = state;
  const where = `Step ${scene.steps[frame]} of ${scene.steps[scene.frameCount - 1]}`;
  if (!cut) return `${where}, ${plural(scene.n, "point")}.`;
  const small = cut.nClusters - cut.nCounted;
  const parts = [plural(cut.nCounted, "cluster")];
  if (small > 0) parts.push(`${formatCount(small)} small`);
  parts.push(`noise ${formatShare(cut.noise)}`);
  if (scores) parts.push(`accuracy ${scores.acc.toFixed(2)}`);
  return `${where}, ε ${formatEps(eps)}: ${parts.join(", ")}`;
}

/** The lines of the tooltip for one point. */
export function describePoint(scene, state, point, crowd) {
  const lines = [];
  if (scene.labels) {
    lines.push({ text: `true class: ${nameOfClass(scene, scene.labels[point])}`, strong: true });
  }
  if (state.cut) lines.push({ text: membership(state, point), swatch: true });
  if (scene.logDensity) {
    lines.push({ text: `log density ${formatSigned(scene.logDensity[state.frame * scene.n + point])}` });
  }
  if (crowd > 0) lines.push({ text: `${formatCount(crowd)} more at this spot` });
  lines.push({ text: `point ${formatCount(point)}`, faint: true });
  return lines;
}

// Core or border is what DBSCAN decides about a point, and what a class asks about first.
function membership({ cut, labels, tree, eps }, point) {
  const cluster = labels[point];
  if (cluster < 0) return "noise";
  const name = `cluster ${formatCount(cluster + 1)} of ${formatCount(cut.nClusters)}`;
  if (cut.labels[point] < 0) return `${name}: noise, given to the nearest`;
  return `${name}, ${tree.core[point] <= eps ? "core" : "border"} point`;
}
