// The phase diagram under the ε track: the number of clusters over (step, ε), which is also a scrubber.
// Why the whole plane: a number of clusters that holds over many steps and a long stretch of ε is one that the data have.

import { epsToX } from "../common/axis.js";
import { contrastColour, countColour, describePlane, planeCanvas, planeEdges, planeNumbers } from "../common/plane.js";
import { cssColour } from "../common/theme.js";
import { sweepCurve } from "./cut.js";
import { TRACK } from "./track.js";

/**
 * @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("../common/plane.js").PlaneRow} PlaneRow
 */

/** CSS pixels. */
const MIN_HEIGHT = 64;
const MAX_HEIGHT = 140;
const HEIGHT_PER_FRAME = 5;
const NUMBER_WIDTH = 26;
const NUMBER_HEIGHT = 12;

/**
 * One row, of one tree; at 70,000 points as long as one sweep curve, so one in each idle moment.
 * @param {Scene} scene
 * @param {number} treeIndex
 * @param {number} samples
 * @returns {PlaneRow|null} null where the scene has no range of ε
 */
export function phaseRow(scene, treeIndex, samples = 240) {
  const { eps, min_size: minSize } = scene.header;
  if (!eps) return null;
  const { counted, noise } = sweepCurve(scene.trees[treeIndex], eps.low, eps.high, minSize, samples);
  return { counted, noise };
}

/** CSS pixels. @param {Scene} scene */
export function phaseDiagramHeight(scene) {
  return Math.min(MAX_HEIGHT, Math.max(MIN_HEIGHT, HEIGHT_PER_FRAME * scene.frameCount));
}

/** The frame and ln ε at a place of the picture. @returns {{frame: number, logEps: number}} */
export function stateAtPixel(scene, width, height, x, y) {
  const { low, high } = scene.header.eps;
  const share = Math.min(1, Math.max(0, (x - TRACK.thumb / 2) / Math.max(1, width - TRACK.thumb)));
  const frame = Math.min(scene.frameCount - 1, Math.max(0, Math.floor((y / height) * scene.frameCount)));
  return { frame, logEps: Math.log(low) + share * Math.log(high / low) };
}

/** Where a frame and ε are: the middle of the frame's row. @returns {{x: number, y: number}} */
export function pixelOfState(scene, width, height, frame, eps) {
  const { low, high } = scene.header.eps;
  return { x: epsToX(Math.log(eps), Math.log(low), Math.log(high), width), y: ((frame + 0.5) / scene.frameCount) * height };
}

/** The rows of all frames, each that of the tree nearest to it. @param {Scene} scene @param {(PlaneRow|null|undefined)[]} rows of each tree */
export function rowsOfFrames(scene, rows) {
  return Array.from({ length: scene.frameCount }, (_, frame) => rows[scene.treeOfFrame[frame]]);
}

/**
 * @param {CanvasRenderingContext2D} context scaled to CSS pixels
 * @param {number} width CSS pixels, that of the track
 * @param {number} height CSS pixels
 * @param {Scene} scene
 * @param {(PlaneRow|null|undefined)[]} rows of each tree
 * @param {import("../common/theme.js").Theme} theme
 */
export function paintPhaseDiagram(context, width, height, scene, rows, theme) {
  context.clearRect(0, 0, width, height);
  if (!scene.header.eps) return;
  const left = TRACK.thumb / 2;
  const inner = width - TRACK.thumb;
  context.fillStyle = cssColour(theme.panel);
  context.fillRect(left, 0, inner, height);
  const plane = rowsOfFrames(scene, rows);
  const { columns, canvas } = planeCanvas(plane, theme);
  if (canvas) {
    context.imageSmoothingEnabled = false;
    // The first and the last sample are the ends of the axis: half of their pixels lies beyond it.
    context.drawImage(canvas, 0.5, 0, columns - 1, scene.frameCount, left, 0, inner, height);
    const [perSample, rowHeight] = [inner / (columns - 1), height / scene.frameCount];
    context.beginPath();
    for (const [s0, r0, s1, r1] of planeEdges(plane)) {
      context.moveTo(left + s0 * perSample, r0 * rowHeight);
      context.lineTo(left + s1 * perSample, r1 * rowHeight);
    }
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
  for (const { count, x, y } of phaseDiagramLabels(scene, rows, width, height)) {
    if (x - NUMBER_WIDTH / 2 < names.right && (y < names.above || y > names.below)) continue;
    context.fillStyle = cssColour(contrastColour(countColour(count, 0, theme)));
    context.fillText(String(count), x, y + 0.5);
  }
}

// "start" and "step 30", and where they are, so that no number is written over them.
function paintRowNames(context, width, height, scene, theme) {
  const last = scene.frameCount - 1;
  if (height < 40 || width < 200 || last < 1) return { right: 0, above: 0, below: height };
  const left = TRACK.thumb / 2 + 6;
  const labels = [scene.steps[0] === 0 ? "start" : `step ${scene.steps[0]}`, `step ${scene.steps[last]}`];
  context.font = `10px ${theme.font}`;
  context.textAlign = "left";
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = cssColour(theme.panel, 0.85);
  context.fillStyle = cssColour(theme.text);
  labels.forEach((text, end) => {
    context.textBaseline = end === 0 ? "top" : "bottom";
    const y = end === 0 ? 5 : height - 4;
    context.strokeText(text, left, y);
    context.fillText(text, left, y);
  });
  return { right: left + Math.max(...labels.map((text) => context.measureText(text).width)), above: 22, below: height - 22 };
}

/**
 * Where each number of clusters is written.
 * @param {Scene} scene
 * @param {(PlaneRow|null|undefined)[]} rows of each tree
 * @returns {{count: number, x: number, y: number}[]} middle of the text, CSS pixels
 */
export function phaseDiagramLabels(scene, rows, width, height) {
  const plane = rowsOfFrames(scene, rows);
  const perRow = height / scene.frameCount;
  const perSample = (width - TRACK.thumb) / Math.max(1, (plane.find((row) => row)?.counted.length ?? 1) - 1);
  return planeNumbers(plane, { perSample, perRow, along: NUMBER_WIDTH, across: NUMBER_HEIGHT })
    .map(({ count, sample, row }) => ({ count, x: TRACK.thumb / 2 + sample * perSample, y: row * perRow }));
}

/**
 * The picture in one sentence, from its rows alone; empty until all of them are there.
 * @param {Scene} scene
 * @param {(PlaneRow|null|undefined)[]} rows of each tree
 * @returns {string}
 */
export function describePhaseDiagram(scene, rows) {
  const order = scene.trees.map((_, f) => f).sort((a, b) => scene.trees[a].frame - scene.trees[b].frame);
  const steps = order.map((f) => scene.steps[scene.trees[f].frame]);
  return describePlane(order.map((f) => rows[f]), steps, scene.trees.length < scene.frameCount ? " that was swept" : "");
}
