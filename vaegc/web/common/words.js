// Every sentence and number that a person reads on the stage.
// Why apart: the live text, the tooltip and the readouts must say the same thing in the same form.

/** @param {number} value */
export function formatCount(value) {
  return value.toLocaleString("en-US");
}

// Three figures keep the width of the text steady while the hand moves.
/** @param {number} eps */
export function formatEps(eps) {
  if (eps === 0 || (eps >= 0.001 && eps < 10000)) return eps >= 1000 ? eps.toFixed(0) : eps.toPrecision(3);
  return eps.toExponential(1);
}

/** @param {number} share */
export function formatShare(share) {
  return `${(100 * share).toFixed(1)} %`;
}

/** @param {number} value */
export function formatSigned(value) {
  const text = Math.abs(value).toFixed(Math.abs(value) < 100 ? 1 : 0);
  return value < 0 ? `−${text}` : text;
}

/** @param {number} count @param {string} noun */
export function plural(count, noun) {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** A number of unknown size, in three figures. @param {number} value */
export function formatNumber(value) {
  const size = Math.abs(value);
  const text = size !== 0 && (size < 0.001 || size >= 1e5) ? size.toExponential(1) : String(Number(size.toPrecision(3)));
  return value < 0 ? `−${text}` : text;
}

const POLICY_WORDS = { wrong: "noise counts as wrong", ignore: "noise is left out", nearest: "noise joins its nearest cluster" };

/** @param {import("./scene.js").Scene} scene @param {number} label */
export function nameOfClass(scene, label) {
  return String(scene.header.class_names?.[label] ?? label);
}

/** What the numbers rest on: N, policy, min_samples and the tree they were read from. */
export function readoutCaption(scene, tree, frame, { policy, scores }) {
  const exact = tree.frame === frame ? `tree of step ${tree.step}` : `tree of step ${tree.step}, the nearest one kept`;
  const basis = [`N ${formatCount(scene.n)}`];
  if (scene.classes || policy === "nearest") basis.push(POLICY_WORDS[policy]);
  if (policy === "ignore" && scores) basis.push(`scored on ${formatShare(scores.coverage)}`);
  basis.push(`min_samples ${scene.header.min_samples}`, exact);
  return basis.join(" · ");
}

/** One sentence with all numbers, for the canvas' label and the live text. */
export function spokenState(scene, state) {
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
export function pointLines(scene, state, point, crowd) {
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
