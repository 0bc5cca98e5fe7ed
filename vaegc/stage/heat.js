// The number of clusters over (step, ε): a picture under the ε track that is also a scrubber.
// Why the whole plane: a number of clusters that holds over many steps and a long stretch of ε is one that the data have.

import { rampColour } from "./colouring.js";
import { sweepCurve } from "./cut.js";
import { cssColour, luminance, mixColours } from "./theme.js";
import { TRACK, trackX } from "./track.js";
import { plural } from "./words.js";

/**
 * @typedef {import("./scene.js").Scene} Scene
 * @typedef {{counted: ArrayLike<number>, noise: ArrayLike<number>}} HeatRow at values of ε evenly spaced in ln ε over the scene's range
 */

/** CSS pixels. */
const HEAT_LEAST = 64;
const HEAT_MOST = 140;
const HEAT_PER_FRAME = 5;
const NUMBER_WIDTH = 26;
const NUMBER_HEIGHT = 12;
/** Design.md, section 3: with more noise than this a number of clusters is no candidate. */
const HEAT_NOISE = 0.1;
/** From here on the colour says "many". */
const HEAT_MANY = 20;

/**
 * One row, of one tree; at 70,000 points as long as one sweep curve, so one in each idle moment.
 * @param {Scene} scene
 * @param {number} treeIndex
 * @param {number} samples
 * @returns {HeatRow|null} null where the scene has no range of ε
 */
export function heatRow(scene, treeIndex, samples = 240) {
  const { eps, min_size: minSize } = scene.header;
  if (!eps) return null;
  const { counted, noise } = sweepCurve(scene.trees[treeIndex], eps.low, eps.high, minSize, samples);
  return { counted, noise };
}

/** CSS pixels. @param {Scene} scene */
export function heatHeight(scene) {
  return Math.min(HEAT_MOST, Math.max(HEAT_LEAST, HEAT_PER_FRAME * scene.frameCount));
}

/** The frame and ln ε at a place of the picture. @returns {{frame: number, logEps: number}} */
export function heatPlace(scene, width, height, x, y) {
  const { low, high } = scene.header.eps;
  const share = Math.min(1, Math.max(0, (x - TRACK.thumb / 2) / Math.max(1, width - TRACK.thumb)));
  const frame = Math.min(scene.frameCount - 1, Math.max(0, Math.floor((y / height) * scene.frameCount)));
  return { frame, logEps: Math.log(low) + share * Math.log(high / low) };
}

/** Where a frame and ε are: the middle of the frame's row. @returns {{x: number, y: number}} */
export function heatSpot(scene, width, height, frame, eps) {
  const { low, high } = scene.header.eps;
  return { x: trackX(Math.log(eps), Math.log(low), Math.log(high), width), y: ((frame + 0.5) / scene.frameCount) * height };
}

/** One colour for each number of clusters. @param {import("./theme.js").Theme} theme @returns {import("./theme.js").Rgb} */
export function heatColour(count, noise, theme) {
  const clear = count < 2 ? mixColours(theme.panel, theme.text, 0.05)
    : rampColour(Math.log(count / 2) / Math.log(HEAT_MANY / 2), theme.dark);
  return noise > HEAT_NOISE ? mixColours(clear, theme.panel, 0.74) : clear;
}

/**
 * RGBA bytes, one pixel for each sample of each frame; what is not computed yet stays clear.
 * @param {Scene} scene
 * @param {(HeatRow|null|undefined)[]} rows of each tree
 * @param {import("./theme.js").Theme} theme
 */
export function heatPixels(scene, rows, theme) {
  const columns = rows.find((row) => row)?.counted.length ?? 1;
  const pixels = new Uint8ClampedArray(columns * scene.frameCount * 4);
  for (let frame = 0; frame < scene.frameCount; frame++) {
    const row = rows[scene.treeOfFrame[frame]];
    if (!row) continue;
    for (let s = 0; s < columns; s++) {
      pixels.set([...heatColour(row.counted[s], row.noise[s], theme), 255], (frame * columns + s) * 4);
    }
  }
  return { columns, pixels };
}

