// Layout of the diagrams of a choice of K: panels that share one ln ε axis, beside each other, or in two rows on a small screen.
// Why numbers only: what is drawn, what is under the pointer and what is saved as a file use the same rectangles.

import { compressCount } from "../common/axis.js";
import { logEpsOf } from "./data.js";

/**
 * @typedef {import("./data.js").Choice} Choice
 * @typedef {{name: string, x: number, y: number, width: number, height: number}} Panel CSS pixels of its frame, without its words
 * @typedef {{width: number, height: number, narrow: boolean, panels: Panel[], axes: {x: number, y: number, height: number}[]}} Layout
 *   names: "before", "plane", "after", "kDistance"
 */

export const NARROW_WIDTH = 720; // CSS pixels below which the plane has a row of its own
const AXIS_WIDTH = 46; // left of the panels: values of ε
const TITLE_HEIGHT = 46; // above a panel: its title and a line
const X_AXIS_HEIGHT = 40; // below: ticks and what they are
const PANEL_GAP = 12;
export const INSET = 8; // between a frame and the curve in it
const PANEL_HEIGHT = 440;
const NARROW_PANEL_HEIGHT = { plane: 330, sides: 250 };

/** @param {number} width CSS pixels @param {Choice} choice @returns {Layout} */
export function computeLayout(width, choice) {
  const narrow = width < NARROW_WIDTH;
  const climbs = choice.steps.length > 1;
  const sides = climbs ? ["before", "after", "kDistance"] : ["before", "kDistance"];
  const rowOf = (names, shares, y, height) => {
    const room = width - AXIS_WIDTH - 1 - PANEL_GAP * (names.length - 1);
    const total = shares.reduce((sum, share) => sum + share, 0);
    let x = AXIS_WIDTH;
    return names.map((name, k) => {
      const panel = { name, x: Math.round(x), y, width: Math.round((room * shares[k]) / total), height };
      x += panel.width + PANEL_GAP;
      return panel;
    });
  };
  if (!narrow) {
    const panels = climbs ? rowOf(["before", "plane", "after", "kDistance"], [17, 50, 19, 14], TITLE_HEIGHT, PANEL_HEIGHT) : rowOf(sides, [64, 36], TITLE_HEIGHT, PANEL_HEIGHT);
    return { width, height: TITLE_HEIGHT + PANEL_HEIGHT + X_AXIS_HEIGHT, narrow, panels, axes: [{ x: AXIS_WIDTH, y: TITLE_HEIGHT, height: PANEL_HEIGHT }] };
  }
  if (!climbs) {
    const panels = rowOf(sides, [60, 40], TITLE_HEIGHT, NARROW_PANEL_HEIGHT.plane);
    return { width, height: TITLE_HEIGHT + NARROW_PANEL_HEIGHT.plane + X_AXIS_HEIGHT, narrow, panels, axes: [{ x: AXIS_WIDTH, y: TITLE_HEIGHT, height: NARROW_PANEL_HEIGHT.plane }] };
  }
  const second = TITLE_HEIGHT + NARROW_PANEL_HEIGHT.plane + X_AXIS_HEIGHT + TITLE_HEIGHT;
  const panels = [...rowOf(["plane"], [1], TITLE_HEIGHT, NARROW_PANEL_HEIGHT.plane), ...rowOf(sides, [1, 1, 0.8], second, NARROW_PANEL_HEIGHT.sides)];
  const axes = [{ x: AXIS_WIDTH, y: TITLE_HEIGHT, height: NARROW_PANEL_HEIGHT.plane }, { x: AXIS_WIDTH, y: second, height: NARROW_PANEL_HEIGHT.sides }];
  return { width, height: second + NARROW_PANEL_HEIGHT.sides + X_AXIS_HEIGHT, narrow, panels, axes };
}

/** The height of ln ε in a panel: large ε is high up. @param {Choice} choice @param {{y: number, height: number}} panel */
export function yOfLogEps(choice, panel, logEps) {
  const share = (logEps - choice.logLow) / (choice.logHigh - choice.logLow || 1);
  return panel.y + panel.height * (1 - Math.min(1, Math.max(0, share)));
}

/** The row of the plane that a panel other than the plane shows. @param {Choice} choice @param {string} name */
export function rowOfPanel(choice, name) {
  return name === "after" ? choice.steps.length - 1 : 0;
}

/** The middle of a place within a panel. @returns {{x: number, y: number}} */
export function placeCenter(choice, panel, { row, sample }) {
  const x = panel.name === "plane" ? panel.x + ((row + 0.5) / choice.steps.length) * panel.width : panel.x;
  return { x, y: yOfLogEps(choice, panel, logEpsOf(choice, sample)) };
}

/**
 * What is under a point of the picture.
 * @param {Layout} layout
 * @param {Choice} choice
 * @returns {{panel: string, row: number, sample: number}|null}
 */
export function placeAt(layout, choice, x, y) {
  const panel = layout.panels.find((p) => x >= p.x && x < p.x + p.width && y >= p.y - 2 && y <= p.y + p.height + 2);
  if (!panel) return null;
  const share = 1 - Math.min(1, Math.max(0, (y - panel.y) / panel.height));
  const sample = Math.round(share * (choice.samples - 1));
  const row = panel.name === "plane" ? Math.min(choice.steps.length - 1, Math.floor(((x - panel.x) / panel.width) * choice.steps.length)) : rowOfPanel(choice, panel.name);
  return { panel: panel.name, row, sample };
}

/** What a panel with a sweep shows. @param {Choice} choice @param {string} name */
export function sweepOfPanel(choice, name) {
  return choice.plane[rowOfPanel(choice, name)];
}

/** The largest number of clusters in the sweeps that are drawn as curves. @param {Choice} choice */
export function maxClusters(choice) {
  let maxCount = 3;
  for (const name of ["before", "after"]) for (const count of sweepOfPanel(choice, name)?.counted ?? []) maxCount = Math.max(maxCount, count);
  return maxCount;
}

/** Where a number of clusters is in a panel with a sweep. */
export function countX(panel, count, maxCount) {
  return panel.x + INSET + compressCount(count, maxCount) * (panel.width - 2 * INSET);
}
