"""The changes of an edited text, one by one, as its author is asked about them and the desk reads answers.

What an author wrote is compared with the very save that was sent for approval. A change is known again by its
key as long as the words before and after it are the same.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.domain.author_checks import CheckAnswer, CheckPlace, spot_key
from portal.domain.consent import printed_byline
from portal.domain.photo_edits import PhotoEdits, PrintedWords
from portal.export.photos import may_leave_now, sort_photos
from portal.models import Attachment, Draft, Revision, Submission
from portal.operations.coverages.author_changes import read_choices
from portal.operations.private.photos import read_picture_words
from portal.queries.coverages.overview import read_original
from portal.sealing.keys import CannotOpen
from portal.story.changes import TextChange, list_text_changes, split_stretches, trace_change, write_words

_KEY_LENGTH = 8
_BEFORE_TEXT = (
    CheckPlace.TITLE,
    CheckPlace.DEK,
    CheckPlace.EXCERPT,
    CheckPlace.CONTENT_WARNING,
    CheckPlace.BYLINE,
)
_OF_THE_DESK = frozenset({*_BEFORE_TEXT, CheckPlace.PLACE})
"""What an editor writes and an author hardly ever does."""
_PHOTO_LINES = ("caption", "credit", "licence_line", "alt")
_PLACES: Mapping[CheckPlace, LazyString] = {
    CheckPlace.TITLE: _l("Title"),
    CheckPlace.DEK: _l("Line under the title"),
    CheckPlace.EXCERPT: _l("Excerpt for lists"),
    CheckPlace.CONTENT_WARNING: _l("Content warning"),
    CheckPlace.BYLINE: _l("Name to print"),
    CheckPlace.BIO: _l("About the author"),
    CheckPlace.PLACE: _l("Place on its card"),
}
ANSWERS: Mapping[CheckAnswer, LazyString] = {
    CheckAnswer.ACCEPT: _l("Accept"),
    CheckAnswer.RESTORE: _l("Put back"),
    CheckAnswer.OBJECT: _l("Disagree"),
    CheckAnswer.COMMENT: _l("Comment"),
}


@dataclass(frozen=True)
class CheckedChange:
    """One change; `old` and `new` are its words, "" where there were or are none."""

    key: str
    place: CheckPlace
    number: int
    """Of the paragraph or the photo; 0 for what there is one of."""
    old: str
    new: str
    reasons: Sequence[str]
    """Why editors made it, as far as they said."""
    text: TextChange | None = None
    """Of a paragraph, its Markdown."""
    photo: str = ""
    """Of a photo, its key."""

    @property
    def spot(self) -> tuple[str, str, str]:
        """Return what it shares with a change that another text makes at the same place."""
        if self.text is not None:
            return CheckPlace.BODY.value, "", self.text.old or self.text.new
        return self.place.value, self.photo, ""

    @property
    def label(self) -> str:
        """Return what the place is called, in the reader's language."""
        return word_place(self.place, self.number)

    @property
    def kind(self) -> str:
        """Return in a word what was done."""
        if not self.new:
            return str(_("Taken out"))
        if self.place in _OF_THE_DESK or (not self.old and self.place is CheckPlace.BODY):
            return str(_("Written by the editor"))
        return str(_("Changed")) if self.old else str(_("Added"))


@dataclass(frozen=True)
class _Save:
    """One save of a draft, with its fields."""

    number: int
    fields: Mapping[str, Any]
    reason: str


def word_place(place: CheckPlace, number: int) -> str:
    """Return what a place of a text is called, in the reader's language."""
    if place is CheckPlace.BODY:
        return str(_("Paragraph %(number)s", number=number))
    if place is CheckPlace.TAKEN_OUT:
        return str(_("Paragraph %(number)s of the original", number=number))
    if place is CheckPlace.PHOTO:
        return str(_("Photo %(number)s", number=number))
    return str(_PLACES[place])


def word_restore(change: CheckedChange) -> str:
    """Return what the answer is called that wants the old words: where there were none, nothing is wanted."""
    return str(ANSWERS[CheckAnswer.RESTORE]) if change.old else str(_("Leave it out"))


def list_changes(draft: Draft, revision: int, original: Revision) -> list[CheckedChange]:
    """Return what was changed from an author's revision to a save of the draft, in the order of print.

    Raises CannotOpen.
    """
    rows = [one for one in draft.revisions if one.number <= revision]
    saves = [_Save(one.number, one.fields, one.reason) for one in rows]
    steps = [pair for pair in pairwise(saves) if pair[1].reason]
    now = saves[-1].fields
    before = _read_author(draft.submission, original)
    found = [
        *_list_fields(_BEFORE_TEXT, before, now, steps),
        *_list_paragraphs(before["body"], now["body"], saves),
        *_list_photos(draft.submission.attachments, PhotoEdits.read(now.get("photos", {})), steps),
        *_list_fields((CheckPlace.BIO, CheckPlace.PLACE), before, now, steps),
    ]
    return [_put_own_reason(one, rows[-1].change_reasons) for one in _number_alike(found)]


