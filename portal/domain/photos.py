"""The rules about photos of a story: when they are taken, how many, which may leave the portal."""

from dataclasses import dataclass
from enum import StrEnum

from portal.domain.acts import HistoryAct
from portal.domain.errors import DomainError
from portal.domain.limits import Limit
from portal.domain.states import UNDER_WAY, Stage, State

MOST_PICTURES = 5
MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 52_000_000
"""Checked before decoding: a file of a few kilobytes can claim a picture that fills the memory."""
DESCRIPTION_LIMIT = Limit(letters=300, han=120)
CAPTION_LIMIT = Limit(letters=400, han=160)
CREDIT_LIMIT = Limit(letters=120, han=50)
PICTURE_ACTS = (HistoryAct.ADD_PICTURE, HistoryAct.CHANGE_PICTURE, HistoryAct.REMOVE_PICTURE)

_TAKING = UNDER_WAY - {State.INVITED}


class PeopleAnswer(StrEnum):
    """The contributor's answer about the people in a photo. Stored by value."""

    NOBODY = "nobody"
    AGREED = "agreed"
    NOT_ASKED = "not_asked"


class AttachmentKind(StrEnum):
    """The kind of an attachment: a photo is printed, a document backs the story up. Stored by value."""

    PHOTO = "photo"
    DOCUMENT = "document"


class PhotoLicence(StrEnum):
    """The contributor's answer about the rights in a photo. Stored by value."""

    OWN = "own"
    """Taken by the contributor, under the licence of the story."""
    ALLOWED = "allowed"
    """Taken by somebody who allowed it under that licence."""
    EDITORS_ONLY = "editors_only"


@dataclass(frozen=True)
class PictureWords:
    """What its contributor says about a photo, or a part of that.

    Without a caption the description stands under it.
    """

    description: str
    credit: str
    people: PeopleAnswer | None
    licence: PhotoLicence | None
    caption: str = ""


class PictureAnswer(StrEnum):
    """What has to be said about a photo before it may be printed."""

    DESCRIPTION = "description"
    CREDIT = "credit"
    PEOPLE = "people"
    LICENCE = "licence"


class PictureFault(StrEnum):
    """Reasons why a file was not taken as a photo."""

    TOO_LARGE = "too_large"
    NOT_A_PICTURE = "not_a_picture"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SLOW = "too_slow"
    BUSY = "busy"


class PictureRefused(DomainError):
    """A file that is not taken; nothing of it is kept."""

    def __init__(self, fault: PictureFault) -> None:
        super().__init__(fault)
        self.fault = fault


class TooManyPictures(DomainError):
    """The story has as many photos as it may have."""


def takes_pictures(shown: State, stage: Stage) -> bool:
    """Say whether photos may be added and described; `shown` is the state the contributor sees."""
    return stage is Stage.STORY and shown in _TAKING


def takes_refusals(shown: State) -> bool:
    """Say whether a photo can be taken back and nothing else be changed: the story is published."""
    return shown is State.PUBLISHED


def may_leave(people: PeopleAnswer | None, licence: PhotoLicence | None) -> bool:
    """Say whether a photo may be exported: each needs a yes of its own to both questions.

    Nobody can be recognised in it or those who can have agreed; and it may appear under the story's licence.
    """
    return people in (PeopleAnswer.NOBODY, PeopleAnswer.AGREED) and licence in (
        PhotoLicence.OWN,
        PhotoLicence.ALLOWED,
    )


def list_missing_answers(words: PictureWords) -> tuple[PictureAnswer, ...]:
    """Return what its contributor has still to say; a photo of which anything is missing stays here."""
    said = {
        PictureAnswer.DESCRIPTION: words.description,
        PictureAnswer.CREDIT: words.credit,
        PictureAnswer.PEOPLE: words.people,
        PictureAnswer.LICENCE: words.licence,
    }
    return tuple(answer for answer, given in said.items() if not given)
