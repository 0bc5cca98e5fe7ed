// The layers to be painted: colouring, selection, contours and trails, of the current state and of the start.
// Why cached: the same object is the same picture, so that nothing is painted twice.

import { changesWithFrame } from "./colouring.js";
import { densityContours, kernelDensity } from "./contours.js";
import { sampleTrails } from "./trails.js";

export class Layers {
  /** @param {import("./player.js").Player} player */
  constructor(player) {
    this.player = player;
  }

  useScene() {
    this.contourLines = null;
    this.trailSample = null;
  }

  current() {
    const { settings, colourer, state, selection } = this.player;
    return {
      colouring: colourer.colour(settings.colour, state), mask: selection.mask,
      contours: settings.contours ? this.contours() : null, trails: this.trails(),
    };
  }

  /** The same colours on the start: where each cluster came from. Numbers are those of the start. */
  atStart() {
    const { settings, colourer, state } = this.player;
    const layers = { ...this.current(), trails: null };
    return changesWithFrame(settings.colour) ? { ...layers, colouring: colourer.colour(settings.colour, { ...state, frame: 0 }) } : layers;
  }

  contours() {
    const { scene } = this.player;
    if (scene.dim === 3) return null;
    this.contourLines ??= densityContours(scene.contours ?? kernelDensity(scene, 0), scene, 0);
    return this.contourLines;
  }

  trails() {
    const { scene, settings, selection } = this.player;
    const { mask } = selection;
    if (scene.frameCount < 2 || settings.trails === "off" || (settings.trails === "hover" && !mask)) return null;
    if (!this.trailSample || this.trailSample.mask !== mask) this.trailSample = { mask, points: sampleTrails(scene, mask) };
    return this.trailSample.points;
  }
}
