"""The file that comes with a message: a photo or a document, cleaned and stored before the message is."""

from pathlib import Path

from werkzeug.datastructures import FileStorage

from portal.domain.errors import DomainError
from portal.web.site.stored_files import StoredFile, store_document, store_photo
from portal.web.site.uploads import receive

_HEAD_BYTES = 12
_BRAND = slice(4, 8)
_KIND = slice(8, 12)
_JPEG, _PNG, _RIFF, _WEBP, _BOXES = b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"WEBP", b"ftyp"


class PhotoTooEarly(DomainError):
    """A photo where only documents are taken: photos belong to a story."""


def take_file(sent: FileStorage, *, with_photos: bool, language: str) -> StoredFile:
    """Clean a file and store it; its row is still to be added. A text probably is in `language`, a tag.

    Raises PhotoTooEarly, PictureRefused, DocumentRefused, SeveralReadings, NoRoom. Never call it inside a
    transaction.
    """
    with receive(sent) as arrived:
        # How it begins only says which reader is asked; what that cannot read is refused.
        if not _begins_like_photo(arrived.source):
            return store_document(arrived, language=language)
        if not with_photos:
            raise PhotoTooEarly
        return store_photo(arrived)


def _begins_like_photo(source: Path) -> bool:
    with source.open("rb") as opened:
        head = opened.read(_HEAD_BYTES)
    is_webp = head.startswith(_RIFF) and head[_KIND] == _WEBP
    return head.startswith((_JPEG, _PNG)) or is_webp or head[_BRAND] == _BOXES
