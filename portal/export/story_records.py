"""Records of the stories that were chosen, their photos read from the store."""

import errno
import hashlib
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from portal.domain.photo_edits import PhotoEdits
from portal.domain.photos import AttachmentKind, PictureWords
from portal.export.photos import FindAddress, gather_pictures
from portal.export.record import ExportRecord, build_record
from portal.models import Attachment
from portal.operations.private.photos import read_picture_words
from portal.queries.coverages.export import ExportSource
from portal.sealing.keys import CannotOpen
from portal.storage import read_file


class Contents(NamedTuple):
    """The contents of an exported story: a save of the draft, and photos with what is said about each."""

    revision: int
    photos: tuple[tuple[str, PictureWords], ...]


def digest_contents(source: ExportSource) -> bytes:
    """Return a checksum of a story's contents: with another one by now it must not leave.

    What the coverage says is not among them. Its licence is no matter of this: an author who has not agreed
    to another one keeps the story here. Its title and topics are the newsroom's own words: a file of the
    minute before has the older ones as well, and who mends a title must not cost a file of thousands all it
    has. A site is sent no title of a coverage, and topics by the table of the site, which is compared.
    """
    photos = tuple(
        (one.public_id, read_picture_words(one))
        for one in source.draft.submission.attachments
        if one.kind is AttachmentKind.PHOTO
    )
    return hashlib.sha256(repr(Contents(source.draft.revision, photos)).encode()).digest()


def gather_records(
    sources: Sequence[ExportSource], folder: Path, find_address: FindAddress | None = None
) -> list[ExportRecord]:
    """Return the records with their photos, whose files lie in `folder`. Raises ExportRefused."""
    read = partial(read_photo, folder)
    return [
        build_record(
            source.draft,
            source.coverage,
            licence=source.licence,
            refusal=source.refusal,
            pictures=gather_pictures(
                source.draft.submission.attachments,
                read,
                lang=source.draft.lang,
                edits=PhotoEdits.read(source.draft.photos),
                find_address=find_address,
            ),
        )
        for source in sources
    ]


def read_photo(folder: Path, photo: Attachment) -> bytes:
    """Return the content of a photo. Raises OSError for one that is gone, damaged, or that no key opens."""
    try:
        return read_file(folder, photo.file)
    except CannotOpen as error:
        raise OSError(errno.EIO, os.strerror(errno.EIO)) from error
