"""`vaegc scene` computes what the app then finds."""

from __future__ import annotations

import pytest

from samples import printed
from vaegc import Experiment, store
from vaegc.cli import main

QUERY = "dataset=moons&n=60&model=off&ascent.steps=2"


def test_the_scene_of_a_link_is_kept_for_the_app(empty_cache, capsys):
    assert main(["scene", QUERY, "--json"]) == 0
    *progress, result = printed(capsys)
    assert progress
    assert {event["event"] for event in progress} == {"progress"}
    spec = Experiment.from_query(QUERY)
    kept = store.read_cached_bytes("scene", spec.key())
    assert result == {"event": "result", "key": spec.key(), "bytes": len(kept), "kept": True, "notes": []}
    assert kept == spec.packed_scene()


def test_what_is_kept_already_is_not_computed_again(empty_cache, capsys):
    assert main(["scene", QUERY]) == 0
    assert "kept: the app shows it at once" in capsys.readouterr().out
    assert main(["scene", QUERY, "--json"]) == 0
    assert [event["event"] for event in printed(capsys)] == ["result"]


def test_the_empty_link_is_the_default_page(capsys):
    assert main(["scene", "", "--json"]) == 0
    assert printed(capsys)[-1]["key"] == Experiment().key()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [("space=moon", "space must be one of"), ("dataset=nowhere", "no data set called"), ("speed=3", "Unknown settings: speed")],
)
def test_a_bad_link_is_one_sentence(query, sentence, capsys):
    assert main(["scene", query, "--json"]) == 2
    (error,) = printed(capsys)
    assert (error["event"], error["code"]) == ("error", 2)
    assert sentence in error["message"]


def test_stopped_on_the_way_nothing_is_kept_as_if_it_were_whole(empty_cache, monkeypatch, capsys):
    monkeypatch.setattr(
        "vaegc.cli._progress.ProgressPrinter.__call__", lambda self, _progress: setattr(self, "stop_requested", True) or True
    )
    assert main(["scene", QUERY, "--json"]) == 130
    assert printed(capsys)[-1]["event"] == "error"
    assert store.find_cached("scene", Experiment.from_query(QUERY).key(), ".bin") is None


def test_a_cache_that_cannot_be_written_is_said(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VAEGC_CACHE", str(tmp_path / "file"))
    assert main(["scene", QUERY]) == 0
    assert "not kept" in capsys.readouterr().out
