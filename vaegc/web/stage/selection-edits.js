// Selections as a short list of edits (lasso, box, cluster, point) that is replayed, and their encoding in a link.
// Why edits and not points: a link with 30,000 point numbers fits nowhere, and edits say how a selection came about.

/**
 * @typedef {{op: "set"|"add"|"cut", kind: "area", frame: number, turn: {yaw: number, pitch: number}|null, corners: Uint16Array}} AreaEdit
 * @typedef {{op: "set"|"add"|"cut", kind: "cluster", frame: number, eps: number, representative: number, policy?: string}} ClusterEdit
 * @typedef {{op: "set"|"add"|"cut", kind: "point", point: number}} PointEdit
 * @typedef {{op: "keep", kind: "class", label: number}} ClassEdit of what is selected only the points of one true class
 * @typedef {AreaEdit|ClusterEdit|PointEdit|ClassEdit} Edit
 */

export const MAX_EDITS = 12;
/** In place of a representative: the noise, and all clusters too small to be counted. */
export const NOISE_REPRESENTATIVE = -1;
export const SMALL_REPRESENTATIVE = -2;
const GRID_MAX = 65535;
const MAX_CORNERS = 255;
const MAX_INPUT_CORNERS = 3000;
const POLYGON_BANDS = 256;
const EDIT_OPS = ["set", "add", "cut", "keep"];
const EDIT_KINDS = ["area", "cluster", "point", "class"];
const MAX_LABEL = 2 ** 31;
const EDIT_POLICIES = [undefined, "wrong", "ignore", "nearest"];
const EDITS_FORMAT = 1;

/** @param {Edit[]} edits @param {Edit} edit @returns {Edit[]|null} the longer list; null when it is full */
export function appendEdit(edits, edit) {
  if (edit.op === "set") return [edit];
  return edits.length < MAX_EDITS ? [...edits, edit] : null;
}

/**
 * A free-hand lasso as a polygon of few corners on the grid of the link. What it encloses may differ a little from what the
 * hand drew, so this polygon, not the hand's, must choose the points.
 * @param {ArrayLike<number>} corners x, y pairs in flat coordinates; those outside 0..65535 are clipped
 * @param {number} most
 * @returns {Uint16Array} empty where nothing is enclosed
 */
export function simplifyPolygon(corners, most = 60) {
  const stride = Math.max(1, Math.ceil(corners.length / 2 / MAX_INPUT_CORNERS));
  let ring = [];
  for (let k = 0; k + 1 < corners.length; k += 2 * stride) {
    if (Number.isFinite(corners[k]) && Number.isFinite(corners[k + 1])) ring.push([corners[k], corners[k + 1]]);
  }
  for (const axis of [0, 1]) {
    ring = clipPolygon(ring, axis, (value) => value >= 0, 0);
    ring = clipPolygon(ring, axis, (value) => value <= GRID_MAX, GRID_MAX);
  }
  ring = ring.map(([x, y]) => [Math.round(x), Math.round(y)]);
  const kept = thinPolygon(ring, most);
  return kept.length < 3 ? new Uint16Array(0) : Uint16Array.from(kept.flat());
}

// Sutherland and Hodgman: a path outside becomes a path along the border, so what lies inside is not touched.
function clipPolygon(ring, axis, holds, limit) {
  return ring.flatMap((corner, k) => {
    const before = ring[(k + ring.length - 1) % ring.length];
    if (holds(before[axis]) === holds(corner[axis])) return holds(corner[axis]) ? [corner] : [];
    const share = (limit - before[axis]) / (corner[axis] - before[axis]);
    const crossing = [before[0] + share * (corner[0] - before[0]), before[1] + share * (corner[1] - before[1])];
    crossing[axis] = limit;
    return holds(corner[axis]) ? [crossing, corner] : [crossing];
  });
}

