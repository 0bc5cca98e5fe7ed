"""The Data page takes what it says it takes, refuses the rest in one sentence, and loses nothing of what the person had."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from vaegc import jobs
from vaegc.datasets import catalog, template
from vaegc.errors import BadInput
from vaegc.jobs import State
from vaegc.ui.data import cards
from vaegc.ui.data.gallery import DOWNLOAD_MB
from vaegc.ui.data.labels import bullet_list, escape_markdown, file_size
from vaegc.ui.data.pending import PendingUpload, ReadOptions, label_columns, picture_sizes
from vaegc.workspace import Workspace

APP = str(Path(__file__).parent.parent / "app.py")
TABLE = "id,a,b,c,kind\n" + "".join(f"r{i},{i},{i * i % 7},{0.5 * i},{'xy'[i % 2]}\n" for i in range(20))


def page(**query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=600).switch_page("pages/5_Data.py")
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def brought(name: str, raw: bytes | str, app: AppTest | None = None) -> AppTest:
    app = app or page()
    app.file_uploader[0].upload(name, raw.encode() if isinstance(raw, str) else raw)
    return app.run()


def mine(app: AppTest) -> Workspace:
    from vaegc.store import content_hash

    return Workspace(content_hash("profile", app.session_state["profile"]))


def kept(app: AppTest, name: str = "table.csv", raw: bytes | str = TABLE) -> AppTest:
    return button(brought(name, raw, app), "Keep this data set").click().run()


def button(app: AppTest, label: str):
    return next(one for one in app.button if one.label == label)


def labels(app: AppTest) -> list[str]:
    return [one.label for one in app.button]


def words(app: AppTest) -> str:
    parts = (app.title, app.subheader, app.markdown, app.caption, app.error, app.warning, app.info)
    return "\n".join(element.value for kind in parts for element in kind)


def choice(app: AppTest, label: str):
    widgets = (*app.selectbox, *app.multiselect, *app.segmented_control, *app.text_input)
    return next(one for one in widgets if one.label == label)


def sums(app: AppTest) -> dict[str, str]:
    return {one.label: one.value for one in app.metric}


def is_whole(app: AppTest) -> bool:
    """Whether the page is all there, down to its last card."""
    assert not app.exception
    return app.title[0].value in ("Bring your own data, or pick a set", "Pick a data set") and "Arcs of five circles" in words(
        app
    )


def packed(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return out.getvalue()


def picture(side: int = 8, shade: int = 200) -> bytes:
    out = io.BytesIO()
    Image.new("L", (side, side), shade).save(out, "PNG")
    return out.getvalue()


def array(values: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, values)
    return out.getvalue()


class Opened:
    """Stands for the other pages: notes what was opened there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.explored: list = []
        self.trained: list = []
        monkeypatch.setattr(cards, "open_in_explore", self.explored.append)
        monkeypatch.setattr(cards, "open_in_train", self.trained.append)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    return Opened(monkeypatch)


# --- the empty page --------------------------------------------------------------------------------------------------


def test_limits_and_what_happens_to_the_data_are_said_before_the_upload(monkeypatch):
    monkeypatch.setenv("VAEGC_MAX_UPLOAD_MB", "7")
    monkeypatch.setenv("VAEGC_MAX_POINTS", "1234")
    app = page()
    assert is_whole(app)
    assert "Up to 7 MB and 1,234 points" in words(app)
    assert "for this browser only" in words(app)
    assert "never in a link" in words(app)
    assert "CSV, TSV, TXT, Parquet, NPZ, NPY, or a ZIP of pictures" in app.file_uploader[0].label
    assert app.file_uploader[0].proto.max_upload_size_mb == 7


