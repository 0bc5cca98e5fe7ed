"""Folders and zips of pictures: classes, sizes and colours; broken, hostile and odd ones."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vaegc import BadInput, Stopped, load_dataset
from vaegc.datasets import folders, source_identity


def png(pixels, kind: str = "PNG", **options) -> bytes:
    out = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(np.asarray(pixels, np.uint8))
    image.save(out, kind, **options)
    return out.getvalue()


def grey(value: int, height: int = 4, width: int = 6) -> np.ndarray:
    return np.full((height, width), value, np.uint8)


def pets() -> dict[str, bytes]:
    return {f"{kind}/{i}.png": png(grey(10 * i + j)) for j, kind in enumerate(("cat", "dog")) for i in range(3)}


def as_folder(path: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def as_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return path


@pytest.fixture(params=["folder", "zip"])
def place(request, tmp_path):
    """Write pictures as a folder or as a zip."""
    if request.param == "folder":
        return lambda files: as_folder(tmp_path / "set", files)
    return lambda files: as_zip(tmp_path / "set.zip", files)


# --- what comes out ----------------------------------------------------------------------------------------------------


def test_sub_folders_are_classes_and_rows_are_in_the_order_of_the_names(place):
    data = load_dataset(place(pets()))
    assert (data.x.shape, data.image_shape, data.name) == ((6, 24), (4, 6), "set")
    np.testing.assert_allclose(data.x[:, 0] * 255, [0, 10, 20, 1, 11, 21], atol=1e-4)
    assert (data.y.tolist(), data.class_names) == ([0, 0, 0, 1, 1, 1], ("cat", "dog"))
    assert data.notes == ("true classes from 2 sub-folders", "6 pictures of 4x6 pixels, grey, 0..255 divided by 255")


def test_a_pixel_keeps_its_place_and_its_colour(place):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3))
    data = load_dataset(place({"one.png": png(pixels)}))
    assert (data.image_shape, data.y) == ((5, 7, 3), None)
    np.testing.assert_array_equal(data.x[0].reshape(5, 7, 3), (pixels / np.float32(255)).astype(np.float32))
    assert "no sub-folders, so no classes" in data.notes


def test_pictures_that_are_grey_in_colour_files_are_grey(place):
    data = load_dataset(place({"a.png": png(np.dstack([grey(7)] * 3)), "b.bmp": png(grey(9), "BMP")}))
    assert data.image_shape == (4, 6)
    np.testing.assert_allclose(data.x[:, 0] * 255, [7, 9], atol=1e-4)


def test_one_folder_around_everything_is_no_class_and_hidden_files_are_passed_over(place):
    files = {f"wrapped/{name}": content for name, content in pets().items()}
    rubbish = {"__MACOSX/wrapped/cat/._0.png": b"x", "wrapped/.hidden.png": b"x", "wrapped/cat/.DS_Store": b"x"}
    data = load_dataset(place(files | rubbish | {"wrapped/cat/notes.txt": b"x", "wrapped/Thumbs.db": b"x"}))
    assert (len(data), data.class_names) == (6, ("cat", "dog"))
    assert "2 files that are no pictures left out" in data.notes


def test_deeper_folders_belong_to_the_class_above_them(place):
    data = load_dataset(place({"cat/old/1.png": png(grey(1)), "cat/2.png": png(grey(2)), "dog/3.png": png(grey(3))}))
    assert (data.y.tolist(), data.class_names) == ([0, 0, 1], ("cat", "dog"))
    assert "true classes from 2 sub-folders, deeper folders joined" in data.notes


@pytest.mark.parametrize("name", ["Kätzchen", "кошка", "猫", "a b's & <c>"])
def test_names_may_be_of_any_alphabet(name, place):
    data = load_dataset(place({f"{name}/ü.png": png(grey(1)), "z/1.PNG": png(grey(2))}))
    assert set(data.class_names) == {name, "z"}


def test_the_most_common_size_wins_and_the_others_are_resized(place):
    data = load_dataset(place({"a.png": png(grey(8)), "b.png": png(grey(8)), "c.png": png(grey(8, 9, 9))}))
    assert data.image_shape == (4, 6)
    np.testing.assert_allclose(data.x * 255, 8, atol=1e-4)
    assert "1 of 3 pictures resized to 4x6" in data.notes


@pytest.mark.parametrize(
    ("shape", "size", "out"), [((100, 200), None, (32, 64)), ((65, 1), None, (64, 1)), ((64, 64), None, (64, 64)),
                               ((4, 6), 5, (5, 5)), ((4, 6), (7, 3), (7, 3))],
)  # fmt: skip
def test_a_side_has_at_most_64_pixels_unless_a_size_is_given(shape, size, out, place):
    assert load_dataset(place({"a.png": png(grey(8, *shape))}), size=size).image_shape == out


@pytest.mark.parametrize("size", [0, -1, (3,), "big", (3, 4, 5), 2000, 1.5])
def test_a_size_that_is_none_is_refused(size, place):
    with pytest.raises(BadInput, match="size must be"):
        load_dataset(place({"a.png": png(grey(8))}), size=size)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "WEBP"])
def test_every_kind_of_picture_is_read(kind, place):
    options = {"lossless": True} if kind == "WEBP" else {}
    data = load_dataset(place({f"a.{kind.lower()}": png(grey(100), kind, **options)}))
    np.testing.assert_allclose(data.x * 255, 100, atol=2)


def test_odd_modes_become_greys_and_colours(place):
    wide = Image.fromarray(np.full((4, 6), 257 * 200, np.uint16))
    clear = Image.new("RGBA", (6, 4), (255, 0, 0, 0))
    palette = Image.fromarray(np.dstack([grey(1), grey(2), grey(3)])).convert("P", palette=Image.Palette.ADAPTIVE)
    files = {
        "a.png": wide,
        "b.png": clear,
        "c.png": palette,
        "d.png": Image.new("1", (6, 4), 1),
        "e.jpg": Image.new("CMYK", (6, 4)),
    }
    data = load_dataset(place({name: png(image, "JPEG" if "jpg" in name else "PNG") for name, image in files.items()}))
    first = (data.x.reshape(5, 4, 6, 3)[:, 0, 0] * 255).round().astype(int).tolist()
    assert first == [[200] * 3, [255] * 3, [1, 2, 3], [255] * 3, [255] * 3]


def test_a_photograph_taken_sideways_stands_upright(place):
    pixels = np.zeros((4, 6, 3), np.uint8)
    pixels[0] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    data = load_dataset(place({"a.png": png(pixels, exif=exif)}))
    assert data.image_shape == (6, 4)
    np.testing.assert_array_equal(data.x.reshape(6, 4)[:, -1], 1)


def test_of_an_animation_the_first_frame_is_taken(place):
    frames = [Image.fromarray(grey(v)) for v in (50, 150)]
    data = load_dataset(place({"a.gif": png(frames[0], "GIF", save_all=True, append_images=frames[1:])}))
    np.testing.assert_allclose(data.x * 255, 50, atol=1)


def test_progress_is_told_and_stopping_works(place):
    path, events = place(pets()), []
    load_dataset(path, callback=events.append)
    assert {event.stage for event in events} == {"read"}
    with pytest.raises(Stopped):
        load_dataset(path, callback=lambda _: True)


def test_labels_may_be_given_beside_flat_pictures(place):
    data = load_dataset(place({f"{i}.png": png(grey(i)) for i in range(4)}), labels=["b", "a", "b", "a"])
    assert (data.y.tolist(), data.class_names) == ([1, 0, 1, 0], ("a", "b"))


# --- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        png(grey(1))[:40],
        png(grey(1, 50, 50), "JPEG")[:200],
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    ],
)
def test_a_broken_picture_is_one_sentence_with_its_name(content, place):
    with pytest.raises(BadInput, match=r"cat/broken.png in set(.zip)? is no readable picture.*; remove or replace it.") as caught:
        load_dataset(place(pets() | {"cat/broken.png": content}))
    assert "\n" not in str(caught.value)


def test_damage_anywhere_in_a_picture_is_a_sentence_or_no_damage(tmp_path):
    rng, said = np.random.default_rng(0), []
    for kind in ("PNG", "JPEG", "GIF", "WEBP", "BMP"):
        whole = png(rng.integers(0, 256, (9, 9, 3)), kind)
        for _ in range(40):
            damaged = bytearray(whole)
            for at in rng.integers(0, len(whole), 3):
                damaged[at] ^= int(rng.integers(1, 256))
            try:
                load_dataset(as_folder(tmp_path / "set", {f"a.{kind.lower()}": bytes(damaged)}))
            except BadInput as error:  # anything else fails the test
                said.append(str(error))
        (tmp_path / "set" / f"a.{kind.lower()}").unlink()
    assert len(said) > 20
    assert "\n" not in "".join(said)


def test_a_folder_without_pictures_is_one_sentence(place, tmp_path):
    with pytest.raises(BadInput, match=r"holds no pictures \(.png, .*\); it holds 1 other files"):
        load_dataset(place({"readme.txt": b"hello"}))
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="empty holds no pictures"):
        load_dataset(tmp_path / "empty")
    with pytest.raises(BadInput, match="There is no file"):
        load_dataset(tmp_path / "gone")


def test_pictures_beside_class_folders_are_one_sentence(place):
    with pytest.raises(BadInput, match=r"stray.png lies beside class folders; put every picture into one, or none"):
        load_dataset(place(pets() | {"stray.png": png(grey(1))}))


@pytest.mark.parametrize("name", ["../out.png", "/etc/out.png", "a/../../out.png", "..\\out.png", "C:\\out.png"])
def test_a_zip_that_leads_out_of_itself_is_refused_and_writes_nothing(name, tmp_path):
    (tmp_path / "in").mkdir()
    path = as_zip(tmp_path / "in" / "evil.zip", {name: png(grey(1))})
    with pytest.raises(BadInput, match="leads out of it"):
        load_dataset(path)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [path]


def test_a_zip_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "MAX_IMAGE_BYTES", 1 << 20)
    monkeypatch.setattr(folders, "MAX_TOTAL_BYTES", 3 << 20)
    one = as_zip(tmp_path / "one.zip", {"a.png": bytes(2 << 20)})
    assert one.stat().st_size < 4000
    with pytest.raises(BadInput, match=r"a.png in one.zip has more than 1 MB"):
        load_dataset(one)
    monkeypatch.setattr(folders, "MAX_TOTAL_BYTES", 1 << 30)
    monkeypatch.setattr(folders, "MAX_IMAGES", 3)
    with pytest.raises(BadInput, match="more than 3 pictures"):
        load_dataset(as_zip(tmp_path / "many.zip", {f"{i}.png": b"" for i in range(5)}))


def test_a_zip_that_lies_about_its_sizes_is_refused_without_unpacking_more_than_it_says(tmp_path):
    path = as_zip(tmp_path / "liar.zip", {"a.png": bytes(50 << 20)})
    content = path.read_bytes()
    path.write_bytes(content.replace(struct.pack("<I", 50 << 20), struct.pack("<I", 100)))
    with pytest.raises(BadInput, match=r"a.png in liar.zip is no readable picture"):
        load_dataset(path)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(place):
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 8000, 8000, 8, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    with pytest.raises(BadInput, match=r"bomb.png in set(.zip)? has 8,000 x 8,000 pixels; make it smaller or remove it"):
        load_dataset(place({"bomb.png": bomb}))


def test_pictures_that_take_too_much_room_together_are_refused(place, monkeypatch):
    monkeypatch.setattr(folders, "MAX_TOTAL_BYTES", 500)
    with pytest.raises(BadInput, match=r"give a smaller size|smaller part"):
        load_dataset(place({f"{i}.png": png(grey(i)) for i in range(4)}))


def test_a_link_that_leads_nowhere_is_one_sentence(tmp_path):
    folder = as_folder(tmp_path / "set", pets())
    (folder / "cat" / "link.png").symlink_to(tmp_path / "gone")
    with pytest.raises(BadInput, match=r"cat/link.png in set is no readable picture \(No such file or directory\)"):
        load_dataset(folder)
    assert source_identity(folder).startswith("missing:")


def test_damaged_and_encrypted_zips_are_one_sentence(tmp_path):
    whole = as_zip(tmp_path / "a.zip", pets()).read_bytes()
    rng = np.random.default_rng(0)
    cases = [b"", b"PK\x03\x04 nothing", whole[: len(whole) // 2]]
    for _ in range(150):
        damaged = bytearray(whole)
        for at in rng.integers(0, len(whole), 3):
            damaged[at] ^= int(rng.integers(1, 256))
        cases.append(bytes(damaged))
    said = []
    for content in cases:
        (tmp_path / "a.zip").write_bytes(content)
        try:
            load_dataset(tmp_path / "a.zip")
        except BadInput as error:  # anything else fails the test
            said.append(str(error))
    assert len(said) > 20
    assert "\n" not in "".join(said)
    locked = bytearray(whole)
    at = locked.index(b"PK\x01\x02")
    locked[at + 8] |= 1
    (tmp_path / "a.zip").write_bytes(bytes(locked))
    with pytest.raises(BadInput, match="is encrypted"):
        load_dataset(tmp_path / "a.zip")


# --- identity ----------------------------------------------------------------------------------------------------------


def test_a_folders_identity_is_its_names_and_bytes(tmp_path):
    one, same = as_folder(tmp_path / "one", pets()), as_folder(tmp_path / "same", pets())
    assert source_identity(one) == source_identity(str(same))
    seen = {source_identity(one)}
    (same / "cat" / "0.png").write_bytes(png(grey(77)))
    seen.add(source_identity(same))
    (same / "cat" / "0.png").rename(same / "dog" / "00.png")
    seen.add(source_identity(same))
    assert len(seen) == 3
    (one / "readme.txt").write_text("no picture")
    assert source_identity(one) in seen
    assert source_identity(tmp_path / "gone").startswith("missing:")


def test_large_sources_are_read_once_until_they_change(tmp_path, monkeypatch):
    from vaegc.datasets import _user_files

    monkeypatch.setattr(_user_files, "MIN_CACHED_BYTES", 1)
    folder = as_folder(tmp_path / "set", pets())
    _user_files._content.cache_clear()
    first = source_identity(folder)
    assert source_identity(folder) == first
    assert _user_files._content.cache_info().misses == 1
    (folder / "cat" / "0.png").write_bytes(png(grey(77, 5, 5)))
    assert source_identity(folder) != first
