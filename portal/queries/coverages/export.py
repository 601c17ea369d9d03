"""Drafts as an export needs to know them: the text, the coverage, the author's consents."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Executable, Select, Text, bindparam, cast, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.domain.acts import HistoryAct
from portal.domain.avoided_terms import digest_terms, split_terms
from portal.domain.consent import (
    BylineMode,
    ExportRefusal,
    lacks_byline,
    list_export_refusals,
    printed_byline,
)
from portal.domain.embargo import find_embargo, is_embargoed
from portal.domain.photo_edits import PhotoEdits
from portal.domain.photos import PictureWords
from portal.domain.questions import AnswersByRole, ConsentRole, QuestionRole, consent_key
from portal.domain.slugs import is_proposed
from portal.domain.states import IN_COVERAGE, State
from portal.models import Attachment, Call, Consent, Coverage, Draft, Event, Revision, Submission
from portal.queries.answers import current_answers
from portal.queries.consents import is_licence_current
from portal.queries.drafts import NO_FILTER, DraftFilter, is_standing, narrow_drafts
from portal.queries.story_search import require_whole_index
from portal.sealing.keys import CannotOpen
from portal.story.mentions import Mention, find_mentions
from portal.story.picture_marks import drop_marks, make_photo_key

_LEFT = frozenset({State.WITHDRAWN, State.ERASED})
SETTLED = frozenset({State.APPROVED, State.PUBLISHED})
"""States of texts whose authors have approved them."""
_NUMBERS: BindParameter[Any] = bindparam("numbers", expanding=True)


@dataclass(frozen=True)
class ExportSource:
    """A draft with what decides whether it may leave. `licence` is the consent to this coverage's licence."""

    draft: Draft
    coverage: Coverage
    licence: Consent | None
    refusals: tuple[ExportRefusal, ...]
    """Every reason to keep it here, the strongest first."""
    embargo: date | None
    """The day before which the author wants nothing published."""
    avoided: tuple[Mention, ...]
    """Terms of the author's words about what must not be printed that the text holds or may hold."""
    avoided_confirmed: bool
    """Whether an editor has said for this very text that they are meant otherwise."""

    @property
    def refusal(self) -> ExportRefusal | None:
        """Return the strongest reason to keep it here, or None when it may leave."""
        return next(iter(self.refusals), None)


def list_drafts(
    session: Session,
    coverage: Coverage,
    public_ids: Collection[str] | None = None,
    *,
    matching: DraftFilter = NO_FILTER,
    states: Collection[State] = IN_COVERAGE,
) -> dict[str, int]:
    """Return drafts of a coverage, oldest first, public id to id: those named, withdrawn ones too, or all.

    All are those that match and are in one of these states. Nothing else is read, however many there are.
    Raises SearchUnready.
    """
    wanted = select(Draft.public_id, Draft.id).join(Submission).join(Call)
    wanted = wanted.where(Call.coverage_id == coverage.id, is_standing())
    if public_ids is None:
        if matching.text:
            require_whole_index(session)
        wanted = wanted.where(*narrow_drafts(matching, states))
    rows = session.execute(wanted.order_by(Draft.accepted_at, Draft.id))
    found = {row.public_id: row.id for row in rows}
    named = found.keys() if public_ids is None else set(public_ids)
    return {public_id: number for public_id, number in found.items() if public_id in named}


def load_sources(
    session: Session, coverage: Coverage, public_ids: Collection[str] | None = None, *, at: datetime
) -> tuple[ExportSource, ...]:
    """Return what an export has to know about the drafts that `list_drafts` finds, which are few."""
    numbers = list(list_drafts(session, coverage, public_ids).values())
    return load_block(session, coverage, numbers, at=at)


def load_block(
    session: Session, coverage: Coverage, numbers: Collection[int], *, at: datetime
) -> tuple[ExportSource, ...]:
    """Return what an export has to know about the drafts with these numbers, which are not many, in order."""
    places = {number: place for place, number in enumerate(numbers)}
    drafts = sorted(session.scalars(_block(), {"numbers": list(numbers)}), key=lambda draft: places[draft.id])
    return tuple(read_source(session, draft, coverage, at=at) for draft in drafts)