def test_every_built_in_set_has_a_card_with_its_facts():
    app = page()
    for one in catalog():
        assert escape_markdown(one.title.removesuffix(" (2-D toy)")).replace("\\", "") in words(app).replace("\\", ""), one.name
        assert one.about in words(app), one.name
        if not one.generated:
            assert one.licence in words(app), one.name
            assert one.source in words(app), one.name
    assert "1,797 pictures of 8 × 8 · 10 classes" in words(app)


def test_pictures_are_drawn_once_and_kept(empty_cache):
    from vaegc.ui.data.thumbnails import _held

    _held().clear()
    app = page()
    assert len(app.get("image")) >= 8  # the digits and seven toys are always at hand
    drawn = {path: path.stat().st_mtime_ns for path in (empty_cache / "thumbnail").glob("*.bin")}
    assert len(drawn) == len(app.get("image"))
    _held().clear()
    assert len(page().get("image")) == len(drawn)
    assert {path: path.stat().st_size for path in drawn} == {
        path: path.stat().st_size for path in (empty_cache / "thumbnail").glob("*.bin")
    }


def test_a_set_opens_in_explore_and_train(opened):
    app = page()
    app.button(key="explore-moons").click().run()
    app.button(key="train-digits").click().run()
    assert [spec.dataset for spec in opened.explored] == ["moons"]
    assert opened.trained == ["digits"]


def test_sets_that_are_not_here_say_how_to_get_them(nothing_at_hand):
    app = page()
    assert {"Get (12 MB)", "Get (2,640 MB)"} <= set(labels(app))
    html = " ".join(element.proto.body for element in app.get("html"))
    assert "Not on this server yet: whoever runs it unpacks" in html
    assert all(one.key != "explore-mnist" for one in app.button)


# --- downloads -------------------------------------------------------------------------------------------------------


@dataclass
class Download:
    """A download of MNIST that does what it is told."""

    status: str = "running"
    message: str = "MNIST, 3 of 11 MB"
    done: int = 3
    cancelled: int = 0
    deleted: int = 0
    started: int = 0


@pytest.fixture
def download(monkeypatch, tmp_path, nothing_at_hand) -> Download:
    it = Download()
    job = jobs.Job("20260101-000000-000000-00000000", tmp_path, ("data", "get", "mnist"), "Get MNIST", None, 0.0)
    last = {"done": it.done, "total": 11}
    monkeypatch.setattr(jobs, "jobs", lambda owner=None: [] if it.deleted else [job])
    monkeypatch.setattr(jobs, "state", lambda job: State(it.status, last, None, it.message, 1, 1.0))
    monkeypatch.setattr(jobs, "cancel", lambda job: setattr(it, "cancelled", it.cancelled + 1))
    monkeypatch.setattr(jobs, "delete", lambda job: setattr(it, "deleted", it.deleted + 1))
    monkeypatch.setattr(
        jobs,
        "start",
        lambda command, title, owner: setattr(it, "started", it.started + (command[2] == "mnist" and len(owner) == 16)),
    )
    return it


def test_a_download_shows_how_far_it_is_and_can_be_cancelled(download):
    app = page()
    (bar,) = app.get("progress")
    assert (bar.proto.value, bar.proto.text) == (27, "MNIST, 3 of 11 MB")
    assert "get-mnist" not in {one.key for one in app.button}
    button(app, "Cancel").click().run()
    assert download.cancelled == 1


def test_a_download_that_failed_says_why_and_can_be_tried_again(download):
    download.status, download.message = "failed", "MNIST cannot be downloaded; connect once."
    app = page()
    assert "MNIST cannot be downloaded; connect once." in words(app).replace("\\", "")
    assert is_whole(app)
    button(app, "Try again").click().run()
    assert (download.deleted, download.started) == (1, 1)


def test_a_cancelled_download_is_forgotten(download):
    download.status = "stopped"
    app = page()
    assert download.deleted == 1
    assert "Get (12 MB)" in labels(app)


def test_a_download_is_started_for_this_browser(download):
    download.deleted = 1
    page().button(key="get-mnist").click().run()
    assert download.started == 1


