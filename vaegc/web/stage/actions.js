// What the hand can do to a stage: step, slide, zoom, select, choose colours.
// Why apart from the player: mouse, keys and buttons all end here, in one deed each.

import { areaAct } from "./selection-mask.js";
import { panBy, turnBy, zoomAt, freshCamera } from "./camera.js";
import { colourChoices } from "./colouring.js";
import { showSamples } from "./readout.js";
import { NOISE_PICK } from "./select.js";
import { formatEps } from "../common/words.js";

const TRAIL_MODES = ["hover", "all", "off"];

/** The half of `Player` that answers; the other half draws. */
export class Deeds {
  togglePlay() {
    if (this.scene.frameCount < 2) return;
    if (!this.playing && this.position >= this.scene.frameCount - 1) this.position = 0;
    this.setPlaying(!this.playing);
  }

  setFrame(frame) {
    this.position = Math.min(this.scene.frameCount - 1, Math.max(0, frame));
    this.setPlaying(false);
  }

  step(by) {
    this.setFrame(Math.round(this.position) + by);
    this.report();
  }

  setEps(logEps) {
    const { eps: span } = this.scene.header;
    if (!span) return;
    // exp(ln high) may fall a hair short of the longest edge, which the end of the slider must include.
    if (logEps >= Math.log(span.high)) this.eps = span.high;
    else this.eps = Math.max(span.low, Math.exp(logEps));
    this.schedule();
  }

  /** A radius that was typed. @param {string} text */
  typeEps(text) {
    const { eps: span } = this.scene.header;
    const wanted = Number(text.trim().replace(",", "."));
    if (!span) return;
    if (text.trim() === "" || !Number.isFinite(wanted)) this.side.say("ε is a number, such as 0.5.");
    else if (wanted < span.low || wanted > span.high) {
      const [used, which] = wanted < span.low ? [span.low, "smallest"] : [span.high, "largest"];
      this.side.say(`Here ε goes from ${formatEps(span.low)} to ${formatEps(span.high)}: the ${which}${wanted > 0 ? `, ${formatEps(used)}, is used` : " is above 0"}.`);
    }
    else this.side.say("");
    if (wanted > 0 && Number.isFinite(wanted)) this.jumpEps(Math.min(span.high, Math.max(span.low, wanted)));
    this.elements.epsInput.value = formatEps(this.eps);
  }

  nudgeEps(by) {
    if (!this.scene.header.eps) return;
    this.setEps(Math.log(this.eps) + by);
    this.elements.epsilon.value = String(Math.log(this.eps));
  }

  /** A jump goes to the very value that is named, not to its way through a logarithm. */
  jumpEps(eps) {
    this.eps = eps;
    this.elements.epsilon.value = String(Math.log(eps));
    this.schedule();
    this.report();
  }

  /** @param {boolean} busy whether Python has been asked for its trees */
  showSamples(value, busy) {
    showSamples(this.elements, value, busy);
  }

  /** Another min_samples: Python builds its trees and sends a new scene. @param {number} value */
  askSamples(value) {
    const other = value !== this.scene.header.min_samples;
    this.wantedSamples = other ? { value, of: sceneName(this.scene) } : null;
    this.showSamples(value, other);
    this.report();
  }

  /** The hand may have gone on while the trees of an earlier choice were built: what it chose last counts. */
  catchUpSamples() {
    const { samples } = this.elements;
    const { value, of } = this.wantedSamples ?? {};
    this.wantedSamples = null;
    if (of !== sceneName(this.scene) || value === this.scene.header.min_samples || value > Number(samples.max)) return;
    samples.value = String(value);
    this.askSamples(value);
  }

  /** To the plateau with the next smaller or larger number of clusters. @param {number} by -1 or 1 */
  nextPlateau(by) {
    const { tree, cut } = this.state;
    if (!cut || !tree) return;
    const further = tree.plateaus.filter((plateau) => (plateau.n_clusters - cut.nCounted) * by > 0)
      .sort((a, b) => (a.n_clusters - b.n_clusters) * by);
    if (further.length > 0) this.jumpEps(Math.sqrt(further[0].eps_low * further[0].eps_high));
  }

  // --- the camera ------------------------------------------------------------------------------------------------------

