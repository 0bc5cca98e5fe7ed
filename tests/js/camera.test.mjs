// Laws of the camera: what it shows, what a zoom, a pan and a turn keep, and back from the canvas.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  dataExtent, defaultCamera, makeView, panBy, projectPoints, selectionView, toSelectionPlane, turnBy, zoomAt,
} from "../../vaegc/web/stage/camera.js";
import { cloudScene, seededRandom } from "./pack.mjs";

const SIZE = [300, 200, 10];
const HEADER = { dim: 2, bounds: [-2, 1, 6, 4] };

function placed(view, header, [x, y]) {
  const [low, high] = [header.bounds.slice(0, header.dim), header.bounds.slice(header.dim)];
  const u = ((x - low[0]) / (high[0] - low[0])) * 65535;
  const v = ((y - low[1]) / (high[1] - low[1])) * 65535;
  return [view.x0 + u * view.xx + v * view.xy, view.y0 + u * view.yx + v * view.yy];
}

test("a fresh camera shows everything, as large as it goes, with one scale for both axes and y up", () => {
  const view = makeView(HEADER, defaultCamera(), ...SIZE);
  const [[left, bottom], [right, top]] = [placed(view, HEADER, [-2, 1]), placed(view, HEADER, [6, 4])];
  assert.ok(Math.abs(left - 10) < 1e-9 && Math.abs(right - 290) < 1e-9);
  assert.ok(top < bottom && Math.abs((right - left) / 8 - (bottom - top) / 3) < 1e-9);
  assert.ok(Math.abs((top + bottom) / 2 - 100) < 1e-9);
});

test("an axis without extent takes nothing from the other, however small the unit", () => {
  for (const unit of [1e-12, 1, 1e12]) {
    for (const dim of [2, 3]) {
      const header = { dim, bounds: dim === 2 ? [-unit, 0, unit, 0] : [-unit, 0, 0, unit, 0, 0], reach: dim === 3 ? unit : undefined };
      assert.deepEqual(dataExtent(header).half, Array(dim).fill(unit));
      const scene = { header, frames: Uint16Array.from([0, 65535].flatMap((x) => [x, ...Array(dim - 1).fill(32768)])), n: 2, dim, frameCount: 1 };
      const [xs, ys] = [new Float32Array(2), new Float32Array(2)];
      projectPoints(scene, 0, makeView(header, { ...defaultCamera(), yaw: 0, pitch: 0 }, ...SIZE), xs, ys);
      assert.ok(xs[1] - xs[0] > 170 && Math.abs(ys[1] - 100) < 1 && Math.abs(ys[1] - ys[0]) < 1, `${unit} ${dim}: ${xs} ${ys}`);
    }
  }
  assert.deepEqual(dataExtent({ dim: 2, bounds: [3, 3, 3, 3] }).half, [1, 1]);
});

test("points between two frames are drawn between them", () => {
  const scene = cloudScene(5, 2);
  const view = makeView(scene.header, defaultCamera(), ...SIZE);
  const at = (position) => {
    const [xs, ys] = [new Float32Array(5), new Float32Array(5)];
    projectPoints(scene, position, view, xs, ys);
    return [...xs, ...ys];
  };
  const [start, half, end] = [at(0), at(0.5), at(1)];
  half.forEach((value, k) => assert.ok(Math.abs(value - (start[k] + end[k]) / 2) < 1e-3));
  assert.ok(start.some((value, k) => Math.abs(value - end[k]) > 1));
});