def test_a_full_server_says_so_at_the_top(download, monkeypatch):
    download.deleted = 1

    def full(*_):
        raise BadInput("No more than 2 jobs may run at once here.")

    monkeypatch.setattr(jobs, "start", full)
    app = page().button(key="get-mnist").click().run()
    assert "No more than 2 jobs may run at once here" in words(app).replace("\\", "")
    assert is_whole(app)


# --- an upload -------------------------------------------------------------------------------------------------------


def test_a_table_is_understood_and_kept_as_chosen():
    app = brought("table.csv", TABLE)
    assert "20 rows · 5 columns" in words(app)
    assert choice(app, "Names of the rows").value == "id"
    choice(app, "Labels").set_value("kind").run()
    choice(app, "Features").set_value(["a", "c"]).run()
    assert sums(app) == {"Points": "20", "Features": "2", "Classes": "2"}
    choice(app, "Scaling").set_value("standard").run()
    choice(app, "Name").set_value("My ~table~").run()
    button(app, "Keep this data set").click().run()
    assert "is kept" in words(app)
    (one,) = mine(app).data()
    data = mine(app).load_data(one.ref)
    assert (one.title, one.n, one.d, one.classes) == ("My ~table~", 20, 2, 2)
    assert data.features == ("a", "c")
    assert data.ids.tolist() == [f"r{i}" for i in range(20)]
    assert np.allclose(data.x.std(axis=0), 1, atol=1e-5)
    assert one.reading == {
        "file": "table.csv",
        "labels": "kind",
        "columns": ["a", "c"],
        "ids": "id",
        "scale": "standard",
        "size": None,
    }
    assert r"My \~table\~" in words(app)


def test_what_is_dropped_and_odd_is_said_before_it_is_kept():
    rows = "".join(f"{i},{i % 3},7,{'' if i == 4 else i},k{i % 2}\n" for i in range(10)) * 2
    app = brought("odd.csv", "a,b,same,hole,label\n" + rows)
    assert sums(app)["Points"] == "18 of 20"
    said = words(app).replace("\\", "")
    assert "2 of 20 rows dropped: missing or infinite values" in said
    assert "1 column is constant: same" in said
    assert "repeat the numbers of an earlier one" in said
    (chart,) = app.get("plotly_chart")
    assert "2 classes" in json.loads(chart.proto.spec)["layout"]["title"]["text"]


def test_no_labels_can_be_chosen_where_the_file_has_some():
    app = brought("t.csv", template())
    choice(app, "Labels").select_index(0).run()
    assert sums(app)["Classes"] == "none"
    app = button(app, "Keep this data set").click().run()
    assert mine(app).data()[0].classes is None


def test_features_whose_ranges_differ_widely_are_scaled_unless_the_person_wants_otherwise():
    app = brought("wide.csv", "income,age,x\n" + "".join(f"{90_000 + 1000 * i},{i},{i % 5}\n" for i in range(12)))
    assert choice(app, "Scaling").value == "standard"
    assert "Suggested, since column 'income' is 2,000 times as wide as 'x'." in words(app).replace("\\", "")
    assert "distances follow the widest" not in words(app)  # what is suggested already need not be said again
    choice(app, "Scaling").set_value("none").run()
    assert "the widest decides alone" in words(app)
    button(app, "Keep this data set").click().run()
    assert mine(app).load_data(mine(app).data()[0].ref).x.max() > 1e4


def test_many_columns_are_chosen_together_and_some_left_out():
    names = [f"px{i}" for i in range(30)]
    app = brought(
        "px.csv",
        ",".join([*names, "label"])
        + "\n"
        + "".join(",".join([str(i * j % 7) for j in range(30)] + [str(i % 3)]) + "\n" for i in range(12)),
    )
    assert choice(app, "Features").value == "all"
    assert sums(app)["Features"] == "30"
    choice(app, "Features").set_value("but").run()
    choice(app, "All but").set_value(["px0", "px1"]).run()
    assert sums(app)["Features"] == "28"
    choice(app, "Features").set_value("only").run()
    assert "columns must name at least one column" in words(app)
    assert button(app, "Keep this data set").disabled
    choice(app, "Only").set_value(["px3"]).run()
    assert sums(app)["Features"] == "1"


