"""What strangers upload: every odd or hostile file is one clear sentence, or a note where it is no error.

Each is looked at as a page does and then loaded. Neither the sentence nor a note may show where the server keeps the file.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from samples import png
from vaegc import BadInput, Dataset, load_dataset
from vaegc.datasets import Preview, folders, preview, template

PLACE, KEPT = "kept-by-the-server", "0b5f3c"  # words that nobody may read


class Evil:
    def __reduce__(self):
        return (open, ("/tmp/evil-was-here", "w"))


def npy(values: object, pickled: bool = False) -> bytes:
    out = io.BytesIO()
    np.save(out, values, allow_pickle=pickled)
    return out.getvalue()


def npz(**arrays: object) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def parquet(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.to_parquet(out)
    return out.getvalue()


def zipped(*files: tuple[object, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files:
            packed.writestr(name, content)
    return out.getvalue()


def bomb() -> bytes:
    """Return a picture of 8,000 x 8,000 pixels in a few bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 8000, 8000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def liar() -> bytes:
    """Return a zip whose picture unpacks to 50 MB and says that it has 100 bytes."""
    return zipped(("a.png", bytes(50 << 20)), ("b.png", png())).replace(struct.pack("<I", 50 << 20), struct.pack("<I", 100))


def link(name: str = "a/link.png") -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o120777 << 16
    return entry


@pytest.fixture
def server(tmp_path):
    """Look at an upload and load it, as a server does that keeps it under a name of its own; returns both or both sentences."""
    folder = tmp_path / PLACE
    folder.mkdir()

    def uploaded(name: str, content: str | bytes, **options: object) -> tuple[Preview | str, Dataset | str]:
        path = folder / KEPT
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        found: list = []
        for read in (lambda: preview(path, name), lambda: load_dataset(path, title=name, max_points=200_000, **options)):
            try:
                found.append(read())
            except BadInput as error:  # anything else fails the test
                found.append(str(error))
        for one in found:
            words = one if isinstance(one, str) else " ".join((one.name, *one.notes))
            assert PLACE not in words
            assert KEPT not in words
            assert words.isprintable()
            assert len(words) < 500
            if isinstance(one, str):
                assert one.endswith(".")
        assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == [KEPT]
        return found[0], found[1]

    return uploaded


