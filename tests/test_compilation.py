"""Compiled code on disk: it follows the sources of all kernels, and is used while they are the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vaegc.sweep import compilation

ROOT = Path(__file__).parent.parent
CALLEE = "from toy.sweep.compilation import kernel\n\n\n@kernel\ndef factor():\n    return {}\n"
CALLER = "from toy.densities.callee import factor\nfrom toy.sweep.compilation import kernel\n\n\n@kernel\ndef scaled(x):\n    return x * factor()\n"
ASK = """
import json
from toy.sweep.caller import scaled
answer = scaled(10)
print(json.dumps([answer, sum(scaled.stats.cache_hits.values()), sum(scaled.stats.cache_misses.values()), scaled.stats.cache_path]))
"""


@pytest.fixture
def toy(tmp_path):
    """A package with one kernel in each of two files, of which one calls the other."""
    for room in ("sweep", "densities"):
        (tmp_path / "toy" / room).mkdir(parents=True)
        (tmp_path / "toy" / room / "__init__.py").touch()
    (tmp_path / "toy/__init__.py").touch()
    shutil.copy(compilation.__file__, tmp_path / "toy/sweep/compilation.py")
    (tmp_path / "toy/densities/callee.py").write_text(CALLEE.format(2))
    (tmp_path / "toy/sweep/caller.py").write_text(CALLER)
    return tmp_path / "toy"


def ask(toy: Path, **environment: str) -> tuple[int, int, int, Path]:
    """What a fresh interpreter gets from the caller: its answer, overloads read from disk and compiled, and where they are kept."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=toy.parent, env=kept | environment, capture_output=True, text=True, check=True
    )
    answer, hits, misses, path = json.loads(done.stdout)
    return answer, hits, misses, Path(path)


def test_a_changed_callee_is_never_answered_for_by_a_kept_caller(toy):
    assert ask(toy)[:3] == (20, 0, 1)
    assert ask(toy)[:3] == (20, 1, 0)  # nothing is compiled again
    callee = toy / "densities/callee.py"
    before = callee.stat()
    callee.write_text(CALLEE.format(3))
    os.utime(callee, ns=(before.st_atime_ns, before.st_mtime_ns))  # neither size nor time tells
    shutil.rmtree(toy / "densities/__pycache__")  # Python's own cache goes by these
    assert ask(toy)[:3] == (30, 0, 1)
    assert ask(toy)[:3] == (30, 1, 0)


def test_compiled_code_is_kept_where_numba_keeps_it(toy, tmp_path):
    assert ask(toy)[3] == toy / "sweep/__pycache__"
    elsewhere = tmp_path / "elsewhere"
    assert ask(toy, NUMBA_CACHE_DIR=str(elsewhere))[3].parent == elsewhere


def test_a_package_that_cannot_be_written_to_keeps_it_with_the_user(toy, tmp_path):
    (toy / "sweep/__pycache__").write_text("a file, so that no folder can be made")
    found = [
        ask(toy, HOME=str(tmp_path / "home"), XDG_CACHE_HOME=str(tmp_path / "home/.cache"), PYTHONDONTWRITEBYTECODE="1")
        for _ in range(2)
    ]
    assert [part[:3] for part in found] == [(20, 0, 1), (20, 1, 0)]
    assert found[0][3].is_relative_to(tmp_path / "home")


def test_the_kernels_of_the_package_are_marked_so_that_they_are_hashed():
    with_kernels = {path for path in (ROOT / "vaegc").rglob("*.py") if b"njit" in path.read_bytes()}
    assert with_kernels == {Path(compilation.__file__)}
    assert len(compilation.sources_hash()) == 64
