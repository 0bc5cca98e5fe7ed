"""Official picture sets: small files in the same formats; downloads from a server of the test's own, or from none."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import os
import pickle
import socket
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
from torchvision import datasets as official

from vaegc import BadInput, Stopped, load_dataset, store
from vaegc.datasets import _fetch, availability, get, images, removable, remove, source_identity

RNG = np.random.default_rng(0)
TITLES = {"mnist": "MNIST", "usps": "USPS", "svhn": "SVHN", "stl10": "STL-10", "cifar10": "CIFAR-10"}


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@pytest.fixture
def places(tmp_path, monkeypatch, empty_cache):
    """Data root and downloads of this test's own, and no way out: every address leads to a port that nobody listens to."""
    monkeypatch.setenv("VAEGC_DATA", str(tmp_path / "given"))
    monkeypatch.setattr(store, "downloads_root", lambda: tmp_path / "own")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setattr(_fetch, "TIMEOUT_SECONDS", 900.0)  # who does not listen refuses at once, who is slow answers
        point_to(monkeypatch, f"http://127.0.0.1:{free.getsockname()[1]}/")
    return tmp_path


def point_to(monkeypatch, base: str) -> None:
    for kind in (official.MNIST, official.FashionMNIST):
        monkeypatch.setattr(kind, "mirrors", [base])
    for kind in (official.SVHN, official.USPS):
        monkeypatch.setattr(kind, "split_list", {k: [base + v[1], *v[1:]] for k, v in kind.split_list.items()})
    for kind in (official.STL10, official.CIFAR10):
        monkeypatch.setattr(kind, "url", base + kind.filename)


# --- each set in its own format: files to their bytes, and the picture that must come out ------------------------------


def idx(array: np.ndarray) -> bytes:
    """MNIST's own format: two zero bytes, the type, the number of axes, their lengths, then the bytes."""
    return (
        bytes([0, 0, 8, array.ndim]) + b"".join(int(n).to_bytes(4, "big") for n in array.shape) + array.astype(np.uint8).tobytes()
    )


