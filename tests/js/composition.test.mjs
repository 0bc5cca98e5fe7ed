// Laws of what is in a selection: sums, members, sentences, tables and files.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  clusterRows, composition, describeComposition, meanPicture, memberTable, pointOrder, toCsv, typicalAndAtypical,
} from "../../vaegc/web/stage/composition.js";
import { cutTree } from "../../vaegc/web/stage/cut.js";
import { spritePixels } from "../../vaegc/web/stage/hover.js";
import { parseScene } from "../../vaegc/web/stage/scene.js";
import { clusterMembers, countMask, editMembers, NOISE_REPRESENTATIVE, SMALL_REPRESENTATIVE } from "../../vaegc/web/stage/selection-edits.js";
import { makeScene, seededRandom } from "./pack.mjs";

function heaps(options = {}) {
  const points = [];
  const labels = [];
  [[12, 0.1], [8, 0.5], [2, 0.9]].forEach(([count, x], heap) => {
    for (let k = 0; k < count; k++) {
      points.push([x + 0.003 * (k % 3), 0.3 + 0.003 * k]);
      labels.push([3, 7, 8][k < count - 2 || heap === 2 ? heap : 2]);
    }
  });
  points.push([0.7, 0.95]);
  labels.push(8);
  const scene = parseScene(makeScene([points], 2, labels, { class_names: Array.from({ length: 9 }, (_, c) => `kind ${c}`), ...options }));
  const cut = cutTree(scene.trees[0], 0.05, scene.rank, scene.header.min_size);
  return { scene: { ...scene, logDensity: Float32Array.from({ length: scene.n }, (_, i) => -((i * 7) % scene.n)) }, cut };
}

test("parts of a composition add up and are sorted", () => {
  const { scene, cut } = heaps();
  assert.equal(cut.nClusters, 3);
  const random = seededRandom(17);
  for (let round = 0; round < 50; round++) {
    const mask = Uint8Array.from({ length: scene.n }, () => (random() < 0.4 ? 1 : 0));
    mask[0] = 1;
    const comp = composition(scene, cut, mask);
    for (const parts of [comp.classes, comp.clusters]) {
      assert.equal(parts.reduce((sum, part) => sum + part.count, 0), comp.count);
      assert.ok(Math.abs(parts.reduce((sum, part) => sum + part.share, 0) - 1) < 1e-12);
      parts.forEach((part, k) => assert.ok(k === 0 || part.count <= parts[k - 1].count));
    }
    assert.equal(comp.count, countMask(mask));
    assert.equal(comp.purity, comp.classes[0].share);
  }
  const none = composition(scene, cut, new Uint8Array(scene.n));
  assert.deepEqual([none.count, none.classes, none.clusters, none.purity, none.purityText], [0, [], [], null, ""]);
  assert.deepEqual(composition(scene, null, new Uint8Array(scene.n).fill(1)).clusters, []);
});

test("members of a cluster, of the noise, of small clusters and of a point", () => {
  const { scene, cut } = heaps();
  const count = (representative) => countMask(clusterMembers(cut, representative, 3, scene.n));
  assert.deepEqual([count(cut.representatives[0]), count(cut.representatives[1]), count(NOISE_REPRESENTATIVE), count(SMALL_REPRESENTATIVE)], [12, 8, 1, 2]);
  // The stray point stands for no cluster, and so for nothing.
  assert.equal(count(22), 0);
  assert.equal(countMask(clusterMembers(null, 0, 3, scene.n)), 0);
  const seen = [];
  const sources = { minSize: 3, flat: () => ({ us: scene.frames, vs: scene.frames }), cutAt: (...asked) => { seen.push(asked); return cut; } };
  const edit = { op: "set", kind: "cluster", frame: 0, eps: 0.05, representative: 0, policy: "nearest" };
  assert.equal(countMask(editMembers(edit, scene.n, sources)), 12);
  assert.deepEqual(seen, [[0, 0.05, "nearest"]]);
  assert.deepEqual([...editMembers({ op: "set", kind: "point", point: 4 }, 6, sources)], [0, 0, 0, 0, 1, 0]);
});

test("one row a counted cluster, largest first, then the small ones and the noise", () => {
  const { scene, cut } = heaps();
  const rows = clusterRows(scene, cut, { frame: 0 });
  assert.deepEqual(rows.map((row) => [row.kind, row.size, row.representative]),
    [["cluster", 12, cut.representatives[0]], ["cluster", 8, cut.representatives[1]], ["small", 2, SMALL_REPRESENTATIVE], ["noise", 1, NOISE_REPRESENTATIVE]]);
  assert.equal(rows.reduce((sum, row) => sum + row.size, 0), scene.n);
  assert.deepEqual(rows.map((row) => row.majority), ["kind 3", "kind 7", "kind 8", "kind 8"]);
  assert.equal(rows[0].majorityShare, 10 / 12);
  const mean = scene.logDensity.slice(0, 12).reduce((sum, value) => sum + value, 0) / 12;
  assert.ok(Math.abs(rows[0].meanLogDensity - mean) < 1e-9);
  assert.deepEqual(clusterRows(scene, null, { frame: 0 }), []);
});

