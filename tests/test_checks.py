"""One boundary: every public function takes the same kinds of points and labels, and refuses the same, with row and column named."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import polars
import pyarrow as pa
import pytest
import scipy.sparse
import torch
from threadpoolctl import threadpool_limits

import vaegc
from vaegc import (
    AscentConfig,
    BadInput,
    Dataset,
    EpsilonSweep,
    Experiment,
    KernelDensity,
    MapConfig,
    ModelConfig,
    Posterior,
    Stopped,
    score,
)
from vaegc.checks import as_classes, as_points, check_classes, check_count, check_number, check_spread, encode_labels
from vaegc.experiment.spec import ClusterConfig
from vaegc.metrics import dbcv
from vaegc.studies.confusion import confusion_matrix

# Two groups of six, halves and wholes: every type of number holds them exactly.
POINTS = np.array([[0, 0], [0.5, 0], [0, 0.5], [1, 0], [0, 1], [1, 1]] * 2, dtype=np.float64)
POINTS[6:] += 8
TRUTH = np.repeat([0, 1], 6)
TINY = ModelConfig(kind="ae", latent_dim=2, hidden=(4,), epochs=1)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Threads of a k-means of twelve points wait for each other on a busy machine."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def fitted():
    """A result, a model and a sweep, to be asked for other points."""
    clustering = ClusterConfig(min_samples=3, eps=2.0)
    result = Experiment(dataset=Dataset(x=POINTS), ascent=AscentConfig(steps=1, bandwidth=1.0), clustering=clustering).run()
    model = vaegc.train(Dataset(x=POINTS), TINY)
    return {
        "result": result,
        "model": model,
        "sweep": EpsilonSweep(3).fit(POINTS),
        "density": KernelDensity(POINTS, bandwidth=1.0),
    }


TAKES = {
    "Dataset": lambda x, f: Dataset(x=x).x,
    "Experiment": lambda x, f: Experiment(dataset=x).load().x,
    "EpsilonSweep.fit": lambda x, f: EpsilonSweep(3).fit(x).core_distances_,
    "EpsilonSweep.predict": lambda x, f: f["sweep"].predict(x, 2.0),
    "eps_floor": lambda x, f: vaegc.eps_floor(x),
    "vote": lambda x, f: vaegc.vote(x, TRUTH, methods=("plateau",), min_samples=3)["acc"].to_numpy(),
    "baseline": lambda x, f: vaegc.baseline("kmeans", x, 2).labels,
    "project": lambda x, f: vaegc.project(x, "pca").points,
    "Space.place": lambda x, f: f["result"].space.place(x),
    "KernelDensity": lambda x, f: KernelDensity(x, bandwidth=1.0).centers,
    "log_prob": lambda x, f: f["density"].log_prob(x),
    "ascend": lambda x, f: vaegc.ascend(x, f["density"], steps=1).points[-1],
    "train": lambda x, f: vaegc.train(x, TINY).encode(POINTS).mean,
    "encode": lambda x, f: f["model"].encode(x).mean,
    "decode": lambda x, f: f["model"].decode(x),
    "Result.predict": lambda x, f: f["result"].predict(x),
    "dbcv": lambda x, f: dbcv(x, TRUTH),
}  # fmt: skip
REFUSES = TAKES | {"choose": lambda x, f: vaegc.choose(x)}


def interchange(frame):
    """A table that speaks the protocol of data frames, and nothing else."""
    held = pa.table(frame)
    return type("Table", (), {"__dataframe__": lambda self, **how: held.__dataframe__(**how)})()


NAMED = pd.DataFrame(POINTS, columns=["height", "width"])
ACCEPTED = {
    "lists": POINTS.tolist,
    "tuples": lambda: tuple(map(tuple, POINTS.tolist())),
    "float16": lambda: POINTS.astype(np.float16),
    "float32": lambda: POINTS.astype(np.float32),
    "longdouble": lambda: POINTS.astype(np.longdouble),
    "big-endian": lambda: POINTS.astype(">f8"),
    "Fortran": lambda: np.asfortranarray(POINTS),
    "strided": lambda: np.repeat(POINTS, 3, axis=1)[:, ::3],
    "read-only": lambda: np.frombuffer(POINTS.tobytes()).reshape(POINTS.shape),
    "objects": lambda: POINTS.astype(object),
    "decimals": lambda: [[Decimal(str(value)) for value in row] for row in POINTS],
    "unmasked": lambda: np.ma.array(POINTS, mask=np.zeros(POINTS.shape, bool)),
    "matrix": lambda: np.asmatrix(POINTS),
    "pandas": NAMED.copy,
    "pandas with names of rows": lambda: NAMED.set_axis([f"row {i}" for i in range(12)]),
    "nullable": lambda: NAMED.astype("Float64"),
    "arrow columns": lambda: NAMED.convert_dtypes(dtype_backend="pyarrow"),
    "categories of numbers": lambda: NAMED.astype("category"),
    "objects in a frame": lambda: NAMED.astype(object),
    "arrow": lambda: pa.table(NAMED),
    "interchange": lambda: interchange(NAMED),
    "polars": lambda: polars.DataFrame(POINTS),
    "tensor": lambda: torch.tensor(POINTS),
    "tensor with gradient": lambda: torch.tensor(POINTS, requires_grad=True),
    "bfloat16": lambda: torch.tensor(POINTS).bfloat16(),
    "list of tensors": lambda: [torch.tensor(row, requires_grad=True) for row in POINTS],
    "Dataset": lambda: Dataset(x=POINTS),
    "Space": lambda: vaegc.project(POINTS, "latent"),
    "Posterior": lambda: Posterior(POINTS, None),
}  # fmt: skip


def holed(value, dtype=np.float64):
    x = POINTS.astype(dtype)
    x[3, 1] = value
    return x


def labelled(**columns):
    return NAMED.assign(**columns)


REFUSED = {
    "NaN": (lambda: holed(np.nan), "NaN, infinity or nothing .the first: row 3, column 1"),
    "infinity": (lambda: holed(np.inf), "row 3, column 1"),
    "None": (lambda: holed(None, object), "row 3, column 1"),
    "NA": (lambda: NAMED.astype("Float64").mask(NAMED["width"] == 9).astype("Float64"), "row 10, column 'height'"),
    "NaN in a frame": (lambda: NAMED.mask(NAMED == 9), "row 9, column 'height'"),
    "polars null": (lambda: polars.DataFrame({"u": [1.0, None] * 6}), "row 1, column 'u'"),
    "complex": (lambda: POINTS + 0j, "these are complex"),
    "complex objects": (lambda: holed(1j, object), "row 3, column 1 holds the complex number 1j"),
    "complex column": (lambda: labelled(z=1j), "column 'z' holds complex numbers"),
    "dates": (lambda: POINTS.astype("M8[D]"), "these are dates"),
    "durations": (lambda: POINTS.astype("m8[s]"), "these are durations"),
    "date column": (lambda: labelled(when=pd.Timestamp("2020-01-01")), "column 'when' holds dates"),
    "date column with a zone": (lambda: labelled(when=pd.Timestamp("2020-01-01", tz="UTC")), "column 'when' holds dates"),
    "duration column": (lambda: labelled(took=pd.Timedelta("1s")), "column 'took' holds durations"),
    "periods": (lambda: labelled(month=pd.period_range("2020", periods=12, freq="M")), "column 'month' holds the date 2020-01"),
    "date objects": (lambda: holed(datetime.date(2020, 1, 1), object), "row 3, column 1 holds the date 2020-01-01"),
    "NumPy's dates in objects": (lambda: holed(np.datetime64("2020-01-01"), object), "row 3, column 1 holds the date"),
    "masked": (lambda: np.ma.array(POINTS, mask=POINTS == 9), "cells are masked .the first: row 9, column 0"),
    "list of masked rows": (lambda: [np.ma.array(row, mask=row == 9) for row in POINTS], "cells are masked .the first: row 9, col"),
    "a word": (lambda: labelled(colour=["red", *"bcdefghijkl"]), "row 0, column 'colour' holds the text 'red'"),
    "a word in objects": (lambda: holed("x", object), "row 3, column 1 holds the text 'x'"),
    "a word in a list": (lambda: [[1.0, 2.0], [3.0, "four"]], "row 1, column 1 holds the text 'four'"),
    "text of numbers": (lambda: POINTS.astype(str), "row 0, column 0 holds the text '0.0'"),
    "bytes": (lambda: POINTS.astype("S"), "row 0, column 0 holds the text '0.0'"),
    "lists in a column": (lambda: pd.DataFrame({"v": [[1, 2], [3, 4]]}), r"row 0, column 'v' holds \[1, 2\] \(list\)"),
    "ragged": (lambda: [[1.0, 2.0], [3.0]], "row 1 has 1 and row 0 has 2"),
    "one axis": (lambda: POINTS[:, 0], "two axes .points, features.; got shape .12,.; make one feature of it"),
    "a column": (lambda: NAMED["width"], "two axes"),
    "three axes": (lambda: POINTS[None], r"two axes .points, features.; got shape \(1, 12, 2\)"),
    "no points": (lambda: POINTS[:0], "at least one point"),
    "no features": (lambda: POINTS[:, :0], "at least one point and one feature"),
    "an empty list": (list, "at least one point"),
    "an empty frame": (pd.DataFrame, "at least one point"),
    "sparse": (lambda: scipy.sparse.csr_array(POINTS), r"sparse matrix; give its .toarray\(\)"),
    "sparse tensor": (lambda: torch.tensor(POINTS).to_sparse(), r"sparse tensor; give its .to_dense\(\)"),
    "fields": (lambda: NAMED.to_records(index=False).reshape(-1, 1), "named fields"),
    "beyond float": (lambda: holed(10**400, object), "row 3, column 1 is not; scale"),
    "a trajectory": (lambda: vaegc.ascend(POINTS, KernelDensity(POINTS), steps=1), "this is a Trajectory; give one of its frames"),
}  # fmt: skip
NO_TABLES = {"nothing": None, "a number": 5.0, "a dictionary": {"a": [1.0]}, "a generator": map(float, ())}


@pytest.fixture(scope="module")
def expected(fitted):
    return {name: take(POINTS, fitted) for name, take in TAKES.items()}


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("kind", ACCEPTED)
@pytest.mark.parametrize("function", TAKES)
def test_every_function_takes_every_kind_of_points(function, kind, fitted, expected):
    got = TAKES[function](ACCEPTED[kind](), fitted)
    np.testing.assert_allclose(got, expected[function], rtol=1e-6 if function in ("train", "encode", "decode") else 0)


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("function", REFUSES)
def test_every_function_refuses_what_is_no_table_of_numbers_and_names_the_place(function, kind, fitted):
    make, words = REFUSED[kind]
    with pytest.raises(BadInput, match=words) as caught:
        REFUSES[function](make(), fitted)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", NO_TABLES)
@pytest.mark.parametrize("function", REFUSES)
def test_what_is_no_table_at_all_is_a_sentence(function, kind, fitted):
    with pytest.raises(BadInput, match="table of numbers"):
        REFUSES[function](NO_TABLES[kind], fitted)


@pytest.mark.parametrize("given", [POINTS > 0.5, POINTS.astype(np.int8), pd.DataFrame(POINTS > 0.5).astype("boolean")], ids=str)
def test_truth_values_and_whole_numbers_are_numbers(given):
    assert as_points(given).dtype == np.float64
    np.testing.assert_array_equal(as_points(given), np.asarray(given, dtype=np.float64))


def test_an_array_that_is_as_it_should_be_is_not_copied():
    x = POINTS.copy()
    assert as_points(x) is x


def test_numbers_beyond_float32_are_named_where_that_is_asked_for():
    with pytest.raises(BadInput, match=r"range of float32, ±3.4e.38, but row 3, column 1 holds 1e.39; scale"):
        as_points(holed(1e39), dtype=np.float32)
    with pytest.raises(BadInput, match=r"range of float64, ±1.8e.308, but row 3, column 1"):
        as_points(holed(np.longdouble("1e400"), np.longdouble))


def test_a_choice_is_made_of_data_themselves(monkeypatch):
    asked = []

    class ChoiceBuilder:
        def __init__(self, spec, _part_store, _callback):
            asked.append(spec)
            raise Stopped("here")

    monkeypatch.setattr("vaegc.selection.builder.ChoiceBuilder", ChoiceBuilder)
    with pytest.raises(Stopped):
        vaegc.choose(NAMED)
    assert asked == [Experiment(dataset=Dataset(x=POINTS), model=None)]


# --- labels ----------------------------------------------------------------------------------------------------------

WORDS = ["b", "a", "b", "a"]
KINDS_OF_LABELS = {
    "whole": [1, 0, 1, 0],
    "small": np.array([1, 0, 1, 0], np.int8),
    "unsigned": np.array([2**63 + 1, 0, 2**63 + 1, 0], np.uint64),
    "whole floats": [1.0, 0.0, 1.0, 0.0],
    "other floats": [2.5, 0.5, 2.5, 0.5],
    "truth values": [True, False, True, False],
    "words": WORDS,
    "an array of words": np.array(WORDS),
    "objects": np.array(WORDS, object),
    "bytes": np.array(WORDS, "S"),
    "bytes in a list": [word.encode() for word in WORDS],
    "mixed": ["x", 1, "x", 1],
    "large": [10**30, 3, 10**30, 3],
    "dates": np.array(["2020-01-02", "2020-01-01"] * 2, "M8[D]"),
    "categories": pd.Categorical(WORDS),
    "a column": pd.Series(WORDS),
    "a column of categories": pd.Series(WORDS, dtype="category"),
    "nullable": pd.array([3, 1, 3, 1], dtype="Int64"),
    "arrow": pa.array(WORDS),
    "tensor": torch.tensor([1, 0, 1, 0]),
    "data set": Dataset(x=np.ones((4, 1)), y=np.array([1, 0, 1, 0])),
}  # fmt: skip
CLUSTERED = np.array([[0.0], [9.0], [0.5], [9.5]])
USES_LABELS = {
    "score": lambda y: score(y, [5, 7, 5, -1]).acc,
    "score's labels": lambda y: score([0, 1, 0, 1], y).acc,
    "vote": lambda y: vaegc.vote(CLUSTERED, y, methods=("plateau",), min_samples=2, min_size=1)["acc"].iloc[0],
    "curve": lambda y: EpsilonSweep(2).fit(CLUSTERED).curve(y)["acc"].max(),
    "curve, nearest": lambda y: EpsilonSweep(2).fit(CLUSTERED).curve(y, noise="nearest", n_eps=3)["acc"].max(),
    "baseline": lambda y: vaegc.baseline("kmeans", CLUSTERED, 2, y=y).scores.acc,
    "dbcv": lambda y: dbcv(CLUSTERED, y),
    "confusion": lambda y: confusion_matrix(y, [0, 1, 0, 1]).acc,
    "Dataset": lambda y: [c == Dataset(x=CLUSTERED, y=y).y[0] for c in Dataset(x=CLUSTERED, y=y).y],
}  # fmt: skip
MISSING_LABELS = {
    "None": ["a", "b", None, "a"],
    "NaN": [0.0, 1.0, np.nan, 1.0],
    "NaN among words": ["a", "b", float("nan"), "a"],
    "NA": pd.array([1, 0, None, 1], dtype="Int64"),
    "no category": pd.Categorical(["a", "b", None, "a"]),
    "NaT": np.array(["2020", "2021", "NaT", "2020"], "M8[D]"),
    "masked": np.ma.array([0, 1, 0, 1], mask=[0, 0, 1, 0]),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS_OF_LABELS)
@pytest.mark.parametrize("function", USES_LABELS)
def test_every_function_takes_every_kind_of_labels(function, kind):
    assert USES_LABELS[function](KINDS_OF_LABELS[kind]) == USES_LABELS[function](KINDS_OF_LABELS["whole"])


@pytest.mark.parametrize("kind", MISSING_LABELS)
@pytest.mark.parametrize("function", USES_LABELS)
def test_every_function_refuses_missing_labels_and_names_the_first(function, kind):
    with pytest.raises(BadInput, match=r"1 of 4 is missing .the first: row 2"):
        USES_LABELS[function](MISSING_LABELS[kind])


@pytest.mark.parametrize(
    "wrong", [[0, 1], [[0], [1], [0], [1]], "abcd", 3, scipy.sparse.csr_array(CLUSTERED), [[0], [1, 2], 3, 4]], ids=str
)
@pytest.mark.parametrize("function", USES_LABELS)
def test_every_function_refuses_what_is_not_one_label_per_point(function, wrong):
    with pytest.raises(BadInput, match=r"one label per point|labels, one per point|equally long|sparse matrix"):
        USES_LABELS[function](wrong)


def test_whole_numbers_of_any_type_in_an_object_column_keep_their_order_and_names():
    given_ = np.array([np.int64(-1), np.int32(10), 2], dtype=object)
    assert as_classes(given_).tolist() == [-1, 10, 2]
    assert as_classes(np.array([np.float64(10), np.float32(2)], dtype=object)).tolist() == [10, 2]


def test_a_number_of_numpy_equals_the_one_that_it_holds():
    one, other = EpsilonSweep(5, np.float64(0.1)), EpsilonSweep(5, np.float64(0.1))
    assert one == other == EpsilonSweep(5, 0.1)
    assert hash(one) == hash(EpsilonSweep(5, 0.1))
    assert one != EpsilonSweep(5, 0.2)


def test_polars_columns_are_labels():
    pl = polars
    assert as_classes(pl.Series(WORDS)).tolist() == [1, 0, 1, 0]
    assert as_classes(pl.Series(WORDS, dtype=pl.Categorical)).tolist() == [1, 0, 1, 0]
    with pytest.raises(BadInput, match="row 1"):
        as_classes(pl.Series(["a", None]))


def test_noise_and_unassigned_keep_their_meaning_in_whatever_they_come():
    for labels in ([0, 0, 1, -1, -2], ["0", "0", "1", "-1", "-2"], [0.0, 0.0, 1.0, -1.0, -2.0], ["a", "a", "b", "-1", "-2"]):
        got = score([0, 0, 1, 1, 1], labels)
        assert (got.noise, got.n_clusters, got.acc) == (0.2, 2, 0.6)


def test_classes_have_names_in_sorted_order_and_bytes_are_read_as_text():
    names = {
        "words": ("a", "b"), "bytes": ("a", "b"), "bytes in a list": ("a", "b"), "categories": ("a", "b"), "whole floats": ("0", "1"),
        "truth values": ("False", "True"), "nullable": ("1", "3"), "mixed": ("1", "x"), "other floats": ("0.5", "2.5"),
    }  # fmt: skip
    for kind, expected in names.items():
        index, got = encode_labels(KINDS_OF_LABELS[kind])
        assert got == expected, kind
        assert index.tolist() == [1, 0, 1, 0]
    assert encode_labels(np.array([10, 2], object))[1] == ("2", "10")
    assert Dataset(x=CLUSTERED, y=WORDS).class_names == ("a", "b")
    assert Dataset(x=CLUSTERED, y=np.array(WORDS, "S")).class_counts() == {"a": 2, "b": 2}


def test_classes_of_a_data_set_are_not_negative():
    assert check_classes([3, 0], 2)[1] is None
    with pytest.raises(BadInput, match="must not be negative, and row 1 is -1"):
        check_classes([0, -1], 2)


# --- values, settings, words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [0, -1, 1.0, 5.0, 1.5, 0.0, True, "3", None, np.nan, [4]])
def test_a_count_is_a_whole_number_or_a_share(bad):
    with pytest.raises(BadInput, match="min_size must be a whole number of points, or a share"):
        check_count(bad, "min_size")
    with pytest.raises(BadInput, match="min_size"):
        ClusterConfig(min_size=bad)


def test_a_number_beyond_all_floats_is_a_sentence():
    with pytest.raises(BadInput, match="h must be a number, above 0; got 1000"):
        check_number(10**400, "h", 0, open_low=True)


BAD_SETTINGS = {
    "neighbors": [(AscentConfig, {"neighbors": bad}) for bad in (5.0, 1.5, 0, -0.1, True, "many")],
    "bandwidth": [(AscentConfig, {"bandwidth": bad}) for bad in (0, 1e-200, 1e200, "wide", True)],
    "neighbors and bandwidth": [(AscentConfig, {"neighbors": 5, "bandwidth": 1.0})],
    "min_size": [(ClusterConfig, {"min_size": bad}) for bad in (1.5, 2.0, 0)],
    "max_noise": [(ClusterConfig, {"max_noise": 1.1})],
    "dim": [(MapConfig, {"dim": bad}) for bad in (0, 4, 2.0)],
    "n_neighbors": [(MapConfig, {"n_neighbors": 15.0})],
    "latent_dim": [(ModelConfig, {"latent_dim": 2.0})],
}  # fmt: skip


@pytest.mark.parametrize("setting", BAD_SETTINGS)
def test_settings_that_cannot_be_used_fail_when_they_are_made(setting):
    for config, given in BAD_SETTINGS[setting]:
        with pytest.raises(BadInput, match=setting):
            config(**given)


MADE = [
    AscentConfig(neighbors=np.int64(5), steps=np.int64(3), alpha=np.float32(0.5), keep_every=np.int32(2)),
    ClusterConfig(min_samples=np.int64(3), min_size=np.float64(0.25), eps=np.float32(0.5)),
    MapConfig(dim=np.int64(3), perplexity=np.float32(5)),
    ModelConfig(kind="ae", latent_dim=np.int64(3), hidden=[np.int64(8)]),
    Experiment(dataset="moons", seed=np.int64(3), n=np.int32(60)),
]


@pytest.mark.parametrize("config", MADE, ids=lambda c: type(c).__name__)
def test_settings_are_plain_data_and_come_back(config):
    again = type(config).from_dict(config.to_dict())
    assert again == config
    assert hash(again) == hash(config)
    assert replace(config) == config
    if isinstance(config, Experiment):
        assert Experiment.from_yaml(config.to_yaml()) == config  # YAML takes Python's own numbers only


@pytest.mark.parametrize("config", [AscentConfig, ClusterConfig, MapConfig, ModelConfig, Experiment])
def test_unknown_settings_are_named_in_one_way(config):
    with pytest.raises(BadInput, match=r"^Unknown .*settings: depth, speed; known are "):
        config.from_dict({"speed": 1, "depth": 2})
    with pytest.raises(BadInput, match="must be a group of settings; got 3"):
        config.from_dict(3)


def test_settings_show_what_differs_from_the_default():
    assert repr(AscentConfig()) == "AscentConfig()"
    assert repr(AscentConfig(steps=3, neighbors=0.1)) == "AscentConfig(neighbors=0.1, steps=3)"
    assert repr(Experiment(dataset="moons", n=60, ascent=None)) == "Experiment(dataset='moons', model=None, ascent=None, n=60)"


def test_what_holds_arrays_shows_itself_on_one_line_and_is_compared_by_value():
    def made():
        spec = Experiment(dataset="moons", n=60, ascent=AscentConfig(steps=2), clustering=ClusterConfig(min_samples=3))
        result = spec.run()
        return {
            "Dataset": result.dataset, "Trajectory": result.trajectory, "Space": result.space, "Result": result, "EpsilonSweep": result.sweep,
            "Scene": result.scene(), "Baseline": vaegc.baseline("kmeans", result.dataset, 2), "Posterior": Posterior(np.ones((3, 2)), np.zeros((3, 2))),
        }  # fmt: skip

    one, two = made(), made()
    for name, thing in one.items():
        text = repr(thing)
        assert text.startswith(f"{name}("), text
        assert "\n" not in text
        assert "array" not in text
        assert len(text) < 500, text
        assert thing != text
        if name != "Baseline":  # whose seconds differ
            assert thing == two[name], name
            assert hash(thing) == hash(two[name])
    assert one["Dataset"] != replace(one["Dataset"], x=one["Dataset"].x + 1)
    assert one["Trajectory"] != one["Trajectory"][:2]
    assert one["EpsilonSweep"] != EpsilonSweep(4).fit(one["EpsilonSweep"].points_)
    assert Posterior(np.ones((3, 2)), None) != Posterior(np.zeros((3, 2)), None)
    assert EpsilonSweep(3) == EpsilonSweep(3) != EpsilonSweep(4)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            KernelDensity,
            "^All 3 points are equal, so a kernel density has nothing to separate; give points that differ.$",
        ),
        (vaegc.vote, "^All 3 points are equal, so voting has nothing"),
        (lambda x: vaegc.project(x, "tsne"), "^All 3 points are equal, so a map by t-SNE has nothing"),
        (lambda x: check_spread(x, "BIC"), "^All 3 points are equal, so BIC has nothing"),
        (lambda x: check_spread(x[:1], "an answer"), "^An answer needs at least 2 points; got 1.$"),
    ],
)
def test_equal_points_are_said_in_a_sentence(make, words):
    with pytest.raises(BadInput, match=words):
        make(np.ones((3, 2)))


# --- specs of data in memory -------------------------------------------------------------------------------------------


def test_data_in_memory_take_n_points_as_a_named_set_does():
    data = Dataset(x=vaegc.load_dataset("moons", n=200).x, name="mine")
    some = Experiment(dataset=data, n=50, seed=3).load()
    assert len(some) == 50
    assert some.notes[-1] == "random subset of 50 of 200 points (seed 3)"
    np.testing.assert_array_equal(some.rows, Experiment(dataset=data, n=50, seed=3).load().rows)
    assert len(Experiment(dataset=data, n=50, model=None, ascent=None).run().dataset) == 50
    with pytest.raises(BadInput, match="mine has 200 points; n must not be larger, got 201"):
        Experiment(dataset=data, n=201).load()


def test_a_model_is_taken_for_data_that_ask_for_it_only():
    own = Dataset(x=np.random.default_rng(0).random((20, 64)))
    assert Experiment(dataset=own).model is None
    assert Experiment(dataset=own, model="digits-vae").model == "digits-vae"
    assert Experiment().model == Experiment(dataset="digits").model == "digits-vae"
    assert Experiment(dataset="moons").model is None
    assert Experiment.from_yaml("dataset: moons").model is None
    assert Experiment.from_query("dataset=moons").model is None
    for spec in (Experiment(dataset="mnist", model="digits-vae"), Experiment(dataset="moons"), Experiment(model=None)):
        assert Experiment.from_query(spec.to_query()) == spec
        assert Experiment.from_yaml(spec.to_yaml()) == spec
    assert Experiment(dataset="moons").to_query() == "dataset=moons&model=off"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: vaegc.project(POINTS, "pca", dim=2).place([[1.0]]), "made from 2 dimensions; got points of 1"),
        (lambda: KernelDensity(POINTS[:, :1], bandwidth=1.0).log_prob(POINTS), "lives in 1 dimension, the points in 2"),
        (lambda: EpsilonSweep(1).fit(POINTS[:, :1]).predict(POINTS, 1.0), "points with 1 number each; got 2"),
        (lambda: Experiment(dataset=Dataset(x=POINTS[:1], name="mine"), n=2).load(), "mine has 1 point; n must not be larger"),
        (lambda: Dataset(x=POINTS[:, :1], features=("a", "b")), "1 feature, 2 names"),
        (lambda: score([[0]], [0]), "one label per point"),
        (lambda: vaegc.vote(POINTS[:1]), "^Voting needs at least 2 points; got 1.$"),
    ],
)
def test_one_is_said_as_one(make, words):
    with pytest.raises(BadInput, match=words):
        make()
    assert KernelDensity(POINTS, neighbors=1).name == "kernel density, bandwidth from 1 neighbour"
    assert EpsilonSweep(2).fit(POINTS[:1]).suggest().reason.startswith("1 point is fewer than min_samples = 2")
