// Noise policies of the scores: noise counts as wrong, is left out, or joins its nearest cluster.
// Why as in Python, point by point: a number on the stage and the same number in a table must be one number.

import { findRoot, sklearnLabels } from "./cut.js";
import { contingencyTable, maximumMatching, scoreLabels } from "./scores.js";

/** @typedef {import("./scene.js").Tree} Tree */

/**
 * Labels without noise: along the tree above ε, what has no label takes that of the first cluster it is tied to.
 * @param {Tree} tree
 * @param {number} eps
 * @param {Int32Array} labels of `cutTree` at the same ε
 * @returns {Int32Array} still −1 where there is no cluster at all
 */
export function assignNoiseToNearest(tree, eps, labels) {
  const { u, v, w } = tree;
  const n = labels.length;
  const nearest = labels.slice();
  let unlabelled = 0;
  for (let i = 0; i < n; i++) if (nearest[i] < 0) unlabelled++;
  if (unlabelled === 0 || unlabelled === n) return nearest;
  // Members of an unlabelled component are a linked list that begins at its root.
  const link = new Int32Array(n);
  const tail = new Int32Array(n);
  const after = new Int32Array(n).fill(-1);
  for (let i = 0; i < n; i++) link[i] = tail[i] = i;
  // Edges within ε tie core points, which have a label.
  for (let e = edgesWithin(w, eps); e < w.length && unlabelled > 0; e++) {
    const a = u[e];
    const b = v[e];
    if (nearest[a] < 0 && nearest[b] < 0) {
      const first = findRoot(link, a);
      const second = findRoot(link, b);
      if (first === second) continue;
      after[tail[first]] = second;
      tail[first] = tail[second];
      link[second] = first;
    } else if (nearest[a] < 0 || nearest[b] < 0) {
      const label = nearest[a] < 0 ? nearest[b] : nearest[a];
      for (let i = findRoot(link, nearest[a] < 0 ? a : b); i >= 0; i = after[i]) {
        nearest[i] = label;
        unlabelled--;
      }
    }
  }
  return nearest;
}

// How many edges are no longer than ε; they are sorted.
function edgesWithin(lengths, eps) {
  let low = 0;
  let high = lengths.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lengths[middle] <= eps) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Scores of a cut under one policy. "wrong" and "ignore" take a contested border point where scikit-learn has it; "nearest" scores
 * the labels of `assignNoiseToNearest`, as Python's curve does.
 * @param {"wrong"|"ignore"|"nearest"} policy
 * @param {Tree} tree
 * @param {number} eps
 * @param {import("./cut.js").Cut} cut at the same ε
 * @param {import("./scene.js").Scene} scene with classes
 * @param {Int32Array} [nearest] of `assignNoiseToNearest`, where they are at hand
 * @returns {import("./scores.js").Scores}
 */
export function scoreCut(policy, tree, eps, cut, scene, nearest) {
  const labels = policy === "nearest" ? nearest ?? assignNoiseToNearest(tree, eps, cut.labels) : sklearnLabels(tree, eps, cut.labels);
  return scoreLabels(labels, cut.nClusters, scene.classes, scene.classCount, policy === "ignore");
}

/**
 * The class that each cluster stands for under the best one-to-one matching, the one that ACC counts.
 * @param {Int32Array} labels negative: noise
 * @param {number} nClusters
 * @param {Int32Array} classes 0..nClasses-1
 * @param {number} nClasses
 * @returns {Int32Array} of each cluster, −1: none is left for it, or none that it shares a point with
 */
export function matchClasses(labels, nClusters, classes, nClasses) {
  const matched = new Int32Array(nClusters).fill(-1);
  const pairs = maximumMatching(contingencyTable(labels, nClusters, classes, nClasses), nClusters, nClasses);
  for (let k = 0; k < pairs.length; k += 2) matched[pairs[k]] = pairs[k + 1];
  return matched;
}

/**
 * @param {Int32Array} labels
 * @param {Int32Array} matched of `matchClasses`
 * @param {Int32Array} classes
 * @returns {Uint8Array} 0: the class that its cluster stands for, 1: another one, 2: noise
 */
export function disagreements(labels, matched, classes) {
  const wrong = new Uint8Array(labels.length);
  for (let i = 0; i < labels.length; i++) wrong[i] = labels[i] < 0 ? 2 : matched[labels[i]] === classes[i] ? 0 : 1;
  return wrong;
}
