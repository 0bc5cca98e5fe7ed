// Paints a choice of K: the plane of (step, ε) between the sweeps before and after the climb, and the k-distances, on one ln ε axis.
// Why one canvas: lines that cross every panel, and the file that is saved, are then one drawing.

import { formatEps } from "../common/format.js";
import { countColour } from "../common/plane.js";
import { cssColour } from "../common/theme.js";
import { coreShare, logEpsOf } from "./data.js";
import { paintEpsAxis, paintPanelTitle, paintXAxis } from "./frame.js";
import { countX, INSET, maxClusters, placeCenter, sweepOfPanel, yOfLogEps } from "./layout.js";
import { paintPlane } from "./plane.js";

/**
 * @typedef {import("./data.js").Choice} Choice
 * @typedef {import("./layout.js").Layout} Layout
 * @typedef {import("../common/theme.js").Theme} Theme
 */

const MIN_NUMBER_HEIGHT = 13; // pixels that a plateau needs for its number

/** @param {CanvasRenderingContext2D} context scaled to CSS pixels @param {Layout} layout @param {Choice} choice @param {Theme} theme */
export function paintChoice(context, layout, choice, theme) {
  context.clearRect(0, 0, layout.width, layout.height);
  for (const axis of layout.axes) paintEpsAxis(context, axis, choice, theme);
  const maxCount = maxClusters(choice);
  for (const panel of layout.panels) {
    context.save();
    context.beginPath();
    context.roundRect(panel.x, panel.y, panel.width, panel.height, 6);
    context.fillStyle = cssColour(theme.panel);
    context.fill();
    context.clip();
    if (panel.name === "plane") paintPlane(context, panel, choice, theme);
    else if (panel.name === "kDistance") paintKDistance(context, panel, choice, theme);
    else paintSweep(context, panel, choice, sweepOfPanel(choice, panel.name), maxCount, theme);
    paintFloor(context, panel, choice, theme);
    context.restore();
    paintPanelTitle(context, panel, layout, choice, theme);
    paintXAxis(context, panel, choice, maxCount, theme);
  }
}

/** The crosshair through all panels. @param {CanvasRenderingContext2D} context @param {{row: number, sample: number}} place */
export function paintCrosshair(context, layout, choice, theme, place) {
  context.clearRect(0, 0, layout.width, layout.height);
  const maxCount = maxClusters(choice);
  const logEps = logEpsOf(choice, place.sample);
  for (const panel of layout.panels) {
    const y = Math.round(yOfLogEps(choice, panel, logEps)) + 0.5;
    context.strokeStyle = cssColour(theme.text, 0.75);
    context.lineWidth = 1;
    strokeHorizontal(context, panel, y);
    if (panel.name === "plane") {
      const { x } = placeCenter(choice, panel, place);
      const wide = panel.width / choice.steps.length;
      context.strokeRect(Math.round(x - wide / 2) + 0.5, panel.y + 0.5, Math.round(wide), panel.height - 1);
      paintDot(context, x, y, theme, 5);
    } else if (panel.name === "kDistance") {
      paintDot(context, panel.x + INSET + coreShare(choice, Math.exp(logEps)) * (panel.width - 2 * INSET), y, theme, 3.5);
    } else {
      const sweep = sweepOfPanel(choice, panel.name);
      if (sweep) paintDot(context, countX(panel, sweep.counted[place.sample], maxCount), y, theme, 3.5);
    }
  }
  for (const axis of layout.axes) paintEpsLabel(context, axis, yOfLogEps(choice, axis, logEps), formatEps(Math.exp(logEps)), theme);
}

function paintDot(context, x, y, theme, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = cssColour(theme.accent);
  context.fill();
  context.strokeStyle = cssColour(theme.background);
  context.lineWidth = 2;
  context.stroke();
}

function paintEpsLabel(context, axis, y, text, theme) {
  context.font = `600 11px ${theme.font}`;
  const wide = context.measureText(text).width + 8;
  context.fillStyle = cssColour(theme.accent);
  context.beginPath();
  context.roundRect(axis.x - wide - 2, y - 9, wide, 18, 4);
  context.fill();
  context.fillStyle = cssColour(theme.onAccent);
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillText(text, axis.x - 6, y + 0.5);
}

// --- a sweep on its side -------------------------------------------------------------------------------------------------

