"""Files as their author sent them, kept sealed until the author has seen what was taken from them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Moment, PublicId, new_public_id
from portal.models.sealing import SealedField, SealedRow, ring_of
from portal.sealing.keys import file_facts_place, file_key_place
from portal.sealing.sealed_file import SealedFile


def _place_of_facts(row: "OriginalFile") -> str:
    return file_facts_place(row.public_id)


class OriginalFile(SealedRow, Base):
    """One file as it was sent: its author alone opens it. The file has the public id for a name."""

    __tablename__ = "original_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    attachment_id: Mapped[int | None] = mapped_column(
        ForeignKey("attachment.id", ondelete="CASCADE"), index=True
    )
    """The document that was made of it; empty of a story's file, whose words stand in the text."""
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the sealed file as it lies there, so that copies are compared without a key."""
    size: Mapped[int]
    """Bytes of the sealed file, which is filled up to a step."""
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    """Envelope of portal.sealing.keys over the key that opens the file."""
    sealed_facts: Mapped[bytes] = mapped_column(LargeBinary)
    """Envelope of portal.sealing.keys over what tells the file apart, and what of it is not kept."""
    received_at: Mapped[datetime] = mapped_column(Moment)
    """Rounded down to the hour, like every time of a contributor's act."""

    content_sha256 = SealedField("sealed_facts", _place_of_facts, "")
    content_size = SealedField("sealed_facts", _place_of_facts, 0)
    """Bytes of the file as it was sent."""
    name = SealedField("sealed_facts", _place_of_facts, "")
    """The name it had: it can say who somebody is."""
    writing = SealedField("sealed_facts", _place_of_facts, "")
    """Public id of the unsent version that a story's words were read into; it may be gone since."""
    letters: SealedField[Mapping[str, Any]] = SealedField("sealed_facts", _place_of_facts, {})
    """The count of its letters (portal.media.letter_count), with the words that could not be placed."""
    dropped: SealedField[Sequence[Sequence[Any]]] = SealedField("sealed_facts", _place_of_facts, ())
    """What it had besides words that are kept, and how often."""

    @property
    def file(self) -> SealedFile:
        """Return what finds and opens the file. Raises CannotOpen."""
        key = ring_of(self).open(self.sealed_key, file_key_place(self.public_id))
        return SealedFile(self.public_id, self.sha256, self.size, self.content_size, key)
