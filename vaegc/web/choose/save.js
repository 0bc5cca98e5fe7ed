// The picture of a choice as a PNG file, always in its wide form and with what it rests on written under it.

import { download } from "../common/download.js";
import { cssColour } from "../common/theme.js";
import { computeLayout } from "./layout.js";
import { paintChoice } from "./paint.js";

const FILE = { width: 1400, margin: 28, head: 50, foot: 30, scale: 2 }; // CSS pixels

/** @param {import("./data.js").Choice} choice @param {import("../common/theme.js").Theme} theme */
export function choiceImage(choice, theme) {
  const layout = computeLayout(FILE.width - 2 * FILE.margin, choice);
  const canvas = document.createElement("canvas");
  const height = layout.height + 2 * FILE.margin + FILE.foot + FILE.head;
  canvas.width = FILE.width * FILE.scale;
  canvas.height = height * FILE.scale;
  const context = canvas.getContext("2d");
  // Painted on a sheet of its own, since the picture clears what it is painted on.
  const sheet = document.createElement("canvas");
  sheet.width = layout.width * FILE.scale;
  sheet.height = layout.height * FILE.scale;
  const inner = sheet.getContext("2d");
  inner.scale(FILE.scale, FILE.scale);
  paintChoice(inner, layout, choice, theme);
  context.scale(FILE.scale, FILE.scale);
  context.fillStyle = cssColour(theme.background);
  context.fillRect(0, 0, FILE.width, height);
  context.fillStyle = cssColour(theme.text);
  context.font = `600 17px ${theme.font}`;
  context.textBaseline = "top";
  context.fillText(choice.title, FILE.margin, FILE.margin - 6);
  context.font = `14px ${theme.font}`;
  context.fillText(choice.headline, FILE.margin, FILE.margin + 18);
  context.drawImage(sheet, FILE.margin, FILE.margin + FILE.head, layout.width, layout.height);
  context.font = `12px ${theme.font}`;
  context.fillStyle = cssColour(theme.muted);
  context.fillText(choice.settings, FILE.margin, height - FILE.margin - 8);
  return canvas;
}

/** Hands the picture to the browser as a file. */
export function saveChoice(choice, theme) {
  choiceImage(choice, theme).toBlob((blob) => { if (blob) download(blob, "choice.png"); });
}
