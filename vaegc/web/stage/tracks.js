// The panel that shares the ε axis: sweep track, history lane of one cluster, phase diagram.
// Why one class: they move together, and only what is stale is painted again.

import { epsToX } from "../common/axis.js";
import { cssColour } from "../common/theme.js";
import { clusterColour } from "./colouring.js";
import { clusterHistory, describeHistory, paintHistory } from "./history.js";
import { describePhaseDiagram, paintPhaseDiagram, phaseDiagramHeight, phaseRow, pixelOfState, stateAtPixel } from "./phase-diagram.js";
import { ScoreCurves } from "./scoreline.js";
import { countToY, LANE, paintTrack, TRACK } from "./track.js";

/** Milliseconds between two rows of the diagram: the first picture and the hand come first. */
const ROW_INTERVAL_MS = 24;
/** Milliseconds of such work at a time. */
const WORK_BUDGET_MS = 6;
/** Above, the history of a cluster is looked up when the pointer rests. */
const MAX_IMMEDIATE_HISTORY_POINTS = 20_000;
const HISTORY_DELAY_MS = 60;
const LANE_HINT = "Point at a cluster: the line under the track shows what becomes of it over ε.";

export class Tracks {
  /** @param {import("./player.js").Player} player */
  constructor(player) {
    this.player = player;
    this.width = 0;
    this.stale = true;
  }

  useScene() {
    for (const timer of [this.rowTimer, this.laneTimer, this.scoreTimer]) clearTimeout(timer);
    this.rows = [];
    this.stale = true;
    this.laneKey = null;
    this.phaseDiagramStale = true;
    this.scoreCurves = this.player.scene.classes ? new ScoreCurves(this.player.scene) : null;
  }

  /** Another size or theme: everything is painted again. */
  refresh() {
    this.stale = this.phaseDiagramStale = true;
    // Asked for here and kept: asked for after a text has changed, the browser would lay the page out once more.
    this.width = this.player.elements.axis.clientWidth;
  }

  /** @param {boolean} changed */
  draw(changed) {
    if (this.scoreCurves && this.drawnPolicy !== this.player.state.policy) this.stale = true;
    const resized = this.stale;
    if (this.stale) this.drawTrack();
    if (changed || resized) this.moveNeedle();
    if (this.phaseDiagramStale) this.drawPhaseDiagram();
  }

  /** A canvas fitted to its element. @returns {{context: CanvasRenderingContext2D, width: number, height: number}|null} */
  prepareCanvas(canvas, height) {
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
    this.laneKey = null;
    const { player } = this;
    const sheet = this.prepareCanvas(player.elements.track, TRACK.height);
    if (!sheet) return;
    const { tree, policy } = player.state;
    this.drawnPolicy = policy;
    const scores = this.scoreCurves?.curve(tree, policy);
    paintTrack(sheet.context, sheet.width, { ...player.sweepOf(tree), scores: scores?.done === scores?.eps.length ? scores : null }, player.theme);
    this.computeScores();
  }

  /** Scores along the track follow when hand and film rest. */
  computeScores() {
    clearTimeout(this.scoreTimer);
    const { state } = this.player;
    if (!this.scoreCurves || this.scoreCurves.curve(state.tree, state.policy).done === this.scoreCurves.curve(state.tree, state.policy).eps.length) return;
    this.scoreTimer = setTimeout(() => {
      if (this.player.playing || this.player.dragging) return this.computeScores();
      if (!this.scoreCurves.extend(state.tree, state.policy, WORK_BUDGET_MS)) return this.computeScores();
      this.stale = true;
      this.player.schedule();
    }, ROW_INTERVAL_MS);
  }

  moveNeedle() {
    const { eps, cut, tree, frame } = this.player.state;
    const { needle, phaseDiagramSpot: spot } = this.player.elements;
    const { scene } = this.player;
    if (!scene.header.eps || eps === null) return;
    const { low, high, curve } = this.player.sweepOf(tree);
    const x = epsToX(Math.log(eps), Math.log(low), Math.log(high), this.width);
    needle.style.transform = `translateX(${x}px)`;
    needle.firstChild.style.transform = `translateY(${countToY(cut.nCounted, curve.maxCounted)}px)`;
    if (!this.phaseDiagramShown) return;
    const at = pixelOfState(scene, this.width, phaseDiagramHeight(scene), frame, eps);
    spot.style.transform = `translate(${at.x}px, ${at.y}px)`;
  }

