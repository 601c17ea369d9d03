"""Sending a pitch or a story: however often one form arrives, nothing is doubled or lost."""

import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.acts import Act, HistoryAct
from portal.domain.admission import Lane, Signal
from portal.domain.answers import (
    EnteredAnswers,
    GivenConsent,
    SubmittedAnswers,
)
from portal.domain.deadlines import is_call_open, round_to_hour
from portal.domain.errors import CallClosed, IllegalTransition, StaleEdit
from portal.domain.questions import parse_question, split_answers
from portal.domain.receipt_code import form_key_begun, hash_form_key, hash_receipt
from portal.domain.states import UNDECIDED, Stage, State
from portal.domain.transitions import fits
from portal.models import Call, ComparisonDue, Consent, ContributorSession, Revision, Submission
from portal.models.base import new_public_id
from portal.operations.contribute.summary import set_summary
from portal.operations.contribute.unsent import delete_sent_versions
from portal.operations.coverages.author_changes import take_over_choices
from portal.operations.locking import lock_submission
from portal.operations.private.access import revoke_links
from portal.operations.transitions import change_state, record_event
from portal.queries.answers import current_answers, open_current_answers
from portal.sealing.keys import KeyRing, answers_place, desk_answers_place

_GONE = frozenset({State.WITHDRAWN, State.ERASED})
_HASH = "wanted"
_BY_RECEIPT = (
    select(Submission)
    .where(Submission.receipt_hash == bindparam(_HASH))
    .with_for_update()
    .execution_options(populate_existing=True)
)


@dataclass(frozen=True, slots=True)
class FormSecrets:
    """The secrets of a form: what seals what it brings, and makes the form known when it comes again."""

    keys: KeyRing
    receipt: bytes
    """What receipt codes follow from, besides the form key."""
    form_key: str

    @property
    def receipt_hash(self) -> str:
        """Return what is stored of the receipt code."""
        return hash_receipt(self.receipt, self.form_key)


class SubmitOutcome(StrEnum):
    """The outcome of a sending: what it was to the submission of its form."""

    FIRST = "first"
    AS_VERSION = "as_version"
    """Kept as a new revision: something else came with this form before."""
    AGAIN = "again"
    """All of it was there already."""
    OVERTAKEN = "overtaken"
    """All of it was there already, and something newer has come another way since: that stays the newest."""
    UNCHANGED = "unchanged"
    """It says what was sent last, and nothing else: nothing is stored."""


def submit(
    session: Session,
    call: Call,
    sending: SubmittedAnswers,
    secrets: FormSecrets,
    *,
    at: datetime,
    locale: str,
    lane: Lane = Lane.VERIFIED,
    signals: Sequence[Signal] = (),
    typed: EnteredAnswers | None = None,
    page: ContributorSession | None = None,
    is_known_new: bool = False,
) -> tuple[Submission, SubmitOutcome]:
    """Keep a pitch or story; return the submission and what the sending was to it.

    What this form has sent last is there already, whatever came another way since; anything else is a new
    revision of the same submission, whatever was decided meanwhile: who takes a change back in the same form
    sends what was sent before, and means it. `typed` is what stood in the form: unsent versions that
    hold nothing else are deleted. Raises CallClosed, and IllegalTransition when the person has withdrawn the
    submission of this form. `page` is the private page that is open where it is sent: another address closes
    those that links have opened, but not that one. `is_known_new`: somebody has just looked, and nothing came
    with this form; whatever has come since then is found all the same.
    """

    def keep_first(submission: Submission) -> None:
        _require_open(submission.call, at=at, begun=form_key_begun(secrets.form_key))
        submission.kind, submission.stage, submission.locale = sending.stage, sending.stage, locale
        submission.received_at = round_to_hour(at)
        submission.lane, submission.signals = lane, [signal.value for signal in signals]
        store_revision(session, submission, sending, secrets, at=at, page=page)
        change_state(session, submission, Act.SUBMIT, by=None, at=at)
        _add_consents(session, submission, sending.consents, at=at)

    submission = None if is_known_new else find_by_form_key(session, secrets)
    if submission is None:
        submission, is_new = begin_submission(
            session, call, secrets, keep_first, stage=sending.stage, lang=sending.lang, locale=locale, at=at
        )
        if is_new:
            return submission, SubmitOutcome.FIRST
    repeated = find_repeat(session, submission, secrets.form_key, sending)
    if repeated is not SubmitOutcome.OVERTAKEN:
        delete_sent_versions(submission, typed, keys=secrets.keys)
    if submission.state is State.WRITING:
        keep_first(submission)
        session.flush()
        return submission, SubmitOutcome.FIRST
    if repeated is None:
        keep_version(session, submission, sending, secrets, at=at, page=page)
    return submission, repeated or SubmitOutcome.AS_VERSION