@cache
def _block() -> Select[Draft]:
    """Return the statement of a block of drafts."""
    wanted = select(Draft).where(Draft.id.in_(_NUMBERS), is_standing())
    whole = joinedload(Draft.submission).options(
        selectinload(Submission.call),  # large, and of thousands of texts: read once for all
        selectinload(Submission.consents),
        selectinload(Submission.revisions),
        selectinload(Submission.attachments),
    )
    return wanted.options(whole, selectinload(Draft.publications))


def stamp_stories(session: Session, numbers: Collection[int]) -> dict[int, bytes]:
    """Return a checksum for each of these drafts that stands, by its number.

    With the same one, loading the story once more would find what it found before, but for a day that has
    come and a key that has gone. With another one it may find the same, as where only a note was written.
    It costs a fifth of loading a block of stories.
    """
    drafts = session.execute(_stamped_versions(), {"numbers": list(numbers)}).all()
    calls = session.execute(_stamped_calls(), {"numbers": list({one.call_id for one in drafts})})
    photos: dict[int, list[Any]] = defaultdict(list)
    for one in session.execute(_stamped_photos(), {"numbers": [one.submission_id for one in drafts]}):
        photos[one.submission_id].append(one)
    asked = {one.id: _digest(one) for one in calls}
    return {one.id: _digest((one, asked[one.call_id], photos[one.submission_id])) for one in drafts}


def _digest(values: Any) -> bytes:
    return hashlib.sha256(repr(values).encode()).digest()


@cache
def _stamped_versions() -> Executable:
    """Return the statement of the counters that every edit of a draft or its text moves on.

    Sendings and consents are counted, as neither is ever changed.
    """
    counts = (
        select(func.count()).where(kept.submission_id == Submission.id).scalar_subquery()
        for kept in (Revision, Consent)
    )
    draft = (Draft.id, Draft.version, Draft.revision, Draft.approved_revision)
    text = (Draft.submission_id, Submission.version, Submission.state, Submission.call_id)
    wanted = select(*draft, *text, *counts).join(Submission, Submission.id == Draft.submission_id)
    return wanted.where(Draft.id.in_(_NUMBERS), is_standing())


@cache
def _stamped_photos() -> Executable:
    asked = (Attachment.kind, Attachment.people, Attachment.licence)
    said = (Attachment.position, Attachment.sealed_words)
    wanted = select(Attachment.submission_id, Attachment.id, *asked, *said)
    return wanted.where(Attachment.submission_id.in_(_NUMBERS)).order_by(Attachment.id)


@cache
def _stamped_calls() -> Executable:
    """Return the statement of the questions, consents and licences by which the answers are read."""
    asked = (cast(one, Text) for one in (Call.questions, Call.consents))
    wanted = select(Call.id, *asked, Coverage.licence, Coverage.licence_uri)
    return wanted.join(Coverage, Coverage.id == Call.coverage_id).where(Call.id.in_(_NUMBERS))


def find_photo_source(
    session: Session, public_id: str, *, at: datetime
) -> tuple[Attachment, ExportSource] | None:
    """Return a photo or document, and what says whether the story it belongs to may leave now."""
    wanted = (
        select(Attachment, Draft.id, Coverage)
        .join(Draft, Draft.submission_id == Attachment.submission_id)
        .join(Submission, Submission.id == Attachment.submission_id)
        .join(Call, Call.id == Submission.call_id)
        .join(Coverage, Coverage.id == Call.coverage_id)
    )
    row = session.execute(wanted.where(Attachment.public_id == public_id)).one_or_none()
    if row is None:
        return None
    photo, number, coverage = row
    return next(((photo, source) for source in load_block(session, coverage, [number], at=at)), None)


