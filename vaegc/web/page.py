"""Scripts and style sheets of the browser components, and stand-alone HTML pages of a scene that work offline."""

from __future__ import annotations

import base64
import gzip
import html
import json
import posixpath
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vaegc.errors import BadInput
from vaegc.web.stage.scene import Scene, pack

FOLDER = Path(__file__).parent
GZIP_LEVEL = 6  # 9 takes several times as long and gains a hundredth
_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)

PAGE_TEMPLATE = """<!doctype html>
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

SCRIPT_TEMPLATE = """<script type="module">
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
THEME_CSS = """:root { --st-background-color: #ffffff; --st-secondary-background-color: #f3f5f8; --st-text-color: #1c2330;
  --st-primary-color: #1f5fd0; --st-border-color: #d5dae3; --st-font: system-ui, sans-serif; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --st-background-color: #10141c; --st-secondary-background-color: #1a202b;
  --st-text-color: #e6eaf2; --st-primary-color: #79a7ff; --st-border-color: #323b4b; } }"""


@cache
def component_script(entry: str = "stage/stage.js", *, default_export: bool = True) -> str:
    """Return a module of the browser and all that it imports, joined into one script.

    Each module becomes a function of its own that returns what it exports, in the order in which they are needed, so that two modules
    may use one name. A bundler would do the same, but node would then be needed wherever vaegc is installed.

    Parameters
    ----------
    entry
        Entry point of a component, by its path in this folder: "stage/stage.js".
    default_export
        Whether the script has the ``export default`` of its entry, which Streamlit needs, or the names of its other exports at its top,
        which a plain page uses.

    Raises
    ------
    ValueError
        Modules import each other in a circle, or a module imports or exports in another form than `import { a, b as c } from "./x.js";`,
        `export function`, `export class`, `export const` and `export default function`.
    """
    joined: dict[str, str] = {}
    exports: dict[str, list[str]] = {}

    def visit(name: str, importers: tuple[str, ...]) -> None:
        if name in importers:
            raise ValueError(f"These modules import each other: {' -> '.join((*importers, name))}.")
        if name in joined:
            return
        source, lines = (FOLDER / name).read_text(encoding="utf-8"), []
        for names, path in _IMPORT.findall(source):
            wanted = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
            visit(wanted, (*importers, name))
            lines.append(f"const {{ {names.strip().rstrip(',').replace(' as ', ': ')} }} = {_variable(wanted)};\n")
        body = _IMPORT.sub("", source)
        exports[name] = [found.group(2) for found in _EXPORT.finditer(body)]
        body = _EXPORT.sub(r"\1", body.replace("export default function", "const asDefault = function", 1))
        if re.search(r"^(import|export)\b", body, re.MULTILINE):
            raise ValueError(f"{name} imports or exports in a form that cannot be joined.")
        returned = list(exports[name])
        returned += ["asDefault"] if "const asDefault = function" in body else []
        joined[name] = (
            f"// {name}\nconst {_variable(name)} = (() => {{\n{''.join(lines)}{body}\nreturn {{ {', '.join(returned)} }};\n}})();\n"
        )

    visit(entry, ())
    script = "".join(joined.values())
    if default_export:
        return f"{script}export default {_variable(entry)}.asDefault;\n"
    return f"{script}const {{ {', '.join(exports[entry])} }} = {_variable(entry)};\n"


def _variable(name: str) -> str:
    """The variable that holds the exports of a module."""
    return "$" + re.sub(r"\W", "_", name.removesuffix(".js"))


@cache
def component_css() -> str:
    """Return the style sheets of all components as one, in the order of their names."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*/*.css"), key=lambda path: path.name))


def scene_script(packed: bytes) -> str:
    """Return a script element that holds a packed scene and mounts the stage in the page's element with id "stage"."""
    data = base64.b64encode(gzip.compress(packed, GZIP_LEVEL, mtime=0)).decode()  # mtime: the same page every time
    return SCRIPT_TEMPLATE.format(script=component_script(default_export=False), data=json.dumps(data))


@dataclass(frozen=True, slots=True)
class Page:
    """A stand-alone HTML page; shows itself as the last value of a notebook cell."""

    html: str

    def save(self, path: str | Path) -> Path:
        """Write the page to a file and return its path; raises `BadInput` where it cannot be written."""
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

    Raises
    ------
    BadInput
        The file cannot be written.

    Examples
    --------
    >>> import vaegc
    >>> result = vaegc.Experiment(dataset="moons", n=60, model=None, seed=0).run()
    >>> page = vaegc.show(result.scene())
    >>> page.html.startswith("<!doctype html>")
    True
    """
    packed = scene if isinstance(scene, bytes) else pack(scene)
    page = Page(PAGE_TEMPLATE.format(title="vaegc: a climb", theme=THEME_CSS, css=component_css(), script=scene_script(packed)))
    if path is not None:
        page.save(path)
    return page
