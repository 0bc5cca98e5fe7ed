"""The stage outside the app: its modules joined into one script, and a page that holds a scene and works offline."""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vaegc.errors import BadInput
from vaegc.stage.scene import Scene, pack

FOLDER = Path(__file__).parent
ZIPPED = 6  # how hard gzip tries: 9 takes several times as long and gains a hundredth
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w-]+\.js)";\n', re.MULTILINE)

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{theme}
body {{ margin: 0; padding: 16px; background: var(--st-background-color); color: var(--st-text-color); font-family: var(--st-font); }}
main {{ max-width: 1200px; margin: 0 auto; }}
{css}
</style>
</head>
<body>
<main id="stage"></main>
{script}
</body>
</html>
"""

SCRIPT = """<script type="module">
{script}
{{
  const place = document.getElementById("stage");
  if ("DecompressionStream" in globalThis) {{
    const zipped = new Blob([Uint8Array.from(atob({data}), (c) => c.charCodeAt(0))]).stream();
    const packed = await new Response(zipped.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
    mountStage(place, new Uint8Array(packed));
  }} else {{
    place.textContent = "This browser is too old to unpack the picture; open the page in a current one.";
  }}
}}
</script>"""

# The app's own colours, for pages that stand alone: light, or dark where the reader's system is.
THEME = """:root { --st-background-color: #ffffff; --st-secondary-background-color: #f3f5f8; --st-text-color: #1c2330;
  --st-primary-color: #1f5fd0; --st-border-color: #d5dae3; --st-font: system-ui, sans-serif; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --st-background-color: #10141c; --st-secondary-background-color: #1a202b;
  --st-text-color: #e6eaf2; --st-primary-color: #79a7ff; --st-border-color: #323b4b; } }"""


@cache
def stage_script(entry: str = "stage.js", *, default_export: bool = True) -> str:
    """Return the stage's modules joined into one, depth first along their imports.

    Parameters
    ----------
    entry
        Module to begin with: "stage.js", or "answer.js", which carries an answer to a stage that is already there.
    default_export
        Whether the entry keeps its ``export default``, which Streamlit needs and a plain page does not.
    """
    seen: list[str] = []
    parts: list[str] = []

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.append(name)
        source = (FOLDER / name).read_text(encoding="utf-8")
        for wanted in _IMPORT.findall(source):
            visit(wanted)
        parts.append(f"// {name}\n" + _IMPORT.sub("", source))

    visit(entry)
    joined = re.sub(r"^export (?!default)", "", "\n".join(parts), flags=re.MULTILINE)
    return joined if default_export else joined.replace("export default function", "const asComponent = function", 1)


@cache
def stage_css() -> str:
    """Return the stage's style sheets as one, in the order of their names."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.css")))


def live_script(packed: bytes) -> str:
    """Return the script element that holds a packed scene and draws it into the element of the page whose id is "stage"."""
    data = base64.b64encode(gzip.compress(packed, ZIPPED, mtime=0)).decode()  # mtime: the same page every time
    return SCRIPT.format(script=stage_script(default_export=False), data=json.dumps(data))


@dataclass(frozen=True, slots=True)
class Page:
    """A stand-alone HTML page; shows itself as the last value of a notebook cell."""

    html: str

    def save(self, path: str | Path) -> Path:
        """Write the page to a file and return its path."""
        target = Path(path)
        try:
            target.write_text(self.html, encoding="utf-8")
        except OSError as error:
            raise BadInput(f"The page cannot be written to {str(target)!r}: {error.strerror or error}.") from None
        return target

    def _repr_html_(self) -> str:
        # A frame of its own keeps the page's styles and the notebook's apart.
        return (
            f'<iframe srcdoc="{html.escape(self.html)}" style="width:100%;height:1240px;border:0" title="vaegc stage"></iframe>'
        )


def show(scene: Scene | bytes, path: str | Path | None = None) -> Page:
    """Show a scene in a notebook, or save it as one HTML file that plays offline.

    Parameters
    ----------
    scene
        `Result.scene()`, or its packed bytes.
    path
        Where to save the file too.

    Examples
    --------
    >>> import vaegc
    >>> result = vaegc.Experiment(dataset="moons", n=60, model=None, seed=0).run()
    >>> page = vaegc.show(result.scene())
    >>> page.html.startswith("<!doctype html>")
    True
    """
    packed = scene if isinstance(scene, bytes) else pack(scene)
    page = Page(PAGE.format(title="vaegc: a climb", theme=THEME, css=stage_css(), script=live_script(packed)))
    if path is not None:
        page.save(path)
    return page
