// The camera: an affine map from quantised coordinates to pixels, with zoom, pan and, in three dimensions, rotation.
// Why one affine map: a frame of 70,000 points is then three multiplications a point.

/**
 * @typedef {{zoom: number, x: number, y: number, yaw: number, pitch: number}} Camera
 *   zoom 1 shows everything; x, y: what is in the middle, in units of the half extent; yaw and pitch in radians, for 3-D scenes
 * @typedef {{scale: number, xx: number, xy: number, xz: number, x0: number, yx: number, yy: number, yz: number, y0: number,
 *   zx: number, zy: number, zz: number, z0: number}} View quantised coordinates to device pixels (z: depth, 0 far to 1 near)
 */

const MAX_ZOOM = 400;
const DEFAULT_CAMERA = { zoom: 1, x: 0, y: 0, yaw: 0.6, pitch: 0.35 };

// Flat coordinates of a lasso reach beyond the data, because the hand does: this many half extents to each side.
const SELECTION_MARGIN = 3;

/** @returns {Camera} */
export function defaultCamera() {
  return { ...DEFAULT_CAMERA };
}

/** @param {Camera} camera */
export function isDefaultCamera(camera) {
  return Object.keys(DEFAULT_CAMERA).every((key) => camera[key] === DEFAULT_CAMERA[key]);
}

/** Middle and half extents of the data on each axis; an axis without extent gets the widest one, 1 where there is none. @param {any} header */
export function dataExtent(header) {
  const { dim, bounds } = header;
  const axes = Array.from({ length: dim }, (_, axis) => axis);
  const middle = axes.map((axis) => (bounds[axis] + bounds[dim + axis]) / 2);
  const extents = axes.map((axis) => bounds[dim + axis] / 2 - bounds[axis] / 2);
  // In units of the data, whatever they are: 1e-40 and 1e40 are sizes too.
  const half = extents.map((extent) => extent || Math.max(...extents) || 1);
  // In 3-D whatever the turn, all must fit: the sphere around the points.
  const reach = dim === 3 ? header.reach ?? Math.hypot(...half) : Math.max(...half);
  return { middle, half, reach };
}

/** Rows of the rotation that a camera stands for: right, up, towards the eye. */
function rotationRows(camera) {
  const [cy, sy, cp, sp] = [Math.cos(camera.yaw), Math.sin(camera.yaw), Math.cos(camera.pitch), Math.sin(camera.pitch)];
  return [[cy, -sy, 0], [sy * sp, cy * sp, cp], [-sy * cp, -cy * cp, sp]];
}

/**
 * @param {any} header of the scene
 * @param {Camera} camera
 * @param {number} width device pixels
 * @param {number} height
 * @param {number} margin
 * @returns {View}
 */
export function makeView(header, camera, width, height, margin) {
  const { middle, half, reach } = dataExtent(header);
  const flat = header.dim === 2;
  const [wide, high] = flat ? half : [reach, reach];
  const fit = Math.min((width - 2 * margin) / (2 * wide), (height - 2 * margin) / (2 * high));
  const scale = (fit > 0 ? fit : 1e-12) * camera.zoom;
  const axes = flat ? [[1, 0, 0], [0, 1, 0], [0, 0, 0]] : rotationRows(camera);
  const per = [0, 1, 2].map((axis) => (axis < header.dim ? (2 * half[axis]) / 65535 : 0));
  const at = (row, factor, origin) => {
    const [x, y, z] = row.map((value, axis) => value * per[axis] * factor);
    // Quantised coordinates begin at the low end of the box; the view turns about its middle.
    const shift = row.reduce((sum, value, axis) => sum - (axis < header.dim ? value * half[axis] * factor : 0), 0);
    return [x, y, z, origin + shift];
  };
  const [xx, xy, xz, x0] = at(axes[0], scale, width / 2 - camera.x * reach * scale);
  const [yx, yy, yz, y0] = at(axes[1], -scale, height / 2 + camera.y * reach * scale);
  const [zx, zy, zz, z0] = at(axes[2], 0.5 / reach, 0.5);
  return { scale, xx, xy, xz, x0, yx, yy, yz, y0, zx, zy, zz, z0, middle };
}

