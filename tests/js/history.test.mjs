// Laws of the history of one point's cluster over ε: the same as a cut at every radius.

import assert from "node:assert/strict";
import { test } from "node:test";
import { epsToX } from "../../vaegc/web/common/axis.js";
import { cutTree } from "../../vaegc/web/stage/cut.js";
import { clusterHistory, describeHistory, paintHistory } from "../../vaegc/web/stage/history.js";
import { buildTree, seededRandom } from "./pack.mjs";
import { recorder } from "./fake-canvas.mjs";

/** What `cutTree` says happens to one point, read off just below and at every radius at which anything changes. */
function plainHistory(tree, point, rank, minSize, radii) {
  const events = [];
  let before = null;
  radii.forEach((eps, k) => {
    if (k > 0) before = cutTree(tree, (radii[k - 1] + eps) / 2, rank, minSize);
    const after = cutTree(tree, eps, rank, minSize);
    const label = after.labels[point];
    if (label < 0) return;
    const add = (kind, other = -1, otherSize = 0) => events.push({ eps, kind, size: after.coreSizes[label], other, otherSize });
    const mine = before ? before.labels[point] : -1;
    if (tree.core[point] === eps) add("core");
    else if (mine < 0) add("border");
    if (mine < 0) return;
    const met = [...before.representatives.keys()].filter((c) => c !== mine && before.coreSizes[c] >= minSize
      && after.labels[before.representatives[c]] === label);
    met.sort((a, b) => before.coreSizes[b] - before.coreSizes[a] || rank[before.representatives[a]] - rank[before.representatives[b]]);
    for (const c of met) {
      const leader = before.representatives[c];
      add(rank[leader] < rank[before.representatives[mine]] ? "joins" : "takes", leader, before.coreSizes[c]);
    }
    if (met.length === 0 && before.coreSizes[mine] < minSize && after.coreSizes[label] >= minSize) add("formed");
  });
  return events;
}

test("the history of a point is what a cut at every radius says, ties included", () => {
  const random = seededRandom(6);
  const seen = new Set();
  for (let round = 0; round < 60; round++) {
    const n = 1 + Math.floor(random() * 28);
    const minSamples = 1 + Math.floor(random() * 5);
    const minSize = 1 + Math.floor(random() * 4);
    const value = () => (round % 2 ? Math.round(random() * 4) : random() * 4);
    const tree = buildTree(Array.from({ length: n }, () => [value(), value()]), minSamples);
    const rank = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [rank[i], rank[j]] = [rank[j], rank[i]];
    }
    const radii = [...new Set([...tree.core, ...tree.border, ...tree.w])].filter(Number.isFinite).sort((a, b) => a - b);
    const low = radii[Math.floor(radii.length / 4)] ?? 1;
    const high = radii[radii.length - 1] ?? 2;
    const probes = radii.flatMap((eps, k) => (k > 0 ? [(eps + radii[k - 1]) / 2, eps] : [eps])).filter((eps) => eps >= low && eps <= high);
    const cuts = probes.map((eps) => cutTree(tree, eps, rank, minSize));
    for (let point = 0; point < n; point++) {
      const { events, spans } = clusterHistory(tree, point, rank, minSize, low, high);
      assert.deepEqual(events, plainHistory(tree, point, rank, minSize, radii));
      for (const event of events) seen.add(event.kind);
      assert.ok(spans[0].low === low && spans[spans.length - 1].high === high);
      spans.forEach((span, k) => assert.ok(k === 0 || (span.low === spans[k - 1].high && span.low > spans[k - 1].low)));
      probes.forEach((eps, k) => {
        const label = cuts[k].labels[point];
        const span = spans.findLast(({ low: from }) => from <= eps);
        assert.equal(span.representative, label < 0 ? -1 : cuts[k].representatives[label]);
      });
      for (const { low: from, merges } of spans.slice(1)) {
        assert.equal(merges, events.some(({ eps, other }) => eps === from && other >= 0));
      }
    }
  }
  assert.deepEqual([...seen].sort(), ["border", "core", "formed", "joins", "takes"]);
});

test("one history does not serve another ranking", () => {
  const tree = buildTree([[0], [1], [5], [6]], 1);
  const last = (rank) => clusterHistory(tree, 0, Uint32Array.from(rank), 1, 0.5, 5).spans.at(-1).representative;
  assert.equal(last([0, 1, 2, 3]), 0);
  assert.equal(last([3, 2, 1, 0]), 3);
});

test("a history in words", () => {
  const event = (eps, kind, size, other = -1, otherSize = 0) => ({ eps, kind, size, other, otherSize });
  const events = [
    event(0.1, "border", 1), event(0.2, "core", 2), event(0.21, "formed", 30), event(0.84, "joins", 342, 7, 312),
    event(1.5, "takes", 800, 8, 200), event(1.5, "joins", 800, 9, 258),
  ];
  const says = (eps) => describeHistory(events, eps);
  assert.equal(says(0.05), "Noise up to ε 0.100, where it becomes a border point of a cluster of 1.");
  assert.equal(says(0.15), "A border point since ε 0.100. At ε 0.200 the point becomes a core point.");
  assert.equal(says(0.205), "A core point since ε 0.200. At ε 0.210 it grows to 30 core points and counts.");
  assert.equal(says(0.21), "Formed at ε 0.210. At ε 0.840 it merges with a cluster of 312.");
  assert.equal(says(1), "Merged with a cluster of 312 at ε 0.840. At ε 1.50 it merges with 2 clusters.");
  assert.equal(says(9), "Merged with 2 clusters at ε 1.50.");
  assert.equal(describeHistory([], 1), "Noise at every ε.");
});

test("the lane of a history lies on the track's axis", () => {
  const spans = [
    { low: 0.1, high: 1, representative: -1, merges: false }, { low: 1, high: 10, representative: 4, merges: false },
    { low: 10, high: 10, representative: 2, merges: true }];
  const { context, calls } = recorder();
  paintHistory(context, 500, 20, 8, spans, 0.1, 10, (leader) => `colour ${leader}`, "ink");
  const middle = epsToX(Math.log(1), Math.log(0.1), Math.log(10), 500);
  assert.deepEqual(calls.map(({ fill }) => fill), ["colour -1", "colour 4", "colour 2", "ink"]);
  assert.deepEqual(calls[1].given, [middle, 20, 489 - middle, 8]);
  assert.ok(calls[0].given[3] < 8 && Math.abs(calls[3].given[0] - 489) <= 1);
});
