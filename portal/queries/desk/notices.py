"""Notices of the desk: who is to be told, and what somebody has been told."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from portal.domain.desk_notices import ASKED_BY, DUE_WITHIN, MENTIONED_IN_COMMENT, NoticeKind, about_comment
from portal.domain.permissions import CAN_JUDGE, Permission, roles_with
from portal.domain.states import WAITS_FOR_DESK
from portal.models import Call, DeskNotice, Event, Staff, StaffLanguage, Submission, TakeDown
from portal.models.staff import staff_coverage
from portal.queries.constants import constant, constants
from portal.queries.desk.filter_options import walk_unread_languages
from portal.queries.desk.queue import stands_back
from portal.queries.take_downs import is_unrecorded
from portal.queries.visibility import works_everywhere

NOTICES_ON_PAGE = 50
MOST_COUNTED = 100
"""Of unread ones: nobody works differently with more of them."""
MOST_AT_ONCE = 200
"""Submissions of each kind that a round of the clock tells of."""


def is_waiting() -> ColumnElement[bool]:
    """Return the condition on DeskNotice that nobody has read it or dealt with it."""
    return and_(~DeskNotice.is_read, ~DeskNotice.is_done)


def may_still_read() -> ColumnElement[bool]:
    """Return the condition that whoever a notice is for may read its submission, as `may_read` says it."""
    works_there = exists().where(
        staff_coverage.c.staff_id == DeskNotice.staff_id, staff_coverage.c.coverage_id == Call.coverage_id
    )
    return exists().where(
        Staff.id == DeskNotice.staff_id,
        Staff.active,
        Submission.id == DeskNotice.submission_id,
        Call.id == Submission.call_id,
        or_(works_everywhere(), works_there),
    )


def count_unread_of(staff: type[Staff]) -> ScalarSelect[int]:
    """Return how much somebody has not read, as a column beside their account."""
    some = (
        select(constant(1).label("one"))
        .where(DeskNotice.staff_id == staff.id, is_waiting(), may_still_read())
        .limit(constant(MOST_COUNTED))
        .correlate(staff)
        .subquery()
    )
    return select(func.count()).select_from(some).scalar_subquery()


def list_notices(session: Session, staff: Staff, *, before: int | None = None) -> Sequence[DeskNotice]:
    """Return what somebody has been told and is not dealt with, the newest first: one more than a page."""
    query = select(DeskNotice).where(DeskNotice.staff_id == staff.id, ~DeskNotice.is_done, may_still_read())
    if before is not None:
        query = query.where(DeskNotice.id < before)
    loaded = query.options(joinedload(DeskNotice.submission), joinedload(DeskNotice.by))
    return session.scalars(loaded.order_by(DeskNotice.id.desc()).limit(NOTICES_ON_PAGE + 1)).all()


def find_notice(session: Session, staff: Staff, public_id: str) -> DeskNotice | None:
    """Return a notice of this person about what they may read."""
    own = and_(DeskNotice.public_id == public_id, DeskNotice.staff_id == staff.id, may_still_read())
    return session.scalar(select(DeskNotice).where(own).options(joinedload(DeskNotice.submission)))


def find_assignment(session: Session, staff: Staff, submission: Submission) -> DeskNotice | None:
    """Return the notice that a colleague has made this person responsible, while they have done nothing."""
    own = (DeskNotice.staff_id == staff.id, DeskNotice.submission_id == submission.id, _tells_of_assignment())
    return session.scalar(select(DeskNotice).where(*own).options(joinedload(DeskNotice.by)))


def is_told_of_assignment() -> ColumnElement[bool]:
    """Return, beside Submission, whether the person who looks was made responsible and has done nothing."""
    own = DeskNotice.staff_id == bindparam("actor_id", type_=Integer)
    return exists().where(own, DeskNotice.submission_id == Submission.id, _tells_of_assignment())


def _tells_of_assignment() -> ColumnElement[bool]:
    return and_(DeskNotice.kind == NoticeKind.ASSIGNED, ~DeskNotice.is_done)


def find_asker(session: Session, submission: Submission) -> int | None:
    """Return the number of the colleague whose question or invitation was the newest one."""
    asked = select(Event.staff_id).where(Event.submission_id == submission.id, Event.act.in_(ASKED_BY))
    return session.scalar(asked.order_by(Event.id.desc()).limit(1))


def list_judges(session: Session, submission: Submission, *, besides: Staff | None = None) -> Sequence[Staff]:
    """Return who may read a submission and reads its language well, by name."""
    readers = _working_on(submission.call.coverage_id).where(_judges(submission.lang))
    if besides is not None:
        readers = readers.where(Staff.id != besides.id)
    return session.scalars(readers).all()


def list_deciders(session: Session, coverage_id: int) -> Sequence[Staff]:
    """Return who decides on a coverage, by name."""
    deciders = Staff.role.in_(roles_with(Permission.SUBMISSION_DECIDE))
    return session.scalars(_working_on(coverage_id).where(deciders)).all()


def find_worker(session: Session, number: int, submission: Submission) -> Staff | None:
    """Return the colleague of this number, if they may read the submission."""
    return session.scalar(_working_on(submission.call.coverage_id).where(Staff.id == number))


def list_untold(session: Session, kind: NoticeKind, *, at: datetime) -> Sequence[int]:
    """Return the submissions of which the clock has to tell something, and nobody has been told, some."""
    order = (Submission.due_at, Submission.id)
    query = select(Submission.id).where(_is_untold(kind, at=at)).order_by(*order)
    return session.scalars(query.limit(MOST_AT_ONCE)).all()


def load_untold(
    session: Session, kind: NoticeKind, numbers: Collection[int], *, at: datetime
) -> Sequence[Submission]:
    """Return those of some submissions of which there still is something to tell, the soonest first.

    Whoever decides on one or erases it waits until it is told, or has done so.
    """
    query = select(Submission).where(Submission.id.in_(numbers), _is_untold(kind, at=at))
    loaded = query.options(selectinload(Submission.call))  # large, and of many texts: read once for all
    held = loaded.order_by(Submission.id).with_for_update(of=Submission, read=True, key_share=True)
    return sorted(session.scalars(held), key=lambda one: (one.due_at or at, one.id))


def _is_untold(kind: NoticeKind, *, at: datetime) -> ColumnElement[bool]:
    """Return the condition that a promise is late or about to be, or that something must come back."""
    if kind is NoticeKind.TAKE_DOWN:
        waits = select(TakeDown.submission_id).where(is_unrecorded())
        return and_(Submission.id.in_(waits), ~_is_told(kind))
    due = Submission.due_at <= (at if kind is NoticeKind.LATE else at + DUE_WITHIN)
    if kind is NoticeKind.DUE:
        due = and_(due, Submission.due_at > at)
    return and_(Submission.state.in_(constants(WAITS_FOR_DESK)), due, ~stands_back(), ~_is_told(kind))


def list_unread_languages(session: Session) -> Mapping[tuple[int, str], int]:
    """Return the languages, by coverage, in which something waits that nobody there reads, with one text."""
    found: dict[tuple[int, str], int] = {}
    for call_id, coverage_id, lang in session.execute(walk_unread_languages()):
        first = select(func.min(Submission.id)).where(
            Submission.call_id == call_id,
            Submission.lang == lang,
            Submission.state.in_(constants(WAITS_FOR_DESK)),
            ~stands_back(),
        )
        number = session.scalar(first)
        if number is not None:
            found.setdefault((coverage_id, lang), number)
    return found


def load_waiting(session: Session, numbers: Collection[int]) -> Sequence[Submission]:
    """Return those of some submissions that wait for the desk; whoever decides or erases waits, or has."""
    waiting = Submission.id.in_(numbers), Submission.state.in_(constants(WAITS_FOR_DESK))
    held = select(Submission).where(*waiting).order_by(Submission.id)
    return session.scalars(held.with_for_update(of=Submission, read=True, key_share=True)).all()


def count_for_mail(session: Session, mail_id: int) -> Mapping[str, int]:
    """Return how much a mail has to tell when it leaves, by its lines: of what is unread and theirs."""
    in_comment = DeskNotice.about.startswith(about_comment(""))
    line = case((in_comment, MENTIONED_IN_COMMENT), else_=cast(DeskNotice.kind, String)).label("line")
    query = select(line, func.count().label("number")).where(DeskNotice.mail_id == mail_id)
    found = session.execute(query.where(is_waiting(), may_still_read()).group_by(line))
    return {row.line: row.number for row in found}


def is_to_be_mailed() -> ColumnElement[bool]:
    """Return the condition on DeskNotice that its person is to hear of it by mail."""
    return and_(is_waiting(), ~DeskNotice.is_mailed)


def list_mail_readers(session: Session, *, at: datetime, delay: timedelta) -> Sequence[int]:
    """Return the numbers of the people who may have to be written to."""
    made = DeskNotice.made_at <= at - delay
    query = select(DeskNotice.staff_id).where(is_to_be_mailed(), made, may_still_read())
    return session.scalars(query.distinct().order_by(DeskNotice.staff_id)).all()


class NoticeToMail(NamedTuple):
    """What decides when a notice leaves by mail: there may be thousands for a daily one."""

    id: int
    public_id: str
    kind: NoticeKind
    made_at: datetime


def list_to_be_mailed(session: Session, staff: Staff) -> Sequence[NoticeToMail]:
    """Return what somebody is to hear of by mail, the oldest first."""
    query = select(DeskNotice.id, DeskNotice.public_id, DeskNotice.kind, DeskNotice.made_at)
    query = query.where(DeskNotice.staff_id == staff.id, is_to_be_mailed(), may_still_read())
    return [NoticeToMail(*row) for row in session.execute(query.order_by(DeskNotice.id))]


def _is_told(kind: NoticeKind) -> ColumnElement[bool]:
    told = aliased(DeskNotice)
    return exists().where(told.submission_id == Submission.id, told.kind == kind, ~told.is_done)


def _judges(lang: str) -> ColumnElement[bool]:
    return exists().where(
        StaffLanguage.staff_id == Staff.id,
        StaffLanguage.tag == lang,
        StaffLanguage.reading.in_(constants(CAN_JUDGE)),
    )


def _working_on(coverage_id: int) -> Select[Staff]:
    there = select(staff_coverage.c.staff_id).where(staff_coverage.c.coverage_id == coverage_id)
    query = select(Staff).where(Staff.active, or_(works_everywhere(), Staff.id.in_(there)))
    return query.order_by(Staff.name, Staff.id)