def test_an_embedding_is_suggested_and_climbed_without_a_model(opened):
    rng = np.random.default_rng(0)
    rows = "".join(f"{x:.3f},{y:.3f}\n" for x, y in rng.normal(size=(40, 2)))
    app = brought("map.csv", "umap_1,umap_2\n" + rows)
    assert choice(app, "What is it?").value is True
    assert "its columns are called umap_1, umap_2" in words(app).replace("\\", "")
    button(app, "Keep this data set").click().run()
    assert button(app, "Climb it now").proto.type == "primary"
    button(app, "Climb it now").click().run()
    (spec,) = opened.explored
    assert (spec.dataset, spec.model) == (mine(app).data()[0].ref, None)
    assert "embedding" in words(app)


def test_raw_features_are_for_training_first(opened):
    app = kept(page())
    assert button(app, "Train a model on it").proto.type == "primary"
    button(app, "Train a model on it").click().run()
    assert opened.trained == [mine(app).data()[0].ref]
    button(app, "Add another").click().run()
    assert len(app.file_uploader) == 1
    assert "is kept" not in words(app)


def test_pictures_become_a_set_of_the_size_that_was_chosen():
    files = {f"{kind}/{i}.png": picture(24, 40 * i) for kind in ("ants", "bees") for i in range(3)}
    app = brought("insects.zip", packed(**files))
    assert "6 pictures · 24 × 24 pixels" in words(app)
    assert sums(app) == {"Pictures": "6", "Classes": "2"}
    choice(app, "Size").set_value((8, 8)).run()
    button(app, "Keep this data set").click().run()
    (one,) = mine(app).data()
    assert (one.n, one.image_shape, one.classes) == (6, (8, 8), 2)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("points.npy", array(np.random.default_rng(0).normal(size=(9, 3)))),
        ("words.txt", "good day\nbad night\ngood night\n"),
        ("named.tsv", "spam\tbuy now\nham\tsee you\nspam\tbuy more\n"),
        ("zahlen.csv", "größe;höhe\n1,5;2,5\n2,5;1,0\n3,0;4,0\n"),
    ],
)
def test_other_kinds_are_kept_as_well(name, raw):
    app = kept(page(), name, raw)
    assert is_whole(app)
    assert len(mine(app).data()) == 1


def test_what_was_downloaded_as_read_can_be_brought_again():
    app = kept(page())
    (one,) = mine(app).data()
    again = kept(page(), "again.npz", one.path.read_bytes())
    (two,) = mine(again).data()
    assert np.array_equal(mine(again).load_data(two.ref).x, mine(app).load_data(one.ref).x)


def test_a_file_is_put_away_with_one_click():
    app = button(brought("table.csv", TABLE), "Remove").click().run()
    assert len(app.file_uploader) == 1
    assert app.session_state["data_pending"] is None
    assert "Keep this data set" not in labels(app)


def test_an_upload_and_its_choices_survive_a_visit_to_another_page(monkeypatch):
    def nothing(_spec):
        raise BadInput("Nothing is computed here.")

    monkeypatch.setattr("vaegc.ui.session_scene.load_scene", nothing)
    app = brought("table.csv", TABLE)
    choice(app, "Labels").set_value("kind").run()
    choice(app, "Name").set_value("Mine").run()
    assert "Nothing is computed here." in words(app.switch_page("pages/6_Learn.py").run())
    app.switch_page("pages/5_Data.py").run()
    assert (choice(app, "Labels").value, choice(app, "Name").value) == ("kind", "Mine")
    assert sums(app)["Classes"] == "2"