// Visvalingam and Whyatt: the corner whose triangle with its neighbours is smallest goes first.
function thinPolygon(ring, most) {
  const kept = ring.filter(([x, y], k) => {
    const before = ring[(k + ring.length - 1) % ring.length];
    return x !== before[0] || y !== before[1];
  });
  const span = (axis) => kept.reduce((range, corner) => [Math.min(range[0], corner[axis]), Math.max(range[1], corner[axis])], [Infinity, -Infinity]);
  const [[left, right], [bottom, top]] = [span(0), span(1)];
  // A ten-thousandth of the box is below what a hand means, at any zoom.
  const minArea = 1e-4 * (right - left) * (top - bottom);
  const triangle = (k) => {
    const [a, b, c] = [kept[(k + kept.length - 1) % kept.length], kept[k], kept[(k + 1) % kept.length]];
    return Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2;
  };
  const sizes = kept.map((_, k) => triangle(k));
  while (kept.length >= 3) {
    let smallest = 0;
    for (let k = 1; k < sizes.length; k++) if (sizes[k] < sizes[smallest]) smallest = k;
    if (kept.length <= most && sizes[smallest] > minArea) break;
    kept.splice(smallest, 1);
    sizes.splice(smallest, 1);
    if (kept.length < 3) break;
    for (const k of [smallest % kept.length, (smallest + kept.length - 1) % kept.length]) sizes[k] = triangle(k);
  }
  return kept;
}

/**
 * Marks the points inside a polygon, by the even-odd rule. A side on the border of the picture takes the points on it along.
 * @param {ArrayLike<number>} us flat coordinates of every point, 0..65535
 * @param {ArrayLike<number>} vs
 * @param {Uint16Array} corners
 * @param {Uint8Array} mask written: 1 inside, 0 outside
 */
export function pointsInPolygon(us, vs, corners, mask) {
  mask.fill(0);
  const count = corners.length >> 1;
  if (count < 3) return mask;
  const outward = (value) => (value === 0 ? -1 : value === GRID_MAX ? GRID_MAX + 1 : value);
  const xs = Float64Array.from({ length: count }, (_, k) => outward(corners[2 * k]));
  const ys = Float64Array.from({ length: count }, (_, k) => outward(corners[2 * k + 1]));
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [bottom, top] = [Math.min(...ys), Math.max(...ys)];
  if (bottom === top) return mask;
  const scale = POLYGON_BANDS / (top - bottom);
  const { starts, edges } = bandEdges(xs, ys, (y) => Math.min(POLYGON_BANDS - 1, Math.floor((y - bottom) * scale)));
  for (let i = 0; i < us.length; i++) {
    const u = us[i];
    const v = vs[i];
    if (!(u >= left && u <= right && v >= bottom && v < top)) continue;
    const band = Math.min(POLYGON_BANDS - 1, Math.floor((v - bottom) * scale));
    let crossed = 0;
    for (let e = 5 * starts[band]; e < 5 * starts[band + 1]; e += 5) {
      // Numbers and not branches, which no processor foresees; and no division, so that every machine decides alike.
      const beside = Number((u - edges[e]) * edges[e + 4] < edges[e + 3] * (v - edges[e + 1]));
      crossed += Number(v >= edges[e + 1]) & Number(v < edges[e + 2]) & beside;
    }
    mask[i] = crossed & 1;
  }
  return mask;
}

// For each horizontal band the edges that pass it (x and y of the lower end, y of the upper, both lengths): a point then meets
// a few edges, not sixty.
function bandEdges(xs, ys, bandOf) {
  const lists = Array.from({ length: POLYGON_BANDS }, () => []);
  for (let k = 0; k < xs.length; k++) {
    const next = (k + 1) % xs.length;
    if (ys[k] === ys[next]) continue;
    const [a, b] = ys[k] < ys[next] ? [k, next] : [next, k];
    for (let band = bandOf(ys[a]); band <= bandOf(ys[b]); band++) lists[band].push([xs[a], ys[a], ys[b], xs[b] - xs[a], ys[b] - ys[a]]);
  }
  const starts = new Int32Array(POLYGON_BANDS + 1);
  lists.forEach((list, band) => { starts[band + 1] = starts[band] + list.length; });
  return { starts, edges: Float64Array.from(lists.flat(2)) };
}

