"""What an author answered to the changes of a draft, beside each place, and how old words are put back.

Putting back replaces the very words the author was shown, where they still stand, in the text the page sends:
what a colleague or the editor has written elsewhere stays, and words that were edited since are left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask import request
from wtforms import Field

from portal.domain.author_checks import (
    AnsweredChange,
    CheckAnswer,
    CheckPlace,
    read_answers,
    read_compared,
)
from portal.domain.photo_edits import PHOTO_WORDS, PhotoEdits, read_said
from portal.forms.coverages import DraftForm
from portal.models import AuthorCheck, Draft
from portal.story.changes import replace_stretch, split_stretches
from portal.web.site.checked_changes import ANSWERS, CheckedChange, list_changes, word_place, word_restore

PUT_BACK, TAKE_AGAIN = "put_back", "take_again"
"""Names of the buttons that put old words back, and undo that; their value is the key of the change."""


class AnswerStanding(StrEnum):
    """What stands at the place of an answer now."""

    AS_SHOWN = "as_shown"
    PUT_BACK = "put_back"
    ELSE = "else"
    """Neither what the author was shown nor what was there before."""


@dataclass(frozen=True)
class ShownAnswer:
    """One answer as the page of a draft shows it."""

    key: str
    place: CheckPlace
    label: str
    answer: str
    words: str
    old: str
    new: str
    standing: AnswerStanding

    @property
    def may_put_back(self) -> bool:
        """Say whether one press gives the author the old words: a name is never left empty so."""
        return self.standing is AnswerStanding.AS_SHOWN and (
            bool(self.old) or self.place is not CheckPlace.BYLINE
        )


def describe_check_answers(found: Draft, form: DraftForm) -> dict[str, list[ShownAnswer]]:
    """Return what the author answered last, by place; what was accepted is left out."""
    check, changes = _read_last(found)
    by_place: dict[str, list[ShownAnswer]] = {}
    for one in read_answers(check.answers) if check else ():
        if one.answer is not CheckAnswer.ACCEPT:
            by_place.setdefault(one.place.value, []).append(_describe(found, form, one, changes.get(one.key)))
    return by_place


def count_accepted(found: Draft) -> int:
    """Return how many changes the author accepted last."""
    answers = read_answers(found.checks[-1].answers) if found.checks else ()
    return sum(one.answer is CheckAnswer.ACCEPT for one in answers)


def put_words_back(found: Draft, form: DraftForm) -> bool | None:
    """Put words back into the text that was sent, or undo that, as the button says that was pressed.

    Return whether it was done, None where no such button was pressed.
    """
    pressed = next((name for name in (PUT_BACK, TAKE_AGAIN) if name in request.form), None)
    if pressed is None:
        return None
    change = _read_last(found)[1].get(request.form[pressed])
    return change is not None and _replace(found, form, change, undo=pressed == TAKE_AGAIN)


def _read_last(found: Draft) -> tuple[AuthorCheck | None, dict[str, CheckedChange]]:
    """Return the last check, and the changes its answers are about, by key."""
    check = found.checks[-1] if found.checks else None
    compared = read_compared(check.answers) if check else None
    original = next((one for one in found.submission.revisions if one.number == compared), None)
    if check is None or original is None:
        return check, {}
    return check, {one.key: one for one in list_changes(found, check.revision, original)}


def _describe(
    found: Draft, form: DraftForm, answered: AnsweredChange, change: CheckedChange | None
) -> ShownAnswer:
    is_wish = answered.answer is CheckAnswer.RESTORE
    said = word_restore(change) if change is not None and is_wish else str(ANSWERS[answered.answer])
    return ShownAnswer(
        key=answered.key,
        place=answered.place,
        label=word_place(answered.place, answered.number),
        answer=said,
        words=answered.words,
        old=change.old if change else "",
        new=change.new if change else "",
        standing=_find_standing(found, form, change) if change else AnswerStanding.ELSE,
    )


def _find_standing(found: Draft, form: DraftForm, change: CheckedChange) -> AnswerStanding:
    if change.text is not None:
        stretches = split_stretches(form.body.data or "")
        if change.text.new and stretches.count(change.text.new) == 1:
            return AnswerStanding.AS_SHOWN
        if change.text.old and stretches.count(change.text.old) == 1:
            return AnswerStanding.PUT_BACK
        # What was taken out stands nowhere, and what was added is gone when that is undone.
        return AnswerStanding.ELSE if change.text.new and change.text.old else _find_gone(change, stretches)
    fields = _list_controls(form, change)
    old, new = _read_values(found, form, change) if fields else ({}, {})
    now = {name: " ".join((field.data or "").split()) for name, field in fields.items()}
    for standing, values in ((AnswerStanding.AS_SHOWN, new), (AnswerStanding.PUT_BACK, old)):
        if now and now == {name: " ".join(values[name].split()) for name in now}:
            return standing
    return AnswerStanding.ELSE


def _find_gone(change: CheckedChange, stretches: Sequence[str]) -> AnswerStanding:
    """Say what it means that nothing of a change stands in the text: the place itself has to be there."""
    if change.text is None or (change.text.after and stretches.count(change.text.after) != 1):
        return AnswerStanding.ELSE
    return AnswerStanding.PUT_BACK if change.text.new else AnswerStanding.AS_SHOWN


def _replace(found: Draft, form: DraftForm, change: CheckedChange, *, undo: bool) -> bool:
    """Put the old words in the place of the new ones, or the other way round; say whether that was done."""
    if _find_standing(found, form, change) is not (
        AnswerStanding.PUT_BACK if undo else AnswerStanding.AS_SHOWN
    ):
        return False
    if change.text is not None:
        words = (change.text.old, change.text.new) if undo else (change.text.new, change.text.old)
        text = replace_stretch(form.body.data or "", *words, after=change.text.after)
        if text is None:
            return False
        form.body.data = text
        return True
    values = _read_values(found, form, change)[1 if undo else 0]
    for name, field in _list_controls(form, change).items():
        field.data = values[name]
    return True


def _list_controls(form: DraftForm, change: CheckedChange) -> dict[str, Field]:
    """Return the fields of the form that hold a place, by name; none where there is none to write into."""
    if change.place is not CheckPlace.PHOTO:
        name = change.place.value
        return {name: form[name]} if name in form else {}
    if change.photo not in form.photos.said:
        return {}
    part = form.photos.form[change.photo].form
    return {name: part[name] for name in PHOTO_WORDS}


def _read_values(
    found: Draft, form: DraftForm, change: CheckedChange
) -> tuple[dict[str, str], dict[str, str]]:
    """Return what stood in the fields of a place before the change and after it, by their names."""
    if change.place is not CheckPlace.PHOTO:
        return {change.place.value: change.old}, {change.place.value: change.new}
    shown = next(one for one in found.revisions if one.number == found.checks[-1].revision)
    said = read_said(form.photos.said[change.photo])
    return said, {**said, **PhotoEdits.read(shown.fields.get("photos", {})).words.get(change.photo, {})}
