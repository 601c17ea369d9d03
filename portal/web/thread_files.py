"""The file that comes with a message: a photo or a document, cleaned and stored before the message is."""

from pathlib import Path

from werkzeug.datastructures import FileStorage

from portal.domain.errors import DomainError
from portal.extensions import current_portal
from portal.media.document import clean_document
from portal.media.image import clean_picture
from portal.operations.attaching import StoredDocument
from portal.operations.picturing import StoredPicture
from portal.storage import store_file
from portal.web.uploading import Arrived, receive, seal_name

StoredFile = StoredPicture | StoredDocument

_HEAD_BYTES = 12
_BRAND = slice(4, 8)
_KIND = slice(8, 12)
_JPEG, _PNG, _RIFF, _WEBP, _BOXES = b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"WEBP", b"ftyp"


class PhotoTooEarly(DomainError):
    """A photo where only documents are taken: photos belong to a story."""


def take_file(sent: FileStorage, *, with_photos: bool) -> StoredFile:
    """Clean a file and store it; its row is still to be added.

    Raises PhotoTooEarly, PictureRefused, DocumentRefused, NoRoom. Never call it inside a transaction.
    """
    with receive(sent) as arrived:
        # How it begins only says which reader is asked; what that cannot read is refused.
        if not _begins_like_photo(arrived.source):
            return _take_document(arrived)
        if not with_photos:
            raise PhotoTooEarly
        return _take_photo(arrived)


def _begins_like_photo(source: Path) -> bool:
    with source.open("rb") as opened:
        head = opened.read(_HEAD_BYTES)
    is_webp = head.startswith(_RIFF) and head[_KIND] == _WEBP
    return head.startswith((_JPEG, _PNG)) or is_webp or head[_BRAND] == _BOXES


def _take_photo(arrived: Arrived) -> StoredPicture:
    cleaned = clean_picture(arrived.source, arrived.scratch / "clean")
    name = store_file(current_portal().instance.files_folder, cleaned.content)
    size, sealed = len(cleaned.content), seal_name(arrived.name, name)
    return StoredPicture(name, cleaned.sha256, cleaned.width, cleaned.height, size, sealed)


def _take_document(arrived: Arrived) -> StoredDocument:
    cleaned = clean_document(arrived.source, arrived.scratch)
    name = store_file(current_portal().instance.files_folder, cleaned.content)
    size, sealed = len(cleaned.content), seal_name(arrived.name, name)
    return StoredDocument(name, cleaned.sha256, cleaned.format, cleaned.pages, size, sealed)
