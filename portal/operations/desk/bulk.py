"""Acts on many texts at once, each text by its own rules; and all of one act taken back by one press.

A text that somebody has changed since the list was read is left out and named: two people who do the same at
the same time do it once. Everything is one transaction.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from portal.domain.acts import Act, HistoryAct
from portal.domain.bulk_acts import DECIDING, MOST_AT_ONCE, SINCE, BulkAct, BulkRefusal
from portal.domain.deadlines import is_fresh_claim
from portal.domain.errors import NotPermitted
from portal.domain.permissions import Permission
from portal.domain.recommendations import Advice, takes_recommendations
from portal.domain.states import State
from portal.domain.transitions import fits, may_ever
from portal.models import Event, Staff, Submission, Tag
from portal.models.base import new_public_id
from portal.operations.desk import recommendations
from portal.operations.desk.decisions import decline_many, mark_many_spam, may_judge
from portal.operations.desk.notices import end_own
from portal.operations.desk.recommendations import recommend_many
from portal.operations.desk.tags import change_tags
from portal.operations.desk.triage import assign_many
from portal.operations.transitions import may_undo, revert_decisions, standing_decision
from portal.queries.desk.bulk import list_batch, select_batch, select_chosen
from portal.queries.staff import find_open_account
from portal.queries.visibility import may_read
from portal.sealing.keys import KeyRing


@dataclass
class SortedTexts:
    """The texts of an act in bulk: those it fits, and those left out with the reason."""

    fit: list[Submission] = field(default_factory=list)
    left: list[tuple[Submission, BulkRefusal]] = field(default_factory=list)


@dataclass(frozen=True)
class BulkOutcome:
    """The outcome of an act in bulk: its name, by which it is taken back, and what became of each text."""

    batch: str
    done: Sequence[Submission]
    left: Sequence[tuple[Submission, BulkRefusal]]


@dataclass(frozen=True)
class BulkActor:
    """The person who does an act in bulk, when, on which versions of the texts."""

    by: Staff
    at: datetime
    seen: Mapping[str, int]
    """Public id of a text to the version on the list."""

    def look_again(self, left: Sequence[tuple[Submission, BulkRefusal]]) -> "BulkActor":
        """Return the person as they would act on texts that changed, had they seen them as they are now."""
        changed = [one for one, reason in left if reason is BulkRefusal.CHANGED]
        return BulkActor(self.by, self.at, {one.public_id: one.version for one in changed})

    def sort(
        self, chosen: Sequence[Submission], act: BulkAct, more: Callable[[Submission], BulkRefusal | None]
    ) -> SortedTexts:
        """Return which texts the act fits; `more` says what else keeps one out."""
        found = SortedTexts()
        for submission in chosen:
            reason = self._why_not(submission, act) or more(submission)
            if reason is None:
                found.fit.append(submission)
            else:
                found.left.append((submission, reason))
        return found

    def _why_not(self, submission: Submission, act: BulkAct) -> BulkRefusal | None:
        if submission.version != self.seen[submission.public_id]:
            return BulkRefusal.CHANGED
        if act is BulkAct.RECOMMEND and not takes_recommendations(submission.state):
            return BulkRefusal.STATE
        if act not in DECIDING:
            return None
        move = Act(act.value)
        delegated = submission.call.moderators_decide
        if not may_ever(move, role=self.by.role, is_author=False, moderators_decide=delegated):
            return BulkRefusal.RIGHTS
        if not fits(submission.state, submission.stage, move):
            return BulkRefusal.STATE
        if act is BulkAct.DECLINE and not may_judge(self.by, submission):
            return BulkRefusal.LANGUAGE
        is_claimed = submission.claimed_by_id not in (None, self.by.id)
        return (
            BulkRefusal.CLAIMED if is_claimed and is_fresh_claim(submission.claimed_at, at=self.at) else None
        )


def sort_by_fit(session: Session, actor: BulkActor, act: BulkAct) -> SortedTexts:
    """Return what an act would do, before anything is said about its words, tags or person. One query."""
    if not actor.seen:
        return SortedTexts()
    return actor.sort(_load(session, actor), act, _nothing_more)


def tag_all(
    session: Session, actor: BulkActor, *, on: Collection[Tag] = (), off: Collection[Tag] = ()
) -> BulkOutcome:
    """Put tags on many texts, or take some off. A tag of another coverage stays off a text."""
    batch, known = new_public_id(), {tag.coverage_id for tag in (*on, *off)}

    def is_strange(submission: Submission) -> BulkRefusal | None:
        return None if submission.call.coverage_id in known else BulkRefusal.COVERAGE

    found = actor.sort(_lock_texts(session, actor), BulkAct.TAG, is_strange)
    full = change_tags(session, found.fit, by=actor.by, at=actor.at, on=on, off=off, batch=batch).full
    done = [one for one in found.fit if one not in full]
    return BulkOutcome(batch, done, [*found.left, *((one, BulkRefusal.FULL) for one in full)])


def assign_all(session: Session, actor: BulkActor, *, to: Staff | None) -> BulkOutcome:
    """Make a colleague responsible for many texts, or nobody."""
    batch = new_public_id()

    def is_strange(submission: Submission) -> BulkRefusal | None:
        return None if to is None or may_read(to, submission) else BulkRefusal.STRANGER

    found = actor.sort(_lock_texts(session, actor), BulkAct.ASSIGN, is_strange)
    assign_many(session, found.fit, by=actor.by, to=to, at=actor.at, batch=batch)
    return BulkOutcome(batch, found.fit, found.left)


def recommend_all(
    session: Session, actor: BulkActor, *, advice: Advice, reason: str, keys: KeyRing
) -> BulkOutcome:
    """Recommend the same about many texts, for one reason."""
    batch = new_public_id()
    found = actor.sort(
        _lock_texts(session, actor, selectinload(Submission.revisions)), BulkAct.RECOMMEND, _nothing_more
    )
    recommend_many(
        session, found.fit, by=actor.by, at=actor.at, advice=advice, reason=reason, keys=keys, batch=batch
    )
    return BulkOutcome(batch, found.fit, found.left)


def mark_spam_all(session: Session, actor: BulkActor, *, window: timedelta) -> BulkOutcome:
    """Put many texts aside as spam. Nothing is told to the senders."""
    batch = new_public_id()
    found = actor.sort(_lock_texts(session, actor), BulkAct.MARK_SPAM, _nothing_more)
    mark_many_spam(session, found.fit, by=actor.by, at=actor.at, window=window, batch=batch)
    return BulkOutcome(batch, found.fit, found.left)


def decline_all(
    session: Session, actor: BulkActor, *, reason: str, bodies: Mapping[str, str], window: timedelta
) -> BulkOutcome:
    """Decline many texts for one reason; `bodies` has the words by `name_mail`.

    Raises MissingText, and does nothing, where words are missing that are needed.
    """
    batch = new_public_id()

    def lacks_reason(submission: Submission) -> BulkRefusal | None:
        return None if has_reason(submission, reason) else BulkRefusal.REASON

    found = actor.sort(_lock_texts(session, actor), BulkAct.DECLINE, lacks_reason)
    texts = [(one, bodies.get(name_mail(one), "")) for one in found.fit]
    decline_many(session, texts, by=actor.by, at=actor.at, reason=reason, window=window, batch=batch)
    return BulkOutcome(batch, found.fit, found.left)


def note_acted(
    session: Session, act: BulkAct, submissions: Sequence[Submission], *, by: Staff, at: datetime
) -> None:
    """Note that somebody has acted on texts, and need not be told of them any more."""
    if act not in DECIDING:  # a decision has ended it
        end_own(session, *submissions, by=by, at=at)


def has_reason(submission: Submission, reason: str) -> bool:
    """Say whether the coverage of a text has this reason to decline."""
    return any(row["code"] == reason for row in submission.call.coverage.decline_reasons)


def name_mail(submission: Submission) -> str:
    """Return which words a text gets: those of its call in the language of its author's pages."""
    return f"{submission.call.public_id}-{submission.locale}"


