// Marker shapes as signed distance functions: a disc, or one shape for each colour where colours alone are not enough.
// Why signed distances: one formula a shape gives smooth edges at any size.

const SIN60 = Math.sin(Math.PI / 3);

// Sizes are chosen for equal area, so that no cluster looks heavier than another.
const MARKERS = [
  { symbol: "●", distance: (x, y, r) => Math.hypot(x, y) - r },
  { symbol: "■", distance: (x, y, r) => Math.max(Math.abs(x), Math.abs(y)) - 0.886 * r },
  { symbol: "▲", distance: (x, y, r) => threeSided(x, y + 0.12 * r, r) },
  { symbol: "◆", distance: (x, y, r) => (Math.abs(x) + Math.abs(y) - 1.253 * r) * Math.SQRT1_2 },
  { symbol: "✚", distance: (x, y, r) => cross(x, y, r) },
  { symbol: "▼", distance: (x, y, r) => threeSided(x, -y + 0.12 * r, r) },
  { symbol: "✖", distance: (x, y, r) => cross((x + y) * Math.SQRT1_2, (x - y) * Math.SQRT1_2, r) },
  { symbol: "○", distance: (x, y, r) => Math.abs(Math.hypot(x, y) - 0.85 * r) - 0.36 * r },
  { symbol: "▬", distance: (x, y, r) => Math.max(Math.abs(x) - 1.35 * r, Math.abs(y) - 0.58 * r) },
  { symbol: "★", distance: (x, y, r) => fivePointed(x, y, r) },
];

function threeSided(x, y, r) {
  return Math.max(Math.abs(x) * SIN60 - y / 2, y) - 0.75 * r;
}

function cross(x, y, r) {
  const [long, short] = [Math.max(Math.abs(x), Math.abs(y)), Math.min(Math.abs(x), Math.abs(y))];
  return Math.max(long - 1.2 * r, short - 0.42 * r);
}

function fivePointed(x, y, r) {
  const turn = (2 * Math.PI) / 5;
  const angle = Math.atan2(x, -y);
  const folded = Math.abs(angle - turn * Math.round(angle / turn));
  const length = Math.hypot(x, y);
  const [px, py] = [length * Math.sin(folded), length * Math.cos(folded)];
  // From the tip at (0, 1.45 r) to the notch of the fold: the side of the line says in or out.
  const notch = 0.62 * r;
  const [nx, ny] = [notch * Math.sin(turn / 2), notch * Math.cos(turn / 2)];
  const [ex, ey] = [nx, ny - 1.45 * r];
  return (px * -ey + (py - 1.45 * r) * ex) / Math.hypot(ex, ey);
}

/** Signed distance of a place from the outline of a marker around the origin: positive outside. @param {number} marker 0 is the disc */
export function markerDistance(marker, x, y, radius) {
  return MARKERS[marker % MARKERS.length].distance(x, y, radius);
}

/** The marker as a Unicode character, for lists and legends. @param {number} marker */
export function markerSymbol(marker) {
  return MARKERS[marker % MARKERS.length].symbol;
}
