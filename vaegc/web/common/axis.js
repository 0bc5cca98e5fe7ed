// The logarithmic ε axis and the compressed axis of cluster counts, which the ε track and Choose K share.
// Why one set of functions: curve, needle, diagram and slider thumb must agree to the pixel.

/** CSS pixels. The thumb's centre travels from half of it to width − half of it, as browsers do it for a range input. */
export const THUMB_WIDTH = 22;

/** Left edge distance of ln ε on a track of the given width. */
export function epsToX(logEps, logLow, logHigh, width) {
  const share = logHigh > logLow ? (logEps - logLow) / (logHigh - logLow) : 0;
  return THUMB_WIDTH / 2 + Math.min(1, Math.max(0, share)) * (width - THUMB_WIDTH);
}

/** A cluster count as a share of the room for it: compressed, so that 2 to 20 stay readable beside a hundred. */
export function compressCount(count, maxCount) {
  const compress = maxCount > 40 ? Math.log1p : Math.sqrt;
  return compress(count) / compress(Math.max(maxCount, 3));
}

/** Round values of ε (1, 2, 5 times a power of ten) at least `gap` pixels apart. */
export function epsTicks(low, high, width, gap = 46) {
  const logLow = Math.log(low);
  const logHigh = Math.log(high);
  const decades = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) decades.push(power);
  const inside = (factors) => decades
    .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
    .filter((value) => value >= low && value <= high);
  const choices = [[1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9], [1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]];
  const fits = (values) => values.every((value, i) => i === 0
    || epsToX(Math.log(value), logLow, logHigh, width) - epsToX(Math.log(values[i - 1]), logLow, logHigh, width) >= gap);
  const found = choices.map(inside).find((values) => fits(values)) ?? [];
  return found.filter((value) => {
    const x = epsToX(Math.log(value), logLow, logHigh, width);
    return x > 18 && x < width - 18;
  });
}
