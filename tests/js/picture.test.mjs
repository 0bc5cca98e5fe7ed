// Laws of what is drawn where, and in which colour: stamps, markers, colourings, and the view state in a link.

import assert from "node:assert/strict";
import { test } from "node:test";
import { colormapAt } from "../../vaegc/web/common/colormap.js";
import { luminance } from "../../vaegc/web/common/theme.js";
import { dataExtent, defaultCamera, makeView, projectPoints } from "../../vaegc/web/stage/camera.js";
import { colourChoices, Colourer } from "../../vaegc/web/stage/colouring.js";
import { cutTree } from "../../vaegc/web/stage/cut.js";
import { makeStamp, packPixel, paintLine, paintPoints, pointOpacity, pointRadius, stampReach } from "../../vaegc/web/stage/draw.js";
import { markerDistance, markerSymbol } from "../../vaegc/web/stage/markers.js";
import { areaEdit, SelectionMask } from "../../vaegc/web/stage/selection-mask.js";
import { sampleTrails, trailPoint } from "../../vaegc/web/stage/trails.js";
import { decodeViewState, defaultSettings, encodeViewState } from "../../vaegc/web/stage/view-state.js";
import { cloudScene, seededRandom } from "./pack.mjs";

const SIZE = [300, 200, 10];
test("a lasso selects what it was drawn around at any zoom, and its link selects the same points again", () => {
  const scene = cloudScene(200);
  const random = seededRandom(5);
  for (let round = 0; round < 12; round++) {
    const camera = { ...defaultCamera(), zoom: 1 + 3 * random(), x: 0.4 * random(), y: -0.3 * random() };
    const view = makeView(scene.header, camera, ...SIZE);
    const picture = { scene, camera, view, image: { width: SIZE[0], height: SIZE[1] }, ratio: 1, box: dataExtent(scene.header) };
    const [x, y, size] = [60 + 180 * random(), 40 + 120 * random(), 20 + 40 * random()];
    const edit = areaEdit(picture, [x, y, x + size, y, x + size, y + size, x, y + size], "set", 2);
    const chosen = new SelectionMask(scene, [edit]);
    const [xs, ys] = [new Float32Array(200), new Float32Array(200)];
    projectPoints(scene, 2, view, xs, ys);
    let checked = 0;
    for (let i = 0; i < 200; i++) {
      const edge = Math.min(Math.abs(xs[i] - x), Math.abs(xs[i] - x - size), Math.abs(ys[i] - y), Math.abs(ys[i] - y - size));
      if (edge < 0.05) continue;
      checked++;
      const inside = xs[i] > x && xs[i] < x + size && ys[i] > y && ys[i] < y + size;
      assert.equal(chosen.mask?.[i] ?? 0, inside ? 1 : 0);
    }
    assert.ok(checked > 150);
    const text = encodeViewState({ camera, settings: defaultSettings(), edits: chosen.edits, pinned: 7 });
    const again = decodeViewState(text, scene, ["cluster"]);
    assert.deepEqual(new SelectionMask(scene, again.edits).mask, chosen.mask);
    assert.equal(again.pinned, 7);
  }
});

test("one class of a selection can be kept, exchanged for another, and let go of", () => {
  const labels = Array.from({ length: 200 }, (_, i) => i % 3);
  const scene = cloudScene(200, 3, labels);
  const chosen = new SelectionMask(scene, [{ op: "set", kind: "point", point: 4 }, { op: "add", kind: "point", point: 5 }, { op: "add", kind: "point", point: 7 }]);
  const kept = () => [...chosen.mask.keys()].filter((i) => chosen.mask[i]);
  assert.deepEqual(kept(), [4, 5, 7]);
  chosen.keepClass(1);
  assert.deepEqual(kept(), [4, 7]);
  assert.deepEqual(decodeViewState(encodeViewState({ camera: defaultCamera(), settings: defaultSettings(), edits: chosen.edits, pinned: -1 }), scene, []).edits, chosen.edits);
  chosen.keepClass(1);
  assert.deepEqual(kept(), [4, 5, 7]);
  chosen.keepClass(2);
  assert.deepEqual(kept(), [5]);
});

