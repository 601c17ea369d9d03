"""A contributor sends a pitch or a story: however often one form arrives, nothing is doubled or lost."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import CallClosed, IllegalTransition, StaleEdit
from portal.domain.questions import Audience, Question, QuestionType, parse_question
from portal.domain.receipt import derive_code, hash_code, hash_form_key
from portal.domain.schedule import is_open, round_to_hour
from portal.domain.sending import GivenConsent, Sending
from portal.domain.states import Act, Stage, State, fits
from portal.keys import KeyRing, answers_place
from portal.models import Call, Consent, Event, Revision, Submission
from portal.operations.moving import move
from portal.story.count import count_units

NEW_VERSION = "new_version"
_UNDECIDED = frozenset({State.SUBMITTED, State.NEEDS_REPLY, State.INVITED})
_GONE = frozenset({State.WITHDRAWN, State.ERASED})
_HEADING_LENGTH = 120
_SENTENCE = re.compile(r".*?(?:[.!?…]+(?=\s|$)|[。！？｡]+|$)")
_PITCH_TEXT = ("idea", "link", "you")
_STORY_TEXT = ("story",)


def submit(
    session: Session,
    call: Call,
    sending: Sending,
    *,
    form_key: str,
    keys: KeyRing,
    receipt_secret: bytes,
    at: datetime,
    locale: str,
) -> tuple[Submission, bool]:
    """Keep a pitch or story; return the submission and whether anything new was stored.

    An equal form key with equal content gives what is already there; with other content a new revision of the
    same submission, whatever was decided meanwhile. Raises CallClosed, and IllegalTransition when the person
    has withdrawn the submission of this form.
    """
    receipt_hash = hash_code(receipt_secret, derive_code(receipt_secret, form_key))
    known = _find_by_receipt(session, receipt_hash)
    if known is not None:
        return _keep_version(session, known, sending, form_key=form_key, keys=keys, at=at)
    if not is_open(opens=call.opens_at, closes=call.closes_at, at=at):
        raise CallClosed(call.public_id)
    try:
        with session.begin_nested():
            piece = _receive(
                session,
                call,
                sending,
                receipt_hash=receipt_hash,
                form_key=form_key,
                keys=keys,
                at=at,
                locale=locale,
            )
    except IntegrityError:  # the same form arrived twice at once, and the other one was first
        known = _find_by_receipt(session, receipt_hash)
        if known is None:
            raise
        return _keep_version(session, known, sending, form_key=form_key, keys=keys, at=at)
    return piece, True


def send_story(
    session: Session,
    piece: Submission,
    sending: Sending,
    *,
    form_key: str,
    keys: KeyRing,
    at: datetime,
    seen: int | None = None,
) -> bool:
    """Keep the full story of an invited pitch; return whether anything new was stored.

    The earlier answers stay beside it.
    Raises StaleEdit when the submission is not in the version `seen`, IllegalTransition when no story is
    awaited.
    """
    locked = _lock(session, piece.id)
    if _find_revision(session, locked, form_key, sending) is not None:
        return False
    if seen is not None and seen != locked.version:  # here, since storing the revision raises the version
        raise StaleEdit(Act.SEND_STORY)
    if not fits(locked.state, locked.stage, Act.SEND_STORY):
        raise IllegalTransition(locked.state, Act.SEND_STORY)
    _store_revision(session, locked, sending, form_key=form_key, keys=keys, at=at)
    move(session, locked, Act.SEND_STORY, by=None, at=at)
    return True


def hash_content(sending: Sending, form_key: str) -> str:
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


def make_heading(answers: Mapping[str, Any]) -> str:
    """Return the title, else the first sentence of the story or of the pitch; at most 120 characters."""
    text = answers.get("title") or answers.get("story") or answers.get("idea") or ""
    first_line = next((line.strip() for line in str(text).splitlines() if line.strip()), "")
    if answers.get("title"):
        return _shorten(first_line)
    found = _SENTENCE.match(first_line)
    return _shorten(found[0] if found else first_line)


def _shorten(text: str) -> str:
    return text if len(text) <= _HEADING_LENGTH else text[: _HEADING_LENGTH - 1].rstrip() + "…"


def make_haystack(questions: tuple[Question, ...], answers: Mapping[str, Any]) -> str:
    """Return the text the desk searches in: what every reader of the call may read, casefolded."""
    keys = []
    for question in questions:
        if question.audience is Audience.DESK and question.type in (QuestionType.SHORT, QuestionType.LONG):
            keys.append(question.key)
        if question.takes_words and (question.text_audience or question.audience) is Audience.DESK:
            keys.append(question.text_key)
    return "\n".join(str(answers[key]) for key in keys if answers.get(key)).casefold()


def _find_by_receipt(session: Session, receipt_hash: str) -> Submission | None:
    return session.scalar(
        select(Submission)
        .where(Submission.receipt_hash == receipt_hash)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _lock(session: Session, piece_id: int) -> Submission:
    """Load the row again and hold it: two sendings at once would otherwise count the same revision number."""
    return session.scalars(
        select(Submission)
        .where(Submission.id == piece_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _find_revision(session: Session, piece: Submission, form_key: str, sending: Sending) -> Revision | None:
    return session.scalar(
        select(Revision).where(
            Revision.submission_id == piece.id,
            Revision.form_key_hash == hash_form_key(form_key),
            Revision.content_hash == hash_content(sending, form_key),
        )
    )


def _receive(
    session: Session,
    call: Call,
    sending: Sending,
    *,
    receipt_hash: str,
    form_key: str,
    keys: KeyRing,
    at: datetime,
    locale: str,
) -> Submission:
    piece = Submission(
        call=call,
        receipt_hash=receipt_hash,
        kind=sending.stage,
        stage=sending.stage,
        state=State.WRITING,
        lang=sending.lang,
        locale=locale,
        heading="",
        received_at=round_to_hour(at),
    )
    session.add(piece)
    session.flush()
    _store_revision(session, piece, sending, form_key=form_key, keys=keys, at=at)
    move(session, piece, Act.SUBMIT, by=None, at=at)
    session.flush()
    return piece


def _keep_version(
    session: Session, piece: Submission, sending: Sending, *, form_key: str, keys: KeyRing, at: datetime
) -> tuple[Submission, bool]:
    """Keep what differs from all that came with this form key; the history says so."""
    if _find_revision(session, piece, form_key, sending) is not None:
        return piece, False
    if piece.state in _GONE:
        raise IllegalTransition(piece.state, Act.SUBMIT)
    number = _store_revision(session, piece, sending, form_key=form_key, keys=keys, at=at).number
    session.add(
        Event(
            submission_id=piece.id,
            act=NEW_VERSION,
            from_state=piece.state,
            to_state=piece.state,
            by_author=True,
            detail={"revision": number, "after_decision": piece.state not in _UNDECIDED},
            at=round_to_hour(at),
        )
    )
    session.flush()
    return piece, True


def _store_revision(
    session: Session, piece: Submission, sending: Sending, *, form_key: str, keys: KeyRing, at: datetime
) -> Revision:
    """Add the newest revision and what the desk's lists show of it.

    A sending of the other form than the newest revision's is laid over the earlier answers, so that the
    newest revision is always whole.
    """
    before = piece.revisions[-1] if piece.revisions else None
    answers, sealed = dict(sending.answers), dict(sending.sealed)
    stage = sending.stage
    if before is not None and before.stage != sending.stage:
        answers = {**before.answers, **answers}
        sealed = {**keys.open_map(before.sealed, answers_place(piece.public_id, before.number)), **sealed}
        stage = Stage.STORY
    number = before.number + 1 if before else 1
    revision = Revision(
        number=number,
        stage=stage,
        form_key_hash=hash_form_key(form_key),
        content_hash=hash_content(sending, form_key),
        lang=sending.lang,
        answers=answers,
        sealed=keys.seal_map(sealed, answers_place(piece.public_id, number)) if sealed else None,
        received_at=round_to_hour(at),
    )
    piece.revisions.append(revision)
    _add_consents(piece, sending.consents, at=at)
    _describe(piece, revision, sealed)
    session.flush()
    return revision


def _add_consents(piece: Submission, given: tuple[GivenConsent, ...], *, at: datetime) -> None:
    known = {(one.key, one.text_version) for one in piece.consents}
    piece.consents.extend(
        Consent(
            key=one.key,
            text_version=one.version,
            locale=one.locale,
            text=one.text,
            given_at=round_to_hour(at),
        )
        for one in given
        if (one.key, one.version) not in known
    )


def _describe(piece: Submission, revision: Revision, sealed: Mapping[str, Any]) -> None:
    """Set the columns lists, search and mail work with."""
    answers = revision.answers
    counted = count_units(
        "\n".join(answers.get(key, "") for key in (_STORY_TEXT if answers.get("story") else _PITCH_TEXT))
    )
    piece.lang = revision.lang
    piece.heading = make_heading(answers)
    piece.haystack = make_haystack(tuple(parse_question(row) for row in piece.call.questions), answers)
    piece.words, piece.characters = counted.words, counted.characters
    # Only a plain "no" is no risk; "not sure" is for people to look at.
    piece.at_risk = answers.get("risk") not in (None, "no")
    piece.wants_mail = sealed.get("reply") == "email" and bool(sealed.get("reply_text"))
