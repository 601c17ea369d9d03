"""The private page: what contributors may see of their submission, nothing inside the undo window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.orm import Session, joinedload, selectinload, undefer

from portal.domain.acts import HistoryAct
from portal.domain.consent import asks_for_consents
from portal.domain.questions import ConsentText
from portal.domain.states import IN_COVERAGE, MAY_HAVE_LEFT, PUBLIC_STATUS, PublicStatus, State, reads_as
from portal.models import (
    Attachment,
    AuthorCheck,
    Call,
    Coverage,
    Draft,
    DraftRevision,
    Event,
    Message,
    Publication,
    Revision,
    Submission,
    TakeDown,
)
from portal.models.submission import BEFORE
from portal.queries.consents import outdated_consents
from portal.queries.drafts import is_standing
from portal.queries.private.messages import list_visible
from portal.queries.retention import erased_on
from portal.queries.take_downs import list_take_downs_of

_CLOSED = frozenset({State.DECLINED, State.DUPLICATE, State.WITHDRAWN})
"""What a text reads as whose author knows of its acceptance."""


@dataclass(frozen=True)
class PrivatePage:
    """One submission as its contributor sees it at one moment."""

    submission: Submission
    shown: State
    due: datetime | None
    """When the desk's answer, or the contributor's part, is due; of the shown state, not of the real one."""
    closed_at: datetime | None
    """When the submission was closed; None while it is open."""
    messages: Sequence[Message]
    """The thread, oldest first."""
    take_downs: Sequence[TakeDown]
    """What has left and is called back, with what became of it."""
    draft: Draft | None
    """The editorial copy, once the contributor knows that the story was accepted."""
    told: Sequence[Publication]
    """Every address of it that the contributor knows of, in the order of recording."""

    @property
    def status(self) -> PublicStatus:
        """Return the status in public words."""
        return PUBLIC_STATUS[self.shown]

    @property
    def check(self) -> AuthorCheck | None:
        """Return the newest edited text that was sent for approval, while an answer is awaited."""
        if self.draft is None or self.shown is not State.AUTHOR_CHECK or not self.draft.checks:
            return None
        return self.draft.checks[-1]

    @property
    def publications(self) -> Sequence[Publication]:
        """Return where the story was published."""
        if self.draft is None or self.shown is not State.PUBLISHED:
            return ()
        return self.draft.pick_addresses(self.told)

    @property
    def latest(self) -> Revision | None:
        """Return what was sent last; None while nothing was sent."""
        return self.submission.revisions[-1] if self.submission.revisions else None

    @property
    def outdated(self) -> tuple[ConsentText, ...]:
        """Return the consents whose words have changed since, while that matters."""
        return outdated_consents(self.submission) if asks_for_consents(self.shown) else ()

    @property
    def erased_on(self) -> datetime | None:
        """Return when everything is erased if nothing happens; None when no clock ends it."""
        return erased_on(
            self.submission, shown=self.shown, closed_at=self.closed_at, published=bool(self.told)
        )

    def files_of(self, message: Message) -> Sequence[Attachment]:
        """Return the files that came with a message."""
        return [one for one in self.submission.attachments if one.message_id == message.id]


@dataclass(frozen=True)
class CheckedText:
    """The edited text an author is asked about: the very revision that was sent for approval."""

    check: AuthorCheck
    lang: str
    title: str
    dek: str
    excerpt: str
    body: str
    byline_mode: str
    byline: str
    bio: str
    content_warning: str
    slug: str
    """End of its address; empty in what was sent by releases before."""
    photos: Mapping[str, Any]
    """What domain.photo_edits stores."""
    side: str
    """domain.sides.Side; empty without one."""
    place: str


def load_private_page(session: Session, submission_id: int, *, at: datetime) -> PrivatePage | None:
    """Return the page of a submission, or None when there is nothing left to show."""
    submission = session.scalar(
        select(Submission)
        .where(Submission.id == submission_id, Submission.state != State.ERASED)
        .options(
            joinedload(Submission.call).joinedload(Call.coverage),
            undefer(Submission.answered_after),
            selectinload(Submission.revisions),
            selectinload(Submission.consents),
            selectinload(Submission.attachments),
            selectinload(Submission.originals),
            selectinload(Submission.writings),
        )
    )
    if submission is None:
        return None
    shown = submission.state_shown(at)
    draft = _find_with_checks(session, submission) if shown in IN_COVERAGE else None
    return PrivatePage(
        submission=submission,
        shown=shown,
        due=_find_due(session, submission, shown),
        closed_at=_find_closing(session, submission) if shown in _CLOSED else None,
        messages=list_visible(session, submission, at=at),
        take_downs=_list_take_downs(session, submission, draft, at=at)
        if shown in MAY_HAVE_LEFT or submission.state not in IN_COVERAGE
        else (),
        draft=draft,
        told=[one for one in draft.publications if one.visible_at <= at] if draft else (),
    )


def load_receipt(session: Session, submission_id: int) -> Submission:
    """Return a submission with all its receipt says."""
    return session.scalars(_receipt(), {"submission_id": submission_id}).one()


@cache
def _receipt() -> Select[Submission]:
    its = Submission.id == bindparam("submission_id", type_=Integer)
    coverage = joinedload(Call.coverage).load_only(Coverage.title, Coverage.primary_locale)
    return (
        select(Submission)
        .where(its)
        .options(
            joinedload(Submission.call).options(coverage),
            undefer(Submission.answered_after),
            selectinload(Submission.revisions),
            selectinload(Submission.consents),
        )
    )


def load_checked_text(session: Session, page: PrivatePage) -> CheckedText | None:
    """Return the edited text that waits for the author's answer, or None when none does."""
    draft, check = page.draft, page.check
    if draft is None or check is None:
        return None
    fields = _read_fields(session, draft, check.revision)
    if fields is None:
        return None
    return CheckedText(
        check=check,
        lang=draft.lang,
        title=fields["title"],
        dek=fields["dek"],
        excerpt=fields["excerpt"],
        body=fields["body"],
        byline_mode=fields.get("byline_mode") or draft.byline_mode,
        byline=fields["byline"],
        bio=fields["bio"],
        content_warning=fields["content_warning"],
        slug=fields.get("slug", ""),
        photos=fields.get("photos", {}),
        side=fields.get("side", ""),
        place=fields.get("place", ""),
    )


