// Laws of the noise policies, of the matching of clusters to classes, and of the scores, by brute force on small cases.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cutTree, sklearnLabels } from "../../vaegc/web/stage/cut.js";
import { assignNoiseToNearest, disagreements, matchClasses, scoreCut } from "../../vaegc/web/stage/policy.js";
import { matchedCount, maximumMatching, scoreLabels } from "../../vaegc/web/stage/scores.js";
import { buildTree, seededRandom } from "./pack.mjs";

const shuffled = (random, n) => Uint32Array.from(
  Array.from({ length: n }, (_, i) => [random(), i]).sort((a, b) => a[0] - b[0]), ([, i]) => i);

/** Noise policy "nearest" from its definition: components without a label as plain sets. */
function plainNearest(tree, eps, labels) {
  const near = [...labels];
  const home = near.map((_, i) => new Set([i]));
  for (let e = 0; e < tree.w.length; e++) {
    const [a, b] = [tree.u[e], tree.v[e]];
    if (near[a] < 0 && near[b] < 0) {
      const both = new Set([...home[a], ...home[b]]);
      for (const i of both) home[i] = both;
    } else if (tree.w[e] > eps && near[a] < 0 !== near[b] < 0) {
      for (const i of home[near[a] < 0 ? a : b]) near[i] = Math.max(near[a], near[b]);
    }
  }
  return near;
}

function questionsOf(tree, random) {
  const events = [...new Set([...tree.core, ...tree.border, ...tree.w])].filter(Number.isFinite).sort((a, b) => a - b);
  return events.flatMap((eps, k) => (k > 0 ? [(eps + events[k - 1]) / 2, eps] : [eps / 2, eps])).filter(() => random() < 0.5);
}

test("noise joins the first cluster that the tree ties it to; who had a label keeps it", () => {
  const random = seededRandom(1);
  for (let round = 0; round < 80; round++) {
    const n = 1 + Math.floor(random() * 40);
    const value = () => (round % 2 ? Math.round(random() * 5) : random() * 5);
    const tree = buildTree(Array.from({ length: n }, () => [value(), value()]), 1 + Math.floor(random() * 6));
    for (const eps of questionsOf(tree, random)) {
      const cut = cutTree(tree, eps, new Uint32Array(n), 1);
      const near = assignNoiseToNearest(tree, eps, cut.labels);
      assert.deepEqual([...near], plainNearest(tree, eps, cut.labels));
      assert.ok(near.every((label, i) => (cut.nClusters === 0 ? label === -1 : label >= 0) && (cut.labels[i] < 0 || label === cut.labels[i])));
    }
  }
});

/** The most points that one cluster for each class can hold, over all choices. */
function bestOfAll(table, rows, columns, column = 0, used = new Set()) {
  if (column === columns) return 0;
  let most = bestOfAll(table, rows, columns, column + 1, used);
  for (let row = 0; row < rows; row++) {
    if (used.has(row)) continue;
    used.add(row);
    most = Math.max(most, table[row * columns + column] + bestOfAll(table, rows, columns, column + 1, used));
    used.delete(row);
  }
  return most;
}

test("the matching is the best of all, also where there are far more clusters than classes", () => {
  const random = seededRandom(2);
  for (let round = 0; round < 150; round++) {
    const columns = 1 + Math.floor(random() * 3);
    const rows = Math.floor(random() * (round % 2 ? 30 : 5));
    const table = Array.from({ length: rows * columns }, () => Math.max(0, Math.floor(random() * 9) - 3));
    const pairs = maximumMatching(table, rows, columns);
    assert.equal(matchedCount(table, rows, columns), bestOfAll(table, rows, columns));
    const [ofRows, ofColumns] = [0, 1].map((side) => pairs.filter((_, k) => k % 2 === side));
    assert.ok(new Set(ofRows).size === ofRows.length && new Set(ofColumns).size === ofColumns.length);
    assert.ok(ofRows.every((row, k) => table[row * columns + ofColumns[k]] > 0));
  }
});

