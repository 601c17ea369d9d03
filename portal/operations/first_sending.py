"""What a form leaves when it is sent for the first time: every row of it, in one place.

These rows are written as they stand: nobody can know the submission yet, so there is nothing to compare, as
the unit of work would, and a form that arrives twice at once is found out by its first row.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from portal.domain.lanes import Lane, Signal
from portal.domain.questions import split_answers
from portal.domain.receipt import hash_form_key
from portal.domain.schedule import round_to_hour
from portal.domain.sending import GivenConsent, Sending
from portal.domain.states import TRANSITIONS, Act, State
from portal.keys import answers_place, desk_answers_place
from portal.models import Base, Call, Consent, Revision, Submission
from portal.models.base import new_public_id
from portal.models.loading import fill_in, take_in
from portal.operations.adding import add_unless_known
from portal.operations.auditing import write_event
from portal.operations.describing import describe
from portal.operations.moving import describe_act, enter_state, find_target, queue_notice
from portal.operations.recognising import FormSecrets, hash_content

_SUBMISSION, _REVISION, _CONSENT = (
    Base.metadata.tables[one.__tablename__] for one in (Submission, Revision, Consent)
)
_ADD_REVISION, _ADD_CONSENTS = insert(_REVISION), insert(_CONSENT)
_FIRST = 1


def write_first(
    session: Session,
    call: Call,
    sending: Sending,
    secrets: FormSecrets,
    *,
    at: datetime,
    locale: str,
    lane: Lane,
    signals: Sequence[Signal],
) -> Submission | None:
    """Write a first sending and return it; None when this form has come before, and nothing is written then.

    Submission, revision, consents, event, and the mail to who left an address.
    """
    session.flush()  # what is written here does not ask the session for what is still waiting in it
    piece = _fill_in(call, sending, secrets.receipt_hash, at=at, locale=locale)
    piece.lane, piece.signals = lane, [signal.value for signal in signals]
    describe(piece, sending.answers, sending.sealed, keys=secrets.keys, receipt_secret=secrets.receipt)
    target = find_target(piece, Act.SUBMIT, by=None)
    event = describe_act(piece, Act.SUBMIT, target, by=None, at=at)
    piece.state_before = piece.state
    enter_state(piece, Act.SUBMIT, target, at=at)

    connection = session.connection()
    made = add_unless_known(connection, _SUBMISSION, _columns_of(piece), known_by="receipt_hash")
    if made is None:
        return None
    piece.id = made
    place = answers_place(piece.public_id, _FIRST)
    searched, inside = split_answers(call.questions, sending.answers)
    revision = {
        "submission_id": piece.id,
        "number": _FIRST,
        "stage": sending.stage,
        "form_key_hash": hash_form_key(secrets.form_key),
        "content_hash": hash_content(sending, secrets.form_key),
        "lang": sending.lang,
        "open_answers": searched,
        "desk_answers": secrets.keys.seal_map(inside, desk_answers_place(piece.public_id, _FIRST)),
        "sealed": secrets.keys.seal_map(sending.sealed, place) if sending.sealed else None,
        "received_at": piece.received_at,
    }
    connection.execute(_ADD_REVISION, revision)
    if sending.consents:
        connection.execute(_ADD_CONSENTS, [describe_consent(piece, one, at=at) for one in sending.consents])
    event_id = write_event(session, {"submission_id": piece.id, **event}, about=piece.public_id)
    queue_notice(session, piece, TRANSITIONS[Act.SUBMIT].notice, event_id=event_id, at=at, run_at=at)
    return take_in(session, piece)


def describe_consent(piece: Submission, given: GivenConsent, *, at: datetime) -> dict[str, Any]:
    """Return what is kept of a box that was ticked, by column."""
    return {
        "submission_id": piece.id,
        "key": given.key,
        "text_version": given.version,
        "locale": given.locale,
        "text": given.text,
        "given_at": round_to_hour(at),
    }


def _fill_in(call: Call, sending: Sending, receipt_hash: str, *, at: datetime, locale: str) -> Submission:
    """Return a submission as it is before anything is known of its text; the session does not know it."""
    piece = Submission()
    columns = {
        "public_id": new_public_id(),
        "call_id": call.id,
        "receipt_hash": receipt_hash,
        "replacement_hash": None,
        "address_hash": None,
        "kind": sending.stage,
        "stage": sending.stage,
        "state": State.WRITING,
        "version": 1,
        "lang": sending.lang,
        "locale": locale,
        "decline_reason": "",
        "wants_mail": False,
        "received_at": round_to_hour(at),
    }
    fill_in(piece, columns)
    set_committed_value(piece, "call", call)
    return piece


def _columns_of(piece: Submission) -> Mapping[str, Any]:
    """Return what has been set, by column; the rest has its default."""
    held = vars(piece)
    return {name: held[name] for name in _SUBMISSION.columns.keys() if name in held}  # noqa: SIM118  # not a map
