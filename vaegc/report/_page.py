"""The page of a report: its style, and the order in which it tells."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import vaegc.report._sections as told_in
from vaegc.datasets import Dataset
from vaegc.experiment.snippets import as_python
from vaegc.report._html import code, facts, lead, note, picture, section, text
from vaegc.web import palette
from vaegc.web.page import THEME, live_script, stage_css
from vaegc.web.stage.scene import read_header

if TYPE_CHECKING:
    from vaegc.experiment.result import Result
    from vaegc.experiment.spec import ExperimentSpec
    from vaegc.figures import Still
    from vaegc.report._clusters import Clusters
    from vaegc.report._numbers import Moment

MOST_STAGE = 40 * 1024**2  # bytes of a scene that a page carries: some 40,000 points
TOO_LARGE = "These are too many points for a page that is passed on: vaegc run spec.yaml --html stage.html gives them as a stage."
PACKAGES = ("numpy", "scipy", "numba", "scikit-learn", "torch", "openTSNE", "umap-learn", "pandas")
DEFINITIONS = (
    ("Climb", "Every point moves uphill on a density, step by step (Fukunaga and Hostetler 1975; Cheng 1995)."),
    (
        "Clusters at ε",
        "DBSCAN (Ester and others 1996) for every ε at once, from one spanning tree; a point counts itself, within is ≤ ε.",
    ),
    (
        "Plateau",
        "A stretch of ε with one number of clusters, at most so many points outside them as max_noise says, above a floor.",
    ),
    ("Readable", "The longest plateau has a length of 0.5 or more in ln ε, and 1.5 times that of any other number of clusters."),
    (
        "ACC",
        "Best one-to-one matching of clusters and true classes (Kuhn 1955), over all N. NMI with the arithmetic mean; ARI of Hubert and Arabie 1985.",
    ),
)

STYLE = """
:root { --ink: var(--st-text-color); --muted: #586274; --grey: #8a8f99; --line: var(--st-border-color); %(light)s }
@media (prefers-color-scheme: dark) { :root { --muted: #a5afc0; --grey: #7d8798; %(dark)s } }
@media print { :root { --st-background-color: #ffffff; --st-secondary-background-color: #f3f5f8; --st-text-color: #1c2330; --st-border-color: #d5dae3;
  --muted: #586274; --grey: #8a8f99; color-scheme: light; %(light)s } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--st-background-color); color: var(--ink); font: 16px/1.55 var(--st-font); -webkit-font-smoothing: antialiased; }
main { max-width: 1080px; margin: 0 auto; padding: 40px 24px 64px; }
.scene { margin-top: 28px; }
/* Everything below is within .told: the stage brings styles of its own. */
.told h1 { margin: 0 0 6px; font-size: clamp(26px, 4vw, 36px); line-height: 1.15; letter-spacing: -.02em; overflow-wrap: anywhere; }
.told h2 { margin: 0 0 12px; font-size: 20px; letter-spacing: -.01em; }
.told h3 { margin: 18px 0 6px; font-size: 14px; }
.told section { margin-top: 44px; padding-top: 22px; border-top: 1px solid var(--line); }
.told p { margin: 0 0 10px; max-width: 74ch; overflow-wrap: anywhere; }
.told .caption, .told .note, .told caption, .told figcaption, .told dt { color: var(--muted); }
.told .caption { max-width: none; font-size: 15px; }
.told .note, .told figcaption { font-size: 13.5px; }
.told .note { max-width: 90ch; }
.told figcaption b { display: block; color: var(--ink); font-weight: 600; }
.scroll { overflow-x: auto; margin: 0 0 12px; }
.told table { border-collapse: collapse; width: 100%%; font-size: 14.5px; font-variant-numeric: tabular-nums; }
.told caption { text-align: left; padding: 0 0 6px; font-size: 13.5px; }
.told th, .told td { padding: 7px 14px 7px 0; text-align: left; vertical-align: middle; border-bottom: 1px solid var(--line); }
.told thead th { font-weight: 500; font-size: 13px; color: var(--muted); white-space: nowrap; }
.told tbody th { font-weight: 600; white-space: nowrap; }
.told .numbers td, .told .numbers thead th:not(:first-child) { text-align: right; white-space: nowrap; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%%, 380px), 1fr)); gap: 12px 44px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%%, 400px), 1fr)); gap: 26px 32px; margin-top: 18px; }
.told figure { margin: 0 0 14px; min-width: 0; break-inside: avoid; }
.told figure svg { display: block; width: 100%%; height: auto; }
.wide figure svg { min-width: 600px; }
.charts figure { display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.told dl { display: grid; grid-template-columns: minmax(96px, max-content) minmax(0, 1fr); gap: 5px 18px; margin: 0; font-size: 14.5px; }
.told dd { margin: 0; overflow-wrap: anywhere; }
.swatch { display: inline-block; width: 12px; height: 12px; margin-right: 9px; border-radius: 50%%; }
.bar { display: flex; gap: 1px; width: 170px; height: 9px; border-radius: 3px; overflow: hidden; }
.bar i { background: var(--ink); }
.bar i:nth-child(n+2) { opacity: .5; }
.bar i:nth-child(n+3) { opacity: .28; }
.names { display: block; margin-top: 3px; font-size: 12.5px; color: var(--muted); white-space: nowrap; }
.clusters td:last-child { font-size: 13px; }
.told img { display: block; max-width: none; height: 44px; }
.told img.small { image-rendering: pixelated; }
.told pre { margin: 0 0 10px; padding: 14px 16px; overflow-x: auto; border: 1px solid var(--line); border-radius: 10px;
  background: var(--st-secondary-background-color); font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.still { display: none; width: 100%%; }
.large .still { display: block; }
@media (prefers-color-scheme: dark) { .drawn .told img { filter: invert(1) hue-rotate(180deg); } }
@media (max-width: 640px) { main { padding: 24px 14px 40px; } .told section { margin-top: 32px; } }
@media print {
  main { max-width: none; padding: 0; }
  body { font-size: 10.5pt; }
  .told section { margin-top: 20pt; padding-top: 10pt; }
  #stage { display: none; }
  .still { display: block; }
  .drawn .told img { filter: none; }
  .told img { height: 20px; }
  .bar { width: 110px; }
  .names { max-width: 150px; white-space: normal; }
  .told .clusters td:nth-child(-n+4) { white-space: nowrap; }
  .told tr, .told dl { break-inside: avoid; }
  .told h2, .told h3 { break-after: avoid; }
  .told pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  .scroll { overflow: visible; }
  .told table { font-size: 9pt; }
  .told th, .told td { padding: 4pt 7pt 4pt 0; }
  .charts { grid-template-columns: 1fr 1fr; gap: 12px 20px; }
  .told dl { font-size: 9.5pt; }
  @page { margin: 16mm 14mm; }
}
"""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="{generator}">
<title>{title}</title>
<style>
{theme}
{css}
{style}
</style>
<noscript><style>#stage {{ display: none; }} .still {{ display: block; }}</style></noscript>
</head>
<body>
<main class="{kind}">
<header class="told">
<h1>{heading}</h1>
<p class="caption">{caption}</p>
</header>
<section class="scene" aria-label="The stage">
{stage}
{still}
</section>
<div class="told">
{sections}
</div>
</main>
{script}
</body>
</html>
"""


def page_of(
    result: Result, told: ExperimentSpec, model_zip: str | None, packed: bytes, still: bytes, before: Moment | None, after: Moment,
    charts: list[Still], clusters: Clusters | None,
) -> str:  # fmt: skip
    """Return the whole page."""
    header = read_header(packed)
    sections = [
        told_in.answer(result, before, after),
        told_in.every_eps(result, before, after),
        told_in.climb(result, charts, header["facts"]),
        told_in.clusters(result, clusters),
        told_in.data_and_model(result),
        _again(told, model_zip),
        section("How to read it", facts(DEFINITIONS)),
        section("Made with", facts(_versions()), note(f"Seed {told.seed}: of generated data, subsets, training and maps.")),
    ]
    title, shape = told_in.title_of(result, after), result.dataset.image_shape
    live = len(packed) <= MOST_STAGE
    kinds = [*(["drawn"] if shape is not None and len(shape) == 2 else []), *([] if live else ["large"])]
    return PAGE.format(
        generator=f"vaegc {_version('vaegc')}", title=text(title), heading=text(title), caption=text(header["caption"]),
        theme=THEME, css=stage_css(), style=_style(), kind=" ".join(kinds),
        stage='<div id="stage"></div>' if live else f'<div class="told">{note(TOO_LARGE)}</div>',
        still=picture(still, "The points before and after the climb, in the colours of their clusters", "still"),
        sections="\n".join(part for part in sections if part), script=live_script(packed) if live else "",
    )  # fmt: skip


def _again(told: ExperimentSpec, model_zip: str | None) -> str:
    """The spec, and what to do with it."""
    if isinstance(told.dataset, Dataset):
        lost = "These data were in memory: save them with Dataset.save, and name that file as dataset."
        return section("Make it again", lead(lost), code(told.to_yaml(), "Settings"))
    from vaegc.workspace import is_mine

    unpacking = f"python -m zipfile -e {model_zip} {told.model}\n" if model_zip else ""
    command = f"{unpacking}vaegc run spec.yaml --labels labels.csv\nvaegc report spec.yaml -o report.html"
    files = [str(told.dataset)] if _is_file(told.dataset) else []
    files += [model_zip] if model_zip else []
    where = f"In a folder that holds {' and '.join(files)}." if files else ""
    query = told.to_query()
    here = any(_is_file(name) or is_mine(name) for name in (told.dataset, told.model))
    link = "" if here else code(f"?{query}" if query else "the page as it opens", "In the app, at the end of its address")
    return section(
        "Make it again", lead(where), code(told.to_yaml(), "Settings: spec.yaml"), code(command, "Command"), code(as_python(told, model_zip), "Python"), link,
    )  # fmt: skip


def _is_file(name: Any) -> bool:
    return isinstance(name, str) and any(mark in name for mark in "./\\")


def _versions() -> list[tuple[str, str]]:
    libraries = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    system = f"{platform.system()} on {platform.machine()}"
    return [("vaegc", _version("vaegc")), ("Python", f"{platform.python_version()}, {system}"), ("Libraries", libraries)]


def _version(name: str) -> str:
    if name == "vaegc":
        import vaegc

        return vaegc.__version__
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _style() -> str:
    sides = {"light": palette.LIGHT, "dark": palette.DARK}
    return STYLE % {side: " ".join(f"--c{i}: {colour};" for i, colour in enumerate(colours)) for side, colours in sides.items()}
