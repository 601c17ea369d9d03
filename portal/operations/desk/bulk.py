"""Acts on many texts at once, each text by its own rules; and all of one act taken back by one press.

A text that somebody has changed since the list was read is left out and named: two people who do the same at
the same time do it once. Everything is one transaction.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from portal.domain.bulk_acts import DECIDING, MOST_AT_ONCE, UNDONE_UNLESS, BulkAct, LeftOut
from portal.domain.deadlines import is_fresh_claim
from portal.domain.errors import NotPermitted
from portal.domain.permissions import Permission
from portal.domain.recommendations import Advice, takes_recommendations
from portal.domain.states import DECISIONS, Act, HistoryAct, fits, may_ever
from portal.models import Event, Staff, Submission, Tag
from portal.models.base import new_public_id
from portal.operations.desk import recommendations
from portal.operations.desk.decisions import decline, mark_spam, may_judge
from portal.operations.desk.tags import change_tags
from portal.operations.desk.triage import assign
from portal.operations.transitions import may_undo, revert_decision
from portal.queries.desk.bulk import list_batch, list_later, select_chosen, select_numbers
from portal.queries.visibility import may_read
from portal.sealing.keys import KeyRing


@dataclass
class Sorted:
    """The texts of an act in bulk: those it fits, and those left out with the reason."""

    fit: list[Submission] = field(default_factory=list)
    left: list[tuple[Submission, LeftOut]] = field(default_factory=list)


@dataclass(frozen=True)
class BulkOutcome:
    """The outcome of an act in bulk: its name, by which it is taken back, and what became of each text."""

    batch: str
    done: Sequence[Submission]
    left: Sequence[tuple[Submission, LeftOut]]


@dataclass(frozen=True)
class Doer:
    """The person who does an act in bulk, when, on which versions of the texts."""

    by: Staff
    at: datetime
    seen: Mapping[str, int]
    """Public id of a text to the version on the list."""

    def look_again(self, left: Sequence[tuple[Submission, LeftOut]]) -> "Doer":
        """Return the person as they would act on texts that changed, had they seen them as they are now."""
        changed = [one for one, reason in left if reason is LeftOut.CHANGED]
        return Doer(self.by, self.at, {one.public_id: one.version for one in changed})

    def sort(
        self, chosen: Sequence[Submission], act: BulkAct, more: Callable[[Submission], LeftOut | None]
    ) -> Sorted:
        """Return which texts the act fits; `more` says what else keeps one out."""
        found = Sorted()
        for submission in chosen:
            reason = self._why_not(submission, act) or more(submission)
            if reason is None:
                found.fit.append(submission)
            else:
                found.left.append((submission, reason))
        return found

    def _why_not(self, submission: Submission, act: BulkAct) -> LeftOut | None:
        if submission.version != self.seen[submission.public_id]:
            return LeftOut.CHANGED
        if act is BulkAct.RECOMMEND and not takes_recommendations(submission.state):
            return LeftOut.STATE
        if act not in DECIDING:
            return None
        move = Act(act.value)
        delegated = submission.call.moderators_decide
        if not may_ever(move, role=self.by.role, is_author=False, moderators_decide=delegated):
            return LeftOut.RIGHTS
        if not fits(submission.state, submission.stage, move):
            return LeftOut.STATE
        if act is BulkAct.DECLINE and not may_judge(self.by, submission):
            return LeftOut.LANGUAGE
        is_claimed = submission.claimed_by_id not in (None, self.by.id)
        return LeftOut.CLAIMED if is_claimed and is_fresh_claim(submission.claimed_at, at=self.at) else None


def preview(session: Session, doer: Doer, act: BulkAct) -> Sorted:
    """Return what an act would do, before anything is said about its words, tags or person. One query."""
    if not doer.seen:
        return Sorted()
    return doer.sort(_load(session, doer), act, _nothing_more)


def tag_all(
    session: Session, doer: Doer, *, on: Collection[Tag] = (), off: Collection[Tag] = ()
) -> BulkOutcome:
    """Put tags on many texts, or take some off. A tag of another coverage stays off a text."""
    batch, known = new_public_id(), {tag.coverage_id for tag in (*on, *off)}

    def is_strange(submission: Submission) -> LeftOut | None:
        return None if submission.call.coverage_id in known else LeftOut.COVERAGE

    found = doer.sort(_hold(session, doer), BulkAct.TAG, is_strange)
    full = change_tags(session, found.fit, by=doer.by, at=doer.at, on=on, off=off, batch=batch).full
    done = [one for one in found.fit if one not in full]
    return BulkOutcome(batch, done, [*found.left, *((one, LeftOut.FULL) for one in full)])


def assign_all(session: Session, doer: Doer, *, to: Staff | None) -> BulkOutcome:
    """Make a colleague responsible for many texts, or nobody."""
    batch = new_public_id()

    def is_strange(submission: Submission) -> LeftOut | None:
        return None if to is None or may_read(to, submission) else LeftOut.STRANGER

    found = doer.sort(_hold(session, doer), BulkAct.ASSIGN, is_strange)
    for one in found.fit:
        assign(session, one, by=doer.by, to=to, seen=one.version, at=doer.at, batch=batch)
    return BulkOutcome(batch, found.fit, found.left)


def recommend_all(session: Session, doer: Doer, *, advice: Advice, reason: str, keys: KeyRing) -> BulkOutcome:
    """Recommend the same about many texts, for one reason."""
    batch = new_public_id()
    found = doer.sort(
        _hold(session, doer, selectinload(Submission.revisions)), BulkAct.RECOMMEND, _nothing_more
    )
    for one in found.fit:
        recommendations.recommend(
            session,
            one,
            by=doer.by,
            at=doer.at,
            seen=one.version,
            advice=advice,
            reason=reason,
            keys=keys,
            batch=batch,
        )
    return BulkOutcome(batch, found.fit, found.left)


def mark_spam_all(session: Session, doer: Doer, *, window: timedelta) -> BulkOutcome:
    """Put many texts aside as spam. Nothing is told to the senders."""
    batch = new_public_id()
    found = doer.sort(_hold(session, doer), BulkAct.MARK_SPAM, _nothing_more)
    for one in found.fit:
        mark_spam(session, one, by=doer.by, at=doer.at, seen=one.version, window=window, batch=batch)
    return BulkOutcome(batch, found.fit, found.left)


def decline_all(
    session: Session, doer: Doer, *, reason: str, bodies: Mapping[str, str], window: timedelta
) -> BulkOutcome:
    """Decline many texts for one reason; `bodies` has the words by `name_mail`.

    Raises MissingText, and does nothing, where words are missing that are needed.
    """
    batch = new_public_id()

    def lacks_reason(submission: Submission) -> LeftOut | None:
        return None if has_reason(submission, reason) else LeftOut.REASON

    found = doer.sort(_hold(session, doer), BulkAct.DECLINE, lacks_reason)
    for one in found.fit:
        decline(
            session,
            one,
            by=doer.by,
            at=doer.at,
            seen=one.version,
            reason=reason,
            body=bodies.get(name_mail(one), ""),
            window=window,
            batch=batch,
        )
    return BulkOutcome(batch, found.fit, found.left)


def has_reason(submission: Submission, reason: str) -> bool:
    """Say whether the coverage of a text has this reason to decline."""
    return any(row["code"] == reason for row in submission.call.coverage.decline_reasons)


def name_mail(submission: Submission) -> str:
    """Return which words a text gets: those of its call in the language of its author's pages."""
    return f"{submission.call.public_id}-{submission.locale}"


