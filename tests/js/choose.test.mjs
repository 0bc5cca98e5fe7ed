// Laws of a choice of K: what is under the pointer is what is read out and opened, panels share one axis, what is not there is said.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  coreShare, describeCell, describePlace, formatBandwidth, formatFactor, formatStep, initialPlace, logEpsOf,
  nextCountChange, readChoice, sampleOf,
} from "../../vaegc/web/choose/data.js";
import { ordinal, stepTicks } from "../../vaegc/web/choose/frame.js";
import { computeLayout, placeAt, placeCenter, yOfLogEps } from "../../vaegc/web/choose/layout.js";
import { paintChoice, paintCrosshair } from "../../vaegc/web/choose/paint.js";
import { nearestRows } from "../../vaegc/web/choose/plane.js";
import { countColour, describePlane, planeEdges, planeNumbers, planeSamples } from "../../vaegc/web/common/plane.js";
import { DARK, LIGHT, recorder } from "./fake-canvas.mjs";

const packed = (Kind, values) => Buffer.from(Kind.from(values).buffer).toString("base64");
const SAMPLES = 101;

function packedSweep(step, count, { outside = 0, eps = 1 } = {}) {
  return {
    step, counted: packed(Int32Array, new Array(SAMPLES).fill(count)), outside: packed(Float32Array, new Array(SAMPLES).fill(outside)),
    plateaus: [[count, 0.5, 2, Math.log(4)]], suggested: count, eps,
  };
}

function choiceOf(sweeps, more = {}) {
  return readChoice({
    key: "k", n: 60, logLow: Math.log(0.1), logHigh: Math.log(10), samples: SAMPLES, floor: 0.2, maxNoise: 0.1, minSamples: 3, steps: [0, 2, 4, 5],
    stepSweeps: sweeps, kDistance: packed(Float64Array, [0.5, 1, 2, 4]), bandwidths: [0.005, 0.04], cellSteps: [5], bandwidthCells: [], ownCell: { neighbors: 0.04, step: 5 },
    whyNoBandwidths: "", progress: "", title: "Moons", settings: "N 60", ...more,
  });
}

test("samples and ln ε are each other's inverse, and beyond the axis is its end", () => {
  const choice = choiceOf([packedSweep(0, 2)]);
  for (let sample = 0; sample < SAMPLES; sample++) assert.equal(sampleOf(choice, logEpsOf(choice, sample)), sample);
  assert.deepEqual([sampleOf(choice, -99), sampleOf(choice, 99)], [0, SAMPLES - 1]);
  assert.ok(Math.abs(logEpsOf(choice, 50)) < 1e-12);
});

test("what is under the pointer is where the crosshair then is, in every panel, wide and narrow", () => {
  const choice = choiceOf([0, 2, 4, 5].map((step) => packedSweep(step, 3)));
  for (const width of [1100, 340]) {
    const layout = computeLayout(width, choice);
    assert.deepEqual(layout.panels.map(({ name }) => name).sort(), ["after", "before", "kDistance", "plane"]);
    for (const panel of layout.panels) {
      assert.ok(panel.x >= 0 && panel.x + panel.width <= width && panel.y + panel.height <= layout.height, panel.name);
      for (const row of panel.name === "plane" ? [0, 1, 2, 3] : [panel.name === "after" ? 3 : 0]) {
        for (const sample of [0, 37, 100]) {
          const { x, y } = placeCenter(choice, panel, { row, sample });
          assert.deepEqual(placeAt(layout, choice, x, y), { panel: panel.name, row, sample });
        }
      }
    }
    assert.equal(placeAt(layout, choice, -5, 10), null);
  }
});

test("all panels of a row share one axis, and large ε is high up", () => {
  const choice = choiceOf([packedSweep(0, 2)]);
  const layout = computeLayout(1000, choice);
  const heights = layout.panels.map((panel) => yOfLogEps(choice, panel, 0));
  assert.equal(new Set(heights).size, 1);
  const plane = layout.panels.find((panel) => panel.name === "plane");
  assert.ok(yOfLogEps(choice, plane, 1) < yOfLogEps(choice, plane, 0));
  assert.deepEqual([yOfLogEps(choice, plane, choice.logLow), yOfLogEps(choice, plane, choice.logHigh)], [plane.y + plane.height, plane.y]);
});

