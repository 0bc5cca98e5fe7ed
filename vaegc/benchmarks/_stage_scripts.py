"""What runs inside the page while the stage is measured.

A time to paint ends in a task posted from the animation frame that drew, so the browser's own painting is included.
"""

# Runs before the page's own scripts: keeps the shadow roots, so that looking for the stage costs nothing; notes when the last large
# message before the first drawing arrived, when that was painted, and every drawing of the film that plays by itself.
WATCH_OPENING = """
const roots = [], attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (how) { const root = attach.call(this, how); roots.push(root); return root; };
const find = (id) => { for (const root of roots) { const e = root.querySelector(`[data-testid=${id}]`); if (e) return e; } return null; };
const afterPaint = (act) => { const c = new MessageChannel(); c.port1.onmessage = act; c.port2.postMessage(0); };
const opening = window.opening = { draws: [] };
let first = 0, last = 0;
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({ data }) => {
      const bytes = data.byteLength ?? data.size ?? data.length;
      if (bytes > 100_000 && !first) Object.assign(opening, { bytes, arrived: performance.now() });
    });
  }
};
const look = (now) => {
  requestAnimationFrame(look);
  const canvas = find("stage"), drawn = Number(canvas?.dataset.drawn ?? 0);
  if (drawn === last || opening.ended) return;
  last = drawn;
  const frame = find("frame");
  if (!first) {
    first = drawn;
    afterPaint(() => { opening.painted = performance.now(); });
  } else if (Number(frame.value) > 0) {
    opening.draws.push(now);
    if (!opening.moved) afterPaint(() => { opening.moved ??= performance.now(); });
    opening.ended = frame.value === frame.max;
  }
};
requestAnimationFrame(look);
"""

# Installed after the stage's own listeners, so that its animation frame comes first and ours of the same frame sees what it drew.
WATCH_INPUT = """
(range, canvas) => {
  window.times = [];
  window.work = [];
  range.addEventListener("input", (event) => {
    const before = canvas.dataset.drawn;
    const look = () => {
      if (canvas.dataset.drawn === before) return requestAnimationFrame(look);
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        window.times.push(performance.now() - event.timeStamp);
        window.work.push(Number(canvas.dataset.work));
      };
      channel.port2.postMessage(0);
    };
    requestAnimationFrame(look);
  });
}
"""

EMPTY_CANVAS_PAGE = """
<body style="margin:0"><canvas style="display:block"></canvas><input type="range" min="0" max="1" step="any" style="width:1000px">
<script>
const canvas = document.querySelector("canvas"), context = canvas.getContext("2d", { alpha: false });
let request = 0;
document.querySelector("input").addEventListener("input", () => {
  request ||= requestAnimationFrame(() => {
    request = 0;
    context.clearRect(0, 0, canvas.width, canvas.height);
    canvas.dataset.drawn = String(Number(canvas.dataset.drawn || 0) + 1);
  });
});
</script>
"""

# The moments at which a playing film was drawn, until it ends.
FILM_DRAWS = """
(canvas) => new Promise((done) => {
  const draws = [];
  let drawn = canvas.dataset.drawn;
  const look = (now) => {
    if (canvas.dataset.drawn !== drawn) draws.push(now);
    drawn = canvas.dataset.drawn;
    if (canvas.player.playing) requestAnimationFrame(look);
    else done(draws);
  };
  requestAnimationFrame(look);
})
"""

# Until nothing was drawn for a second: what a stage counts beside its first film is counted.
WAIT_UNTIL_REST = """
(canvas) => new Promise((done) => {
  let drawn = canvas.dataset.drawn, since = performance.now();
  const look = (now) => {
    if (canvas.dataset.drawn !== drawn) since = now;
    drawn = canvas.dataset.drawn;
    if (now - since < 1000) requestAnimationFrame(look);
    else done();
  };
  requestAnimationFrame(look);
})
"""

# Changes of ε all over its range, one in a frame, and back to where it was; the steps of the golden ratio repeat nowhere.
CHANGE_EPSILON = """
async (range, count) => {
  const [value, low, high] = [range.value, range.min, range.max].map(Number);
  for (let i = 1; i <= count; i++) {
    range.value = String(i < count ? low + (high - low) * ((i * 0.6180339887) % 1) : value);
    range.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((done) => requestAnimationFrame(done));
  }
}
"""
