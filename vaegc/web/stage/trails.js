// Trails: the path of each point from the start to the current frame.
// Why into the pixel buffer: fifty thousand short strokes of a canvas path take longer than all points together.

import { paintLine } from "./draw.js";

/** Above, a sample is drawn: more lines would be one grey cloud, and slow. */
const MAX_TRAILS = 4000;

/**
 * @param {Uint32Array} pixels
 * @param {import("./scene.js").Scene} scene
 * @param {import("./camera.js").View} view
 * @param {ArrayLike<number>} points whose trails are drawn
 * @param {(point: number) => number} packedOf colour as a pixel
 */
export function paintTrails(pixels, width, height, scene, view, position, points, packedOf, alpha) {
  const last = Math.min(Math.ceil(position), scene.frameCount - 1);
  for (let p = 0; p < points.length; p++) {
    const i = points[p];
    const packed = packedOf(i);
    let from = trailPoint(scene, view, i, 0);
    for (let f = 1; f <= last; f++) {
      const to = trailPoint(scene, view, i, Math.min(f, position));
      paintLine(pixels, width, height, from.x, from.y, to.x, to.y, packed, alpha);
      from = to;
    }
  }
}

/** Device pixels of one point at a position of the film. */
export function trailPoint(scene, view, point, position) {
  const { frames, n, dim } = scene;
  const from = Math.floor(position);
  const share = position - from;
  const a = (from * n + point) * dim;
  const b = share > 0 ? a + n * dim : a;
  const x = frames[a] + (frames[b] - frames[a]) * share;
  const y = frames[a + 1] + (frames[b + 1] - frames[a + 1]) * share;
  const z = dim === 3 ? frames[a + 2] + (frames[b + 2] - frames[a + 2]) * share : 0;
  return { x: view.x0 + x * view.xx + y * view.xy + z * view.xz, y: view.y0 + x * view.yx + y * view.yy + z * view.yz };
}

/** Those of `points` that are drawn: all, or every so-manyth in the scene's mixed order. */
export function sampleTrails(scene, mask) {
  const points = mask ? scene.order.filter((i) => mask[i]) : scene.order;
  return points.length <= MAX_TRAILS ? points : points.subarray(0, MAX_TRAILS);
}
