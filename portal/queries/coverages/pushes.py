"""Stories on their way to targets, and what stands there of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.domain.pushes import LOOKED_AT_FOR, SETTLED_THERE, UNDER_WAY, PushState, looks_again_after
from portal.domain.remote_sites import RemoteStatus
from portal.domain.states import State
from portal.models import Call, Coverage, Draft, Push, RemoteCopy, Submission, Target
from portal.queries.coverages.export import SETTLED, load_block
from portal.queries.desk.queue import PAGE_SIZE
from portal.queries.drafts import NO_FILTER, DraftFilter, is_standing, narrow_drafts
from portal.queries.story_search import require_whole_index

_MOST_JUDGED = 100
"""Stories whose rules are asked to count them."""


@dataclass(frozen=True)
class PushRow:
    """A story that was sent to a target: its push, its draft, and what stands there, if anything may."""

    push: Push
    draft: Draft
    copy: RemoteCopy | None


@dataclass(frozen=True)
class PushPage:
    """Some of these, the newest press first, and after which one the next page begins."""

    rows: Sequence[PushRow]
    after: str | None


def list_sendable(
    session: Session, coverage: Coverage, lang: str, public_ids: Collection[str] | None = None
) -> Sequence[int]:
    """Return the submissions of approved drafts in a language: those named, or all."""
    found = select(Draft.public_id, Draft.submission_id).join(Submission).join(Call)
    found = found.where(
        Call.coverage_id == coverage.id, Draft.lang == lang, Submission.state.in_(SETTLED), is_standing()
    )
    rows = session.execute(found.order_by(Draft.accepted_at, Draft.id))
    return [row.submission_id for row in rows if public_ids is None or row.public_id in public_ids]


def list_new(
    session: Session, coverage: Coverage, target: Target, *, matching: DraftFilter = NO_FILTER
) -> Sequence[int]:
    """Return the submissions of approved drafts that do not stand on a target as they are now.

    Raises SearchUnready.
    """
    if matching.text:
        require_whole_index(session)
    found = select(Draft.submission_id).select_from(Draft).join(Submission).join(Call)
    found = found.join(Target, Target.lang == Draft.lang).where(
        Target.id == target.id, Call.coverage_id == coverage.id, *_is_new(matching)
    )
    return session.scalars(found.order_by(Draft.accepted_at, Draft.id)).all()


def count_new(
    session: Session, coverage: Coverage, *, matching: DraftFilter = NO_FILTER
) -> Mapping[int, int]:
    """Return for each open target of a coverage how many drafts `list_new` would list; none has no number."""
    counted = _select_new(coverage, matching, Target.id, func.count().label("number"))
    return {row.id: row.number for row in session.execute(counted.group_by(Target.id))}


@dataclass(frozen=True)
class NewCount:
    """How many stories are new to a target and may leave; not exact, it counts those that stay as well."""

    number: int
    is_exact: bool


def count_leaving(
    session: Session, coverage: Coverage, *, matching: DraftFilter = NO_FILTER, at: datetime
) -> Mapping[int, NewCount]:
    """Return for each open target how many stories a press for all that are new would bring there.

    Rules are asked story by story: of more than some the answer counts those that will stay as well.
    """
    counted = count_new(session, coverage, matching=matching)
    if sum(counted.values()) > _MOST_JUDGED:
        return {target_id: NewCount(number, is_exact=False) for target_id, number in counted.items()}
    listed = _select_new(coverage, matching, Target.id, Draft.id) if counted else None
    pairs = session.execute(listed).all() if listed is not None else []
    judged = load_block(session, coverage, {draft_id for _target, draft_id in pairs}, at=at) if pairs else ()
    leaving = {one.draft.id for one in judged if one.refusal is None}
    return {
        target_id: NewCount(
            sum(target == target_id and draft_id in leaving for target, draft_id in pairs), is_exact=True
        )
        for target_id in counted
    }


def count_without_site(
    session: Session, coverage: Coverage, *, matching: DraftFilter = NO_FILTER
) -> Mapping[str, int]:
    """Return how many approved stories there are in each language that no open target takes, by tag."""
    its_target = exists().where(
        Target.coverage_id == coverage.id, Target.closed_at.is_(None), Target.lang == Draft.lang
    )
    counted = select(Draft.lang, func.count().label("number")).select_from(Draft).join(Submission).join(Call)
    counted = counted.where(
        Call.coverage_id == coverage.id,
        *narrow_drafts(matching, [State.APPROVED]),
        is_standing(),
        ~its_target,
    )
    rows = session.execute(counted.group_by(Draft.lang).order_by(Draft.lang))
    return {row.lang: row.number for row in rows}


def _select_new(coverage: Coverage, matching: DraftFilter, *columns: Any) -> Select[Any]:
    """Select of pairs of a draft and an open target of its language those that `count_new` counts."""
    found = select(*columns).select_from(Draft).join(Submission).join(Call)
    return found.join(Target, Target.lang == Draft.lang).where(
        Target.coverage_id == coverage.id,
        Target.closed_at.is_(None),
        Call.coverage_id == coverage.id,
        *_is_new(matching),
    )


def _is_new(matching: DraftFilter) -> Sequence[ColumnElement[bool]]:
    """Return the conditions on a draft and a target: approved, and not there, on its way, or asked about."""
    its_push = and_(Push.submission_id == Draft.submission_id, Push.target_id == Target.id)
    its_copy = and_(RemoteCopy.submission_id == Draft.submission_id, RemoteCopy.target_id == Target.id)
    is_moving = exists().where(its_push, Push.state.in_(UNDER_WAY | {PushState.ASKING}))
    is_there = exists().where(
        its_push, its_copy, Push.state.in_(SETTLED_THERE), RemoteCopy.revision == Draft.revision
    )
    return (*narrow_drafts(matching, [State.APPROVED]), is_standing(), ~is_moving, ~is_there)


def list_push_page(session: Session, coverage: Coverage, *, after: str = "") -> PushPage:
    """Return one page of what was sent to the targets of a coverage; an unknown `after` gives the first."""
    found = _select().where(Target.coverage_id == coverage.id)
    place = session.execute(select(Push.asked_at, Push.id).where(Push.public_id == after)).first()
    if place is not None:
        same = and_(Push.asked_at == place.asked_at, Push.id < place.id)
        found = found.where(or_(Push.asked_at < place.asked_at, same))
    found = found.order_by(Push.asked_at.desc(), Push.id.desc()).limit(PAGE_SIZE + 1)
    rows = [PushRow(*row) for row in session.execute(found)]
    shown = rows[:PAGE_SIZE]
    return PushPage(shown, shown[-1].push.public_id if len(rows) > PAGE_SIZE else None)


def find_push(session: Session, coverage: Coverage, public_id: str) -> PushRow | None:
    """Return one of these, or None: one of another coverage is none."""
    its = Target.coverage_id == coverage.id, Push.public_id == public_id
    row = session.execute(_select().where(*its)).first()
    return PushRow(*row) if row is not None else None


def find_push_of(session: Session, copy: RemoteCopy) -> Push | None:
    """Return the newest press by which a story was sent to where it stands."""
    its_own = Push.submission_id == copy.submission_id, Push.target_id == copy.target_id
    return session.scalar(select(Push).where(*its_own))


def _select() -> Select[Push, Draft, RemoteCopy]:
    its_copy = and_(RemoteCopy.submission_id == Push.submission_id, RemoteCopy.target_id == Push.target_id)
    return (
        select(Push, Draft, RemoteCopy)
        .join(Target, Target.id == Push.target_id)
        .join(Draft, Draft.submission_id == Push.submission_id)
        .outerjoin(RemoteCopy, its_copy)
        .where(is_standing())
        .options(contains_eager(Push.target), joinedload(Push.staff), joinedload(Draft.submission))
    )


def count_under_way(session: Session, coverage: Coverage) -> int:
    """Return how many stories wait or are on their way."""
    counted = select(func.count()).select_from(Push).join(Target)
    counted = counted.where(Target.coverage_id == coverage.id, Push.state.in_(UNDER_WAY))
    return session.scalar(counted) or 0


def has_pushes(session: Session, coverage: Coverage) -> bool:
    """Say whether anything was ever sent to a target of this coverage."""
    sent = select(Push.id).join(Target).where(Target.coverage_id == coverage.id)
    return session.scalar(sent.limit(1)) is not None


def list_copies(session: Session, submission_ids: Collection[int]) -> Mapping[int, Sequence[RemoteCopy]]:
    """Return what stands on targets of these submissions, which are not many; oldest first."""
    found = select(RemoteCopy).where(RemoteCopy.submission_id.in_(submission_ids))
    found = found.options(joinedload(RemoteCopy.target), joinedload(RemoteCopy.staff))
    copies: dict[int, list[RemoteCopy]] = {}
    for copy in session.scalars(found.order_by(RemoteCopy.id)):
        copies.setdefault(copy.submission_id, []).append(copy)
    return copies


def list_of_draft(session: Session, draft: Draft) -> Sequence[PushRow]:
    """Return where one story was sent."""
    return [PushRow(*row) for row in session.execute(_of_draft(), {"draft_id": draft.id})]


@cache
def _of_draft() -> Select[Push, Draft, RemoteCopy]:
    return _select().where(Draft.id == bindparam("draft_id", type_=Integer)).order_by(Push.id)


def was_ever_sent(session: Session, push_id: int) -> bool:
    """Say whether the story of a push has left for its target before, and may be there."""
    its = RemoteCopy.submission_id == Push.submission_id, RemoteCopy.target_id == Push.target_id
    return session.scalar(select(RemoteCopy.id).join(Push, and_(*its)).where(Push.id == push_id)) is not None


def find_due_look(session: Session, *, at: datetime) -> RemoteCopy | None:
    """Return what the portal has not looked at for the longest time, if its time has come.

    None of a target that is closed, and nothing that was sent long ago. A wrong clock has put none off: what
    was looked at later than now is due.
    """
    is_due = or_(
        RemoteCopy.looked_at > at,
        *(
            and_(_is_status(status), _looked_before(at - looks_again_after(status)))
            for status in (None, *RemoteStatus)
        ),
    )
    found = (
        select(RemoteCopy)
        .join(Target)
        .where(
            Target.closed_at.is_(None),
            RemoteCopy.remote_id.is_not(None),
            RemoteCopy.sent_at > at - LOOKED_AT_FOR,
            is_due,
        )
        .options(contains_eager(RemoteCopy.target))
    )
    return session.scalar(found.order_by(RemoteCopy.looked_at, RemoteCopy.id).limit(1))


def _is_status(status: RemoteStatus | None) -> ColumnElement[bool]:
    return RemoteCopy.status.is_(None) if status is None else RemoteCopy.status == status


def _looked_before(moment: datetime) -> ColumnElement[bool]:
    return func.coalesce(RemoteCopy.looked_at, RemoteCopy.sent_at) <= moment