def take_back_all(session: Session, batch: str, *, by: Staff, at: datetime, window: timedelta) -> BulkOutcome:
    """Take back everything one act did on many texts at most `window` ago, as if it had not been.

    A text that somebody has gone on with stays as it is now, and is named.
    """
    if not by.may(Permission.SUBMISSION_MODERATE):
        raise NotPermitted(HistoryAct.UNDO)
    own, undoing = new_public_id(), Sorted()
    events = list_batch(session, by, batch, since=at - window)
    held = {one.id: one for one in session.scalars(_holding(select_numbers(by, events)))}
    later = list_later(session, events)
    back = _Back(session, by=by, at=at, batch=own, events=events)
    for event in events:
        submission = held.get(event.submission_id)
        if submission is None:
            continue
        if any(_keeps(other, event) for other in later) or not back.take(submission, event):
            undoing.left.append((submission, LeftOut.MOVED_ON))
        else:
            undoing.fit.append(submission)
    session.flush()
    return BulkOutcome(own, undoing.fit, undoing.left)


def _keeps(other: Event, event: Event) -> bool:
    """Say whether something done later stands in the way of taking an act back."""
    if other.submission_id != event.submission_id or other.id <= event.id:
        return False
    if event.act is HistoryAct.RECOMMEND:
        return other.staff_id == event.staff_id and other.act in UNDONE_UNLESS[event.act]
    return other.act in UNDONE_UNLESS.get(event.act, DECISIONS)


