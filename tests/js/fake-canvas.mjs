// What painting functions are given in tests: two themes, and a canvas context that records its calls.

export const LIGHT = { dark: false, background: [255, 255, 255], panel: [245, 246, 248], text: [38, 42, 51], muted: [110, 113, 119], accent: [31, 95, 208], onAccent: [255, 255, 255], font: "sans-serif" };
export const DARK = { dark: true, background: [14, 17, 23], panel: [24, 28, 37], text: [250, 250, 250], muted: [165, 166, 168], accent: [121, 167, 255], onAccent: [16, 18, 24], font: "sans-serif" };

/** Notes every call and every style a picture is painted with. */
export function recorder() {
  const calls = [];
  const context = new Proxy({ fillStyle: "" }, {
    get: (target, name) => (name in target ? target[name]
      : name === "measureText" ? (text) => ({ width: 6 * text.length }) : (...given) => calls.push({ name, given, fill: target.fillStyle })),
    set: (target, name, value) => { target[name] = value; return true; },
  });
  return { context, calls };
}