/** The points of one cluster, of the noise or of all small clusters. @param {import("./cut.js").Cut|null} cut @returns {Uint8Array} */
export function clusterMembers(cut, representative, minSize, n) {
  const mask = new Uint8Array(n);
  if (!cut) return mask;
  const { labels, coreSizes } = cut;
  const wanted = representative >= 0 ? labels[representative] : representative;
  // A representative that is noise here has no cluster, and must not stand for the noise.
  if (representative >= 0 && wanted < 0) return mask;
  for (let i = 0; i < n; i++) {
    const label = labels[i];
    if (representative === SMALL_REPRESENTATIVE) mask[i] = label >= 0 && coreSizes[label] < minSize ? 1 : 0;
    else mask[i] = label === wanted ? 1 : 0;
  }
  return mask;
}

/**
 * @param {Edit} edit
 * @param {number} n
 * @param {{flat: (frame: number, turn: {yaw: number, pitch: number}|null) => {us: ArrayLike<number>, vs: ArrayLike<number>},
 *   cutAt: (frame: number, eps: number, policy: string|undefined) => import("./cut.js").Cut|null, minSize: number, labels?: Int32Array|null}} sources
 * @returns {Uint8Array}
 */
export function editMembers(edit, n, sources) {
  if (edit.kind === "cluster") return clusterMembers(sources.cutAt(edit.frame, edit.eps, edit.policy), edit.representative, sources.minSize, n);
  const mask = new Uint8Array(n);
  if (edit.kind === "point") {
    mask[edit.point] = 1;
    return mask;
  }
  if (edit.kind === "class") return mask.map((_, i) => (sources.labels?.[i] === edit.label ? 1 : 0));
  const { us, vs } = sources.flat(edit.frame, edit.turn);
  return pointsInPolygon(us, vs, edit.corners, mask);
}

/** @param {Uint8Array} mask changed in place @param {Edit} edit @param {(edit: Edit) => Uint8Array} members @returns {Uint8Array} */
export function applyEdit(mask, edit, members) {
  const selected = members(edit);
  if (edit.op === "set") mask.set(selected);
  else if (edit.op === "add") for (let i = 0; i < mask.length; i++) mask[i] |= selected[i];
  else if (edit.op === "keep") for (let i = 0; i < mask.length; i++) mask[i] &= selected[i];
  else for (let i = 0; i < mask.length; i++) mask[i] &= selected[i] ^ 1;
  return mask;
}

/** @param {Edit[]} edits @param {number} n @param {(edit: Edit) => Uint8Array} members @returns {Uint8Array} */
export function replayEdits(edits, n, members) {
  return edits.reduce((mask, edit) => applyEdit(mask, edit, members), new Uint8Array(n));
}

/** @param {Uint8Array} mask */
export function countMask(mask) {
  let count = 0;
  for (let i = 0; i < mask.length; i++) count += mask[i];
  return count;
}

