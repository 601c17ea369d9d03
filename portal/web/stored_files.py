"""A file that arrived is cleaned and stored before its row is there; without a row it does not stay."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from portal.database import transaction
from portal.extensions import current_portal
from portal.media.document import clean_document
from portal.media.image import clean_picture
from portal.models import Attachment
from portal.operations.attaching import StoredDocument
from portal.operations.picturing import StoredPicture
from portal.storage import remove_files, store_file
from portal.web.uploading import Arrived, seal_name

StoredFile = StoredPicture | StoredDocument


def store_photo(arrived: Arrived) -> StoredPicture:
    """Clean a photo and store it. Raises PictureRefused."""
    cleaned = clean_picture(arrived.source, arrived.scratch / "clean")
    file = store_file(current_portal().instance.files_folder, cleaned.content)
    sealed = seal_name(arrived.name, file.name)
    return StoredPicture(file, cleaned.sha256, cleaned.width, cleaned.height, sealed, cleaned.is_cut)


def store_document(arrived: Arrived, *, language: str) -> StoredDocument:
    """Rebuild a document and store it; it probably is in `language`, a tag.

    Raises DocumentRefused and SeveralReadings.
    """
    cleaned = clean_document(arrived.source, arrived.scratch, language=language, encoding=arrived.encoding)
    file = store_file(current_portal().instance.files_folder, cleaned.content)
    sealed = seal_name(arrived.name, file.name)
    return StoredDocument(
        file,
        cleaned.sha256,
        cleaned.format,
        cleaned.pages,
        sealed,
        letters=cleaned.letters,
        dropped=cleaned.dropped,
    )


def add_stored(stored: StoredFile | None, add: Callable[[Session], Attachment | None]) -> None:
    """Do in one transaction what adds the row of a stored file; `stored` None does it without a file.

    `add` returns the row. When it fails, or finds the same file there already, the stored one goes again.
    After a commit that broke nobody knows whether the row is there: then it stays, and erasing by the clock
    clears files without a row.
    """
    kept: str | None = None
    try:
        with transaction() as session:
            row = add(session)
            kept = row.public_id if row is not None else None
    finally:
        if stored is not None and kept != stored.file.name:
            remove_files(current_portal().instance.files_folder, [stored.file.name])
