// Laws of a watched training: points glide and arrive, curves break where they must, the pointer finds the nearest epoch.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBase64 } from "../../vaegc/web/common/base64.js";
import { formatLoss } from "../../vaegc/web/common/format.js";
import { curvePath, epochPosition, nearestEpoch } from "../../vaegc/web/training/curves.js";
import { easeInOut, fitScale, interpolate } from "../../vaegc/web/training/map.js";

test("points glide from where they were to where they are, and arrive exactly", () => {
  const from = { xy: Float32Array.of(0, 0, 2, -2), half: [1, 1] };
  const to = { xy: Float32Array.of(1, 0, 4, 2), half: [3, 2] };
  assert.deepEqual(interpolate(from, to, 0), from);
  assert.deepEqual(interpolate(from, to, 1), to);
  assert.deepEqual([...interpolate(from, to, 0.5).xy], [0.5, 0, 3, 0]);
  const steps = [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1].map(easeInOut);
  assert.deepEqual(steps, [...steps].sort((a, b) => a - b));
});

test("a map has one scale for both axes, and its whole frame is in the picture", () => {
  assert.equal(fitScale([2, 1], 400, 400), 100);
  assert.equal(fitScale([1, 2], 400, 400), 100);
  assert.equal(fitScale([1, 1], 400, 100), 50);
});

test("a curve is broken where a value is missing and where another phase begins", () => {
  const axis = { epochs: 5, starts: [] };
  const panel = { low: 0, high: 10 };
  assert.equal(curvePath([10, 5, 0], [1, 3, 5], panel, axis), "M0.0 0.00L500.0 50.00L1000.0 100.00");
  assert.equal(curvePath([10, null, 0], [1, 3, 5], panel, axis), "M0.0 0.00M1000.0 100.00");
  assert.equal(curvePath([10, 5, 0], [1, 3, 5], panel, { epochs: 5, starts: [3] }), "M0.0 0.00M500.0 50.00L1000.0 100.00");
  assert.equal(curvePath([1], [1], { low: 1, high: 1 }, { epochs: 1, starts: [] }), "M500.0 0.00");
});

test("the first planned epoch is at the left end and the last at the right, and a pointer reads the nearest drawn one", () => {
  assert.deepEqual([epochPosition(1, 11), epochPosition(6, 11), epochPosition(11, 11), epochPosition(1, 1)], [0, 0.5, 1, 0.5]);
  assert.equal(nearestEpoch([1, 4, 8], 11, 0), 0);
  assert.equal(nearestEpoch([1, 4, 8], 11, 0.44), 1);
  assert.equal(nearestEpoch([1, 4, 8], 11, 1), 2);
  assert.equal(nearestEpoch([], 11, 0.5), -1);
});

test("losses of every size are short, and below zero they have a minus sign", () => {
  assert.deepEqual([12345.6, 321.09, -34.567, 1, 0, 0.01234].map(formatLoss), ["12,346", "321.1", "−34.57", "1.00", "0.00", "0.012"]);
});

test("arrays come as base64", () => {
  assert.deepEqual([...new Float32Array(decodeBase64(Buffer.from(Float32Array.of(1.5, -2).buffer).toString("base64")))], [1.5, -2]);
});
