"""The rooms of the package: light imports, lower tiers only, no circles, standard names, small pages, reasons beside choices."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import house
import vaegc
from house import MODULES, PAGES, SCRIPTS, STYLES, TIER, imports, names_of, room_of, words_of
from vaegc.web import component_script, palette

ENTRIES = {
    "stage/stage.js", "stage/answer.js", "choose/choose.js", "training/training.js", "confusion/confusion.js", "generate/generate.js", "generate/sheet.js",
}  # fmt: skip
ROOT = Path(__file__).parent.parent
NEVER_TORCH = {room for room, tier in TIER.items() if tier >= TIER["sweep"] and room not in {"models", "datasets", "jobs"}}
MAX_LINES = 300
# What was replaced, and what the field says instead. Words are looked for in every part of an identifier ("was_told", "wasTold");
# the other two lists are of words that have plain uses as well, so that only whole names are looked for.
REPLACED_WORDS = {
    "deed": "action", "deeds": "actions", "forth": "transform", "gone": "completed", "grounds": "arguments", "hear": "report", "making": "builder",
    "mine": "own", "data_warnings": "warnings", "peek": "preview", "shelf": "store", "taking": "export", "telling": "display", "told": "payload",
    "went": "path length", "wish": "request", "wishes": "requests",
}  # fmt: skip
REPLACED_NAMES = {
    "Ask": "PointRequest", "Cell": "BandwidthCell", "Choice": "KSelection", "Chosen": "SelectionMask", "DOUBTS": "CAVEATS", "Document": "PartData",
    "REASONS": "SUPPORTING", "Side": "SidePanel", "Slice": "StepSweep", "Wait": "JobStatus", "Work": "JobSpec", "inWords": "describe",
    "slice": "sweep_index, since slice is a word of Python",
}  # fmt: skip
REPLACED_FILES = {
    "_components": "_cells", "_cut": "_dendrogram_cut", "_gallery": "_thumbnails", "_look": "_column_types", "_merge": "_coarsen", "_own": "_user_files",
    "_seek": "_boruvka_search", "_sums": "_kde_sums", "again": "export_panel", "asked": "requests", "before": "baseline_result", "board": "page",
    "chosen": "filters", "compose": "composition", "drawn": "png", "look": "view-state", "offers": "catalog", "opening": "open_in_explore",
    "sheets": "image_grid", "take": "export", "take_away": "export", "waiting": "job_panel", "wrong": "confusion_panel",
}  # fmt: skip
WEB = ROOT / "vaegc" / "web"
WEB_SCRIPTS = sorted(WEB.glob("*/*.js"))
LOWEST = TIER["checks"]  # rooms of the tiers from here on are files, which may import files of their own tier


@pytest.mark.parametrize("path", [*PAGES, *MODULES], ids=lambda p: str(p.relative_to(ROOT)))
def test_a_room_imports_only_itself_and_rooms_of_lower_tiers(path):
    room = room_of(path)
    if room == "vaegc":
        return  # the front door names every room
    for other in house.rooms_imported(path):
        allowed = other == room or TIER[other] > TIER[room] or (TIER[other] == TIER[room] >= LOWEST)
        assert allowed or (other == "vaegc" and room == "report"), f"{room} must not import {other}"


def test_no_two_files_import_each_other_along_any_way():
    assert house.circles(house.file_imports()) == []


def test_circles_are_found():
    assert house.circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [["b", "c"]]


def test_the_diagram_of_rooms_is_that_of_the_imports():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert text.partition(house.BEGIN)[2].partition(house.END)[0] == house.diagram(), "run python tests/house.py"


@pytest.mark.parametrize("entry", sorted(ENTRIES))
def test_no_two_modules_of_the_browser_import_each_other(entry):
    assert component_script(entry).count("export default") == 1  # which refuses circles


@pytest.mark.parametrize("path", WEB_SCRIPTS, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_module_of_a_component_imports_its_own_folder_and_common_only(path):
    # Types in comments count too: what a module speaks of it depends on.
    found = re.findall(r"""(?:from |import\()"(\.[^"]+)\"""", path.read_text(encoding="utf-8"))
    targets = [(path.parent / relative).resolve() for relative in found]
    assert all(target.is_file() for target in targets), found
    assert {target.parent for target in targets} <= {path.parent, WEB / "common"}


def test_experiment_is_small():
    assert len(list((ROOT / "vaegc" / "experiment").rglob("*.py"))) <= 14


def test_every_room_has_its_place_in_the_order():
    assert {room_of(path) for path in MODULES} <= set(TIER)


def test_torch_is_imported_at_module_level_by_what_computes_with_it_only():
    for path in [*PAGES, *MODULES]:
        for name, at_top in imports(path):
            if name.split(".")[0] in {"torch", "torchvision", "safetensors"}:
                assert room_of(path) not in NEVER_TORCH, f"{path.name} must never import {name}"
                assert not at_top or room_of(path) in {"densities", "training", "models"}, (
                    f"{path.name} imports {name} at its top"
                )


def test_streamlit_is_imported_by_pages_and_ui_only():
    importing = {room_of(path) for path in [*PAGES, *MODULES] for name, _ in imports(path) if name.split(".")[0] == "streamlit"}
    assert importing == {"pages", "ui"}


@pytest.mark.parametrize("heavy", ["torch", "streamlit", "numba", "sklearn", "pandas", "scipy", "umap", "openTSNE"])
def test_importing_vaegc_loads_nothing_heavy(heavy):
    code = f"import sys, vaegc; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=900, check=False).returncode == 0


def test_reading_a_spec_loads_neither_torch_nor_numba():
    code = "import sys, vaegc; vaegc.Experiment.from_yaml('dataset: moons').key(); sys.exit(bool({'torch', 'numba', 'sklearn'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=900, check=False).returncode == 0


def test_every_public_name_is_there():
    assert vaegc.__all__ == sorted(vaegc.__all__)
    assert set(vaegc.__all__) == {*vaegc._MODULE_OF, "__version__"}
    for name in vaegc.__all__:
        assert getattr(vaegc, name) is not None
        assert name in dir(vaegc)
    with pytest.raises(AttributeError, match="has no attribute 'nope'"):
        vaegc.nope  # noqa: B018


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_a_page_is_under_80_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < 80


def test_no_file_of_the_package_is_too_long():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in [*MODULES, *SCRIPTS]}
    assert {path: lines for path, lines in lengths.items() if lines > MAX_LINES} == {}


def replaced(path: Path) -> dict[str, str]:
    """Names of a file that the field has other words for, and these."""
    names = names_of(path)
    found = {name: term for name, term in REPLACED_NAMES.items() if name in names}
    found |= {name: REPLACED_WORDS[word] for name in names for word in words_of(name) & set(REPLACED_WORDS)}
    return found | {file: term for file, term in REPLACED_FILES.items() if file == path.stem}


def test_names_are_those_of_the_field():
    found = {str(path.relative_to(ROOT)): replaced(path) for path in [*PAGES, *MODULES, *SCRIPTS, *STYLES]}
    assert {path: names for path, names in found.items() if names} == {}


def test_replaced_names_are_found(tmp_path):
    file = tmp_path / "opening.py"
    file.write_text("class Chosen: pass\ndef was_told(deed, taken, chosen): pass\n", encoding="utf-8")
    assert replaced(file) == {"Chosen": "SelectionMask", "was_told": "payload", "deed": "action", "opening": "open_in_explore"}


@pytest.mark.parametrize(("read", "text", "names"), [
    (house.python_names, "LIMIT: int = 3\nclass A:\n    b = 1\n    def c(self, d, *e, **f):\n        self.g = h = 2\n", "LIMIT A b c self d e f g"),
    (house.python_names, "x, (y, *z) = 1, (2, 3)\nasync def run(): local = 1\nwith open(1) as f: pass\n", "x y z run"),
    (house.script_names, "export function go(a) {\n  const b = 1; // const no\n  this.c = b;\n}\nclass D {\n  #e(x) {\n    if (x) { }\n  }\n}", "go b c D e"),
    (house.style_names, ".vg-a .b:hover, p.c > .d { margin: .5em; } /* .e */ @media (x) { .f { color: red } }", "vg-a b c d f"),
], ids=["python", "more python", "javascript", "css"])  # fmt: skip
def test_names_are_found(read, text, names):
    assert read(text) == set(names.split())


def test_words_of_names_are_found():
    assert words_of("choice_in_words") == words_of("choiceInWords") == {"choice", "in", "words"}
    assert words_of("MAX_TOLD2") == {"max", "told", "2"}
    assert words_of("vg-tr-wait") == {"vg", "tr", "wait"}
    assert not words_of("determine") & set(REPLACED_WORDS)


def test_every_module_says_what_it_is():
    for path in [*PAGES, *MODULES]:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_every_dependency_and_every_ignored_rule_has_its_reason():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    facts = tomllib.loads(text)
    groups = [
        facts["project"]["dependencies"],
        *facts["project"]["optional-dependencies"].values(),
        facts["tool"]["ruff"]["lint"]["ignore"],
    ]
    lines = text.splitlines()
    for entry in (entry for group in groups for entry in group):
        with_entry = [line for line in lines if line.strip().startswith(f'"{entry}"')]
        assert with_entry, entry
        assert all(re.search(rf'"{re.escape(entry)}",\s*# \S', line) for line in with_entry), f"{entry} has no reason beside it"


def test_every_dependency_is_pinned_in_the_constraints():
    facts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pinned = {line.split("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    wanted = {re.split(r"[>=<]", entry)[0].lower() for entry in facts["project"]["dependencies"]}
    assert wanted <= pinned


def test_the_themes_chart_colours_are_the_palette():
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    assert tuple(theme["light"]["chartCategoricalColors"]) == palette.LIGHT
    assert tuple(theme["dark"]["chartCategoricalColors"]) == palette.DARK
    assert (theme["light"]["backgroundColor"], theme["dark"]["backgroundColor"]) == ("#ffffff", "#10141c")


def test_nothing_unpickles():
    for path in MODULES:
        names = {name.split(".")[0] for name, _ in imports(path)}
        assert not names & {"pickle", "joblib", "dill"}, path
        assert "allow_pickle=True" not in path.read_text(encoding="utf-8"), path
