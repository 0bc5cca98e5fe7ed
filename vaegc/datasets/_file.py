"""`UserFile`: a user's file under its own name, the kind that its magic bytes show, and its text encoding.

Messages show that name only, never the path at which an upload is stored. Nothing here reads more than it must.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vaegc.errors import BadInput
from vaegc.store import DAMAGED_FILE_ERRORS

TABLE_SUFFIXES = (".csv", ".parquet", ".npz", ".npy", ".txt", ".tsv")
READABLE_SUFFIXES = (*TABLE_SUFFIXES, ".zip")
MAX_NAME_CHARACTERS = 60  # characters of a name in a sentence
MAX_REASON_CHARACTERS = 140  # characters of what another library says
MAX_UNPACKED_BYTES = 8 * 1024**3  # of a local file
MAX_UPLOAD_UNPACKED_BYTES = 2 * 1024**3
MAX_UPLOAD_COLUMNS = 10_000
MAX_UPLOAD_VALUES = 2**28  # 2 GiB as float64
READ_ERRORS = (
    *DAMAGED_FILE_ERRORS,
    ArithmeticError,
    AttributeError,
    AssertionError,
    IndexError,
)  # what readers raise on hostile files
MAX_ZIP_DIRECTORY_BYTES = 64 * 1024**2  # bytes of the list of files in a zip
_ZIP_TAIL = (1 << 16) + 22 + 76  # bytes in which the end of a zip tells the size of its list
_CHUNK = 1 << 20  # bytes
_TEXT_HEAD = 1 << 16  # characters that tell text from other bytes
_CONTROL = {chr(i) for i in (*range(9), *range(14, 32), 127)}
_MAGIC_BYTES = (  # how a file begins, and what that is
    (b"PK\x03\x04", "a zip or an Excel workbook"),
    (b"PK\x05\x06", "an empty zip"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"PAR1", "a Parquet file"),
    (b"\x93NUMPY", "a NumPy array (.npy)"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"%PDF-", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89HDF", "an HDF5 file"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x7fELF", "a program"),
)
_ADVICE = {  # for endings that people try
    **dict.fromkeys((".xlsx", ".xls", ".ods", ".xlsm", ".numbers"), "save the sheet as CSV"),
    **dict.fromkeys((".pkl", ".pickle", ".joblib", ".pt", ".pth"), "pickles can run programs and are never opened: save the table as CSV, Parquet or NPZ"),
    **dict.fromkeys((".gz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".tgz", ".zst"), "unpack it first; pictures go into a .zip"),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"), "put the pictures into a .zip"),
    **dict.fromkeys((".json", ".jsonl", ".h5", ".hdf5", ".h5ad", ".mat", ".feather", ".arrow", ".rds", ".sav", ".dta"), "save the table as CSV, Parquet or NPZ"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class UserFile:
    """A file or folder, and the name that its owner gave it."""

    path: Path  # where it lies
    title: str | None = None  # what its owner calls it; None: as the path says

    @classmethod
    def of(cls, file: UserFile | Path) -> UserFile:
        """Take a path as a file of its own name."""
        return cls(file) if isinstance(file, Path) else file

    @property
    def full_name(self) -> str:
        """The last part of the owner's name, as it is."""
        if self.title is None:
            return self.path.name
        return PurePosixPath(self.title.replace("\\", "/")).name

    @property
    def name(self) -> str:
        """The name for sentences: short, on one line, never a path of this machine."""
        return printable(self.full_name) or "the file"

    @property
    def stem(self) -> str:
        """The name of a data set of this file."""
        return printable(Path(self.full_name).stem) or "data"

    @property
    def suffix(self) -> str:
        """The ending, in small letters, which says what reads the file."""
        return Path(self.full_name).suffix.lower()

    @property
    def is_upload(self) -> bool:
        """Whether it was uploaded, rather than named by a path of this machine."""
        return self.title is not None

    def exists(self) -> bool:
        """Whether there is such a file."""
        try:
            return self.path.is_file()
        except (OSError, ValueError):  # a name that no file can have
            return False

    def check(self) -> None:
        """Raise `BadInput` unless this is a file of a readable kind."""
        if not self.exists():
            raise BadInput(f"There is no file {self.name if self.is_upload else str(self.path)!r}.")
        if self.suffix not in READABLE_SUFFIXES:
            advice = _ADVICE.get(self.suffix)
            raise BadInput(
                f"{self.name} is not one of the readable kinds: {', '.join(TABLE_SUFFIXES)}, or a folder or .zip of pictures"
                f"{f'; {advice}' if advice else ''}."
            )

    def unreadable(self, why: str | BaseException) -> BadInput:
        """Return the sentence that says why the file cannot be read; foreign words are cut to one line without paths."""
        words = why if isinstance(why, str) else self._words(why)
        return BadInput(f"{self.name} cannot be read as {self.suffix[1:]}: {words.rstrip('.')}.")

    def _words(self, error: BaseException) -> str:
        if isinstance(error, UnicodeError):
            return "its text is damaged; save it as UTF-8"
        if isinstance(error, MemoryError):
            return "it takes more memory than there is"
        said = getattr(error, "strerror", None) or str(error)
        said = said.splitlines()[0].removeprefix("Error tokenizing data. C error: ").strip() if said else ""
        # A name that was given differs from the path, which some libraries repeat.
        hidden = not said or str(self.path.parent) in said or (self.is_upload and self.path.name in said)
        return "it is damaged" if hidden else printable(said, MAX_REASON_CHARACTERS)

    def check_magic_bytes(self) -> None:
        """Raise `BadInput` for an empty file, and for one whose first bytes are those of another kind."""
        with self.path.open("rb") as opened:
            head = opened.read(16)
        if not head:
            raise self.unreadable("it is empty")
        wanted = {".npz": b"PK", ".npy": b"\x93NUMPY", ".parquet": b"PAR1", ".zip": b"PK"}.get(self.suffix)
        if wanted and head.startswith(wanted):
            return
        kind = next((kind for start, kind in _MAGIC_BYTES if head.startswith(start)), None)
        if kind is not None:
            raise self.unreadable(f"it looks like {kind}; save it as {self.suffix}, or give it the ending of what it is")
        if wanted:
            raise self.unreadable("it is damaged or of another kind")

    def encoding(self) -> tuple[str, str]:
        """Return the encoding of a text file, and a note where it is not UTF-8; raises `BadInput` for what is no text."""
        self.check_magic_bytes()
        with self.path.open("rb") as opened:
            head = opened.read(4)
        marks = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
        found = next((name for mark, name in marks if head.startswith(mark)), None)
        if found is not None:
            note = f"read as {found.upper()}, it is not UTF-8"
        elif self._is_in("utf-8-sig"):
            found, note = "utf-8-sig", ""
        elif self._is_in("cp1252"):
            found, note = "cp1252", "read as Latin-1, it is not UTF-8"
        else:
            raise self.unreadable("it is no text in UTF-8, UTF-16 or Latin-1")
        with self.path.open(encoding=found, errors="replace") as text:
            if _CONTROL & set(text.read(_TEXT_HEAD)):
                raise self.unreadable("it holds bytes that are no text; save it as UTF-8")
        return found, note

    def _is_in(self, encoding: str) -> bool:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with self.path.open("rb") as opened:
                while chunk := opened.read(_CHUNK):
                    decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        return True


