"""Pictures of data sets show what is in them, on light and dark pages; preview_rows reads the first rows of any form of a set."""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vaegc import BadInput, Dataset, load_dataset
from vaegc.datasets import preview_rows as rows_module
from vaegc.datasets.preview_rows import example_documents, preview_rows
from vaegc.figures import as_png, class_balance, contact_sheet, scatter_sheet, thumbnail_sheet
from vaegc.figures._pictures import GAP_PIXELS, SCATTER_SIZE, TILE_PIXELS
from vaegc.figures._style import PALETTE, TEXT_COLOR

RNG = np.random.default_rng(0)


def pictures(n: int = 30, shape: tuple[int, ...] = (8, 8), classes: int | None = None, **more) -> Dataset:
    x = RNG.random((n, int(np.prod(shape))), dtype=np.float32)
    y = None if classes is None else np.arange(n) % classes
    return Dataset(x, y, shape, **more)


def drawings(ground: float = 0.0) -> Dataset:
    """Pictures of one stroke in the middle, on one ground."""
    x = np.full((12, 8, 8), ground, np.float32)
    x[:, 3:5, 3:5] = 1 - ground
    return Dataset(x.reshape(12, -1), image_shape=(8, 8))


def tiles(sheet: np.ndarray, shape: tuple[int, int], columns: int = 10) -> list[np.ndarray]:
    height, width = shape
    return [
        sheet[top : top + height, left : left + width]
        for top in range(0, sheet.shape[0], height + GAP_PIXELS)
        for left in range(0, sheet.shape[1], width + GAP_PIXELS)
    ]


def colour(words: str) -> list[int]:
    return [int(words[i : i + 2], 16) for i in (1, 3, 5)]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("ground", [0.0, 1.0])
def test_a_grey_drawing_is_ink_on_the_page(ground, dark):
    sheet = contact_sheet(drawings(ground), n=12, columns=6, dark=dark)
    assert sheet[0, 0, 3] == 0  # its ground is clear
    middle = sheet[TILE_PIXELS // 2, TILE_PIXELS // 2]
    assert middle[3] == 255
    assert middle[:3].tolist() == colour(TEXT_COLOR[dark])


def test_photographs_keep_their_colours_and_their_ground():
    data = pictures(shape=(8, 8, 3))
    sheet = contact_sheet(data, n=1)
    assert (sheet[..., 3] == 255).all()
    pixels = {tuple(pixel) for pixel in (255 * data.x).round().astype(int).reshape(-1, 3)}
    assert {tuple(pixel) for pixel in sheet[..., :3].reshape(-1, 3)} <= pixels  # grown by whole pixels, none invented


def test_grey_photographs_are_not_taken_for_drawings():
    sheet = contact_sheet(pictures(), n=4)
    assert (sheet[:TILE_PIXELS, :TILE_PIXELS, 3] == 255).all()


def test_with_as_many_classes_as_columns_each_column_is_one_class():
    y = np.repeat(np.arange(5), 9)
    x = np.repeat((y / 5 + 0.1)[:, None], 64, axis=1).astype(np.float32)
    sheet = contact_sheet(Dataset(x, y, (8, 8)), n=20, columns=5)
    shown = np.array([tile[0, 0, 0] for tile in tiles(sheet, (TILE_PIXELS, TILE_PIXELS))]).reshape(4, 5)
    assert (shown == shown[0]).all()
    assert (np.diff(shown[0].astype(int)) > 0).all()


def test_no_picture_is_shown_twice_even_where_a_class_has_few():
    y = np.array([0] * 3 + [1] * 17)
    x = np.repeat((np.arange(20) / 40 + 0.2)[:, None], 64, axis=1).astype(np.float32)
    sheet = contact_sheet(Dataset(x, y, (8, 8)), n=20, columns=10)
    assert len({tuple(tile[0, 0]) for tile in tiles(sheet, (TILE_PIXELS, TILE_PIXELS))}) == 20


@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (200, 100), (96, 96, 3), (64, 1)])
def test_pictures_of_any_shape_become_small_ones(shape):
    sheet = contact_sheet(pictures(7, shape), n=40, columns=4)
    assert sheet.dtype == np.uint8
    assert sheet.shape[2] == 4
    assert max(sheet.shape) <= 4 * (1.6 * TILE_PIXELS + GAP_PIXELS)


def test_the_sample_is_seeded():
    data = pictures(100)
    assert np.array_equal(contact_sheet(data, n=8, seed=1), contact_sheet(data, n=8, seed=1))
    assert not np.array_equal(contact_sheet(data, n=8, seed=1), contact_sheet(data, n=8, seed=2))