def read_source(session: Session, draft: Draft, coverage: Coverage, *, at: datetime) -> ExportSource:
    """Return one draft with what says whether it may leave now; what no key opens stays."""
    try:
        return _judge(session, draft, coverage, at=at)
    except CannotOpen:
        return ExportSource(
            draft, coverage, None, (ExportRefusal.CANNOT_OPEN,), None, (), avoided_confirmed=False
        )


def _judge(session: Session, draft: Draft, coverage: Coverage, *, at: datetime) -> ExportSource:
    submission, person = draft.submission, draft.person
    answers = current_answers(submission)
    licence = find_licence_consent(submission, coverage)
    given = AnswersByRole(submission.call.questions, answers)
    embargo, avoided = find_embargo(given), find_avoided(draft, person, given)
    confirmed = bool(avoided) and is_confirmed(session, draft, avoided)
    mode, byline = person["byline_mode"], person["byline"]
    refusals = list_export_refusals(
        approved=submission.state in SETTLED,
        withdrawn=submission.state in _LEFT,
        wish=find_wish(given),
        licence_consent=licence is not None,
        consent_current=is_licence_current(submission, answers),
        byline_mode=BylineMode.LATER if lacks_byline(mode, byline) else mode,
        text_unchanged=draft.approved_revision == draft.revision,
        embargoed=is_embargoed(embargo, at=at),
        holds_avoided=not confirmed and any(one.is_exact for one in avoided),
        may_hold_avoided=not confirmed and any(not one.is_exact for one in avoided),
    )
    return ExportSource(draft, coverage, licence, refusals, embargo, avoided, confirmed)


def find_licence_consent(submission: Submission, coverage: Coverage) -> Consent | None:
    """Return the newest consent that names the licence of the coverage: a yes to another licence is none."""
    key = consent_key(submission.call.consents, ConsentRole.LICENCE)
    named = (
        consent
        for consent in reversed(submission.consents)
        if consent.key == key and (coverage.licence_uri in consent.text or coverage.licence in consent.text)
    )
    return next(named, None)


def find_wish(given: AnswersByRole) -> str:
    """Return the answer about publishing; empty when it was never asked."""
    return given.text(QuestionRole.PUBLISHING)


def read_avoid(given: AnswersByRole) -> str:
    """Return the author's words about what must not be printed."""
    return given.text(QuestionRole.AVOID)


def find_avoided(draft: Draft, person: Mapping[str, Any], given: AnswersByRole) -> tuple[Mention, ...]:
    """Return which terms of those words stand, or may stand, in what would be printed, photos included.

    `person` is what the draft says about its author. Raises CannotOpen for photos, whether or not there are
    such words: all of it would be printed.
    """
    edits, photos = PhotoEdits.read(person["photos"]), []
    for one in draft.submission.attachments:
        said = PictureWords(one.description, one.credit, None, None, one.caption)
        photos += edits.print_words(make_photo_key(one.public_id), said).list_texts()
    terms = split_terms(read_avoid(given))
    if not terms:
        return ()
    texts = [draft.title, draft.dek, draft.excerpt, drop_marks(draft.body)]
    texts += [person["bio"], person["place"], draft.content_warning]
    # What follows from the title says nothing that the title does not say.
    if not is_proposed(draft.slug, draft.title, draft.lang, draft.public_id):
        texts.append(draft.slug.replace("-", " "))
    texts.append(printed_byline(person["byline_mode"], person["byline"]))
    return find_mentions(terms, [*texts, *photos], (draft.submission.lang, draft.lang))


def is_confirmed(session: Session, draft: Draft, avoided: Sequence[Mention]) -> bool:
    """Say whether an editor has confirmed for this very text that these terms are meant otherwise."""
    events = session.scalars(
        select(Event.detail).where(
            Event.submission_id == draft.submission_id, Event.act == HistoryAct.CONFIRM_AVOIDED
        )
    )
    wanted = {"revision": draft.revision, "terms": digest_mentions(avoided)}
    return any(wanted.items() <= detail.items() for detail in events)


def digest_mentions(avoided: Sequence[Mention]) -> str:
    """Return what a confirmation is kept under: other words found are another question."""
    return digest_terms([one.mark for one in avoided])