KINDS = r".csv, .parquet, .npz, .npy, .txt, .tsv, or a folder or .zip of pictures"
REFUSED = {
    "a program": ("tool.exe", b"MZ\x90", f"tool.exe is not one of the readable kinds: {KINDS}."),
    "a workbook": ("sheet.xlsx", b"PK\x03\x04", f"sheet.xlsx is not one of the readable kinds: {KINDS}; save the sheet as CSV."),
    "a pickle": ("data.pkl", b"\x80\x04.", "pickles can run programs and are never opened: save the table as CSV, Parquet or NPZ."),
    "a packed table": ("data.csv.gz", b"\x1f\x8b", "unpack it first"),
    "a single picture": ("me.jpg", b"\xff\xd8\xff", "put the pictures into a .zip."),
    "no ending": ("data", b"a,b\n1,2\n3,4\n", "data is not one of the readable kinds"),
    "no name": ("", b"a,b\n1,2\n3,4\n", "the file is not one of the readable kinds"),
    "a picture called a table": ("a.csv", png(), "a.csv cannot be read as csv: it looks like a picture; save it as .csv"),
    "a workbook called a table": ("a.csv", zipped(("xl", b"")), "it looks like a zip or an Excel workbook"),
    "a table called Parquet": ("a.parquet", b"a,b\n1,2\n", "a.parquet cannot be read as parquet: it is damaged or of another kind."),
    "a table called an array": ("a.npy", b"a,b\n1,2\n", "a.npy cannot be read as npy: it is damaged or of another kind."),
    "an array called arrays": ("a.npz", npy(np.eye(3)), "a.npz cannot be read as npz: it looks like a NumPy array (.npy)"),
    "a table called a zip": ("a.zip", b"a,b\n1,2\n", "a.zip cannot be read as zip: it is damaged or of another kind."),
    "other bytes called a table": ("a.csv", bytes(range(256)), "it is no text in UTF-8, UTF-16 or Latin-1."),
    "zero bytes among the cells": ("a.csv", b"a,b\n1,\0\n3,4\n", "it holds bytes that are no text; save it as UTF-8."),
    "UTF-16 without its mark": ("a.csv", "a,b\n1,2\n".encode("utf-16-be"), "it holds bytes that are no text; save it as UTF-8."),
    "nothing": ("a.csv", b"", "a.csv cannot be read as csv: it is empty."),
    "nothing called arrays": ("a.npz", b"", "a.npz cannot be read as npz: it is empty."),
    "nothing called a zip": ("a.zip", b"", "a.zip cannot be read as zip: it is empty."),
    "blank lines": ("a.csv", b"\n\n\n", "a.csv cannot be read as csv: No columns to parse from file."),
    "a header alone": ("a.csv", b"a,b\n", "a.csv holds no rows."),
    "one row": ("a.csv", b"a,b\n1,2\n", "Clustering needs at least 2 points; got 1 in a.csv."),
    "one point": ("a.npy", npy(np.ones((1, 3))), "Clustering needs at least 2 points; got 1 in a.npy."),
    "no point": ("a.npy", npy(np.ones((0, 3))), "must hold at least one point"),
    "text alone": ("a.csv", b"a,b\nx,y\nz,w\n", "a.csv has no column of numbers; its columns are a, b."),
    "labels alone": ("a.csv", b"label\n1\n2\n1\n1\n", "a.csv has no column of numbers; its columns are label."),
    "no row without a hole": ("a.csv", b"a,b\n1,\n,2\n", "Every row of a.csv has a missing or infinite value, most of them in column 'a'"),
    "NaN everywhere": ("a.csv", b"a,b\nnan,\nnan,\n", "a.csv has no column of numbers"),
    "NaN in an array": ("a.npy", npy(np.array([[1, np.nan], [2, 3]])), "must be finite, but 1 of 2 rows holds NaN, infinity or nothing"),
    "infinity in arrays": ("a.npz", npz(x=np.array([[1, np.inf], [2, 3]])), "must be finite, but 1 of 2 rows holds NaN, infinity or nothing"),
    "complex numbers": ("a.npy", npy(np.ones((3, 2), complex)), "give real and imaginary parts as columns of their own."),
    "words as an array": ("a.npy", npy(np.array([["a", "b"]])), "must hold a table of numbers (points, features)"),
    "one axis": ("a.npy", npy(np.ones(5)), "must hold a table of numbers (points, features); got shape (5,)"),
    "a pickle in an array": ("a.npy", npy(np.array([Evil()], object), True), "it holds Python objects, which are never opened"),
    "a pickle in arrays": ("a.npz", npz(x=np.array([Evil()], object)), "it holds Python objects, which are never opened"),
    "a pickle beside good arrays": ("a.npz", npz(x=np.eye(3), y=np.array([Evil()] * 3, object)), "it holds Python objects"),
    "arrays of other names": ("a.npz", npz(data=np.eye(3)), "a.npz must hold an array called 'x' (and 'y' for labels); it holds data."),
    "no arrays": ("a.npz", zipped(("readme.txt", b"")), "it holds no array."),
    "labels of another length": ("a.npz", npz(x=np.eye(3), y=[1, 2]), None),
    "cells beyond the header": ("a.csv", b"a,b\n1,2\n1,2,3,4\n5,6\n", "a.csv cannot be read as csv: Expected 2 fields in line 3, saw 4."),
    "every row beyond the header": ("a.csv", b"a\n1,2,3\n4,5,6\n", "its rows have more cells than its first line has names."),
    "a quote without an end": ("a.csv", b'a,b\n"1,2\n3,4\n', "a.csv cannot be read as csv: EOF inside string"),
    "too many columns": ("a.csv", (",".join(["1"] * 10_001) + "\n").encode() * 2, "a.csv has 10,001 columns; at most 10,000 are taken"),
    "millions of columns": ("a.csv", b"1," * 3_000_000, "its first line has more than 4,000,000 characters; give one row a line."),
    "an endless name of a column": ("a.csv", b"a" * 5000 + b",b\n1,2\n3,4\n", "the name of a column has more than 1,000 characters"),
    "damaged Parquet": ("a.parquet", b"PAR1" + b"x" * 60 + b"PAR1", "a.parquet cannot be read as parquet: it is damaged."),
    "nested columns alone": ("a.parquet", parquet(pd.DataFrame({"emb": [[1.0, 2.0], [3.0, 4.0]]})), "a.parquet holds nested columns only (emb)"),
    "documents without words": ("a.txt", b"? !\n! ?\n", None),
    "one document": ("a.txt", b"only one line of words\n", "Clustering needs at least 2 points; got 1 in a.txt."),
    "one picture": ("a.zip", zipped(("a.png", png())), "Clustering needs at least 2 points; got 1 in a.zip."),
    "no pictures": ("a.zip", zipped(("a.pdf", b"x")), "a.zip holds no pictures (.png, .jpg, .jpeg, .bmp, .gif, .webp); it holds 1 other files."),
    "a table in a zip": ("a.zip", zipped(("a.csv", b"x")), "some of them tables: give such a file by itself."),
    "a zip in a zip": ("a.zip", zipped(("b.zip", zipped(("c.png", png())))), "some of them zips: unpack those first."),
    "a folder in a zip": ("a.zip", zipped(("a/", b"")), "a.zip holds no pictures"),
    "an empty zip": ("a.zip", zipped(), "a.zip holds no pictures"),
    "a zip that leads out": ("a.zip", zipped(("../../out.png", png())), "a file called '../../out.png', which leads out of it"),
    "an absolute path in a zip": ("a.zip", zipped(("/etc/out.png", png())), "which leads out of it"),
    "a link in a zip": ("a.zip", zipped((link(), b"/etc/passwd"), ("a/b.png", png())), "a.zip holds a link called 'a/link.png'"),
    "a picture that is none": ("a.zip", zipped(("a.png", b"hello"), ("b.png", png())), "a.png in a.zip is no readable picture"),
    "a picture cut short": ("a.zip", zipped(("a.png", png()[:45]), ("b.png", png())), "a.png in a.zip is no readable picture"),
    "PostScript called a picture": ("a.zip", zipped(("a.png", b"%!PS-Adobe-3.0 EPSF-3.0\n"), ("b.png", png())), "is no readable picture"),
    "a picture bomb": ("a.zip", zipped(("a.png", bomb()), ("b.png", png())), "a.png in a.zip has 8,000 x 8,000 pixels; make it smaller"),
    "a zip that lies about sizes": ("a.zip", liar(), "a.png in a.zip is no readable picture"),
    "a picture beside classes": ("a.zip", zipped(("a/1.png", png()), ("2.png", png())), "2.png lies beside class folders"),
    "a class of an endless name": ("a.zip", zipped((f"{'c' * 3000}/1.png", png()), ("b/2.png", png())), None),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_data_is_one_sentence_when_looked_at_and_when_loaded(case, server):
    name, content, words = REFUSED[case]
    looked, loaded = server(name, content)
    assert isinstance(loaded, str)
    if words is None:  # only all of it tells
        return
    assert isinstance(looked, str)
    assert words in looked
    assert loaded == looked


def test_no_pickle_was_run():
    assert not Path("/tmp/evil-was-here").exists()


FINE = {
    "one column": ("a.csv", "a\n1\n2\n4\n", (3, 1), None),
    "a column of nothing": ("a.csv", "a,b,c\n1,,2\n2,,3\n", (2, 2), "left out, empty: b"),
    "holes": ("a.csv", "a,b\n1,2\n,3\n4,inf\n5,6\n", (2, 2), "2 of 4 rows dropped: missing or infinite values"),
    "text beside numbers": ("a.csv", "a,t\n1,x\n2,x\n", (2, 1), "left out, not numeric: t"),
    "repeated rows": ("a.csv", "a,b\n1,2\n1,2\n3,4\n", (3, 2), "1 of 3 rows repeats the numbers of an earlier one; all are kept"),
    "constant columns": ("a.csv", "a,b\n1,7\n2,7\n", (2, 2), "1 column is constant: b"),
    "alphabets": ("größe 猫 🐈.csv", "größe,猫,label\n1,2,ä\n2,3,кот\n3,1,ä\n", (3, 2), "true classes from column 'label'"),
    "Latin-1": ("a.csv", "größe,b\n1,2\n2,3\n".encode("latin-1"), (2, 2), "read as Latin-1, it is not UTF-8"),
    "UTF-16": ("a.csv", "größe,b\n1,2\n2,3\n".encode("utf-16"), (2, 2), "read as UTF-16, it is not UTF-8"),
    "a byte order mark": ("a.csv", "\ufeffa,b\n1,2\n2,3\n", (2, 2), None),
    "semicolons": ("a.csv", "a;b\n1.5;2\n2;3\n", (2, 2), "cells separated by semicolons"),
    "decimal commas": ("a.csv", "a;b\n1,5;2\n2,25;3\n", (2, 2), "decimal commas in a"),
    "tabs": ("a.csv", "a\tb\n1\t2\n2\t3\n", (2, 2), "cells separated by tabs"),
    "separators at every line's end": ("a.csv", "a,b\n1,2,\n3,4,\n", (2, 2), None),
    "lines of Windows": ("a.csv", "a,b\r\n1,2\r\n3,4\r\n", (2, 2), None),
    "lines of an old Mac": ("a.csv", "a,b\r1,2\r3,4\r", (2, 2), None),
    "no header": ("a.csv", "1,2\n3,4\n5,6\n", (3, 2), None),
    "no header and equal numbers": ("a.csv", "1.5,1.5\n3,4\n5,6\n", (3, 2), None),
    "large whole numbers": ("a.csv", "a,b\n1,9007199254740993\n2,3\n", (2, 2), "whole numbers above 9,007,199,254,740,992 are rounded: b"),
    "whole numbers beyond 64 bits": ("a.csv", f"a,b\n1,{10**30}\n2,3\n", (2, 2), "whole numbers above 9,007,199,254,740,992 are rounded: b"),
    "complex numbers as text": ("a.csv", "a,b\n1+2j,1\n3j,2\n", (2, 1), "left out, not numeric: a"),
    "nested columns beside numbers": ("a.parquet", parquet(pd.DataFrame({"e": [[1.0], [2.0]], "a": [1, 2]})), (2, 1), "left out, nested: e"),
    "spans of time": ("a.parquet", parquet(pd.DataFrame({"t": pd.to_timedelta([1, 2]), "a": [1, 2]})), (2, 1), "left out, not numeric: t"),
    "truth values as an array": ("a.npy", npy(np.eye(3, dtype=bool)), (3, 3), None),
    "labels as a column of their own": ("a.npz", npz(x=np.eye(3), y=[[0], [1], [1]]), (3, 3), None),
    "a table in a text file": ("a.txt", "a,b,kind\n1,2,x\n2,3,y\n3,4,x\n", (3, 2), "left out, not numeric: kind"),
    "pictures of many sizes": ("a.zip", zipped(("a.png", png()), ("b.png", png(9, 9, 9)), ("c.png", png())), (3, 24), "1 of 3 pictures resized to 4x6"),
    "other files beside pictures": ("a.zip", zipped(("a.png", png()), ("b.png", png()), ("c.csv", b"")), (2, 24), "1 file that is no picture left out"),
}  # fmt: skip


@pytest.mark.parametrize("case", FINE)
def test_what_is_odd_but_no_error_is_read_and_said(case, server):
    name, content, shape, note = FINE[case]
    looked, loaded = server(name, content)
    assert isinstance(looked, Preview), looked
    assert isinstance(loaded, Dataset), loaded
    assert loaded.x.shape == shape
    assert looked.n >= shape[0]
    assert note is None or note in loaded.notes
    assert loaded.name == Path(name).stem


def test_decimal_commas_and_semicolons_give_the_numbers_that_were_meant(server):
    _, data = server("a.csv", "a;b\n1,5;2\n-0,25;3e2\n")
    assert data.x.tolist() == [[1.5, 2.0], [-0.25, 300.0]]
    assert server("a.csv", "1,5;2,5\n3,0;4,0\n")[1].x.tolist() == [[1.5, 2.5], [3.0, 4.0]]
    _, data = server("a.csv", "a;b;kind\n1,5;2;x\n2,5;3;y\n")
    assert (data.x.tolist(), data.features) == ([[1.5, 2.0], [2.5, 3.0]], ("a", "b"))


def test_a_column_that_no_number_fits_can_be_left_out(server):
    content = "a,b\n1,1e300\n2,3\n5,7\n"
    looked, loaded = server("a.csv", content)
    assert looked.features == ("a",)
    assert "numbers beyond 1e+100, so no feature: b" in looked.notes
    assert loaded == "a.csv: column 'b' holds 1e+300, and numbers may have at most 1e+100; rescale or leave out that column."
    assert server("a.csv", content, columns=looked.features)[1].x.shape == (3, 1)


def test_a_word_among_numbers_can_be_left_out(server):
    content = "a,b\n1,2\n2,x7\n3,4\n"
    looked, loaded = server("a.csv", content)
    assert looked.features == ("a",)
    assert loaded.startswith("a.csv: column 'b' holds numbers, but 'x7' in row 1 is none (1 such cells)")
    assert len(server("a.csv", content, columns=looked.features)[1]) == 3


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\Users\\me\\a.csv", "a.csv"),
        ("two\nlines\x1b[31m.csv", "two lines [31m.csv"),
        ("x" * 400 + ".csv", "x" * 44 + "…" + "x" * 11 + ".csv"),
        ("A.CSV", "A.CSV"),
    ],
)
def test_a_name_is_shown_short_on_one_line_and_without_folders(name, called, server):
    looked, loaded = server(name, "a,b\n1,2\n3,4\n")
    assert looked.name == called
    assert called in loaded.notes[0]
    assert server(name, "a,b\n")[0] == f"{called} holds no rows."


