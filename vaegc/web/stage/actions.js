// User actions on the stage: step, slide, zoom, select, choose colours.
// Why apart from the player: mouse, keys and buttons all end here, in one action each.

import { formatEps } from "../common/format.js";
import { defaultCamera, panBy, turnBy, zoomAt } from "./camera.js";
import { colourChoices } from "./colouring.js";
import { showMinSamples } from "./readout.js";
import { NOISE_REPRESENTATIVE } from "./selection-edits.js";
import { areaEdit } from "./selection-mask.js";

const TRAIL_MODES = ["hover", "all", "off"];

/** User actions; `Player` adds state and drawing. */
export class StageActions {
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
  enterEps(text) {
    const { eps: span } = this.scene.header;
    const wanted = Number(text.trim().replace(",", "."));
    if (!span) return;
    if (text.trim() === "" || !Number.isFinite(wanted)) this.side.showNotice("ε is a number, such as 0.5.");
    else if (wanted < span.low || wanted > span.high) {
      const [used, which] = wanted < span.low ? [span.low, "smallest"] : [span.high, "largest"];
      this.side.showNotice(`Here ε goes from ${formatEps(span.low)} to ${formatEps(span.high)}: the ${which}${wanted > 0 ? `, ${formatEps(used)}, is used` : " is above 0"}.`);
    }
    else this.side.showNotice("");
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
  showMinSamples(value, busy) {
    showMinSamples(this.elements, value, busy);
  }

  /** Another min_samples: Python builds its trees and sends a new scene. @param {number} value */
  requestMinSamples(value) {
    const other = value !== this.scene.header.min_samples;
    this.requestedMinSamples = other ? { value, scene: sceneIdentity(this.scene) } : null;
    this.showMinSamples(value, other);
    this.report();
  }

  /** The hand may have gone on while the trees of an earlier choice were built: what it chose last counts. */
  repeatMinSamplesRequest() {
    const { samples } = this.elements;
    const { value, scene } = this.requestedMinSamples ?? {};
    this.requestedMinSamples = null;
    if (scene !== sceneIdentity(this.scene) || value === this.scene.header.min_samples || value > Number(samples.max)) return;
    samples.value = String(value);
    this.requestMinSamples(value);
  }

  /** To the plateau with the next smaller or larger number of clusters. @param {number} by -1 or 1 */
  nextPlateau(by) {
    const { tree, cut } = this.state;
    if (!cut || !tree) return;
    const candidates = tree.plateaus.filter((plateau) => (plateau.n_clusters - cut.nCounted) * by > 0)
      .sort((a, b) => (a.n_clusters - b.n_clusters) * by);
    if (candidates.length > 0) this.jumpEps(Math.sqrt(candidates[0].eps_low * candidates[0].eps_high));
  }

  // --- the camera ------------------------------------------------------------------------------------------------------

  setCamera(given) {
    // As fine as a link carries it, so that whoever opens one sees the same pixels.
    const camera = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, Number(value.toPrecision(6))]));
    this.camera = camera;
    this.viewStateStale = true;
    this.elements.canvas.classList.toggle("vg-zoomed", camera.zoom > 1 || this.scene.dim === 3);
    this.elements.before.classList.toggle("vg-zoomed", camera.zoom > 1 || this.scene.dim === 3);
    this.schedule();
  }

  /** @param {{x: number, y: number}} place CSS pixels; the middle if left out */
  zoom(picture, factor, place = { x: picture.width / 2, y: picture.height / 2 }) {
    if (!picture.view) return;
    const { image, ratio, view, box } = picture;
    this.setCamera(zoomAt(this.camera, { ...view, scale: this.currentScale(picture) }, box.reach, place.x * ratio, place.y * ratio, image.width, image.height, factor));
  }

  pan(picture, dx, dy) {
    if (!picture.view) return;
    this.setCamera(panBy(this.camera, { ...picture.view, scale: this.currentScale(picture) }, picture.box.reach, dx * picture.ratio, dy * picture.ratio));
  }

  // Several moves may come before the next drawing: the view is the last one's, the camera is already ahead.
  currentScale(picture) {
    return (picture.view.scale / picture.camera.zoom) * this.camera.zoom;
  }

  turn(yaw, pitch) {
    this.setCamera(turnBy(this.camera, yaw, pitch));
  }

  resetView() {
    this.setCamera(defaultCamera());
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
    const edit = areaEdit(picture, area, op, picture === this.before ? 0 : Math.round(this.position));
    if (edit) this.select(edit);
  }

  selectCluster(representative, op = "set") {
    const { frame, eps } = this.state;
    this.select({ op, kind: "cluster", frame, eps, representative, policy: this.settings.policy });
  }

  /** The cluster, or the noise, that a point is in. */
  selectClusterOf(point, op = "set") {
    const { labels, cut } = this.state;
    if (!labels) return;
    this.selectCluster(labels[point] < 0 ? NOISE_REPRESENTATIVE : cut.representatives[labels[point]], op);
  }

  select(edit) {
    this.side.showNotice(this.selection.add(edit));
    this.selectionChanged();
  }

  keepClass(label) {
    this.side.showNotice(this.selection.keepClass(label));
    this.selectionChanged();
  }

  clearSelection() {
    this.selection.clear();
    this.selectionChanged();
  }

  selectionChanged() {
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
    const at = order.indexOf(this.selection.cluster?.representative ?? -1);
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
  click(picture, place, op) {
    const point = picture.pick(place.x, place.y);
    if (point >= 0 && op !== "set") return this.select({ op, kind: "point", point });
    this.side.pin(point);
    this.report();
  }

  selectAt(picture, place, op) {
    const point = picture.pick(place.x, place.y);
    if (point >= 0) this.selectClusterOf(point, op);
  }

  deselect() {
    this.side.pin(-1);
    this.recorder?.end(true);
    if (this.selection.edits.length > 0) this.clearSelection();
    else this.report();
  }

  // --- display ---------------------------------------------------------------------------------------------------------

  set(name, value) {
    this.settings = { ...this.settings, [name]: value };
    this.applySettings();
    this.side.refreshPanel();
    this.report();
  }

  toggle(name) {
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
function sceneIdentity({ header, n, frameCount }) {
  return `${header.caption} ${n} ${frameCount}`;
}
