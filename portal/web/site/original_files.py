"""Files as they were sent: what their author is asked about each, what editors hear, and the yes."""

from collections.abc import Sequence
from typing import Any

from flask_babel import format_date, ngettext

from portal.database import transaction
from portal.domain.retention import original_until
from portal.extensions import db, now
from portal.forms.photos import ConfirmForm
from portal.models import OriginalFile, Submission
from portal.operations.private.originals import confirm_words, read_taken
from portal.queries.photos import list_original_files
from portal.sealing.keys import CannotOpen
from portal.traces import clear_at_once
from portal.web.site.file_texts import describe_dropped, describe_letters


def delete_original_file(submission: Submission, found: OriginalFile) -> None:
    """Delete a file as it was sent, at once."""
    with transaction() as session:
        confirm_words(session, submission, found, at=now())
    clear_at_once(at=now())


def describe_originals(submission: Submission) -> dict[int | None, dict[str, Any]]:
    """Return what the page asks about each file of a text, by the id of its document.

    Those of the story itself stand by the negative of their own.
    """
    originals = list_original_files(db.session(), submission.id)
    return {one.attachment_id or -one.id: describe_original(one) for one in originals}


def describe_original(one: OriginalFile) -> dict[str, Any]:
    """Return what is asked about one file."""
    return {
        "file": one,
        "name": _open_name(one),
        "told": describe_taken(one),
        "until": format_date(original_until(one.received_at), "long"),
        "form": make_confirm_form(one, formdata=None),
    }


def make_confirm_form(original: OriginalFile, **given: None) -> ConfirmForm:
    """Build the form that says yes to what was taken from a file."""
    return ConfirmForm(name=f"confirm-{original.id}", **given)


def describe_taken(original: OriginalFile) -> Sequence[str]:
    """Return in words what of a file is not kept; nothing where no key opens it."""
    try:
        taken = read_taken(original)
    except CannotOpen:
        return ()
    return [*describe_letters(taken.letters), *describe_dropped(taken.dropped)]


def describe_for_editors(originals: Sequence[OriginalFile]) -> str:
    """Say that words of a file could not be placed and its author has not looked yet; empty when all are."""
    number = sum(map(_count_unplaced, originals))
    if not number:
        return ""
    return str(
        ngettext(
            "%(num)s word of the file could not be placed. The author has not confirmed the text yet.",
            "%(num)s words of the file could not be placed. The author has not confirmed the text yet.",
            number,
        )
    )


def _count_unplaced(original: OriginalFile) -> int:
    try:
        return len(read_taken(original).letters.unplaced)
    except CannotOpen:
        return 0


def _open_name(original: OriginalFile) -> str:
    try:
        return original.name
    except CannotOpen:
        return ""
