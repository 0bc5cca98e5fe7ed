// Numbers as text: counts, shares, ε, losses.
// Why apart: the live text, the tooltip, the readouts and the axes must write the same number in the same form.

/** @param {number} value */
export function formatCount(value) {
  return value.toLocaleString("en-US");
}

// Three figures keep the width of the text steady while the hand moves.
/** @param {number} eps */
export function formatEps(eps) {
  if (eps === 0 || (eps >= 0.001 && eps < 10000)) return eps >= 1000 ? eps.toFixed(0) : eps.toPrecision(3);
  return eps.toExponential(1);
}

/** @param {number} share */
export function formatShare(share) {
  return `${(100 * share).toFixed(1)} %`;
}

/** @param {number} value */
export function formatSigned(value) {
  const text = Math.abs(value).toFixed(Math.abs(value) < 100 ? 1 : 0);
  return value < 0 ? `−${text}` : text;
}

/** @param {number} count @param {string} noun */
export function plural(count, noun) {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** A number of unknown size, in three figures. @param {number} value */
export function formatNumber(value) {
  const size = Math.abs(value);
  const text = size !== 0 && (size < 0.001 || size >= 1e5) ? size.toExponential(1) : String(Number(size.toPrecision(3)));
  return value < 0 ? `−${text}` : text;
}

/** A loss in few figures, the same number of them from epoch to epoch. @param {number} value */
export function formatLoss(value) {
  const size = Math.abs(value);
  const text = size >= 1000 ? Math.round(size).toLocaleString("en-US") : size >= 100 ? size.toFixed(1) : size >= 1 || size === 0 ? size.toFixed(2) : size.toPrecision(2);
  return value < 0 ? `−${text}` : text;
}
