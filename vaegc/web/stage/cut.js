// DBSCAN at any ε from one tree of mutual reachability, and its counts at every ε.
// Why exact: a prefix of the sorted tree unites precisely the core points that DBSCAN unites.

/**
 * @typedef {import("./scene.js").Tree} Tree
 * @typedef {{labels: Int32Array, nClusters: number, nCounted: number, coreSizes: Int32Array,
 *   representatives: Int32Array, noise: number}} Cut
 * @typedef {{eps: Float64Array, counted: Int32Array, clusters: Int32Array, noise: Float64Array, maxCounted: number}} Curve
 */

/** @param {Int32Array} link @param {number} point @returns {number} the root of a point, with the path to it halved */
export function findRoot(link, point) {
  let root = point;
  while (link[root] !== root) {
    link[root] = link[link[root]];
    root = link[root];
  }
  return root;
}

/**
 * DBSCAN at one ε, by union-find over the edges no longer than ε: core points by their components, border points by their parent.
 * @param {Tree} tree
 * @param {number} eps
 * @param {Uint32Array} rank smallest = densest at the start; decides which core point stands for its cluster
 * @param {number} minSize core points a cluster needs to be counted
 * @returns {Cut}
 */
export function cutTree(tree, eps, rank, minSize) {
  const { u, v, w, core, border, parent } = tree;
  const n = core.length;
  const link = new Int32Array(n);
  for (let i = 0; i < n; i++) link[i] = i;
  for (let e = 0; e < w.length && w[e] <= eps; e++) {
    const a = findRoot(link, u[e]);
    const b = findRoot(link, v[e]);
    // The lower index stays root, so clusters meet their lowest core point first and number themselves.
    if (a < b) link[b] = a;
    else if (b < a) link[a] = b;
  }

  const labels = new Int32Array(n).fill(-1);
  let nClusters = 0;
  for (let i = 0; i < n; i++) {
    if (!(core[i] <= eps)) continue;
    const root = findRoot(link, i);
    labels[i] = root === i ? nClusters++ : labels[root];
  }
  const coreSizes = new Int32Array(nClusters);
  const representatives = new Int32Array(nClusters).fill(-1);
  for (let i = 0; i < n; i++) {
    const label = labels[i];
    if (label < 0) continue;
    coreSizes[label]++;
    const representative = representatives[label];
    if (representative < 0 || rank[i] < rank[representative]) representatives[label] = i;
  }
  // Only now: a border point must not look like a core point to the loop above.
  let nNoise = 0;
  for (let i = 0; i < n; i++) {
    if (core[i] <= eps) continue;
    labels[i] = border[i] <= eps ? labels[parent[i]] ?? -1 : -1;
    if (labels[i] < 0) nNoise++;
  }
  let nCounted = 0;
  for (let c = 0; c < nClusters; c++) if (coreSizes[c] >= minSize) nCounted++;
  return { labels, nClusters, nCounted, coreSizes, representatives, noise: nNoise / n };
}

/**
 * The labels that scores are read from: a border point within reach of several clusters counts in the first of them, where
 * scikit-learn's DBSCAN puts it. The picture keeps it with its nearest core point, which no order of the data can change.
 * @param {Tree} tree
 * @param {number} eps
 * @param {Int32Array} labels of `cutTree` at the same ε
 * @returns {Int32Array}
 */
export function sklearnLabels(tree, eps, labels) {
  const { point, rival, reach } = tree.claims;
  const scored = labels.slice();
  for (let k = 0; k < reach.length && reach[k] <= eps; k++) {
    if (tree.core[point[k]] > eps) scored[point[k]] = Math.min(scored[point[k]], labels[rival[k]]);
  }
  return scored;
}

/**
 * The counts at `samples` values of ε, evenly spaced in ln ε, in one walk over births (a point becomes core)
 * and edges (two clusters become one).
 * @param {Tree} tree
 * @param {number} low
 * @param {number} high
 * @param {number} minSize
 * @param {number} samples
 * @returns {Curve}
 */
export function sweepCurve(tree, low, high, minSize, samples = 300) {
  const { u, v, w, core, border } = tree;
  const n = core.length;
  const births = core.slice().sort();
  // A point is among its own neighbours, so its border distance never exceeds its core distance.
  const borderBirths = border.slice().sort();
  const link = new Int32Array(n);
  const size = new Int32Array(n).fill(1);
  for (let i = 0; i < n; i++) link[i] = i;

  const curve = {
    eps: new Float64Array(samples), counted: new Int32Array(samples), clusters: new Int32Array(samples),
    noise: new Float64Array(samples), maxCounted: 0,
  };
  const logLow = Math.log(low);
  const stride = samples > 1 ? (Math.log(high) - logLow) / (samples - 1) : 0;
  const isCounted = (points) => (points >= minSize ? 1 : 0);
  let born = 0;
  let edge = 0;
  let labelled = 0;
  let counted = 0;
  for (let s = 0; s < samples; s++) {
    const eps = s === 0 ? low : s === samples - 1 ? high : Math.exp(logLow + s * stride);
    while (born < n && births[born] <= eps) {
      born++;
      counted += isCounted(1);
    }
    for (; edge < w.length && w[edge] <= eps; edge++) {
      let a = findRoot(link, u[edge]);
      let b = findRoot(link, v[edge]);
      if (a === b) continue;
      if (size[a] < size[b]) [a, b] = [b, a];
      counted += isCounted(size[a] + size[b]) - isCounted(size[a]) - isCounted(size[b]);
      link[b] = a;
      size[a] += size[b];
    }
    while (labelled < n && borderBirths[labelled] <= eps) labelled++;
    curve.eps[s] = eps;
    curve.counted[s] = counted;
    curve.clusters[s] = born - edge;
    curve.noise[s] = (n - labelled) / n;
    curve.maxCounted = Math.max(curve.maxCounted, counted);
  }
  return curve;
}
