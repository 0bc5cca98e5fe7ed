// What can be taken away without Python: the picture, the film, the points as a table.
// Why drawn anew: a saved picture is twice as sharp as the screen and carries its caption.

import { rampColour } from "./colouring.js";
import { markSign } from "./marks.js";
import { paintOverlay } from "./overlay.js";
import { Picture } from "./picture.js";
import { cssColour } from "../common/theme.js";
import { formatNumber, spokenState } from "../common/words.js";

/** CSS pixels below a saved picture: two lines of text, one more where colours need a key, and the length of its ramp. */
const STRIP = 58;
const KEY_LINE = 20;
const RAMP_WIDTH = 160;
const SHARPNESS = 2;
const FRAMES_PER_SECOND = 30;
const LINGER = 900; // milliseconds that a film shows its end

/** A detached picture of the same view, with what lies over it. @param {import("./picture.js").Picture} from */
function sharpCopy(player, from, position, what, name) {
  const copy = new Picture(document.createElement("canvas"), document.createElement("canvas"));
  copy.useScene(from.scene);
  copy.useTheme(from.theme);
  copy.useCamera(from.camera);
  copy.resize(from.width, from.height, SHARPNESS);
  copy.paint(position, what);
  paintOverlay(copy, {
    eps: player.state.eps, point: -1, colour: from.theme.muted, pinned: player.side.pinned, place: null, trail: false, position, area: null });
  const context = copy.canvas.getContext("2d");
  context.drawImage(copy.overlay, 0, 0);
  if (name) writeLine(context, name, 12 * SHARPNESS, 20 * SHARPNESS, cssColour(from.theme.muted), `${12.5 * SHARPNESS}px ${from.theme.font}`);
  return copy.canvas;
}

/** What is seen, at twice the size, with the state, the caption and what the colours mean below. @param {import("./player.js").Player} player @returns {HTMLCanvasElement} */
export function stillOf(player) {
  const position = Math.round(player.position);
  const { split } = player.settings;
  const now = sharpCopy(player, player.picture, position, player.layers.now(), split ? "After" : "");
  const canvases = split ? [sharpCopy(player, player.before, 0, player.layers.before(), "Before: step 0"), now] : [now];
  return framed(player, canvases, SHARPNESS, null);
}

function writeLine(context, text, x, y, colour, font, most = undefined) {
  context.fillStyle = colour;
  context.font = font;
  context.textBaseline = "alphabetic";
  context.fillText(text, x, y, most);
}

function framed(player, canvases, ratio, kept) {
  const { theme } = player;
  const colouring = player.colourer.colour(player.settings.colour, player.state);
  const keyed = Boolean(colouring.scale) || colouring.legend.length > 0;
  const width = canvases.reduce((sum, canvas) => sum + canvas.width, 0);
  const height = canvases[0].height + Math.round((STRIP + (keyed ? KEY_LINE : 0)) * ratio);
  const sheet = kept ?? document.createElement("canvas");
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
  line(spokenState(player.scene, player.state), theme.text, 14, 600, 22);
  line(player.scene.header.caption ?? "", theme.muted, 11.5, 400, 43);
  if (keyed) paintKey(context, colouring, theme, ratio, canvases[0].height + 64 * ratio, width);
  return sheet;
}

/** What the colours mean, in one line; what finds no room is left out. */
function paintKey(context, { scale, legend }, theme, ratio, y, width) {
  const font = `${11.5 * ratio}px ${theme.font}`;
  let x = 14 * ratio;
  const put = (text, colour, gap) => {
    writeLine(context, text, x, y, cssColour(colour), font);
    x += context.measureText(text).width + gap * ratio;
  };
  if (!scale) {
    for (const { label, colour, mark } of legend) {
      if (x > width - 80 * ratio) return put("…", theme.muted, 0);
      put(markSign(mark), colour, 4);
      put(label, theme.muted, 12);
    }
    return;
  }
  put(`${scale.name}  ${formatNumber(scale.low)}`, theme.muted, 8);
  for (let k = 0; k < RAMP_WIDTH; k++) {
    context.fillStyle = cssColour(rampColour(k / (RAMP_WIDTH - 1), theme.dark));
    context.fillRect(x + k * ratio, y - 8 * ratio, ratio + 1, 8 * ratio);
  }
  x += (RAMP_WIDTH + 8) * ratio;
  put(formatNumber(scale.high), theme.muted, 0);
}

/** Records the climb from the start to the end, once, as WebM. */
export class FilmRecorder {
  /** @param {import("./player.js").Player} player @param {(blob: Blob|null) => void} onDone null: stopped or not possible */
  constructor(player, onDone) {
    this.player = player;
    this.sheet = framed(player, this.canvases(), player.picture.ratio, null);
    const kind = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm"].find((type) => MediaRecorder.isTypeSupported(type));
    if (!kind) throw new Error("This browser cannot record WebM; save a picture instead.");
    this.recorder = new MediaRecorder(this.sheet.captureStream(FRAMES_PER_SECOND), { mimeType: kind, videoBitsPerSecond: 6_000_000 });
    const parts = [];
    this.recorder.ondataavailable = (event) => { if (event.data.size > 0) parts.push(event.data); };
    this.recorder.onstop = () => onDone(this.dropped || parts.length === 0 ? null : new Blob(parts, { type: "video/webm" }));
    this.recorder.start(250);
  }

  canvases() {
    const { picture, before, settings } = this.player;
    return settings.split ? [before.canvas, picture.canvas] : [picture.canvas];
  }

  /** Call after each drawing. */
  take() {
    framed(this.player, this.canvases(), this.player.picture.ratio, this.sheet);
  }

  /** @param {boolean} dropped whether nothing is to be kept */
  end(dropped = false) {
    if (this.recorder.state === "inactive" || this.ending) return;
    this.ending = true;
    this.dropped = dropped;
    setTimeout(() => { if (this.recorder.state !== "inactive") this.recorder.stop(); }, dropped ? 0 : LINGER);
  }
}
