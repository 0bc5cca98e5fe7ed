// Parses the bytes that Python packs (`scene.py`): a JSON header, then 8-byte aligned arrays, as typed-array views.
// Why validated here: everything that reads a scene trusts its arrays.

/**
 * @typedef {{frame: number, step: number, plateaus: Plateau[], suggestion: Suggestion,
 *   u: Uint32Array, v: Uint32Array, w: Float64Array, core: Float64Array, border: Float64Array, parent: Uint32Array,
 *   claims: {point: ArrayLike<number>, rival: ArrayLike<number>, reach: ArrayLike<number>}}} Tree
 * @typedef {{n_clusters: number, eps_low: number, eps_high: number, log_length: number}} Plateau
 * @typedef {{n_clusters: number|null, eps: number|null, reason: string}} Suggestion
 * @typedef {{name: string, low: number, high: number, values: Float32Array|Float64Array}} Column
 * @typedef {{width: number, height: number, box: number[], values: Float32Array}} Field a log density on a grid, row 0 at the bottom
 * @typedef {{header: any, version: string, n: number, dim: 2|3, frameCount: number, steps: number[], frames: Uint16Array,
 *   labels: Int32Array|null, classes: Int32Array|null, classCount: number, slots: Uint32Array, colours: Uint8Array, rank: Uint32Array,
 *   logDensity: Float32Array|null, sprites: Uint8Array|null, trees: Tree[], treeOfFrame: Int32Array, order: Uint32Array,
 *   columns: Column[], travelled: Uint16Array|null, contours: Field|null, ids: Int32Array|null}} Scene
 */

const SCENE_FORMAT = 2;

const ARRAY_TYPES = {
  u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i4: Int32Array, f4: Float32Array, f8: Float64Array,
};

/**
 * Parses and validates a packed scene.
 * @param {Uint8Array} bytes
 * @returns {Scene} views into `bytes`, or into an aligned copy of them
 */
export function parseScene(bytes) {
  const { header, base } = readHeader(bytes);
  // Typed-array views need their own alignment; what arrives over a socket may start anywhere.
  const data = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const readArray = arrayReader(data, header, base);

  const n = header.n;
  const steps = header.steps;
  const frameCount = steps.length;
  const treeCount = header.trees.length;
  const frames = readArray("frames", ["u2"], [frameCount, n, header.dim]);
  const labels = readArray("labels", ["i4"], [n], true);
  const { classes, classCount } = compactClasses(labels);
  const forest = {
    u: readArray("tree_u", ["u4"], [treeCount, n - 1]),
    v: readArray("tree_v", ["u4"], [treeCount, n - 1]),
    w: readArray("tree_w", ["f8"], [treeCount, n - 1]),
    core: readArray("core", ["f8"], [treeCount, n]),
    border: readArray("border", ["f8"], [treeCount, n]),
    parent: readArray("parent", ["u4"], [treeCount, n]),
  };
  const claims = claimReader(readArray, treeCount, n);
  checkEnds(forest.u, n);
  checkEnds(forest.v, n);
  const trees = header.trees.map((entry, f) => ({
    frame: entry.frame,
    step: steps[entry.frame],
    plateaus: entry.plateaus ?? [],
    suggestion: entry.suggestion ?? { n_clusters: null, eps: null, reason: "" },
    u: forest.u.subarray(f * (n - 1), (f + 1) * (n - 1)),
    v: forest.v.subarray(f * (n - 1), (f + 1) * (n - 1)),
    w: forest.w.subarray(f * (n - 1), (f + 1) * (n - 1)),
    core: forest.core.subarray(f * n, (f + 1) * n),
    border: forest.border.subarray(f * n, (f + 1) * n),
    parent: forest.parent.subarray(f * n, (f + 1) * n),
    claims: claims(f),
  }));
  return {
    header, version: String(header.version), n, dim: header.dim, frameCount, steps, frames, labels, classes, classCount,
    slots: readArray("slots", ["u4"], [n]),
    colours: readArray("colours", ["u1"], [n]),
    rank: readArray("rank", ["u4"], [n]),
    logDensity: readArray("log_density", ["f4"], [frameCount, n], true),
    sprites: header.sprites ? readArray("sprites", ["u1"], null, true) : null,
    trees,
    treeOfFrame: nearestTrees(trees, frameCount),
    order: shuffledOrder(n),
    columns: readColumns(readArray, header, n),
    travelled: header.travelled ? readArray("travelled", ["u2"], [frameCount, n]) : null,
    contours: readContours(readArray, header),
    ids: readArray("ids", ["i4"], [n], true),
  };
}

function readColumns(readArray, header, n) {
  const named = header.columns ?? [];
  if (named.length === 0) return [];
  const values = readArray("columns", ["f4", "f8"], [named.length, n]);
  return named.map((column, c) => ({ ...column, values: values.subarray(c * n, (c + 1) * n) }));
}

function readContours(readArray, header) {
  if (!header.contours) return null;
  const { width, height } = header.contours;
  return { ...header.contours, values: readArray("contours", ["f4"], [height, width]) };
}

