// The (bandwidth, step) diagram: a table of buttons, each of which opens its state.
// Why real buttons: a picture of a table can be neither tabbed through nor read aloud.

import { fitChildren, renewAttribute, renewText } from "../common/bars.js";
import { bandwidthWords, cellWords, factorWords } from "./data.js";
import { makeElement } from "../common/markup.js";
import { heatColour, inkOn } from "../common/plane.js";
import { cssColour } from "../common/theme.js";
import { formatCount, plural } from "../common/words.js";

const EXPLAINED = "Each field says how many clusters one bandwidth finds after so many steps; the bar under it is how long that number holds as ε grows. " +
  "A number that fills many fields does not depend on how you set the climb.";

export class CellTable {
  /** @param {(cell: import("./choose-data.js").ChoiceCell) => void} open */
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
      if (button && this.shown.has(button)) open(this.shown.get(button));
    });
    this.body.addEventListener("keydown", (event) => this.move(event));
    this.shown = new Map();
  }

  /** @param {import("./choose-data.js").Choice} choice @param {import("./theme.js").Theme} theme */
  show(choice, theme) {
    const { bandwidths, cellSteps, cells, own } = choice;
    const none = bandwidths.length === 0;
    renewText(this.words, none ? choice.whyNoCells : EXPLAINED);
    this.root.hidden = none && !choice.whyNoCells;
    this.frame.hidden = none;
    const longest = Math.max(1e-9, ...cells.map((cell) => cell.length));
    fitChildren(this.head, cellSteps.length + 1, () => makeElement("th", "", { scope: "col" })).forEach((head, k) => {
      renewText(head, k === 0 ? "Bandwidth" : cellSteps[k - 1] === 0 ? "start" : plural(cellSteps[k - 1], "step"));
    });
    this.shown.clear();
    fitChildren(this.body, bandwidths.length, () => makeElement("tr", "", {}, [makeElement("th", "", { scope: "row" })])).forEach((row, r) => {
      renewText(row.firstElementChild, bandwidthWords(bandwidths[r]));
      const fields = fitChildren(row, cellSteps.length + 1, () => makeElement("td", "", {}, [makeCell()])).slice(1);
      fields.forEach((field, k) => {
        const cell = cells.find((other) => other.neighbors === bandwidths[r] && other.step === cellSteps[k]);
        const mine = own.neighbors === bandwidths[r] && own.step === cellSteps[k];
        fillCell(/** @type {HTMLButtonElement} */ (field.firstElementChild), cell, mine, longest, theme);
        if (cell) this.shown.set(field.firstElementChild, cell);
      });
    });
  }

  move(event) {
    const way = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    const field = event.target.closest("td");
    if (!way || !field) return;
    const row = this.body.rows[field.parentElement.sectionRowIndex + way[0]];
    const next = row?.cells[field.cellIndex + way[1]]?.querySelector("button");
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}

// What is written is short; what is read aloud is a sentence.
function makeCell() {
  const quiet = { "aria-hidden": "true" };
  return makeElement("button", "vg-ch-cell", { type: "button" }, [
    makeElement("span", "vg-ch-k", quiet), makeElement("span", "vg-ch-length", quiet, [makeElement("span"), makeElement("span", "vg-ch-factor")]),
    makeElement("i", "vg-ch-bar", quiet, [makeElement("i")]), makeElement("span", "vg-ch-hidden")]);
}

function fillCell(button, cell, mine, longest, theme) {
  const [k, length, bar, spoken] = button.children;
  const found = cell ? cell.suggested : null;
  button.disabled = !cell;
  button.classList.toggle("vg-ch-mine", mine);
  button.classList.toggle("vg-ch-none", cell !== undefined && found === null);
  const colour = found === null ? null : heatColour(found, 0, theme);
  button.style.setProperty("--vg-field", colour ? cssColour(colour) : "transparent");
  button.style.setProperty("--vg-ink", colour ? cssColour(inkOn(colour)) : "var(--vg-muted)");
  bar.firstElementChild.style.width = `${cell ? ((100 * cell.length) / longest).toFixed(1) : 0}%`;
  renewText(k, !cell ? "" : found === null ? "–" : formatCount(found));
  const unread = found === null && cell?.longest != null;
  renewText(length.firstElementChild, unread ? `${formatCount(cell.longest)}? ` : "");
  renewText(length.lastElementChild, found !== null || unread ? factorWords(cell.length) : "");
  const words = cell ? `${cellWords(cell)}.${mine ? " These are your settings." : ""} Open in Explore.` : "Not computed yet";
  renewText(spoken, words);
  renewAttribute(button, "title", words);
}
