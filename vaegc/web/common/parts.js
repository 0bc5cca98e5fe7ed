// What the small components are made of: a heading with words, vectors, pictures, numbers.
// Why apart: parts that build each other's elements would import in a circle.

import { makeElement } from "./markup.js";

/** @param {string} text base64 @returns {ArrayBuffer} */
export function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
}

/** A part with a heading, a line of words, and room for what it shows. */
export function block(testId) {
  const title = makeElement("h3", "vg-tr-title");
  const words = makeElement("p", "vg-tr-words");
  const body = makeElement("div", "vg-tr-body");
  return { root: makeElement("section", `vg-tr-block vg-tr-${testId}`, { "data-testid": testId }, [title, words, body]), title, words, body };
}

/** @param {string} tag @param {Record<string, string>} attributes @param {Node[]} children */
export function makeVector(tag, attributes = {}, children = []) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** A loss in few figures, the same number of them from epoch to epoch. @param {number} value */
export function formatLoss(value) {
  const size = Math.abs(value);
  const text = size >= 1000 ? Math.round(size).toLocaleString("en-US") : size >= 100 ? size.toFixed(1) : size >= 1 || size === 0 ? size.toFixed(2) : size.toPrecision(2);
  return value < 0 ? `−${text}` : text;
}
