"""What an export needs to know about drafts: the text, the coverage, the author's consents."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.domain.bylines import lacks_byline
from portal.domain.consent import LICENCE_CONSENT, BylineMode, Refusal, find_refusal
from portal.domain.states import IN_COVERAGE, State
from portal.models import Call, Consent, Coverage, Draft, Submission

_LEFT = frozenset({State.WITHDRAWN, State.ERASED})
_SETTLED = frozenset({State.APPROVED, State.PUBLISHED})


@dataclass(frozen=True)
class ExportSource:
    """A draft with what decides whether it may leave. `licence` is the consent to this coverage's licence."""

    draft: Draft
    coverage: Coverage
    licence: Consent | None
    refusal: Refusal | None


def load_sources(
    session: Session, coverage: Coverage, public_ids: Sequence[str] | None = None
) -> tuple[ExportSource, ...]:
    """Return drafts of a coverage, oldest first: those named, withdrawn ones too, or all still in it."""
    wanted = select(Draft).join(Submission).join(Call).where(Call.coverage_id == coverage.id)
    if public_ids is None:
        wanted = wanted.where(Submission.state.in_(IN_COVERAGE))
    else:
        wanted = wanted.where(Draft.public_id.in_(public_ids))
    drafts = session.scalars(
        wanted.order_by(Draft.accepted_at, Draft.id).options(
            joinedload(Draft.submission).selectinload(Submission.consents),
            joinedload(Draft.submission).selectinload(Submission.revisions),
            joinedload(Draft.submission).selectinload(Submission.attachments),
            selectinload(Draft.publications),
        )
    )
    return tuple(read_source(draft, coverage) for draft in drafts)


def read_source(draft: Draft, coverage: Coverage) -> ExportSource:
    """Return one draft with what says whether it may leave now."""
    piece = draft.submission
    licence = find_licence_consent(piece, coverage)
    refusal = find_refusal(
        approved=piece.state in _SETTLED,
        withdrawn=piece.state in _LEFT,
        wish=find_wish(piece),
        licence_consent=licence is not None,
        byline_mode=BylineMode.LATER if lacks_byline(draft.byline_mode, draft.byline) else draft.byline_mode,
        text_unchanged=draft.approved_revision == draft.revision,
    )
    return ExportSource(draft, coverage, licence, refusal)


def find_licence_consent(piece: Submission, coverage: Coverage) -> Consent | None:
    """Return the newest consent that names the licence of the coverage: a yes to another licence is none."""
    named = (
        consent
        for consent in reversed(piece.consents)
        if consent.key == LICENCE_CONSENT
        and (coverage.licence_uri in consent.text or coverage.licence in consent.text)
    )
    return next(named, None)


def find_wish(piece: Submission) -> str:
    """Return the newest answer to `may we publish it?`; empty when it was never asked."""
    answers = (revision.answers.get("may") for revision in reversed(piece.revisions))
    return next((answer for answer in answers if isinstance(answer, str) and answer), "")
