// Score curves: ACC and NMI at values of ε along the track, a few at a time.
// Why lazily: each is a cut and a scoring; at 70,000 points all of them at once would hold up the hand.

import { cutTree } from "./cut.js";
import { scoreCut } from "./policy.js";

/** Values of ε, evenly spaced in ln ε. */
const SCORED_EPS = 72;

/** @typedef {{eps: Float64Array, acc: Float64Array, nmi: Float64Array, done: number}} ScoreCurve */

export class ScoreCurves {
  /** @param {import("./scene.js").Scene} scene */
  constructor(scene) {
    this.scene = scene;
    this.cache = new Map();
  }

  /** What is known of one tree under one policy. @returns {ScoreCurve} */
  curve(tree, policy) {
    const key = `${this.scene.trees.indexOf(tree)} ${policy}`;
    if (!this.cache.has(key)) {
      const { low, high } = this.scene.header.eps;
      const eps = Float64Array.from({ length: SCORED_EPS }, (_, k) => Math.min(high, low * (high / low) ** (k / (SCORED_EPS - 1))));
      this.cache.set(key, { eps, acc: new Float64Array(SCORED_EPS), nmi: new Float64Array(SCORED_EPS), done: 0 });
    }
    return this.cache.get(key);
  }

  /** Scores on for some milliseconds. @returns {boolean} whether all of the line is known */
  extend(tree, policy, milliseconds) {
    const line = this.curve(tree, policy);
    const { scene } = this;
    for (const until = performance.now() + milliseconds; line.done < SCORED_EPS && performance.now() < until; line.done++) {
      const eps = line.eps[line.done];
      const cut = cutTree(tree, eps, scene.rank, scene.header.min_size);
      const { acc, nmi } = scoreCut(policy, tree, eps, cut, scene);
      line.acc[line.done] = acc;
      line.nmi[line.done] = nmi;
    }
    return line.done === SCORED_EPS;
  }
}