test("a zoom leaves what is under the hand where it is, and panning moves everything as far as the hand", () => {
  const { reach } = dataExtent(HEADER);
  let camera = defaultCamera();
  for (const [x, y, factor] of [[60, 80, 3], [200, 40, 1.7], [150, 120, 0.8]]) {
    const before = makeView(HEADER, camera, ...SIZE);
    const under = [(x - before.x0) / before.xx, (y - before.y0) / before.yy];
    camera = zoomAt(camera, before, reach, x, y, SIZE[0], SIZE[1], factor);
    const after = makeView(HEADER, camera, ...SIZE);
    assert.ok(Math.abs(after.x0 + under[0] * after.xx - x) < 1e-6 && Math.abs(after.y0 + under[1] * after.yy - y) < 1e-6);
    assert.ok(Math.abs(after.scale / before.scale - factor) < 1e-9);
  }
  const before = makeView(HEADER, camera, ...SIZE);
  const after = makeView(HEADER, panBy(camera, before, reach, 12, -7), ...SIZE);
  assert.ok(Math.abs(after.x0 - before.x0 - 12) < 1e-9 && Math.abs(after.y0 - before.y0 + 7) < 1e-9);
});

test("zoomed out there is nothing to pan, and no pan loses the data", () => {
  const { reach } = dataExtent(HEADER);
  const fresh = defaultCamera();
  assert.deepEqual(panBy(fresh, makeView(HEADER, fresh, ...SIZE), reach, 80, 80), fresh);
  let camera = { ...fresh, zoom: 5 };
  for (let k = 0; k < 100; k++) camera = panBy(camera, makeView(HEADER, camera, ...SIZE), reach, 500, 500);
  assert.ok(Math.abs(camera.x) <= 1.05 && Math.abs(camera.y) <= 1.05);
});

test("in three dimensions a turn keeps every distance to the middle, and all points stay on the canvas", () => {
  const header = { dim: 3, bounds: [0, 0, 0, 2, 4, 1] };
  const corners = Uint16Array.from([0, 1].flatMap((x) => [0, 1].flatMap((y) => [0, 1].flatMap((z) => [x * 65535, y * 65535, z * 65535]))));
  const scene = { header, frames: corners, n: 8, dim: 3, frameCount: 1 };
  const random = seededRandom(3);
  let camera = defaultCamera();
  for (let k = 0; k < 30; k++) {
    camera = turnBy(camera, 3 * random(), random() - 0.5);
    const view = makeView(header, camera, ...SIZE);
    const [xs, ys, depths] = [new Float32Array(8), new Float32Array(8), new Float32Array(8)];
    projectPoints(scene, 0, view, xs, ys, depths);
    const { reach } = dataExtent(header);
    for (let i = 0; i < 8; i++) {
      const far = Math.hypot((xs[i] - 150) / view.scale, (ys[i] - 100) / view.scale, (depths[i] - 0.5) * 2 * reach);
      assert.ok(Math.abs(far - Math.hypot(1, 2, 0.5)) < 1e-3);
      assert.ok(xs[i] >= 9.9 && xs[i] <= 290.1 && ys[i] >= 9.9 && ys[i] <= 190.1);
    }
  }
});

test("a place on the canvas and a point drawn there have the same flat coordinates, however zoomed or turned", () => {
  const scene = cloudScene(30);
  const { reach } = dataExtent(scene.header);
  const flat = selectionView(scene.header, null);
  const [us, vs, xs, ys] = Array.from({ length: 4 }, () => new Float32Array(30));
  projectPoints(scene, 1, flat, us, vs);
  let camera = defaultCamera();
  for (const [x, y, factor] of [[150, 100, 1], [70, 50, 4], [220, 150, 2]]) {
    camera = zoomAt(camera, makeView(scene.header, camera, ...SIZE), reach, x, y, SIZE[0], SIZE[1], factor);
    const view = makeView(scene.header, camera, ...SIZE);
    projectPoints(scene, 1, view, xs, ys);
    for (let i = 0; i < 30; i++) {
      const [u, v] = toSelectionPlane(xs[i], ys[i], view, flat, camera, SIZE[0], SIZE[1], reach);
      assert.ok(Math.abs(u - us[i]) < 1 && Math.abs(v - vs[i]) < 1);
    }
  }
});
