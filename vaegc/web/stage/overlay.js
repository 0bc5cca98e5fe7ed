// The overlay canvas above the points: rings, the ε disc and its ruler, one trail, the lasso.
// Why apart: it changes with every move of the pointer, while the points below stay as they are.

import { cssColour } from "../common/theme.js";
import { trailPoint } from "./trails.js";

/**
 * @param {import("./picture.js").Picture} picture
 * @param {{eps: number|null, point: number, colour: import("../common/theme.js").Rgb, pinned: number, place: {x: number, y: number}|null,
 *   trail: boolean, position: number, area: number[]|null}} shown place and area in CSS pixels
 */
export function paintOverlay(picture, shown) {
  const { overlay, ratio, radius, scene, view } = picture;
  if (!view) return;
  const context = overlay.getContext("2d");
  context.clearRect(0, 0, overlay.width, overlay.height);
  const epsRadius = scene.header.view_is_space && shown.eps !== null ? shown.eps * view.scale : 0;
  if (epsRadius > 2 && epsRadius < overlay.width / 2) paintRuler(context, picture, epsRadius);
  if (shown.trail && shown.point >= 0) paintTrail(context, picture, shown);
  if (epsRadius > radius) {
    const on = shown.point >= 0 ? { x: picture.xs[shown.point], y: picture.ys[shown.point] }
      : shown.place && { x: shown.place.x * ratio, y: shown.place.y * ratio };
    if (on) paintEpsDisc(context, picture, on, epsRadius, shown.point >= 0 ? shown.colour : picture.theme.muted);
  }
  if (shown.pinned >= 0) paintRing(context, picture, shown.pinned, picture.theme.accent);
  if (shown.point >= 0 && shown.point !== shown.pinned) paintRing(context, picture, shown.point, picture.theme.text);
  if (shown.area && shown.area.length >= 4) paintArea(context, picture, shown.area);
}

function strokePath(context, colour, width, path) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  path();
  context.stroke();
}

/** ε as a length, where the picture is the space itself. */
function paintRuler(context, { overlay, theme, ratio }, epsRadius) {
  const x = 16 * ratio;
  const y = overlay.height - 16 * ratio;
  strokePath(context, cssColour(theme.muted), 1.5 * ratio, () => {
    for (const end of [x, x + epsRadius]) {
      context.moveTo(end, y - 4 * ratio);
      context.lineTo(end, y + 4 * ratio);
    }
    context.moveTo(x, y);
    context.lineTo(x + epsRadius, y);
  });
  context.fillStyle = cssColour(theme.muted);
  context.font = `${12 * ratio}px ${theme.font}`;
  context.textBaseline = "middle";
  context.fillText("ε", x + epsRadius + 6 * ratio, y);
}

function paintEpsDisc(context, { ratio }, { x, y }, epsRadius, colour) {
  const disc = () => context.arc(x, y, epsRadius, 0, 2 * Math.PI);
  context.fillStyle = cssColour(colour, 0.1);
  context.beginPath();
  disc();
  context.fill();
  strokePath(context, cssColour(colour, 0.7), ratio, disc);
}

function paintRing(context, { xs, ys, radius, ratio, theme }, point, colour) {
  const ring = () => context.arc(xs[point], ys[point], radius + 3 * ratio, 0, 2 * Math.PI);
  strokePath(context, cssColour(theme.background), 4.5 * ratio, ring);
  strokePath(context, cssColour(colour), 2 * ratio, ring);
}

/** The trail of one point, a dot for every kept step. */
function paintTrail(context, picture, { point, position, colour }) {
  const { scene, view, ratio, theme } = picture;
  const places = [];
  for (let f = 0; f < position; f++) places.push(trailPoint(scene, view, point, f));
  places.push(trailPoint(scene, view, point, position));
  const path = () => places.forEach(({ x, y }, k) => (k === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
  context.lineJoin = "round";
  strokePath(context, cssColour(theme.background, 0.8), 4 * ratio, path);
  strokePath(context, cssColour(colour), 1.75 * ratio, path);
  context.fillStyle = cssColour(colour);
  for (const { x, y } of places.slice(0, -1)) {
    context.beginPath();
    context.arc(x, y, 2.2 * ratio, 0, 2 * Math.PI);
    context.fill();
  }
}

function paintArea(context, { ratio, theme }, area) {
  const path = () => {
    for (let k = 0; k < area.length; k += 2) {
      if (k === 0) context.moveTo(area[0] * ratio, area[1] * ratio);
      else context.lineTo(area[k] * ratio, area[k + 1] * ratio);
    }
    context.closePath();
  };
  context.fillStyle = cssColour(theme.accent, 0.12);
  context.beginPath();
  path();
  context.fill("evenodd");
  context.setLineDash([5 * ratio, 4 * ratio]);
  strokePath(context, cssColour(theme.accent), 1.5 * ratio, path);
  context.setLineDash([]);
}
