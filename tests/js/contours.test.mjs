// Laws of the density under the points: its integral, its contours, what each encloses.

import assert from "node:assert/strict";
import { test } from "node:test";
import { contourLevels, contourLines, densityContours, interpolateDensity, kernelDensity } from "../../vaegc/web/stage/contours.js";
import { seededRandom } from "./pack.mjs";

function flatScene(points, bounds) {
  const [left, bottom, right, top] = bounds;
  const frames = Uint16Array.from(points.flatMap(([x, y]) => [
    Math.round((65535 * (x - left)) / (right - left)), Math.round((65535 * (y - bottom)) / (top - bottom))]));
  return { n: points.length, dim: 2, frames, header: { bounds } };
}

function bumps(random, n) {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: n }, (_, i) => [20 + (i % 3) * 3 + 0.5 * normal(), -4 + (i % 2) * 2 + 0.4 * normal()]);
}

/** How often the rings go round a place, counter-clockwise. */
function turnsAround(lines, x, y) {
  let turns = 0;
  for (const line of lines) {
    for (let k = 0; k + 3 < line.length; k += 2) {
      const [ax, ay, bx, by] = line.subarray(k, k + 4);
      if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) turns += by > ay ? 1 : -1;
    }
  }
  return turns;
}

const isClosed = (line) => line[0] === line[line.length - 2] && line[1] === line[line.length - 1];
const area = (line) => {
  let sum = 0;
  for (let k = 0; k + 3 < line.length; k += 2) sum += line[k] * line[k + 3] - line[k + 2] * line[k + 1];
  return sum / 2;
};

test("the density under the points is one: over the whole field it sums to 1", () => {
  for (const bounds of [[15, -8, 30, 0], [15, -8, 95, 0], [18, -60, 28, 40]]) {
    const field = kernelDensity(flatScene(bumps(seededRandom(1), 900), bounds), 0);
    const cell = (field.box[2] - field.box[0]) / field.width;
    assert.ok(Math.abs((field.box[3] - field.box[1]) / field.height - cell) < 1e-9 * cell, "square cells");
    assert.equal(Math.max(field.width, field.height), 128);
    assert.equal(field.values.length, field.width * field.height);
    const total = field.values.reduce((sum, value) => sum + Math.exp(value) * cell * cell, 0);
    assert.ok(Math.abs(total - 1) < 0.02, String(total));
  }
});

test("one spot, one point and points on a line have a field without NaN, highest where they are", () => {
  const spots = [[[1, 1]], [[1, 1], [1, 1], [1, 1]], [[0, 1], [2, 1], [4, 1]]];
  for (const points of spots) {
    const scene = flatScene(points, [0, 0, 4, 2]);
    const field = kernelDensity(scene, 0);
    assert.ok(field.values.every(Number.isFinite));
    const [x, y] = points[0];
    assert.ok(interpolateDensity(field, x, y) > interpolateDensity(field, x, y + 0.5));
    for (const { lines } of densityContours(field, scene, 0)) {
      assert.ok(lines.every((line) => isClosed(line) && line.every(Number.isFinite)));
    }
  }
  assert.equal(kernelDensity({ ...flatScene([[0, 0]], [0, 0, 1, 1]), dim: 3 }, 0), null);
});

test("each contour encloses the share of the points that it states", () => {
  const points = bumps(seededRandom(2), 2000);
  const scene = flatScene(points, [15, -8, 30, 0]);
  const field = kernelDensity(scene, 0);
  const levels = contourLevels(field, scene, 0);
  assert.deepEqual(levels.map(({ share }) => share), [0.95, 0.8, 0.6, 0.4, 0.2, 0.05]);
  const traces = densityContours(field, scene, 0);
  levels.forEach(({ share, level }, k) => {
    const inside = points.filter(([x, y]) => turnsAround(traces[k].lines, x, y) > 0).length / points.length;
    assert.ok(Math.abs(inside - share) < 0.02, `${inside} for ${share}`);
    assert.ok(k === 0 || level > levels[k - 1].level);
  });
});

test("equal levels are said once, and a level of -Infinity not at all", () => {
  const scene = flatScene([[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]], [0, 0, 1, 1]);
  assert.equal(contourLevels(kernelDensity(scene, 0), scene, 0).length, 1);
  const empty = { width: 3, height: 3, box: [0, 0, 1, 1], values: new Float32Array(9).fill(-Infinity) };
  assert.deepEqual(contourLevels(empty, scene, 0), []);
  assert.deepEqual(contourLines(empty, -Infinity), []);
  assert.deepEqual(contourLines(empty, 0), []);
});

test("rings part the cells at least as high as the level from the others, exactly", () => {
  const random = seededRandom(3);
  for (let round = 0; round < 300; round++) {
    const width = 1 + Math.floor(random() * 7);
    const height = 1 + Math.floor(random() * 7);
    const values = Float32Array.from({ length: width * height }, () => {
      const kind = random();
      return kind < 0.1 ? -Infinity : kind < 0.13 ? NaN : kind < 0.16 ? Infinity : 6 * random() - 3;
    });
    const field = { width, height, box: [10, 20, 10 + 2 * width, 20 + 3 * height], values };
    const level = 2 * random() - 1;
    const lines = contourLines(field, level);
    for (const line of lines) assert.ok(isClosed(line) && line.length >= 8 && line.every(Number.isFinite));
    for (let r = 0; r < height; r++) {
      for (let c = 0; c < width; c++) {
        // What is higher lies on the left of a line: once round a hill, and back again round a hollow in it.
        const turns = turnsAround(lines, 10 + 2 * (c + 0.5), 20 + 3 * (r + 0.5));
        assert.equal(turns, values[r * width + c] >= level ? 1 : 0, `${r} ${c} of ${[...values]}`);
      }
    }
  }
});

test("at a saddle the mean of the cell decides, and cells exactly at the level do no harm", () => {
  const saddle = (high, low) => ({ width: 2, height: 2, box: [0, 0, 2, 2], values: [high, low, low, high] });
  assert.equal(contourLines(saddle(3, -1), 0).length, 1);
  assert.equal(contourLines(saddle(1, -3), 0).length, 2);
  const ring = contourLines({ width: 3, height: 3, box: [0, 0, 3, 3], values: [-1, -1, -1, -1, 1, -1, -1, -1, -1] }, 0);
  assert.equal(ring.length, 1);
  assert.ok(Math.abs(area(ring[0]) - 0.5) < 1e-6 && area(ring[0]) > 0);
  const random = seededRandom(4);
  for (let round = 0; round < 100; round++) {
    const values = Array.from({ length: 36 }, () => Math.floor(random() * 4));
    const lines = contourLines({ width: 6, height: 6, box: [0, 0, 6, 6], values }, 2);
    for (const line of lines) assert.ok(isClosed(line) && line.every(Number.isFinite));
  }
});

test("a straight slope is crossed where it is", () => {
  const values = Array.from({ length: 30 }, (_, k) => k % 6);
  const [line] = contourLines({ width: 6, height: 5, box: [0, 0, 6, 5], values }, 2.25);
  const xs = [];
  for (let k = 0; k < line.length; k += 2) if (line[k + 1] > 1 && line[k + 1] < 4 && line[k] < 5.5) xs.push(line[k]);
  assert.ok(xs.length > 0 && xs.every((x) => Math.abs(x - 2.75) < 1e-5), String(xs));
});
