// Laws of the discs under gathered points: where they are, how many points they stand for, what they are made of.

import assert from "node:assert/strict";
import { test } from "node:test";
import { packPixel } from "../../vaegc/web/stage/draw.js";
import { clumpCompositions, findClumps, paintPie } from "../../vaegc/web/stage/overplotting.js";
import { seededRandom } from "./pack.mjs";

const PALETTE = { length: 3 };
const SIZES = { cell: 6, minCount: 10, unit: 2 };

function points(groups) {
  const random = seededRandom(2);
  const all = groups.flatMap(({ x, y, spread, entries }) => entries.map((entry) => [x + spread * (random() - 0.5), y + spread * (random() - 0.5), entry]));
  return { xs: Float32Array.from(all, (p) => p[0]), ys: Float32Array.from(all, (p) => p[1]), entries: Uint8Array.from(all, (p) => p[2]) };
}

const clumpsOf = ({ xs, ys, entries }, mask = null) => clumpCompositions(findClumps(xs, ys, mask, 300, 200, SIZES), { palette: PALETTE, entries });
const many = (count, entry) => Array(count).fill(entry);

test("gathered points are one clump with their number, place and composition; scattered ones are none", () => {
  const found = clumpsOf(points([
    { x: 60, y: 50, spread: 2, entries: [...many(30, 0), ...many(10, 2)] }, { x: 200, y: 120, spread: 3, entries: many(80, 1) },
    { x: 150, y: 100, spread: 190, entries: many(60, 0) }]));
  assert.equal(found.length, 2);
  const [large, small] = found.sort((a, b) => b.count - a.count);
  assert.ok(large.count >= 80 && large.count < 84 && Math.hypot(large.x - 200, large.y - 120) < 2 && large.shares[1] > 0.95);
  assert.ok(small.count >= 40 && small.count < 44 && Math.abs(small.shares[2] - 0.25) < 0.03);
  assert.ok(Math.abs(large.radius / small.radius - Math.sqrt(large.count / small.count)) < 1e-9);
});

test("a dense cloud is no clump: its points have not gathered", () => {
  assert.equal(clumpsOf(points([{ x: 150, y: 100, spread: 90, entries: many(5000, 0) }])).length, 0);
});

test("of a selection only its own points count, and points outside the picture never do", () => {
  const all = points([{ x: 60, y: 50, spread: 2, entries: [...many(30, 0), ...many(20, 1)] }, { x: -40, y: 50, spread: 2, entries: many(50, 2) }]);
  const [clump, ...others] = clumpsOf(all, all.entries.map((entry) => (entry === 1 ? 1 : 0)));
  assert.equal(others.length, 0);
  assert.deepEqual([clump.count, clump.shares[1]], [20, 1]);
});

test("a pie paints each colour over its share of the disc, clockwise from the top", () => {
  const pixels = new Uint32Array(120 * 120).fill(packPixel([0, 0, 0]));
  const palette = [[200, 0, 0], [0, 200, 0], [0, 0, 200]].map((colour) => ({ colour }));
  const shares = Float32Array.from([0.25, 0.5, 0.25]);
  paintPie(pixels, 120, 120, { x: 60, y: 60, radius: 40, count: 1, alpha: 1, shares }, palette, 1);
  const at = (x, y) => pixels[y * 120 + x];
  assert.deepEqual([at(75, 45), at(75, 75), at(45, 75), at(45, 45)], [[200, 0, 0], [0, 200, 0], [0, 200, 0], [0, 0, 200]].map(packPixel));
  assert.equal(at(60, 10), packPixel([0, 0, 0]));
});
