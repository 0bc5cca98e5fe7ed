"""The first look at an uploaded file: what it holds, and what its columns are probably for."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from samples import png
from vaegc import Dataset, load_dataset
from vaegc.datasets import Preview, preview, template


@pytest.fixture
def look(tmp_path):
    """Keep a text or bytes as a server keeps an upload, and look at it under the name of its owner."""

    def looked(name: str, content: str | bytes) -> Preview:
        path = tmp_path / "0b5f"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return preview(path, name)

    return looked


def npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return out.getvalue()


# --- tables ----------------------------------------------------------------------------------------------------------


def test_the_template_is_read_without_anything_to_say(look, tmp_path):
    found = look("flowers.csv", template())
    assert (found.kind, found.n, found.d, found.notes) == ("table", 12, 3, ())
    assert (found.ids, found.features, found.label) == ("id", ("length", "width", "weight"), "label")
    assert found.classes == {"large": 4, "medium": 4, "small": 4}
    assert (found.duplicated, found.dropped, found.embedding) == (0, 0, False)
    (tmp_path / "t.csv").write_text(template())
    data = load_dataset(tmp_path / "t.csv", labels=found.label, ids=found.ids, columns=found.features)
    assert (data.x.shape, data.class_counts(), data.ids[0]) == ((12, 3), found.classes, "a1")
    assert not any("dropped" in note or "left out" in note for note in data.notes)


def test_every_column_is_told_by_what_it_holds(look):
    found = look(
        "t.csv",
        "num,whole,word,truth,when,mix,gaps\n1.5,1,a,True,2020-01-31,1,\n2.5,2,b,False,2021-12-01,x,7\n3.5,2,a,True,2022-02-02,3,7\n",
    )
    assert {c.name: c.kind for c in found.columns} == {
        "num": "number", "whole": "whole", "word": "text", "truth": "truth", "when": "date", "mix": "mixed", "gaps": "whole",
    }  # fmt: skip
    assert [c.missing for c in found.columns] == [0, 0, 0, 0, 0, 0, 1]
    assert [c.distinct for c in found.columns] == [3, 2, 2, 2, 3, 3, 1]
    assert [c.example for c in found.columns] == ["1.5", "1", "a", "True", "2020-01-31", "1", "7"]
    assert found.features == ("num", "whole", "gaps")
    assert "column 'mix' holds numbers, but 'x' in row 1 is none (1 such cells)" in found.notes


def test_the_first_rows_are_shown_as_they_are_written(look):
    found = look("t.csv", "id,a;b,c\n" + "007,NA,1.50\n" * 4 + "1e3,,x\n" * 6)
    assert found.head.shape == (8, 3)
    assert found.head.iloc[0].tolist() == ["007", "NA", "1.50"]
    assert found.head.iloc[4].tolist() == ["1e3", "", "x"]


def test_wide_and_long_cells_are_cut_for_the_page_only(look):
    wide = ",".join(f"c{i}" for i in range(300)) + "\n" + (",".join(["1.5"] * 299) + "," + "w" * 5000 + "\n") * 3
    found = look("t.csv", wide)
    assert (found.head.shape[1], len(found.columns), found.d) == (100, 300, 299)
    assert len(look("t.csv", "w,a\n" + "w" * 5000 + ",1\nx,2\n").head.iloc[0, 0]) == 100


@pytest.mark.parametrize(
    ("content", "label"),
    [
        ("a,Label\n1,x\n2,y\n", "Label"),
        ("a,y\n1,0\n2,1\n3,1\n4,0\n", "y"),
        ("x,y\n1.5,0.1\n2,0.2\n", None),
        ("a,species\n1,x\n2,y\n", None),
    ],
)
def test_a_column_of_labels_is_suggested_by_the_rule_of_loading(content, label, look):
    assert look("t.csv", content).label == label


@pytest.mark.parametrize(
    ("content", "ids", "features"),
    [
        ("id,a\n1,5\n2,6\n", "id", ("a",)),
        ("Sample_ID,a\n10,5\n20,6\n", "Sample_ID", ("a",)),
        ("userId,a\n10,5\n20,6\n", "userId", ("a",)),
        ("who,a\nann,5\nbob,6\n", "who", ("a",)),
        ("who,a\nann,5\nann,6\n", None, ("a",)),  # no names of rows: they repeat
        ("id,a\n1,5\n1,6\n", None, ("id", "a")),
        ("id,a\n1.5,5\n2.5,6\n", None, ("id", "a")),  # not whole
        ("a,b\n1,5\n2,6\n", None, ("a", "b")),  # numbers that happen to differ
        (",a\n0,5\n1,6\n", "Unnamed: 0", ("a",)),  # as pandas writes its index
        ("a,b\nr1,1,5\nr2,2,6\n", "Unnamed: 0", ("a", "b")),  # as R writes the names of rows
        ("id,name,a\n1,u,5\n2,v,6\n", "id", ("a",)),
    ],
)
def test_a_column_of_names_of_rows_is_suggested_and_never_a_feature(content, ids, features, look):
    found = look("t.csv", content)
    assert (found.ids, found.features) == (ids, features)


def test_repeated_and_incomplete_rows_are_counted_before_anything_is_chosen(look):
    found = look("t.csv", "id,a,b\n1,1,2\n2,1,2\n3,,2\n4,inf,2\n5,1,2\n6,4,5\n")
    assert (found.n, found.duplicated, found.dropped) == (6, 2, 2)
    assert "2 of 6 rows have missing or infinite values and would be dropped" in found.notes
    assert "2 of 4 rows repeat the numbers of an earlier one; all are kept" in found.notes


def test_repeated_rows_are_counted_like_numpy_does():
    from vaegc.datasets._warnings import count_duplicate_rows

    rng = np.random.default_rng(0)
    for size, values in ((1, 4), (3, 3), (8, 2), (40, 2)):
        x = rng.integers(0, values, (3000, size)).astype(np.float32) / 4
        x[::7] *= -0.0 if size == 40 else 1.0
        assert count_duplicate_rows(x) == len(x) - len(np.unique(x + 0.0, axis=0))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("cell,UMAP_1,UMAP_2\na,1.5,2\nb,2,3\n", "its columns are called UMAP_1, UMAP_2"),
        ("x,y\n1.5,2.5\n2,3\n", "its columns are called x, y"),
        ("pc1,pc2,pc3,label\n1.5,2,1,a\n2,3,1,a\n3,4,5,b\n", "its columns are called pc1, pc2, pc3"),
        ("z0,z1,z2,z3\n1.5,2,3,4\n2,3,4,5\n", "its columns are called z0, z1, z2 …"),
        ("dim_0,dim_1\n1.5,2\n2,3\n", "its columns are called dim_0, dim_1"),
        ("0.5,1\n1.5,2\n2,3\n", "it is a matrix of 2 columns without names"),
        ("length,width\n1.5,2\n2,3\n", ""),
        ("x1,weight\n1.5,2\n2,3\n", ""),
        ("pixel_0,pixel_1\n1.5,2\n2,3\n", ""),
        ("1,2\n3,4\n5,6\n", ""),
    ],
)
def test_what_looks_like_an_embedding_is_said_with_the_reason(content, why, look):
    found = look("t.csv", content)
    assert (found.why_embedding, found.embedding) == (why, bool(why))


def test_a_bare_matrix_is_an_embedding_where_it_is_no_picture(look):
    rng = np.random.default_rng(0)
    assert (
        look("e.npy", npy(rng.normal(size=(50, 16)))).why_embedding
        == "it is a matrix of 16 columns without names, with negative values"
    )
    assert not look("e.npy", npy(rng.random((50, 16)))).embedding
    assert not look("e.npy", npy(rng.integers(0, 255, (50, 16)))).embedding
    pictures = look("e.npy", npy(rng.normal(size=(5, 4, 4))))
    assert not pictures.embedding
    assert "arrays of 4x4 are taken as rows of 16 numbers" in pictures.notes


def test_arrays_beside_the_points_of_an_npz_are_columns(look):
    out = io.BytesIO()
    np.savez(out, x=np.random.default_rng(0).random((6, 2)), y=[0, 1] * 3, who=list("abcdef"), other=np.ones((2, 2)))
    found = look("t.npz", out.getvalue())
    assert [(c.name, c.kind) for c in found.columns] == [("0", "number"), ("1", "number"), ("y", "whole"), ("who", "text")]
    assert (found.label, found.ids, found.features, found.classes) == ("y", "who", ("0", "1"), {"0": 3, "1": 3})


def test_a_parquet_file_is_told_column_by_column(look):
    out = io.BytesIO()
    frame = pd.DataFrame(
        {"a": [1.5, 2, 3], "t": ["u", "v", "u"], "b": [True, False, True], "d": pd.to_datetime(["2020"] * 3), "l": [[1.0]] * 3},
        index=pd.Index(["p", "q", "r"], name="cell"),
    )
    frame.to_parquet(out)
    found = look("t.parquet", out.getvalue())
    assert [(c.name, c.kind) for c in found.columns] == [
        ("a", "number"), ("t", "text"), ("b", "truth"), ("d", "date"), ("cell", "text"),
    ]  # fmt: skip
    assert (found.ids, found.features) == ("cell", ("a",))
    assert "left out, nested: l" in found.notes


def test_what_is_suggested_can_be_loaded(look, tmp_path):
    content = "id,a,b,mix,label\n1,1,2,1,u\n2,3,,x,v\n3,4,5,2,u\n4,4,7,3,\n"
    found = look("t.csv", content)
    data = load_dataset(
        tmp_path / "0b5f", title="t.csv", labels=found.label, columns=found.features, ids=found.ids, max_points=found.n
    )
    assert len(data) == found.n - found.dropped == 2
    assert (data.features, data.ids.tolist(), data.name) == (("a", "b"), ["1", "3"], "t")


# --- pictures, documents, saved sets -----------------------------------------------------------------------------------


def test_a_zip_of_pictures_is_told_by_classes_sizes_and_a_few_of_them(look):
    files = {f"{kind}/{i}.png": png(10 * i, 4, 6) for kind in ("cat", "dog") for i in range(20)}
    packed = zipped({**files, "cat/big.png": png(7, 100, 200), "readme.txt": b"hello"})
    found = look("pets.zip", packed)
    assert (found.kind, found.n, found.classes, found.image_shape) == ("pictures", 41, {"cat": 21, "dog": 20}, (4, 6))
    assert (found.size, found.d) == (len(packed), None)
    assert found.unpacked == sum(len(content) for name, content in files.items()) + len(png(7, 100, 200))
    assert [t.class_name for t in found.thumbnails] == ["cat", "dog"] * 12
    assert {t.pixels.dtype for t in found.thumbnails} == {np.dtype(np.uint8)}
    assert found.thumbnails[1].pixels.shape == (4, 6, 3)
    assert "1 file that is no picture left out" in found.notes
    assert "pictures of 2 sizes; all are brought to one" in found.notes


def test_thumbnails_of_large_pictures_are_small(look):
    found = look("a.zip", zipped({"a.png": png(7, 100, 200), "b.png": png(7, 100, 200)}))
    assert (found.thumbnails[0].pixels.shape, found.image_shape, found.classes) == ((32, 64, 3), (100, 200), {})


def test_documents_are_told_by_their_first_lines(look):
    found = look("mail.txt", "spam\tbuy this now\nham\thello you\n\nspam\tbuy more\n")
    assert (found.kind, found.n, found.classes, found.dropped) == ("text", 3, {"ham": 1, "spam": 2}, 1)
    assert found.head.iloc[0].tolist() == ["spam", "buy this now"]


def test_a_saved_set_is_told_as_it_was_kept(look, tmp_path):
    rng = np.random.default_rng(0)
    data = Dataset(
        x=rng.random((30, 4)), y=np.arange(30) % 2, image_shape=(2, 2), class_names=("p", "q"), name="kept", notes=("n",)
    )
    data.save(tmp_path / "k.npz")
    found = look("data.npz", (tmp_path / "k.npz").read_bytes())
    assert (found.kind, found.n, found.d, found.classes) == ("saved", 30, 4, {"p": 15, "q": 15})
    assert (found.image_shape, len(found.thumbnails), found.thumbnails[0].pixels.shape) == ((2, 2), 24, (2, 2, 3))
    assert found.notes == ("a data set of vaegc called 'kept'", "n")


# --- cost ------------------------------------------------------------------------------------------------------------


def test_thousands_of_columns_are_looked_at(look):
    rows = "\n".join(",".join(f"{v:.2f}" for v in row) for row in np.random.default_rng(0).random((20, 3000)))
    found = look("wide.csv", ",".join(f"g{i}" for i in range(3000)) + "\n" + rows + "\n")
    assert (found.d, len(found.columns), found.head.shape) == (3000, 3000, (8, 100))


def test_asking_for_the_template_loads_nothing_heavy():
    code = "import sys; from vaegc.datasets import template; template(); sys.exit(bool({'pandas', 'torch', 'PIL'} & set(sys.modules)))"
    root = Path(__file__).parent.parent
    assert subprocess.run([sys.executable, "-c", code], cwd=root, timeout=900, check=False).returncode == 0
