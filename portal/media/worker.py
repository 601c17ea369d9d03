"""The child process that opens a picture: it limits itself first, and knows nothing but two file names.

Called as `python -m portal.media.worker <in> <out>`. Prints width and height of what it wrote as JSON, or
leaves with one of the exit codes below.
"""

import io
import json
import resource
import sys
from pathlib import Path

from PIL import Image, ImageCms

from portal.domain.pictures import MOST_PIXELS

NOT_A_PICTURE = 3
TOO_MANY_PIXELS = 4
NO_MEMORY = 5

LONG_EDGE = 2560
_QUALITY = 85
_FORMATS = ("JPEG", "PNG", "WEBP")
_MEMORY = 1024**3
_CPU_SECONDS = 20
_FILE_BYTES = 64 * 1024**2
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
_SIXTEEN_TO_EIGHT_BITS = 1 / 256


class TooManyPixels(Exception):
    """A picture that would fill the memory, known before it is decoded."""


def limit_process() -> None:
    """Bound memory, time and what can be written, so that no file can hurt more than this process."""
    for kind, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_FSIZE, _FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def rebuild_picture(source: Path, target: Path) -> tuple[int, int]:
    """Write a new JPEG from the pixels alone and return its width and height.

    Upright, sRGB, at most LONG_EDGE pixels long, see-through parts on white; the first frame of a moving
    picture. Raises TooManyPixels, and what Pillow raises for files it cannot read.
    """
    # Our own limit below is lower than Pillow's, and an error instead of a warning.
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(source, formats=_FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise TooManyPixels
        turn = _read_turn(opened)
        profile = opened.info.get("icc_profile")
        opened.draft(None, (LONG_EDGE, LONG_EDGE))
        picture = _flatten(_shrink(_unpack(opened)))
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


def main(source: str, target: str) -> int:
    """Clean one picture and return the exit code."""
    limit_process()
    try:
        width, height = rebuild_picture(Path(source), Path(target))
    except TooManyPixels:
        return TOO_MANY_PIXELS
    except MemoryError:
        return NO_MEMORY
    # Whatever a parser stumbles over: the file is not one we read.
    except Exception:
        return NOT_A_PICTURE
    sys.stdout.write(json.dumps({"width": width, "height": height}))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
