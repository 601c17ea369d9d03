"""Stories on their way to targets: asked for, taken by one worker each, and written into the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.errors import IllegalTransition, NotPermitted
from portal.domain.permissions import Permission
from portal.domain.pushes import (
    DELAYS,
    LEASE,
    MOST_ATTEMPTS,
    UNDER_WAY,
    PushProblem,
    PushState,
    is_retried,
    next_attempt,
)
from portal.domain.remote_sites import RemoteStatus, SiteProblem
from portal.models import Draft, Event, Push, RemoteCopy, Staff, Target

_AT_ONCE = 500
_SEEN: Mapping[str, RemoteStatus] = {
    SiteProblem.GONE_THERE: RemoteStatus.GONE,
    SiteProblem.TRASHED_THERE: RemoteStatus.TRASHED,
}
"""What problems say of the post there."""
_NO_PHOTOS: Mapping[str, str] = {}
_SHOWN = frozenset({"remote_id", "modified", "fingerprint"})
"""By what the text there is known that was shown with a question."""


@dataclass(frozen=True)
class PushClaim:
    """A push that is ours until its lease ends; with another number of attempts it is somebody else's."""

    push_id: int
    attempts: int
    target_id: int
    draft_id: int
    coverage_id: int


@dataclass(frozen=True)
class ArrivedStory:
    """A story that has arrived: the post there, what it was made from, its photos, what the site dropped."""

    remote_id: int
    url: str
    edit_url: str
    slug: str
    status: RemoteStatus
    modified: str
    fingerprint: str
    sent_hash: str
    media: Mapping[str, Any] = field(default_factory=dict)
    dropped: Sequence[str] = ()


def ask_pushes(
    session: Session, target: Target, submission_ids: Sequence[int], *, by: Staff | None, at: datetime
) -> Sequence[Push]:
    """Have these texts sent to a target; what is on its way there already stays so.

    `by` None is the command line. Raises NotPermitted, IllegalTransition when the target is closed.
    """
    if by is not None and not by.may(Permission.COVERAGE_EXPORT):
        raise NotPermitted(HistoryAct.PUSH)
    session.refresh(target, with_for_update=True)
    if target.closed_at is not None:
        raise IllegalTransition("closed", HistoryAct.PUSH)
    asked: list[Push] = []
    for start in range(0, len(submission_ids), _AT_ONCE):
        asked += _ask(session, target, submission_ids[start : start + _AT_ONCE], by=by, at=at)
    return asked


def _ask(
    session: Session, target: Target, submission_ids: Sequence[int], *, by: Staff | None, at: datetime
) -> Sequence[Push]:
    rows = select(Push).where(Push.target_id == target.id, Push.submission_id.in_(submission_ids))
    held = rows.with_for_update().execution_options(populate_existing=True)
    known = {one.submission_id: one for one in session.scalars(held)}
    asked = []
    for submission_id in submission_ids:
        push = known.get(submission_id)
        if push is None:
            push = Push(submission_id=submission_id, target_id=target.id, run_at=at, asked_at=at)
            session.add(push)
        elif push.state in UNDER_WAY:
            continue
        _begin_anew(push, by=by, at=at)
        asked.append(push)
    session.flush()
    return asked


def _begin_anew(push: Push, *, by: Staff | None, at: datetime) -> None:
    push.state, push.attempts, push.run_at, push.lease_until = PushState.WAITING, 0, at, None
    push.problem, push.detail, push.theirs = "", {}, {}
    push.staff_id, push.asked_at, push.ended_at = by.id if by else None, at, None


def claim_next(session: Session, *, at: datetime, only: Sequence[int] | None = None) -> PushClaim | None:
    """Take the push that has been due longest, or return None. Workers at the same time get different ones.

    `only` names pushes by their numbers.
    """
    while True:
        due = select(Push).where(_is_due(at)).order_by(Push.run_at, Push.id).limit(1)
        if only is not None:
            due = due.where(Push.id.in_(only))
        push = session.scalar(due.with_for_update(skip_locked=True).execution_options(populate_existing=True))
        if push is None:
            return None
        draft_id = session.scalar(select(Draft.id).where(Draft.submission_id == push.submission_id))
        if push.attempts >= MOST_ATTEMPTS or draft_id is None:
            _end(push, PushState.FAILED, push.problem or PushProblem.ABANDONED, at=at)
            session.flush()
            continue
        push.state, push.attempts, push.lease_until = PushState.RUNNING, push.attempts + 1, at + LEASE
        session.flush()
        return PushClaim(push.id, push.attempts, push.target_id, draft_id, push.target.coverage_id)


