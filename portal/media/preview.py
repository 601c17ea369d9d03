"""Small copies of photos for cards, from JPEGs of media.pixels: nothing that was sent is decoded here."""

import io
from dataclasses import dataclass, field

from PIL import Image

CARD_WIDTH = 640
LEAD_WIDTH = 1600
_QUALITY = 72


@dataclass(frozen=True)
class NewPicture:
    """A picture made from pixels alone, as it is shown, and its pixels."""

    content: bytes = field(repr=False)
    width: int
    height: int


def make_lead_picture(content: bytes) -> NewPicture:
    """Return a JPEG of ours in the size of the picture at the head of a page."""
    small = shrink_picture(content, LEAD_WIDTH)
    with Image.open(io.BytesIO(small), formats=("JPEG",)) as opened:
        return NewPicture(small, *opened.size)


def shrink_picture(content: bytes, width: int) -> bytes:
    """Return a JPEG of ours at most `width` pixels wide; a smaller one keeps its size."""
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as opened:
        height = max(1, round(opened.height * width / opened.width))
        opened.draft("RGB", (width, height))
        small = opened.convert("RGB")
        if opened.width > width:
            small = small.resize((width, height), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        small.save(out, "JPEG", quality=_QUALITY, progressive=True, optimize=True)
        return out.getvalue()