/** @param {Edit[]} edits @returns {string} of A-Z, a-z, 0-9, "-" and "_"; empty for no edits */
export function encodeEdits(edits) {
  if (edits.length === 0) return "";
  const bytes = [EDITS_FORMAT];
  const scratch = new DataView(new ArrayBuffer(8));
  const putFloat = (value) => {
    scratch.setFloat64(0, value, true);
    for (let k = 0; k < 8; k++) bytes.push(scratch.getUint8(k));
  };
  const putCount = (value) => {
    for (let rest = value; ; rest = Math.floor(rest / 128)) {
      bytes.push((rest % 128) + (rest >= 128 ? 128 : 0));
      if (rest < 128) return;
    }
  };
  for (const edit of edits) {
    const policy = edit.kind === "cluster" ? EDIT_POLICIES.indexOf(edit.policy) : 0;
    const turned = edit.kind === "area" && edit.turn ? 1 : 0;
    bytes.push(EDIT_OPS.indexOf(edit.op) + 4 * EDIT_KINDS.indexOf(edit.kind) + 16 * policy + 64 * turned);
    putCount(edit.kind === "point" ? edit.point : edit.kind === "class" ? edit.label : edit.frame);
    if (edit.kind === "cluster") {
      putFloat(edit.eps);
      putCount(edit.representative - SMALL_REPRESENTATIVE);
    } else if (edit.kind === "area") {
      if (turned) [edit.turn.yaw, edit.turn.pitch].forEach(putFloat);
      bytes.push(edit.corners.length / 2);
      for (const value of edit.corners) bytes.push(value & 255, value >> 8);
    }
  }
  const sum = checksum(bytes);
  bytes.push(sum & 255, sum >> 8);
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {unknown} text @param {number} n @param {number} frameCount @returns {Edit[]|null} null where the text is no list of edits of this scene */
export function decodeEdits(text, n, frameCount) {
  if (text === "") return [];
  if (typeof text !== "string" || text.length > 20000 || !/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) return null;
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const end = bytes.length - 2;
  if (end < 2 || bytes[0] !== EDITS_FORMAT || checksum(bytes.subarray(0, end)) !== bytes[end] + 256 * bytes[end + 1]) return null;
  const edits = [];
  const cursor = { view: new DataView(bytes.buffer, 0, end), at: 1 };
  while (cursor.at < end) {
    const edit = edits.length < MAX_EDITS ? decodeEdit(cursor, n, frameCount) : null;
    if (!edit) return null;
    edits.push(edit);
  }
  // One text for one list: padding bits and roundabout numbers are not ours.
  return encodeEdits(edits) === text ? edits : null;
}

function decodeEdit(cursor, n, frameCount) {
  const { view } = cursor;
  const left = () => view.byteLength - cursor.at;
  const byte = () => (left() >= 1 ? view.getUint8(cursor.at++) : NaN);
  const float = () => (left() >= 8 ? view.getFloat64((cursor.at += 8) - 8, true) : NaN);
  const count = () => {
    let value = 0;
    for (let unit = 1; unit < 2 ** 35; unit *= 128) {
      const part = byte();
      value += (part % 128) * unit;
      if (!(part >= 128)) return value;
    }
    return NaN;
  };
  const head = byte();
  const [op, kind, policy, turned] = [EDIT_OPS[head & 3], EDIT_KINDS[(head >> 2) & 3], EDIT_POLICIES[(head >> 4) & 3], head >> 6];
  if (!op || !kind || turned > (kind === "area" ? 1 : 0) || (policy && kind !== "cluster") || (op === "keep") !== (kind === "class")) return null;
  const first = count();
  if (!(first < (kind === "point" ? n : kind === "class" ? MAX_LABEL : frameCount))) return null;
  if (kind === "point") return { op, kind, point: first };
  if (kind === "class") return { op, kind, label: first };
  if (kind === "cluster") {
    const eps = float();
    const representative = count() + SMALL_REPRESENTATIVE;
    if (!(eps > 0 && eps < Infinity && representative < n)) return null;
    return { op, kind, frame: first, eps, representative, ...(policy ? { policy } : {}) };
  }
  const turn = turned ? { yaw: float(), pitch: float() } : null;
  const length = byte();
  if ((turn && !(Number.isFinite(turn.yaw) && Number.isFinite(turn.pitch))) || !(length >= 3 && length <= MAX_CORNERS) || left() < 4 * length) return null;
  return { op, kind, frame: first, turn, corners: Uint16Array.from({ length: 2 * length }, () => byte() + 256 * byte()) };
}

// Sixteen bits of FNV-1a: a letter lost or changed on the way should select nothing rather than something else.
function checksum(bytes) {
  let sum = 0x811c9dc5;
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01000193);
  return ((sum >>> 16) ^ sum) & 0xffff;
}