def tar(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as packed:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return out.getvalue()


def mnist(monkeypatch):
    x, y = RNG.integers(0, 256, (7, 28, 28)), np.arange(7)
    files = {}
    for part, rows in (("train", slice(0, 5)), ("t10k", slice(5, 7))):
        files[f"MNIST/raw/{part}-images-idx3-ubyte.gz"] = gzip.compress(idx(x[rows]))
        files[f"MNIST/raw/{part}-labels-idx1-ubyte.gz"] = gzip.compress(idx(y[rows]))
    sums = [(name, md5(files[f"MNIST/raw/{name}"])) for name, _ in official.MNIST.resources]
    monkeypatch.setattr(official.MNIST, "resources", sums)
    return files, x, y


def usps(monkeypatch):
    pixels, y = RNG.integers(0, 256, (7, 16, 16)), np.arange(7)
    values = (pixels + 0.5) / 255 * 2 - 1  # torchvision cuts off what follows the whole number
    values[pixels == 255] = 1
    lines = [
        f"{c + 1} " + " ".join(f"{i + 1}:{v:.6f}" for i, v in enumerate(row.ravel())) for c, row in zip(y, values, strict=True)
    ]
    files = {name: bz2.compress("\n".join(part).encode()) for name, part in (("usps.bz2", lines[:5]), ("usps.t.bz2", lines[5:]))}
    split_list(monkeypatch, official.USPS, files)
    return files, pixels, y


def split_list(monkeypatch, kind, files) -> None:
    listed = {part: [url, name, md5(files[name])] for part, (url, name, _) in kind.split_list.items() if name in files}
    monkeypatch.setattr(kind, "split_list", listed)


def svhn(monkeypatch):
    x, y = RNG.integers(0, 256, (7, 32, 32, 3)).astype(np.uint8), np.arange(7)
    files = {}
    for name, rows in (("train_32x32.mat", slice(0, 5)), ("test_32x32.mat", slice(5, 7))):
        out = io.BytesIO()
        code = np.where(y == 0, 10, y)[rows]  # the digit 0 is written as 10
        scipy.io.savemat(out, {"X": x[rows].transpose(1, 2, 3, 0), "y": code[:, None].astype(np.uint8)})
        files[name] = out.getvalue()
    split_list(monkeypatch, official.SVHN, files)
    return files, x, y


def stl10(monkeypatch):
    x, y = RNG.integers(0, 256, (7, 96, 96, 3)).astype(np.uint8), np.arange(7)
    members = {}
    for part, rows in (("train", slice(0, 5)), ("test", slice(5, 7))):
        members[f"stl10_binary/{part}_X.bin"] = x[rows].transpose(0, 3, 2, 1).tobytes()  # column by column
        members[f"stl10_binary/{part}_y.bin"] = (y[rows] + 1).astype(np.uint8).tobytes()
    sums = {name: md5(content) for name, content in members.items()}
    for which in ("train_list", "test_list"):
        listed = [[name, sums.get(f"stl10_binary/{name}", old)] for name, old in getattr(official.STL10, which)]
        monkeypatch.setattr(official.STL10, which, listed)
    files = {"stl10_binary.tar.gz": tar({"stl10_binary/unlabeled_X.bin": b"large", "../out": b"evil", **members})}
    monkeypatch.setattr(official.STL10, "tgz_md5", md5(files["stl10_binary.tar.gz"]))
    return files, x, y


def cifar10(monkeypatch):
    x, y = RNG.integers(0, 256, (12, 32, 32, 3)).astype(np.uint8), np.arange(12) % 10
    members = {"batches.meta": pickle.dumps({"label_names": ["a"]})}
    for i, name in enumerate([*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]):
        rows = slice(2 * i, 2 * i + 2)
        members[name] = pickle.dumps({"data": x[rows].transpose(0, 3, 1, 2).reshape(2, -1), "labels": y[rows].tolist()})
    for which in ("train_list", "test_list"):
        monkeypatch.setattr(official.CIFAR10, which, [[name, md5(members[name])] for name, _ in getattr(official.CIFAR10, which)])
    monkeypatch.setattr(official.CIFAR10, "meta", {**official.CIFAR10.meta, "md5": md5(members["batches.meta"])})
    files = {"cifar-10-python.tar.gz": tar({f"cifar-10-batches-py/{name}": content for name, content in members.items()})}
    monkeypatch.setattr(official.CIFAR10, "tgz_md5", md5(files["cifar-10-python.tar.gz"]))
    return files, x, y


SETS = {"mnist": mnist, "usps": usps, "svhn": svhn, "stl10": stl10, "cifar10": cifar10}


def put(files: dict[str, bytes], root: Path) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def check(name: str, x: np.ndarray, y: np.ndarray) -> None:
    data = load_dataset(name)
    np.testing.assert_array_equal(data.x, x.reshape(len(x), -1).astype(np.float32) / np.float32(255))
    assert data.x.dtype == np.float32
    np.testing.assert_array_equal(data.y, y)
    assert (data.image_shape, data.name, len(data.class_names)) == (x.shape[1:], name, 10)
    n_test = 2
    train, test = (load_dataset(name, split=part) for part in ("train", "test"))
    assert (len(train), len(test)) == (len(x) - n_test, n_test)
    np.testing.assert_array_equal(test.x, data.x[-n_test:])
    assert "official test part, 2 points" in test.notes
    assert test.rows.tolist() == [len(x) - 2, len(x) - 1]


# --- in the data root --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_read_from_the_data_root_which_stays_as_it_is(name, places, monkeypatch):
    files, x, y = SETS[name](monkeypatch)
    root = places / "given" / name
    put(files, root)
    before = tree(places / "given")
    assert availability(name).path == root
    check(name, x, y)
    assert tree(places / "given") == before
    assert not (places / "own").exists()
    assert not list(places.rglob("out"))
    assert source_identity(name) == name


def test_unpacked_files_in_the_data_root_are_read_where_they_lie(places, monkeypatch):
    files, x, y = mnist(monkeypatch)
    put({name.removesuffix(".gz"): gzip.decompress(content) for name, content in files.items()}, places / "given" / "mnist")
    check("mnist", x, y)
    assert not store.cache_root().exists()


def test_the_notes_say_what_was_done_with_the_pixels(places, monkeypatch):
    for name, words in (("usps", "pixels -1..1 brought to"), ("stl10", "pictures without a class are left out")):
        files, _, _ = SETS[name](monkeypatch)
        put(files, places / "given" / name)
        assert any(words in note for note in load_dataset(name).notes)


def test_a_subset_is_the_same_rows_as_of_the_whole(places, monkeypatch):
    files, _, _ = svhn(monkeypatch)
    put(files, places / "given" / "svhn")
    whole, part = load_dataset("svhn"), load_dataset("svhn", n=3, seed=5)
    np.testing.assert_array_equal(part.x, whole.x[part.rows])
    np.testing.assert_array_equal(part.y, whole.y[part.rows])


@pytest.mark.parametrize("name", SETS)
def test_damage_to_a_given_file_is_a_sentence_and_leaves_nothing_in_the_cache(name, places, monkeypatch):
    files, _, _ = SETS[name](monkeypatch)
    file = next(iter(files))
    put({**files, file: files[file][:-20]}, places / "given" / name)
    with pytest.raises(BadInput, match="damaged") as caught:
        load_dataset(name)
    assert "\n" not in str(caught.value)
    assert not [path for path in store.cache_root().rglob("*") if path.is_file()]


def test_a_pickle_that_is_not_the_official_one_is_never_opened(places, monkeypatch):
    files, _, _ = cifar10(monkeypatch)
    ran = places / "ran"

    class Evil:
        def __reduce__(self):
            return (open, (str(ran), "w"))

    put(files, places / "given" / "cifar10")
    load_dataset("cifar10")
    for path in store.cache_root().rglob("*batch*"):
        if path.is_file():
            path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(BadInput, match="damaged or not the official ones"):
        load_dataset("cifar10")
    assert not ran.exists()


def test_usps_h5_is_taken_where_it_is_found(places, monkeypatch):
    files, _, _ = usps(monkeypatch)
    root = places / "given" / "usps"
    put(files, root)
    assert source_identity("usps") == "usps"
    with h5py.File(root / "usps.h5", "w") as file:
        for part, n in (("train", 3), ("test", 2)):
            file[f"{part}/data"], file[f"{part}/target"] = np.full((n, 256), n / 4, np.float32), np.arange(n)
    data = load_dataset("usps")
    assert (data.x[:, 0].tolist(), data.y.tolist(), data.image_shape) == ([0.75] * 3 + [0.5] * 2, [0, 1, 2, 0, 1], (16, 16))
    assert len(load_dataset("usps", split="test")) == 2
    assert source_identity("usps").startswith("usps:")
    (root / "usps.h5").write_bytes(b"not HDF5")
    with pytest.raises(BadInput, match="damaged or is not USPS"):
        load_dataset("usps")


# --- downloads ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def server(places, monkeypatch):
    """Serves `server.files` by name, as long as the test lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            content = self.server.files.get(self.path.rsplit("/", 1)[-1])
            self.send_response(200 if content is not None else 404)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write((content or b"")[: self.server.cut])

        def log_message(self, *_):
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_):
            pass  # the one who asked may leave

    with Quiet(("127.0.0.1", 0), Handler) as running:
        running.files, running.cut, running.daemon_threads = {}, None, True
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        point_to(monkeypatch, f"http://127.0.0.1:{running.server_port}/")
        yield running
        running.shutdown()
        thread.join()


@pytest.mark.parametrize("name", SETS)
def test_what_is_not_there_is_downloaded_with_progress_and_only_once(name, server, places, monkeypatch, capfd):
    files, x, y = SETS[name](monkeypatch)
    server.files = {Path(file).name: content for file, content in files.items()}
    events = []
    assert get(name, events.append).is_local
    got = [event for event in events if event.stage == "download"]
    assert got
    assert all(0 <= event.done <= max(event.total, event.done) for event in got)
    assert sum(event.done == event.total == len(content) for event in got for content in files.values()) == len(files)
    assert TITLES[name] in got[0].message
    server.files = {}
    check(name, x, y)
    assert sorted(tree(places / "own" / name)) == sorted(files)
    assert capfd.readouterr() == ("", "")  # no bar of somebody else's
    before = len(events)
    get(name, events.append)
    assert len(events) == before


@pytest.mark.parametrize("name", [*SETS, "fashion-mnist"])
def test_without_a_network_it_is_one_sentence_that_says_what_to_do(name, places):
    with pytest.raises(
        BadInput, match=rf"cannot be downloaded; connect once, or set VAEGC_DATA to the folder that holds {name}/"
    ) as caught:
        load_dataset(name)
    assert "\n" not in str(caught.value)
    assert not list(places.glob("own/**/*.*"))


def test_a_download_that_is_cut_off_or_another_file_is_not_kept(server, places, monkeypatch):
    files, _, _ = svhn(monkeypatch)
    server.files = files
    server.cut = 100
    with pytest.raises(BadInput, match="cannot be downloaded"):
        get("svhn")
    server.cut, server.files = None, {name: content + b"more" for name, content in files.items()}
    with pytest.raises(BadInput, match="what came back is not the official file"):
        get("svhn")
    assert not tree(places / "own")


def test_a_download_can_be_stopped_and_goes_on_where_it_was(server, places, monkeypatch):
    files, x, y = svhn(monkeypatch)
    server.files = dict(files)
    with pytest.raises(Stopped, match="nothing is kept"):
        get("svhn", lambda event: event.message.startswith("Downloading SVHN, test") and event.done > 0)
    assert sorted(tree(places / "own" / "svhn")) == ["train_32x32.mat"]
    del server.files["train_32x32.mat"]
    get("svhn")
    check("svhn", x, y)


def test_unpacking_can_be_stopped_and_leaves_no_half_file(places, monkeypatch):
    files, x, y = stl10(monkeypatch)
    put(files, places / "given" / "stl10")
    with pytest.raises(Stopped):
        load_dataset("stl10", callback=lambda event: event.stage == "unpack")
    assert all(len(content) in (5 * 27648, 5, 2 * 27648, 2) for content in tree(store.cache_root()).values())
    check("stl10", x, y)


def test_a_second_address_is_tried_when_the_first_fails(server, places, monkeypatch):
    files, x, y = mnist(monkeypatch)
    server.files = {Path(file).name: content for file, content in files.items()}
    monkeypatch.setattr(official.MNIST, "mirrors", ["http://127.0.0.1:9/", "no address/", official.MNIST.mirrors[0]])
    check("mnist", x, y)


def test_where_downloads_cannot_be_written_it_says_so(server, places, monkeypatch):
    files, _, _ = svhn(monkeypatch)
    server.files = files
    (places / "own").write_text("a file, no folder")
    with pytest.raises(BadInput, match="cannot be kept in"):
        get("svhn")


# --- getting and clearing ----------------------------------------------------------------------------------------------


def test_what_needs_no_download_is_at_hand(places):
    for name in ("digits", "moons"):
        assert get(name) == availability(name)
        assert (availability(name).is_local, availability(name).path) == (True, None)
    for name, words in (("har", "UCI HAR Dataset.zip"), ("r8", "r8-train.txt")):
        assert not availability(name).is_local
        with pytest.raises(BadInput, match=words):
            get(name)
    with pytest.raises(BadInput, match="There is no data set called 'nope'"):
        get("nope")


def test_clearing_removes_what_was_written_here_and_nothing_else(server, places, monkeypatch):
    files, x, y = stl10(monkeypatch)
    server.files = dict(files)
    get("stl10")
    store.write_cached_bytes("scene", "0123456789abcdef", b"kept")
    mine = {
        places / "own" / "stl10" / "mine.txt": b"1", store.cache_root() / "notes.txt": b"2",
        places / "given" / "svhn" / "train_32x32.mat": b"3", places / "own" / "usps" / "usps.h5": b"4",
    }  # fmt: skip
    for path, content in mine.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (places / "own" / "stl10" / ".stl10_binary.tar.gz.abc.gz").write_bytes(b"half")  # of a process that was killed
    what = removable()
    assert what.size == sum(path.stat().st_size for path in what.paths)
    assert remove(what) == what.size > 0
    assert removable().paths == ()
    left = {path: path.read_bytes() for path in places.rglob("*") if path.is_file()}
    assert left == mine
    get("stl10")
    check("stl10", x, y)


def test_cache_and_downloads_are_cleared_apart(server, places, monkeypatch):
    files, _, _ = cifar10(monkeypatch)
    server.files = dict(files)
    get("cifar10")
    assert {path.name for path in removable(cache=False).paths} == set(files)
    remove(removable(downloads=False))
    assert tree(places / "own" / "cifar10") == files
    assert get("cifar10").is_local  # unpacked again, without the server
    server.files = {}
    remove(removable(cache=False))
    assert get("cifar10").is_local  # the unpacked copy is enough


def test_a_data_root_that_the_user_named_is_never_cleared(places, monkeypatch):
    files, _, _ = svhn(monkeypatch)
    put(files, places / "given" / "svhn")
    monkeypatch.setattr(store, "downloads_root", lambda: places / "given")
    what = removable()
    assert what.paths == ()
    assert "2 files are kept: they lie in" in what.kept_back
    monkeypatch.setenv("VAEGC_DATA", str(places / "given" / "svhn"))  # a part of it
    assert removable().paths == ()
    monkeypatch.delenv("VAEGC_DATA")
    assert len(removable().paths) == 2


# --- real files --------------------------------------------------------------------------------------------------------

REAL = Path(os.environ.get("VAEGC_DATA", "nowhere"))


@pytest.mark.skipif(not (REAL / "mnist").is_dir(), reason="no data at hand: set VAEGC_DATA to a folder that holds mnist/")
@pytest.mark.slow
def test_the_real_mnist_is_unpacked_into_the_cache_and_its_folder_left_alone():
    before = sorted(path.name for path in (REAL / "mnist").rglob("*"))
    data = load_dataset("mnist", n=500)
    assert (data.x.shape, float(data.x.max()), len(np.unique(data.y))) == ((500, 784), 1.0, 10)
    assert sorted(path.name for path in (REAL / "mnist").rglob("*")) == before


@pytest.mark.skipif(
    not (REAL / "usps/usps.t.bz2").is_file(), reason="no data at hand: set VAEGC_DATA to a folder that holds usps/"
)
def test_the_real_test_part_of_usps_is_the_same_digits_in_both_versions(places, monkeypatch):
    other = usps(monkeypatch)[0]["usps.bz2"]
    real = (REAL / "usps/usps.t.bz2").read_bytes()
    split_list(monkeypatch, official.USPS, {"usps.bz2": other, "usps.t.bz2": real})
    put({"usps.bz2": other, "usps.t.bz2": real}, places / "given" / "usps")
    test = load_dataset("usps", split="test")
    monkeypatch.setenv("VAEGC_DATA", str(REAL))
    h5 = load_dataset("usps", split="test")
    np.testing.assert_array_equal(test.y, h5.y)
    alike = [np.corrcoef(one, same)[0, 1] for one, same in zip(test.x, h5.x, strict=True)]
    assert np.quantile(alike, 0.01) > 0.8  # the greys differ, so a result names the version
    assert source_identity("usps") != "usps"


def test_the_table_of_files_is_torchvisions():
    for source in images.TORCHVISION.values():
        listed = {file for file, _, _ in images._official(source)}
        assert listed == set(source.packed or source.files)