def test_what_a_column_is_called_is_never_opened_as_a_file(tmp_path, server):
    secret = tmp_path.parent / "secret.txt"
    secret.write_text("p\nq\n")
    _, data = server("a.csv", f"a,{secret}\n1,x\n2,y\n", labels=str(secret))
    assert data.class_names == ("x", "y")
    _, said = server("a.csv", "a,b\n1,2\n3,4\n", labels=str(secret))
    assert "has no column" in said


def test_names_of_columns_and_classes_are_shortened_in_sentences_only(server):
    long = "c" * 500
    looked, loaded = server("a.csv", f"a,{long}\n1,2\n3,x\n5,6\n")
    assert looked.columns[1].name == long
    assert len(loaded) < 250


def test_a_label_of_the_length_of_a_text_is_refused_where_it_is_asked_for_only(server):
    content = "a,label\n1," + "t" * 5000 + "\n2,u\n3,v\n"
    looked, loaded = server("a.csv", content)
    assert (looked.label, loaded.y) == (None, None)
    assert "A label may have 256 characters, and one has 5,000" in server("a.csv", content, labels="label")[1]


# --- limits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "a,b\n" + "1,2\n" * 51, "a.csv holds 51 rows; at most 50 are taken here: give a smaller part."),
        ("a.csv", "a,b\n" + '"1",2\n\n' * 51, "a.csv holds 51 rows; at most 50 are taken here"),
        ("a.txt", "1 2\n" * 51, "a.txt holds 51 rows; at most 50 are taken here"),
        ("a.txt", "some words\n" * 51, "a.txt holds 51 documents; at most 50 are taken here"),
        ("a.parquet", parquet(pd.DataFrame({"a": range(51)})), "a.parquet holds 51 rows; at most 50 are taken here"),
        ("a.npy", npy(np.ones((51, 2))), "a.npy holds 51 points; at most 50 are taken here"),
        ("a.npz", npz(x=np.ones((51, 2))), "a.npz holds 51 points; at most 50 are taken here"),
        ("a.zip", zipped(*((f"{i}.png", b"") for i in range(51))), "a.zip holds 51 pictures; at most 50 are taken here"),
    ],
)
def test_more_points_than_are_allowed_are_counted_and_refused(name, content, words, tmp_path, monkeypatch):
    monkeypatch.setenv("VAEGC_MAX_POINTS", "50")
    path = tmp_path / KEPT
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    for read in (lambda: preview(path, name), lambda: load_dataset(path, title=name, max_points=50)):
        with pytest.raises(BadInput) as caught:
            read()
        assert words in str(caught.value)
    if not name.endswith("zip"):
        assert len(load_dataset(path, title=name)) == 51


