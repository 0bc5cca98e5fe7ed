"""Documents as tf-idf: Reuters R8, and the user's text files.

As DEC and VaDE take Reuters: the 2,000 most frequent words, each row scaled to a mean square of 1 (1511.06335, section 4.1).
Rows stay sparse until they are chosen.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vaegc import store
from vaegc.checks import encode_labels
from vaegc.datasets._file import UserFile
from vaegc.datasets._loaded import Loaded
from vaegc.errors import BadInput
from vaegc.wording import counted, verb_form

N_WORDS = 2000  # features
R8 = ("r8-train.txt", "r8-test.txt")
TEXT_SUFFIXES = (".txt", ".tsv")
SAMPLED_LINES = 50  # lines that tell a table from documents
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?(nan|inf)", re.IGNORECASE)


def find() -> Path | None:
    """Folder of R8 in the data root, None where there is none."""
    roots = (store.data_root() / "reuters-r8", store.downloads_root() / "reuters-r8")
    return next((root for root in roots if all((root / name).is_file() for name in R8)), None)


def load_r8() -> Loaded:
    """Read R8's official files, training part first; raises `BadInput` where they are not there or no text."""
    folder = find()
    if folder is None:
        raise BadInput(
            f"Reuters R8 is not in {str(store.data_root() / 'reuters-r8')!r}; put {' and '.join(R8)} there, with one "
            "'label<TAB>text' a line."
        )
    documents: list[str] = []
    labels: list[str] = []
    n_train = 0
    for name in R8:
        n_train = len(documents)
        for number, line in enumerate((folder / name).read_bytes().decode("latin-1").split("\n"), 1):
            label, tab, words = line.rstrip("\r").partition("\t")
            if tab:
                documents.append(words)
                labels.append(label)
            elif line.strip():
                raise BadInput(f"{name}: line {number} has no tab between label and text; get the file again.")
        if len(documents) == n_train:
            raise BadInput(f"{name} holds no documents; get the file again.")
    y, names = encode_labels(np.asarray(labels))
    x, notes = tf_idf(documents, "Reuters R8")
    return Loaded(x, y, class_names=names, notes=notes, n_train=n_train)


def is_table(file: UserFile) -> bool:
    """Whether a text file holds rows of numbers, rather than documents."""
    lines = [line for line in decode_text(file, 1 << 18)[0][: 1 << 16].split("\n")[: SAMPLED_LINES + 1] if line.strip()]
    if not lines:
        return True  # reading the table will say that it is empty
    if file.suffix == ".tsv" and any(line.count("\t") > 1 for line in lines):
        return True  # more columns than a label and a text
    cells = [[cell for cell in re.split(r"[\s,;]+", line) if cell] for line in lines]
    rows = cells[1:] if len(cells) > 1 else cells  # the first line may name the columns
    if any(_is_even(lines, mark) for mark in (",", ";")):
        return True
    return sum(all(_NUMBER.fullmatch(cell) for cell in row) for row in rows) > len(rows) / 2


