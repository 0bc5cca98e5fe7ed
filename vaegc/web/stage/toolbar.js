// The toolbar above the picture: tools, zoom, colours, layers, exports.
// Why menus for the rest: a class sees the picture, not a cockpit; all of it is one press away.

import { iconButton, makeCheckbox, makeElement, makeMenu } from "../common/markup.js";
import { KEYS } from "./keys.js";

const TOOLS = [["move", "Move the picture", "move"], ["lasso", "Select with a lasso", "lasso"], ["box", "Select with a box", "box"]];

const group = (label, children, name = "") => makeElement("div", `vg-group ${name}`, { role: "group", "aria-label": label }, children);

/** @returns the bar and its controls, by name */
export function buildToolbar() {
  const tools = TOOLS.map(([name, label, icon]) => iconButton(`tool-${name}`, label, icon, { "aria-pressed": String(name === "move"), "data-tool": name }));
  const op = makeElement("select", "vg-op", { "data-testid": "select-mode", "aria-label": "A new selection", hidden: "", title: "Shift adds, Alt takes away" },
    [["set", "New selection"], ["add", "Add to it"], ["cut", "Take away"]].map(([value, label]) => makeElement("option", "", { value }, [label])));
  const zoomIn = iconButton("zoom-in", "Zoom in", "plus");
  const zoomOut = iconButton("zoom-out", "Zoom out", "minus");
  const zoomReset = iconButton("zoom-reset", "Show all", "fit");
  const colour = makeElement("select", "vg-colour", { "data-testid": "colour", "aria-label": "Colour by" });

  const split = makeCheckbox("split", "Before and after, side by side");
  const contours = makeCheckbox("contours", "Density contours");
  const symbols = makeCheckbox("symbols", "One mark for each colour", "Shapes tell clusters apart where colours cannot");
  const phaseDiagramToggle = makeCheckbox("heat-toggle", "Every step and every ε");
  const tableToggle = makeCheckbox("table-toggle", "Table");
  const trails = makeElement("select", "", { "data-testid": "trails", "aria-label": "Trails" },
    [["hover", "of the pointed or selected"], ["all", "of all points"], ["off", "off"]].map(([value, label]) => makeElement("option", "", { value }, [label])));
  const contoursNote = makeElement("p", "vg-menu-note", { "data-testid": "contours-note" });
  const show = makeMenu("show-menu", "Show", "layers", [
    makeElement("label", "vg-menu-row", {}, ["Trails ", trails]), contours.row, contoursNote, split.row, symbols.row, phaseDiagramToggle.row, tableToggle.row]);

  const action = (testId, label, hint) => makeElement("button", "vg-menu-action", { type: "button", "data-testid": testId, title: hint }, [label]);
  const savePng = action("save-png", "Picture (PNG, twice as sharp)", "What is seen, with its caption");
  const saveVideo = action("save-webm", "Film of the climb (WebM)", "Plays once from the start and records it");
  const saveCsv = action("save-csv", "Points as a table (CSV)", "All points with cluster, class and log density; those selected are marked");
  const copyLink = action("copy-link", "Link to exactly this view", "Copies the address");
  const saveNote = makeElement("p", "vg-menu-note", { "data-testid": "save-note", role: "status" });
  const save = makeMenu("save-menu", "Save", "save", [savePng, saveVideo, saveCsv, copyLink, saveNote]);

  const help = makeMenu("keys-menu", "Keys", "keys", [makeElement("dl", "vg-keys", {}, KEYS.flatMap(([keys, action]) => [
    makeElement("dt", "", {}, keys.split(" ").map((key) => makeElement("kbd", "", {}, [key]))), makeElement("dd", "", {}, [action])]))]);

  const bar = makeElement("div", "vg-toolbar", { role: "group", "aria-label": "Tools of the picture" }, [
    group("Pointer", tools), op, group("Zoom", [zoomOut, zoomIn, zoomReset]),
    makeElement("label", "vg-colour-box", {}, [makeElement("span", "", {}, ["Colour"]), colour]),
    makeElement("div", "vg-menus", {}, [show.root, save.root, help.root])]);
  return {
    bar, tools, op, zoomIn, zoomOut, zoomReset, colour, trails, contoursNote, savePng, saveVideo, saveCsv, copyLink, saveNote,
    menus: [show, save, help],
    checks: { split: split.box, contours: contours.box, symbols: symbols.box, phaseDiagram: phaseDiagramToggle.box, table: tableToggle.box },
  };
}
