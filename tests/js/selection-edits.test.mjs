// Laws of selection edits: links reopen exactly, polygons against brute force, order of replay.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  appendEdit, applyEdit, countMask, decodeEdits, encodeEdits, MAX_EDITS, NOISE_REPRESENTATIVE, pointsInPolygon,
  replayEdits, simplifyPolygon, SMALL_REPRESENTATIVE,
} from "../../vaegc/web/stage/selection-edits.js";
import { seededRandom } from "./pack.mjs";

const boxArea = (left, bottom, right, top) => Uint16Array.from([left, bottom, right, bottom, right, top, left, top],
  (value) => Math.min(65535, Math.max(0, value)));

const N = 70000;
const FRAMES = 31;

function randomEdit(random) {
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

const randomEdits = (random) => Array.from({ length: 1 + Math.floor(random() * MAX_EDITS) }, () => randomEdit(random));

test("a thousand lists of edits survive the link exactly, in letters that a link may hold", () => {
  const random = seededRandom(11);
  for (let round = 0; round < 1000; round++) {
    const edits = randomEdits(random);
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
    const text = encodeEdits(randomEdits(random));
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
