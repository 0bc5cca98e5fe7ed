// Laws of Generate's map and faces: places there and back, what a click means, answers of Python read as they were packed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeAnswer } from "../../vaegc/web/generate/generate.js";
import { fitMap, locationAt, toMap, toScreen } from "../../vaegc/web/generate/map.js";
import { cloudPixel, imageBytes, readDisplay, readRows, zScoreShare } from "../../vaegc/web/generate/samples.js";

const text = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");
const XY = Float32Array.of(-10, -2, 30, 6, 0, 0);

test("all points are in the picture, with one scale for both axes", () => {
  for (const [width, height] of [[600, 400], [300, 300], [350, 900]]) {
    const fit = fitMap(XY, width, height);
    const places = [0, 1, 2].map((i) => toScreen(fit, XY[2 * i], XY[2 * i + 1]));
    for (const [x, y] of places) assert.ok(x >= 17.9 && x <= width - 17.9 && y >= 17.9 && y <= height - 17.9);
    const across = places[1][0] - places[0][0];
    const up = places[0][1] - places[1][1];
    assert.ok(Math.abs(across / 40 - up / 8) < 1e-4, "one scale");
  }
});

test("a line, and a single spot, have a picture too", () => {
  assert.ok(Object.values(fitMap(Float32Array.of(1, 5, 3, 5), 400, 300)).every(Number.isFinite));
  assert.ok(Object.values(fitMap(Float32Array.of(1, 5), 400, 300)).every(Number.isFinite));
});

test("from the map to the screen and back", () => {
  const fit = fitMap(XY, 500, 320);
  for (const place of [[-10, -2], [3.25, 1.5], [100, -50]]) {
    const back = toMap(fit, ...toScreen(fit, ...place));
    place.forEach((value, i) => assert.ok(Math.abs(back[i] - value) < 1e-9));
  }
});

test("up on the map is up on the screen", () => {
  const fit = fitMap(XY, 500, 320);
  assert.ok(toScreen(fit, 0, 5)[1] < toScreen(fit, 0, 1)[1]);
});

test("a click near a point means the point, the nearest of several, and elsewhere the place", () => {
  const fit = fitMap(XY, 500, 320);
  const [x, y] = toScreen(fit, 0, 0);
  assert.deepEqual(locationAt(XY, fit, x + 3, y - 3), { point: 2 });
  const free = locationAt(XY, fit, x + 40, y);
  assert.ok("at" in free);
  assert.ok(Math.abs(free.at[1]) < 1e-6 && free.at[0] > 0);
  const close = Float32Array.of(0, 0, 10, 0, 0.05, 0);
  const near = fitMap(close, 400, 400);
  assert.deepEqual(locationAt(close, near, toScreen(near, 0.05, 0)[0] + 1, toScreen(near, 0, 0)[1]), { point: 2 });
});

test("rows are read as they were packed", () => {
  const display = readDisplay({ kind: "picture", width: 2, height: 1, channels: 3 });
  const rows = readRows({ many: 2, pixels: text(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)) });
  assert.deepEqual([...imageBytes(rows, 1, display)], [7, 8, 9, 10, 11, 12]);
  const dots = readRows({ many: 1, xy: text(Float32Array.of(0.25, 0.5)) });
  assert.deepEqual([...dots.xy], [0.25, 0.5]);
  assert.equal(dots.pixels, undefined);
  assert.deepEqual([...readDisplay({ kind: "point", cloud: text(Float32Array.of(0, 1)) }).cloud], [0, 1]);
});

test("an answer without pictures has no rows, and one with a walk has its track", () => {
  const words = decodeAnswer({ serial: 3, kind: "place", title: "Nothing", words: "No decoder.", rows: null });
  assert.deepEqual([words.rows, words.track, words.own], [null, null, null]);
  const made = decodeAnswer({ serial: 4, kind: "walk", track: text(Float64Array.of(1, 2, 3, 4)), rows: { many: 2, features: [[], []] }, own: { many: 2, features: [[], []] } });
  assert.deepEqual([...made.track], [1, 2, 3, 4]);
  assert.equal(made.rows.many, 2);
});

test("what lies outside of the data stands at the frame, and a bar is full at four standard deviations", () => {
  assert.ok(cloudPixel(5, 100) < 100 && cloudPixel(-5, 100) > 0);
  assert.equal(cloudPixel(0.5, 100), 50);
  assert.ok(cloudPixel(0.2, 100) < cloudPixel(0.3, 100));
  assert.deepEqual([0, 2, 4, 9, -9].map(zScoreShare), [0, 0.5, 1, 1, -1]);
});
