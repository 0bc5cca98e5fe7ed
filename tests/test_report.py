"""The report says what was found, in numbers that are those of the result, and needs nothing but itself."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from vaegc import AscentConfig, ClusterConfig, Dataset, Experiment, Stopped
from vaegc.report import make_report
from vaegc.web.page import Page

TOY = Experiment(dataset="blobs", n=300, model=None, ascent=AscentConfig(steps=6))
SHARED = re.compile(r'<script type="module">.*?</script>', re.DOTALL)  # the stage, which has tests of its own
MOST_BYTES = 5_000_000


class Reader(HTMLParser):
    """Tables, code and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.code: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(SHARED.sub("", page))

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        self.ids += [said["id"]] if "id" in said else []
        self.links += [said[name] for name in ("src", "href", "xlink:href") if said.get(name)]
        self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        elif tag == "code":
            self.code.append("")

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if "code" in self.open:
            self.code[-1] += data
        elif ("td" in self.open or "th" in self.open) and self.tables and self.tables[-1]:
            self.tables[-1][-1][-1] += data.replace("\u00a0", " ")

    def table(self, first: str) -> list[list[str]]:
        """The table whose heads hold a word."""
        return next(table for table in self.tables if table and first in table[0])


def text(page: Page) -> str:
    """What a person reads."""
    bare = re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", SHARED.sub("", page.html), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())


@pytest.fixture(scope="module")
def toy():
    return TOY.run()


@pytest.fixture(scope="module")
def report(toy) -> Page:
    return toy.report()


@pytest.fixture(scope="module")
def digits():
    result = Experiment().run()
    return result, result.report()


def test_the_report_of_digits_is_small_and_whole(digits):
    result, page = digits
    assert len(page.html.encode()) <= MOST_BYTES
    words = text(page)
    assert words.startswith(
        "Handwritten digits: 9 clusters Handwritten digits: 9 clusters 1,797 digits · digits-vae · climbed and clustered"
    )
    assert result.suggestion.reason in words
    for title in (
        "What was found",
        "Every ε at once",
        "The climb",
        "Clusters",
        "Data and model",
        "Make it again",
        "How to read it",
        "Made with",
    ):
        assert f"<h2>{title}</h2>" in page.html
    assert "N = 1,797 · one run, seed 0 · clusters hold at least 1 % of the points · noise counts as wrong." in words
    assert "VAE, shipped as digits-vae" in words
    assert "CC BY 4.0." in words
    assert page.html.count("<figure>") == 5


def test_its_numbers_are_those_of_the_result(digits):
    result, page = digits
    read = Reader(page.html)
    rows = {row[0]: row[1:] for row in read.table("ACC")[1:]}
    s = result.scores
    assert rows["After the climb"] == [
        "30", f"{result.eps:.4g}", str(result.suggestion.n_clusters), str(s.n_clusters), f"{100 * s.noise:.1f} %",
        f"{s.acc:.3f}", f"{s.nmi:.3f}", f"{s.ari:.3f}", f"{s.purity:.3f}",
    ]  # fmt: skip
    assert rows["Before the climb"][:2] == ["0", "no readable plateau"]
    plateaus = result.sweep.plateaus().head(6)
    assert [float(row[0]) for row in read.table("length in ln ε")[1:]] == plateaus["n_clusters"].tolist()
    assert [row[3] for row in read.table("length in ln ε")[1:]] == [f"{length:.2f}" for length in plateaus["log_length"]]


def test_the_table_of_clusters_adds_up(digits):
    result, page = digits
    rows = Reader(page.html).table("true classes")[1:]
    labels, y = result.labels, result.dataset.y
    assert [int(row[0]) - int(row[1]) for row in rows] == [1] * 9  # as on the stage, and as in the labels
    for row in rows:
        members = labels == int(row[1])
        assert int(row[2].replace(",", "")) == members.sum()
        assert row[3] == f"{100 * members.mean():.1f} %"
        first = np.bincount(y[members]).argmax()
        assert row[4].startswith(f"{first}: {100 * (y[members] == first).mean():.0f} %")
    assert sum(int(row[2]) for row in rows) + int((labels == -1).sum()) == len(y)
    assert f"noise: {(labels == -1).sum()} points" in text(page)


def test_nothing_is_loaded_from_outside_and_ids_are_unique(digits, report):
    for page in (digits[1], report):
        read = Reader(page.html)
        assert all(link.startswith(("data:image/png;base64,", "#")) for link in read.links), read.links
        assert len(read.ids) == len(set(read.ids))
        rest = SHARED.sub("", page.html)
        assert not re.search(r"@import|url\((?!#)|<link|<iframe|<script", rest)


def test_its_settings_and_its_python_make_the_same_spec(report, toy):
    settings, command, python, link = Reader(report.html).code
    assert Experiment.from_yaml(settings) == TOY
    assert command == "vaegc run spec.yaml --labels labels.csv\nvaegc report spec.yaml -o report.html"
    assert Experiment.from_query(re.search(r'from_query\("(.*)"\)', python)[1]) == TOY
    assert Experiment.from_query(link) == TOY


def test_the_same_result_gives_the_same_bytes(report, toy):
    assert toy.report().html == report.html


