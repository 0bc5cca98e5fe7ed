// Packs small scenes for the tests: the same bytes that Python writes, with a tree from a plain Prim.

import { parseScene } from "../../vaegc/web/stage/scene.js";

const SIZES = { u1: 1, u2: 2, u4: 4, i4: 4, f4: 4, f8: 8 };
const TYPES = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i4: Int32Array, f4: Float32Array, f8: Float64Array };

/** A repeatable stream of numbers in [0, 1). */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function distance(a, b) {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += (a[j] - b[j]) ** 2;
  return Math.sqrt(sum);
}

/** Core, border, parent and the minimum spanning tree of mutual reachability, in N² steps. */
export function buildTree(points, minSamples) {
  const n = points.length;
  const core = new Float64Array(n).fill(Infinity);
  const border = new Float64Array(n).fill(Infinity);
  const parent = new Uint32Array(n);
  const near = [];
  for (let i = 0; i < n; i++) {
    const order = points.map((_, j) => [j === i ? 0 : distance(points[i], points[j]), j])
      .sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, minSamples);
    near.push(order);
    if (order.length === minSamples) core[i] = order[minSamples - 1][0];
  }
  for (let i = 0; i < n; i++) {
    parent[i] = i;
    for (const [gap, p] of near[i]) {
      const reach = Math.max(gap, core[p]);
      if (reach < border[i] || (reach === border[i] && p < parent[i])) {
        border[i] = reach;
        parent[i] = p;
      }
    }
  }
  const best = new Float64Array(n).fill(Infinity);
  const from = new Int32Array(n).fill(0);
  const inside = new Uint8Array(n);
  const edges = [];
  let current = 0;
  inside[0] = 1;
  for (let round = 1; round < n; round++) {
    let next = -1;
    for (let j = 0; j < n; j++) {
      if (inside[j]) continue;
      const reach = Math.max(core[current], core[j], distance(points[current], points[j]));
      if (reach < best[j] || from[j] < 0) {
        best[j] = reach;
        from[j] = current;
      }
      if (next < 0 || best[j] < best[next]) next = j;
    }
    inside[next] = 1;
    edges.push({ u: from[next], v: next, w: best[next] });
    current = next;
  }
  edges.sort((a, b) => a.w - b.w);
  return {
    core, border, parent,
    u: Uint32Array.from(edges, (edge) => edge.u),
    v: Uint32Array.from(edges, (edge) => edge.v),
    w: Float64Array.from(edges, (edge) => edge.w),
  };
}

/** @param {any} header without `arrays` @param {Record<string, {dtype: string, shape: number[], data: ArrayLike<number>}>} arrays */
export function packScene(header, arrays) {
  const described = {};
  let offset = 0;
  for (const [name, { dtype, shape, data }] of Object.entries(arrays)) {
    described[name] = { dtype, shape, offset };
    offset += Math.ceil((data.length * SIZES[dtype]) / 8) * 8;
  }
  const text = new TextEncoder().encode(JSON.stringify({ ...header, arrays: described }));
  const base = Math.ceil((4 + text.length) / 8) * 8;
  const bytes = new Uint8Array(base + offset);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  for (const [name, { dtype, data }] of Object.entries(arrays)) {
    new TYPES[dtype](bytes.buffer, base + described[name].offset, data.length).set(data);
  }
  return bytes;
}

/** A complete small scene of one frame per point set. `options` overrides header fields. */
export function makeScene(pointSets, minSamples, labels = null, options = {}) {
  const n = pointSets[0].length;
  const trees = pointSets.map((points) => buildTree(points, minSamples));
  const finite = trees.flatMap((tree) => [...tree.w]).filter((w) => Number.isFinite(w) && w > 0);
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  const header = {
    format: 2, version: "test", n, dim: 2, steps: pointSets.map((_, t) => t), bounds: [0, 0, 1, 1],
    trees: pointSets.map((_, t) => ({ frame: t, plateaus: [], suggestion: { n_clusters: null, eps: null, reason: "" } })),
    eps: finite.length > 0 ? { low, high, start: Math.sqrt(low * high) } : null, eps_note: null, eps_floor: 0,
    initial: { frame: 0, eps: null, play: false }, min_samples: minSamples, min_size: 3, noise_policy: "wrong",
    class_names: null, caption: "test", notes: [], view_is_space: true, space: "data", view: "data", sprites: null,
    palette: { light: ["#112233"], dark: ["#445566"] }, noise: { light: "#999999", dark: "#777777" }, ...options,
  };
  const joined = (name) => trees.flatMap((tree) => [...tree[name]]);
  const grid = (value) => Math.round(Math.min(1, Math.max(0, value)) * 65535);
  const arrays = {
    frames: { dtype: "u2", shape: [pointSets.length, n, 2], data: pointSets.flatMap((points) => points.flatMap((p) => [grid(p[0]), grid(p[1] ?? 0)])) },
    slots: { dtype: "u4", shape: [n], data: Uint32Array.from({ length: n }, (_, i) => i) },
    colours: { dtype: "u1", shape: [n], data: new Uint8Array(n) },
    rank: { dtype: "u4", shape: [n], data: Uint32Array.from({ length: n }, (_, i) => n - 1 - i) },
    tree_u: { dtype: "u4", shape: [trees.length, n - 1], data: joined("u") },
    tree_v: { dtype: "u4", shape: [trees.length, n - 1], data: joined("v") },
    tree_w: { dtype: "f8", shape: [trees.length, n - 1], data: joined("w") },
    core: { dtype: "f8", shape: [trees.length, n], data: joined("core") },
    border: { dtype: "f8", shape: [trees.length, n], data: joined("border") },
    parent: { dtype: "u4", shape: [trees.length, n], data: joined("parent") },
  };
  if (labels) arrays.labels = { dtype: "i4", shape: [n], data: labels };
  return packScene(header, arrays);
}

/** A parsed scene whose points move towards the middle, some way in each frame. */
export function cloudScene(n = 40, frames = 3, labels = null) {
  const random = seededRandom(9);
  const start = Array.from({ length: n }, () => [random(), random()]);
  const sets = Array.from({ length: frames }, (_, f) => start.map(([x, y]) => [x + (0.5 - x) * 0.2 * f, y + (0.5 - y) * 0.2 * f]));
  return parseScene(makeScene(sets, 3, labels));
}
