// What is painted: colours, selection, contours and trails of the current state, and of the start beside it.
// Why kept: the same object is the same picture, so that nothing is painted twice.

import { isOfFrame } from "./colouring.js";
import { crowdingField, tracesOf } from "./contours.js";
import { sampleTrails } from "./trails.js";

export class Layers {
  /** @param {import("./player.js").Player} player */
  constructor(player) {
    this.player = player;
  }

  useScene() {
    this.traces = null;
    this.trailed = null;
  }

  now() {
    const { settings, colourer, state, chosen } = this.player;
    return {
      colouring: colourer.colour(settings.colour, state), mask: chosen.mask,
      traces: settings.contours ? this.contours() : null, trails: this.trails(),
    };
  }

  /** The same colours on the start: where each cluster came from. Numbers are those of the start. */
  before() {
    const { settings, colourer, state } = this.player;
    const what = { ...this.now(), trails: null };
    return isOfFrame(settings.colour) ? { ...what, colouring: colourer.colour(settings.colour, { ...state, frame: 0 }) } : what;
  }

  contours() {
    const { scene } = this.player;
    if (scene.dim === 3) return null;
    this.traces ??= tracesOf(scene.contours ?? crowdingField(scene, 0), scene, 0);
    return this.traces;
  }

  trails() {
    const { scene, settings, chosen } = this.player;
    const { mask } = chosen;
    if (scene.frameCount < 2 || settings.trails === "off" || (settings.trails === "hover" && !mask)) return null;
    if (!this.trailed || this.trailed.mask !== mask) this.trailed = { mask, points: sampleTrails(scene, mask) };
    return this.trailed.points;
  }
}