/**
 * @param {CanvasRenderingContext2D} context scaled to CSS pixels
 * @param {number} width CSS pixels, that of the track
 * @param {number} height CSS pixels
 * @param {Scene} scene
 * @param {(HeatRow|null|undefined)[]} rows of each tree
 * @param {import("./theme.js").Theme} theme
 */
export function paintHeat(context, width, height, scene, rows, theme) {
  context.clearRect(0, 0, width, height);
  if (!scene.header.eps) return;
  const left = TRACK.thumb / 2;
  const inner = width - TRACK.thumb;
  context.fillStyle = cssColour(theme.panel);
  context.fillRect(left, 0, inner, height);
  const { columns, pixels } = heatPixels(scene, rows, theme);
  if (columns > 1) {
    const small = document.createElement("canvas");
    small.width = columns;
    small.height = scene.frameCount;
    small.getContext("2d").putImageData(new ImageData(pixels, columns, scene.frameCount), 0, 0);
    context.imageSmoothingEnabled = false;
    // The first and the last sample are the ends of the axis: half of their pixels lies beyond it.
    context.drawImage(small, 0.5, 0, columns - 1, scene.frameCount, left, 0, inner, height);
    paintEdges(context, scene, rows, columns, { left, perSample: inner / (columns - 1), rowHeight: height / scene.frameCount });
    context.strokeStyle = cssColour(theme.panel, 0.5);
    context.lineWidth = 1;
    context.stroke();
  }
  context.strokeStyle = cssColour(theme.text, 0.16);
  context.lineWidth = 1;
  context.strokeRect(left + 0.5, 0.5, inner - 1, height - 1);
  const names = paintRowNames(context, width, height, scene, theme);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `600 11px ${theme.font}`;
  for (const { count, x, y } of heatNumbers(scene, rows, width, height)) {
    if (x - NUMBER_WIDTH / 2 < names.right && (y < names.above || y > names.below)) continue;
    context.fillStyle = cssColour(inkOn(heatColour(count, 0, theme)));
    context.fillText(String(count), x, y + 0.5);
  }
}

// Thin lines between numbers of clusters: neighbours like 9 and 10 differ too little in colour. Noise needs none.
function paintEdges(context, scene, rows, columns, { left, perSample, rowHeight }) {
  const countAt = (frame, s) => {
    const row = rows[scene.treeOfFrame[frame]];
    return row && row.noise[s] <= HEAT_NOISE ? row.counted[s] : 0;
  };
  const differ = (a, b) => a !== b && a > 1 && b > 1;
  context.beginPath();
  for (let frame = 0; frame < scene.frameCount; frame++) {
    for (let s = 0; s < columns; s++) {
      const count = countAt(frame, s);
      const x = left + Math.max(0, s - 0.5) * perSample;
      if (s > 0 && differ(countAt(frame, s - 1), count)) {
        context.moveTo(x, frame * rowHeight);
        context.lineTo(x, (frame + 1) * rowHeight);
      }
      if (frame > 0 && differ(countAt(frame - 1, s), count)) {
        context.moveTo(x, frame * rowHeight);
        context.lineTo(left + Math.min(columns - 1, s + 0.5) * perSample, frame * rowHeight);
      }
    }
  }
}

// "start" and "step 30", and where they are, so that no number is written over them.
function paintRowNames(context, width, height, scene, theme) {
  const last = scene.frameCount - 1;
  if (height < 40 || width < 200 || last < 1) return { right: 0, above: 0, below: height };
  const left = TRACK.thumb / 2 + 6;
  const words = [scene.steps[0] === 0 ? "start" : `step ${scene.steps[0]}`, `step ${scene.steps[last]}`];
  context.font = `10px ${theme.font}`;
  context.textAlign = "left";
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = cssColour(theme.panel, 0.85);
  context.fillStyle = cssColour(theme.text);
  words.forEach((text, end) => {
    context.textBaseline = end === 0 ? "top" : "bottom";
    const y = end === 0 ? 5 : height - 4;
    context.strokeText(text, left, y);
    context.fillText(text, left, y);
  });
  return { right: left + Math.max(...words.map((text) => context.measureText(text).width)), above: 22, below: height - 22 };
}

