// Titles, suggestions and axes around the panels of a choice of K.

import { epsTicks } from "../common/axis.js";
import { formatCount, formatEps, plural } from "../common/format.js";
import { cssColour } from "../common/theme.js";
import { formatFactor } from "./data.js";
import { countX, INSET, placeCenter, sweepOfPanel, yOfLogEps } from "./layout.js";

const COUNT_TICKS = [2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** Values of ε to the left of a row of panels. */
export function paintEpsAxis(context, axis, choice, theme) {
  context.font = `11px ${theme.font}`;
  context.fillStyle = cssColour(theme.muted);
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const eps of epsTicks(Math.exp(choice.logLow), Math.exp(choice.logHigh), axis.height, 30)) {
    const y = Math.round(yOfLogEps(choice, axis, Math.log(eps))) + 0.5;
    context.fillText(eps >= 0.001 && eps < 10000 ? String(eps) : formatEps(eps), axis.x - 8, y);
    context.fillRect(axis.x - 4, y - 0.5, 4, 1);
  }
  context.font = `600 13px ${theme.font}`;
  context.fillText("ε", axis.x - 8, axis.y - 10);
}

/** Title of a panel, and what it suggests. */
export function paintPanelTitle(context, panel, layout, choice, theme) {
  const last = choice.steps[choice.steps.length - 1];
  const sweep = sweepOfPanel(choice, panel.name);
  const found = sweep?.plateaus[0];
  const suggestion = !sweep ? ["being computed", "…"]
    : sweep.suggested !== null ? [`${plural(sweep.suggested, "cluster")}, ε ${formatFactor(found?.log_length ?? 0)}`, plural(sweep.suggested, "cluster")]
      : ["no readable plateau", "no plateau"];
  const outside = `${Math.round(100 * choice.maxNoise)} %`;
  const titles = {
    before: [last > 0 ? ["Before the climb", "Before"] : ["The points as they are", "The points"], suggestion],
    after: [[`After ${plural(last, "step")}`, "After"], suggestion],
    plane: [["Clusters at every step and every ε", "Every step, every ε"],
      [`One colour for each number of clusters; faded where more than ${outside} of the points are in none`, `faded: more than ${outside} in no cluster`, ""]],
    kDistance: [["k-distance"], [`to the ${ordinal(choice.minSamples)} point`, `${ordinal(choice.minSamples)} point`, ""]],
  };
  const [title, line] = titles[panel.name];
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  context.font = `600 13.5px ${theme.font}`;
  context.fillStyle = cssColour(theme.text);
  context.fillText(firstThatFits(context, title, panel.width), panel.x, panel.y - 26);
  context.font = `12px ${theme.font}`;
  context.fillStyle = cssColour(theme.muted);
  context.fillText(firstThatFits(context, line, panel.width), panel.x, panel.y - 9);
}

/** The first of several wordings that fits; the last one in any case. */
function firstThatFits(context, wordings, width) {
  return wordings.find((text) => context.measureText(text).width <= width) ?? wordings[wordings.length - 1];
}

/** @param {number} number */
export function ordinal(number) {
  const [tens, ones] = [number % 100, number % 10];
  const end = tens > 10 && tens < 14 ? "th" : ["th", "st", "nd", "rd"][ones] ?? "th";
  return `${formatCount(number)}${end}`;
}

/** Ticks below a panel, and what they count. */
export function paintXAxis(context, panel, choice, maxCount, theme) {
  const bottom = panel.y + panel.height;
  const tick = (x, text) => {
    context.fillRect(Math.round(x), bottom, 1, 4);
    context.fillText(text, x, bottom + 7);
  };
  context.font = `11px ${theme.font}`;
  context.fillStyle = cssColour(theme.muted);
  context.textAlign = "center";
  context.textBaseline = "top";
  let names = ["clusters · grey: share in none", "clusters"];
  if (panel.name === "plane") {
    names = ["step of the climb"];
    for (const row of stepTicks(choice.steps.length, panel.width)) tick(placeCenter(choice, panel, { row, sample: 0 }).x, row === 0 && choice.steps[0] === 0 ? "start" : String(choice.steps[row]));
  } else if (panel.name === "kDistance") {
    names = ["% of the points", "%"];
    for (const share of panel.width > 110 ? [0, 0.5, 1] : [0, 1]) tick(panel.x + INSET + share * (panel.width - 2 * INSET), String(100 * share));
  } else {
    let right = -Infinity;
    for (const count of COUNT_TICKS) {
      const x = countX(panel, count, maxCount);
      if (count > maxCount || x - right < 20) continue;
      tick(x, String(count));
      right = x;
    }
  }
  context.fillText(firstThatFits(context, names, panel.width), panel.x + panel.width / 2, bottom + 22);
}

/** Rows whose step is written: the first and the last, and evenly between them as far as there is room. */
export function stepTicks(rows, width) {
  const last = rows - 1;
  const every = [1, 2, 5, 10, 20, 50, 100, 200].find((n) => (n * width) / rows >= 30) ?? rows;
  const ticks = [];
  for (let row = 0; row <= last - every / 2; row += every) ticks.push(row);
  return last > 0 ? [...ticks, last] : [0];
}
