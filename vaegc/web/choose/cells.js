// The (bandwidth, step) diagram: a table of buttons, each of which opens its state.
// Why real buttons: a picture of a table can be neither tabbed through nor read aloud.

import { formatCount, plural } from "../common/format.js";
import { makeElement, resizeChildren, updateAttribute, updateText } from "../common/markup.js";
import { contrastColour, countColour } from "../common/plane.js";
import { cssColour } from "../common/theme.js";
import { describeCell, formatBandwidth, formatFactor } from "./data.js";

const EXPLANATION = "Each cell says how many clusters one bandwidth finds after so many steps; the bar under it is how long that number holds as ε grows. " +
  "A number that fills many cells does not depend on how you set the climb.";

export class CellTable {
  /** @param {(cell: import("./data.js").BandwidthCell) => void} open */
  constructor(open) {
    this.words = makeElement("p", "vg-ch-words");
    this.head = makeElement("tr");
    this.body = makeElement("tbody");
    const table = makeElement("table", "vg-ch-cells", { "data-testid": "choice-cells" }, [
      makeElement("caption", "vg-ch-hidden", {}, ["Suggested number of clusters for each bandwidth and step"]),
      makeElement("thead", "", {}, [this.head]), this.body]);
    this.frame = makeElement("div", "vg-ch-cells-frame", {}, [table]);
    this.root = makeElement("section", "vg-ch-part", { "aria-label": "Bandwidth and steps" }, [
      makeElement("h2", "vg-ch-title", {}, ["Does it depend on the settings?"]), this.words, this.frame]);
    this.body.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button && this.cellOfButton.has(button)) open(this.cellOfButton.get(button));
    });
    this.body.addEventListener("keydown", (event) => this.moveFocus(event));
    this.cellOfButton = new Map();
  }

  /** @param {import("./data.js").Choice} choice @param {import("../common/theme.js").Theme} theme */
  show(choice, theme) {
    const { bandwidths, cellSteps, bandwidthCells, ownCell } = choice;
    const none = bandwidths.length === 0;
    updateText(this.words, none ? choice.whyNoBandwidths : EXPLANATION);
    this.root.hidden = none && !choice.whyNoBandwidths;
    this.frame.hidden = none;
    const longest = Math.max(1e-9, ...bandwidthCells.map((cell) => cell.length));
    resizeChildren(this.head, cellSteps.length + 1, () => makeElement("th", "", { scope: "col" })).forEach((head, k) => {
      updateText(head, k === 0 ? "Bandwidth" : cellSteps[k - 1] === 0 ? "start" : plural(cellSteps[k - 1], "step"));
    });
    this.cellOfButton.clear();
    resizeChildren(this.body, bandwidths.length, () => makeElement("tr", "", {}, [makeElement("th", "", { scope: "row" })])).forEach((row, r) => {
      updateText(row.firstElementChild, formatBandwidth(bandwidths[r]));
      const tableCells = resizeChildren(row, cellSteps.length + 1, () => makeElement("td", "", {}, [makeCell()])).slice(1);
      tableCells.forEach((tableCell, k) => {
        const cell = bandwidthCells.find((other) => other.neighbors === bandwidths[r] && other.step === cellSteps[k]);
        const isOwn = ownCell.neighbors === bandwidths[r] && ownCell.step === cellSteps[k];
        fillCell(/** @type {HTMLButtonElement} */ (tableCell.firstElementChild), cell, isOwn, longest, theme);
        if (cell) this.cellOfButton.set(tableCell.firstElementChild, cell);
      });
    });
  }

  moveFocus(event) {
    const offset = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    const tableCell = event.target.closest("td");
    if (!offset || !tableCell) return;
    const row = this.body.rows[tableCell.parentElement.sectionRowIndex + offset[0]];
    const next = row?.cells[tableCell.cellIndex + offset[1]]?.querySelector("button");
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}

// What is written is short; what is read aloud is a sentence.
function makeCell() {
  const hidden = { "aria-hidden": "true" };
  return makeElement("button", "vg-ch-cell", { type: "button" }, [
    makeElement("span", "vg-ch-k", hidden), makeElement("span", "vg-ch-length", hidden, [makeElement("span"), makeElement("span", "vg-ch-factor")]),
    makeElement("i", "vg-ch-bar", hidden, [makeElement("i")]), makeElement("span", "vg-ch-hidden")]);
}

function fillCell(button, cell, isOwn, longest, theme) {
  const [k, length, bar, spoken] = button.children;
  const suggested = cell ? cell.suggested : null;
  button.disabled = !cell;
  button.classList.toggle("vg-ch-own", isOwn);
  button.classList.toggle("vg-ch-none", cell !== undefined && suggested === null);
  const colour = suggested === null ? null : countColour(suggested, 0, theme);
  button.style.setProperty("--vg-cell", colour ? cssColour(colour) : "transparent");
  button.style.setProperty("--vg-ink", colour ? cssColour(contrastColour(colour)) : "var(--vg-muted)");
  bar.firstElementChild.style.width = `${cell ? ((100 * cell.length) / longest).toFixed(1) : 0}%`;
  updateText(k, !cell ? "" : suggested === null ? "–" : formatCount(suggested));
  const unread = suggested === null && cell?.longest != null;
  updateText(length.firstElementChild, unread ? `${formatCount(cell.longest)}? ` : "");
  updateText(length.lastElementChild, suggested !== null || unread ? formatFactor(cell.length) : "");
  const words = cell ? `${describeCell(cell)}.${isOwn ? " These are your settings." : ""} Open in Explore.` : "Not computed yet";
  updateText(spoken, words);
  updateAttribute(button, "title", words);
}
