// Pointer gestures on the picture: hover, drag, wheel, pinch, lasso and box.
// Why one file: the same press may become a click, a shift of the picture or a selection, and only its end says which.

/** CSS pixels that a press may move and still be a click; milliseconds in which a wheel that scrolls the page goes on doing so. */
const CLICK_TOLERANCE = 5;
const SCROLL_HOLD_MS = 250;
const RADIANS_PER_PIXEL = 0.008; // radians per pixel
const LASSO_SPACING = 3; // pixels between two corners

/**
 * @param {import("./player.js").Player} player
 * @param {import("./picture.js").Picture} picture
 * @param {(target: EventTarget, type: string, listener: (event: any) => void, options?: object) => void} on
 */
export function listenGestures(player, picture, on) {
  const { canvas } = picture;
  const pressed = new Map();
  let gesture = null;
  let scrolled = 0;

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const tools = () => (player.tool === "move" ? null : player.tool);

  on(canvas, "pointerdown", (event) => {
    if (!player.scene || event.button > 0) return;
    const place = at(event);
    pressed.set(event.pointerId, place);
    if (pressed.size === 2) {
      player.showArea(picture, null);
      gesture = { kind: "pinch" };
      return;
    }
    gesture = { kind: "press", from: place, last: place, area: [place.x, place.y], op: selectionOp(event, player), turning: !event.shiftKey };
  });

  on(canvas, "pointermove", (event) => {
    if (!player.scene) return;
    const place = at(event);
    if (!pressed.has(event.pointerId)) {
      if (event.pointerType !== "touch") player.pointAt(picture, place);
      return;
    }
    // Released where nobody told us, beyond the edge of the page.
    if (event.buttons === 0) return release(event, true);
    const before = pressed.get(event.pointerId);
    pressed.set(event.pointerId, place);
    if (gesture?.kind === "pinch") return pinch(before, event.pointerId, place);
    if (!gesture) return;
    if (gesture.kind === "press" && Math.hypot(place.x - gesture.from.x, place.y - gesture.from.y) > CLICK_TOLERANCE) {
      gesture.kind = tools() ?? (player.scene.dim === 3 && gesture.turning ? "turn" : "pan");
      canvas.setPointerCapture(event.pointerId);
      player.hover(-1);
    }
    drag(place);
  });

  const drag = (place) => {
    const { kind, last, from } = gesture;
    const [dx, dy] = [place.x - last.x, place.y - last.y];
    if (kind === "pan") player.pan(picture, dx, dy);
    else if (kind === "turn") player.turn(dx * RADIANS_PER_PIXEL, dy * RADIANS_PER_PIXEL);
    else if (kind === "box") player.showArea(picture, boxBetween(from, place));
    else if (kind === "lasso") {
      const many = gesture.area.length;
      if (Math.hypot(place.x - gesture.area[many - 2], place.y - gesture.area[many - 1]) >= LASSO_SPACING) gesture.area.push(place.x, place.y);
      player.showArea(picture, gesture.area);
    }
    gesture.last = place;
  };

  const pinch = (before, id, place) => {
    const other = [...pressed].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const spread = (p) => Math.max(10, Math.hypot(p.x - other.x, p.y - other.y));
    player.zoom(picture, spread(place) / spread(before), { x: (place.x + other.x) / 2, y: (place.y + other.y) / 2 });
    // Half of the one finger's way is how far the middle of both has moved.
    player.pan(picture, (place.x - before.x) / 2, (place.y - before.y) / 2);
  };

  const release = (event, cancelled) => {
    if (!pressed.delete(event.pointerId)) return;
    const ended = gesture;
    if (pressed.size === 0) gesture = null;
    if (!ended || ended.kind === "pinch") return player.report();
    gesture = null;
    const { kind, area, from, last, op } = ended;
    if (kind === "lasso" || kind === "box") {
      player.showArea(picture, null);
      if (cancelled) return;
      player.selectArea(picture, kind === "lasso" ? area : boxBetween(from, last), op);
    } else if (kind === "press" && !cancelled) player.click(picture, from, op);
    else player.report();
  };
  on(canvas, "pointerup", (event) => release(event, false));
  on(canvas, "pointercancel", (event) => release(event, true));
  on(canvas, "dblclick", (event) => { if (player.tool === "move") player.selectAt(picture, at(event), selectionOp(event, player)); });

  // A finger leaves at once when it lifts; what it showed stays until the next tap.
  on(canvas, "pointerleave", (event) => {
    if (event.pointerType === "touch" || pressed.size > 0) return;
    player.pointAt(picture, null);
    player.reportIfStale();
  });
  on(canvas, "blur", () => player.hover(-1));

  // A wheel that began by scrolling the page past the picture goes on scrolling; at full view, backwards is the page's.
  on(window, "wheel", (event) => { if (!event.composedPath().includes(canvas)) scrolled = event.timeStamp; }, { passive: true, capture: true });
  on(canvas, "wheel", (event) => {
    if (!player.scene) return;
    const zooming = event.ctrlKey || event.metaKey;
    const inert = (event.deltaY > 0 && picture.camera.zoom <= 1) || event.timeStamp - scrolled < SCROLL_HOLD_MS;
    if (inert && !zooming) {
      scrolled = event.timeStamp - scrolled < SCROLL_HOLD_MS ? event.timeStamp : scrolled;
      return;
    }
    event.preventDefault();
    const notch = event.deltaMode === 1 ? 18 : 1;
    player.zoom(picture, Math.exp(-Math.max(-240, Math.min(240, event.deltaY * notch)) * (event.ctrlKey ? 0.01 : 0.0022)), at(event));
  }, { passive: false });
}

/** How a selection joins the one before it: Shift adds, Alt takes away, else the toolbar says while it shows its choice. */
function selectionOp(event, player) {
  return event.shiftKey ? "add" : event.altKey ? "cut" : player.tool === "move" ? "set" : player.op;
}

/** Corners of the box between two places. @returns {number[]} x, y pairs */
function boxBetween(a, b) {
  return [a.x, a.y, b.x, a.y, b.x, b.y, a.x, b.y];
}