  // --- the history of a cluster ---------------------------------------------------------------------------------------------

  /** @param {number} point -1: none */
  drawLane(point) {
    const { player } = this;
    const { tree, eps } = player.state;
    if (!player.scene.header.eps || !tree) return;
    const key = `${point} ${player.scene.treeOfFrame[Math.max(0, player.state.frame)]} ${eps} ${player.theme.dark} ${this.width}`;
    clearTimeout(this.laneTimer);
    if (key === this.laneKey) return;
    // While the film plays nobody reads it.
    if (player.playing && point >= 0) return;
    if (point >= 0 && player.scene.n > MAX_IMMEDIATE_HISTORY_POINTS) this.laneTimer = setTimeout(() => this.paintLane(point, key), HISTORY_DELAY_MS);
    else this.paintLane(point, key);
  }

  paintLane(point, key) {
    const { player } = this;
    const { scene, theme, elements } = player;
    const { tree, eps } = player.state;
    this.laneKey = key;
    const sheet = this.prepareCanvas(elements.lane, LANE.height);
    if (!sheet) return;
    const { low, high } = scene.header.eps;
    const known = point >= 0 ? clusterHistory(tree, point, scene.rank, scene.header.min_size, low, high) : null;
    const colourOf = (representative) => cssColour(clusterColour(scene, theme, representative));
    const spans = known?.spans ?? [];
    if (spans.length > 0) paintHistory(sheet.context, sheet.width, 0, LANE.height, spans, low, high, colourOf, cssColour(theme.background));
    elements.lane.dataset.spans = String(spans.length);
    elements.historyText.textContent = known ? describeHistory(known.events, eps) : LANE_HINT;
    elements.historyText.classList.toggle("vg-muted", !known);
  }

  // --- steps and ε -------------------------------------------------------------------------------------------------------

  drawPhaseDiagram() {
    const { player } = this;
    const { scene, elements, theme } = player;
    this.phaseDiagramStale = false;
    this.phaseDiagramShown = player.settings.phaseDiagram && Boolean(scene.header.eps) && scene.frameCount > 1;
    elements.phaseDiagramBox.hidden = elements.phaseDiagramText.hidden = !this.phaseDiagramShown;
    if (!this.phaseDiagramShown) return;
    const height = phaseDiagramHeight(scene);
    elements.phaseDiagram.style.height = `${height}px`;
    const sheet = this.prepareCanvas(elements.phaseDiagram, height);
    if (!sheet) return;
    paintPhaseDiagram(sheet.context, sheet.width, height, scene, this.rows, theme);
    elements.phaseDiagram.dataset.rows = String(this.rows.filter(Boolean).length);
    const text = describePhaseDiagram(scene, this.rows);
    elements.phaseDiagramText.textContent = text ? `${text} Click anywhere to go there.` : "Counting clusters at every step …";
    this.moveNeedle();
    if (this.rows.filter(Boolean).length < scene.trees.length) this.computeRows();
  }

  computeRows() {
    clearTimeout(this.rowTimer);
    this.rowTimer = setTimeout(() => {
      const { scene } = this.player;
      if (!scene) return;
      // Small scenes take a handful of rows at once; 70,000 points one, between two movements of the hand.
      const until = performance.now() + WORK_BUDGET_MS;
      for (let f = 0; f < scene.trees.length && performance.now() < until; f++) this.rows[f] ??= phaseRow(scene, f);
      this.phaseDiagramStale = true;
      this.player.schedule();
    }, ROW_INTERVAL_MS);
  }

  /** The step and ε under the pointer become the current ones. @param {PointerEvent} event */
  goTo(event) {
    const { player } = this;
    const box = player.elements.phaseDiagram.getBoundingClientRect();
    const { frame, logEps } = stateAtPixel(player.scene, box.width, box.height, event.clientX - box.left, event.clientY - box.top);
    player.setEps(logEps);
    player.elements.epsilon.value = String(Math.log(player.eps));
    player.setFrame(frame);
  }

  destroy() {
    for (const timer of [this.rowTimer, this.laneTimer, this.scoreTimer]) clearTimeout(timer);
  }
}