def test_as_many_points_as_are_allowed_are_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("VAEGC_MAX_POINTS", "50")
    (tmp_path / "a.csv").write_text("a,b\n" + "1,2\n" * 50)
    assert preview(tmp_path / "a.csv").n == 50


def test_a_file_of_more_bytes_than_are_allowed_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setenv("VAEGC_MAX_UPLOAD_MB", "1")
    (tmp_path / KEPT).write_bytes(b"x" * 2_000_001)
    with pytest.raises(BadInput, match=r"^big.csv has 2 MB; at most 1 MB are taken here: give a smaller part.$"):
        preview(tmp_path / KEPT, "big.csv")


def test_more_numbers_than_are_allowed_are_refused_by_their_header(tmp_path, monkeypatch):
    monkeypatch.setattr("vaegc.datasets._file.MAX_UPLOAD_VALUES", 1000)
    for name, content in (
        ("a.npy", npy(np.ones((40, 40)))),
        ("a.parquet", parquet(pd.DataFrame(np.ones((40, 40))).add_prefix("c"))),
    ):
        (tmp_path / KEPT).write_bytes(content)
        with pytest.raises(BadInput, match="holds 40 x 40 numbers; at most 1,000 in all are taken here"):
            preview(tmp_path / KEPT, name)


def test_arrays_and_pictures_that_unpack_to_too_much_are_refused_packed(tmp_path, monkeypatch):
    monkeypatch.setattr("vaegc.datasets._arrays.MAX_UPLOAD_UNPACKED_BYTES", 10_000)
    out = io.BytesIO()
    np.savez_compressed(out, x=np.zeros((100, 100)))
    (tmp_path / KEPT).write_bytes(out.getvalue())
    with pytest.raises(BadInput, match=r"a.npz unpacks to more than"):
        preview(tmp_path / KEPT, "a.npz")
    monkeypatch.setattr(folders, "MAX_IMAGE_BYTES", 1 << 20)
    (tmp_path / KEPT).write_bytes(zipped(("a.png", bytes(2 << 20)), ("b.png", png())))
    with pytest.raises(BadInput, match=r"a.png in a.zip has more than 1 MB"):
        preview(tmp_path / KEPT, "a.zip")