def _is_due(at: datetime) -> ColumnElement[bool]:
    """Say which push is to be tried now; no wrong clock puts one off, or leases it, for longer than this."""
    put_off_too_far = Push.run_at > at + DELAYS[-1]
    lease = Push.lease_until
    return (
        Push.state.in_(UNDER_WAY)
        & or_(Push.run_at <= at, put_off_too_far)
        & or_(lease.is_(None), lease <= at, lease > at + LEASE)
    )


def find_claimed(session: Session, claim: PushClaim) -> Push | None:
    """Hold the row of a claim; None when it is ours no more."""
    return session.scalar(
        select(Push)
        .where(Push.id == claim.push_id, Push.attempts == claim.attempts, Push.state == PushState.RUNNING)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def renew_push_claim(session: Session, claim: PushClaim, *, at: datetime) -> bool:
    """Keep a push for another while; say whether it is still ours."""
    push = find_claimed(session, claim)
    if push is None:
        return False
    push.lease_until = at + LEASE
    session.flush()
    return True


def begin_departure(
    session: Session,
    claim: PushClaim,
    draft: Draft,
    *,
    key: str,
    at: datetime,
    photos: Mapping[str, str] = _NO_PHOTOS,
) -> RemoteCopy | None:
    """Write down that a story leaves, before a word of it does; None when the claim is ours no more.

    Its submission is held already. Whoever withdraws or edits it after this finds it outside. `key` is what
    it is looked for by on the site; `photos` are the slugs of its photos there, by their keys.
    """
    push = find_claimed(session, claim)
    if push is None:
        return None
    copy = session.scalar(
        select(RemoteCopy).where(
            RemoteCopy.submission_id == push.submission_id, RemoteCopy.target_id == push.target_id
        )
    )
    is_first = copy is None or copy.sent_at < push.asked_at
    if copy is None:
        copy = RemoteCopy(submission_id=push.submission_id, target_id=push.target_id, key=key, sent_at=at)
        session.add(copy)
    if copy.status is RemoteStatus.GONE:  # a new post then: nothing is left of the old one
        copy.remote_id, copy.modified, copy.fingerprint = None, "", ""
    if copy.remote_id is None:
        copy.status = None
    copy.revision, copy.sent_at, copy.staff_id = draft.revision, at, push.staff_id
    copy.media = _add_photos(copy.media or {}, photos)
    session.flush()
    # Past the version counter: nobody's page of a draft is stale by that.
    session.execute(
        update(Draft).where(Draft.id == draft.id).values(exported_revision=Draft.revision, exported_at=at)
    )
    if is_first:
        _note_departure(session, push, draft, at=at)
    return copy


def _add_photos(known: Mapping[str, Any], photos: Mapping[str, str]) -> dict[str, Any]:
    """Return what is known in the library of the site, with what will be there before anybody hears of it.

    What stands there under another slug is the same photo as an earlier push left it, and goes by that slug.
    """
    settled = {
        key if photos.get(key, one["slug"]) == one["slug"] else one["slug"]: one for key, one in known.items()
    }
    return {**{key: {"id": 0, "slug": slug, "url": ""} for key, slug in photos.items()}, **settled}


def _note_departure(session: Session, push: Push, draft: Draft, *, at: datetime) -> None:
    state = draft.submission.state
    session.add(
        Event(
            submission_id=push.submission_id,
            act=HistoryAct.PUSH,
            from_state=state,
            to_state=state,
            staff_id=push.staff_id,
            detail={"target": push.target.name, "revision": draft.revision},
            at=at,
        )
    )
    session.flush()


def note_filed(
    session: Session, copy_id: int, *, remote_id: int, modified: str, fingerprint: str, at: datetime
) -> None:
    """Remember a post as soon as the site has it: it is never looked for again."""
    copy = session.get(RemoteCopy, copy_id, with_for_update=True, populate_existing=True)
    if copy is not None:  # else its text was erased meanwhile, and nobody waits for it there
        copy.remote_id, copy.modified, copy.fingerprint = remote_id, modified, fingerprint
        copy.looked_at = at
    session.flush()


def record_arrival(
    session: Session, claim: PushClaim, copy_id: int, arrived: ArrivedStory, *, at: datetime
) -> None:
    """Write into the ledger that a story has arrived. What is known of it there is kept in any case."""
    copy = session.get(RemoteCopy, copy_id, with_for_update=True, populate_existing=True)
    if copy is not None:
        copy.remote_id, copy.status, copy.looked_at = arrived.remote_id, arrived.status, at
        copy.url, copy.edit_url, copy.slug = arrived.url, arrived.edit_url, arrived.slug
        copy.modified, copy.fingerprint = arrived.modified, arrived.fingerprint
        copy.sent_hash, copy.media = arrived.sent_hash, dict(arrived.media)
    push = find_claimed(session, claim)
    if push is not None:
        _end(push, PushState.DONE, "", at=at, detail={"dropped": list(arrived.dropped)})
    session.flush()


def record_problem(
    session: Session,
    claim: PushClaim,
    problem: str,
    *,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
    wait: timedelta | None = None,
) -> None:
    """Put a push back for a later attempt, or end it, as the rule for its problem says.

    `wait` is how long the site itself asks to be left alone.
    """
    push = find_claimed(session, claim)
    if push is None:
        return
    if problem in _SEEN:
        session.execute(
            update(RemoteCopy)
            .where(RemoteCopy.submission_id == push.submission_id, RemoteCopy.target_id == push.target_id)
            .values(status=_SEEN[problem], looked_at=at)
        )
    later = next_attempt(push.attempts, at=at) if is_retried(problem) else None
    if later is None:
        _end(push, PushState.FAILED, problem, at=at, detail=detail)
    else:
        push.state, push.lease_until, push.problem = PushState.WAITING, None, problem
        push.detail = dict(detail or {})
        push.run_at = max(later, at + min(wait, DELAYS[-1])) if wait else later
    session.flush()


def record_question(session: Session, claim: PushClaim, theirs: Mapping[str, Any], *, at: datetime) -> None:
    """Ask which text stays: somebody has changed the post there.

    `theirs` has its `remote_id`, `modified` and `fingerprint`, and its texts.
    """
    push = find_claimed(session, claim)
    if push is not None:
        _end(push, PushState.ASKING, SiteProblem.EDITED_THERE, at=at)
        push.theirs = dict(theirs)
        session.flush()


def keep_theirs(session: Session, push: Push, *, by: Staff, at: datetime) -> None:
    """Leave the post as somebody has changed it there. The next press asks again."""
    _require_question(session, push, by)
    _end(push, PushState.KEPT, "", at=at)
    push.staff_id = by.id
    session.flush()


def send_over(session: Session, push: Push, *, by: Staff, at: datetime) -> None:
    """Send our text over the one that was shown; over a newer one it asks again.

    It also asks again when what was shown was not kept whole: nobody can tell then whether it is still there.
    """
    _require_question(session, push, by)
    shown = {name: push.theirs[name] for name in _SHOWN if name in push.theirs}
    if shown.keys() == _SHOWN:
        session.execute(
            update(RemoteCopy)
            .where(RemoteCopy.submission_id == push.submission_id, RemoteCopy.target_id == push.target_id)
            .values(shown)
        )
    _begin_anew(push, by=by, at=at)
    session.flush()


def _require_question(session: Session, push: Push, by: Staff) -> None:
    if not by.may(Permission.COVERAGE_EXPORT):
        raise NotPermitted(HistoryAct.PUSH)
    session.refresh(push, with_for_update=True)
    if push.state is not PushState.ASKING:
        raise IllegalTransition(push.state, HistoryAct.PUSH)


def _end(
    push: Push, state: PushState, problem: str, *, at: datetime, detail: Mapping[str, Any] | None = None
) -> None:
    push.state, push.problem, push.lease_until, push.ended_at = state, problem, None, at
    push.detail, push.theirs = dict(detail or {}), {}
