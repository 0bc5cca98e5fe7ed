"""The page of a report: its style and the order of its sections."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from vaegc.datasets import Dataset
from vaegc.experiment.snippets import run_python
from vaegc.report import _sections
from vaegc.report._html import code, facts, lead, note, picture, section, text
from vaegc.web import palette
from vaegc.web.page import THEME_CSS, component_css, scene_script
from vaegc.web.stage.scene_bytes import read_header

if TYPE_CHECKING:
    from vaegc.experiment.result import Result
    from vaegc.experiment.spec import ExperimentSpec
    from vaegc.figures import StaticChart
    from vaegc.report._clusters import ClusterTable
    from vaegc.report._numbers import SweepSummary

MAX_STAGE_BYTES = 40 * 1024**2  # of a packed scene that the page carries: some 40,000 points
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
/* Everything below is within .report: the stage brings styles of its own. */
.report h1 { margin: 0 0 6px; font-size: clamp(26px, 4vw, 36px); line-height: 1.15; letter-spacing: -.02em; overflow-wrap: anywhere; }
.report h2 { margin: 0 0 12px; font-size: 20px; letter-spacing: -.01em; }
.report h3 { margin: 18px 0 6px; font-size: 14px; }
.report section { margin-top: 44px; padding-top: 22px; border-top: 1px solid var(--line); }
.report p { margin: 0 0 10px; max-width: 74ch; overflow-wrap: anywhere; }
.report .caption, .report .note, .report caption, .report figcaption, .report dt { color: var(--muted); }
.report .caption { max-width: none; font-size: 15px; }
.report .note, .report figcaption { font-size: 13.5px; }
.report .note { max-width: 90ch; }
.report figcaption b { display: block; color: var(--ink); font-weight: 600; }
.scroll { overflow-x: auto; margin: 0 0 12px; }
.report table { border-collapse: collapse; width: 100%%; font-size: 14.5px; font-variant-numeric: tabular-nums; }
.report caption { text-align: left; padding: 0 0 6px; font-size: 13.5px; }
.report th, .report td { padding: 7px 14px 7px 0; text-align: left; vertical-align: middle; border-bottom: 1px solid var(--line); }
.report thead th { font-weight: 500; font-size: 13px; color: var(--muted); white-space: nowrap; }
.report tbody th { font-weight: 600; white-space: nowrap; }
.report .numbers td, .report .numbers thead th:not(:first-child) { text-align: right; white-space: nowrap; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%%, 380px), 1fr)); gap: 12px 44px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%%, 400px), 1fr)); gap: 26px 32px; margin-top: 18px; }
.report figure { margin: 0 0 14px; min-width: 0; break-inside: avoid; }
.report figure svg { display: block; width: 100%%; height: auto; }
.wide figure svg { min-width: 600px; }
.charts figure { display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.report dl { display: grid; grid-template-columns: minmax(96px, max-content) minmax(0, 1fr); gap: 5px 18px; margin: 0; font-size: 14.5px; }
.report dd { margin: 0; overflow-wrap: anywhere; }
.swatch { display: inline-block; width: 12px; height: 12px; margin-right: 9px; border-radius: 50%%; }
.bar { display: flex; gap: 1px; width: 170px; height: 9px; border-radius: 3px; overflow: hidden; }
.bar i { background: var(--ink); }
.bar i:nth-child(n+2) { opacity: .5; }
.bar i:nth-child(n+3) { opacity: .28; }
.names { display: block; margin-top: 3px; font-size: 12.5px; color: var(--muted); white-space: nowrap; }
.clusters td:last-child { font-size: 13px; }
.report img { display: block; max-width: none; height: 44px; }
.report img.small { image-rendering: pixelated; }
.report pre { margin: 0 0 10px; padding: 14px 16px; overflow-x: auto; border: 1px solid var(--line); border-radius: 10px;
  background: var(--st-secondary-background-color); font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.still { display: none; width: 100%%; }
.large .still { display: block; }
@media (prefers-color-scheme: dark) { .drawn .report img { filter: invert(1) hue-rotate(180deg); } }
@media (max-width: 640px) { main { padding: 24px 14px 40px; } .report section { margin-top: 32px; } }
@media print {
  main { max-width: none; padding: 0; }
  body { font-size: 10.5pt; }
  .report section { margin-top: 20pt; padding-top: 10pt; }
  #stage { display: none; }
  .still { display: block; }
  .drawn .report img { filter: none; }
  .report img { height: 20px; }
  .bar { width: 110px; }
  .names { max-width: 150px; white-space: normal; }
  .report .clusters td:nth-child(-n+4) { white-space: nowrap; }
  .report tr, .report dl { break-inside: avoid; }
  .report h2, .report h3 { break-after: avoid; }
  .report pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  .scroll { overflow: visible; }
  .report table { font-size: 9pt; }
  .report th, .report td { padding: 4pt 7pt 4pt 0; }
  .charts { grid-template-columns: 1fr 1fr; gap: 12px 20px; }
  .report dl { font-size: 9.5pt; }
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
<header class="report">
<h1>{heading}</h1>
<p class="caption">{caption}</p>
</header>
<section class="scene" aria-label="The stage">
{stage}
{still}
</section>
<div class="report">
{sections}
</div>
</main>
{script}
</body>
</html>
"""