def take_back_all(session: Session, batch: str, *, by: Staff, at: datetime, window: timedelta) -> BulkOutcome:
    """Take back everything one act did on many texts at most `window` ago, as if it had not been.

    A text that somebody has gone on with stays as it is now, and is named with what has happened.
    """
    if not by.may(Permission.SUBMISSION_MODERATE):
        raise NotPermitted(HistoryAct.UNDO)
    since, batch_of_undo = at - window, new_public_id()
    held = {one.id: one for one in session.scalars(_locking(select_batch(by, batch, since=since)))}
    back: list[tuple[Submission, Event]] = []
    left: list[tuple[Submission, BulkRefusal]] = []
    for event, has_moved_on in list_batch(session, by, batch, since=since):
        if submission := held.get(event.submission_id):
            reason = _find_later(session, submission, event) if has_moved_on else None
            if reason is None:
                back.append((submission, event))
            else:
                left.append((submission, reason))
    stays = _TakeBack(session, by=by, at=at, batch=batch_of_undo).take(back)
    session.flush()
    done = [submission for submission, _event in back if submission not in stays]
    return BulkOutcome(batch_of_undo, done, [*left, *stays.items()])


def _find_later(session: Session, submission: Submission, event: Event) -> BulkRefusal | None:
    """Return what was done later that keeps an act from being taken back.

    None when nothing does: who withdrew and came back has left the decision as it was.
    """
    if event.act in SINCE:
        return SINCE[event.act]
    standing = standing_decision(session, submission)
    if standing is event:
        return None
    if standing is not None and standing.act is HistoryAct.UNDO:
        return BulkRefusal.UNDONE
    is_withdrawn = submission.state is State.WITHDRAWN and standing is not None and standing.by_author
    return BulkRefusal.WITHDRAWN if is_withdrawn else BulkRefusal.STATE


