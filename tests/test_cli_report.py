"""`vaegc report` writes what `Result.report` gives, and says so; what cannot be written is one sentence before the work."""

from __future__ import annotations

import json
import signal

import pytest

from vaegc import AscentConfig, Experiment
from vaegc.cli import main

TOY = Experiment(dataset="moons", n=120, model=None, ascent=AscentConfig(steps=3))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.yaml").write_text(TOY.to_yaml(), encoding="utf-8")
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield tmp_path
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_a_report_is_written_under_the_usual_name(folder, capsys):
    assert main(["report", "spec.yaml"]) == 0
    page = (folder / "report.html").read_text(encoding="utf-8")
    result = TOY.run()
    assert page == result.report().html
    out, err = capsys.readouterr()
    assert (out.splitlines(), err) == (
        [result.suggestion.reason, f"report.html: {len(page.encode()) / 1e6:.1f} MB, opens in any browser, offline."], "",
    )  # fmt: skip


def test_json_tells_progress_then_the_file(folder, capsys):
    assert main(["report", "spec.yaml", "-o", "mine.htm", "--json"]) == 0
    *progress, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {event["event"] for event in progress} == {"progress"}
    assert "report" in {event["stage"] for event in progress}
    size = (folder / "mine.htm").stat().st_size
    assert last == {
        "event": "result",
        "file": "mine.htm",
        "bytes": size,
        "n_clusters": TOY.run().suggestion.n_clusters,
        "seed": 0,
        "notes": [],
        "climb_note": None,
    }


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["spec.yaml", "-o", "report.pdf"], "report.pdf must end in .html or .htm."),
        (["spec.yaml", "-o", "gone/report.html"], "report.html cannot be written: there is no folder "),
        (["nothing.yaml"], "The spec 'nothing.yaml' cannot be read"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_wrong_is_one_sentence(arguments, sentence, folder, capsys):
    assert main(["report", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"vaegc: {sentence}")
    assert len(err.splitlines()) == 1
    assert [path.name for path in folder.iterdir()] == ["spec.yaml"]


def test_run_writes_points_picture_and_labels(folder, capsys):
    import pandas as pd
    from PIL import Image

    blobs = Experiment(dataset="blobs", n=240, model=None)
    (folder / "spec.yaml").write_text(blobs.to_yaml(), encoding="utf-8")
    assert main(["run", "spec.yaml", "--labels", "points.parquet", "--png", "picture.png"]) == 0
    points = pd.read_parquet(folder / "points.parquet")
    assert {"x", "y", "x_end", "cluster_name"} <= set(points.columns)
    assert points["cluster"].tolist() == blobs.run().labels.tolist()
    with Image.open(folder / "picture.png") as picture:
        assert picture.format == "PNG"
