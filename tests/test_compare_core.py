"""What the Compare page shows: means are those of the raw rows, pairs are true pairs, nothing is mixed, published figures stay apart."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from vaegc import Experiment, jobs, score
from vaegc.datasets import describe
from vaegc.errors import BadInput
from vaegc.experiment.baseline_result import unclimbed_result
from vaegc.figures import climb_chart, methods_chart
from vaegc.jobs import State
from vaegc.studies import missing_runs, pairs, run_table
from vaegc.studies._study import SHIPPED_RUNS, read_rows, server_runs_path
from vaegc.studies.confusion import NOISE_COLUMN, SMALL_COLUMN, cell_members, confusion_matrix, result_confusion
from vaegc.studies.missing_runs import start_study, study_jobs
from vaegc.studies.pairs import (
    K_MEANS_READER,
    PLATEAU_READER,
    describe_difference,
    format_signed,
    paired_differences,
    paired_runs,
)
from vaegc.studies.published import LABELS, STATUSES, published, published_table
from vaegc.studies.run_table import K_FOUND, K_GIVEN, K_GIVEN_LABEL_TUNED, OTHER_K_GIVEN, load_runs, summarize_runs
from vaegc.studies.user_models import UserModel, user_pairs, user_runs
from vaegc.workspace import StoredModel


@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch):
    """A server to which nobody has added anything."""
    monkeypatch.setenv("VAEGC_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def raw(study: str) -> pd.DataFrame:
    return pd.DataFrame(read_rows(SHIPPED_RUNS / f"{study}.jsonl"))


# --- kept runs and their means --------------------------------------------------------------------------------------------


def test_every_shipped_row_is_there_once_with_its_figures():
    table = load_runs()
    assert len(table) == len(raw("models")) + len(raw("mixtures"))
    assert not table.duplicated([*run_table.REPLICATE_KEYS, "seed", "network"]).any()
    assert not table["here"].any()
    for study in ("models", "mixtures"):
        wanted = raw(study).set_index(["data", "n", "method", "seed"])["acc"].sort_index()
        got = table[table["study"] == study].set_index(["data", "n", "method_id", "seed"])["acc"].sort_index()
        pd.testing.assert_series_equal(got, wanted, check_names=False)


@pytest.mark.parametrize("by", run_table.SCORES)
def test_mean_and_sd_are_pandas_own_on_the_raw_rows(by):
    table = summarize_runs(load_runs(), by)
    for study in ("models", "mixtures"):
        rows = raw(study)
        for (data, method), part in rows.groupby(["data", "method"]):
            (row,) = table[(table["data"] == data) & (table["study"] == study) & (table["method_id"] == method)].to_dict(
                "records"
            )
            values = part[by].dropna()
            assert (row["seeds"], row["scored"]) == (len(part), len(values))
            np.testing.assert_allclose([row["mean"], row["sd"]], [values.mean(), values.std()], rtol=1e-12)


def test_figures_are_those_of_the_readme():
    table = summarize_runs(load_runs("mnist")).set_index("method")
    vade = table.loc["VaDE"]
    assert f"{vade['mean']:.3f} ± {vade['sd']:.3f} ({vade['seeds']})" == "0.940 ± 0.019 (2)"
    assert table.loc["AE + UMAP + climb + sweep", "k"] == "10, 10"
    assert table.loc["AE + UMAP + sweep", "k"] == "none, none"
    assert table.loc["AE + UMAP + sweep", "scored"] == 0
    assert np.isnan(table.loc["AE + UMAP + sweep", "mean"])


def test_what_was_told_another_k_or_chosen_with_labels_never_stands_with_the_rest():
    table = load_runs()
    group = {(row.data, row.method_id): row.group for row in table.itertuples()}
    assert group["mnist", "gmvae-16"] == OTHER_K_GIVEN
    assert group["mnist", "vade"] == K_GIVEN  # no label of MNIST chose anything
    assert group["digits", "vade"] == K_GIVEN_LABEL_TUNED
    assert group["digits", "gmvae"] == K_GIVEN
    assert group["mnist", "AE + UMAP + HDBSCAN"] == K_FOUND
    for (_, _), part in summarize_runs(table).groupby(["data", "group"]):
        assert len(set(part["group"])) == 1
    told = table[table["group"] == K_GIVEN]
    assert (told["k_given"] == told["data"].map(lambda name: describe(name).classes)).all()
    assert table[table["group"] == K_FOUND]["k_given"].isna().all()


def test_runs_of_another_budget_size_or_network_are_never_averaged_together(runs):
    row = read_rows(SHIPPED_RUNS / "models.jsonl")[0]
    others = [{**row, "epochs_or_steps": 3, "network": "a"}, {**row, "n": 1000, "network": "b"}]
    server_runs_path("models").parent.mkdir(parents=True)
    server_runs_path("models").write_text("".join(json.dumps(other) + "\n" for other in others))
    table = summarize_runs(load_runs("mnist"))
    same = table[table["method_id"] == row["method"]]
    assert sorted(zip(same["n"], same["budget"], same["seeds"], strict=True)) == [
        (1000, "5,480 steps", 1),
        (70_000, "3 steps", 1),
        (70_000, "5,480 steps", 2),
    ]
    assert len(set(same[same["n"] == 70_000]["method"])) == 2  # told apart by their settings
    (usual,) = same[(same["n"] == 70_000) & (same["budget"] == "5,480 steps")].to_dict("records")
    assert usual["mean"] == pytest.approx(raw("models").query("data == 'mnist' and method == @row['method']")["acc"].mean())


def test_rows_that_this_server_adds_count_and_a_repeated_or_broken_one_does_not(runs):
    shipped = read_rows(SHIPPED_RUNS / "mixtures.jsonl")[0]
    new = {**shipped, "seed": 7, "network": "new", "acc": 0.5}
    path = server_runs_path("mixtures")
    path.parent.mkdir(parents=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in (shipped, new, {"data": "mnist"})))
    table = load_runs(shipped["data"])
    same = table[table["method_id"] == shipped["method"]]
    assert sorted(same["seed"]) == [0, 1, 7]
    assert same[same["here"]]["seed"].tolist() == [7]
    with path.open("a") as file:
        file.write('{"data": "mnist", "n"')  # cut by a full disk
    assert len(load_runs()) == len(raw("models")) + len(raw("mixtures"))


# --- what is missing ------------------------------------------------------------------------------------------------------


def test_what_is_missing_is_every_usual_method_without_its_seed():
    found = {part.study: part for part in missing_runs.missing_runs("mnist", 2)}
    assert found["models"].runs == (("k-means", 0), ("k-means", 1))
    assert found["models"].like == "fashion-mnist"  # k-means on raw MNIST was never run: the cost is that of its like
    assert set(found["mixtures"].runs) == {("gmvae", 1), ("idec", 1)}
    there = raw("mixtures").query("data == 'mnist' and method in ['gmvae', 'idec']")["cpu_minutes"].sum()
    assert found["mixtures"].minutes == pytest.approx(there)
    assert missing_runs.missing_runs("mnist", 1, ["VaDE", "AE + GMM"]) == []
    with pytest.raises(BadInput, match="no method 'magic'"):
        missing_runs.missing_runs("mnist", 2, ["magic"])
    with pytest.raises(BadInput, match="No study knows"):
        missing_runs.missing_runs("moons", 2)


def test_a_network_and_a_map_that_methods_share_are_paid_once():
    (part,) = missing_runs.missing_runs("usps", 2, ["AE + GMM", "AE + UMAP + HDBSCAN"])
    rows = raw("models").query("data == 'usps'").set_index("method")
    own = rows.loc[["AE + GMM", "AE + UMAP + HDBSCAN"], "cpu_minutes"].sum()
    assert part.minutes == pytest.approx(own + rows["training_cpu_minutes"].max())


def test_missing_runs_are_made_by_a_job_whose_rows_go_to_the_servers_own_file(runs, monkeypatch):
    monkeypatch.setattr(missing_runs, "load_runs", lambda: load_runs()[lambda table: table["seed"] != 0])
    (part,) = missing_runs.missing_runs("digits", 1, ["AE + k-means (network of the deep models)"])
    assert part.methods == ("AE + k-means",)
    job = start_study(part, "o" * 16)
    assert ("--out", str(server_runs_path("mixtures"))) == job.command[-2:]
    state = jobs.wait(job)
    assert state.status == "done", state.message
    assert state.result["rows"] == 1
    assert state.last["stage"] == "study"
    assert not server_runs_path("mixtures").exists()  # the package holds this run already
    assert [found.id for found, _ in study_jobs("digits", "o" * 16)] == [job.id]
    assert study_jobs("mnist", "o" * 16) == []
    assert study_jobs("digits", "p" * 16) == []


# --- with and without the climb --------------------------------------------------------------------------------------------


def test_a_pair_is_the_same_network_space_points_and_seed():
    runs = read_rows(SHIPPED_RUNS / "pilot.jsonl")
    table = paired_runs("mnist")
    pilot = table[table["study"] == "pilot"]
    assert len(pilot) == 2 * sum(row["variant"] != "no climb" for row in runs)
    one = pilot[
        (pilot["place"] == "AE, latent space") & (pilot["climb"] == "k = 1 %, 10 steps") & (pilot["variant"] == "per point")
    ]
    for reader, column in ((K_MEANS_READER, "k_means"), (PLATEAU_READER, "acc")):
        for row in one[one["reader"] == reader].itertuples():
            mine = [r for r in runs if (r["kind"], r["space"], r["seed"]) == ("ae", "latent", row.seed)]
            (start,) = [r for r in mine if r["variant"] == "no climb"]
            (end,) = [r for r in mine if (r["share"], r["steps"], r["variant"]) == (0.01, 10, "per point")]
            np.testing.assert_array_equal([row.before, row.after], np.array([start[column], end[column]], float))
    networks = {(row["data"], row["method"], row["seed"]): row["network"] for row in read_rows(SHIPPED_RUNS / "models.jsonl")}
    for row in paired_runs()[lambda t: t["study"] == "models"].itertuples():
        assert networks[row.data, "AE + UMAP + sweep", row.seed] == networks[row.data, "AE + UMAP + climb + sweep", row.seed]


def test_runs_of_different_networks_are_no_pair(runs):
    rows = [row for row in read_rows(SHIPPED_RUNS / "models.jsonl") if row["data"] == "mnist" and row["method"].endswith("sweep")]
    odd = {**next(row for row in rows if row["method"] == "AE + UMAP + sweep"), "network": "another", "seed": 0}
    path = server_runs_path("models")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(odd) + "\n")
    assert len(paired_runs("mnist")[lambda t: t["study"] == "models"]) == 2


def test_differences_are_pandas_own_and_say_their_sign():
    table = paired_runs("mnist")
    found = paired_differences(table)
    (row,) = found[
        (found["reader"] == K_MEANS_READER) & (found["place"] == "AE, latent space") & (found["climb"] == "k = 1 %, 10 steps") & (found["variant"] == "per point")
    ].to_dict("records")  # fmt: skip
    part = table[(table[list(pairs.COMPARISON_KEYS)] == pd.Series({key: row[key] for key in pairs.COMPARISON_KEYS})).all(axis=1)]
    gain = part["after"] - part["before"]
    assert (row["difference"], row["sd"]) == (pytest.approx(gain.mean()), pytest.approx(gain.std()))
    assert (row["gained"], row["lost"], row["both"]) == (2, 1, 3)
    assert row["words"].startswith(
        "Up by 0.037 ± 0.061 on average, more in 2 and less in 1 of 3 seeds: no more than it varies between seeds."
    )
    assert "too few" in row["words"]
    assert not found["words"].str.contains(r"significan|p [<=]", regex=True).any()


@pytest.mark.parametrize(
    ("gains", "said"),
    [
        ([0.1], "One pair: +0.100"),
        ([-0.1, -0.2], "Down by 0.150 ± 0.071"),
        ([0.0, 0.0], "Unchanged on average"),
        ([np.nan], "0 of 1 seed before"),
    ],
)
def test_words_follow_the_sign(gains, said):
    rows = [
        {
            **dict.fromkeys(pairs.COMPARISON_KEYS, "x"), "n": 10, "reader": PLATEAU_READER, "seed": seed, "score": "acc", "before": 0.5, "after": 0.5 + gain,
            "k_before": np.nan if np.isnan(gain) else 10, "k_after": 10, "length_before": 1.0, "length_after": 2.0,
        }
        for seed, gain in enumerate(gains)
    ]  # fmt: skip
    (row,) = paired_differences(pd.DataFrame(rows)).to_dict("records")
    assert said in row["words"]
    assert describe_difference(row) == row["words"]
    assert row["longer"] == len(gains)
    assert format_signed(-0.1) == "−0.100"


# --- a user's own models ---------------------------------------------------------------------------------------------------


def own(seed: int, group: str = "g", **said: object) -> UserModel:
    model = StoredModel(f"m{seed}", f"Heron {seed}", Path("nowhere"), "vade", 10, 64, "digits", 5, seed, float(seed))
    scores = {"acc": 0.5 + 0.1 * seed, "nmi": 0.5, "ari": 0.4, "purity": 0.6, "noise": 0.02}
    after = {"suggestion": {"n_clusters": 9, "log_length": 2.0, "reason": ""}, "eps": 1.0, "scores": scores}
    before = {"suggestion": {"n_clusters": None, "log_length": 0.1, "reason": "no plateau"}, "eps": None, "scores": None}
    clusters = {"kind": "vade", "given": 10, "used": 9, "acc": 0.7}
    result = {"data": "digits", "n": 400, "steps": 30, "before": before, "own_clusters": clusters, **after, **said}
    return UserModel(model, Experiment(model="mine:x", n=400), 10, group, None, State("done", None, result, "", 1, 1.0))


def test_models_that_differ_in_the_seed_alone_are_repetitions_of_each_other_and_others_are_not():
    models = [own(1), own(0), own(5, group="another")]
    table = summarize_runs(user_runs(models)).set_index("method")
    heron = table.loc["Heron 0 and 1 more seed, climb + sweep"]
    assert (heron["seeds"], heron["mean"], heron["sd"]) == (2, pytest.approx(0.55), pytest.approx(0.0707, abs=1e-4))
    assert table.loc["Heron 0 and 1 more seed, sweep", "k"] == "none, none"
    assert table.loc["Heron 0 and 1 more seed, its own clusters", "group"] == K_GIVEN
    assert table.loc["Heron 5, climb + sweep", "seeds"] == 1
    both = paired_differences(paired_runs("digits", "acc", user_pairs(models))[lambda t: t["study"] == "yours"])
    assert sorted(both["seeds"]) == [1, 2]
    assert (both["readable_before"] == 0).all()
    assert (both["readable_after"] == both["seeds"]).all()
    figure = methods_chart(user_runs(models), summarize_runs(user_runs(models)), published_table("digits"), "acc", "ACC")
    assert "Your models" in " ".join(note.text for note in figure.layout.annotations)


# --- published figures -----------------------------------------------------------------------------------------------------


def test_published_figures_are_whole_and_stand_apart_where_their_convention_differs():
    entries = published()
    assert {entry.data for entry in entries} == {"mnist", "fashion-mnist", "usps"}
    ids = set(load_runs()["method_id"]) | {"k-means", "GMM"}
    for entry in entries:
        assert entry.status in STATUSES
        assert entry.labels in LABELS
        assert entry.source
        assert any(value is not None for value in (entry.acc, entry.nmi, entry.ari))
        assert all(value is None or 0 < value < 1 for value in (entry.acc, entry.nmi, entry.ari, entry.sd, entry.low, entry.high))
        assert entry.beside is None or entry.beside in ids
    apart = {entry.method for entry in published("mnist") if entry.departs}
    assert {
        "SPC",
        "DynAE",
        "IIC",
        "GMVAE, K = 10, M = 1",
        "GMVAE, K = 16, M = 10",
        "AE (5 dimensions) + GIT",
        "UMAP + HDBSCAN, raw pixels",
    } <= apart
    assert not {"VaDE", "DEC", "N2D", "AE + k-means"} & apart
    (vade,) = [entry for entry in published("mnist") if entry.method == "VaDE, 20 seeds"]
    assert (vade.acc, vade.sd, vade.runs, vade.beside) == (0.716, 0.044, "20", "vade")
    assert {entry.status for entry in published("mnist") if entry.method == "IDEC"} == {"unconfirmed"}


def test_published_figures_are_never_in_a_mean():
    table = published_table("mnist")
    assert not set(table["method"]) & set(summarize_runs(load_runs("mnist"))["settings"])
    assert len(load_runs("mnist")) == len(raw("models").query("data == 'mnist'")) + len(raw("mixtures").query("data == 'mnist'"))


# --- confusion -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_a_confusion_matrix_holds_every_point_and_its_diagonal_is_acc(seed):
    rng = np.random.default_rng(seed)
    n, classes, clusters = 500, int(rng.integers(2, 8)), int(rng.integers(1, 40))
    y, labels = rng.integers(classes, size=n), rng.integers(-2, clusters, size=n)
    labels[: n // 2] = y[: n // 2] % clusters
    table = confusion_matrix(y, labels, [f"class {c}" for c in range(classes)])
    assert table.n == n
    assert sum(table.counts[cell] for cell in table.matched) == round(score(y, labels).acc * n)
    assert table.acc == pytest.approx(score(y, labels).acc)
    rows = [row for row, _ in table.matched]
    assert rows == sorted(rows)  # matched columns in the order of their classes
    for at, column in enumerate(table.columns):
        for row, value in enumerate(table.class_values):
            assert table.counts[row, at] == ((y == value) & np.isin(labels, column.clusters)).sum()
    named = [label for column in table.columns for label in column.clusters]
    assert sorted(named) == sorted(set(labels.tolist()))
    assert table.columns[-1].name == NOISE_COLUMN
    assert sum(column.name == SMALL_COLUMN for column in table.columns) <= 1


def test_the_points_of_a_cell_are_those_counted_the_most_typical_first():
    result = Experiment().run()
    table = result_confusion(result)
    assert table.acc == pytest.approx(result.scores.acc)
    row, at = table.largest_error()
    assert (row, at) not in table.matched
    points = cell_members(result, table, row, at)
    assert len(points) == table.counts[row, at] == max(
        table.counts[r, c] for r in range(10) for c, column in enumerate(table.columns) if (r, c) not in table.matched and column.name not in (NOISE_COLUMN, SMALL_COLUMN)
    )  # fmt: skip
    assert set(np.asarray(result.dataset.y)[points]) == {table.class_values[row]}
    density = result.trajectory.log_density[0][points]
    assert (np.diff(density) <= 0).all()
    with pytest.raises(BadInput, match="column"):
        cell_members(result, table, 0, 99)
    with pytest.raises(BadInput, match="equally long"):
        confusion_matrix([0, 1], [0])


def test_a_result_knows_what_its_points_said_before_the_climb():
    result = Experiment(dataset="blobs", n=600, model=None).run()
    said, start = unclimbed_result(result), Experiment(dataset="blobs", n=600, model=None, ascent=None).run()
    assert said["suggestion"] == start.suggestion.to_dict()
    assert said["scores"] == (start.scores.to_dict() if start.scores else None)


# --- charts ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", run_table.SCORES)
@pytest.mark.parametrize("data", ["mnist", "digits", "usps", "r8"])
def test_the_chart_shows_every_run_once_and_every_published_figure_once(data, by):
    runs, others = load_runs(data), published_table(data)
    figure = methods_chart(runs, summarize_runs(runs, by), others, by, by.upper())
    dots = [x for trace in figure.data if trace.name == "a run" and trace.x[0] is not None for x in trace.x]
    assert sorted(dots) == sorted(runs[by].dropna())
    diamonds = [t.x[0] for t in figure.data if t.name in STATUSES]
    assert sorted(diamonds) == pytest.approx(sorted(others[by].dropna()))
    texts = " ".join(note.text for note in figure.layout.annotations)
    for method in summarize_runs(runs, by)["method"]:
        assert str(method).replace("&", "&amp;") in texts


def test_the_chart_of_pairs_draws_a_line_for_every_seed_that_has_both():
    table = paired_runs("mnist")
    table = table[table["variant"] == "per point"]
    figure = climb_chart(table, paired_differences(table), "ACC", dark=True)
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert len(lines) == len(table.dropna(subset=["before", "after"]))
    assert len([t for t in figure.data if t.name == "before the climb" and t.x[0] is not None]) == table["before"].notna().sum()
