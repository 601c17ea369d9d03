"""Passkeys of staff (WebAuthn): added, used and removed. What a browser answers is checked here."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import AuthenticationCredential

from portal.domain.audit import AuditAct
from portal.domain.errors import DomainError
from portal.domain.passkeys import LONGEST_ID, MOST_PASSKEYS, PROVES_PERSON, Purpose, RelyingParty
from portal.models import Passkey, Staff
from portal.models.base import new_public_id
from portal.operations.audit_log import record_act
from portal.operations.rate_limits import use_proof
from portal.queries.staff import find_passkey, list_passkeys

LONGEST_ANSWER: Final = 20_000
"""Characters. Those of devices have about a thousand."""
# What the readers of JSON, CBOR and keys raise besides errors of their own, on what no device sends.
_UNREADABLE = (WebAuthnException, ValueError, TypeError, LookupError, AttributeError, RecursionError)


class RefusedPasskey(DomainError):
    """A passkey that proves nothing: of another site, page, account or device, or used before."""


class LatePasskey(RefusedPasskey):
    """The question does not stand any more: answered before, open for too long, or of another browser."""


@dataclass(frozen=True)
class PasskeyChallenge:
    """The challenge a browser put to a passkey: at which site, for what, by which random challenge."""

    purpose: Purpose
    site: RelyingParty
    challenge: bytes
    until: datetime


def user_handle(staff: Staff) -> bytes:
    """Return what devices know an account by: its public id, which says nothing about the person."""
    return staff.public_id.encode()


def add_passkey(
    session: Session, staff: Staff, *, name: str, answer: str, question: PasskeyChallenge, at: datetime
) -> None:
    """Add the passkey a device has made to an account. Raises RefusedPasskey."""
    try:
        _check_length(answer)
        credential = parse_registration_credential_json(answer)
        _check_page(credential.response.client_data_json)
        made = verify_registration_response(
            credential=credential,
            expected_challenge=question.challenge,
            expected_origin=question.site.origin,
            expected_rp_id=question.site.name,
        )
    except _UNREADABLE as error:
        raise RefusedPasskey from error
    if len(made.credential_id) > LONGEST_ID:
        raise RefusedPasskey
    # Two tabs at once: the second counts what the first has added.
    session.execute(select(Staff.id).where(Staff.id == staff.id).with_for_update())
    has_room = len(list_passkeys(session, staff.fs_uniquifier)) < MOST_PASSKEYS
    if not has_room or find_passkey(session, made.credential_id) is not None:
        raise RefusedPasskey
    _use_up(session, question)
    passkey = Passkey(
        public_id=new_public_id(),
        staff_id=staff.id,
        name=name,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=sorted({one.value for one in credential.response.transports or ()}),
        added_on=at.date(),
    )
    session.add(passkey)
    _note(session, AuditAct.ADD_PASSKEY, staff, passkey.public_id, at=at)


def use_passkey(
    session: Session, staff: Staff, *, answer: str, question: PasskeyChallenge, at: datetime
) -> None:
    """Take the answer of a passkey of the account as good, once. Raises RefusedPasskey."""
    try:
        _check_length(answer)
        credential = parse_authentication_credential_json(answer)
        _check_page(credential.response.client_data_json)
        passkey = _find_own(session, staff, credential)
        checked = verify_authentication_response(
            credential=credential,
            expected_challenge=question.challenge,
            expected_origin=question.site.origin,
            expected_rp_id=question.site.name,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=question.purpose in PROVES_PERSON,
        )
    except _UNREADABLE as error:
        raise RefusedPasskey from error
    _use_up(session, question)
    _count_use(session, passkey, checked.new_sign_count, at=at)


def remove_passkey(session: Session, staff: Staff, public_id: str, *, at: datetime) -> bool:
    """Take a passkey from an account; False when it has no such passkey."""
    removed = session.execute(
        delete(Passkey).where(Passkey.staff_id == staff.id, Passkey.public_id == public_id)
    )
    if not isinstance(removed, CursorResult) or removed.rowcount != 1:
        return False
    _note(session, AuditAct.REMOVE_PASSKEY, staff, public_id, at=at)
    return True


def remove_all_passkeys(session: Session, staff: Staff) -> None:
    """Take all passkeys from an account that is closed, or whose second factor is set up anew."""
    session.execute(delete(Passkey).where(Passkey.staff_id == staff.id))


def _check_length(answer: str) -> None:
    if len(answer) > LONGEST_ANSWER:
        raise RefusedPasskey


def _check_page(told: bytes) -> None:
    """Refuse what was answered in a frame of another site: no page of ours may stand in one."""
    if parse_client_data_json(told).cross_origin:
        raise RefusedPasskey


def _find_own(session: Session, staff: Staff, credential: AuthenticationCredential) -> Passkey:
    passkey = find_passkey(session, credential.raw_id)
    handle = credential.response.user_handle
    if passkey is None or passkey.staff_id != staff.id or handle not in (None, b"", user_handle(staff)):
        raise RefusedPasskey
    return passkey


def _use_up(session: Session, question: PasskeyChallenge) -> None:
    """Note that the question is answered: the same answer is none a second time. Raises LatePasskey."""
    name = hashlib.sha256(b"passkey:" + question.challenge).hexdigest()
    if not use_proof(session, name, until=question.until):
        raise LatePasskey


def _count_use(session: Session, passkey: Passkey, count: int, *, at: datetime) -> None:
    """Keep what the device has counted: a copy of it, which counts for itself, is found out by that.

    In one statement, so that of two answers at the same moment each is held against the other.
    """
    goes_on = Passkey.sign_count < count if count else Passkey.sign_count == 0
    counted = session.execute(
        update(Passkey)
        .where(Passkey.id == passkey.id, goes_on)
        .values(sign_count=count, used_on=at.date())
        .execution_options(synchronize_session="fetch")
    )
    if not isinstance(counted, CursorResult) or counted.rowcount != 1:
        raise RefusedPasskey


def _note(session: Session, act: AuditAct, staff: Staff, passkey: str, *, at: datetime) -> None:
    record_act(session, act, by=staff, about=staff.public_id, at=at, passkey=passkey)