def _put_own_reason(change: CheckedChange, given: Mapping[str, str]) -> CheckedChange:
    """Let what was said about one change stand for what was said about the saves it came with."""
    own = given.get(spot_key(change.spot))
    return replace(change, reasons=[own]) if own else change


def _read_author(submission: Submission, revision: Revision) -> dict[str, str]:
    """Return what the author says, by the names of a draft's fields; what only the desk writes is empty."""
    original = read_original(submission, revision)
    own = read_choices(submission.call.questions, revision.answers)
    return {
        "title": original.title,
        "body": original.source,
        "byline": printed_byline(own["byline_mode"], own["byline"]),
        "bio": own["bio"],
    }


def _list_fields(
    places: Sequence[CheckPlace],
    before: Mapping[str, str],
    now: Mapping[str, Any],
    steps: Sequence[tuple[_Save, _Save]],
) -> Iterator[CheckedChange]:
    for place in places:
        old, new = before.get(place, ""), _read_field(now, place)
        if old.split() != new.split():
            reasons = [
                after.reason
                for prior, after in steps
                if _read_field(prior.fields, place) != _read_field(after.fields, place)
            ]
            yield CheckedChange(_make_key(place, old, new), place, 0, old, new, reasons)


def _read_field(fields: Mapping[str, Any], place: CheckPlace) -> str:
    if place is CheckPlace.BYLINE:
        return printed_byline(fields.get("byline_mode") or "", fields["byline"])
    return str(fields.get(place, ""))


def _list_paragraphs(old: str, new: str, saves: Sequence[_Save]) -> Iterator[CheckedChange]:
    texts = [split_stretches(save.fields["body"]) for save in saves]
    steps = list(pairwise(texts))
    has_reasons = any(save.reason for save in saves)
    for one in list_text_changes(split_stretches(old), split_stretches(new)):
        brought = sorted(trace_change(one, steps)) if has_reasons else ()
        words = [write_words(source) if source else "" for source in (one.old, one.new)]
        yield CheckedChange(
            _make_key(CheckPlace.BODY, one.old, one.new),
            CheckPlace.BODY if one.new else CheckPlace.TAKEN_OUT,
            one.number,
            words[0],
            words[1],
            [saves[step + 1].reason for step in brought if saves[step + 1].reason],
            text=one,
        )


def _list_photos(
    attachments: Sequence[Attachment], edits: PhotoEdits, steps: Sequence[tuple[_Save, _Save]]
) -> Iterator[CheckedChange]:
    for number, (key, photo) in enumerate(list_printed(attachments, edits).items(), 1):
        said = read_picture_words(photo)
        old, new = (one.print_words(key, said) for one in (PhotoEdits(), edits))
        if old != new:
            reasons = [
                after.reason for before, after in steps if _edits_of(before, key) != _edits_of(after, key)
            ]
            made = _make_key(f"{CheckPlace.PHOTO} {key}", repr(old), repr(new))
            words = _write_other(old, new), _write_other(new, old)
            yield CheckedChange(made, CheckPlace.PHOTO, number, *words, reasons, photo=key)


def list_printed(attachments: Sequence[Attachment], edits: PhotoEdits) -> dict[str, Attachment]:
    """Return the photos that may leave now, by key, in the order of print; one that is shut does not."""
    found = {}
    for key, photo in sort_photos(attachments, edits).items():
        with suppress(CannotOpen):
            if may_leave_now(photo):
                found[key] = photo
    return found


def _edits_of(save: _Save, key: str) -> Mapping[str, str]:
    return PhotoEdits.read(save.fields.get("photos", {})).words.get(key, {})


def _write_other(words: PrintedWords, than: PrintedWords) -> str:
    """Return what is printed with a photo, a line each, as far as it differs."""
    texts = ((getattr(words, name), getattr(than, name)) for name in _PHOTO_LINES)
    return "\n".join(text for text, other in texts if text and text != other)


def _make_key(place: str, old: str, new: str) -> str:
    return hashlib.sha256("\0".join((place, old, new)).encode()).hexdigest()[:_KEY_LENGTH]


def _number_alike(changes: Sequence[CheckedChange]) -> Iterator[CheckedChange]:
    """Give changes of the same words keys of their own."""
    seen: dict[str, int] = {}
    for one in changes:
        times = seen[one.key] = seen.get(one.key, -1) + 1
        yield replace(one, key=f"{one.key}{times}") if times else one