def test_a_sheet_of_points_is_refused_in_a_sentence():
    with pytest.raises(BadInput, match="holds no pictures"):
        contact_sheet(load_dataset("moons", 20))


@pytest.mark.parametrize("dark", [False, True])
def test_a_cloud_is_coloured_by_class_on_a_clear_ground(dark):
    picture = scatter_sheet(load_dataset("moons", 200), dark=dark)
    assert picture.shape == (SCATTER_SIZE[1], SCATTER_SIZE[0], 4)
    assert (picture[..., 3] == 0).mean() > 0.5
    strong = picture[picture[..., 3] > 200][:, :3].astype(int)
    for wanted in (colour(PALETTE[dark][c]) for c in (0, 1)):
        assert (np.abs(strong - wanted).max(axis=1) <= 2).mean() > 0.2  # mixing with what is clear rounds


@pytest.mark.parametrize(
    "x",
    [
        np.zeros((1, 2)), np.zeros((9, 5)), np.arange(9.0)[:, None], np.zeros((9, 1)), np.c_[np.arange(9.0), np.zeros(9)],
        RNG.normal(size=(9, 1500)), 1e30 * RNG.normal(size=(9, 4)), 1e-30 * RNG.normal(size=(9, 4)),
    ],
)  # fmt: skip
def test_any_points_have_a_picture(x):
    picture = thumbnail_sheet(Dataset(x.astype(np.float32)))
    assert picture.shape == (SCATTER_SIZE[1], SCATTER_SIZE[0], 4)
    assert picture[..., 3].any()


def test_of_many_features_the_first_two_principal_components_are_drawn():
    x = RNG.normal(size=(300, 6)) * [0.01, 9, 0.01, 0.01, 0.01, 3]
    columns = np.flatnonzero(scatter_sheet(Dataset(x.astype(np.float32)))[..., 3].any(axis=0))
    assert np.ptp(columns) > 0.8 * SCATTER_SIZE[0] or np.ptp(columns) > SCATTER_SIZE[1]  # the widest feature lies across


def test_a_png_gives_the_picture_back():
    picture = scatter_sheet(load_dataset("rings", 50))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(as_png(picture)))), picture)


def test_class_balance_says_how_many_points_each_class_has():
    figure = class_balance({"cat": 30, "dog": 10})
    assert list(figure.data[0].y) == [30, 10]
    assert list(figure.layout.xaxis.ticktext) == ["cat", "dog"]
    assert "2 classes, 10 to 30 points each" in figure.layout.title.text
    assert "N = 40 points" in figure.layout.title.text


def test_class_balance_shows_the_largest_of_many_classes_and_says_so():
    figure = class_balance({str(i): i + 1 for i in range(50)})
    assert list(figure.data[0].y) == list(range(50, 30, -1))
    assert "50 classes" in figure.layout.title.text
    assert "largest 20 shown" in figure.layout.title.text


def test_the_names_of_classes_are_no_markup():
    figure = class_balance({"<b>one</b>": 2, "a & b": 1})
    assert figure.data[0].customdata[0] == "&lt;b&gt;one&lt;/b&gt;"
    assert figure.layout.xaxis.ticktext[1] == "a &amp; b"


def test_class_balance_without_classes_is_refused():
    with pytest.raises(BadInput, match="no classes"):
        class_balance({})


# What preview_rows reads is written here as the authors of each set pack it.


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAEGC_DATA", str(tmp_path))
    monkeypatch.setattr("vaegc.store.downloads_root", lambda: tmp_path / "nowhere")
    monkeypatch.setattr("vaegc.store.cache_root", lambda: tmp_path / "no-cache")
    return tmp_path


def idx(values: np.ndarray) -> bytes:
    return bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">u4").tobytes() + values.astype(np.uint8).tobytes()


@pytest.mark.parametrize("packed", [True, False])
def test_preview_rows_reads_the_first_digits_of_mnist(root, packed):
    x, y = RNG.integers(0, 256, (30, 28, 28)), np.arange(30) % 10
    folder = root / "mnist" / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for part in ("train", "t10k"):
        for what, values in (("images-idx3", x), ("labels-idx1", y)):
            file = folder / f"{part}-{what}-ubyte"
            if packed:
                file.with_name(file.name + ".gz").write_bytes(gzip.compress(idx(values)))
            else:
                file.write_bytes(idx(values))
    found = preview_rows("mnist", 12)
    assert found.image_shape == (28, 28)
    assert np.allclose(found.x * 255, x[:12].reshape(12, -1), atol=1e-3)
    assert found.y.tolist() == y[:12].tolist()


