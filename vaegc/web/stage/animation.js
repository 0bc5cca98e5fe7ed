// The clock of the animation: the position on the climb after some seconds.
// Why apart: the speed is a matter of feel and is tested without a screen.

/** Steps of the climb, at speed 1x. */
const STEPS_PER_SECOND = 12;

// The first steps carry most of the movement: the animation starts slowly and is at full speed after EASE_IN_STEPS steps.
const EASE_IN_STEPS = 6;

/**
 * @param {number} position in frames, fractional
 * @param {number} seconds since the last drawing
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
  const stepsPerSecond = STEPS_PER_SECOND * speed * (0.3 + 0.7 * Math.min(1, step / EASE_IN_STEPS));
  // A long pause (a hidden tab) must not swallow the animation.
  return Math.min(last, position + (stepsPerSecond * Math.min(seconds, 0.1)) / span);
}
