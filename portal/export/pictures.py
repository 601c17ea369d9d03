"""Photos as they may leave: named by their content, those whose people were not asked left out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from portal.domain.pictures import may_leave
from portal.models import Attachment

_SHORT_HASH = 12
PEOPLE_NOT_ASKED = "people_not_asked"
FILE_MISSING = "file_missing"


@dataclass(frozen=True)
class PictureRecord:
    """One photo. `file` is its place in the story's folder; width and height in pixels."""

    file: str
    lang: str
    description: str
    credit: str
    width: int
    height: int
    content: bytes = field(repr=False)

    def caption(self, licence: str) -> str:
        """Return the line that stands under the photo: what it shows, who took it, the licence."""
        return " · ".join(part for part in (self.description, self.credit, licence) if part)


@dataclass(frozen=True)
class WithheldPicture:
    """A photo that stays, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Pictures:
    """The photos of a story, in their order."""

    leaving: tuple[PictureRecord, ...] = ()
    withheld: tuple[WithheldPicture, ...] = ()


def gather_pictures(
    attachments: Sequence[Attachment], read: Callable[[str], bytes], *, lang: str
) -> Pictures:
    """Return the photos with their bytes; `read` gives those of a file name or raises FileNotFoundError."""
    leaving: list[PictureRecord] = []
    withheld: list[WithheldPicture] = []
    for one in attachments:
        file = f"pictures/{one.sha256[:_SHORT_HASH]}.jpg"
        if not may_leave(one.people):
            withheld.append(WithheldPicture(file, PEOPLE_NOT_ASKED))
            continue
        try:
            content = read(one.public_id)
        except FileNotFoundError:
            withheld.append(WithheldPicture(file, FILE_MISSING))
            continue
        leaving.append(PictureRecord(file, lang, one.description, one.credit, one.width, one.height, content))
    return Pictures(tuple(leaving), tuple(withheld))