def _read_fields(session: Session, draft: Draft, number: int) -> Mapping[str, Any] | None:
    found = session.scalar(
        select(DraftRevision).where(DraftRevision.draft_id == draft.id, DraftRevision.number == number)
    )
    return found.fields if found is not None else None


def _find_due(session: Session, submission: Submission, shown: State) -> datetime | None:
    """Return the date that belongs to the shown state.

    Inside the undo window, and for what was put aside as spam, that is the date the act found which left that
    state: a promise must not vanish from the page because of a decision the contributor is not told.
    """
    if shown is submission.state and shown is reads_as(shown):
        return submission.due_at
    left = session.scalar(
        select(Event)
        .where(
            Event.submission_id == submission.id,
            Event.from_state == reads_as(shown),
            Event.from_state != Event.to_state,
        )
        .order_by(Event.id.desc())
        .limit(1)
    )
    due = left.detail[BEFORE]["due"] if left and BEFORE in left.detail else None
    return datetime.fromisoformat(due) if due else None


def _find_closing(session: Session, submission: Submission) -> datetime | None:
    """Return when the submission came into its state."""
    return session.scalar(
        select(Event.at)
        .where(
            Event.submission_id == submission.id,
            Event.to_state == submission.state,
            Event.from_state != submission.state,
        )
        .order_by(Event.id.desc())
        .limit(1)
    )


def _list_take_downs(
    session: Session, submission: Submission, draft: Draft | None, *, at: datetime
) -> Sequence[TakeDown]:
    """Return what is called back, without places the contributor is not told of yet."""
    places = draft.publications if draft else ()
    untold = {one.url for one in places if one.visible_at > at} - {
        one.url for one in places if one.visible_at <= at
    }
    return [one for one in list_take_downs_of(session, submission.id) if one.url not in untold]


def _find_with_checks(session: Session, submission: Submission) -> Draft | None:
    return session.scalar(
        select(Draft)
        .where(Draft.submission_id == submission.id, is_standing())
        .options(selectinload(Draft.checks), selectinload(Draft.publications))
    )


def list_openings(session: Session, submission_id: int) -> Sequence[datetime]:
    """Return the moments at which the sealed answers were opened, oldest first."""
    opened = select(Event.at).where(
        Event.submission_id == submission_id, Event.act == HistoryAct.OPEN_IDENTITY
    )
    return session.scalars(opened.order_by(Event.id)).all()
