// Laws of selections and of what is said about them: links reopen exactly, polygons against brute force, sums, files.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  clusterRows, composition, describeComposition, meanPicture, memberTable, pointOrder, toCsv, typicalAndAtypical,
} from "../../vaegc/web/stage/composition.js";
import { cutTree } from "../../vaegc/web/stage/cut.js";
import { spritePixels } from "../../vaegc/web/stage/hover.js";
import { parseScene } from "../../vaegc/web/stage/scene.js";
import {
  appendEdit, applyEdit, clusterMembers, countMask, decodeEdits, editMembers, encodeEdits, MAX_EDITS,
  NOISE_REPRESENTATIVE, pointsInPolygon, replayEdits, simplifyPolygon, SMALL_REPRESENTATIVE,
} from "../../vaegc/web/stage/selection-edits.js";
import { makeScene, seededRandom } from "./pack.mjs";

const boxArea = (left, bottom, right, top) => Uint16Array.from([left, bottom, right, bottom, right, top, left, top],
  (value) => Math.min(65535, Math.max(0, value)));

const N = 70000;
const FRAMES = 31;

function randomAct(random) {
  const whole = (most) => Math.floor(random() * most);
  const op = ["set", "add", "cut"][whole(3)];
  const kind = ["area", "cluster", "point"][whole(3)];
  if (kind === "point") return { op, kind, point: whole(N) };
  const frame = whole(FRAMES);
  if (kind === "cluster") {
    const policy = [undefined, "wrong", "ignore", "nearest"][whole(4)];
    return { op, kind, frame, eps: Math.exp(20 * random() - 10), representative: whole(N + 2) - 2, ...(policy ? { policy } : {}) };
  }
  const turn = random() < 0.5 ? { yaw: 7 * random() - 3, pitch: random() - 0.5 } : null;
  return { op, kind, frame, turn, corners: Uint16Array.from({ length: 2 * (3 + whole(58)) }, () => whole(65536)) };
}

const randomActs = (random) => Array.from({ length: 1 + Math.floor(random() * MAX_EDITS) }, () => randomAct(random));

test("a thousand lists of edits survive the link exactly, in letters that a link may hold", () => {
  const random = seededRandom(11);
  for (let round = 0; round < 1000; round++) {
    const edits = randomActs(random);
    const text = encodeEdits(edits);
    assert.match(text, /^[A-Za-z0-9_.-]+$/);
    assert.deepEqual(decodeEdits(text, N, FRAMES), edits);
  }
  assert.equal(encodeEdits([]), "");
  assert.deepEqual(decodeEdits("", N, FRAMES), []);
  const tiny = [{ op: "set", kind: "cluster", frame: 0, eps: 0.1 + 0.2, representative: 0 }];
  assert.equal(decodeEdits(encodeEdits(tiny), N, FRAMES)[0].eps, 0.1 + 0.2);
});

test("a damaged link selects nothing and never throws", () => {
  const random = seededRandom(12);
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. %é\u0000";
  let wrong = 0;
  for (let round = 0; round < 2000; round++) {
    const text = encodeEdits(randomActs(random));
    const at = Math.floor(random() * text.length);
    const letter = letters[Math.floor(random() * letters.length)];
    const damaged = [text.slice(0, at), text.slice(0, at) + letter + text.slice(at + 1), text.slice(0, at) + letter + text.slice(at),
      text.slice(at), text + letter, text.split("").reverse().join("")][round % 6];
    if (damaged === text || damaged === "") continue;
    if (decodeEdits(damaged, N, FRAMES) !== null) wrong++;
  }
  // Sixteen bits of checksum let one in 65,536 through.
  assert.ok(wrong <= 1, `${wrong} damaged links were read`);
  for (const strange of [null, undefined, 7, {}, [], "A", "AAAA", "!", "A".repeat(1e6)]) assert.equal(decodeEdits(strange, N, FRAMES), null);
});

