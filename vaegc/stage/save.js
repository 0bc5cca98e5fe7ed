// What can be taken away without Python: the picture, the film, the points as a table.
// Why drawn anew: a saved picture is twice as sharp as the screen and carries its caption.

import { Picture } from "./picture.js";
import { cssColour } from "./theme.js";
import { spokenState } from "./words.js";

const STRIP = 58; // CSS pixels below a saved picture
const SHARPNESS = 2;
const FRAMES_PER_SECOND = 30;
const LINGER = 900; // milliseconds that a film shows its end

/** @param {Blob} blob @param {string} name */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has begun by then; an address that is kept would keep the bytes.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A detached picture of the same view. @param {import("./picture.js").Picture} from */
function sharpCopy(from, position, what) {
  const copy = new Picture(document.createElement("canvas"), document.createElement("canvas"));
  copy.useScene(from.scene);
  copy.useTheme(from.theme);
  copy.useCamera(from.camera);
  copy.resize(from.width, from.height, SHARPNESS);
  copy.paint(position, what);
  return copy.canvas;
}

/** What is seen, at twice the size, with the state and the caption below. @param {import("./player.js").Player} player @returns {HTMLCanvasElement} */
export function stillOf(player) {
  const what = player.scenery();
  const position = Math.round(player.position);
  const canvases = player.settings.split
    ? [sharpCopy(player.before, 0, player.sceneryBefore()), sharpCopy(player.picture, position, what)] : [sharpCopy(player.picture, position, what)];
  return framed(player, canvases, SHARPNESS, null);
}

function framed(player, canvases, ratio, kept) {
  const { theme } = player;
  const width = canvases.reduce((sum, canvas) => sum + canvas.width, 0);
  const height = canvases[0].height + Math.round(STRIP * ratio);
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
  const line = (text, colour, size, weight, down) => {
    context.fillStyle = cssColour(colour);
    context.font = `${weight} ${size * ratio}px ${theme.font}`;
    context.textBaseline = "alphabetic";
    context.fillText(text, 14 * ratio, canvases[0].height + down * ratio, width - 28 * ratio);
  };
  line(spokenState(player.scene, player.state), theme.text, 14, 600, 22);
  line(player.scene.header.caption ?? "", theme.muted, 11.5, 400, 43);
  return sheet;
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
