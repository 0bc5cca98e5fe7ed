"""`vaegc generate` writes what a model imagines, and what a page prints as code gives the same numbers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vaegc import ClusterConfig, Experiment, generation
from vaegc.cli import main
from vaegc.experiment.snippets import generate_command, generate_python

ROOT = Path(__file__).parent.parent
QUERY = "dataset=blobs&n=200&model=off&ascent.steps=4&clustering.eps=0.4"
DIGITS = Experiment(n=150, view="pca", clustering=ClusterConfig(min_samples=4, eps=1.2, min_size=5))
WAYS = [("clusters", {"per_cluster": 3, "seed": 2, "eps": 1.3}), ("modes", {"eps": 1.3}), ("grid", {"rows": 2, "columns": 3})]


def test_every_sheet_is_written_as_picture_and_numbers_and_told(tmp_path, capsys):
    out = tmp_path / "made" / "here"
    options = [
        "--clusters",
        "--modes",
        "--grid",
        "2x3",
        "--walk",
        "5",
        " -0.5,1",
        "--climb",
        "7",
        "--per-cluster",
        "4",
        "--steps",
        "6",
        "--seed",
        "3",
    ]
    assert main(["generate", QUERY, *options, "--out", str(out), "--json"]) == 0
    *_, told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    facts = json.loads((out / "generated.json").read_text(encoding="utf-8"))
    assert told["sheets"] == facts["sheets"]
    assert (facts["n"], facts["seed"], facts["spec"]["dataset"]) == (200, 3, "blobs")
    result = Experiment.from_query(QUERY).run()
    wanted = {
        "clusters": generation.cluster_samples(result, 4, 3).to_array(), "modes": generation.modes_and_means(result).to_array(),
        "grid": generation.latent_grid(result, 2, 3).decoded.x.reshape(2, 3, 2),
        "walk": generation.walk(result, 5, [-0.5, 1.0], 6).x[None], "climb": generation.decode_trajectory(result, 7).x[None],
    }  # fmt: skip
    assert [sheet["picture"] for sheet in facts["sheets"]] == [f"{name}.png" for name in wanted]
    for name, rows in wanted.items():
        assert (out / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        with np.load(out / f"{name}.npz") as kept:
            np.testing.assert_array_equal(kept["rows"], rows)
        sheet = next(sheet for sheet in facts["sheets"] if sheet["picture"] == f"{name}.png")
        assert len(sheet["lines"]) == len(rows)
        assert "200 points of blobs" in sheet["words"]


def test_a_gmvae_gives_its_styles_drawn_or_along_a_dimension(tmp_path, capsys):
    query = "model=digits-gmvae&n=150&view=pca&ascent=off"
    assert main(["generate", query, "--styles", "3", "--seed", "4", "--out", str(tmp_path / "a")]) == 0
    assert "3 styles w" in capsys.readouterr().out
    assert main(["generate", query, "--styles", "3", "--dimension", "2", "--out", str(tmp_path / "b")]) == 0
    from vaegc import load_model

    model = load_model("digits-gmvae")
    for folder, styles, seed in (("a", 3, 4), ("b", generation.styles_along_dimension(model, 2, 3), 0)):
        with np.load(tmp_path / folder / "styles.npz") as kept:
            np.testing.assert_allclose(kept["rows"], generation.style_table(model, styles, seed).to_array(), rtol=1e-5, atol=1e-5)


def test_a_link_of_the_app_with_its_section_and_a_yaml_file_are_specs(tmp_path, capsys):
    assert main(["generate", f"?{QUERY}&section=plane&frame=2", "--modes", "--out", str(tmp_path / "link")]) == 0
    spec = tmp_path / "spec.yaml"
    spec.write_text(Experiment.from_query(QUERY).to_yaml(), encoding="utf-8")
    assert main(["generate", str(spec), "--modes", "--out", str(tmp_path / "file")]) == 0
    with np.load(tmp_path / "link" / "modes.npz") as one, np.load(tmp_path / "file" / "modes.npz") as other:
        np.testing.assert_array_equal(one["rows"], other["rows"])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "Say what to generate"),
        (["--grid", "12"], "--grid takes rows and columns"),
        (["--grid", "0x3"], "rows must be a whole number"),
        (["--walk", "a", "2"], "--walk takes the numbers of points"),
        (["--walk", "1", "999"], "b must be a whole number"),
        (["--styles", "3"], "There is no model here"),
        (["--clusters", "--per-cluster", "0"], "per_cluster must be a whole number"),
        (["--climb", "200"], "point must be a whole number"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_nothing_is_written(options, sentence, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["generate", QUERY, *options, "--out", str(out)]) == 2
    assert sentence in capsys.readouterr().err
    assert not out.exists()


def test_a_folder_that_cannot_be_written_is_said(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert main(["generate", QUERY, "--modes", "--out", str(tmp_path / "file")]) == 2
    assert "cannot be written to" in capsys.readouterr().err


def test_the_printed_python_gives_the_numbers_of_the_page(tmp_path):
    code = (
        generate_python(DIGITS, WAYS)
        + "\nimport numpy as np; np.savez('made.npz', clusters=clusters.to_array(), modes=modes.to_array(), grid=grid.to_array())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=900, check=False, env=_env()
    )
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(tmp_path / "made.npz") as kept:
        _same(kept)
    assert "drawn with seed 2" in done.stdout


def test_the_printed_command_gives_the_numbers_of_the_page(tmp_path):
    lines = generate_command(DIGITS, WAYS).replace("vaegc generate", f"{sys.executable} -m vaegc generate")
    done = subprocess.run(
        ["bash", "-c", lines], cwd=tmp_path, capture_output=True, text=True, timeout=900, check=False, env=_env()
    )
    assert done.returncode == 0, done.stderr[-2000:]
    made = {}
    for name in ("clusters", "modes", "grid"):
        with np.load(tmp_path / "generated" / f"{name}.npz") as kept:
            made[name] = kept["rows"]
    _same(made)


def test_the_printed_code_of_styles_runs(tmp_path):
    spec = Experiment(model="digits-gmvae", n=150, view="pca", ascent=None)
    for way in ({"styles": 3, "seed": 4}, {"styles": 3, "dimension": 2}):
        code = generate_python(spec, [("styles", way)])
        scope: dict = {}
        exec(code, scope)
        assert scope["styles"].to_array().shape == (10, 3, 64)
    assert "--styles 3 --dimension 2" in generate_command(spec, [("styles", way)])


def _env() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT)}


def _same(made) -> None:
    result = DIGITS.run()
    np.testing.assert_allclose(made["clusters"], generation.cluster_samples(result, 3, 2, 1.3).to_array(), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(made["modes"], generation.modes_and_means(result, 1.3).to_array(), rtol=1e-4, atol=1e-4)
    rows = generation.plane_image_grid(result, generation.latent_grid(result, 2, 3)).to_array()
    np.testing.assert_allclose(made["grid"], rows, rtol=1e-4, atol=1e-4)