def test_a_file_is_read_once_for_each_choice(monkeypatch):
    reads = []
    from vaegc.ui.data import pending

    real = pending.load_dataset
    monkeypatch.setattr(pending, "load_dataset", lambda *given, **more: reads.append(more) or real(*given, **more))
    app = brought("table.csv", TABLE)
    choice(app, "Name").set_value("x").run()
    choice(app, "What is it?").set_value(True).run()
    assert len(reads) == 1
    button(app, "Keep this data set").click().run()
    assert len(reads) == 1  # what was read already is what is kept


def test_a_large_table_is_read_when_it_is_kept(monkeypatch):
    monkeypatch.setattr("vaegc.ui.data.pending.MAX_BYTES_READ_AT_ONCE", 10)
    app = brought("table.csv", TABLE)
    assert sums(app)["Points"] == "20"
    choice(app, "Features").set_value(["a"]).run()
    assert sums(app)["Features"] == "1"
    assert "are dropped when the data set is kept" in words(app)
    button(app, "Keep this data set").click().run()
    assert mine(app).data()[0].d == 1


def test_no_file_is_left_on_the_disk(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    app = kept(page())
    brought("bad.npy", b"no")
    assert list(tmp_path.iterdir()) == []
    assert len(mine(app).data()) == 1


# --- hostile uploads -------------------------------------------------------------------------------------------------


class Boom:
    def __reduce__(self):
        return (Path.touch, (Path("/tmp/never-touched-by-vaegc"),))


def pickled() -> bytes:
    out = io.BytesIO()
    np.save(out, np.array([Boom()], dtype=object), allow_pickle=True)
    return out.getvalue()


def bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (10_000, 6_000)).save(out, "PNG")
    return packed(**{"a.png": out.getvalue(), "b.png": picture()})


HOSTILE = {
    "wrong extension": ("sheet.xlsx", b"PK\x03\x04", "is not one of the readable kinds"),
    "a program": ("run.exe", b"MZ", "is not one of the readable kinds"),
    "empty": ("empty.csv", b"", "empty"),
    "only a header": ("head.csv", b"a,b\n", "holds no rows"),
    "all missing": ("nan.csv", b"a,b\nnan,1\n1,inf\nnan,nan\n", "missing or infinite"),
    "text columns": ("words.csv", b"a,b\nx,y\nz,w\n", "no column of numbers"),
    "one row": ("one.csv", b"a,b\n1,2\n", "2 points"),
    "no text": ("bytes.csv", bytes(range(256)) * 4, "cannot be read as csv"),
    "pickled npy": ("evil.npy", pickled(), "evil.npy"),
    "no npy": ("no.npy", b"hello", "cannot be read as npy"),
    "no npz": ("no.npz", b"PK\x03\x04 hello", "cannot be read as npz"),
    "no parquet": ("no.parquet", b"PAR1", "cannot be read as parquet"),
    "no zip": ("no.zip", b"PK\x03\x04 hello", "cannot be read as zip"),
    "zip bomb": ("bomb.zip", bomb(), "pixels"),
    "path traversal": ("out.zip", packed(**{"../../etc/a.png": picture(), "b.png": picture()}), "leads out of it"),
    "not a picture": ("fake.zip", packed(**{"a.png": b"GIF89a no", "b.png": picture()}), "is no readable picture"),
    "zip of nothing": ("docs.zip", packed(**{"a.doc": b"x"}), "holds no pictures"),
    "markdown in the name": ("![x](http://a.b) *no*.xyz", b"x", "is not one of the readable kinds"),
}  # fmt: skip


