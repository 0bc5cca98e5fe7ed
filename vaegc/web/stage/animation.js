// The clock of the film: where on the climb one is after some seconds.
// Why apart: the pace is a matter of feel and is tested without a screen.

/** Climb steps per second at speed 1x. */
const PACE = 12;

// The first steps carry most of the movement: the film starts slowly and is at full pace after EASE steps.
const EASE = 6;

/**
 * @param {number} position in frames, fractional
 * @param {number} seconds since the last picture
 * @param {number} speed 1 = normal
 * @param {number[]} steps step number of each kept frame
 * @returns {number} the new position, at most the last frame
 */
export function advanceAnimation(position, seconds, speed, steps) {
  const last = steps.length - 1;
  const frame = Math.min(Math.floor(position), last);
  if (frame >= last) return last;
  const span = Math.max(1, steps[frame + 1] - steps[frame]);
  const step = steps[frame] - steps[0] + (position - frame) * span;
  const pace = PACE * speed * (0.3 + 0.7 * Math.min(1, step / EASE));
  // A long pause (a hidden tab) must not swallow the film.
  return Math.min(last, position + (pace * Math.min(seconds, 0.1)) / span);
}
