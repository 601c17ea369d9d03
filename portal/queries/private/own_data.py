"""Own data of a contributor, to take along: what was sent, written, edited and told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from portal.domain.acts import DECISIONS, TOLD_BESIDES, HistoryAct
from portal.domain.editing import Verdict
from portal.domain.states import PUBLIC_STATUS
from portal.models import (
    AuthorCheck,
    Draft,
    DraftRevision,
    Event,
    OutboxMail,
    PageWords,
    Publication,
    Submission,
)
from portal.models.submission import BY_DESK_CODE
from portal.queries.contribute.same_browser import list_unsent_beside
from portal.queries.drafts import is_standing
from portal.queries.private.page import PrivatePage
from portal.queries.private.untold import drop_undone, find_untold


@dataclass(frozen=True)
class SentForApproval:
    """An edited text as its author was asked about it, and the answer."""

    check: AuthorCheck
    lang: str
    text: DraftRevision
    is_answered: bool
    """False while an answer given by the desk in the author's stead has not been told."""
    reasons: Sequence[str] = ()
    """Why editors changed the text up to there, oldest first."""


@dataclass(frozen=True)
class OwnData:
    """One submission with everything its contributor may take along at one moment."""

    page: PrivatePage
    beside: Sequence[Submission]
    """What was begun beside it in the same browser and never sent."""
    edited: Sequence[SentForApproval]
    publications: Sequence[Publication]
    events: Sequence[Event]
    """What was done, oldest first: by the contributor, or by the desk and told since."""
    typed: Sequence[PageWords]
    """What was typed on the private page and not sent."""
    mails: Sequence[OutboxMail]
    """The mails that went out and are still kept."""


def load_own_data(session: Session, page: PrivatePage, *, at: datetime) -> OwnData:
    """Return what the contributor of this page may take along."""
    submission = page.submission
    every = session.scalars(
        select(Event).where(Event.submission_id == submission.id).order_by(Event.id)
    ).all()
    events = drop_undone(every)
    untold = find_untold(submission, events, at=at)
    since = min((event.at for event in events if event.id in untold), default=None)
    draft = session.scalar(
        select(Draft)
        .where(Draft.submission_id == submission.id, is_standing())
        .options(selectinload(Draft.checks), selectinload(Draft.revisions), selectinload(Draft.publications))
    )
    visible = {message.event_id for message in page.messages}
    return OwnData(
        page=page,
        beside=list_unsent_beside(session, submission),
        edited=list(_list_edited(draft, since)) if draft else (),
        publications=[one for one in (draft.publications if draft else ()) if one.visible_at <= at],
        events=[event for event in events if event.id not in untold and _is_told(event, visible)],
        typed=session.scalars(
            select(PageWords).where(PageWords.submission_id == submission.id).order_by(PageWords.id)
        ).all(),
        mails=session.scalars(
            select(OutboxMail)
            .where(OutboxMail.submission_id == submission.id, OutboxMail.sent_at.is_not(None))
            .order_by(OutboxMail.id)
        ).all(),
    )


def _is_told(event: Event, visible: set[int | None]) -> bool:
    if event.act == HistoryAct.MESSAGE:
        return event.by_author or BY_DESK_CODE in event.detail or event.id in visible
    if event.by_author or event.act in TOLD_BESIDES:
        return True
    before = PUBLIC_STATUS[event.from_state] if event.from_state else None
    return event.act in DECISIONS and before is not PUBLIC_STATUS[event.to_state]


def _list_edited(draft: Draft, since: datetime | None) -> Iterator[SentForApproval]:
    texts = {text.number: text for text in draft.revisions}
    for check in draft.checks:
        # Else the desk went on without asking at all.
        was_sent = check.verdict is not Verdict.WAIVED or check.sent_at != check.answered_at
        if was_sent and check.revision in texts and (since is None or check.sent_at < since):
            yield SentForApproval(
                check=check,
                lang=draft.lang,
                text=texts[check.revision],
                is_answered=check.answered_at is not None and (since is None or check.answered_at < since),
                reasons=[
                    *(one.reason for one in draft.revisions if one.reason and one.number <= check.revision),
                    *texts[check.revision].change_reasons.values(),
                ],
            )