  moveCamera(given) {
    // As fine as a link carries it, so that whoever opens one sees the same pixels.
    const camera = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, Number(value.toPrecision(6))]));
    this.camera = camera;
    this.lookStale = true;
    this.elements.canvas.classList.toggle("vg-zoomed", camera.zoom > 1 || this.scene.dim === 3);
    this.elements.before.classList.toggle("vg-zoomed", camera.zoom > 1 || this.scene.dim === 3);
    this.schedule();
  }

  /** @param {{x: number, y: number}} place CSS pixels; the middle if left out */
  zoom(picture, factor, place = { x: picture.width / 2, y: picture.height / 2 }) {
    if (!picture.view) return;
    const { image, ratio, view, box } = picture;
    this.moveCamera(zoomAt(this.camera, { ...view, scale: this.scaleOf(picture) }, box.reach, place.x * ratio, place.y * ratio, image.width, image.height, factor));
  }

  pan(picture, dx, dy) {
    if (!picture.view) return;
    this.moveCamera(panBy(this.camera, { ...picture.view, scale: this.scaleOf(picture) }, picture.box.reach, dx * picture.ratio, dy * picture.ratio));
  }

  // Several moves may come before the next drawing: the view is the last one's, the camera is already ahead.
  scaleOf(picture) {
    return (picture.view.scale / picture.camera.zoom) * this.camera.zoom;
  }

  turn(yaw, pitch) {
    this.moveCamera(turnBy(this.camera, yaw, pitch));
  }

  resetView() {
    this.moveCamera(freshCamera());
    this.report();
  }

  // --- selecting -------------------------------------------------------------------------------------------------------

  useTool(name) {
    this.tool = name;
    for (const button of this.elements.tools) button.setAttribute("aria-pressed", String(button.dataset.tool === name));
    this.elements.op.hidden = name === "move";
    for (const canvas of [this.elements.canvas, this.elements.before]) canvas.dataset.tool = name;
  }

  showArea(picture, area) {
    // What is drawn around must not walk away meanwhile.
    if (area && this.playing) this.setFrame(Math.round(this.position));
    this.area = area ? { picture, area } : null;
    this.side.drawOverlays();
  }

  selectArea(picture, area, op) {
    const act = areaAct(picture, area, op, picture === this.before ? 0 : Math.round(this.position));
    if (act) this.select(act);
  }

  selectCluster(representative, op = "set") {
    const { frame, eps } = this.state;
    this.select({ op, kind: "cluster", frame, eps, representative, policy: this.settings.policy });
  }

  /** The cluster, or the noise, that a point is in. */
  selectClusterOf(point, op = "set") {
    const { labels, cut } = this.state;
    if (!labels) return;
    this.selectCluster(labels[point] < 0 ? NOISE_PICK : cut.representatives[labels[point]], op);
  }

  select(act) {
    this.side.say(this.chosen.add(act));
    this.afterSelecting();
  }

  keepClass(label) {
    this.side.say(this.chosen.keepClass(label));
    this.afterSelecting();
  }

  clearSelection() {
    this.chosen.clear();
    this.afterSelecting();
  }

  afterSelecting() {
    this.schedule();
    this.side.refreshPanel();
    this.report();
  }

  /** The counted cluster after the selected one, largest first. @param {number} by 1 or -1 */
  stepCluster(by) {
    const { cut } = this.state;
    if (!cut) return;
    const order = [...cut.coreSizes.keys()].filter((c) => cut.coreSizes[c] >= this.scene.header.min_size)
      .sort((a, b) => cut.coreSizes[b] - cut.coreSizes[a] || a - b).map((c) => cut.representatives[c]);
    if (order.length === 0) return;
    const at = order.indexOf(this.chosen.cluster?.representative ?? -1);
    this.selectCluster(order[at < 0 ? (by > 0 ? 0 : order.length - 1) : (at + by + order.length) % order.length]);
  }

  // --- pointing --------------------------------------------------------------------------------------------------------

  /** @param {{x: number, y: number}|null} place CSS pixels */
  pointAt(picture, place) {
    this.pointer = place ? { picture, place } : null;
    if (!this.hover(place ? picture.pick(place.x, place.y) : -1)) this.side.drawOverlays();
  }

  /** @returns {boolean} whether something else is pointed at now */
  hover(point) {
    if (point < 0 && !this.pointer && this.hovered < 0) return false;
    if (point === this.hovered) return false;
    this.hovered = point;
    if (this.scene && this.picture.image) this.side.drawHover();
    return true;
  }

  /** A press that did not move. */
  press(picture, place, op) {
    const point = picture.pick(place.x, place.y);
    if (point >= 0 && op !== "set") return this.select({ op, kind: "point", point });
    this.side.pin(point);
    this.report();
  }

  selectAt(picture, place, op) {
    const point = picture.pick(place.x, place.y);
    if (point >= 0) this.selectClusterOf(point, op);
  }

  letGo() {
    this.side.pin(-1);
    this.recorder?.end(true);
    if (this.chosen.acts.length > 0) this.clearSelection();
    else this.report();
  }

  // --- the eye ---------------------------------------------------------------------------------------------------------

  set(name, value) {
    this.settings = { ...this.settings, [name]: value };
    this.recolour();
    this.side.refreshPanel();
    this.report();
  }

  flip(name) {
    this.set(name, !this.settings[name]);
  }

  nextColour() {
    const values = colourChoices(this.scene).map(([value]) => value);
    this.set("colour", values[(values.indexOf(this.settings.colour) + 1) % values.length]);
  }

  nextTrails() {
    this.set("trails", TRAIL_MODES[(TRAIL_MODES.indexOf(this.settings.trails) + 1) % TRAIL_MODES.length]);
  }
}

// Scenes that differ in min_samples only have the same name.
function sceneName({ header, n, frameCount }) {
  return `${header.caption} ${n} ${frameCount}`;
}