test("numbers that this scene does not have are refused", () => {
  const cluster = { op: "set", kind: "cluster", frame: 3, eps: 1, representative: 9 };
  const fits = (edit, n = 10, frames = 4) => decodeEdits(encodeEdits([edit]), n, frames) !== null;
  assert.ok(fits(cluster));
  assert.ok(!fits(cluster, 9));
  assert.ok(!fits(cluster, 10, 3));
  for (const eps of [0, -1, NaN, Infinity]) assert.ok(!fits({ ...cluster, eps }));
  assert.ok(fits({ op: "add", kind: "point", point: 9 }) && !fits({ op: "add", kind: "point", point: 10 }));
  assert.ok(fits({ ...cluster, representative: SMALL_REPRESENTATIVE }) && fits({ ...cluster, representative: NOISE_REPRESENTATIVE }));
  const area = { op: "set", kind: "area", frame: 0, turn: null, corners: Uint16Array.of(0, 0, 9, 0, 9, 9) };
  assert.ok(fits(area));
  assert.ok(!fits({ ...area, corners: area.corners.slice(0, 4) }));
  assert.ok(!fits({ ...area, turn: { yaw: NaN, pitch: 0 } }));
  assert.equal(decodeEdits(encodeEdits(Array(MAX_EDITS + 1).fill(cluster)), 10, 4), null);
});

function evenOdd(u, v, corners) {
  let inside = false;
  const count = corners.length / 2;
  for (let k = 0; k < count; k++) {
    const [ax, ay, bx, by] = [0, 1, 2, 3].map((j) => corners[(2 * k + j) % corners.length]);
    if ((ay > v) !== (by > v) && u < ax + ((v - ay) * (bx - ax)) / (by - ay)) inside = !inside;
  }
  return inside ? 1 : 0;
}

test("points inside a polygon are those of the even-odd rule, crossing sides included", () => {
  const random = seededRandom(13);
  for (let round = 0; round < 200; round++) {
    const side = round % 2 ? 65000 : 200;
    const corners = Uint16Array.from({ length: 2 * (3 + Math.floor(random() * 58)) }, () => 1 + Math.floor(random() * side));
    const us = Uint16Array.from({ length: 500 }, () => random() * (side + 500));
    const vs = Uint16Array.from({ length: 500 }, () => random() * (side + 500));
    const mask = pointsInPolygon(us, vs, corners, new Uint8Array(500));
    mask.forEach((value, i) => {
      // Exactly on a side either answer is fair; the brute force divides and may round.
      const onSide = evenOdd(us[i] + 1e-6, vs[i], corners) !== evenOdd(us[i] - 1e-6, vs[i], corners);
      if (!onSide) assert.equal(value, evenOdd(us[i], vs[i], corners));
    });
  }
});

test("neighbouring areas share no point and lose none, and the outermost points can be chosen", () => {
  const random = seededRandom(14);
  const us = Uint16Array.from({ length: 3000 }, () => [0, 65535, 30000, random() * 65536][Math.floor(random() * 4)]);
  const vs = Uint16Array.from({ length: 3000 }, () => [0, 65535, 30000, random() * 65536][Math.floor(random() * 4)]);
  const inside = (box) => pointsInPolygon(us, vs, box, new Uint8Array(3000));
  const [left, right] = [inside(boxArea(0, 0, 30000, 65535)), inside(boxArea(30000, -50, 99999, 70000))];
  left.forEach((value, i) => assert.equal(value + right[i], 1));
  assert.equal(countMask(inside(boxArea(5, 5, 5, 900))), 0);
  assert.equal(countMask(inside(new Uint16Array(0))), 0);
});