test("without a climb there is one sweep and the k-distances", () => {
  const choice = choiceOf([packedSweep(0, 2)], { steps: [0] });
  for (const width of [1000, 340]) assert.deepEqual(computeLayout(width, choice).panels.map(({ name }) => name), ["before", "kDistance"]);
});

test("a place in words: step, ε, clusters, share in none, and what is not there or below the floor says so", () => {
  const choice = choiceOf([packedSweep(0, 1, { outside: 0.004 }), packedSweep(5, 9, { outside: 0.03 })]);
  assert.equal(describePlace(choice, { row: 3, sample: 50 }), "Step 5, ε = 1.00: 9 clusters, 3 % in none");
  assert.equal(describePlace(choice, { row: 0, sample: 50 }), "Start, ε = 1.00: 1 cluster, under 1 % in none");
  assert.equal(describePlace(choice, { row: 0, sample: 50, panel: "kDistance" }), "Start, ε = 1.00: 1 cluster, under 1 % in none. 50 % of the points reach 3 points");
  assert.equal(describePlace(choice, { row: 1, sample: 50 }), "Step 2, ε = 1.00: not computed yet");
  assert.equal(describePlace(choice, { row: 3, sample: 0 }), "Step 5, ε = 0.100: 9 clusters, 3 % in none, below the floor");
  assert.deepEqual([formatStep(0), formatStep(1200)], ["start", "step 1,200"]);
});

test("the picture begins at the latest answer, else at the longest plateau, else in the middle", () => {
  assert.deepEqual(initialPlace(choiceOf([packedSweep(0, 2, { eps: 0.1 }), packedSweep(5, 9, { eps: 10 })])), { row: 3, sample: 100 });
  assert.deepEqual(initialPlace(choiceOf([packedSweep(0, 2, { eps: 0.1 }), packedSweep(5, 9, { eps: null })])), { row: 0, sample: 0 });
  const without = choiceOf([packedSweep(2, 2, { eps: null })]);
  assert.deepEqual(initialPlace(without), { row: 1, sample: 50 }); // the middle of its plateau
  without.plane[1].plateaus = [{ n_clusters: 2, eps_low: 0.1, eps_high: 0.4, log_length: Math.log(4) }];
  assert.equal(initialPlace(without).sample, sampleOf(without, Math.log(0.2)));
  without.plane[1].plateaus = [];
  assert.deepEqual(initialPlace(without), { row: 1, sample: 50 });
});

test("one goes to the next change of the number of clusters, and stays on the axis", () => {
  const choice = choiceOf([packedSweep(0, 2)]);
  choice.plane[0].counted.fill(3, 60);
  assert.equal(nextCountChange(choice, { row: 0, sample: 10 }, true).sample, 60);
  assert.equal(nextCountChange(choice, { row: 0, sample: 60 }, true).sample, 100);
  assert.equal(nextCountChange(choice, { row: 0, sample: 99 }, false).sample, 59);
  assert.equal(nextCountChange(choice, { row: 0, sample: 0 }, false).sample, 0);
});

test("the share of core points is a count of distances up to ε", () => {
  const choice = choiceOf([]);
  assert.deepEqual([0.4, 0.5, 1.5, 4, 9].map((eps) => coreShare(choice, eps)), [0, 0.25, 0.5, 1, 1]);
  assert.equal(coreShare({ kDistance: new Float32Array(0) }, 1), 0);
});

test("a cell of the table in words", () => {
  const cell = { neighbors: 0.005, step: 5, suggested: 9, length: Math.log(13.3), longest: 9 };
  assert.equal(describeCell(cell), "Bandwidth 0.5 %, step 5: 9 clusters, while ε grows ×13");
  assert.equal(describeCell({ ...cell, suggested: null, length: Math.log(1.25) }), "Bandwidth 0.5 %, step 5: no readable plateau, the longest has 9 clusters (×1.3)");
  assert.equal(describeCell({ ...cell, suggested: null, longest: null, length: 0 }), "Bandwidth 0.5 %, step 5: no plateau");
  assert.deepEqual([0.16, 0.0367, 0.0125001, 0.996, 7].map(formatBandwidth), ["16 %", "3.7 %", "1.3 %", "100 %", "7"]);
  assert.deepEqual([0, Math.log(1.44), Math.log(22.4), 9].map(formatFactor), ["×1.0", "×1.4", "×22", "×8,103"]);
});