@pytest.fixture(scope="module")
def same_page() -> AppTest:
    """One page that all hostile uploads come to: it must not mind."""
    return page()


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_upload_is_one_sentence_and_the_page_stays(case, same_page):
    name, raw, why = HOSTILE[case]
    app = same_page
    app.file_uploader[0].set_value((name, raw, "")).run()
    assert is_whole(app)
    (error,) = app.error
    said = error.value.replace("\\", "")
    assert why in said
    assert said.endswith(".")
    assert "\n" not in said
    assert "/tmp" not in said
    assert "Traceback" not in said
    assert len(app.file_uploader) == 1
    assert not Path("/tmp/never-touched-by-vaegc").exists()


def test_after_a_refused_file_the_next_one_is_taken():
    app = brought("empty.csv", b"")
    app.file_uploader[0].set_value(("table.csv", TABLE.encode(), "text/csv")).run()
    assert "20 rows · 5 columns" in words(app)
    assert not app.error


def test_what_a_file_calls_itself_is_no_markup():
    app = brought("![x](http://a.b) *no*.xyz", b"x")
    assert "![x](" not in words(app)
    assert "*no*" not in words(app)


def test_a_file_over_the_limit_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setenv("VAEGC_MAX_UPLOAD_MB", "1")
    monkeypatch.setattr("vaegc.ui.data.pending.preview", lambda *_: pytest.fail("it was read"))
    app = brought("big.csv", b"a,b\n" + b"1,2\n" * 300_000)
    assert "has 1 MB; at most 1 MB are taken here" in app.error[0].value.replace("\\", "")
    assert is_whole(app)


def test_more_points_than_the_server_takes_are_refused(monkeypatch):
    monkeypatch.setenv("VAEGC_MAX_POINTS", "10")
    app = brought("table.csv", TABLE)
    assert "20 rows; at most 10 are taken here" in app.error[0].value.replace("\\", "")


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("one column.csv", "a\n" + "".join(f"{i % 4}\n" for i in range(12))),
        ("duplicated.csv", "a,b\n" + "1,2\n" * 12),
        ("größe 数据 🌳.csv", "größe,数据,label\n" + "".join(f"{i},{i % 3},🌳{i % 2}\n" for i in range(12))),
        ("../../etc/passwd.csv", TABLE),
    ],
)
def test_odd_but_honest_files_are_taken(name, raw):
    app = kept(page(), name, raw)
    assert is_whole(app)
    (one,) = mine(app).data()
    assert one.n in (12, 20)
    assert "/" not in one.title
    assert one.path.parent.parent.parent.name == "profiles"


def test_a_full_profile_says_so_and_keeps_the_upload_and_its_choices(monkeypatch):
    app = kept(page())
    button(app, "Add another").click().run()
    app = brought("table.csv", TABLE, app)
    choice(app, "Name").set_value("Second").run()

    def full(*_):
        raise BadInput("There is no room left: this browser keeps 2,000 of 2,000 MB here; delete a run or a data set first.")

    monkeypatch.setattr(Workspace, "check_storage", full)
    button(app, "Keep this data set").click().run()
    assert "There is no room left" in words(app).replace("\\", "")
    assert choice(app, "Name").value == "Second"
    assert len(mine(app).data()) == 1


# --- what is kept ----------------------------------------------------------------------------------------------------


def test_a_kept_set_is_listed_renamed_and_deleted():
    app = kept(page())
    (one,) = mine(app).data()
    assert "Your data sets" in words(app)
    assert "20 points · 3 features" in words(app)
    app.text_input(key=f"title-{one.id}").set_value("Other")
    button(app, "Rename").click().run()
    assert mine(app).data()[0].title == "Other"
    assert "**Other**" in words(app)
    app.button(key=f"delete-{one.id}").click().run()
    assert mine(app).data() == []
    assert "Your data sets" not in words(app)
    assert len(app.file_uploader) == 1
    assert is_whole(app)


def test_a_name_that_is_none_is_refused_and_the_old_one_stays():
    app = kept(page())
    (one,) = mine(app).data()
    app.text_input(key=f"title-{one.id}").set_value("   ")
    button(app, "Rename").click().run()
    assert "A name has 1 to 80 characters" in words(app)
    assert mine(app).data()[0].title == "table"
    assert is_whole(app)


