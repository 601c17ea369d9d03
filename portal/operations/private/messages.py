"""Messages between a contributor and the desk, and how far each side has read them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from portal.domain.acts import Act, HistoryAct
from portal.domain.answers import takes_messages
from portal.domain.audit import AuditAct
from portal.domain.deadlines import round_to_hour
from portal.domain.desk_notices import NoticeKind
from portal.domain.errors import IllegalTransition, MissingText, NotPermitted, StaleEdit
from portal.domain.mail_notices import Notice
from portal.domain.permissions import Permission
from portal.domain.states import State
from portal.domain.transitions import fits
from portal.models import Attachment, Event, Message, OutboxMail, Staff, Submission
from portal.models.submission import BY_DESK_CODE
from portal.operations.audit_log import record_act
from portal.operations.desk.notices import tell_of_author
from portal.operations.locking import lock_submission
from portal.operations.private.author_acts import add_message, reply
from portal.operations.private.documents import StoredDocument, add_document
from portal.operations.private.photos import StoredPicture, add_picture
from portal.operations.sweeps import ask_sweep
from portal.operations.transitions import queue_notice
from portal.queries.private.messages import find_newest_visible
from portal.queries.visibility import may_read

_NO_WINDOW = timedelta(0)
_NEVER_SENT = frozenset({State.WRITING, State.ERASED})


def write_to_desk(
    session: Session,
    submission: Submission,
    *,
    body: str,
    at: datetime,
    after: str | None = None,
    is_author: bool = True,
) -> Message:
    """Keep what the contributor writes: the answer while a question is open, else a message of its own.

    `after` is the public id of the newest message the form showed, empty when it showed none; the same words
    once more from that form give the message that is there already. A decision the contributor has not been
    told of refuses no word: it makes a message of the answer. `is_author` False is whoever came with a code
    of the desk: what they write answers no question, and says where it comes from. Raises MissingText, and
    IllegalTransition when the submission was erased or never sent.
    """
    if not body.strip():
        raise MissingText(HistoryAct.MESSAGE)
    lock_submission(session, submission)
    known = find_repeated(session, submission, body, after)
    if known is not None:
        return known
    if not takes_messages(submission.state):
        raise IllegalTransition(submission.state, HistoryAct.MESSAGE)
    shown = submission.state_shown(at)
    is_asked = fits(shown, submission.stage, Act.REPLY) and fits(
        submission.state, submission.stage, Act.REPLY
    )
    if is_asked and is_author:
        return reply(session, submission, body=body, at=at)
    event = _add_event(session, submission, by=None, at=round_to_hour(at), is_author=is_author)
    tell_of_author(session, submission, NoticeKind.ANSWERED, event)
    # Whoever decides next has to have seen it: the version grows, though nothing else changes.
    flag_modified(submission, "state")
    return add_message(session, submission, HistoryAct.MESSAGE, body=body, at=at, by_desk_code=not is_author)


def attach_file(
    session: Session,
    submission: Submission,
    message: Message,
    stored: StoredPicture | StoredDocument,
    *,
    at: datetime,
) -> Attachment:
    """Add the file that came with a message of the contributor and return it.

    A file that is there already is the first one, so the new bytes are not needed; the thread shows it with
    the message it came with first. Raises what add_picture and add_document raise.
    """
    if isinstance(stored, StoredPicture):
        file = add_picture(session, submission, stored, at=at)
    else:
        file = add_document(session, submission, stored, at=at, message=message)
    if file.message_id is None:
        file.message_id = message.id
        session.flush()
    return file


def write_to_author(
    session: Session,
    submission: Submission,
    *,
    by: Staff,
    body: str,
    lang: str,
    at: datetime,
    seen: int,
    window: timedelta = _NO_WINDOW,
) -> Message:
    """Write to the contributor without deciding anything; they see it when the undo window has passed.

    `lang` is the tag of the language `body` is in. Who answers has read the thread, so it is marked as read.
    Raises NotPermitted, MissingText, StaleEdit, and IllegalTransition when there is nobody to write to.
    """
    if not by.may(Permission.SUBMISSION_MODERATE) or not may_read(by, submission):
        raise NotPermitted(HistoryAct.MESSAGE)
    if not body.strip():
        raise MissingText(HistoryAct.MESSAGE)
    if seen != submission.version:
        raise StaleEdit(HistoryAct.MESSAGE)
    if submission.state in _NEVER_SENT:
        raise IllegalTransition(submission.state, HistoryAct.MESSAGE)
    event = _add_event(session, submission, by=by, at=at)
    message = Message(
        submission_id=submission.id,
        from_desk=True,
        staff_id=by.id,
        event_id=event.id,
        act=HistoryAct.MESSAGE,
        body=body,
        lang=lang,
        sent_at=at,
        visible_at=at + window,
    )
    session.add(message)
    session.flush()
    submission.desk_read_id, submission.unread_letter_id = message.id, None
    queue_notice(session, submission, Notice.UPDATE, event_id=event.id, at=at, run_at=message.visible_at)
    session.flush()
    return message


def take_back_message(
    session: Session, submission: Submission, message: Message, *, by: Staff, at: datetime
) -> None:
    """Delete a message of the desk that has not reached the contributor, and its mail; the audit log says so.

    For who wrote it, and for who may decide. Raises NotPermitted, and IllegalTransition when it is no such
    message or too late.
    """
    if message.staff_id != by.id and not by.may(Permission.SUBMISSION_DECIDE):
        raise NotPermitted(HistoryAct.MESSAGE)
    waits = message.from_desk and message.act == HistoryAct.MESSAGE and at < message.visible_at
    if message.submission_id != submission.id or not waits:
        raise IllegalTransition(submission.state, HistoryAct.MESSAGE)
    unsent = OutboxMail.event_id == message.event_id, OutboxMail.sent_at.is_(None)
    session.execute(delete(OutboxMail).where(*unsent))
    written = session.get(Event, message.event_id) if message.event_id else None
    session.delete(message)
    ask_sweep(session, at=at)
    record_act(session, AuditAct.TAKE_MESSAGE_BACK, by=by, about=submission.public_id, at=at)
    if written is not None:
        session.delete(written)
        session.flush()


def mark_thread_read(session: Session, submission: Submission, *, at: datetime) -> None:
    """Note that somebody of the desk has read what the contributor wrote up to `at`."""
    if submission.unread_letter_id is None:
        return
    newest = session.scalar(
        select(func.max(Message.id)).where(
            Message.submission_id == submission.id, Message.from_desk.is_(False), Message.visible_at <= at
        )
    )
    if newest is None or newest <= (submission.desk_read_id or 0):
        return
    unread = Submission.__table__.c.unread_letter_id
    _write_quietly(session, submission, desk_read_id=newest, unread_letter_id=case((unread > newest, unread)))


def begin_visit(session: Session, submission: Submission, *, at: datetime) -> int | None:
    """Note that the contributor has the thread before them; return up to where they had it before.

    What is newer than that is new to this visit (ContributorSession.unread_from).
    """
    before = submission.thread_read_id
    newest = find_newest_visible(session, submission, at=at)
    if newest is not None and newest > (before or 0):
        _write_quietly(session, submission, thread_read_id=newest)
    return before


def _add_event(
    session: Session, submission: Submission, *, by: Staff | None, at: datetime, is_author: bool = True
) -> Event:
    event = Event(
        submission_id=submission.id,
        act=HistoryAct.MESSAGE,
        from_state=submission.state,
        to_state=submission.state,
        staff_id=by.id if by else None,
        by_author=by is None and is_author,
        detail={} if is_author else {BY_DESK_CODE: True},
        at=at,
    )
    session.add(event)
    session.flush()
    return event


def find_repeated(session: Session, submission: Submission, body: str, after: str | None) -> Message | None:
    """Return the message these words made already; without `after`, since the desk last wrote."""
    since = Message.from_desk.is_(True) if after is None else Message.public_id == after
    start = session.scalar(select(func.max(Message.id)).where(Message.submission_id == submission.id, since))
    return session.scalar(
        select(Message)
        .where(
            Message.submission_id == submission.id,
            Message.from_desk.is_(False),
            Message.act.in_((HistoryAct.REPLY, HistoryAct.MESSAGE)),
            Message.id > (start or 0),
            Message.body == body,
        )
        .limit(1)
    )


def _write_quietly(session: Session, submission: Submission, **marks: Any) -> None:
    """Write marks past the version counter: reading must not make anybody's decision stale."""
    session.flush()
    columns = Submission.__table__.c
    session.connection().execute(
        update(Submission.__table__)  # type: ignore[arg-type]  # a mapped class names its table as FromClause
        .where(columns.id == submission.id)
        .values(marks)
    )
    session.expire(submission, list(marks))
