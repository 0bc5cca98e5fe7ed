// The ε track: the sweep curve, its plateaus and its noise behind the ε slider, on the same axis.
// Why one set of constants: the needle, the curve and the slider's thumb must agree to the pixel.

import { formatEps, plural } from "../common/words.js";
import { cssColour, mixColours } from "../common/theme.js";

/** CSS pixels. The thumb's centre travels from thumb/2 to width − thumb/2, as browsers do it for a range input. */
export const TRACK = { height: 148, top: 26, base: 118, thumb: 22 };
/** The line below the track that shows the life of one cluster. */
export const LANE = { height: 10 };

/** Left edge distance of ln ε on a track of the given width. */
export function trackX(logEps, logLow, logHigh, width) {
  const share = logHigh > logLow ? (logEps - logLow) / (logHigh - logLow) : 0;
  return TRACK.thumb / 2 + Math.min(1, Math.max(0, share)) * (width - TRACK.thumb);
}

/** A cluster count as a share of the room for it: compressed, so that 2 to 20 stay readable beside a hundred. */
export function squeezed(count, most) {
  const squeeze = most > 40 ? Math.log1p : Math.sqrt;
  return squeeze(count) / squeeze(Math.max(most, 3));
}

/** Height of a cluster count on the track. */
export function trackY(count, most) {
  return TRACK.base - squeezed(count, most) * (TRACK.base - TRACK.top - 8);
}

/** Round values of ε (1, 2, 5 times a power of ten) at least `gap` pixels apart. */
export function epsTicks(low, high, width, gap = 46) {
  const logLow = Math.log(low);
  const logHigh = Math.log(high);
  const decades = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) decades.push(power);
  const inside = (factors) => decades
    .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
    .filter((value) => value >= low && value <= high);
  const choices = [[1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9], [1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]];
  const roomy = (values) => values.every((value, i) => i === 0
    || trackX(Math.log(value), logLow, logHigh, width) - trackX(Math.log(values[i - 1]), logLow, logHigh, width) >= gap);
  const found = choices.map(inside).find((values) => roomy(values)) ?? [];
  return found.filter((value) => {
    const x = trackX(Math.log(value), logLow, logHigh, width);
    return x > 18 && x < width - 18;
  });
}

/** The numbers of clusters that get a grid line. */
function countTicks(most) {
  const ticks = [];
  for (const count of [2, 5, 10, 20, 50, 100, 200, 500, 1000]) {
    if (count > most * 1.05) break;
    const above = ticks.length > 0 ? trackY(ticks[ticks.length - 1], most) : TRACK.base;
    if (above - trackY(count, most) >= 13) ticks.push(count);
  }
  return ticks;
}

/**
 * @param {CanvasRenderingContext2D} context scaled to CSS pixels
 * @param {number} width CSS pixels
 * @param {{low: number, high: number, curve: import("./cut.js").Curve, plateaus: import("./scene.js").Plateau[],
 *   scores: import("./scoreline.js").ScoreLine|null}} sweep
 * @param {import("./theme.js").Theme} theme
 */
export function paintTrack(context, width, sweep, theme) {
  const { low, high, curve, plateaus } = sweep;
  const at = (eps) => trackX(Math.log(eps), Math.log(low), Math.log(high), width);
  context.clearRect(0, 0, width, TRACK.height);
  context.fillStyle = cssColour(theme.panel);
  context.beginPath();
  context.roundRect(0, 0, width, TRACK.height, 8);
  context.fill();
  paintBands(context, at, sweep, theme);
  paintNoise(context, at, curve, theme);
  paintGrid(context, width, curve.most, theme);
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

function paintGrid(context, width, most, theme) {
  context.font = `10px ${theme.font}`;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  for (const count of countTicks(most)) {
    const y = Math.round(trackY(count, most)) + 0.5;
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
    const y = trackY(curve.counted[s], curve.most);
    if (s === 0) {
      context.moveTo(x, y);
    } else {
      context.lineTo(x, trackY(curve.counted[s - 1], curve.most));
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
