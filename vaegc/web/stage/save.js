// Exports that need no Python: the picture as PNG, the animation as WebM.
// Why drawn anew: a saved picture is twice as sharp as the screen and carries its caption.

import { colormapAt } from "../common/colormap.js";
import { formatNumber } from "../common/format.js";
import { cssColour } from "../common/theme.js";
import { describeState } from "./describe.js";
import { markerSymbol } from "./markers.js";
import { paintOverlay } from "./overlay.js";
import { Picture } from "./picture.js";

/** CSS pixels below a saved picture: two lines of text, one more where colours need a legend, and the length of its colour bar. */
const CAPTION_HEIGHT = 58;
const LEGEND_HEIGHT = 20;
const COLORMAP_WIDTH = 160;
const EXPORT_SCALE = 2;
const FRAMES_PER_SECOND = 30;
const END_HOLD_MS = 900; // milliseconds that a film shows its end

/** A detached picture of the same view, with what lies over it. @param {import("./picture.js").Picture} from */
function renderCopy(player, from, position, layers, name) {
  const copy = new Picture(document.createElement("canvas"), document.createElement("canvas"));
  copy.useScene(from.scene);
  copy.useTheme(from.theme);
  copy.useCamera(from.camera);
  copy.resize(from.width, from.height, EXPORT_SCALE);
  copy.paint(position, layers);
  paintOverlay(copy, {
    eps: player.state.eps, point: -1, colour: from.theme.muted, pinned: player.side.pinned, place: null, trail: false, position, area: null });
  const context = copy.canvas.getContext("2d");
  context.drawImage(copy.overlay, 0, 0);
  if (name) writeLine(context, name, 12 * EXPORT_SCALE, 20 * EXPORT_SCALE, cssColour(from.theme.muted), `${12.5 * EXPORT_SCALE}px ${from.theme.font}`);
  return copy.canvas;
}

/** What is seen, at twice the size, with the state, the caption and what the colours mean below. @param {import("./player.js").Player} player @returns {HTMLCanvasElement} */
export function renderImage(player) {
  const position = Math.round(player.position);
  const { split } = player.settings;
  const now = renderCopy(player, player.picture, position, player.layers.current(), split ? "After" : "");
  const canvases = split ? [renderCopy(player, player.before, 0, player.layers.atStart(), "Before: step 0"), now] : [now];
  return composeFrame(player, canvases, EXPORT_SCALE, null);
}

function writeLine(context, text, x, y, colour, font, maxWidth = undefined) {
  context.fillStyle = colour;
  context.font = font;
  context.textBaseline = "alphabetic";
  context.fillText(text, x, y, maxWidth);
}

function composeFrame(player, canvases, ratio, reused) {
  const { theme } = player;
  const colouring = player.colourer.colour(player.settings.colour, player.state);
  const hasLegend = Boolean(colouring.scale) || colouring.legend.length > 0;
  const width = canvases.reduce((sum, canvas) => sum + canvas.width, 0);
  const height = canvases[0].height + Math.round((CAPTION_HEIGHT + (hasLegend ? LEGEND_HEIGHT : 0)) * ratio);
  const sheet = reused ?? document.createElement("canvas");
  if (sheet.width !== width || sheet.height !== height) Object.assign(sheet, { width, height });
  const context = sheet.getContext("2d", { alpha: false });
  context.fillStyle = cssColour(theme.background);
  context.fillRect(0, 0, width, height);
  let x = 0;
  for (const canvas of canvases) {
    context.drawImage(canvas, x, 0);
    x += canvas.width;
  }
  const line = (text, colour, size, weight, down) => writeLine(context, text, 14 * ratio, canvases[0].height + down * ratio,
    cssColour(colour), `${weight} ${size * ratio}px ${theme.font}`, width - 28 * ratio);
  line(describeState(player.scene, player.state), theme.text, 14, 600, 22);
  line(player.scene.header.caption ?? "", theme.muted, 11.5, 400, 43);
  if (hasLegend) paintLegend(context, colouring, theme, ratio, canvases[0].height + 64 * ratio, width);
  return sheet;
}

/** What the colours mean, in one line; what finds no room is left out. */
function paintLegend(context, { scale, legend }, theme, ratio, y, width) {
  const font = `${11.5 * ratio}px ${theme.font}`;
  let x = 14 * ratio;
  const writeItem = (text, colour, gap) => {
    writeLine(context, text, x, y, cssColour(colour), font);
    x += context.measureText(text).width + gap * ratio;
  };
  if (!scale) {
    for (const { label, colour, marker } of legend) {
      if (x > width - 80 * ratio) return writeItem("…", theme.muted, 0);
      writeItem(markerSymbol(marker), colour, 4);
      writeItem(label, theme.muted, 12);
    }
    return;
  }
  writeItem(`${scale.name}  ${formatNumber(scale.low)}`, theme.muted, 8);
  for (let k = 0; k < COLORMAP_WIDTH; k++) {
    context.fillStyle = cssColour(colormapAt(k / (COLORMAP_WIDTH - 1), theme.dark));
    context.fillRect(x + k * ratio, y - 8 * ratio, ratio + 1, 8 * ratio);
  }
  x += (COLORMAP_WIDTH + 8) * ratio;
  writeItem(formatNumber(scale.high), theme.muted, 0);
}

/** Records the climb from the start to the end, once, as WebM. */
export class VideoRecorder {
  /** @param {import("./player.js").Player} player @param {(blob: Blob|null) => void} onDone null: stopped or not possible */
  constructor(player, onDone) {
    this.player = player;
    this.sheet = composeFrame(player, this.canvases(), player.picture.ratio, null);
    const kind = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm"].find((type) => MediaRecorder.isTypeSupported(type));
    if (!kind) throw new Error("This browser cannot record WebM; save a picture instead.");
    this.recorder = new MediaRecorder(this.sheet.captureStream(FRAMES_PER_SECOND), { mimeType: kind, videoBitsPerSecond: 6_000_000 });
    const parts = [];
    this.recorder.ondataavailable = (event) => { if (event.data.size > 0) parts.push(event.data); };
    this.recorder.onstop = () => onDone(this.discarded || parts.length === 0 ? null : new Blob(parts, { type: "video/webm" }));
    this.recorder.start(250);
  }

  canvases() {
    const { picture, before, settings } = this.player;
    return settings.split ? [before.canvas, picture.canvas] : [picture.canvas];
  }

  /** Call after each drawing. */
  captureFrame() {
    composeFrame(this.player, this.canvases(), this.player.picture.ratio, this.sheet);
  }

  /** @param {boolean} discarded whether the recording is thrown away */
  end(discarded = false) {
    if (this.recorder.state === "inactive" || this.ending) return;
    this.ending = true;
    this.discarded = discarded;
    setTimeout(() => { if (this.recorder.state !== "inactive") this.recorder.stop(); }, discarded ? 0 : END_HOLD_MS);
  }
}
