"""Photos as they may leave: named by their content, only those with a yes of their own; never a document."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from portal.domain.photo_edits import PhotoEdits
from portal.domain.photos import AttachmentKind, PeopleAnswer, list_missing_answers, may_leave
from portal.models import Attachment
from portal.operations.private.photos import read_picture_words
from portal.sealing.keys import CannotOpen
from portal.story.blocks import Figure
from portal.story.picture_marks import make_photo_key

_SHORT_HASH = 12
NO_EDITS = PhotoEdits()
FindAddress = Callable[[Attachment], str]
PEOPLE_NOT_ASKED = "people_not_asked"
NOT_LICENSED = "not_licensed"
NOT_DESCRIBED = "not_described"
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
    words: str = ""
    """The caption; without one the description stands under the photo."""
    key: str = ""
    """By which the text names it, see story.blocks.Picture."""
    licence: str = ""
    """The line about its licence, where it is another than the story's."""
    address: str = ""
    """Where it is fetched for a day; empty for formats that have no need of it, and where nobody could."""

    def caption(self, licence: str) -> str:
        """Return the line that stands under the photo: caption, who took it, the licence."""
        parts = (self.words or self.description, self.credit, self.licence or licence)
        return " · ".join(part for part in parts if part)

    def show(self, licence: str, src: str = "") -> Figure:
        """Return what a writer shows; `src` is where the file is, else its place in the story's folder."""
        return Figure(
            src=src or self.file,
            alt=self.description,
            caption=self.caption(licence),
            lang=self.lang,
            width=self.width,
            height=self.height,
        )


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
    attachments: Sequence[Attachment],
    read: Callable[[Attachment], bytes],
    *,
    lang: str,
    edits: PhotoEdits = NO_EDITS,
    find_address: FindAddress | None = None,
) -> Pictures:
    """Return the photos with their bytes, in the order and with the words that editors decided on.

    `read` gives the bytes of a photo or raises OSError; `find_address` says where it can be fetched.
    """
    leaving: list[PictureRecord] = []
    withheld: list[WithheldPicture] = []
    for key, one in sort_photos(attachments, edits).items():
        reason = find_reason(one)
        if reason:
            withheld.append(WithheldPicture(name_picture(one), reason))
            continue
        try:
            content = read(one)
        except OSError:
            withheld.append(WithheldPicture(name_picture(one), FILE_MISSING))
            continue
        record = _make_record(key, one, lang, edits, content)
        leaving.append(replace(record, address=find_address(one)) if find_address else record)
    return Pictures(tuple(leaving), tuple(withheld))


def _make_record(
    key: str, photo: Attachment, lang: str, edits: PhotoEdits, content: bytes = b""
) -> PictureRecord:
    printed = edits.print_words(key, read_picture_words(photo))
    return PictureRecord(
        name_picture(photo),
        lang,
        printed.alt,
        printed.credit,
        photo.width,
        photo.height,
        content,
        words=printed.caption,
        key=key,
        licence=printed.licence_line,
    )


def sort_photos(attachments: Sequence[Attachment], edits: PhotoEdits) -> dict[str, Attachment]:
    """Return the photos among some files by key, in the order of print; documents are none."""
    photos = {make_photo_key(one.public_id): one for one in attachments if one.kind is AttachmentKind.PHOTO}
    return {key: photos[key] for key in edits.sort(list(photos))}


def show_photos(
    attachments: Sequence[Attachment],
    edits: PhotoEdits,
    *,
    lang: str,
    licence: str,
    address: Callable[[Attachment], str],
) -> dict[str, Figure]:
    """Return how the photos that may leave are printed, by key, in their order; `address` is where one is.

    One that no key opens does not leave, and is passed over.
    """
    shown: dict[str, Figure] = {}
    for key, one in sort_photos(attachments, edits).items():
        with suppress(CannotOpen):
            if not find_reason(one):
                shown[key] = _make_record(key, one, lang, edits).show(licence, address(one))
    return shown


def name_picture(photo: Attachment) -> str:
    """Return the place of a photo in the folder of its story; of one that cannot be opened a place, too."""
    try:
        known_by = photo.content_sha256
    except CannotOpen:
        known_by = photo.sha256
    return f"pictures/{known_by[:_SHORT_HASH]}.jpg"


def may_leave_now(file: Attachment) -> bool:
    """Say whether a file is a photo that leaves with its story."""
    return file.kind is AttachmentKind.PHOTO and not find_reason(file)


def find_reason(photo: Attachment) -> str:
    """Return why a photo stays; empty when it may leave."""
    if not may_leave(photo.people, photo.licence):
        asked = photo.people in (PeopleAnswer.NOBODY, PeopleAnswer.AGREED)
        return NOT_LICENSED if asked else PEOPLE_NOT_ASKED
    return NOT_DESCRIBED if list_missing_answers(read_picture_words(photo)) else ""
