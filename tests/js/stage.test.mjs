// Laws of the stage's pure parts, on small cases whose answer is known by brute force.

import assert from "node:assert/strict";
import { test } from "node:test";
import { epsToX } from "../../vaegc/web/common/axis.js";
import { formatEps } from "../../vaegc/web/common/format.js";
import { advanceAnimation } from "../../vaegc/web/stage/animation.js";
import { cutTree, sweepCurve } from "../../vaegc/web/stage/cut.js";
import { describeState } from "../../vaegc/web/stage/describe.js";
import { buildGrid, nearestPoint } from "../../vaegc/web/stage/hover.js";
import { parseScene, readVersion } from "../../vaegc/web/stage/scene.js";
import { matchedCount, scoreLabels } from "../../vaegc/web/stage/scores.js";
import { buildTree, distance, makeScene, seededRandom } from "./pack.mjs";

function cloud(random, n, dimensions, kind) {
  return Array.from({ length: n }, () => Array.from({ length: dimensions }, () => {
    const value = random() * 4;
    return kind === "rounded" ? Math.round(value) : kind === "gathered" ? Math.round(value) + 1e-6 * random() : value;
  }));
}

/** DBSCAN from its definition. */
function oracle(points, eps, minSamples) {
  const n = points.length;
  const near = points.map((p) => points.flatMap((q, j) => (distance(p, q) <= eps ? [j] : [])));
  const isCore = near.map((list) => list.length >= minSamples);
  const labels = new Array(n).fill(-1);
  let count = 0;
  for (let i = 0; i < n; i++) {
    if (!isCore[i] || labels[i] >= 0) continue;
    const queue = [i];
    labels[i] = count;
    while (queue.length) {
      for (const j of near[queue.pop()]) {
        if (isCore[j] && labels[j] < 0) {
          labels[j] = count;
          queue.push(j);
        }
      }
    }
    count++;
  }
  const noise = points.filter((_, i) => !isCore[i] && !near[i].some((j) => isCore[j])).length;
  return { labels, isCore, count, noise };
}

test("the cut is DBSCAN between the events: core labels, clusters, noise, and borders beside a core point of theirs", () => {
  const random = seededRandom(1);
  for (let round = 0; round < 120; round++) {
    const n = 1 + Math.floor(random() * 40);
    const minSamples = 1 + Math.floor(random() * 6);
    const points = cloud(random, n, 1 + (round % 3), ["free", "rounded", "gathered"][round % 3]);
    const tree = buildTree(points, minSamples);
    const events = [...tree.core, ...tree.border, ...tree.w].filter(Number.isFinite).sort((a, b) => a - b);
    const rank = Uint32Array.from({ length: n }, (_, i) => (i * 7919) % n);
    for (let e = 0; e + 1 < events.length; e += 3) {
      if (events[e + 1] - events[e] < 1e-9) continue;
      const eps = (events[e] + events[e + 1]) / 2;
      const truth = oracle(points, eps, minSamples);
      const cut = cutTree(tree, eps, rank, 3);
      assert.equal(cut.nClusters, truth.count);
      assert.equal(Math.round(cut.noise * n), truth.noise);
      truth.labels.forEach((label, i) => {
        if (truth.isCore[i]) assert.equal(cut.labels[i], label);
        else if (cut.labels[i] >= 0) {
          assert.ok(points.some((q, j) => truth.isCore[j] && cut.labels[j] === cut.labels[i] && distance(points[i], q) <= eps));
        }
      });
      const sizes = Array.from({ length: truth.count }, (_, c) => truth.labels.filter((l, i) => l === c && truth.isCore[i]).length);
      assert.equal(cut.nCounted, sizes.filter((size) => size >= 3).length);
      cut.representatives.forEach((point, c) => {
        const members = [...Array(n).keys()].filter((i) => truth.isCore[i] && truth.labels[i] === c);
        assert.ok(members.includes(point) && members.every((i) => rank[point] <= rank[i]));
      });
    }
  }
});

test("every sample of the curve says what a cut there says", () => {
  const random = seededRandom(2);
  for (const minSamples of [1, 2, 5]) {
    const tree = buildTree(cloud(random, 60, 2, "free"), minSamples);
    const rank = new Uint32Array(60);
    const curve = sweepCurve(tree, 0.05, 3, 4, 97);
    curve.eps.forEach((eps, s) => {
      const cut = cutTree(tree, eps, rank, 4);
      assert.equal(curve.clusters[s], cut.nClusters);
      assert.equal(curve.counted[s], cut.nCounted);
      assert.ok(Math.abs(curve.noise[s] - cut.noise) < 1e-12);
    });
    assert.equal(curve.maxCounted, Math.max(...curve.counted));
  }
});

test("one matching of clusters to classes is the best of all permutations", () => {
  const random = seededRandom(3);
  const best = (table, rows, columns, row = 0, used = 0) => {
    if (row === rows) return 0;
    let most = best(table, rows, columns, row + 1, used);
    for (let c = 0; c < columns; c++) {
      if (!(used & (1 << c))) most = Math.max(most, table[row * columns + c] + best(table, rows, columns, row + 1, used | (1 << c)));
    }
    return most;
  };
  for (let round = 0; round < 80; round++) {
    const rows = Math.floor(random() * 6);
    const columns = 1 + Math.floor(random() * 5);
    const table = Array.from({ length: rows * columns }, () => Math.floor(random() * 9));
    assert.equal(matchedCount(table, rows, columns), best(table, rows, columns));
  }
});