def test_a_zip_with_too_long_a_list_of_files_is_refused_before_it_is_listed(tmp_path, monkeypatch):
    monkeypatch.setattr("vaegc.datasets._file.MAX_ZIP_DIRECTORY_BYTES", 1000)
    many = zipped(*((f"{i}.png", b"") for i in range(30)))
    for name in ("a.zip", "a.npz"):
        (tmp_path / KEPT).write_bytes(many)
        with pytest.raises(BadInput, match=f"{name} lists too many files"):
            preview(tmp_path / KEPT, name)


def test_a_text_that_is_repeated_a_million_times_takes_the_room_of_one(tmp_path):
    texts = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(20_000, np.int32)), pa.array(["w" * 100_000])
    )  # 2 GB once written out
    pq.write_table(pa.table({"t": texts, "a": range(20_000)}), tmp_path / KEPT, store_schema=False)
    assert (tmp_path / KEPT).stat().st_size < 1_000_000
    found = preview(tmp_path / KEPT, "a.parquet")
    assert (found.n, found.features, found.columns[0].kind) == (20_000, ("a",), "text")
    assert load_dataset(tmp_path / KEPT, title="a.parquet", max_points=20_000).x.shape == (20_000, 1)


# --- damage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.npz", "a.npy", "a.zip", "a.txt"])
def test_damage_anywhere_is_a_sentence_or_no_damage_never_another_error(name, server):
    table = pd.read_csv(io.StringIO(template()))
    whole = {
        "a.csv": template().encode(), "a.txt": template().encode(), "a.parquet": parquet(table),
        "a.npy": npy(np.eye(9)), "a.npz": npz(x=np.eye(9), y=np.arange(9)), "a.zip": zipped(("p/a.png", png()), ("q/b.png", png())),
    }[name]  # fmt: skip
    rng = np.random.default_rng(0)
    for _ in range(40):
        damaged = bytearray(whole)
        for at in rng.integers(0, len(whole), 3):
            damaged[at] ^= int(rng.integers(1, 256))
        server(name, bytes(damaged))
