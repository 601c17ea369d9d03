"""Notices of the desk: made by acts of people and by the clock, ended when they are dealt with."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, or_, select, update
from sqlalchemy.orm import Session

from portal.domain.acts import Act
from portal.domain.deadlines import round_to_hour
from portal.domain.desk_notices import (
    ENDED_BY_CLOSING,
    ENDED_BY_DECISION,
    ENDED_BY_WORK,
    KEPT_DONE,
    KEPT_READ,
    TOLD_OF,
    MailTimes,
    NoticeKind,
    about_comment,
    ready_at,
)
from portal.domain.mail_notices import Notice
from portal.domain.note_mentions import NOBODY_MENTIONED, Mentions, find_mentioned, may_mention
from portal.domain.permissions import Permission
from portal.domain.states import CLOSED, HIDDEN, WAITS_FOR_DESK
from portal.domain.zones import open_zone, zone_of
from portal.models import (
    DeskNotice,
    Draft,
    DraftComment,
    Event,
    Note,
    OutboxMail,
    Staff,
    Submission,
    TakeDown,
)
from portal.models.base import new_public_id
from portal.operations.file_removal import MOST, delete_some
from portal.operations.locking import add_unless_known
from portal.queries.coverages.unsaved_edits import list_colleagues
from portal.queries.desk.notices import (
    find_asker,
    find_worker,
    list_deciders,
    list_judges,
    list_to_be_mailed,
    list_unread_languages,
    load_untold,
    load_waiting,
)
from portal.queries.desk.queue import ranks_last
from portal.queries.readers import list_readers
from portal.queries.take_downs import is_unrecorded
from portal.queries.visibility import may_read

_MARKED_AT_ONCE = 1000
"""Values of a statement; SQLite takes 32,766."""


def notify(
    session: Session,
    people: Iterable[Staff],
    submission: Submission,
    kind: NoticeKind,
    *,
    at: datetime,
    about: str = "",
    by: Staff | None = None,
    renews: bool = False,
) -> None:
    """Tell colleagues something about a submission, each once; nobody is told of what they did.

    With `renews` whoever has read the same before is told once more.
    """
    same = (DeskNotice.submission_id == submission.id, DeskNotice.kind == kind, DeskNotice.about == about)
    is_over = or_(DeskNotice.is_done, DeskNotice.is_read) if renews else DeskNotice.is_done
    session.execute(delete(DeskNotice).where(*same, is_over))
    for one in people:
        if by is not None and one.id == by.id:
            continue
        values = _write_notice(one, submission, kind, at=at, about=about, by=by)
        known_by = ("staff_id", "kind", "submission_id", "about")
        add_unless_known(session.connection(), DeskNotice.__table__, values, known_by=known_by)  # type: ignore[arg-type]  # a mapped class names its table as FromClause


def _write_notice(
    staff: Staff, submission: Submission, kind: NoticeKind, *, at: datetime, about: str, by: Staff | None
) -> dict[str, Any]:
    return {
        "public_id": new_public_id(),
        "staff_id": staff.id,
        "submission_id": submission.id,
        "kind": kind,
        "about": about,
        "by_id": by.id if by is not None else None,
        "made_at": at,
        "changed_on": _day_of(at),
    }


def tell_assigned(
    session: Session,
    assigned: Sequence[tuple[Submission, Event]],
    *,
    by: Staff,
    to: Staff | None,
    at: datetime,
) -> None:
    """Tell who was made responsible; who was before need not do anything about it any more."""
    submissions, events = zip(*assigned, strict=True)
    _end(session, submissions, {NoticeKind.ASSIGNED}, at=at, by=[event.id for event in events])
    if to is None or to.id == by.id:
        return
    told = [
        _write_notice(to, submission, NoticeKind.ASSIGNED, at=at, about=str(event.id), by=by)
        for submission, event in assigned
    ]
    session.execute(insert(DeskNotice), told)


def untell_assigned(
    session: Session, submissions: Sequence[Submission], undone: Sequence[Event], *, at: datetime
) -> None:
    """End what people were told of responsibilities that are undone; who was told before is told again."""
    _end(session, submissions, {NoticeKind.ASSIGNED}, at=at)
    reopen_notices(session, undone)


def tell_mentioned(session: Session, submission: Submission, note: Note, body: str, *, by: Staff) -> Mentions:
    """Tell the colleagues a note names who may read its submission; return their names."""
    if not may_mention(body):
        return NOBODY_MENTIONED
    names = {one.public_id: one.name for one in list_readers(session, submission)}
    found = find_mentioned(body, names)
    people = session.scalars(select(Staff).where(Staff.public_id.in_(found.found))).all()
    notify(session, people, submission, NoticeKind.MENTIONED, at=note.written_at, about=note.public_id, by=by)
    return Mentions(tuple(names[one] for one in found.found), found.unknown)


def tell_mentioned_in_comment(
    session: Session, draft: Draft, comment: DraftComment, body: str, *, thread: str, by: Staff
) -> Mentions:
    """Tell the colleagues a comment names who may edit its draft, once until they have read it.

    `thread` is the public id of the comment that was answered, or of this one. Returns their names.
    """
    if not may_mention(body):
        return NOBODY_MENTIONED
    editors = {one.staff.public_id: one.staff for one in list_colleagues(session, draft) if one.may_edit}
    found = find_mentioned(body, {key: one.name for key, one in editors.items()})
    people = [editors[one] for one in found.found]
    notify(
        session,
        people,
        draft.submission,
        NoticeKind.MENTIONED,
        at=comment.written_at,
        about=about_comment(thread),
        by=by,
        renews=True,
    )
    return Mentions(tuple(one.name for one in people), found.unknown)


def tell_of_author(session: Session, submission: Submission, kind: NoticeKind, event: Event) -> None:
    """Tell who is responsible what the author did, else who asked for it, else who can read it.

    `event` knows the hour alone. Of what came unverified and nobody has decided about nobody is told.
    """
    if ranks_last(submission):
        return
    number = submission.assignee_id or find_asker(session, submission)
    worker = find_worker(session, number, submission) if number is not None else None
    people = [worker] if worker is not None else _responsible_for(session, submission)
    notify(session, people, submission, kind, at=event.at, renews=True)


def ask_readers(
    session: Session, submission: Submission, *, by: Staff, lang: str, at: datetime
) -> Collection[Staff]:
    """Ask those who read a text for a gist in a language of the desk; return whom, maybe nobody."""
    readers = list_judges(session, submission, besides=by)
    notify(session, readers, submission, NoticeKind.GIST_ASKED, at=at, about=lang, by=by, renews=True)
    return readers


def end_asking_for_gist(session: Session, submission: Submission, lang: str, *, at: datetime) -> None:
    """End what was asked for in a language: the gist is there."""
    _end(session, [submission], {NoticeKind.GIST_ASKED}, DeskNotice.about == lang, at=at)


def follow_moves(session: Session, moves: Sequence[tuple[Submission, Event]]) -> None:
    """End what changes of state have dealt with, and tell what an author did; all are of one act."""
    first = moves[0][1]
    over: Collection[NoticeKind] = ()
    if first.to_state in CLOSED | HIDDEN:
        over = ENDED_BY_CLOSING
    elif first.staff_id is not None:
        over = ENDED_BY_DECISION
    elif first.to_state not in WAITS_FOR_DESK:
        over = {NoticeKind.DUE, NoticeKind.LATE}
    if over:
        own = (DeskNotice.staff_id == first.staff_id) & DeskNotice.kind.in_(sorted(ENDED_BY_WORK))
        is_over = or_(DeskNotice.kind.in_(sorted(over)), own)
        ended = [submission for submission, _event in moves]
        _end(session, ended, list(NoticeKind), is_over, at=first.at, by=[event.id for _one, event in moves])
    for submission, event in moves:
        if event.by_author and Act(event.act) in TOLD_OF:
            tell_of_author(session, submission, TOLD_OF[Act(event.act)], event)


def reopen_notices(session: Session, undone: Sequence[Event]) -> None:
    """Bring back what decisions had ended that are undone."""
    its = DeskNotice.submission_id.in_([event.submission_id for event in undone])
    ended = DeskNotice.done_with.in_([event.id for event in undone])
    session.execute(update(DeskNotice).where(its, ended).values(is_done=False, done_with=None))


def end_own(session: Session, *submissions: Submission, by: Staff, at: datetime) -> None:
    """End what somebody was told of texts with which they have just done something."""
    _end(session, submissions, ENDED_BY_WORK, DeskNotice.staff_id == by.id, at=at)


def mark_notice(session: Session, notice: DeskNotice, *, is_read: bool, at: datetime) -> None:
    """Note that its person has read it, or wants to see it as unread."""
    its = DeskNotice.id == notice.id
    session.execute(update(DeskNotice).where(its).values(is_read=is_read, changed_on=_day_of(at)))


def mark_all_read(session: Session, staff: Staff, *, at: datetime) -> None:
    """Note that somebody has read all they were told."""
    unread = (DeskNotice.staff_id == staff.id, ~DeskNotice.is_read)
    session.execute(update(DeskNotice).where(*unread).values(is_read=True, changed_on=_day_of(at)))


def tell_untold(session: Session, kind: NoticeKind, numbers: Collection[int], *, at: datetime) -> None:
    """Tell what the clock says of these submissions: a promise is late or about to be, a copy is out."""
    for submission in load_untold(session, kind, numbers, at=at):
        if kind is NoticeKind.TAKE_DOWN:
            deciders = list_deciders(session, submission.call.coverage_id)
            notify(session, deciders, submission, kind, at=at)
        else:
            people = _responsible_for(session, submission)
            notify(session, people, submission, kind, at=at, about=_name_promise(submission))


def follow_clock(session: Session, *, at: datetime) -> None:
    """Tell which languages nobody reads, and end what is over without an act that says so."""
    _tell_unread_languages(session, at=at)
    _end_promises_kept(session, at=at)
    waits = exists().where(TakeDown.submission_id == DeskNotice.submission_id, is_unrecorded())
    _end_where(session, NoticeKind.TAKE_DOWN, ~waits, at=at)


def queue_desk_mail(session: Session, number: int, *, at: datetime, delay: timedelta) -> bool:
    """Put a mail into the outbox for a person who is to hear by now of what waits; say whether there is one.

    Each notice goes into one mail. Of two workers at once one passes a person over.
    """
    held = select(Staff).where(Staff.id == number, Staff.active)
    staff = session.scalar(held.with_for_update(skip_locked=True, key_share=True))
    if staff is None:
        return False
    times = times_of(staff)
    ready = [
        one
        for one in list_to_be_mailed(session, staff)
        if times.may_leave(ready_at(one.kind, one.made_at, delay=delay), at=at)
    ]
    if not ready:
        return False
    mail = OutboxMail(
        kind=Notice.DESK,
        locale=staff.locale,
        staff_id=staff.id,
        dedupe_key=f"{staff.public_id}:{ready[-1].public_id}:{Notice.DESK}",
        queued_at=round_to_hour(at),
        run_at=round_to_hour(at),
    )
    session.add(mail)
    session.flush()
    for start in range(0, len(ready), _MARKED_AT_ONCE):
        told = DeskNotice.id.in_([one.id for one in ready[start : start + _MARKED_AT_ONCE]])
        session.execute(update(DeskNotice).where(told).values(is_mailed=True, mail_id=mail.id))
    return True


def times_of(staff: Staff) -> MailTimes:
    """Return when somebody wants to be written to."""
    zone = open_zone(zone_of(staff.time_zone, staff.locale))
    return MailTimes(staff.mail_choice, zone, staff.quiet_from, staff.quiet_until)


def delete_old_notices(session: Session, *, at: datetime, most: int = MOST) -> int:
    """Delete what was dealt with a day ago, or read two weeks ago, at most so many; return how many."""
    done = DeskNotice.is_done & (DeskNotice.changed_on <= at - KEPT_DONE - timedelta(days=1))
    read = DeskNotice.is_read & (DeskNotice.changed_on <= at - KEPT_READ)
    return delete_some(session, DeskNotice, or_(done, read), most=most)


def drop_notices(session: Session, staff: Staff) -> None:
    """Delete what somebody was told who does not work on it any more, and mail about it that waits."""
    session.execute(
        delete(OutboxMail).where(
            OutboxMail.staff_id == staff.id, OutboxMail.kind == Notice.DESK, OutboxMail.sent_at.is_(None)
        )
    )
    session.execute(delete(DeskNotice).where(DeskNotice.staff_id == staff.id))


def _responsible_for(session: Session, submission: Submission) -> Collection[Staff]:
    """Return whose a promise is: the one who is responsible, else who can read it, else who decides there."""
    assignee = submission.assignee
    if assignee is not None and may_read(assignee, submission):
        return [assignee]
    readers = [one for one in list_judges(session, submission) if one.may(Permission.SUBMISSION_MODERATE)]
    return readers or list_deciders(session, submission.call.coverage_id)


def _name_promise(submission: Submission) -> str:
    return submission.due_at.isoformat() if submission.due_at is not None else ""


def _tell_unread_languages(session: Session, *, at: datetime) -> None:
    unread = list_unread_languages(session)
    still = {(number, lang) for (_coverage, lang), number in unread.items()}
    kind = NoticeKind.UNREAD_LANGUAGE
    told = select(DeskNotice.submission_id, DeskNotice.about).where(
        DeskNotice.kind == kind, ~DeskNotice.is_done
    )
    for number, lang in session.execute(told.distinct()).all():
        if (number, lang) not in still:
            its = (DeskNotice.submission_id == number) & (DeskNotice.about == lang)
            _end_where(session, kind, its, at=at)
    coverages = {number: (coverage_id, lang) for (coverage_id, lang), number in unread.items()}
    for submission in load_waiting(session, coverages):
        coverage_id, lang = coverages[submission.id]
        notify(session, list_deciders(session, coverage_id), submission, kind, at=at, about=lang)


def _end_promises_kept(session: Session, *, at: datetime) -> None:
    """End what is over without an act that says so: a promise moved, a late one is not about to be."""
    its = Submission.id == DeskNotice.submission_id
    waits = exists().where(its, Submission.state.in_(WAITS_FOR_DESK))
    for kind in (NoticeKind.DUE, NoticeKind.LATE):
        _end_where(session, kind, ~waits, at=at)
    _end_where(session, NoticeKind.DUE, exists().where(its, Submission.due_at <= at), at=at)


def _end(
    session: Session,
    submissions: Collection[Submission],
    kinds: Collection[NoticeKind],
    *conditions: ColumnElement[bool],
    at: datetime,
    by: Collection[int] = (),
) -> None:
    """End notices of these submissions; `by` are the numbers of the events, one of each, that do so."""
    numbers = [submission.id for submission in submissions]
    its = (DeskNotice.submission_id.in_(numbers), DeskNotice.kind.in_(sorted(kinds)), ~DeskNotice.is_done)
    done_with = (
        select(Event.id)
        .where(Event.submission_id == DeskNotice.submission_id, Event.id.in_(by))
        .scalar_subquery()
    )
    done = {"is_done": True, "done_with": done_with if by else None, "changed_on": _day_of(at)}
    session.execute(update(DeskNotice).where(*its, *conditions).values(**done))


def _end_where(session: Session, kind: NoticeKind, condition: ColumnElement[bool], *, at: datetime) -> None:
    over = (DeskNotice.kind == kind, ~DeskNotice.is_done, condition)
    ending = update(DeskNotice).where(*over).values(is_done=True, changed_on=_day_of(at))
    session.execute(ending, execution_options={"synchronize_session": False})


def _day_of(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