def test_deleting_says_which_runs_were_trained_on_it(monkeypatch):
    monkeypatch.setattr(Workspace, "runs_on", lambda *_: [object(), object()])
    assert "2 runs were trained on it; their models stay" in words(kept(page()))


def test_room_used_is_said():
    assert "of 2,000 MB used" in words(kept(page()))


def test_another_browser_sees_none_of_it():
    kept(page())
    assert "Your data sets" not in words(page())


def test_own_data_open_in_explore_and_train(opened):
    app = kept(page())
    (one,) = mine(app).data()
    app.button(key=f"explore-{one.id}").click().run()
    app.button(key=f"train-{one.id}").click().run()
    assert opened.explored[0].dataset == one.ref
    assert opened.trained == [one.ref]


# --- links and read-only servers -------------------------------------------------------------------------------------


def test_a_link_to_a_set_shows_it_first():
    app = page(data="mnist")
    assert "The set of your link" in words(app)
    assert words(app).count("Handwritten digits of 28x28 pixels.") == 2
    button(app, "Close").click().run()
    assert "The set of your link" not in words(app)
    assert "data" not in app.query_params


def test_a_link_to_own_data_shows_them_here_and_one_sentence_elsewhere():
    app = kept(page())
    (one,) = mine(app).data()
    app.query_params["data"] = one.ref
    app.run()
    assert "The set of your link" in words(app)
    other = page(data=one.ref)
    assert "belong to another browser" in other.warning[0].value
    assert is_whole(other)


@pytest.mark.parametrize("name", ["nope", "../../etc/passwd", "mine:../x", "mine:"])
def test_a_link_to_nothing_is_one_sentence(name):
    app = page(data=name)
    assert len(app.warning) == 1
    assert is_whole(app)


def test_a_read_only_server_shows_its_sets_and_says_what_is_off(monkeypatch):
    app = kept(page())
    monkeypatch.setenv("VAEGC_READONLY", "1")
    app.run()
    assert "read-only" in app.info[0].value
    assert "Drop a file" not in words(app)
    assert len(app.file_uploader) == 0
    assert is_whole(app)
    assert app.button(key="explore-moons").disabled is False
    assert app.button(key="train-moons").disabled
    assert button(app, "Rename").disabled
    assert "Your data sets" in words(app)


# --- parts -----------------------------------------------------------------------------------------------------------


def test_sizes_keep_the_shape_of_the_pictures_and_begin_with_the_suggested_one():
    found = PendingUpload("1", "p.zip", packed(**{"a.png": picture(100), "b.png": picture(100)})).inspect()
    assert picture_sizes(found)[0] == (64, 64)
    assert max(picture_sizes(found)) == (96, 96)


def test_labels_of_an_array_are_arrays_beside_it():
    out = io.BytesIO()
    np.savez(out, x=np.random.default_rng(0).normal(size=(8, 3)), y=np.arange(8) % 2)
    file = PendingUpload("1", "a.npz", out.getvalue())
    assert label_columns(file.inspect()) == ["y"]
    assert file.load(ReadOptions(("0", "2"), "y")).class_counts() == {"0": 4, "1": 4}
    assert label_columns(PendingUpload("1", "a.npy", array(np.eye(5))).inspect()) == []


def test_words_of_the_user_are_shown_as_they_are():
    assert escape_markdown("a*b_[c](d)\n$e$") == r"a\*b\_\[c\]\(d\) \$e\$"
    assert bullet_list(["one", "two"]) == "- One\n- Two"
    assert (file_size(1500), file_size(2_500_000)) == ("1.5 kB", "2.5 MB")


def test_every_set_that_can_be_downloaded_says_how_large_that_is():
    from vaegc.datasets.images import NAMES

    assert set(DOWNLOAD_MB) == set(NAMES)
