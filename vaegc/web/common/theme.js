// The theme: colours of the page around a component, and the few shades derived from them.
// Why by hand: a canvas cannot use CSS variables, and the shades must fit light and dark alike.

/** @typedef {[number, number, number]} Rgb
 *  @typedef {{dark: boolean, background: Rgb, panel: Rgb, text: Rgb, muted: Rgb, faint: Rgb, line: Rgb, accent: Rgb,
 *   onAccent: Rgb, wrong: Rgb, score: Rgb, font: string, palette: Rgb[], noise: Rgb}} Theme */

/** @param {Rgb} from @param {Rgb} to @param {number} share @returns {Rgb} */
export function mixColours(from, to, share) {
  return /** @type {Rgb} */ (from.map((value, i) => Math.round(value + (to[i] - value) * share)));
}

/** @param {Rgb} colour WCAG relative luminance, 0..1 */
export function luminance(colour) {
  const [r, g, b] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {Rgb} colour @param {number} alpha */
export function cssColour(colour, alpha = 1) {
  return `rgb(${colour[0]} ${colour[1]} ${colour[2]} / ${alpha})`;
}

/** @param {string} hex "#rgb" or "#rrggbb" @returns {Rgb} */
function hexColour(hex) {
  const digits = hex.replace("#", "");
  const full = digits.length === 3 ? [...digits].map((digit) => digit + digit).join("") : digits.slice(0, 6);
  const value = Number.parseInt(full, 16);
  return Number.isNaN(value) ? [128, 128, 128] : [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

// The page may write its colours in any CSS notation; one painted pixel is the same in all of them.
function pixelColour(value, behind) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d");
  context.fillStyle = cssColour(behind);
  context.fillRect(0, 0, 1, 1);
  context.fillStyle = value;
  context.fillRect(0, 0, 1, 1);
  return /** @type {Rgb} */ ([...context.getImageData(0, 0, 1, 1).data.slice(0, 3)]);
}

/**
 * @param {Element} element
 * @param {any} header of the scene: palette and noise colours
 * @returns {Theme}
 */
export function readTheme(element, header) {
  const style = getComputedStyle(element);
  const given = (name) => style.getPropertyValue(name).trim();
  const preferDark = matchMedia("(prefers-color-scheme: dark)").matches && !given("--st-background-color");
  const background = pixelColour(given("--st-background-color") || (preferDark ? "#0e1117" : "#ffffff"), [255, 255, 255]);
  const dark = luminance(background) < 0.2;
  const text = pixelColour(given("--st-text-color") || (dark ? "#fafafa" : "#262a33"), background);
  const accent = pixelColour(given("--st-primary-color") || (dark ? "#6ea8fe" : "#2f5fd0"), background);
  const side = dark ? "dark" : "light";
  return {
    dark, background, text, accent,
    panel: pixelColour(given("--st-secondary-background-color") || (dark ? "#181c25" : "#f5f6f8"), background),
    muted: mixColours(text, background, 0.36),
    faint: mixColours(text, background, 0.62),
    line: given("--st-border-color") ? pixelColour(given("--st-border-color"), background) : mixColours(background, text, 0.14),
    onAccent: luminance(accent) > 0.18 ? [16, 18, 24] : [255, 255, 255],
    score: dark ? [72, 205, 150] : [0, 125, 85],
    wrong: dark ? [255, 105, 97] : [200, 20, 30],
    font: given("--st-font") || 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
    palette: header.palette[side].map(hexColour),
    noise: hexColour(header.noise?.[side] ?? "#9aa0a6"),
  };
}

/** Sets the theme as CSS variables `--vg-*` of an element. @param {HTMLElement} root @param {Theme} theme */
export function applyTheme(root, theme) {
  for (const name of ["background", "panel", "text", "muted", "faint", "line", "accent", "onAccent", "score"]) {
    root.style.setProperty(`--vg-${name.toLowerCase()}`, cssColour(theme[name]));
  }
  root.style.setProperty("--vg-font", theme.font);
  root.style.colorScheme = theme.dark ? "dark" : "light";
}