def _require_open(call: Call, *, at: datetime, begun: datetime | None) -> None:
    """Raise CallClosed where the call does not take what was begun then."""
    if not is_call_open(opens=call.opens_at, closes=call.closes_at, at=at, begun=begun):
        raise CallClosed(call.public_id)


def send_story(
    session: Session,
    submission: Submission,
    sending: SubmittedAnswers,
    secrets: FormSecrets,
    *,
    at: datetime,
    seen: int | None = None,
    typed: EnteredAnswers | None = None,
    page: ContributorSession | None = None,
) -> SubmitOutcome:
    """Keep the full story of an invited pitch; return what the sending was to it.

    The earlier answers stay beside it; `typed` and `page` as in `submit`.
    Raises StaleEdit when the submission is not in the version `seen`, IllegalTransition when no story is
    awaited.
    """
    locked = lock_submission(session, submission)
    repeated = find_repeat(session, locked, secrets.form_key, sending)
    if repeated is not SubmitOutcome.OVERTAKEN:
        delete_sent_versions(locked, typed, keys=secrets.keys)
    if repeated is not None:
        return repeated
    if seen is not None and seen != locked.version:  # here, since storing the revision raises the version
        raise StaleEdit(Act.SEND_STORY)
    if not fits(locked.state, locked.stage, Act.SEND_STORY):
        raise IllegalTransition(locked.state, Act.SEND_STORY)
    store_revision(session, locked, sending, secrets, at=at, page=page)
    change_state(session, locked, Act.SEND_STORY, by=None, at=at)
    _add_consents(session, locked, sending.consents, at=at)
    return SubmitOutcome.FIRST


def find_by_form_key(session: Session, secrets: FormSecrets) -> Submission | None:
    """Return the submission begun with this form key, its row held until the transaction ends."""
    return session.scalar(_BY_RECEIPT, {_HASH: secrets.receipt_hash})


def begin_submission(
    session: Session,
    call: Call,
    secrets: FormSecrets,
    do_first: Callable[[Submission], object],
    *,
    stage: Stage,
    lang: str,
    locale: str,
    at: datetime,
) -> tuple[Submission, bool]:
    """Begin a submission in state writing, and do the first act on it; return it and whether it is new.

    Both are written at once. When the same form arrives twice at once, the later one gets the submission of
    the first, and nothing is done.
    """
    new = Submission(
        public_id=new_public_id(),
        call=call,
        receipt_hash=secrets.receipt_hash,
        kind=stage,
        stage=stage,
        state=State.WRITING,
        lang=lang,
        locale=locale,
        heading="",
        received_at=round_to_hour(at),
        wants_mail=False,
        decline_reason="",
        revisions=[],
        consents=[],
        writings=[],
    )
    try:
        with session.begin_nested():
            do_first(new)
            session.add(new)
    except IntegrityError:
        found = find_by_form_key(session, secrets)
        if found is None:
            raise
        return found, False
    return new, True


def find_repeat(
    session: Session, submission: Submission, form_key: str, sending: SubmittedAnswers
) -> SubmitOutcome | None:
    """Say what a sending is that repeats what this form has brought last; None for any other.

    A page whose answer was lost sends by itself once more: what has come another way since is newer.
    """
    if not was_sent(session, submission, form_key, sending):
        return None
    newest = session.scalar(
        select(Revision.form_key_hash)
        .where(Revision.submission_id == submission.id)
        .order_by(Revision.number.desc())
        .limit(1)
    )
    return SubmitOutcome.AGAIN if newest == hash_form_key(form_key) else SubmitOutcome.OVERTAKEN


def was_sent(session: Session, submission: Submission, form_key: str, sending: SubmittedAnswers) -> bool:
    """Say whether this form has sent nothing else since it sent this content: it is kept already."""
    newest = session.scalar(
        select(Revision.content_hash)
        .where(Revision.submission_id == submission.id, Revision.form_key_hash == hash_form_key(form_key))
        .order_by(Revision.number.desc())
        .limit(1)
    )
    return newest == hash_content(sending, form_key)


