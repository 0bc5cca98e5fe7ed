// Laws of the (step, ε) phase diagram: its rows, colours and numbers, and what a click in it means.

import assert from "node:assert/strict";
import { test } from "node:test";
import { countColour, planePixels } from "../../vaegc/web/common/plane.js";
import { luminance } from "../../vaegc/web/common/theme.js";
import { sweepCurve } from "../../vaegc/web/stage/cut.js";
import {
  describePhaseDiagram, paintPhaseDiagram, phaseDiagramHeight, phaseDiagramLabels, phaseRow, pixelOfState, rowsOfFrames,
  stateAtPixel,
} from "../../vaegc/web/stage/phase-diagram.js";
import { buildTree, seededRandom } from "./pack.mjs";
import { DARK, LIGHT, recorder } from "./fake-canvas.mjs";

function phaseScene(trees, frameCount, treeOfFrame = null) {
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
  const scene = phaseScene([0, 1, 2], 3);
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
  for (const frames of [1, 11, 31, 500]) assert.ok(phaseDiagramHeight(phaseScene([0], frames)) >= 64 && phaseDiagramHeight(phaseScene([0], frames)) <= 140);
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
  const scene = phaseScene([0, 3], 4, Int32Array.of(0, 0, 1, 1));
  const { columns, pixels } = planePixels(rowsOfFrames(scene, [null, rowOf([2, 5, 9])]), LIGHT);
  assert.equal(columns, 3);
  const pixel = (frame, s) => [...pixels.slice((frame * 3 + s) * 4, (frame * 3 + s) * 4 + 4)];
  for (const frame of [0, 1]) assert.deepEqual(pixel(frame, 1), [0, 0, 0, 0]);
  for (const frame of [2, 3]) assert.deepEqual(pixel(frame, 1), [...countColour(5, 0, LIGHT), 255]);
});

test("a number is written once, in its longest stretch, where there is room and little noise", () => {
  const scene = phaseScene([0, 1, 2, 3], 4);
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
  const scene = phaseScene([0, 1, 2, 3], 4);
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
  const scene = phaseScene([0, 1, 2, 3], 4);
  const ten = runs([12, 10], [10, 60], [2, 30]);
  const other = runs([12, 60], [10, 20], [2, 20]);
  const noisy = rowOf(new Array(100).fill(10), 0.2);
  assert.equal(describePhaseDiagram(scene, [other, noisy, ten, ten]), "From step 4 on, 10 clusters hold over the longest stretch of ε.");
  assert.equal(describePhaseDiagram(scene, [ten, ten, ten, ten]), "At every step, 10 clusters hold over the longest stretch of ε.");
  assert.equal(describePhaseDiagram(scene, [ten, ten, other, ten]), "At step 6, 10 clusters hold over the longest stretch of ε.");
  assert.equal(describePhaseDiagram(scene, [ten, ten, ten, noisy]), "At step 6 no number of clusters holds with at most 10 % noise.");
  assert.equal(describePhaseDiagram(scene, [ten, ten, null, ten]), "");
});
