// Elements, icons and menus, made once, and updates that touch only what has changed.
// Why update in place: lists follow ε while the hand moves, and a new element costs a layout and the keyboard's focus.

const ICONS = {
  play: "M7 4.5v15l12.5-7.5z",
  pause: "M6.5 5h4v14h-4zM13.5 5h4v14h-4z",
  back: "M6 5h2.5v14H6zM19 5v14L9.5 12z",
  forward: "M15.5 5H18v14h-2.5zM5 5v14l9.5-7z",
  loop: "M7 7h9v3l4.5-4L16 2v3H5v7h2zM17 17H8v-3l-4.5 4L8 22v-3h11v-7h-2z",
  move: "M12 2l3.2 3.8h-2.2V11h5.2V8.800l3.8 3.2-3.8 3.2V13H13v5.200h2.200L12 22l-3.200-3.800H11V13H5.800v2.200L2 12l3.800-3.200V11H11V5.800H8.800z",
  lasso: "M12 4c5 0 9 2.500 9 6s-4 6-9 6c-.9 0-1.700-.1-2.500-.2.3 1.700-.4 3.400-2 4.700l-1.200-1.600c1-.8 1.400-1.700 1.200-2.600-.1-.4-.3-.8-.6-1.100C4.500 14.100 3 12.200 3 10c0-3.500 4-6 9-6zm0 2c-4 0-7 1.800-7 4 0 1.300 1 2.400 2.500 3.100.8.1 1.300.4 1.700.7.9.2 1.800.2 2.800.2 4 0 7-1.800 7-4s-3-4-7-4z",
  box: "M4 4h4v2H6v2H4zM10 4h4v2h-4zM16 4h4v4h-2V6h-2zM4 10h2v4H4zM18 10h2v4h-2zM4 16h2v2h2v2H4zM10 18h4v2h-4zM18 16h2v4h-4v-2h2z",
  plus: "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z",
  minus: "M5 11h14v2H5z",
  fit: "M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z",
  layers: "M12 3l9 5-9 5-9-5zM5.200 11.500L12 15.300l6.800-3.800L21 12.800l-9 5-9-5zM5.200 15.900L12 19.700l6.800-3.800L21 17.200 12 22 3 17.200z",
  save: "M11 4h2v8l3-3 1.400 1.400L12 15.800l-5.400-5.400L8 9l3 3zM4 17h2v2h12v-2h2v4H4z",
  keys: "M3 6h18v12H3zm2 2v8h14V8zm1.500 1.500h2v2h-2zm4.500 0h2v2h-2zm4.500 0h2v2h-2zM8 13h8v1.500H8z",
  close: "M6.400 5L12 10.600 17.600 5 19 6.400 13.400 12l5.600 5.600-1.400 1.400L12 13.400 6.400 19 5 17.600 10.600 12 5 6.400z",
};

/** @param {string} tag @param {string} name class name @param {Record<string, string>} attributes @param {(Node|string)[]} children */
export function makeElement(tag, name = "", attributes = {}, children = []) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function makeIcon(path) {
  const space = "http://www.w3.org/2000/svg";
  const icon = document.createElementNS(space, "svg");
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(space, "path");
  shape.setAttribute("fill-rule", "evenodd");
  shape.setAttribute("d", path);
  icon.append(shape);
  return icon;
}

/** @param {string} testId @param {string} label @param {string} icon name of the icon @param {Record<string, string>} more attributes */
export function iconButton(testId, label, icon, more = {}) {
  const attributes = { type: "button", "data-testid": testId, "aria-label": label, title: label, ...more };
  return makeElement("button", `vg-icon vg-icon-${testId}`, attributes, [makeIcon(ICONS[icon])]);
}

/** @param {HTMLElement} button @param {string} label @param {string} icon */
function setButtonIcon(button, label, icon) {
  if (button.getAttribute("aria-label") === label) return;
  button.setAttribute("aria-label", label);
  button.title = label;
  button.querySelector("path").setAttribute("d", ICONS[icon]);
}

/** @param {HTMLElement} button @param {boolean} playing @param {boolean} ended */
export function showPlaying(button, playing, ended) {
  setButtonIcon(button, playing ? "Pause" : ended ? "Play from the start" : "Play", playing ? "pause" : "play");
}

/** A button that opens a small panel. @returns {{root: HTMLElement, button: HTMLElement, panel: HTMLElement, close: () => void}} */
export function makeMenu(testId, label, icon, children) {
  const button = makeElement("button", "vg-menu-button", {
    type: "button", "data-testid": testId, "aria-controls": `vg-${testId}`, "aria-expanded": "false" }, [makeIcon(ICONS[icon]), label]);
  const panel = makeElement("div", "vg-menu-panel", { id: `vg-${testId}`, role: "group", "aria-label": label, hidden: "" }, children);
  const root = makeElement("div", "vg-menu", {}, [button, panel]);
  const open = (wanted) => {
    panel.hidden = !wanted;
    button.setAttribute("aria-expanded", String(wanted));
  };
  button.addEventListener("click", () => open(panel.hidden));
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    event.stopPropagation();
    open(false);
    button.focus();
  });
  root.addEventListener("focusout", (event) => { if (event.relatedTarget && !root.contains(event.relatedTarget)) open(false); });
  return { root, button, panel, close: () => open(false) };
}

/** A labelled checkbox. @returns {{row: HTMLElement, box: HTMLInputElement}} */
export function makeCheckbox(testId, text, hint = "") {
  const box = /** @type {HTMLInputElement} */ (makeElement("input", "", { type: "checkbox", "data-testid": testId }));
  return { row: makeElement("label", "vg-check", hint ? { title: hint } : {}, [box, makeElement("span", "", {}, [text])]), box };
}

/** A part with a heading, a line of text, and room for what it shows. */
export function makeSection(testId) {
  const title = makeElement("h3", "vg-tr-title");
  const text = makeElement("p", "vg-tr-text");
  const body = makeElement("div", "vg-tr-body");
  return { root: makeElement("section", `vg-tr-section vg-tr-${testId}`, { "data-testid": testId }, [title, text, body]), title, text, body };
}

/** @param {string} tag @param {Record<string, string>} attributes @param {Node[]} children */
export function makeSvgElement(tag, attributes = {}, children = []) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Sets a text only when it differs: an unchanged one costs no layout. @param {Node} element @param {string} text */
export function updateText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {Element} element @param {string} name @param {string} value */
export function updateAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** @param {HTMLElement} swatch @param {string} colour @param {string} symbol */
export function updateSwatch(swatch, colour, symbol) {
  if (swatch.dataset.colour !== colour) {
    swatch.dataset.colour = colour;
    swatch.style.setProperty("--vg-swatch", colour);
  }
  updateText(swatch, symbol);
}

/** Keeps as many children as there are entries. @returns {HTMLElement[]} */
export function resizeChildren(parent, count, make) {
  while (parent.childElementCount > count) parent.lastElementChild.remove();
  while (parent.childElementCount < count) parent.append(make());
  return /** @type {HTMLElement[]} */ ([...parent.children]);
}