def _is_even(lines: list[str], mark: str) -> bool:
    """Whether a mark cuts every line into as many cells, three or more, and some column below the first line is all numbers."""
    rows = [[cell.strip() for cell in line.split(mark)] for line in lines]
    if len(rows) < 3 or len(rows[0]) < 3 or any(len(row) != len(rows[0]) for row in rows):
        return False
    return any(all(_NUMBER.fullmatch(cell) for cell in column) for column in zip(*rows[1:], strict=True))


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of a file, one a line."""

    texts: list[str]
    labels: np.ndarray | None  # (N,) object: what stands before the tab, where that is a class
    rows: np.ndarray  # (N,) line of each
    lines: int  # empty ones included
    notes: tuple[str, ...]


def load(file: UserFile, max_points: int | None = None) -> Loaded:
    """Read documents, at most `max_points`, one a line, each after its label and a tab where most lines have one.

    Raises
    ------
    BadInput
        No document, a line without a label among lines with one, or no word that occurs.
    """
    found = documents(file, max_points)
    y, names = (None, None) if found.labels is None else encode_labels(found.labels)
    x, more = tf_idf(found.texts, file.name)
    rows = None if len(found.rows) == found.lines else found.rows
    return Loaded(x, y, class_names=names, notes=(*more, *found.notes), rows=rows, n_source=found.lines)


def documents(file: UserFile, max_points: int | None = None) -> Documents:
    """Split a file into documents and their labels; raises as `load`."""
    content, encoding = decode_text(file)
    if "\0" in content:
        raise BadInput(f"{file.name} is no text file; save it as UTF-8 text.")
    lines = [line.rstrip("\r") for line in content.split("\n")]
    if lines and not lines[-1]:
        lines.pop()  # what follows the last line end
    kept = np.array([i for i, line in enumerate(lines) if line.strip()], dtype=np.int64)
    if not len(kept):
        raise BadInput(f"{file.name} holds no documents; write one a line, or 'label<TAB>text'.")
    if max_points is not None and len(kept) > max_points:
        raise BadInput(f"{file.name} holds {len(kept):,} documents; at most {max_points:,} are taken here: give a smaller part.")
    notes = [encoding] if encoding else []
    if len(kept) < len(lines):
        notes.append(f"{len(lines) - len(kept):,} empty lines of {len(lines):,} dropped")
    words, classes = [lines[i] for i in kept], None
    tabbed = sum("\t" in line for line in words)
    if tabbed > len(words) / 2:
        if tabbed < len(words):
            first = next(i for i in kept if "\t" not in lines[i])
            raise BadInput(f"{file.name}: line {first + 1} has no tab between label and text, as the others have; add its label.")
        labels, words = (list(part) for part in zip(*(line.split("\t", 1) for line in words), strict=True))
        blank = next((i for i, label in zip(kept, labels, strict=True) if not label.strip()), None)
        if blank is not None:
            raise BadInput(f"{file.name}: line {blank + 1} has nothing before its tab; add its label.")
        if len(set(labels)) <= max(2, len(labels) // 2):  # a number of the document is no class
            classes = np.asarray([label.strip() for label in labels], dtype=object)
            notes.append("true classes from what stands before the tab")
        else:
            notes.append("what stands before the tab is different in most lines: no classes, left out")
    return Documents(words, classes, kept, len(lines), tuple(notes))


def tf_idf(documents: list[str], what: str) -> tuple[object, tuple[str, ...]]:
    """Sparse (N, D) float32 rows of the most frequent words, D at most `N_WORDS`, and how they were made.

    tf is 1 + ln(count), idf ln((1 + N) / (1 + documents with the word)) + 1; every row has length sqrt(D), so that a feature's
    mean square is 1 whatever D is. Words are fitted on all documents, labels play no part.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        vectors = TfidfVectorizer(max_features=N_WORDS, sublinear_tf=True, dtype=np.float32).fit_transform(documents)
    except ValueError:  # an empty vocabulary
        raise BadInput(f"{what} holds no word of at least two letters; give documents of words.") from None
    size = vectors.shape[1]
    notes = [
        f"tf-idf of the {size:,} most frequent words, 1 + ln(count), fitted on all {counted(len(documents), 'document')}",
        f"each row scaled to length sqrt({size:,})",
    ]
    empty = int((vectors.getnnz(axis=1) == 0).sum())
    if empty:
        notes.append(f"{counted(empty, 'document', 'hold')} none of these words and {verb_form(empty, 'are')} all zeros")
    return vectors * np.float32(np.sqrt(size)), tuple(notes)


def decode_text(given: UserFile | Path, max_bytes: int = -1) -> tuple[str, str]:
    """Text of the first `max_bytes` bytes of a file, all by default, with plain line ends, and a note where it is not UTF-8."""
    file = UserFile.of(given)
    try:
        with file.path.open("rb") as opened:
            content = opened.read(max_bytes)
    except OSError as error:
        raise BadInput(f"{file.name} cannot be read: {error.strerror or error}.") from None
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace").replace("\r\n", "\n"), "read as UTF-16, it is not UTF-8"
    try:
        whole = content if max_bytes < 0 else content[: content.rfind(b"\n") + 1] or content  # no character is cut in two
        return whole.decode("utf-8-sig").replace("\r\n", "\n"), ""
    except UnicodeDecodeError:
        return content.decode("latin-1").replace("\r\n", "\n"), "read as Latin-1, it is not UTF-8"