/** Keeps the middle of the picture on the data. @param {Camera} camera */
function clampCamera(camera) {
  camera.zoom = Math.min(MAX_ZOOM, Math.max(1, camera.zoom));
  const room = Math.max(0, 1 - 1 / camera.zoom) + (camera.zoom > 1 ? 0.25 : 0);
  // Adding 0 turns a negative zero into the plain one: a camera that stands as at first must look like it.
  camera.x = Math.min(room, Math.max(-room, camera.x)) + 0;
  camera.y = Math.min(room, Math.max(-room, camera.y)) + 0;
  return camera;
}

/** Zooms so that what is under the hand stays there. @param {Camera} camera @param {View} view @param {number} reach of dataExtent */
export function zoomAt(camera, view, reach, x, y, width, height, factor) {
  const zoom = Math.min(MAX_ZOOM, Math.max(1, camera.zoom * factor));
  const change = 1 / view.scale - camera.zoom / (view.scale * zoom);
  return clampCamera({
    ...camera, zoom,
    x: camera.x + ((x - width / 2) * change) / reach,
    y: camera.y - ((y - height / 2) * change) / reach,
  });
}

/** @param {Camera} camera @param {View} view @param {number} dx device pixels to the right @param {number} dy down */
export function panBy(camera, view, reach, dx, dy) {
  return clampCamera({ ...camera, x: camera.x - dx / (view.scale * reach), y: camera.y + dy / (view.scale * reach) });
}

/** @param {Camera} camera @param {number} yaw @param {number} pitch radians */
export function turnBy(camera, yaw, pitch) {
  const whole = 2 * Math.PI;
  return {
    ...camera,
    yaw: (((camera.yaw + yaw) % whole) + whole) % whole,
    pitch: Math.min(Math.PI / 2, Math.max(-Math.PI / 2, camera.pitch + pitch)),
  };
}

/** Where every point is between two frames, in device pixels; `depths` only in 3-D. @param {import("./scene.js").Scene} scene @param {View} view */
export function projectPoints(scene, position, view, xs, ys, depths = null) {
  const { frames, n, dim, frameCount } = scene;
  const from = Math.min(Math.floor(position), frameCount - 1);
  const share = position - from;
  const a = from * n * dim;
  const b = Math.min(from + 1, frameCount - 1) * n * dim;
  if (dim === 2) {
    for (let i = 0, k = 0; i < n; i++, k += 2) {
      const x = frames[a + k];
      const y = frames[a + k + 1];
      xs[i] = view.x0 + (x + (frames[b + k] - x) * share) * view.xx;
      ys[i] = view.y0 + (y + (frames[b + k + 1] - y) * share) * view.yy;
    }
    return;
  }
  for (let i = 0, k = 0; i < n; i++, k += 3) {
    const x = frames[a + k] + (frames[b + k] - frames[a + k]) * share;
    const y = frames[a + k + 1] + (frames[b + k + 1] - frames[a + k + 1]) * share;
    const z = frames[a + k + 2] + (frames[b + k + 2] - frames[a + k + 2]) * share;
    xs[i] = view.x0 + x * view.xx + y * view.xy + z * view.xz;
    ys[i] = view.y0 + x * view.yx + y * view.yy + z * view.yz;
    if (depths) depths[i] = view.z0 + x * view.zx + y * view.zy + z * view.zz;
  }
}

/** Pixels of a place in data coordinates; 2-D scenes only. @param {View} view */
export function toPixel(view, x, y, width, height, camera, reach) {
  return {
    x: width / 2 + (x - view.middle[0] - camera.x * reach) * view.scale,
    y: height / 2 - (y - view.middle[1] - camera.y * reach) * view.scale,
  };
}

/** The view that maps a scene to flat coordinates 0..65535, the same on every screen: what a selection is drawn in. */
export function selectionView(header, turn) {
  const side = 65535;
  // On a square canvas the longest half extent (the sphere in 3-D) fills what the margin leaves.
  return makeView(header, { ...DEFAULT_CAMERA, ...(turn ?? {}) }, side, side, (side / 2) * (1 - 1 / SELECTION_MARGIN));
}

/** Device pixels to flat coordinates of a selection. @param {View} view of the canvas @param {View} flat of selectionView */
export function toSelectionPlane(x, y, view, flat, camera, width, height, reach) {
  const right = (x - width / 2) / view.scale + camera.x * reach;
  const up = (height / 2 - y) / view.scale + camera.y * reach;
  return [32767.5 + right * flat.scale, 32767.5 - up * flat.scale];
}
