"""The house of design section 4: light imports, rooms that import rightwards only, small pages, reasons beside choices."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import vaegc
from vaegc.stage import palette

ROOT = Path(__file__).parent.parent
ORDER = (
    "pages", "ui", "cli", "vaegc", "benchmarks", "estimator", "experiment", "workspace", "jobs", "figures", "stage", "choosing", "baselines",
    "projection", "ascent", "densities", "training", "models", "datasets", "sweep", "clusterers", "metrics", "errors",
)  # fmt: skip
RIGHTMOST = {"errors", "store", "progress", "checks", "limits", "robust", "neighbors", "wording"}  # one group
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]
MODULES = sorted((ROOT / "vaegc").rglob("*.py"))
NEVER_TORCH = ORDER[ORDER.index("sweep") :]


def room_of(path: Path) -> str:
    if path in PAGES:
        return "pages"
    parts = path.relative_to(ROOT / "vaegc").with_suffix("").parts
    return {"__init__": "vaegc", "__main__": "cli"}.get(parts[0], parts[0])


def place(room: str) -> int:
    return ORDER.index("errors" if room in RIGHTMOST else room)


def imports(path: Path) -> list[tuple[str, bool]]:
    """Names imported anywhere in a file, each with whether that happens at module level."""
    found: list[tuple[str, bool]] = []

    def visit(node: ast.AST, at_top: bool) -> None:
        if isinstance(node, ast.Import):
            found.extend((alias.name, at_top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports name the whole path"
            found.append((node.module or "", at_top))
            if node.module == "vaegc":
                found.extend(
                    (f"vaegc.{alias.name}", at_top)
                    for alias in node.names
                    if (ROOT / "vaegc" / alias.name).exists() or (ROOT / "vaegc" / f"{alias.name}.py").exists()
                )
        for child in ast.iter_child_nodes(node):
            visit(child, at_top and not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)))

    visit(ast.parse(path.read_text(encoding="utf-8")), True)
    return found


def rooms_imported(path: Path) -> set[str]:
    found = set()
    for name, _ in imports(path):
        parts = name.split(".")
        if parts[0] == "vaegc":
            only_a_room = name == "vaegc" and any(other.startswith("vaegc.") for other, _ in imports(path) if other != name)
            if len(parts) > 1:
                found.add(parts[1])
            elif not only_a_room:
                found.add("vaegc")
    return found


@pytest.mark.parametrize("path", [*PAGES, *MODULES], ids=lambda p: str(p.relative_to(ROOT)))
def test_a_room_imports_only_itself_and_rooms_to_its_right(path):
    room = room_of(path)
    if room == "vaegc":
        return  # the front door names every room
    for other in rooms_imported(path):
        assert other == room or place(other) > place(room) or {room, other} <= RIGHTMOST, f"{room} must not import {other}"


def test_every_room_has_its_place_in_the_order():
    assert {room_of(path) for path in MODULES} <= {*ORDER, *RIGHTMOST}


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
    assert set(vaegc.__all__) == {*vaegc._HOME, "__version__"}
    for name in vaegc.__all__:
        assert getattr(vaegc, name) is not None
        assert name in dir(vaegc)
    with pytest.raises(AttributeError, match="has no attribute 'nope'"):
        vaegc.nope  # noqa: B018


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_a_page_is_under_80_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < 80


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