test("a view state survives the link; what cannot be read is as on a fresh stage", () => {
  const scene = cloudScene(10);
  const settings = { colour: "density", policy: "nearest", trails: "all", contours: true, symbols: true, split: true, loop: true, phaseDiagram: false, table: true };
  const camera = { zoom: 2.5, x: -0.125, y: 0.25, yaw: 1.5, pitch: -0.5 };
  const text = encodeViewState({ camera, settings, edits: [], pinned: 3 });
  assert.match(text, /^[A-Za-z0-9_.~-]+$/);
  assert.deepEqual(decodeViewState(text, scene, ["cluster", "density"]), { camera, settings, edits: [], pinned: 3 });
  const fresh = decodeViewState("", scene, ["cluster"]);
  assert.equal(encodeViewState(fresh), "");
  for (const bad of ["z1_2", "z0_0_0_0_0", "zNaN_0_0_0_0", "z1e9_0_0_0_0", "cdensity", "pfoo", "tfoo", "i10", "i-1", "a!!", "aAAAA", "s§", "~~~", "x"]) {
    assert.deepEqual(decodeViewState(bad, scene, ["cluster"]), fresh, bad);
  }
});

test("points give way where many share a place; a zoom makes them a little larger", () => {
  const random = seededRandom(6);
  const spread = (n) => Float32Array.from({ length: n }, () => 10 + 280 * random());
  const few = pointOpacity(spread(200), spread(200), 300, 300, 3);
  const many = pointOpacity(spread(60_000), spread(60_000), 300, 300, 1.2);
  assert.ok(few > 0.9 && many < few && many >= 0.5);
  assert.ok(pointRadius(1800, 860, 516) > pointRadius(70_000, 860, 516));
  assert.ok(pointRadius(1800, 860, 516, 8) > pointRadius(1800, 860, 516));
});

test("a stamp paints about the area of its disc, and nothing beyond its reach", () => {
  const [width, height] = [40, 40];
  for (let marker = 0; marker < 10; marker++) {
    const style = { colour: [200, 30, 60], radius: 5, alpha: 1, marker };
    const pixels = new Uint32Array(width * height).fill(packPixel([255, 255, 255]));
    const job = { xs: [20.4], ys: [20.6], order: [0], stampIndices: [0], stamps: [makeStamp(style, [255, 255, 255], 0.9, width)], margin: stampReach(5, 0.9) };
    paintPoints(pixels, width, height, job);
    let inked = 0;
    for (let k = 0; k < pixels.length; k++) {
      if (pixels[k] === packPixel([255, 255, 255])) continue;
      inked++;
      assert.ok(Math.hypot((k % width) - 20, Math.floor(k / width) - 20) <= stampReach(5, 0.9) * Math.SQRT2);
    }
    // The area of a disc of radius 5, give or take the rim.
    assert.ok(inked > 55 && inked < 190, `${markerSymbol(marker)}: ${inked}`);
  }
});

test("a thousand points on one spot leave no pixel darker or lighter than their colour and what was below", () => {
  const [width, height, many] = [40, 40, 1000];
  for (const [paper, colour] of [[[255, 255, 255], [187, 236, 224]], [[16, 20, 28], [46, 202, 254]]]) {
    const pixels = new Uint32Array(width * height).fill(packPixel(paper));
    const stamps = [makeStamp({ colour, radius: 5, alpha: 0.94, marker: 0 }, paper, 0.9, width)];
    const job = { xs: Array(many).fill(20.3), ys: Array(many).fill(20.6), order: [...Array(many).keys()], stampIndices: Array(many).fill(0), stamps, margin: 10 };
    paintPoints(pixels, width, height, job);
    for (let k = 0; k < many; k++) paintLine(pixels, width, height, 5, 5, 35, 9, packPixel(colour), 0.22);
    for (const pixel of pixels) {
      [0, 1, 2].forEach((c) => {
        const value = (pixel >>> (8 * c)) & 255;
        assert.ok(value >= Math.min(paper[c], colour[c]) - 1 && value <= Math.max(paper[c], colour[c]) + 1);
      });
    }
  }
});

test("the markers have nearly the area of the disc, and no two look alike", () => {
  const pictures = Array.from({ length: 10 }, (_, marker) => {
    const inside = [];
    for (let y = -20; y <= 20; y++) for (let x = -20; x <= 20; x++) inside.push(markerDistance(marker, x / 2, y / 2, 5) <= 0 ? 1 : 0);
    return inside;
  });
  const areas = pictures.map((inside) => inside.reduce((sum, value) => sum + value, 0));
  areas.forEach((area) => assert.ok(area > 0.65 * areas[0] && area < 1.35 * areas[0], String(areas)));
  for (let a = 0; a < 10; a++) {
    for (let b = 0; b < a; b++) assert.ok(pictures[a].filter((value, k) => value !== pictures[b][k]).length > 0.12 * areas[0], `${a} ${b}`);
  }
});