test("what disagrees with the matched classes is what accuracy has lost", () => {
  const random = seededRandom(3);
  for (let round = 0; round < 100; round++) {
    const n = 1 + Math.floor(random() * 60);
    const nClusters = Math.floor(random() * 8);
    const nClasses = 1 + Math.floor(random() * 6);
    const labels = Int32Array.from({ length: n }, () => Math.floor(random() * (nClusters + 1)) - 1);
    const classes = Int32Array.from({ length: n }, () => Math.floor(random() * nClasses));
    const matched = matchClasses(labels, nClusters, classes, nClasses);
    const taken = [...matched].filter((value) => value >= 0);
    assert.ok(matched.length === nClusters && new Set(taken).size === taken.length);
    const wrong = disagreements(labels, matched, classes);
    assert.ok(wrong.every((kind, i) => (kind === 2) === labels[i] < 0));
    const right = wrong.filter((kind) => kind === 0).length;
    assert.ok(Math.abs(right / n - scoreLabels(labels, nClusters, classes, nClasses).acc) < 1e-12);
  }
});

test("a cluster is matched only to a class that it shares a point with", () => {
  const classes = Int32Array.of(0, 0, 0, 0, 1);
  assert.deepEqual([...matchClasses(Int32Array.of(0, 0, 0, 1, -1), 2, classes, 2)], [0, -1]);
  assert.deepEqual([...disagreements(Int32Array.of(0, 0, 0, 1, -1), Int32Array.of(0, -1), classes)], [0, 0, 0, 1, 2]);
});

test("leaving noise out scores the labelled points as if there were no others", () => {
  const random = seededRandom(4);
  for (let round = 0; round < 60; round++) {
    const n = 2 + Math.floor(random() * 50);
    const labels = Int32Array.from({ length: n }, () => Math.floor(random() * 5) - 1);
    const classes = Int32Array.from({ length: n }, () => Math.floor(random() * 3));
    const kept = [...labels.keys()].filter((i) => labels[i] >= 0);
    const { coverage, ...scores } = scoreLabels(labels, 4, classes, 3, true);
    assert.ok(Math.abs(coverage - kept.length / n) < 1e-12);
    if (kept.length === 0) continue;
    const { coverage: whole, ...alone } = scoreLabels(Int32Array.from(kept, (i) => labels[i]), 4, Int32Array.from(kept, (i) => classes[i]), 3);
    assert.equal(whole, 1);
    assert.deepEqual(scores, alone);
  }
  const none = scoreLabels(Int32Array.of(-1, -1), 0, Int32Array.of(0, 1), 2, true);
  assert.deepEqual(none, { acc: 0, nmi: 0, ari: 0, purity: 0, coverage: 0 });
});

test("a score does not depend on the table that was scored before", () => {
  const score = (labels, nClusters) => scoreLabels(Int32Array.from(labels), nClusters, Int32Array.from(labels, (_, i) => i % 3), 3);
  const small = score([0, 0, 1, -1, 1, 0], 2);
  const many = 400000;
  score(Array.from({ length: many }, (_, i) => i), many);
  score(Array.from({ length: 3000 }, (_, i) => i), 3000);
  assert.deepEqual(score([0, 0, 1, -1, 1, 0], 2), small);
});

test("the three policies differ in the noise alone", () => {
  const random = seededRandom(5);
  for (let round = 0; round < 30; round++) {
    const n = 40;
    const tree = { ...buildTree(Array.from({ length: n }, () => [random() * 5, random() * 5]), 4), claims: { point: [], rival: [], reach: [] } };
    const scene = { classes: Int32Array.from({ length: n }, () => Math.floor(random() * 3)), classCount: 3 };
    for (const eps of questionsOf(tree, random)) {
      const cut = cutTree(tree, eps, shuffled(random, n), 1);
      const score = (labels, ignore) => scoreLabels(labels, cut.nClusters, scene.classes, 3, ignore);
      const near = assignNoiseToNearest(tree, eps, cut.labels);
      const scores = Object.fromEntries(["wrong", "ignore", "nearest"].map((policy) => [policy, scoreCut(policy, tree, eps, cut, scene)]));
      assert.deepEqual(scores.wrong, score(sklearnLabels(tree, eps, cut.labels), false));
      assert.deepEqual(scores.ignore, score(cut.labels, true));
      assert.deepEqual(scores.nearest, score(near, false));
      assert.deepEqual(scoreCut("nearest", tree, eps, cut, scene, near), scores.nearest);
      assert.ok(Math.abs(scores.ignore.coverage - (1 - cut.noise)) < 1e-12 && scores.wrong.coverage === 1);
      assert.ok(Math.abs(scores.ignore.purity * scores.ignore.coverage - scores.wrong.purity) < 1e-12);
      if (cut.noise === 0) assert.deepEqual(scores.wrong, scores.nearest);
    }
  }
});
