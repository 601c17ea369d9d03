"""Decisions of the desk about one submission: each is a state change with its message, reason or draft."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.acts import Act
from portal.domain.answers import STORY_FROM_FILE
from portal.domain.errors import DomainError, MissingText, NotPermitted
from portal.domain.languages import UNDETERMINED
from portal.domain.permissions import CAN_JUDGE
from portal.domain.questions import QuestionRole
from portal.domain.states import State
from portal.domain.take_downs import Recall
from portal.domain.transitions import TRANSITIONS, MessageRule
from portal.models import Draft, Event, Staff, Submission
from portal.models.base import new_public_id
from portal.models.submission import BROUGHT_BACK
from portal.operations.coverages.author_changes import read_choices
from portal.operations.coverages.draft_copies import reinstate_draft
from portal.operations.coverages.draft_fields import TITLE_LENGTH, add_save
from portal.operations.coverages.slugs import find_free_slug
from portal.operations.recalls import close_as_moot, open_take_downs
from portal.operations.transitions import (
    add_desk_message,
    change_state,
    change_states,
    may_undo,
    standing_decision,
    undo_decision,
)
from portal.queries.answers import current_answers, current_text
from portal.queries.drafts import find_set_aside, list_saves
from portal.story.typed_text import to_source

REASON_SPAM = "spam"
"""The one reason that needs no words: nobody answers spam."""

_NO_WINDOW = timedelta(0)


class LanguageNotRead(NotPermitted):
    """Nobody declines a text in a language they do not read."""


class NoOriginal(DomainError):
    """A duplicate needs an original: another submission of the same call that is no duplicate itself."""


def may_judge(staff: Staff, submission: Submission) -> bool:
    """Say whether the person reads the submission's language well enough to decline it.

    A text whose language is not known is anybody's to judge.
    """
    if submission.lang == UNDETERMINED:
        return True
    return any(known.tag == submission.lang and known.reading in CAN_JUDGE for known in staff.languages)


def decide(
    session: Session,
    submission: Submission,
    act: Act,
    *,
    by: Staff,
    at: datetime,
    seen: int,
    body: str = "",
    window: timedelta = _NO_WINDOW,
    due: datetime | None = None,
) -> Event:
    """Do an act with its message, as its row says. Raises MissingText when one is needed and missing."""
    if TRANSITIONS[act].note is MessageRule.NEEDED_MESSAGE:
        _require_text(body)
    event = _decide(session, submission, act, by=by, at=at, seen=seen, window=window, due=due)
    add_desk_message(session, submission, event, by=by, body=body, window=window)
    return event


def ask(
    session: Session,
    submission: Submission,
    *,
    by: Staff,
    at: datetime,
    seen: int,
    body: str,
    window: timedelta = _NO_WINDOW,
) -> Event:
    """Put a question to the contributor. Raises MissingText without one."""
    return decide(session, submission, Act.ASK, by=by, at=at, seen=seen, body=body, window=window)


def invite(
    session: Session,
    submission: Submission,
    *,
    by: Staff,
    at: datetime,
    seen: int,
    body: str = "",
    due: datetime | None = None,
    window: timedelta = _NO_WINDOW,
) -> Event:
    """Invite the author of a pitch to send the full story, by a date if one is given."""
    return decide(session, submission, Act.INVITE, by=by, at=at, seen=seen, body=body, window=window, due=due)


def accept(
    session: Session,
    submission: Submission,
    *,
    by: Staff,
    at: datetime,
    seen: int,
    body: str = "",
    window: timedelta = _NO_WINDOW,
) -> Draft:
    """Take the story into the coverage: the draft is a copy, the original stays as it was sent.

    A draft that an undone acceptance has set aside comes back, with everything that was saved in it.
    """
    event = decide(session, submission, Act.ACCEPT, by=by, at=at, seen=seen, body=body, window=window)
    draft = find_set_aside(session, submission.id)
    if draft is None:
        draft = _copy_draft(session, submission, by=by, at=at)
    else:
        if saves := len(list_saves(draft)):
            event.detail = {**event.detail, BROUGHT_BACK: saves}
        reinstate_draft(draft, copy_fields(submission), by=by, at=at)
        close_as_moot(session, submission, Recall.UNDONE, at=at)
    return draft


def decline(
    session: Session,
    submission: Submission,
    *,
    by: Staff,
    at: datetime,
    seen: int,
    reason: str,
    body: str,
    window: timedelta = _NO_WINDOW,
) -> Event:
    """Say no, with a reason for our statistics and words for the author.

    Raises LanguageNotRead, and MissingText without a reason or without words (words may be missing for spam).
    """
    texts, versions = [(submission, body)], [seen]
    return decline_many(session, texts, by=by, at=at, seen=versions, reason=reason, window=window)[0]


def decline_many(
    session: Session,
    texts: Sequence[tuple[Submission, str]],
    *,
    by: Staff,
    at: datetime,
    seen: Sequence[int] | None = None,
    reason: str,
    window: timedelta = _NO_WINDOW,
    batch: str = "",
) -> Sequence[Event]:
    """Decline texts, each with the words its author gets, in a few statements. Raises as `decline`."""
    for submission, body in texts:
        if not may_judge(by, submission):
            raise LanguageNotRead(submission.lang)
        _require_text(reason)
        if reason != REASON_SPAM:
            _require_text(body)
    submissions, detail = [submission for submission, _body in texts], {"reason": reason}
    with session.no_autoflush:  # state and reason are written at once
        events = _decide_many(
            session,
            submissions,
            Act.DECLINE,
            by=by,
            at=at,
            seen=seen,
            window=window,
            detail=detail,
            batch=batch,
        )
        for (submission, body), event in zip(texts, events, strict=True):
            submission.decline_reason = reason
            add_desk_message(session, submission, event, by=by, body=body, window=window)
    return events


def mark_spam(
    session: Session,
    submission: Submission,
    *,
    by: Staff,
    at: datetime,
    seen: int,
    window: timedelta = _NO_WINDOW,
) -> Event:
    """Put the submission aside as spam. Nothing is told to the sender."""
    return _decide(session, submission, Act.MARK_SPAM, by=by, at=at, seen=seen, window=window)


def mark_many_spam(
    session: Session,
    submissions: Sequence[Submission],
    *,
    by: Staff,
    at: datetime,
    window: timedelta = _NO_WINDOW,
    batch: str = "",
) -> Sequence[Event]:
    """Put many aside as spam in a few statements. Nothing is told to the senders."""
    act = Act.MARK_SPAM
    return _decide_many(session, submissions, act, by=by, at=at, window=window, batch=batch)


def mark_duplicate(
    session: Session,
    submission: Submission,
    *,
    original: Submission,
    by: Staff,
    at: datetime,
    seen: int,
    window: timedelta = _NO_WINDOW,
) -> Event:
    """Close the submission as a second copy of `original`. Raises NoOriginal when that cannot be one."""
    if (
        original.id == submission.id
        or original.call_id != submission.call_id
        or original.state is State.DUPLICATE
    ):
        raise NoOriginal(original.public_id)
    detail = {"original": original.public_id}
    with (
        session.no_autoflush
    ):  # a duplicate without its original breaks a constraint: both are written at once
        event = _decide(
            session, submission, Act.MARK_DUPLICATE, by=by, at=at, seen=seen, window=window, detail=detail
        )
        submission.duplicate_of_id = original.id
    return event


def withdraw_on_request(
    session: Session, submission: Submission, *, by: Staff, at: datetime, seen: int, note: str
) -> Event:
    """Withdraw for an author who asked outside the portal; `note` says how. Raises MissingText.

    What is published need not be opened for a correction first: it becomes tasks at its addresses.
    """
    _require_text(note)
    act = Act.ASK_TAKE_DOWN if submission.state is State.PUBLISHED else Act.WITHDRAW
    event = _decide(session, submission, act, by=by, at=at, seen=seen, detail={"note": note})
    open_take_downs(session, submission, Recall.WITHDRAWN, at=at)
    return event


def reopen(session: Session, submission: Submission, *, by: Staff, at: datetime, seen: int) -> Event:
    """Take a closed submission back; a decision that has not gone out yet is undone instead."""
    if may_undo(submission, standing_decision(session, submission), by=by, at=at):
        return undo_decision(session, submission, by=by, at=at, seen=seen)
    with session.no_autoflush:
        detail = {"duplicate_of": submission.duplicate_of_id, "reason": submission.decline_reason}
        event = _decide(session, submission, Act.REOPEN, by=by, at=at, seen=seen, detail=detail)
    close_as_moot(session, submission, Recall.WITHDRAWN, at=at)
    return event


def _decide(
    session: Session,
    submission: Submission,
    act: Act,
    *,
    by: Staff,
    at: datetime,
    seen: int,
    window: timedelta = _NO_WINDOW,
    due: datetime | None = None,
    detail: dict[str, Any] | None = None,
) -> Event:
    """Move the submission and let go of it: a decided text needs nobody on it."""
    event = change_state(
        session, submission, act, by=by, at=at, seen=seen, window=window, due=due, detail=detail
    )
    _let_go(submission)
    return event


def _decide_many(
    session: Session,
    submissions: Sequence[Submission],
    act: Act,
    *,
    by: Staff,
    at: datetime,
    seen: Sequence[int] | None = None,
    window: timedelta,
    detail: dict[str, Any] | None = None,
    batch: str,
) -> Sequence[Event]:
    """Move many, and let go of them, in a few statements."""
    events = change_states(
        session, submissions, act, by=by, at=at, seen=seen, window=window, detail=detail, batch=batch
    )
    for submission in submissions:
        _let_go(submission)
    return events


def _let_go(submission: Submission) -> None:
    submission.claimed_by_id, submission.claimed_since, submission.claimed_at = None, None, None


def _require_text(text: str) -> None:
    if not text.strip():
        raise MissingText


def copy_fields(submission: Submission) -> dict[str, Any]:
    """Return the fields of a draft as the author's newest answers fill them."""
    answers = current_answers(submission)
    return {
        "title": (current_text(submission, QuestionRole.TITLE) or submission.heading)[:TITLE_LENGTH],
        "dek": "",
        "excerpt": "",
        "body": to_source(current_text(submission, QuestionRole.BODY), answers.get(STORY_FROM_FILE, "")),
        "slug": "",
        "photos": {},
        **read_choices(submission.call.questions, answers),
        "content_warning": "",
        "topics": [],
    }


def _copy_draft(session: Session, submission: Submission, *, by: Staff, at: datetime) -> Draft:
    """Add the editorial copy of what the author sent last."""
    fields, sent, public_id = copy_fields(submission), submission.latest.number, new_public_id()
    fields["slug"] = find_free_slug(session, submission, fields["title"], public_id)
    draft = Draft(
        public_id=public_id,
        submission_id=submission.id,
        lang=submission.lang,
        accepted_at=at,
        edited_at=at,
        source_revision=sent,
        revision=1,
    )
    with session.no_autoflush:
        session.add(draft)
        for name, value in fields.items():
            setattr(draft, name, value)
        add_save(draft, fields, by=by, at=at, sent_number=sent)
    return draft
