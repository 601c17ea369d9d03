"""Storing a file that arrived: cleaned and stored before its row is there; without a row it does not stay."""

import hashlib
from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.documents import NoRoom
from portal.extensions import current_portal, now
from portal.media.document import clean_document
from portal.media.image import clean_picture
from portal.models import Attachment, OriginalFile, Submission
from portal.operations.private.documents import StoredDocument, StoredOriginal
from portal.operations.private.originals import TakenContent, keep_original
from portal.operations.private.photos import StoredPicture
from portal.storage import remove_files, store_file
from portal.web.site.uploads import ReceivedFile, seal_name

StoredFile = StoredPicture | StoredDocument


def store_photo(arrived: ReceivedFile) -> StoredPicture:
    """Clean a photo and store it. Raises PictureRefused."""
    cleaned = clean_picture(arrived.source, arrived.scratch / "clean")
    file = store_file(current_portal().instance.files_folder, cleaned.content)
    sealed = seal_name(arrived.name, file.name)
    return StoredPicture(file, cleaned.sha256, cleaned.width, cleaned.height, sealed, cleaned.is_cut)


def store_document(arrived: ReceivedFile, *, language: str) -> StoredDocument:
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
        original=store_original(arrived.source.read_bytes(), arrived.name),
    )


def store_original(content: bytes, name: str) -> StoredOriginal | None:
    """Store a file as it was sent; None where the disk has no room for it."""
    try:
        file = store_file(current_portal().instance.files_folder, content)
    except NoRoom:
        return None
    return StoredOriginal(file, hashlib.sha256(content).hexdigest(), name)


def add_stored(stored: StoredFile | None, add: Callable[[Session], Attachment | None]) -> bool:
    """Do in one transaction what adds the row of a stored file; `stored` None does it without a file.

    `add` returns the row. When it fails, or finds the same file there already, the stored one goes again.
    After a commit that broke nobody knows whether the row is there: then it stays, and erasing by the clock
    clears files without a row. Returns whether a document is kept as it was sent, too.
    """
    original = stored.original if isinstance(stored, StoredDocument) else None
    names = {one.file.name for one in (stored, original) if one is not None}
    kept: set[str] = set()
    try:
        with transaction() as session:
            row = add(session)
            kept = {row.public_id, *_keep_beside(session, row, stored)} if row is not None else set()
    finally:
        if names - kept:
            remove_files(current_portal().instance.files_folder, names - kept)
    return original is not None and original.file.name in kept


def _keep_beside(session: Session, row: Attachment, stored: StoredFile | None) -> Sequence[str]:
    """Keep a document that is new as it was sent, too; return the name of what is kept."""
    if not isinstance(stored, StoredDocument) or not stored.original or row.public_id != stored.file.name:
        return ()
    submission, taken = (
        session.get_one(Submission, row.submission_id),
        TakenContent(stored.letters, stored.dropped),
    )
    original = keep_original(session, submission, stored.original, taken, at=now(), document=row)
    return (original.public_id,) if original is not None else ()


def add_original(
    submission: Submission, stored: StoredOriginal, taken: TakenContent, *, writing: str
) -> OriginalFile | None:
    """Keep the file of a story as it was sent, read into the unsent version `writing`.

    None where there is no room for it.
    """
    kept: OriginalFile | None = None
    try:
        with transaction() as session:
            kept = keep_original(session, submission, stored, taken, at=now(), writing=writing)
    finally:
        if kept is None or kept.public_id != stored.file.name:
            remove_files(current_portal().instance.files_folder, [stored.file.name])
    return kept
