// The sequential colormap of the package: numbers as colours, low to high.
// Why not viridis as it is: on a light page its bright end would vanish, so light pages have an order of their own.

/** @typedef {import("./theme.js").Rgb} Rgb */

// Anchors of a ramp that keeps its order in grey and for every colour vision: dark blue to yellow, light to dark on paper.
const COLORMAP_DARK = [[68, 30, 110], [58, 82, 165], [33, 140, 160], [60, 190, 120], [170, 215, 60], [253, 231, 60]];
const COLORMAP_LIGHT = [[238, 190, 40], [150, 190, 50], [40, 165, 110], [25, 120, 140], [55, 75, 150], [60, 15, 95]];

/** Colour at a share 0..1 of the ramp. @param {number} share @param {boolean} dark @returns {Rgb} */
export function colormapAt(share, dark) {
  const anchors = dark ? COLORMAP_DARK : COLORMAP_LIGHT;
  const at = Math.min(1, Math.max(0, share)) * (anchors.length - 1);
  const k = Math.min(anchors.length - 2, Math.floor(at));
  return /** @type {Rgb} */ (anchors[k].map((value, c) => Math.round(value + (anchors[k + 1][c] - value) * (at - k))));
}