// Black or white, whichever stands out more from the colour.
function inkOn(colour) {
  const bright = luminance(colour);
  return /** @type {import("./theme.js").Rgb} */ (1.05 / (bright + 0.05) > (bright + 0.05) / 0.05 ? [255, 255, 255] : [0, 0, 0]);
}

/**
 * Where each number of clusters is written: in its longest stretch of ε that is high enough for the text, with little noise.
 * @param {Scene} scene
 * @param {(HeatRow|null|undefined)[]} rows of each tree
 * @returns {{count: number, x: number, y: number}[]} middle of the text, CSS pixels
 */
export function heatNumbers(scene, rows, width, height) {
  const rowHeight = height / scene.frameCount;
  const columns = rows.find((row) => row)?.counted.length ?? 1;
  const perSample = (width - TRACK.thumb) / Math.max(1, columns - 1);
  const rowOf = (frame) => rows[scene.treeOfFrame[frame]];
  const holds = (frame, first, last, count) => {
    const row = frame >= 0 && frame < scene.frameCount && rowOf(frame);
    if (!row) return false;
    for (let s = first; s <= last; s++) if (row.counted[s] !== count || row.noise[s] > HEAT_NOISE) return false;
    return true;
  };
  const best = new Map();
  for (let frame = 0; frame < scene.frameCount; frame++) {
    for (const { count, first, last } of stretches(rowOf(frame))) {
      const length = last - first;
      if (length * perSample < NUMBER_WIDTH || length <= (best.get(count)?.length ?? 0)) continue;
      const middle = (first + last) / 2;
      const reach = NUMBER_WIDTH / 2 / perSample;
      const from = Math.max(first, Math.floor(middle - reach));
      const to = Math.min(last, Math.ceil(middle + reach));
      let above = frame;
      let below = frame;
      while (holds(above - 1, from, to, count)) above--;
      while (holds(below + 1, from, to, count)) below++;
      if ((below - above + 1) * rowHeight < NUMBER_HEIGHT) continue;
      best.set(count, { length, x: TRACK.thumb / 2 + middle * perSample, y: ((above + below + 1) / 2) * rowHeight });
    }
  }
  return [...best].map(([count, { x, y }]) => ({ count, x, y }));
}

// The stretches of a row in which one number of clusters, two or more, holds with little noise.
function stretches(row) {
  const found = [];
  for (let s = 0; row && s < row.counted.length; s++) {
    const count = row.counted[s];
    if (count < 2 || row.noise[s] > HEAT_NOISE) continue;
    const last = found[found.length - 1];
    if (last && last.last === s - 1 && last.count === count) last.last = s;
    else found.push({ count, first: s, last: s });
  }
  return found;
}

/**
 * The picture in one sentence, from its rows alone; empty until all of them are there.
 * @param {Scene} scene
 * @param {(HeatRow|null|undefined)[]} rows of each tree
 * @returns {string}
 */
export function heatWords(scene, rows) {
  if (scene.trees.length === 0 || scene.trees.some((_, f) => !rows[f])) return "";
  const order = scene.trees.map((_, f) => f).sort((a, b) => scene.trees[a].frame - scene.trees[b].frame);
  const winners = order.map((f) => stretches(rows[f])
    .reduce((best, run) => (run.last - run.first >= best.last - best.first ? run : best), { count: 0, first: 0, last: -1 }).count);
  const end = winners.length - 1;
  const stepOf = (k) => scene.steps[scene.trees[order[k]].frame];
  if (winners[end] === 0) return `At step ${stepOf(end)} no number of clusters holds with at most 10 % noise.`;
  let since = end;
  while (since > 0 && winners[since - 1] === winners[end]) since--;
  const what = `${plural(winners[end], "cluster")} hold over the longest stretch of ε.`;
  const kept = scene.trees.length < scene.frameCount ? " that was swept" : "";
  if (since === 0 && end > 0) return `At every step${kept}, ${what}`;
  return since === end ? `At step ${stepOf(end)}, ${what}` : `From step ${stepOf(since)} on, ${what}`;
}