def hash_content(sending: SubmittedAnswers, form_key: str) -> str:
    """Return the fingerprint of everything sent, 64 hexadecimal characters.

    Keyed with the form key, which is not stored: a plain hash would let a reader of the database test guesses
    at the sealed answers.
    """
    content = {
        "stage": sending.stage,
        "lang": sending.lang,
        "answers": dict(sending.answers),
        "sealed": dict(sending.sealed),
        "consents": sorted((one.key, one.version) for one in sending.consents),
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(form_key.encode(), canonical.encode(), hashlib.sha256).hexdigest()


def keep_version(
    session: Session,
    submission: Submission,
    sending: SubmittedAnswers,
    secrets: FormSecrets,
    *,
    at: datetime,
    page: ContributorSession | None,
) -> None:
    """Keep a new revision; the history says so."""
    if submission.state in _GONE:
        raise IllegalTransition(submission.state, Act.SUBMIT)
    number = store_revision(session, submission, sending, secrets, at=at, page=page).number
    detail = {"revision": number, "after_decision": submission.state not in UNDECIDED}
    record_event(session, submission, HistoryAct.NEW_VERSION, by=None, at=at, detail=detail)
    session.flush()
    _add_consents(session, submission, sending.consents, at=at)


def store_revision(
    session: Session,
    submission: Submission,
    sending: SubmittedAnswers,
    secrets: FormSecrets,
    *,
    at: datetime,
    page: ContributorSession | None,
) -> Revision:
    """Add the newest revision and what the desk's lists show of it."""
    before = submission.revisions[-1] if submission.revisions else None
    answers, sealed = _lay_over(submission, sending, secrets.keys)
    number = before.number + 1 if before else 1
    searched, inside = split_answers(submission.call.questions, answers)
    revision = Revision(
        number=number,
        stage=Stage.STORY if before and before.stage != sending.stage else sending.stage,
        form_key_hash=hash_form_key(secrets.form_key),
        content_hash=hash_content(sending, secrets.form_key),
        lang=sending.lang,
        open_answers=searched,
        desk_answers=secrets.keys.seal_map(inside, desk_answers_place(submission.public_id, number)),
        sealed=secrets.keys.seal_map(sealed, answers_place(submission.public_id, number)) if sealed else None,
        received_at=round_to_hour(at),
    )
    submission.revisions.append(revision)
    session.add(ComparisonDue(submission=submission))  # with texts that may tell the same story
    address = submission.address_hash
    set_summary(submission, answers, sealed, keys=secrets.keys, receipt_secret=secrets.receipt)
    if address is not None and submission.address_hash != address:
        revoke_links(session, submission, page=page)
    if before is not None:
        take_over_choices(session, submission, before.answers, answers, at=round_to_hour(at))
    # A language that was corrected stays so until the author states another one.
    if before is None or before.lang != sending.lang:
        submission.lang = sending.lang
    return revision


def _lay_over(
    submission: Submission, sending: SubmittedAnswers, keys: KeyRing
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the open and the sealed answers of the newest revision to be, which is always whole.

    Of the earlier answers those stay that the form had no field for: what it had one for and is not sent was
    emptied.
    """
    if not submission.revisions:
        return dict(sending.answers), dict(sending.sealed)
    asked = _list_asked(submission, sending)
    before, sealed = current_answers(submission), open_current_answers(submission, keys)
    return (
        {**{key: one for key, one in before.items() if key not in asked}, **sending.answers},
        {**{key: one for key, one in sealed.items() if key not in asked}, **sending.sealed},
    )


def _list_asked(submission: Submission, sending: SubmittedAnswers) -> frozenset[str]:
    """Return the fields of the form that was sent; else those of the same form as before."""
    if sending.asked is not None:
        return sending.asked
    if submission.latest.stage != sending.stage:
        return frozenset()
    questions = [parse_question(row) for row in submission.call.questions]
    return frozenset(
        key for one in questions if sending.stage in one.forms for key in (one.key, one.text_key)
    )


def says_more(submission: Submission, sending: SubmittedAnswers, keys: KeyRing) -> bool:
    """Say whether a sending differs from the newest revision, or brings a consent."""
    return (
        _lay_over(submission, sending, keys)
        != (current_answers(submission), open_current_answers(submission, keys))
        or submission.latest.lang != sending.lang
        or bool(sending.consents)
    )


def _add_consents(
    session: Session, submission: Submission, given: tuple[GivenConsent, ...], *, at: datetime
) -> None:
    """Add the consents that are new to a submission that is written, in one statement."""
    known = {(one.key, one.text_version) for one in submission.consents}
    rows = [
        {
            "submission_id": submission.id,
            "key": one.key,
            "text_version": one.version,
            "locale": one.locale,
            "text": one.text,
            "given_at": round_to_hour(at),
        }
        for one in given
        if (one.key, one.version) not in known
    ]
    if rows:
        session.execute(insert(Consent), rows)
        session.expire(submission, ["consents"])
