// Laws of what lies under and beside the points: contours, the (step, ε) picture, the history of one point's cluster.

import assert from "node:assert/strict";
import { test } from "node:test";
import { epsToX } from "../../vaegc/web/common/axis.js";
import { countColour, planePixels } from "../../vaegc/web/common/plane.js";
import { luminance } from "../../vaegc/web/common/theme.js";
import { contourLevels, contourLines, densityContours, interpolateDensity, kernelDensity } from "../../vaegc/web/stage/contours.js";
import { cutTree, sweepCurve } from "../../vaegc/web/stage/cut.js";
import { clusterHistory, describeHistory, paintHistory } from "../../vaegc/web/stage/history.js";
import {
  describePhaseDiagram, paintPhaseDiagram, phaseDiagramHeight, phaseDiagramLabels, phaseRow, pixelOfState, rowsOfFrames,
  stateAtPixel,
} from "../../vaegc/web/stage/phase-diagram.js";
import { buildTree, seededRandom } from "./pack.mjs";
import { DARK, LIGHT, recorder } from "./paper.mjs";

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

function heatScene(trees, frameCount, treeOfFrame = null) {
  const core = Float64Array.of(1, 1);
  return {
    frameCount, steps: Array.from({ length: frameCount }, (_, t) => 2 * t),
    treeOfFrame: treeOfFrame ?? Int32Array.from({ length: frameCount }, (_, t) => t),
    trees: trees.map((frame) => ({ frame, core })), header: { eps: { low: 0.1, high: 10 }, min_size: 2 },
  };
}
const rowOf = (counts, noise = 0) => ({ counted: Int32Array.from(counts), noise: Float64Array.from(counts, () => noise) });
const runs = (...pieces) => rowOf(pieces.flatMap(([count, length]) => new Array(length).fill(count)));

test("a row of the (step, ε) picture is the sweep curve of its tree", () => {
  const random = seededRandom(5);
  const tree = buildTree(Array.from({ length: 60 }, () => [random(), random()]), 4);
  const scene = { trees: [tree], header: { eps: { low: 0.01, high: 1 }, min_size: 3 } };
  const row = phaseRow(scene, 0, 50);
  const curve = sweepCurve(tree, 0.01, 1, 3, 50);
  assert.deepEqual([row.counted, row.noise], [curve.counted, curve.noise]);
  assert.equal(phaseRow({ trees: [tree], header: { eps: null, min_size: 3 } }, 0), null);
});

test("a click in the (step, ε) picture goes where the crosshair then is", () => {
  const scene = heatScene([0, 1, 2], 3);
  for (const eps of [0.1, 0.7, 10]) {
    for (let frame = 0; frame < 3; frame++) {
      const { x, y } = pixelOfState(scene, 500, 90, frame, eps);
      const place = stateAtPixel(scene, 500, 90, x, y);
      assert.equal(place.frame, frame);
      assert.ok(Math.abs(place.logEps - Math.log(eps)) < 1e-12);
    }
  }
  assert.deepEqual(stateAtPixel(scene, 500, 90, -50, -50), { frame: 0, logEps: Math.log(0.1) });
  const last = stateAtPixel(scene, 500, 90, 999, 90);
  assert.ok(last.frame === 2 && Math.abs(last.logEps - Math.log(10)) < 1e-12);
  for (const frames of [1, 11, 31, 500]) assert.ok(phaseDiagramHeight(heatScene([0], frames)) >= 64 && phaseDiagramHeight(heatScene([0], frames)) <= 140);
});

test("colours keep the order of the numbers in light and dark, and noise fades them", () => {
  for (const theme of [LIGHT, DARK]) {
    const gap = (count, noise = 0) => Math.abs(luminance(countColour(count, noise, theme)) - luminance(theme.panel));
    for (let count = 3; count <= 20; count++) assert.ok(gap(count) > gap(count - 1), `${count}`);
    assert.deepEqual(countColour(20, 0, theme), countColour(500, 0, theme));
    assert.deepEqual(countColour(0, 0, theme), countColour(1, 0, theme));
    const far = (a, b) => Math.max(...a.map((value, c) => Math.abs(value - b[c])));
    assert.ok(far(countColour(1, 0, theme), theme.panel) < 20);
    assert.ok(far(countColour(2, 0, theme), theme.panel) > 40);
    assert.ok(gap(12, 0.2) < 0.5 * gap(12, 0.1));
  }
});