def test_it_opens_at_the_last_step_and_at_the_eps_that_it_writes_about(toy):
    import base64
    import gzip

    from vaegc.web.stage.scene_bytes import read_header

    chosen = replace(TOY, clustering=ClusterConfig(eps=0.4)).run()
    page = chosen.report()
    (zipped,) = re.findall(r'atob\("([^"]*)"\)', page.html)
    initial = read_header(gzip.decompress(base64.b64decode(zipped)))["initial"]
    assert (initial["frame"], initial["eps"], initial["play"]) == (6, 0.4, False)
    assert "at ε = 0.4, which was chosen by hand" in text(page)
    assert "chosen by hand" not in text(toy.report())


def test_it_is_saved_where_asked_and_a_place_that_cannot_be_written_is_one_sentence(toy, report, tmp_path):
    from vaegc import BadInput

    assert toy.report(tmp_path / "r.html").html == (tmp_path / "r.html").read_text(encoding="utf-8") == report.html
    with pytest.raises(BadInput, match="cannot be written"):
        toy.report(tmp_path / "gone" / "r.html")


def test_a_callback_watches_and_stops_it(toy):
    seen = []
    make_report(toy, callback=lambda progress: seen.append(progress.message))
    assert [words for words in seen if words in ("The scene", "The climb", "Clusters", "Writing")] == [
        "The scene",
        "The climb",
        "Clusters",
        "Writing",
    ]
    with pytest.raises(Stopped, match="nothing was written"):
        make_report(toy, callback=lambda progress: progress.message == "Clusters")


# --- results of other kinds --------------------------------------------------------------------------------------------


def table_of(n: int = 120, **more) -> Dataset:
    rng = np.random.default_rng(1)
    x = (np.repeat(np.eye(3, 5) * 8, n // 3, axis=0) + rng.normal(size=(n, 5))).astype(np.float32)
    return Dataset(x=x, **more)


def test_without_true_classes_there_are_no_scores():
    page = Experiment(dataset=table_of(), model=None, view="pca", ascent=AscentConfig(steps=3)).run().report()
    words = text(page)
    assert "no true classes, so no scores" in words
    assert "ACC" not in [cell for table in Reader(page.html).tables for row in table for cell in row]
    assert "true classes" not in Reader(page.html).table("points")[0]
    assert "These data were in memory: save them with Dataset.save" in words


def test_without_a_readable_plateau_it_says_so_and_invents_nothing():
    flat = Dataset(x=np.random.default_rng(0).random((150, 2), dtype=np.float32), name="flat")
    result = Experiment(dataset=flat, model=None, ascent=None).run()
    page = result.report()
    assert result.suggestion.n_clusters is None
    words = text(page)
    assert "flat: no readable number of clusters" in words
    assert result.suggestion.reason in words
    assert "The points stayed where they are" in words
    assert "<h2>Clusters</h2>" not in page.html
    assert page.html.count("<figure>") == 1


def test_a_hostile_name_stays_a_name():
    bad = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    data = table_of(
        name=bad, y=np.arange(120) // 40, class_names=(bad, "b", "c"), features=(bad, "f1", "f2", "f3", "f4"),
        notes=(bad,), ids=np.array([f"{bad[:200]}{i}" for i in range(120)]),
    )  # fmt: skip
    page = (
        Experiment(dataset=data, model=None, view="pca", ascent=AscentConfig(steps=3), clustering=ClusterConfig(eps=3.0))
        .run()
        .report()
    )
    assert "<script>alert" not in page.html
    assert "<img src=x" not in page.html
    assert bad in text(page).replace(" ", " ")
    assert page.html.count("<script") == 1


def test_the_spec_that_is_given_takes_the_place_of_a_servers(tmp_path):
    table_of(name="Quince").save(tmp_path / "secret.npz")
    result = Experiment(dataset=str(tmp_path / "secret.npz"), model=None, view="pca", ascent=AscentConfig(steps=2)).run()
    shown_spec = replace(result.spec, dataset="quince.npz")
    page = make_report(result, shown_spec=shown_spec)
    assert str(tmp_path) not in page.html
    assert "secret" not in page.html
    settings, *_ = Reader(page.html).code
    assert Experiment.from_yaml(settings) == shown_spec
    assert "In a folder that holds quince.npz." in text(page)


def test_too_many_points_are_a_picture_and_a_sentence(toy, monkeypatch):
    from vaegc.report import _page

    monkeypatch.setattr(_page, "MAX_STAGE_BYTES", 1000)
    page = toy.report()
    assert _page.TOO_LARGE in text(page)
    assert "<script" not in page.html
    assert '<main class="large">' in page.html
    assert 'class="still"' in page.html


@pytest.mark.parametrize("noise", ["ignore", "nearest"])
def test_each_noise_policy_is_named(noise):
    result = replace(TOY, clustering=ClusterConfig(noise=noise, eps=0.12)).run()
    words = text(result.report())
    assert {"ignore": "noise is left out of the scores", "nearest": "noise takes the label"}[noise] in words
    rows = Reader(result.report().html).table("ACC")
    assert rows[-1][6] == f"{result.scores.acc:.3f}"


def test_a_climb_in_another_density_has_its_own_words():
    spec = Experiment(
        model="digits-vade", n=200, view="pca", ascent=AscentConfig(density="mixture", steps=3), clustering=ClusterConfig(eps=1.0)
    )
    words = text(spec.run().report())
    assert "mixture prior" in words
    assert "VaDE's own clusters, before any climb" in words
    assert "σ of a component" in spec.run().report().html
