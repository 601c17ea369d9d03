"""A photo from pixels alone: a task of the child process, see media.worker."""

import io
from pathlib import Path

import PIL.WebPImagePlugin  # noqa: F401  # known from here on: to find it Pillow would load every format
from PIL import Image, ImageChops, ImageCms, ImageFile

from portal.domain.photos import MOST_PIXELS
from portal.media.child_process import ExitCode, Refused

LONG_EDGE = 2560
_QUALITY = 85
_FORMATS = ("JPEG", "PNG", "WEBP")
_HEIF = "HEIF"
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_JPEG = b"\xff\xd8\xff"
_CUT = "image file is truncated"
"""How Pillow begins to say that the end of a file is missing."""
_MISSING = 128
"""The grey of what did not arrive."""
_LEAST_ARRIVED = 0.25
"""Of the height of a picture: with less nobody can tell what it showed."""
_SIXTEEN_TO_EIGHT_BITS = 1 / 256


def run(source: Path, target: Path) -> dict[str, int]:
    """Clean one picture; return its width and height in pixels, and whether its end was missing."""
    if _is_heif(source):
        _load_heif()
    try:
        width, height = rebuild_picture(source, target)
    except OSError as error:
        if not str(error).startswith(_CUT) or not _is_jpeg(source):
            raise
        width, height = _rebuild_cut(source, target)
        return {"width": width, "height": height, "is_cut": 1}
    return {"width": width, "height": height, "is_cut": 0}


def _rebuild_cut(source: Path, target: Path) -> tuple[int, int]:
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        return rebuild_picture(source, target, is_cut=True)
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def _is_heif(source: Path) -> bool:
    """Say whether the file begins as a photo of an iPhone: the size of its first box, then what it is."""
    with source.open("rb") as opened:
        return opened.read(8)[4:] == b"ftyp"


def _load_heif() -> None:
    import pi_heif  # noqa: PLC0415  # takes as long as the rest of this process, and few photos need it

    pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)


def _is_jpeg(source: Path) -> bool:
    with source.open("rb") as opened:
        return opened.read(len(_JPEG)) == _JPEG


def rebuild_picture(source: Path, target: Path, *, is_cut: bool = False) -> tuple[int, int]:
    """Write a new JPEG from the pixels alone and return its width and height.

    is_cut: the last bytes of the file are missing, and of the picture what they hold.

    Upright, sRGB, at most LONG_EDGE pixels long, see-through parts on white; the first frame of a moving
    picture. Raises Refused, and what Pillow raises for files it cannot read.
    """
    # Our own limit below is lower than Pillow's, and an error instead of a warning.
    Image.MAX_IMAGE_PIXELS = None
    formats = (*_FORMATS, _HEIF) if _is_heif(source) else _FORMATS
    with Image.open(source, formats=formats) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise Refused(ExitCode.TOO_MANY_PIXELS)
        turn = _read_turn(opened)
        profile = opened.info.get("icc_profile")
        opened.draft(None, (LONG_EDGE, LONG_EDGE))
        unpacked = _unpack(opened)
        # Some formats learn their true size only now.
        if unpacked.width * unpacked.height > MOST_PIXELS:
            raise Refused(ExitCode.TOO_MANY_PIXELS)
        if is_cut and unpacked.mode in ("L", "RGB"):
            unpacked = _crop_arrived(unpacked)
        picture = _flatten(_shrink(unpacked))
    picture = _to_srgb(picture, profile)
    if turn is not None:
        picture = picture.transpose(turn)
    # A new image: a saved copy of the old one would carry comments and profiles along.
    fresh = Image.new("RGB", picture.size)
    fresh.paste(picture)
    fresh.save(target, "JPEG", quality=_QUALITY)
    return fresh.size


def _read_turn(opened: Image.Image) -> Image.Transpose | None:
    try:
        return _TURNS.get(opened.getexif().get(_ORIENTATION, 1))
    except (ValueError, TypeError, SyntaxError, OSError, KeyError):  # broken metadata is no broken picture
        return None


def _unpack(opened: Image.Image) -> Image.Image:
    """Decode into a mode that can be made smaller without damage."""
    opened.load()
    if opened.mode.startswith("I"):
        return opened.convert("I").point(lambda value: value * _SIXTEEN_TO_EIGHT_BITS).convert("L")
    if opened.mode in ("L", "RGB", "CMYK", "RGBA"):
        return opened
    return opened.convert("RGBA" if opened.has_transparency_data else "RGB")


def _crop_arrived(picture: Image.Image) -> Image.Image:
    """Return a picture as far as it arrived; below that it is grey. Raises Refused for very little of it."""
    empty = Image.new(picture.mode, picture.size, _MISSING if picture.mode == "L" else (_MISSING,) * 3)
    box = ImageChops.difference(picture, empty).getbbox()
    arrived = box[3] if box else 0
    if arrived < picture.height * _LEAST_ARRIVED:
        raise Refused(ExitCode.NOT_READ)
    return picture.crop((0, 0, picture.width, arrived))


def _shrink(picture: Image.Image) -> Image.Image:
    longest = max(picture.size)
    if longest <= LONG_EDGE:
        return picture
    width, height = (max(1, round(side * LONG_EDGE / longest)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _flatten(picture: Image.Image) -> Image.Image:
    """Put see-through parts on white: JPEG knows none, and would show what was hidden in them."""
    if not picture.has_transparency_data:
        return picture
    seen = picture.convert("RGBA")
    flat = Image.new("RGB", seen.size, "white")
    flat.paste(seen, mask=seen.getchannel("A"))
    return flat


def _to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):  # a broken profile, or one of another mode
            turned = None
        if turned is not None:
            return turned
    return picture.convert("RGB")
