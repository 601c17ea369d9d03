"""Cleaning photos: only what can be seen is kept, and no file gets further than the child process."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from portal.domain.photos import MOST_BYTES, PictureFault, PictureRefused
from portal.media.child_process import Refused
from portal.media.image import CleanPicture, clean_picture
from portal.media.pixels import run as rebuild
from tests.support.photos import (
    CANARY,
    make_bomb,
    make_noise,
    make_picture,
    make_telling_jpeg,
    make_telling_png,
)

Maker = Callable[[], bytes]


def clean(folder: Path, sent: bytes, name: str = "sent") -> CleanPicture:
    source = folder / name
    source.write_bytes(sent)
    return clean_picture(source, folder / "clean")


def find_fault(folder: Path, sent: bytes, name: str = "sent") -> PictureFault:
    with pytest.raises(PictureRefused) as refused:
        clean(folder, sent, name)
    return refused.value.fault


def open_picture(cleaned: CleanPicture) -> Image.Image:
    opened = Image.open(io.BytesIO(cleaned.content))
    opened.load()
    return opened


@pytest.mark.parametrize("make", [make_telling_jpeg, make_telling_png])
def test_the_file_that_is_sent_tells_more_than_it_shows(make: Maker) -> None:
    assert CANARY.encode() in make()


@pytest.mark.parametrize("make", [make_telling_jpeg, make_telling_png])
def test_nothing_hidden_in_a_file_is_kept(tmp_path: Path, make: Maker) -> None:
    assert clean(tmp_path, make()).content.count(CANARY.encode()) == 0


@pytest.mark.parametrize("make", [make_telling_jpeg, make_telling_png])
def test_what_is_kept_has_no_place_for_anything_hidden(tmp_path: Path, make: Maker) -> None:
    info = open_picture(clean(tmp_path, make())).info
    assert set(info) == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_photo_lying_on_its_side_is_turned_upright(tmp_path: Path) -> None:
    cleaned = clean(tmp_path, make_telling_jpeg())
    assert (cleaned.width, cleaned.height) == (32, 64)


def test_turning_keeps_what_is_seen_in_its_place(tmp_path: Path) -> None:
    """Red was on the left; a quarter turn to the right brings it to the top."""
    pixel = open_picture(clean(tmp_path, make_telling_jpeg())).getpixel((16, 8))
    assert isinstance(pixel, tuple)
    assert (pixel[0] > 200, pixel[2] < 50) == (True, True)


def test_what_see_through_parts_hide_is_white(tmp_path: Path) -> None:
    assert open_picture(clean(tmp_path, make_telling_png())).getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_photos_come_out_as_jpeg(tmp_path: Path, kind: str) -> None:
    assert open_picture(clean(tmp_path, make_picture(kind))).format == "JPEG"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGBA"])
def test_every_way_to_write_pixels_is_read(tmp_path: Path, mode: str) -> None:
    written = io.BytesIO()
    Image.new(mode, (40, 30)).save(written, "PNG")
    assert open_picture(clean(tmp_path, written.getvalue())).mode == "RGB"


def test_a_large_photo_becomes_smaller(tmp_path: Path) -> None:
    cleaned = clean(tmp_path, make_picture(size=(4000, 3000)))
    assert (cleaned.width, cleaned.height) == (2560, 1920)


def test_the_same_photo_twice_is_the_same_file(tmp_path: Path) -> None:
    sent = make_telling_jpeg()
    assert clean(tmp_path, sent) == clean(tmp_path, sent)


def test_a_small_file_with_a_giant_picture_is_refused(tmp_path: Path) -> None:
    assert find_fault(tmp_path, make_bomb()) is PictureFault.TOO_MANY_PIXELS


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', id="svg"),
        pytest.param(b"<!doctype html><script>1</script>", id="html"),
        pytest.param(make_picture("GIF"), id="gif"),
        pytest.param(make_picture("TIFF"), id="tiff"),
        pytest.param(make_picture()[:300], id="cut off"),
        pytest.param(b"", id="empty"),
    ],
)
def test_what_only_calls_itself_a_photo_is_refused(tmp_path: Path, sent: bytes) -> None:
    assert find_fault(tmp_path, sent, "photo.jpg") is PictureFault.NOT_A_PICTURE


def test_the_name_of_a_photo_does_not_count(tmp_path: Path) -> None:
    assert open_picture(clean(tmp_path, make_picture("PNG"), "photo.gif")).format == "JPEG"


@pytest.mark.parametrize(
    ("step", "fault"),
    [(-1, PictureFault.NOT_A_PICTURE), (0, PictureFault.NOT_A_PICTURE), (1, PictureFault.TOO_LARGE)],
)
def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path, step: int, fault: PictureFault) -> None:
    assert find_fault(tmp_path, bytes(MOST_BYTES + step)) is fault


@pytest.mark.parametrize(
    ("sent", "height"),
    [
        pytest.param(make_noise()[:-40], 240, id="last bytes"),
        pytest.param(make_noise()[: len(make_noise()) // 2], 120, id="half"),
        pytest.param(make_noise(progressive=True)[:-40], 240, id="last bytes of all layers"),
    ],
)
def test_a_photo_that_was_cut_off_is_kept_as_far_as_it_goes(tmp_path: Path, sent: bytes, height: int) -> None:
    (tmp_path / "sent").write_bytes(sent)
    said = rebuild(tmp_path / "sent", tmp_path / "clean")
    assert (said["width"], round(said["height"] / 16), said["is_cut"]) == (320, round(height / 16), 1)


def test_a_whole_photo_is_not_called_cut_off(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(make_noise())
    assert rebuild(tmp_path / "sent", tmp_path / "clean")["is_cut"] == 0


def test_a_photo_of_which_next_to_nothing_arrived_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(make_noise()[: len(make_noise()) // 10])
    with pytest.raises(Refused):
        rebuild(tmp_path / "sent", tmp_path / "clean")