_Done = Sequence[tuple[Submission, Event]]
_Stays = Mapping[Submission, BulkRefusal]


@dataclass(frozen=True)
class _TakeBack:
    """Takes back what one act did to many texts, in a few statements."""

    session: Session
    by: Staff
    at: datetime
    batch: str

    def take(self, done: _Done) -> _Stays:
        """Take an act back; return the texts with which that cannot be, and why."""
        match done[0][1].act if done else None:
            case None:
                return {}
            case HistoryAct.TAG:
                return self._swap_tags(done)
            case HistoryAct.ASSIGN:
                return self._give_back(done)
            case HistoryAct.RECOMMEND:
                recommendations.undo_recommendations(
                    self.session, done, by=self.by, at=self.at, batch=self.batch
                )
                return {}
        undone = [pair for pair in done if may_undo(*pair, by=self.by, at=self.at)]
        revert_decisions(self.session, undone, by=self.by, at=self.at, batch=self.batch)
        return {pair[0]: BulkRefusal.LATE for pair in done if pair not in undone}

    def _swap_tags(self, done: _Done) -> _Stays:
        named = {one for _submission, event in done for end in ("on", "off") for one in event.detail[end]}
        known = self.session.scalars(select(Tag).where(Tag.public_id.in_(named))).all()
        alike: dict[tuple[frozenset[str], frozenset[str]], list[Submission]] = {}
        for submission, event in done:
            change = frozenset(event.detail["on"]), frozenset(event.detail["off"])
            alike.setdefault(change, []).append(submission)
        full: list[Submission] = []
        for (put, gone), submissions in alike.items():
            full += change_tags(
                self.session,
                submissions,
                by=self.by,
                at=self.at,
                on=[tag for tag in known if tag.public_id in gone],
                off=[tag for tag in known if tag.public_id in put],
                batch=self.batch,
            ).full
        return dict.fromkeys(full, BulkRefusal.FULL)

    def _give_back(self, done: _Done) -> _Stays:
        alike: dict[str, list[tuple[Submission, Event]]] = {}
        for submission, event in done:
            alike.setdefault(event.detail["before"], []).append((submission, event))
        people = {before: find_open_account(self.session, before) for before in alike if before}
        stays: dict[Submission, BulkRefusal] = {}
        for before, pairs in alike.items():
            to = people.get(before)
            if before and to is None:
                stays |= {one: BulkRefusal.ACCOUNT for one, _event in pairs}
                continue
            free = {one: event for one, event in pairs if to is None or may_read(to, one)}
            assign_many(
                self.session,
                list(free),
                by=self.by,
                to=to,
                at=self.at,
                batch=self.batch,
                undone=list(free.values()),
            )
            stays |= {one: BulkRefusal.STRANGER for one, _event in pairs if one not in free}
        return stays


def _load(session: Session, actor: BulkActor) -> Sequence[Submission]:
    """Return the texts chosen that the person may read; more than a page has are none of ours."""
    chosen = list(actor.seen)[:MOST_AT_ONCE]
    return session.scalars(select_chosen(actor.by, chosen)).all()


def _lock_texts(session: Session, actor: BulkActor, *options: ORMOption) -> Sequence[Submission]:
    """Return them as they are now, held until the transaction ends; `options` say what is read with them."""
    chosen = list(actor.seen)[:MOST_AT_ONCE]
    return session.scalars(_locking(select_chosen(actor.by, chosen)).options(*options)).all()


def _locking(query: Select[Submission]) -> Select[Submission]:
    return query.with_for_update(of=Submission).execution_options(populate_existing=True)


def _nothing_more(_submission: Submission) -> None:
    return None