test("a lasso of 60 corners among 70,000 points holds the points that all its sides say", () => {
  const random = seededRandom(15);
  const us = Float32Array.from({ length: N }, () => random() * 65535);
  const vs = Float32Array.from({ length: N }, () => random() * 65535);
  const corners = Uint16Array.from({ length: 120 }, (_, k) => {
    const angle = (2 * Math.PI * (k >> 1)) / 60;
    return 32000 + (15000 + 12000 * random()) * (k % 2 ? Math.sin(angle) : Math.cos(angle));
  });
  const mask = pointsInPolygon(us, vs, corners, new Uint8Array(N));
  const wrong = mask.reduce((many, value, i) => many + Number(value !== evenOdd(us[i], vs[i], corners)), 0);
  assert.equal(wrong, 0);
  assert.ok(countMask(mask) > N / 10);
});

function enclosed(corners) {
  let twice = 0;
  for (let k = 0; k < corners.length; k += 2) {
    const next = (k + 2) % corners.length;
    twice += corners[k] * corners[next + 1] - corners[next] * corners[k + 1];
  }
  return Math.abs(twice) / 2;
}

test("a simplified lasso has few corners and encloses nearly the same", () => {
  const random = seededRandom(16);
  for (let round = 0; round < 60; round++) {
    const count = [40, 300, 4000][round % 3];
    const size = [40, 3000, 25000][Math.floor(round / 3) % 3];
    const [first, second] = [random() * 6, random() * 6];
    const lasso = new Float32Array(2 * count);
    for (let k = 0; k < count; k++) {
      const angle = (2 * Math.PI * k) / count;
      const radius = size * (1 + 0.25 * Math.sin(3 * angle + first) + 0.05 * Math.sin(9 * angle + second) + 0.01 * random());
      lasso.set([32000 + radius * Math.cos(angle), 32000 + radius * Math.sin(angle)], 2 * k);
    }
    const kept = simplifyPolygon(lasso);
    assert.ok(kept.length >= 6 && kept.length <= 120);
    assert.ok(Math.abs(enclosed(kept) / enclosed(lasso) - 1) < 0.02, `${enclosed(kept)} instead of ${enclosed(lasso)}`);
  }
});

test("a lasso beyond the picture is clipped, one without an inside is empty", () => {
  const hand = [-20000, 10000, 30000, -40000, 90000, 30000, 30000, 90000];
  const kept = simplifyPolygon(Float32Array.from(hand));
  const [us, vs] = [[100, 30000, 65500, 3, 64000], [100, 30000, 65500, 65530, 33000]];
  const mask = pointsInPolygon(us, vs, kept, new Uint8Array(us.length));
  assert.deepEqual([...mask], us.map((u, i) => evenOdd(u, vs[i], hand)));
  for (const nothing of [[], [5, 5], [1, 1, 9, 9], [1, 1, 1, 1, 1, 1], [1, 1, 5, 5, 9, 9], [-9, -9, -1, -9, -5, -1], [NaN, 1, 2, NaN]]) {
    assert.equal(simplifyPolygon(Float32Array.from(nothing)).length, 0);
  }
});

test("edits are replayed in order: set, add and cut", () => {
  const chosen = { a: Uint8Array.of(1, 1, 0, 0, 0), b: Uint8Array.of(0, 1, 1, 0, 0), c: Uint8Array.of(0, 1, 0, 0, 1) };
  const members = (edit) => chosen[edit.name];
  const edits = [{ op: "set", name: "a" }, { op: "add", name: "b" }, { op: "cut", name: "c" }];
  assert.deepEqual([...replayEdits(edits, 5, members)], [1, 0, 1, 0, 0]);
  assert.deepEqual([...applyEdit(Uint8Array.of(1, 1, 1, 1, 1), edits[0], members)], [1, 1, 0, 0, 0]);
  assert.deepEqual(appendEdit(edits, { op: "set", name: "b" }), [{ op: "set", name: "b" }]);
  assert.equal(appendEdit(edits, { op: "add", name: "a" }).length, 4);
  assert.equal(appendEdit(Array(MAX_EDITS).fill(edits[0]), edits[1]), null);
});

// Three heaps of 12, 8 and 2 points and one stray point; classes 3, 7 and 8.
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
