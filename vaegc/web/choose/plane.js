// Paints the plane of (step, ε) with the steps from left to right and ε upwards.
// Why the rows on their side: beside it are the sweeps before and after, which share its ε axis.

import { contrastColour, countColour, planeCanvas, planeEdges, planeNumbers } from "../common/plane.js";
import { cssColour } from "../common/theme.js";

const NUMBER_SIZE = { min: 11, max: 56, share: 0.4 }; // CSS pixels, and the share of its area that a number may take

/**
 * @param {CanvasRenderingContext2D} context scaled to CSS pixels, clipped to the panel
 * @param {import("./layout.js").Panel} panel
 * @param {import("./data.js").Choice} choice
 * @param {import("../common/theme.js").Theme} theme
 */
export function paintPlane(context, panel, choice, theme) {
  const { samples, maxNoise } = choice;
  const plane = nearestRows(choice.plane);
  const perRow = panel.width / plane.length;
  const perSample = panel.height / Math.max(1, samples - 1);
  const { columns, canvas } = planeCanvas(plane, theme, maxNoise);
  const bottom = panel.y + panel.height;
  if (canvas) {
    context.save();
    context.imageSmoothingEnabled = false;
    context.transform(0, -perSample, perRow, 0, panel.x, bottom);
    // The first and the last sample are the ends of the axis: half of their pixels lies beyond it.
    context.drawImage(canvas, 0.5, 0, columns - 1, plane.length, 0, 0, columns - 1, plane.length);
    context.restore();
  }
  context.beginPath();
  for (const [s0, r0, s1, r1] of planeEdges(plane, maxNoise)) {
    context.moveTo(panel.x + r0 * perRow, bottom - s0 * perSample);
    context.lineTo(panel.x + r1 * perRow, bottom - s1 * perSample);
  }
  context.strokeStyle = cssColour(theme.panel, 0.6);
  context.lineWidth = 1;
  context.stroke();
  choice.plane.forEach((row, r) => { if (!row) paintPending(context, { x: panel.x + r * perRow, y: panel.y, width: perRow, height: panel.height }, theme); });
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { count, sample, row, length, rows } of planeNumbers(plane, { perSample, perRow, along: 14, across: 19 }, maxNoise)) {
    const size = Math.min(NUMBER_SIZE.max, Math.max(NUMBER_SIZE.min, NUMBER_SIZE.share * Math.min(length * perSample, rows * perRow)));
    context.font = `${size > 20 ? 700 : 600} ${size.toFixed(1)}px ${theme.font}`;
    context.fillStyle = cssColour(contrastColour(countColour(count, 0, theme)), size > 20 ? 0.85 : 1);
    context.fillText(String(count), panel.x + row * perRow, bottom - sample * perSample + 0.06 * size);
  }
}

/**
 * The plane with the nearest row that is there in place of each that is not: steps come from coarse to fine, so it is a sketch of the whole.
 * @param {(import("./data.js").StepSweep|null)[]} plane
 */
export function nearestRows(plane) {
  return plane.map((row, r) => {
    for (let far = 0; far < plane.length; far++) {
      const found = plane[r - far] ?? plane[r + far];
      if (found) return found;
    }
    return null;
  });
}

// What is still to come: faded, with quiet lines, so that nobody takes the sketch for the drawing.
function paintPending(context, { x, y, width, height }, theme) {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.fillStyle = cssColour(theme.panel, 0.62);
  context.fillRect(x, y, width, height);
  context.beginPath();
  const first = Math.floor((x - height) / 9) * 9; // the same lines across neighbouring columns
  for (let at = first; at < x + width; at += 9) {
    context.moveTo(at, y + height);
    context.lineTo(at + height, y);
  }
  context.strokeStyle = cssColour(theme.text, 0.1);
  context.lineWidth = 1;
  context.stroke();
  context.restore();
}
