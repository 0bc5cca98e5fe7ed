// The history of one point's cluster as ε grows: when it forms, what it merges with, who represents it at every ε.
// Why a cached dendrogram: the merges of a tree are the same for every point, so a moving pointer only walks up one branch.

import { epsToX } from "../common/axis.js";
import { formatCount, formatEps, plural } from "../common/format.js";
import { findRoot } from "./cut.js";
import { TRACK } from "./track.js";

/**
 * @typedef {import("./scene.js").Tree} Tree
 * @typedef {{eps: number, kind: "border"|"core"|"formed"|"joins"|"takes", size: number, other: number, otherSize: number}} HistoryEvent
 *   size: core points of the cluster from there on. border, core: the point comes in as such; formed: the cluster comes to be counted;
 *   joins, takes: it meets a counted cluster whose representative (`other`) ranks higher, or lower; otherSize: that one's core points
 *   just before. Where there is no other, `other` is −1 and `otherSize` 0.
 * @typedef {{low: number, high: number, representative: number, merges: boolean}} HistorySpan
 *   from low (included) to high; −1: the point is noise; merges: it merges with a counted cluster at low
 */

/** @type {WeakMap<Tree, {rank: ArrayLike<number>, up: Int32Array, left: Int32Array, right: Int32Array, size: Int32Array, best: Int32Array}>} */
const DENDROGRAMS = new WeakMap();

// Node i < n is point i, node n + e what edge e has united: its two parts, its core points, its representative.
function buildDendrogram(tree, rank) {
  const cached = DENDROGRAMS.get(tree);
  if (cached && cached.rank === rank) return cached;
  const { u, v, w } = tree;
  const n = tree.core.length;
  const link = new Int32Array(n);
  const node = new Int32Array(n);
  const dendrogram = {
    rank, up: new Int32Array(2 * n).fill(-1), left: new Int32Array(n), right: new Int32Array(n),
    size: new Int32Array(2 * n).fill(1), best: new Int32Array(2 * n),
  };
  const { up, left, right, size, best } = dendrogram;
  for (let i = 0; i < n; i++) link[i] = node[i] = best[i] = i;
  for (let e = 0; e < w.length && w[e] < Infinity; e++) {
    const a = findRoot(link, u[e]);
    const b = findRoot(link, v[e]);
    if (a === b) continue;
    const mergedNode = n + e;
    const first = node[a];
    const second = node[b];
    left[e] = first;
    right[e] = second;
    up[first] = up[second] = mergedNode;
    size[mergedNode] = size[first] + size[second];
    best[mergedNode] = rank[best[first]] < rank[best[second]] ? best[first] : best[second];
    const root = size[first] < size[second] ? b : a;
    link[root === a ? b : a] = root;
    node[root] = mergedNode;
  }
  DENDROGRAMS.set(tree, dendrogram);
  return dendrogram;
}

/**
 * Exactly what `cutTree` says of the point at every ε. The first call for a tree costs one pass over its edges.
 * @param {Tree} tree
 * @param {number} point
 * @param {Uint32Array} rank
 * @param {number} minSize core points a cluster needs to be counted
 * @param {number} low
 * @param {number} high
 * @returns {{events: HistoryEvent[], spans: HistorySpan[]}} events over all ε, ascending; spans over low..high
 */
export function clusterHistory(tree, point, rank, minSize, low, high) {
  const { core, border, parent, w } = tree;
  const n = core.length;
  const dendrogram = buildDendrogram(tree, rank);
  const { up, left, right, size, best } = dendrogram;
  const events = [];
  const states = [];
  const bornAt = (node) => (node < n ? core[node] : w[node - n]);
  const nextMerge = (node) => (up[node] < 0 ? Infinity : w[up[node] - n]);
  const nodeAt = (start, eps) => {
    let node = start;
    while (nextMerge(node) <= eps) node = up[node];
    return node;
  };

  // The counted clusters that `node` meets at exactly `eps`: those that were there before. Several edges may be equally long, and
  // their order means nothing, so what only they have united is taken apart again.
  const others = [];
  const collectMerged = (node, eps) => {
    others.length = 0;
    let after = node;
    for (; nextMerge(after) === eps; after = up[after]) {
      const edge = up[after] - n;
      const open = [left[edge] === after ? right[edge] : left[edge]];
      while (open.length > 0) {
        const part = open.pop();
        if (size[part] < minSize) continue;
        if (bornAt(part) < eps) others.push(part);
        else if (part >= n) open.push(left[part - n], right[part - n]);
      }
    }
    return after;
  };

  const note = (eps, before, after) => {
    const ownRank = rank[best[before]];
    const total = size[after];
    others.sort((a, b) => size[b] - size[a] || rank[best[a]] - rank[best[b]]);
    for (const node of others) {
      events.push({ eps, kind: rank[best[node]] < ownRank ? "joins" : "takes", size: total, other: best[node], otherSize: size[node] });
    }
    if (others.length === 0 && size[before] < minSize && total >= minSize) events.push({ eps, kind: "formed", size: total, other: -1, otherSize: 0 });
    if (others.length > 0 || best[after] !== best[before]) states.push({ eps, representative: best[after], merges: others.length > 0 });
  };

  const enter = (eps, kind, node) => {
    events.push({ eps, kind, size: size[node], other: -1, otherSize: 0 });
    states.push({ eps, representative: best[node], merges: false });
    return node;
  };

  const follow = (start, below) => {
    let node = start;
    while (nextMerge(node) < below) {
      const eps = nextMerge(node);
      const after = collectMerged(node, eps);
      note(eps, node, after);
      node = after;
    }
    return node;
  };

  const asBorder = border[point] < core[point];
  let node = -1;
  if (asBorder) {
    const joined = enter(border[point], "border", nodeAt(parent[point], border[point]));
    node = follow(joined, core[point]);
  }
  if (core[point] < Infinity) {
    const eps = core[point];
    const own = nodeAt(point, eps);
    if (asBorder) {
      events.push({ eps, kind: "core", size: size[own], other: -1, otherSize: 0 });
      collectMerged(node, eps);
      note(eps, node, own);
    } else {
      enter(eps, "core", own);
    }
    follow(own, Infinity);
  }
  return { events, spans: spansOf(states, low, high) };
}