def printable(text: object, max_characters: int = MAX_NAME_CHARACTERS) -> str:
    """Return a text for a sentence: one line of printable characters, the middle left out where it is long."""
    words = "".join(c if c.isprintable() else " " for c in str(text)[: 20 * max_characters])
    words = " ".join(words.split())
    return words if len(words) <= max_characters else f"{words[: max_characters - 16]}…{words[-15:]}"


def quoted(name: object) -> str:
    """Return the name of a column for a sentence: a text in quotes, a number as it is."""
    return repr(printable(name)) if isinstance(name, str) else printable(name)


def first_names(names: Sequence[object]) -> str:
    """Return the first names of a list."""
    return ", ".join(printable(name, 40) for name in names[:8]) + (" …" if len(names) > 8 else "")


def check_zip_directory(file: UserFile) -> None:
    """Raise `BadInput` for a zip that lists more files than it should be asked to: `zipfile` reads the whole list at once."""
    with file.path.open("rb") as opened:
        end = opened.seek(0, 2)
        opened.seek(max(0, end - _ZIP_TAIL))
        tail = opened.read()
    at = len(tail) - 22 if tail[-22:-18] == b"PK\x05\x06" else tail.rfind(b"PK\x05\x06")
    if not 0 <= at <= len(tail) - 22:
        return  # no zip: reading it says so
    size = int.from_bytes(tail[at + 12 : at + 16], "little")
    if at >= 76 and tail[at - 20 : at - 16] == b"PK\x06\x07":  # of more than 4 GB or 65,535 files
        size = int.from_bytes(tail[at - 36 : at - 28], "little")
    if size > MAX_ZIP_DIRECTORY_BYTES:
        raise BadInput(f"{file.name} lists too many files; give a smaller part.")


def check_dimensions(file: UserFile, rows: int, columns: int, max_points: int | None, what: str = "rows") -> None:
    """Raise `BadInput` for more rows, columns or values than an upload may have."""
    if max_points is None:
        return
    if rows > max_points:
        raise BadInput(f"{file.name} holds {rows:,} {what}; at most {max_points:,} are taken here: give a smaller part.")
    if columns > MAX_UPLOAD_COLUMNS:
        raise BadInput(
            f"{file.name} has {columns:,} columns; at most {MAX_UPLOAD_COLUMNS:,} are taken here: give fewer features."
        )
    if rows * columns > MAX_UPLOAD_VALUES:
        raise BadInput(
            f"{file.name} holds {rows:,} x {columns:,} numbers; at most {MAX_UPLOAD_VALUES:,} in all are taken here: give a smaller part."
        )