def render_page(
    result: Result, shown_spec: ExperimentSpec, model_zip: str | None, packed: bytes, still: bytes, before: SweepSummary | None, after: SweepSummary,
    charts: list[StaticChart], clusters: ClusterTable | None,
) -> str:  # fmt: skip
    """Return the whole page."""
    header = read_header(packed)
    sections = [
        _sections.answer(result, before, after),
        _sections.every_eps(result, before, after),
        _sections.climb(result, charts, header["facts"]),
        _sections.clusters(result, clusters),
        _sections.data_and_model(result),
        _reproduction(shown_spec, model_zip),
        section("How to read it", facts(DEFINITIONS)),
        section("Made with", facts(_versions()), note(f"Seed {shown_spec.seed}: of generated data, subsets, training and maps.")),
    ]
    title, shape = _sections.report_title(result, after), result.dataset.image_shape
    live = len(packed) <= MAX_STAGE_BYTES
    kinds = [*(["drawn"] if shape is not None and len(shape) == 2 else []), *([] if live else ["large"])]
    return PAGE.format(
        generator=f"vaegc {_version('vaegc')}", title=text(title), heading=text(title), caption=text(header["caption"]),
        theme=THEME_CSS, css=component_css(), style=_style(), kind=" ".join(kinds),
        stage='<div id="stage"></div>' if live else f'<div class="report">{note(TOO_LARGE)}</div>',
        still=picture(still, "The points before and after the climb, in the colours of their clusters", "still"),
        sections="\n".join(part for part in sections if part), script=scene_script(packed) if live else "",
    )  # fmt: skip


def _reproduction(shown_spec: ExperimentSpec, model_zip: str | None) -> str:
    """Section with the spec, and the code and command that reproduce the result."""
    if isinstance(shown_spec.dataset, Dataset):
        lost = "These data were in memory: save them with Dataset.save, and name that file as dataset."
        return section("Make it again", lead(lost), code(shown_spec.to_yaml(), "Settings"))
    from vaegc.workspace import is_private

    unpacking = f"python -m zipfile -e {model_zip} {shown_spec.model}\n" if model_zip else ""
    command = f"{unpacking}vaegc run spec.yaml --labels labels.csv\nvaegc report spec.yaml -o report.html"
    files = [str(shown_spec.dataset)] if _is_file(shown_spec.dataset) else []
    files += [model_zip] if model_zip else []
    where = f"In a folder that holds {' and '.join(files)}." if files else ""
    query = shown_spec.to_query()
    here = any(_is_file(name) or is_private(name) for name in (shown_spec.dataset, shown_spec.model))
    link = "" if here else code(f"?{query}" if query else "the page as it opens", "In the app, at the end of its address")
    return section(
        "Make it again", lead(where), code(shown_spec.to_yaml(), "Settings: spec.yaml"), code(command, "Command"), code(run_python(shown_spec, model_zip), "Python"), link,
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