// Claims on border points by clusters other than their parent's; only scores need them, so only labelled scenes hold them.
function claimReader(readArray, treeCount, n) {
  const starts = readArray("claims", ["u4"], [treeCount + 1], true);
  if (!starts) return () => ({ point: [], rival: [], reach: [] });
  const shape = [starts[treeCount]];
  const [point, rival] = ["claim_point", "claim_rival"].map((name) => readArray(name, ["u4"], shape));
  const reach = readArray("claim_reach", ["f8"], shape);
  checkEnds(point, n);
  checkEnds(rival, n);
  const part = (array, f) => array.subarray(starts[f], starts[f + 1]);
  return (f) => ({ point: part(point, f), rival: part(rival, f), reach: part(reach, f) });
}

/** The scene's content hash from the header alone, so that a second call with the same scene costs nothing. @param {Uint8Array} bytes */
export function readVersion(bytes) {
  return String(readHeader(bytes).header.version);
}

function readHeader(bytes) {
  if (!(bytes instanceof Uint8Array)) throw new Error("There are no data for this picture.");
  if (bytes.byteLength < 8) throw new Error("The picture's data are empty.");
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  if (4 + length > bytes.byteLength) throw new Error("The picture's data are cut off in the header.");
  let header;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(4, 4 + length)));
  } catch {
    throw new Error("The picture's header is not readable.");
  }
  if (header?.format !== SCENE_FORMAT) {
    throw new Error(`This picture has format ${header?.format}; this page reads format ${SCENE_FORMAT}. Reload the page.`);
  }
  const valid = Number.isInteger(header.n) && header.n >= 1 && Array.isArray(header.steps) && header.steps.length >= 1
    && Array.isArray(header.trees) && header.trees.length >= 1 && (header.dim === 2 || header.dim === 3)
    && Array.isArray(header.bounds) && header.bounds.length === 2 * header.dim
    && header.trees.every((tree) => Number.isInteger(tree.frame) && tree.frame >= 0 && tree.frame < header.steps.length)
    && header.palette?.light?.length > 0 && header.palette?.dark?.length > 0 && header.arrays;
  if (!valid) throw new Error("The picture's header is incomplete.");
  return { header, base: Math.ceil((4 + length) / 8) * 8 };
}

function arrayReader(data, header, base) {
  return (name, dtypes, shape, optional = false) => {
    const entry = header.arrays[name];
    if (!entry) {
      if (optional) return null;
      throw new Error(`The picture's data lack "${name}".`);
    }
    const ArrayType = dtypes.includes(entry.dtype) ? ARRAY_TYPES[entry.dtype] : undefined;
    if (!ArrayType) throw new Error(`The picture's "${name}" has type ${entry.dtype}, expected ${dtypes.join(" or ")}.`);
    const length = entry.shape.reduce((product, side) => product * side, 1);
    // An empty array may be written with any shape that multiplies to zero, so lengths are compared as well.
    const expected = shape ? shape.reduce((product, side) => product * side, 1) : length;
    if (length !== expected) throw new Error(`The picture's "${name}" has shape ${entry.shape}, expected ${shape}.`);
    const start = base + entry.offset;
    if (start % ArrayType.BYTES_PER_ELEMENT !== 0 || start + length * ArrayType.BYTES_PER_ELEMENT > data.byteLength) {
      throw new Error(`The picture's data are cut off in "${name}".`);
    }
    return new ArrayType(data.buffer, data.byteOffset + start, length);
  };
}

// An end outside the points would send the union-find into an endless loop.
function checkEnds(ends, n) {
  for (let e = 0; e < ends.length; e++) {
    if (ends[e] >= n) throw new Error("The picture's tree names a point that does not exist.");
  }
}

// Class numbers may have gaps (a subset of digits); the contingency table wants 0..C-1.
function compactClasses(labels) {
  if (!labels) return { classes: null, classCount: 0 };
  const values = [...new Set(labels)].sort((a, b) => a - b);
  const position = new Map(values.map((value, index) => [value, index]));
  return { classes: Int32Array.from(labels, (value) => position.get(value)), classCount: values.length };
}

// The tree of the frame itself, else of the closest frame; on a tie the earlier one, which the film has already shown.
function nearestTrees(trees, frameCount) {
  const nearest = new Int32Array(frameCount);
  for (let t = 0; t < frameCount; t++) {
    let best = 0;
    for (let f = 1; f < trees.length; f++) {
      const gap = Math.abs(trees[f].frame - t) - Math.abs(trees[best].frame - t);
      if (gap < 0 || (gap === 0 && trees[f].frame < trees[best].frame)) best = f;
    }
    nearest[t] = best;
  }
  return nearest;
}

// Data often come sorted by class: drawn in that order the last class would hide the others.
function shuffledOrder(n) {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  let seed = 0x9e3779b9;
  for (let i = n - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((seed / 4294967296) * (i + 1));
    const swapped = order[i];
    order[i] = order[j];
    order[j] = swapped;
  }
  return order;
}
