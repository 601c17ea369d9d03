"""Photos for the sample: drawn here, so that nobody has rights in them and nobody is in them."""

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy.orm import Session

from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.models import Submission
from portal.operations.private.photos import StoredPicture, add_picture, describe_picture
from portal.storage import store_file

SIZE = (1200, 800)
"""Pixels: wide enough for a newsroom's featured picture."""
_COLUMNS, _ROWS = 9, 3
_QUALITY = 80

Row = Mapping[str, Any]


def add_photos(
    session: Session, submission: Submission, rows: Sequence[Row], *, folder: Path, at: datetime
) -> None:
    """Add photos to a story with what its contributor says about each.

    A row has `drawing` (a name of DRAWINGS), `description`, `credit`, `people`, `licence`, and may have a
    `caption`. The files are in `folder` before the rows are kept; those without one are cleared a day later.
    """
    for row in rows:
        added = add_picture(session, submission, _store(folder, DRAWINGS[row["drawing"]]()), at=at)
        words = PictureWords(
            description=row["description"],
            credit=row["credit"],
            people=PeopleAnswer(row["people"]),
            licence=PhotoLicence(row["licence"]),
            caption=row.get("caption", ""),
        )
        describe_picture(session, submission, added, words, at=at)


def _store(folder: Path, drawn: Image.Image) -> StoredPicture:
    written = io.BytesIO()
    drawn.save(written, "JPEG", quality=_QUALITY)
    content = written.getvalue()
    return StoredPicture(store_file(folder, content), hashlib.sha256(content).hexdigest(), *drawn.size)


def draw_boxes() -> Image.Image:
    """Draw twenty-seven boxes on three shelves."""
    picture = Image.new("RGB", SIZE, "#d9d2c5")
    pen = ImageDraw.Draw(picture)
    wide, high = SIZE[0] // _COLUMNS, SIZE[1] // _ROWS
    for row in range(_ROWS):
        pen.rectangle((0, (row + 1) * high - 18, SIZE[0], (row + 1) * high), fill="#6b5a45")
        for column in range(_COLUMNS):
            left, top = column * wide + 8, row * high + 60 + 14 * ((row + column) % 3)
            right, bottom = left + wide - 16, (row + 1) * high - 18
            pen.rectangle((left, top, right, bottom), fill="#b98a56", outline="#7a5730", width=3)
            pen.rectangle(((left + right) // 2 - 9, top, (left + right) // 2 + 9, bottom), fill="#d8b98a")
    return picture


def draw_island() -> Image.Image:
    """Draw what the child drew: an island, a sun in two colours, two people with very long arms."""
    picture = Image.new("RGB", SIZE, "#fbf8ef")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 560, SIZE[0], SIZE[1]), fill="#8fc1dd")
    pen.ellipse((760, 470, 1150, 680), fill="#5c9a4c")
    pen.polygon(((0, 540), (430, 600), (360, 700), (0, 740)), fill="#d9b44a")
    pen.pieslice((90, 60, 310, 280), 180, 360, fill="#2f6fc4")
    pen.pieslice((90, 60, 310, 280), 0, 180, fill="#f4cf35")
    for middle in (260, 930):
        pen.ellipse((middle - 38, 330, middle + 38, 406), outline="#333333", width=8)
        pen.line((middle, 406, middle, 540), fill="#333333", width=8)
        pen.line((middle - 45, 620, middle, 540, middle + 45, 620), fill="#333333", width=8)
    pen.line((260, 450, 600, 500, 930, 450), fill="#333333", width=8, joint="curve")
    return picture


DRAWINGS: Mapping[str, Callable[[], Image.Image]] = {"boxes": draw_boxes, "island": draw_island}
"""The pictures by the name a row gives them."""