test("a frame without a tree shows the nearest one's row, and a row not computed stays clear", () => {
  const scene = heatScene([0, 3], 4, Int32Array.of(0, 0, 1, 1));
  const { columns, pixels } = planePixels(rowsOfFrames(scene, [null, rowOf([2, 5, 9])]), LIGHT);
  assert.equal(columns, 3);
  const pixel = (frame, s) => [...pixels.slice((frame * 3 + s) * 4, (frame * 3 + s) * 4 + 4)];
  for (const frame of [0, 1]) assert.deepEqual(pixel(frame, 1), [0, 0, 0, 0]);
  for (const frame of [2, 3]) assert.deepEqual(pixel(frame, 1), [...countColour(5, 0, LIGHT), 255]);
});

test("a number is written once, in its longest stretch, where there is room and little noise", () => {
  const scene = heatScene([0, 1, 2, 3], 4);
  const wide = [[4, 60], [3, 20], [2, 20]];
  const rows = [runs([3, 100]), runs(...wide), runs(...wide), rowOf(new Array(100).fill(7), 0.5)];
  const numbers = phaseDiagramLabels(scene, rows, 400, 80);
  assert.deepEqual(numbers.map(({ count }) => count).sort(), [2, 3, 4]);
  const perSample = (400 - 22) / 99;
  const four = numbers.find(({ count }) => count === 4);
  assert.ok(Math.abs(four.x - (11 + 29.5 * perSample)) < 1e-9 && four.y === 40);
  assert.equal(numbers.find(({ count }) => count === 3).y, 10);
  assert.deepEqual(phaseDiagramLabels(scene, rows, 60, 80).map(({ count }) => count), [3]);
  assert.deepEqual(phaseDiagramLabels(scene, rows, 400, 12), []);
  assert.deepEqual(phaseDiagramLabels(scene, [], 400, 80), []);
});

test("the (step, ε) picture is painted under the track's axis, also with no row or no range", () => {
  globalThis.document = { createElement: () => ({ getContext: () => ({ putImageData() {} }) }) };
  globalThis.ImageData = class {};
  const scene = heatScene([0, 1, 2, 3], 4);
  const { context, calls } = recorder();
  paintPhaseDiagram(context, 400, 80, scene, [0, 1, 2, 3].map(() => runs([9, 50], [2, 50])), LIGHT);
  const [image] = calls.filter(({ name }) => name === "drawImage");
  assert.deepEqual(image.given.slice(1), [0.5, 0, 99, 4, 11, 0, 378, 80]);
  assert.deepEqual(calls.filter(({ name }) => name === "fillText").map(({ given }) => given[0]), ["start", "step 6", "9", "2"]);
  for (const [given, made] of [[scene, []], [{ ...scene, header: { eps: null } }, []]]) {
    const blank = recorder();
    paintPhaseDiagram(blank.context, 400, 80, given, made, DARK);
    assert.ok(blank.calls.every(({ name }) => name !== "drawImage"));
  }
  delete globalThis.document;
  delete globalThis.ImageData;
});

test("the (step, ε) picture in words", () => {
  const scene = heatScene([0, 1, 2, 3], 4);
  const ten = runs([12, 10], [10, 60], [2, 30]);
  const other = runs([12, 60], [10, 20], [2, 20]);
  const noisy = rowOf(new Array(100).fill(10), 0.2);
  assert.equal(describePhaseDiagram(scene, [other, noisy, ten, ten]), "From step 4 on, 10 clusters hold over the longest stretch of ε.");
  assert.equal(describePhaseDiagram(scene, [ten, ten, ten, ten]), "At every step, 10 clusters hold over the longest stretch of ε.");
  assert.equal(describePhaseDiagram(scene, [ten, ten, other, ten]), "At step 6, 10 clusters hold over the longest stretch of ε.");
  assert.equal(describePhaseDiagram(scene, [ten, ten, ten, noisy]), "At step 6 no number of clusters holds with at most 10 % noise.");
  assert.equal(describePhaseDiagram(scene, [ten, ten, null, ten]), "");
});

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