test("what is this, in words", () => {
  const { scene, cut } = heaps();
  const say = (mask, title) => describeComposition(scene, composition(scene, cut, mask), title);
  const of = (...points) => Uint8Array.from({ length: scene.n }, (_, i) => (points.includes(i) ? 1 : 0));
  assert.equal(say(clusterMembers(cut, 0, 3, scene.n)), "Cluster 1: 12 points (52.2 %). Mostly kind 3 (83 %), then kind 8 (17 %).");
  assert.equal(say(of(22)), "Noise: 1 point (4.3 %). True class: kind 8.");
  assert.equal(say(of(0, 1, 2, 12, 22)), "5 points: 60 % in cluster 1, 20 % in cluster 2, 20 % noise. True classes: kind 3 (60 %), kind 7 (20 %), kind 8 (20 %).");
  assert.equal(say(of(0, 1)), "2 points: all in cluster 1. All are kind 3.");
  assert.equal(say(of(0, 1), "Lasso"), "Lasso: 2 points (8.7 %). All in cluster 1. All are kind 3.");
  assert.equal(say(of()), "No points.");
  assert.equal(describeComposition(scene, composition({ ...scene, labels: null, classes: null, classCount: 0 }, null, of(0, 1))), "2 points (8.7 %).");
});

test("typical and atypical members are the extremes of the density, never the same point", () => {
  const random = seededRandom(18);
  const { scene } = heaps();
  for (let round = 0; round < 60; round++) {
    const mask = Uint8Array.from({ length: scene.n }, () => (random() < round / 60 ? 1 : 0));
    const members = [...mask.keys()].filter((i) => mask[i]).sort((a, b) => scene.logDensity[b] - scene.logDensity[a]);
    const { typical, atypical } = typicalAndAtypical(scene, mask, 0, 6);
    assert.deepEqual(typical, members.slice(0, Math.min(6, Math.ceil(members.length / 2))));
    assert.deepEqual(atypical, members.slice(typical.length).reverse().slice(0, 6));
  }
  const ranked = typicalAndAtypical({ ...scene, logDensity: null }, new Uint8Array(scene.n).fill(1));
  assert.deepEqual([ranked.typical[0], ranked.atypical[0]], [22, 0]);
});

test("the mean of one picture is that picture, in light and dark, grey and colour", () => {
  const random = seededRandom(19);
  for (const channels of [1, 3]) {
    const sprites = Uint8Array.from({ length: 4 * 6 * channels }, () => Math.floor(random() * 256));
    const scene = { n: 4, sprites, header: { sprites: { width: 3, height: 2, channels, invert: channels === 1 } } };
    for (const dark of [false, true]) {
      assert.deepEqual(meanPicture(scene, Uint8Array.of(0, 0, 1, 0), dark), spritePixels(scene, 2, dark));
      const [a, b] = [spritePixels(scene, 0, dark), spritePixels(scene, 3, dark)];
      meanPicture(scene, Uint8Array.of(1, 0, 0, 1), dark).forEach((value, k) => assert.ok(Math.abs(value - (a[k] + b[k]) / 2) <= 0.5));
    }
    assert.equal(meanPicture(scene, new Uint8Array(4)), null);
    assert.equal(meanPicture({ ...scene, sprites: null }, Uint8Array.of(1, 1, 1, 1)), null);
  }
});

test("points are listed by cluster, then by id, the noise last", () => {
  const { scene, cut } = heaps();
  const ids = Int32Array.from({ length: scene.n }, (_, i) => (i * 5) % scene.n);
  for (const given of [scene, { ...scene, ids }]) {
    const order = [...pointOrder(given, cut, null)];
    const key = (i) => [cut.labels[i] < 0 ? Infinity : cut.labels[i], given.ids?.[i] ?? i];
    const sorted = [...Array(scene.n).keys()].sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      return x[0] === y[0] ? x[1] - y[1] : x[0] - y[0];
    });
    assert.deepEqual(order, sorted);
  }
  assert.deepEqual([...pointOrder(scene, null, Uint8Array.from({ length: scene.n }, (_, i) => i % 11 === 0))], [0, 11, 22]);
});

test("the exported table names its columns and holds the members, or all points with the members marked", () => {
  const { scene, cut } = heaps();
  const mask = Uint8Array.from({ length: scene.n }, (_, i) => (i === 12 || i === 22 ? 1 : 0));
  const ids = Int32Array.from({ length: scene.n }, (_, i) => 1000 + i);
  const rows = memberTable({ ...scene, ids }, cut, mask, 0, new Float32Array(scene.n).fill(0.1));
  assert.deepEqual(rows, [
    ["id", "point", "cluster", "class", "log_density", "distance_travelled", "selected"],
    [1012, 12, 2, "kind 7", scene.logDensity[12], 0.100000001, 1],
    [1022, 22, "noise", "kind 8", scene.logDensity[22], 0.100000001, 1],
  ]);
  assert.equal(Math.fround(rows[1][5]), Math.fround(0.1));
  const all = memberTable(scene, cut, mask, 0, null, true);
  assert.equal(all.length, scene.n + 1);
  assert.equal(all.slice(1).reduce((sum, row) => sum + row.at(-1), 0), 2);
  const plain = { ...scene, labels: null, logDensity: null };
  assert.deepEqual(memberTable(plain, null, mask, 0)[0], ["id", "point", "selected"]);
});

test("a CSV quotes what must be quoted and starts no formula", () => {
  assert.equal(toCsv([["a", "b,c", 'd "e"', "f\ng"], [1, -2.5, NaN, "4"]]), 'a,"b,c","d ""e""","f\ng"\r\n1,-2.5,,4\r\n');
  for (const text of ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", " =1", "＝1"]) assert.equal(toCsv([[text]]).startsWith(`'${text}`), true);
  assert.equal(toCsv([["\r=1,2"]]), "\"'\r=1,2\"\r\n");
  for (const text of ["-1", "+2.5", "a=b", "noise", "ö 漢"]) assert.equal(toCsv([[text]]), `${text}\r\n`);
});