function paintSweep(context, panel, choice, sweep, maxCount, theme) {
  if (!sweep) return;
  paintPlateaus(context, panel, choice, sweep, maxCount, theme);
  const yOf = (sample) => yOfLogEps(choice, panel, logEpsOf(choice, sample));
  context.beginPath();
  context.moveTo(panel.x, yOf(0));
  for (let s = 0; s < choice.samples; s++) context.lineTo(panel.x + sweep.noise[s] * panel.width, yOf(s));
  context.lineTo(panel.x, yOf(choice.samples - 1));
  context.fillStyle = cssColour(theme.text, theme.dark ? 0.16 : 0.11);
  context.fill();
  context.beginPath();
  for (let s = 0; s < choice.samples; s++) {
    const x = countX(panel, sweep.counted[s], maxCount);
    if (s > 0 && sweep.counted[s] !== sweep.counted[s - 1]) context.lineTo(x, yOf(s - 0.5));
    context.lineTo(x, yOf(s < choice.samples - 1 && sweep.counted[s + 1] !== sweep.counted[s] ? s + 0.5 : s));
  }
  context.strokeStyle = cssColour(theme.text);
  context.lineWidth = 1.7;
  context.lineJoin = "round";
  context.stroke();
}

function paintPlateaus(context, panel, choice, { plateaus, suggested }, maxCount, theme) {
  plateaus.forEach((plateau, rank) => {
    const top = yOfLogEps(choice, panel, Math.log(plateau.eps_high));
    const bottom = yOfLogEps(choice, panel, Math.log(plateau.eps_low));
    if (bottom - top < 2) return;
    const colour = countColour(plateau.n_clusters, 0, theme);
    const first = rank === 0;
    context.fillStyle = cssColour(colour, first ? 0.62 : 0.26);
    context.fillRect(panel.x, top, panel.width, bottom - top);
    context.fillStyle = cssColour(colour);
    context.fillRect(panel.x + panel.width - 4, top + 0.5, 4, bottom - top - 1);
    if (bottom - top < MIN_NUMBER_HEIGHT) return;
    const size = first ? Math.min(34, Math.max(12, 0.4 * (bottom - top))) : 12;
    context.font = `${first ? 700 : 600} ${size.toFixed(1)}px ${theme.font}`;
    context.textBaseline = "middle";
    // On the side where the curve is not; a plateau has little noise, which grows from the left.
    const right = countX(panel, plateau.n_clusters, maxCount) < panel.x + panel.width / 2;
    context.textAlign = right ? "right" : "left";
    const x = right ? panel.x + panel.width - 12 : panel.x + 14;
    const y = (top + bottom) / 2 + 0.06 * size;
    context.fillStyle = cssColour(theme.text, first && suggested !== null ? 1 : 0.8);
    context.fillText(String(plateau.n_clusters), x, y);
  });
}

// --- k-distances ---------------------------------------------------------------------------------------------------------

function paintKDistance(context, panel, choice, theme) {
  const { kDistance } = choice;
  if (kDistance.length === 0) return;
  const inner = panel.width - 2 * INSET;
  const xOf = (k) => panel.x + INSET + ((k + 1) / kDistance.length) * inner;
  const trace = () => {
    context.beginPath();
    kDistance.forEach((distance, k) => {
      if (Number.isFinite(distance)) context.lineTo(xOf(k), yOfLogEps(choice, panel, Math.log(Math.max(distance, 1e-300))));
    });
  };
  trace();
  context.lineTo(panel.x + panel.width - INSET, panel.y + panel.height);
  context.lineTo(xOf(0), panel.y + panel.height);
  context.fillStyle = cssColour(theme.accent, theme.dark ? 0.18 : 0.11);
  context.fill();
  trace();
  context.strokeStyle = cssColour(theme.accent);
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.stroke();
}

function paintFloor(context, panel, choice, theme) {
  if (!(choice.logFloor > choice.logLow - 1e-6)) return; // all that is drawn is above it
  const y = Math.round(yOfLogEps(choice, panel, choice.logFloor)) + 0.5;
  context.fillStyle = cssColour(theme.background, 0.45);
  context.fillRect(panel.x, y, panel.width, panel.y + panel.height - y);
  context.setLineDash([4, 3]);
  context.strokeStyle = cssColour(theme.text, 0.65);
  context.lineWidth = 1;
  strokeHorizontal(context, panel, y);
  context.setLineDash([]);
  if (panel.name === "after" || panel.name === "kDistance") return;
  context.font = `10.5px ${theme.font}`;
  // Away from the curve, which begins at no cluster.
  const x = panel.name === "before" ? panel.x + panel.width - 8 : panel.x + 6;
  context.textAlign = panel.name === "before" ? "right" : "left";
  const above = panel.y + panel.height - y < 14;
  context.textBaseline = above ? "bottom" : "top";
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = cssColour(theme.panel, 0.85);
  context.fillStyle = cssColour(theme.text);
  context.strokeText("floor", x, above ? y - 2 : y + 3);
  context.fillText("floor", x, above ? y - 2 : y + 3);
}

// A line from one side of a panel to the other.
function strokeHorizontal(context, panel, y) {
  context.beginPath();
  context.moveTo(panel.x, y);
  context.lineTo(panel.x + panel.width, y);
  context.stroke();
}