test("scores of cases computed by hand", () => {
  const score = (labels, classes) => scoreLabels(Int32Array.from(labels), Math.max(-1, ...labels) + 1, Int32Array.from(classes), Math.max(...classes) + 1);
  const perfect = score([1, 1, 0, 0], [0, 0, 1, 1]);
  assert.deepEqual([perfect.acc, perfect.ari, perfect.purity], [1, 1, 1]);
  assert.ok(Math.abs(perfect.nmi - 1) < 1e-12);
  const noisy = score([1, 1, 0, -1], [0, 0, 1, 1]);
  assert.deepEqual([noisy.acc, noisy.purity], [0.75, 0.75]);
  // H(classes) = ln 2, H(groups) = 1.5 ln 2, I = ln 2.
  assert.ok(Math.abs(noisy.nmi - 1 / 1.25) < 1e-12);
  assert.equal(score([-1, -1], [0, 1]).acc, 0);
  assert.equal(score([0, 0, 0], [0, 0, 0]).nmi, 1);
});

test("a scene without a single core point is all noise at every radius", () => {
  const scene = parseScene(makeScene([[[0, 0], [1, 1], [0.5, 0]]], 5, [0, 1, 0]));
  assert.equal(scene.header.eps, null);
  const cut = cutTree(scene.trees[0], 1e300, scene.rank, 1);
  assert.deepEqual([...cut.labels], [-1, -1, -1]);
});

test("one point is one cluster or noise", () => {
  for (const [minSamples, label] of [[1, 0], [2, -1]]) {
    const scene = parseScene(makeScene([[[0.5, 0.5]]], minSamples));
    assert.deepEqual([...cutTree(scene.trees[0], 1, scene.rank, 1).labels], [label]);
  }
});

test("bytes that are no scene are refused in one sentence, wherever they begin", () => {
  const whole = makeScene([[[0, 0], [1, 1]]], 1);
  const shifted = new Uint8Array(whole.length + 3).fill(7);
  shifted.set(whole, 3);
  assert.equal(parseScene(shifted.subarray(3)).n, 2);
  assert.equal(readVersion(whole), "test");
  const otherFormat = makeScene([[[0, 0], [1, 1]]], 1, null, { format: 1 });
  for (const bytes of [undefined, null, new Uint8Array(0), new Uint8Array(40).fill(255), whole.slice(0, 60), whole.slice(0, -9), otherFormat]) {
    assert.throws(() => parseScene(bytes), (error) => error instanceof Error && /^[A-Z].*\.$/.test(error.message));
  }
});

test("a tree that names a missing point is refused, since it would never end", () => {
  const bytes = makeScene([[[0, 0], [1, 1], [2, 2]]], 1);
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const { arrays } = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  new Uint32Array(bytes.buffer, Math.ceil((4 + length) / 8) * 8 + arrays.tree_u.offset, 1)[0] = 99;
  assert.throws(() => parseScene(bytes), /does not exist/);
});

test("the film only goes forward, ends at the last step, and is not swallowed by a pause", () => {
  const steps = [0, 1, 2, 3, 4, 5];
  let position = 0;
  for (let k = 0; k < 200 && position < 5; k++) {
    const next = advanceAnimation(position, 1 / 60, 1, steps);
    assert.ok(next > position);
    position = next;
  }
  assert.equal(position, 5);
  assert.ok(advanceAnimation(0, 60, 1, steps) < 2);
  const long = Array.from({ length: 31 }, (_, k) => k);
  const pictures = (speed) => {
    let [count, at] = [0, 0];
    while (at < 30) [count, at] = [count + 1, advanceAnimation(at, 1 / 60, speed, long)];
    return count;
  };
  assert.ok(Math.abs(pictures(1) / pictures(4) - 4) < 0.3);
});

test("the point under the hand is the nearest one within reach", () => {
  const random = seededRandom(4);
  const n = 300;
  const xs = Float32Array.from({ length: n }, () => random() * 400);
  const ys = Float32Array.from({ length: n }, () => random() * 300);
  const grid = buildGrid(xs, ys, 400, 300, 12);
  const rank = Uint32Array.from({ length: n }, (_, i) => i);
  for (let k = 0; k < 200; k++) {
    const x = random() * 400;
    const y = random() * 300;
    const gaps = Array.from(xs, (_, i) => Math.hypot(xs[i] - x, ys[i] - y));
    const nearest = gaps.indexOf(Math.min(...gaps));
    assert.equal(nearestPoint(grid, xs, ys, x, y, 12, rank), gaps[nearest] <= 12 ? nearest : -1);
  }
});

test("the slider and the track share their ends", () => {
  assert.ok(epsToX(Math.log(1), Math.log(1), Math.log(10), 500) < epsToX(Math.log(10), Math.log(1), Math.log(10), 500));
  assert.equal(formatEps(0.109312), "0.109");
  assert.equal(formatEps(0), (0).toPrecision(3));
});

test("the spoken sentence holds the numbers", () => {
  const scene = parseScene(makeScene([[[0, 0], [0.1, 0], [1, 1]], [[0, 0], [0.1, 0], [1, 1]]], 1, [0, 0, 1]));
  const cut = cutTree(scene.trees[1], 0.2, scene.rank, 2);
  const scores = scoreLabels(cut.labels, cut.nClusters, scene.classes, scene.classCount);
  assert.equal(
    describeState(scene, { frame: 1, eps: 0.2, cut, scores }),
    "Step 1 of 1, ε 0.200: 1 cluster, 1 small, noise 0.0 %, accuracy 1.00",
  );
});