def test_preview_rows_reads_both_forms_of_usps(root):
    folder = root / "usps"
    folder.mkdir()
    lines = "".join(f"{label} " + " ".join(f"{i + 1}:{value}" for i in range(256)) + "\n" for label, value in ((1, -1), (10, 1)))
    for name in ("usps.bz2", "usps.t.bz2"):
        (folder / name).write_bytes(bz2.compress(lines.encode()))
    found = preview_rows("usps", 5)
    assert found.y.tolist() == [0, 9]
    assert found.x.min(axis=1).tolist() == [0, 1]

    import h5py

    with h5py.File(folder / "usps.h5", "w") as file:
        for part in ("train", "test"):
            file[f"{part}/data"], file[f"{part}/target"] = np.full((3, 256), 0.5), np.array([4, 5, 6])
    assert preview_rows("usps", 2).y.tolist() == [4, 5]


def test_preview_rows_reads_cifar_without_unpickling_it(root):
    folder = root / "cifar10" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    pixels = bytes(3072) + bytes([255]) * 3072
    for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta"):
        # What an unpickler would run at once, were there one.
        (folder / name).write_bytes(b"cos\nabort\n(tR." + b"T" + (30_720_000).to_bytes(4, "little") + pixels)
    found = preview_rows("cifar10", 2)
    assert found.image_shape == (32, 32, 3)
    assert found.x.mean(axis=1).tolist() == [0, 1]
    assert found.y is None


def test_preview_rows_reads_stl10_upright(root):
    folder = root / "stl10" / "stl10_binary"
    folder.mkdir(parents=True)
    picture = RNG.integers(0, 256, (96, 96, 3)).astype(np.uint8)
    for name in ("train_X.bin", "train_y.bin", "test_X.bin", "test_y.bin"):
        (folder / name).write_bytes(picture.transpose(2, 1, 0).tobytes())
    assert np.allclose(preview_rows("stl10", 3).x.reshape(96, 96, 3) * 255, picture, atol=1e-3)


@pytest.mark.parametrize("as_zip", [False, True])
def test_preview_rows_reads_har_from_folder_and_zip(root, as_zip):
    line = " ".join(["0.5"] * 561)
    files = {
        f"{part}/{what}_{part}.txt": text
        for part in ("train", "test")
        for what, text in (("X", f"{line}\n" * 9), ("y", "3\n" * 9))
    }
    if as_zip:
        with zipfile.ZipFile(root / "har.zip", "w") as packed:
            for name, text in files.items():
                packed.writestr(f"UCI HAR Dataset/{name}", text)
    else:
        for name, text in files.items():
            (root / "har" / name).parent.mkdir(parents=True, exist_ok=True)
            (root / "har" / name).write_text(text)
    found = preview_rows("har", 4)
    assert found.x.shape == (4, 561)
    assert found.y.tolist() == [3] * 4


def test_preview_rows_gives_nothing_where_nothing_is_or_it_is_damaged(root):
    assert all(preview_rows(name) is None for name in ("mnist", "usps", "cifar10", "stl10", "svhn", "har", "r8"))
    folder = root / "mnist" / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for part in ("train", "t10k"):
        for what in ("images-idx3", "labels-idx1"):
            (folder / f"{part}-{what}-ubyte").write_bytes(b"x")
    (root / "usps").mkdir()
    (root / "usps" / "usps.h5").write_bytes(b"no")
    assert preview_rows("mnist") is None
    assert preview_rows("usps") is None


def test_preview_rows_knows_shipped_and_generated_sets():
    assert preview_rows("digits", 50).x.shape == (50, 64)
    assert preview_rows("moons", 50).x.shape == (50, 2)
    with pytest.raises(BadInput, match="no data set called"):
        preview_rows("nope")


def test_stories_are_one_of_each_class(root):
    assert example_documents() == []
    (root / "reuters-r8").mkdir()
    for name in ("r8-train.txt", "r8-test.txt"):
        (root / "reuters-r8" / name).write_text("earn\tprofit up\nearn\tprofit down\ngrain\twheat\n")
    assert example_documents() == [("earn", "profit up"), ("grain", "wheat")]


def test_preview_rows_are_few():
    assert rows_module.MAX_PREVIEW_ROWS <= 500
