"""Unsent words of the private page: what a form shows of them, and what a request brings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request, session, url_for
from sqlalchemy.orm import Session

from portal.domain.unsent_words import CHOSEN, UnsentPlace, UnsentWords
from portal.extensions import current_portal, db
from portal.models import Submission
from portal.operations.private.unsent import delete_sent_words, list_words
from portal.story.normalise import clean_text
from portal.web.site.page_owner import mark_owner

_SENT = "sent_words"
_LONGEST_NUMBER = 9
_FIELDS: Mapping[UnsentPlace, frozenset[str]] = {
    UnsentPlace.THREAD: frozenset({"body"}),
    UnsentPlace.CHECK: frozenset({"objections", "words", CHOSEN}),
    UnsentPlace.PHOTOS: frozenset({"description", "caption", "credit"}),
}
"""The fields of each form that hold words, by the last part of their names."""
_PAGES: Mapping[UnsentPlace, str] = {
    UnsentPlace.THREAD: "private.enter",
    UnsentPlace.CHECK: "private_approval.show",
    UnsentPlace.PHOTOS: "private_photos.index",
}


@dataclass(frozen=True)
class TypedBefore:
    """Unsent words typed at a place, for its form and for keep.mjs."""

    place: UnsentPlace
    newest: UnsentWords | None
    others: Sequence[UnsentWords]
    copy_key: str
    """The name of the copy on the device."""
    at_risk: bool

    @property
    def save_url(self) -> str:
        """Return where the form is saved."""
        return url_for("private_save.save", place=self.place)

    @property
    def words(self) -> Mapping[str, str]:
        """Return what stands in the form."""
        return self.newest.words if self.newest else {}

    @property
    def hidden(self) -> dict[str, str]:
        """Return what the form says of the version it goes on with."""
        newest = self.newest
        return {"writing": newest.public_id, "sequence": str(newest.sequence)} if newest else {}


def find_typed(submission: Submission, place: UnsentPlace) -> TypedBefore:
    """Return what was typed at a place of this text and not sent."""
    kept = list_words(db.session(), submission, place, keys=current_portal().instance.keys)
    newest, others = (kept[0], [one for one in kept[1:] if one.spoken]) if kept else (None, [])
    return TypedBefore(place, newest, others, name_device_copy(submission, place), submission.at_risk)


def name_device_copy(submission: Submission, place: UnsentPlace) -> str:
    """Return the name of the copy on the device."""
    return f"{name_copies_of(submission)}{place}"


def name_copies_of(submission: Submission) -> str:
    """Return how the names of all copies of this private page begin."""
    return f"{mark_owner(submission)}:"


def read_posted_words(place: UnsentPlace) -> UnsentWords:
    """Return what the request brings for a place."""
    texts = {
        name: clean_text(text)
        for name, text in request.form.items()
        if name.rpartition("-")[2] in _FIELDS[place] and text.strip()
    }
    revision = request.form.get("revision", "") if place is UnsentPlace.CHECK else ""
    return UnsentWords(
        place,
        texts,
        request.form.get("writing", ""),
        _read_number(request.form.get("sequence", "")),
        _read_number(revision),
    )


def _read_number(given: str) -> int:
    return int(given) if given.isdecimal() and len(given) < _LONGEST_NUMBER else 0


def delete_posted_words(session_: Session, submission: Submission, place: UnsentPlace) -> None:
    """Delete the unsent words that this request has sent."""
    delete_sent_words(session_, submission, read_posted_words(place), keys=current_portal().instance.keys)


def note_sent(submission: Submission, place: UnsentPlace) -> None:
    """Have the next page let go of the copy on the device: once it is certain that the words are with us."""
    session[_SENT] = name_device_copy(submission, place)


def take_sent_copy() -> str:
    """Return the name of the copy that is needless since the last request, once."""
    found: str = session.pop(_SENT, "")
    return found


def page_of(place: UnsentPlace) -> str:
    """Return the address of a place."""
    return url_for(_PAGES[place])
