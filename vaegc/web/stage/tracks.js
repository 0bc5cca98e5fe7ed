// Everything that shares the ε axis: the sweep with its needle, the life of a cluster, the diagram over steps and ε.
// Why one class: they move together, and only what is stale is painted again.

import { clusterColour } from "./colouring.js";
import { heatHeight, heatPlace, heatRow, heatSpot, heatWords, paintHeat } from "./phase-diagram.js";
import { clusterHistory, historyWords, paintHistory } from "./history.js";
import { cssColour } from "../common/theme.js";
import { ScoreLines } from "./scoreline.js";
import { LANE, paintTrack, TRACK, trackX, trackY } from "./track.js";

/** Milliseconds between two rows of the diagram: the first picture and the hand come first. */
const BETWEEN_ROWS = 24;
/** Milliseconds of such work at a time. */
const SLICE = 6;
/** Above, the life of a cluster is looked up when the pointer rests. */
const HISTORY_AT_ONCE = 20_000;
const HISTORY_REST = 60;
const LANE_HINT = "Point at a cluster: the line under the track shows what becomes of it over ε.";

export class Tracks {
  /** @param {import("./player.js").Player} player */
  constructor(player) {
    this.player = player;
    this.width = 0;
    this.stale = true;
  }

  useScene() {
    for (const timer of [this.working, this.looking, this.scoring]) clearTimeout(timer);
    this.rows = [];
    this.stale = true;
    this.lived = null;
    this.heatStale = true;
    this.lines = this.player.scene.classes ? new ScoreLines(this.player.scene) : null;
  }

  /** Another size or theme: everything is painted again. */
  refresh() {
    this.stale = this.heatStale = true;
    // Asked for here and kept: asked for after a text has changed, the browser would lay the page out once more.
    this.width = this.player.elements.axis.clientWidth;
  }

  /** @param {boolean} changed */
  draw(changed) {
    if (this.lines && this.scored !== this.player.state.policy) this.stale = true;
    const resized = this.stale;
    if (this.stale) this.drawTrack();
    if (changed || resized) this.moveNeedle();
    if (this.heatStale) this.drawHeat();
  }

  /** A canvas fitted to its element. @returns {{context: CanvasRenderingContext2D, width: number, height: number}|null} */
  sheet(canvas, height) {
    const { width } = this;
    if (!this.player.scene.header.eps || width < 2) return null;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const context = canvas.getContext("2d");
    context.setTransform(canvas.width / width, 0, 0, ratio, 0, 0);
    return { context, width, height };
  }

  drawTrack() {
    this.stale = false;
    this.lived = null;
    const { player } = this;
    const sheet = this.sheet(player.elements.track, TRACK.height);
    if (!sheet) return;
    const { tree, policy } = player.state;
    this.scored = policy;
    const scores = this.lines?.of(tree, policy);
    paintTrack(sheet.context, sheet.width, { ...player.sweepOf(tree), scores: scores?.done === scores?.eps.length ? scores : null }, player.theme);
    this.scoreOn();
  }

  /** Scores along the track follow when hand and film rest. */
  scoreOn() {
    clearTimeout(this.scoring);
    const { state } = this.player;
    if (!this.lines || this.lines.of(state.tree, state.policy).done === this.lines.of(state.tree, state.policy).eps.length) return;
    this.scoring = setTimeout(() => {
      if (this.player.playing || this.player.holding) return this.scoreOn();
      if (!this.lines.extend(state.tree, state.policy, SLICE)) return this.scoreOn();
      this.stale = true;
      this.player.schedule();
    }, BETWEEN_ROWS);
  }

  moveNeedle() {
    const { eps, cut, tree, frame } = this.player.state;
    const { needle, heatSpot: spot } = this.player.elements;
    const { scene } = this.player;
    if (!scene.header.eps || eps === null) return;
    const { low, high, curve } = this.player.sweepOf(tree);
    const x = trackX(Math.log(eps), Math.log(low), Math.log(high), this.width);
    needle.style.transform = `translateX(${x}px)`;
    needle.firstChild.style.transform = `translateY(${trackY(cut.nCounted, curve.most)}px)`;
    if (!this.shown) return;
    const at = heatSpot(scene, this.width, heatHeight(scene), frame, eps);
    spot.style.transform = `translate(${at.x}px, ${at.y}px)`;
  }

