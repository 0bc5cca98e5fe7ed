"""Previews of untrusted uploads: content, warnings, and suggested roles of columns.

What `preview` refuses, `load_dataset` refuses in the same words. Nothing is unpickled, unpacked onto the disk or opened by a name that the file gives.
"""

from __future__ import annotations

from pathlib import Path

from vaegc.datasets._file import UserFile
from vaegc.datasets._preview import Preview
from vaegc.errors import BadInput
from vaegc.wording import counted


def preview(path: str | Path, name: str | None = None) -> Preview:
    """Return the preview of an uploaded file, before anything is chosen.

    Parameters
    ----------
    path
        Where it lies.
    name
        What its owner calls it, ending included; None: as the path says. Sentences show this name and never the path.

    Raises
    ------
    BadInput
        A file of another kind, a damaged, empty or hostile one, fewer than two usable points, or more of anything than
        `vaegc.limits` and the readers allow; one sentence.

    Notes
    -----
    A table is read whole, which takes about a second for 30 MB. Kinds and different values of columns are those of the first rows
    (20,000 of 100 columns, 200 of 10,000). Of a zip, 500 pictures are measured and 24 decoded.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from vaegc.datasets import preview, template
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "upload")
    ...     _ = path.write_text(template())
    ...     found = preview(path, "flowers.csv")
    >>> found.n, found.features, found.label, found.ids
    (12, ('length', 'width', 'weight'), 'label', 'id')
    """
    from vaegc.datasets._user_files import detect_kind
    from vaegc.limits import MB, max_upload_mb, max_upload_points

    file, max_points = UserFile(Path(path), name), max_upload_points()
    if not file.path.is_dir():
        file.check()
        size = file.path.stat().st_size
        if size > max_upload_mb() * MB:
            raise BadInput(
                f"{file.name} has {size / MB:,.0f} MB; at most {max_upload_mb():,} MB are taken here: give a smaller part."
            )
        if not size:
            raise file.unreadable("it is empty")
    else:
        size = 0
    kind = detect_kind(file)
    if kind == "pictures":
        from vaegc.datasets._thumbnails import preview_images

        return preview_images(file, size, max_points)
    if kind == "table":
        return _table(file, size, max_points)
    return (
        _documents(file, size, max_points)
        if kind == "text"
        else _saved(file, size, max_points)
        if kind == "saved"
        else _har(file, size)
    )


def _table(file: UserFile, size: int, max_points: int) -> Preview:
    import pandas as pd

    from vaegc.checks import as_points
    from vaegc.datasets import _column_types
    from vaegc.datasets._arrays import read_arrays
    from vaegc.datasets._frame import Table
    from vaegc.datasets._table import read_table, text_cells

    if file.suffix not in (".npy", ".npz"):
        table = read_table(file, max_points=max_points)
        head = (
            table.frame
            if file.suffix == ".parquet"
            else text_cells(file, _column_types.HEAD_ROWS, _column_types.HEAD_COLUMNS, max_points)
        )
        return _column_types.describe_table(table, file, size, _column_types.table_head(head), _column_types.suggest_label(table))
    found = read_arrays(file, max_points)
    as_points(found.x, f"The data of {file.stem!r}", dtype=found.x.dtype)
    numbered = set(map(str, range(found.x.shape[1])))  # names that the columns of x have here
    beside = {name: values for name, values in found.side_arrays.items() if name not in numbered}
    frame = pd.concat([pd.DataFrame(found.x), pd.DataFrame(beside)], axis=1)
    axes = "x".join(map(str, found.shape[1:]))
    pixels = f"arrays of {axes} are taken as rows of {counted(found.x.shape[1], 'number')}" if len(found.shape) > 2 else ""
    label = "y" if "y" in beside else None
    return _column_types.describe_table(Table(frame, (), named=False), file, size, _column_types.table_head(frame), label, pixels)


def _documents(file: UserFile, size: int, max_points: int) -> Preview:
    from collections import Counter

    import pandas as pd

    from vaegc.datasets import _column_types, text

    found = text.documents(file, max_points)
    if len(found.texts) < 2:
        raise BadInput(f"Clustering needs at least 2 points; got 1 in {file.name}.")
    head = pd.DataFrame({"text": found.texts[: _column_types.HEAD_ROWS]})
    if found.labels is not None:
        head.insert(0, "label", found.labels[: _column_types.HEAD_ROWS])
    return Preview(
        file.name, "text", len(found.texts), size, head=_column_types.table_head(head), notes=found.notes,
        duplicated=len(found.texts) - len(set(found.texts)), dropped=found.lines - len(found.rows),
        classes={} if found.labels is None else dict(sorted(Counter(found.labels.tolist()).items())),
    )  # fmt: skip


def _saved(file: UserFile, size: int, max_points: int) -> Preview:
    from vaegc.datasets import _saved
    from vaegc.datasets._thumbnails import thumbnails_of

    loaded = _saved.read(file, max_points)
    data = loaded.select_rows(loaded.name or file.stem, None)
    if len(data) < 2:
        raise BadInput(f"Clustering needs at least 2 points; got 1 in {file.name}.")
    height, width = (data.image_shape or (0, 0))[:2]
    return Preview(
        file.name, "saved", len(data), size, data.x.shape[1], notes=(f"a data set of vaegc called {data.name!r}", *data.notes),
        features=data.features or (), classes=data.class_counts(), image_shape=(height, width) if data.image_shape else None,
        thumbnails=thumbnails_of(data),
    )  # fmt: skip


def _har(file: UserFile, size: int) -> Preview:
    from vaegc.datasets import har

    counts = har.counts(file)
    return Preview(file.name, "har", sum(counts.values()), size, notes=("the data set UCI HAR",), classes=counts)


def template() -> str:
    """Return a small table as CSV text that shows how to lay out one's own: an id, features, and a label.

    Examples
    --------
    >>> from vaegc.datasets import template
    >>> print(template().splitlines()[0])
    id,length,width,weight,label
    """
    return _TEMPLATE


_TEMPLATE = """\
id,length,width,weight,label
a1,5.1,3.5,1.2,small
a2,4.9,3.1,1.1,small
a3,5.3,3.7,1.4,small
a4,4.7,3.2,1.0,small
b1,6.4,3.0,4.4,medium
b2,6.1,2.8,4.1,medium
b3,6.6,2.9,4.6,medium
b4,5.9,3.1,4.2,medium
c1,7.9,3.8,6.4,large
c2,7.4,2.7,6.1,large
c3,7.7,3.0,6.9,large
c4,7.2,3.6,6.3,large
"""
