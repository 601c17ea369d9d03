"""Photos and documents of a story: what is known about each. The bytes are files, see portal.storage."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.photos import AttachmentKind, PeopleAnswer, PhotoLicence
from portal.models.base import Base, Moment, PublicId, new_public_id, value_enum
from portal.models.sealing import SealedField, SealedRow, ring_of
from portal.sealing.keys import file_facts_place, file_key_place, picture_words_place
from portal.sealing.sealed_file import SealedFile


def _place_of_words(row: "Attachment") -> str:
    return picture_words_place(row.public_id)


def _place_of_facts(row: "Attachment") -> str:
    return file_facts_place(row.public_id)


class Attachment(SealedRow, Base):
    """One photo or document, cleaned of everything hidden in it. Its file has the public id for a name."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    kind: Mapped[AttachmentKind] = mapped_column(value_enum(AttachmentKind), default=AttachmentKind.PHOTO)
    format: Mapped[str] = mapped_column(String(10), default="jpeg")
    """What the cleaned file is: "jpeg", "pdf", "txt" or "md"."""
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="SET NULL"))
    """The message of the thread it came with, if it came with one."""
    sealed_name: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Envelope of portal.sealing.keys over the name the file had: it can say who somebody is."""
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the sealed file as it lies there, so that copies are compared without a key."""
    size: Mapped[int]
    """Bytes of the sealed file, which is filled up to a step."""
    sealed_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Envelope of portal.sealing.keys over the key that opens the file. Empty while it lies in the open, as
    releases before left it."""
    sealed_facts: Mapped[bytes] = mapped_column(LargeBinary)
    """Envelope of portal.sealing.keys over what the cleaned file could be recognised by."""
    position: Mapped[int]
    sealed_words: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Envelope of portal.sealing.keys over what is said about a photo: it names people, and who took it."""
    people: Mapped[PeopleAnswer | None] = mapped_column(value_enum(PeopleAnswer))
    """Empty until the contributor has answered; such a photo stays here."""
    licence: Mapped[PhotoLicence | None] = mapped_column(value_enum(PhotoLicence))
    """Empty until the contributor has answered; such a photo stays here."""
    changed_at: Mapped[datetime | None] = mapped_column(Moment)
    """Hour of the contributor's last change, so that copies outside show as outdated."""
    received_at: Mapped[datetime] = mapped_column(Moment)
    """Rounded down to the hour, like every time of a contributor's act."""

    description = SealedField("sealed_words", _place_of_words, "")
    caption = SealedField("sealed_words", _place_of_words, "")
    """What is printed below it, beside the credit."""
    credit = SealedField("sealed_words", _place_of_words, "")
    """Who took it, as it is printed."""

    content_sha256 = SealedField("sealed_facts", _place_of_facts, "")
    """Of the cleaned file, never of what was sent: that hash could be matched with a copy elsewhere."""
    content_size = SealedField("sealed_facts", _place_of_facts, 0)
    """Bytes of the cleaned file."""
    width = SealedField("sealed_facts", _place_of_facts, 0)
    height = SealedField("sealed_facts", _place_of_facts, 0)
    """Pixels of a photo; 0 for a document."""
    is_cut = SealedField("sealed_facts", _place_of_facts, 0)
    """1 for a photo of which only a part arrived."""
    pages = SealedField("sealed_facts", _place_of_facts, 0)
    """Pages of a document that has such; else 0."""

    @property
    def file(self) -> SealedFile:
        """Return what finds and opens the file. Raises CannotOpen."""
        place = file_key_place(self.public_id)
        key = ring_of(self).open(self.sealed_key, place) if self.sealed_key is not None else None
        return SealedFile(self.public_id, self.sha256, self.size, self.content_size, key)
