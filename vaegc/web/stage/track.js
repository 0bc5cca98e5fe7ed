// The ε track: the sweep curve, its plateaus and its noise behind the ε slider, on the same axis.
// Why one set of constants: the needle, the curve and the slider's thumb must agree to the pixel.

import { compressCount, epsTicks, epsToX, THUMB_WIDTH } from "../common/axis.js";
import { formatEps, plural } from "../common/format.js";
import { cssColour, mixColours } from "../common/theme.js";

/** CSS pixels. The thumb's centre travels from thumb/2 to width − thumb/2, as browsers do it for a range input. */
export const TRACK = { height: 148, top: 26, base: 118, thumb: THUMB_WIDTH };
/** The line below the track that shows the history of one cluster. */
export const LANE = { height: 10 };

/** Height of a cluster count on the track. */
export function countToY(count, maxCount) {
  return TRACK.base - compressCount(count, maxCount) * (TRACK.base - TRACK.top - 8);
}

/** The numbers of clusters that get a grid line. */
function countTicks(maxCount) {
  const ticks = [];
  for (const count of [2, 5, 10, 20, 50, 100, 200, 500, 1000]) {
    if (count > maxCount * 1.05) break;
    const above = ticks.length > 0 ? countToY(ticks[ticks.length - 1], maxCount) : TRACK.base;
    if (above - countToY(count, maxCount) >= 13) ticks.push(count);
  }
  return ticks;
}

/**
 * @param {CanvasRenderingContext2D} context scaled to CSS pixels
 * @param {number} width CSS pixels
 * @param {{low: number, high: number, curve: import("./cut.js").Curve, plateaus: import("./scene.js").Plateau[],
 *   scores: import("./scoreline.js").ScoreCurve|null}} sweep
 * @param {import("../common/theme.js").Theme} theme
 */
export function paintTrack(context, width, sweep, theme) {
  const { low, high, curve, plateaus } = sweep;
  const at = (eps) => epsToX(Math.log(eps), Math.log(low), Math.log(high), width);
  context.clearRect(0, 0, width, TRACK.height);
  context.fillStyle = cssColour(theme.panel);
  context.beginPath();
  context.roundRect(0, 0, width, TRACK.height, 8);
  context.fill();
  paintBands(context, at, sweep, theme);
  paintNoise(context, at, curve, theme);
  paintGrid(context, width, curve.maxCounted, theme);
  if (sweep.scores) paintScores(context, at, sweep.scores, theme);
  paintSteps(context, at, curve, theme);
  paintAxis(context, at, epsTicks(low, high, width), theme, width);
  paintBandNames(context, at, plateaus, low, high, theme, width);
}

function paintBands(context, at, { plateaus, low, high }, theme) {
  plateaus.forEach((plateau, i) => {
    const left = at(Math.max(low, plateau.eps_low));
    const right = at(Math.min(high, plateau.eps_high));
    if (right <= left) return;
    context.fillStyle = cssColour(theme.accent, i === 0 ? (theme.dark ? 0.26 : 0.17) : 0.075);
    context.fillRect(left, TRACK.top - 4, right - left, TRACK.base - TRACK.top + 4);
    context.fillStyle = cssColour(theme.accent, i === 0 ? 1 : 0.4);
    context.fillRect(left, TRACK.top - 5, right - left, i === 0 ? 2 : 1);
  });
}

function paintBandNames(context, at, plateaus, low, high, theme, width) {
  plateaus.forEach((plateau, i) => {
    const left = at(Math.max(low, plateau.eps_low));
    const right = at(Math.min(high, plateau.eps_high));
    context.font = `${i === 0 ? 600 : 400} 11px ${theme.font}`;
    const fits = (text) => context.measureText(text).width <= right - left - 4;
    const full = plural(plateau.n_clusters, "cluster");
    // The longest band is always named, if need be beyond its edges.
    const text = i === 0 || fits(full) ? full : String(plateau.n_clusters);
    if (right <= left || (i > 0 && !fits(text))) return;
    const half = context.measureText(text).width / 2;
    context.fillStyle = cssColour(i === 0 ? mixColours(theme.accent, theme.text, 0.25) : theme.muted);
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    context.fillText(text, Math.min(width - half - 6, Math.max(half + 6, (left + right) / 2)), TRACK.top - 10);
  });
}

function paintNoise(context, at, curve, theme) {
  const rise = TRACK.base - TRACK.top - 8;
  context.beginPath();
  context.moveTo(at(curve.eps[0]), TRACK.base);
  for (let s = 0; s < curve.eps.length; s++) context.lineTo(at(curve.eps[s]), TRACK.base - curve.noise[s] * rise);
  context.lineTo(at(curve.eps[curve.eps.length - 1]), TRACK.base);
  context.closePath();
  context.fillStyle = cssColour(theme.text, theme.dark ? 0.13 : 0.09);
  context.fill();
}

// From 0 at the axis to 1 where the noise would be 100 %.
function paintScores(context, at, { eps, acc, nmi }, theme) {
  const rise = TRACK.base - TRACK.top - 8;
  for (const [values, dashes] of [[nmi, [2, 3]], [acc, []]]) {
    context.beginPath();
    values.forEach((value, k) => context.lineTo(at(eps[k]), TRACK.base - value * rise));
    context.setLineDash(dashes);
    context.strokeStyle = cssColour(theme.score);
    context.lineWidth = 1.4;
    context.stroke();
  }
  context.setLineDash([]);
}

function paintGrid(context, width, maxCount, theme) {
  context.font = `10px ${theme.font}`;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  for (const count of countTicks(maxCount)) {
    const y = Math.round(countToY(count, maxCount)) + 0.5;
    context.strokeStyle = cssColour(theme.text, 0.09);
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(TRACK.thumb / 2, y);
    context.lineTo(width - TRACK.thumb / 2, y);
    context.stroke();
    context.fillStyle = cssColour(theme.muted);
    context.fillText(String(count), TRACK.thumb / 2 + 2, y - 3);
  }
}

function paintSteps(context, at, curve, theme) {
  context.beginPath();
  for (let s = 0; s < curve.eps.length; s++) {
    const x = at(curve.eps[s]);
    const y = countToY(curve.counted[s], curve.maxCounted);
    if (s === 0) {
      context.moveTo(x, y);
    } else {
      context.lineTo(x, countToY(curve.counted[s - 1], curve.maxCounted));
      context.lineTo(x, y);
    }
  }
  context.strokeStyle = cssColour(theme.text);
  context.lineWidth = 1.6;
  context.lineJoin = "round";
  context.stroke();
}

function paintAxis(context, at, ticks, theme, width) {
  context.strokeStyle = cssColour(theme.faint);
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(TRACK.thumb / 2, TRACK.base + 0.5);
  context.lineTo(width - TRACK.thumb / 2, TRACK.base + 0.5);
  for (const eps of ticks) {
    const x = Math.round(at(eps)) + 0.5;
    context.moveTo(x, TRACK.base);
    context.lineTo(x, TRACK.base + 4);
  }
  context.stroke();
  context.fillStyle = cssColour(theme.muted);
  context.font = `11px ${theme.font}`;
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const eps of ticks) {
    context.fillText(eps >= 0.001 && eps < 10000 ? String(eps) : formatEps(eps), at(eps), TRACK.base + 14);
  }
}