test("a line paints from end to end, and one that a zoom has put far away costs nothing", () => {
  const pixels = new Uint32Array(100 * 50).fill(packPixel([0, 0, 0]));
  paintLine(pixels, 100, 50, 10, 10, 60, 30, packPixel([255, 255, 255]), 1);
  for (let k = 0; k < 50; k++) assert.notEqual(pixels[Math.floor(10 + 0.4 * k) * 100 + 10 + k], packPixel([0, 0, 0]));
  const before = pixels.slice();
  paintLine(pixels, 100, 50, -1e7, 10, 1e7, 20, packPixel([9, 9, 9]), 1);
  paintLine(pixels, 100, 50, 200, 200, 300, 210, packPixel([9, 9, 9]), 1);
  assert.deepEqual(pixels, before);
});

test("a trail begins at the start and ends where its point is", () => {
  const scene = cloudScene(12);
  const view = makeView(scene.header, defaultCamera(), ...SIZE);
  const [xs, ys] = [new Float32Array(12), new Float32Array(12)];
  for (const position of [0, 0.6, 2]) {
    projectPoints(scene, position, view, xs, ys);
    const { x, y } = trailPoint(scene, view, 5, position);
    assert.ok(Math.abs(x - xs[5]) < 1e-3 && Math.abs(y - ys[5]) < 1e-3);
  }
  const mask = Uint8Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? 1 : 0));
  assert.deepEqual([...sampleTrails(scene, mask)].sort((a, b) => a - b), [0, 3, 6, 9]);
  assert.equal(sampleTrails(scene, null).length, 12);
});

const THEME = { palette: [[1, 0, 0], [2, 0, 0], [3, 0, 0]], noise: [9, 9, 9], faint: [8, 8, 8], wrong: [7, 7, 7], dark: false };

test("colours say what they are asked to: cluster, class, disagreement, numbers", () => {
  const labels = Array.from({ length: 60 }, (_, i) => i % 2);
  const scene = cloudScene(60, 3, labels);
  scene.colours = Uint8Array.from({ length: 60 }, (_, i) => i % 3);
  scene.columns = [{ name: "width", low: 0, high: 59, values: Float32Array.from({ length: 60 }, (_, i) => i) }];
  const colourer = new Colourer(scene, THEME, true);
  const tree = scene.trees[2];
  const eps = (scene.header.eps.low + scene.header.eps.high) / 3;
  const cut = cutTree(tree, eps, scene.rank, 3);
  const state = { cut, labels: cut.labels, tree, eps, frame: 2, policy: "wrong" };
  assert.deepEqual(colourChoices(scene).map(([value]) => value), ["cluster", "truth", "disagreement", "column0"]);
  const byCluster = colourer.colour("cluster", state);
  cut.labels.forEach((label, i) => assert.equal(byCluster.entries[i], label < 0 ? 3 : scene.colours[cut.representatives[label]]));
  assert.equal(colourer.colour("cluster", { ...state }), byCluster);
  assert.notEqual(byCluster.palette[0].marker, byCluster.palette[1].marker);
  const byTruth = colourer.colour("truth", state);
  labels.forEach((label, i) => assert.equal(byTruth.entries[i], label));
  const wrong = colourer.colour("disagreement", state).entries;
  assert.equal(wrong.filter((value) => value === 2).length, cut.labels.filter((label) => label < 0).length);
  const byColumn = colourer.colour("column0", state);
  assert.ok(byColumn.entries.every((value, i) => i === 0 || value >= byColumn.entries[i - 1]));
  assert.ok(byColumn.scale.name === "width" && new Set(byColumn.entries).size > 15);
  scene.travelled = Uint16Array.from({ length: 180 }, (_, k) => (k < 60 ? 0 : (k % 60) * 1000));
  scene.header.travelled = 6.5535;
  assert.ok(Math.abs(colourer.travelled(2)[7] - 0.7) < 1e-6);
  const byDistance = colourer.colour("distance", state);
  assert.ok(byDistance.scale.low === 0 && byDistance.entries[59] > byDistance.entries[1]);
});

test("the ramp of numbers keeps its order in grey", () => {
  for (const dark of [false, true]) {
    const shades = Array.from({ length: 24 }, (_, k) => luminance(colormapAt(k / 23, dark)));
    shades.forEach((shade, k) => assert.ok(k === 0 || (dark ? shade > shades[k - 1] - 1e-9 : shade < shades[k - 1] + 1e-9)));
  }
});