class _Back:
    """Takes single acts of one batch back; what all of them need is read once."""

    def __init__(
        self, session: Session, *, by: Staff, at: datetime, batch: str, events: Sequence[Event]
    ) -> None:
        details = [event.detail for event in events]
        named = {one for detail in details for end in ("on", "off") for one in detail.get(end, ())}
        before = {detail["before"] for detail in details if isinstance(detail.get("before"), str)}
        self._session, self._by, self._at, self._batch = session, by, at, batch
        self._tags = {tag.public_id: tag for tag in _find(session, Tag, named)}
        self._people = {person.public_id: person for person in _find(session, Staff, before)}

    def take(self, submission: Submission, event: Event) -> bool:
        """Take one act back; False where that cannot be."""
        match event.act:
            case HistoryAct.TAG:
                return self._swap_tags(submission, event.detail)
            case HistoryAct.ASSIGN:
                return self._give_back(submission, event)
            case HistoryAct.RECOMMEND:
                recommendations.undo(
                    self._session, submission, event, by=self._by, at=self._at, batch=self._batch
                )
                return True
        if not may_undo(submission, event, by=self._by, at=self._at):
            return False
        revert_decision(self._session, submission, event, by=self._by, at=self._at, batch=self._batch)
        return True

    def _swap_tags(self, submission: Submission, detail: Mapping[str, Mapping[str, str]]) -> bool:
        put, gone = ([self._tags[one] for one in detail[end] if one in self._tags] for end in ("on", "off"))
        change = change_tags(
            self._session, [submission], by=self._by, at=self._at, on=gone, off=put, batch=self._batch
        )
        return not change.full

    def _give_back(self, submission: Submission, event: Event) -> bool:
        to = self._people.get(event.detail["before"])
        if to is not None and not may_read(to, submission):
            return False
        assign(
            self._session,
            submission,
            by=self._by,
            to=to,
            seen=submission.version,
            at=self._at,
            batch=self._batch,
            undone=event,
        )
        return True


_Named = TypeVar("_Named", Tag, Staff)


def _find(session: Session, kind: type[_Named], public_ids: Collection[str]) -> Sequence[_Named]:
    return session.scalars(select(kind).where(kind.public_id.in_(public_ids))).all() if public_ids else []


def _load(session: Session, doer: Doer) -> Sequence[Submission]:
    """Return the texts chosen that the person may read; more than a page has are none of ours."""
    chosen = list(doer.seen)[:MOST_AT_ONCE]
    return session.scalars(select_chosen(doer.by, chosen)).all()


def _hold(session: Session, doer: Doer, *options: ORMOption) -> Sequence[Submission]:
    """Return them as they are now, held until the transaction ends; `options` say what is read with them."""
    chosen = list(doer.seen)[:MOST_AT_ONCE]
    return session.scalars(_holding(select_chosen(doer.by, chosen)).options(*options)).all()


def _holding(query: Select[Submission]) -> Select[Submission]:
    return query.with_for_update(of=Submission).execution_options(populate_existing=True)


def _nothing_more(_submission: Submission) -> None:
    return None