  // --- the life of a cluster ---------------------------------------------------------------------------------------------

  /** @param {number} point -1: nobody's */
  drawLane(point) {
    const { player } = this;
    const { tree, eps } = player.state;
    if (!player.scene.header.eps || !tree) return;
    const key = `${point} ${player.scene.treeOfFrame[Math.max(0, player.state.frame)]} ${eps} ${player.theme.dark} ${this.width}`;
    clearTimeout(this.looking);
    if (key === this.lived) return;
    // While the film plays nobody reads it.
    if (player.playing && point >= 0) return;
    if (point >= 0 && player.scene.n > HISTORY_AT_ONCE) this.looking = setTimeout(() => this.paintLane(point, key), HISTORY_REST);
    else this.paintLane(point, key);
  }

  paintLane(point, key) {
    const { player } = this;
    const { scene, theme, elements } = player;
    const { tree, eps } = player.state;
    this.lived = key;
    const sheet = this.sheet(elements.lane, LANE.height);
    if (!sheet) return;
    const { low, high } = scene.header.eps;
    const known = point >= 0 ? clusterHistory(tree, point, scene.rank, scene.header.min_size, low, high) : null;
    const colourOf = (representative) => cssColour(clusterColour(scene, theme, representative));
    const spans = known?.spans ?? [];
    if (spans.length > 0) paintHistory(sheet.context, sheet.width, 0, LANE.height, spans, low, high, colourOf, cssColour(theme.background));
    elements.lane.dataset.spans = String(spans.length);
    elements.historyText.textContent = known ? historyWords(known.events, eps) : LANE_HINT;
    elements.historyText.classList.toggle("vg-quiet", !known);
  }

  // --- steps and ε -------------------------------------------------------------------------------------------------------

  drawHeat() {
    const { player } = this;
    const { scene, elements, theme } = player;
    this.heatStale = false;
    this.shown = player.settings.heat && Boolean(scene.header.eps) && scene.frameCount > 1;
    elements.heatBox.hidden = elements.heatText.hidden = !this.shown;
    if (!this.shown) return;
    const height = heatHeight(scene);
    elements.heat.style.height = `${height}px`;
    const sheet = this.sheet(elements.heat, height);
    if (!sheet) return;
    paintHeat(sheet.context, sheet.width, height, scene, this.rows, theme);
    elements.heat.dataset.rows = String(this.rows.filter(Boolean).length);
    const words = heatWords(scene, this.rows);
    elements.heatText.textContent = words ? `${words} Click anywhere to go there.` : "Counting clusters at every step …";
    this.moveNeedle();
    if (this.rows.filter(Boolean).length < scene.trees.length) this.workOn();
  }

  workOn() {
    clearTimeout(this.working);
    this.working = setTimeout(() => {
      const { scene } = this.player;
      if (!scene) return;
      // Small scenes take a handful of rows at once; 70,000 points one, between two movements of the hand.
      const until = performance.now() + SLICE;
      for (let f = 0; f < scene.trees.length && performance.now() < until; f++) this.rows[f] ??= heatRow(scene, f);
      this.heatStale = true;
      this.player.schedule();
    }, BETWEEN_ROWS);
  }

  /** The step and ε under the pointer become the current ones. @param {PointerEvent} event */
  goTo(event) {
    const { player } = this;
    const box = player.elements.heat.getBoundingClientRect();
    const { frame, logEps } = heatPlace(player.scene, box.width, box.height, event.clientX - box.left, event.clientY - box.top);
    player.setEps(logEps);
    player.elements.epsilon.value = String(Math.log(player.eps));
    player.setFrame(frame);
  }

  destroy() {
    for (const timer of [this.working, this.looking, this.scoring]) clearTimeout(timer);
  }
}