function spansOf(states, low, high) {
  const spans = [{ low, high, representative: -1, merges: false }];
  for (const { eps, representative, merges } of states) {
    if (eps > high) break;
    const last = spans[spans.length - 1];
    if (eps <= low) last.representative = representative;
    else if (eps === last.low) Object.assign(last, { representative, merges: merges || last.merges });
    else if (representative !== last.representative || merges) {
      last.high = eps;
      spans.push({ low: eps, high, representative, merges });
    }
  }
  return spans;
}

/**
 * A lane of spans on the axis of the ε track: noise is a thin line, a cluster a band, a merge a tick across it.
 * @param {CanvasRenderingContext2D} context scaled to CSS pixels
 * @param {number} width CSS pixels, that of the track
 * @param {number} y top of the lane
 * @param {number} height of the lane
 * @param {HistorySpan[]} spans
 * @param {number} low
 * @param {number} high
 * @param {(representative: number) => string} colourOf −1: the colour of noise
 * @param {string} ink of the ticks
 */
export function paintHistory(context, width, y, height, spans, low, high, colourOf, ink = colourOf(-1)) {
  const at = (eps) => (eps > 0 ? epsToX(Math.log(eps), Math.log(low), Math.log(high), width) : TRACK.thumb / 2);
  for (const span of spans) {
    const thickness = span.representative < 0 ? Math.min(2, height) : height;
    const left = at(span.low);
    context.fillStyle = colourOf(span.representative);
    context.fillRect(left, y + (height - thickness) / 2, Math.max(0, at(span.high) - left), thickness);
  }
  context.fillStyle = ink;
  for (const span of spans) if (span.merges) context.fillRect(Math.round(at(span.low)) - 0.5, y - 2, 1, height + 4);
}

/**
 * What happened to the cluster last and what happens next, seen from one ε.
 * @param {HistoryEvent[]} events
 * @param {number} eps
 * @returns {string}
 */
export function describeHistory(events, eps) {
  const next = events.findIndex((event) => event.eps > eps);
  const nPast = next < 0 ? events.length : next;
  const last = eventsAtSameEps(events, nPast - 1, -1);
  const upcoming = next < 0 ? [] : eventsAtSameEps(events, next, 1);
  if (last.length === 0) {
    if (upcoming.length === 0) return "Noise at every ε.";
    const role = upcoming[0].kind === "border" ? "a border point" : "a core point";
    return `Noise up to ε ${formatEps(upcoming[0].eps)}, where it becomes ${role} of a cluster of ${formatCount(upcoming[0].size)}.`;
  }
  const sentences = [describePast(last)];
  if (upcoming.length > 0) sentences.push(describeNext(upcoming));
  return sentences.join(" ");
}

// All events at the ε of one of them, looking backwards or forwards.
function eventsAtSameEps(events, index, step) {
  const found = [];
  for (let k = index; k >= 0 && k < events.length && events[k].eps === events[index].eps; k += step) found.push(events[k]);
  return step < 0 ? found.reverse() : found;
}

function describeMerged(events) {
  const merged = events.filter((event) => event.other >= 0);
  if (merged.length === 0) return "";
  return merged.length === 1 ? `a cluster of ${formatCount(merged[0].otherSize)}` : plural(merged.length, "cluster");
}

function describePast(events) {
  const at = `ε ${formatEps(events[0].eps)}`;
  const others = describeMerged(events);
  if (others) return `Merged with ${others} at ${at}.`;
  if (events.some((event) => event.kind === "formed")) return `Formed at ${at}.`;
  return events[events.length - 1].kind === "border" ? `A border point since ${at}.` : `A core point since ${at}.`;
}

function describeNext(events) {
  const at = `At ε ${formatEps(events[0].eps)}`;
  const others = describeMerged(events);
  if (others) return `${at} it merges with ${others}.`;
  if (events.some((event) => event.kind === "formed")) return `${at} it grows to ${plural(events[0].size, "core point")} and counts.`;
  return `${at} the point becomes a core point.`;
}