test("ordinals and ticks", () => {
  assert.deepEqual([1, 2, 3, 4, 10, 11, 12, 13, 21, 112].map(ordinal), ["1st", "2nd", "3rd", "4th", "10th", "11th", "12th", "13th", "21st", "112th"]);
  assert.deepEqual(stepTicks(31, 500), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30]);
  assert.deepEqual(stepTicks(31, 200), [0, 5, 10, 15, 20, 25, 30]);
  assert.deepEqual([stepTicks(1, 200), stepTicks(2, 200)], [[0], [0, 1]]);
  const rough = stepTicks(24, 200);
  assert.ok(rough.at(-1) === 23 && rough.at(-1) - rough.at(-2) >= 3, String(rough));
});

test("the picture is painted whole, in part and without a range, and writes its numbers", () => {
  globalThis.document = { createElement: () => ({ getContext: () => ({ putImageData() {} }) }) };
  globalThis.ImageData = class {};
  for (const [steps, theme] of [[[0, 2, 4, 5], LIGHT], [[0, 5], DARK], [[], LIGHT]]) {
    const choice = choiceOf(steps.map((step) => packedSweep(step, 7)));
    const { context, calls } = recorder();
    const layout = computeLayout(1000, choice);
    paintChoice(context, layout, choice, theme);
    paintCrosshair(context, layout, choice, theme, { row: 0, sample: 20 });
    const words = calls.filter(({ name }) => name === "fillText").map(({ given }) => String(given[0]));
    assert.ok(words.includes("Before the climb") && words.includes("After 5 steps") && words.includes("floor"), words.join("|"));
    assert.equal(words.includes("7"), steps.length > 0);
    assert.equal(calls.filter(({ name }) => name === "drawImage").length, steps.length > 0 ? 1 : 0);
    assert.ok(calls.every(({ given }) => given.every((value) => typeof value !== "number" || Number.isFinite(value))));
  }
  delete globalThis.document;
  delete globalThis.ImageData;
});

test("while steps are missing, each shows the nearest one that is there", () => {
  const [a, b] = [{}, {}];
  assert.deepEqual(nearestRows([a, null, null, null, b]).map((row) => (row === a ? "a" : row === b ? "b" : row)), ["a", "a", "a", "b", "b"]);
  assert.deepEqual(nearestRows([null, null]), [null, null]);
});

test("edges lie between numbers, not around noise; numbers need their room", () => {
  const row = (...counts) => ({ counted: Int32Array.from(counts), noise: new Float32Array(counts.length) });
  assert.deepEqual(planeEdges([row(2, 2, 3), row(2, 2, 3)]), [[1.5, 0, 1.5, 1], [1.5, 1, 1.5, 2]]);
  assert.deepEqual(planeEdges([row(4, 4), row(5, 5)]), [[0, 1, 0.5, 1], [0.5, 1, 1, 1]]);
  assert.deepEqual(planeEdges([row(4, 4), null, row(1, 1)]), []);
  assert.deepEqual(planeEdges([row(4, 5), row(4, 4)].map((one) => ({ ...one, noise: Float32Array.of(0, 0.2) }))), []);
  const room = { perSample: 10, perRow: 10, along: 15, across: 15 };
  assert.deepEqual(planeNumbers([row(3, 3, 3), row(3, 3, 3)], room), [{ count: 3, length: 2, sample: 1, row: 1, rows: 2 }]);
  assert.deepEqual(planeNumbers([row(3, 3, 3)], room), []);
  assert.equal(planeSamples([null, row(1, 2)]), 2);
  assert.notDeepEqual(countColour(5, 0.15, LIGHT, 0.1), countColour(5, 0.15, LIGHT, 0.2));
});

test("the plane in words names its own share of noise", () => {
  const noisy = { counted: Int32Array.of(5, 5), noise: Float32Array.of(0.3, 0.3) };
  assert.equal(describePlane([noisy, noisy], [0, 5], "", 0.25), "At step 5 no number of clusters holds with at most 25 % noise.");
  assert.equal(describePlane([noisy, noisy], [0, 5], "", 0.5), "At every step, 5 clusters hold over the longest stretch of ε.");
  assert.equal(describePlane([], []), "");
});
