"""Admission of a sending: the proof of work it brings, and the lane it comes in by.

None is refused while the disk has room.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from altcha import Payload, create_challenge, verify_solution
from sqlalchemy.orm import Session

from portal.domain.admission import (
    ANSWERED,
    FILES_OF_PAGE,
    FILES_READ,
    PROVED_SIGN_INS,
    READ_AFTER,
    RETURNING,
    SAME_FORM,
    SAVES_OF_FORM,
    SAVES_OF_PROOF,
    UPPER_LANE,
    WRONG_CODES,
    Arrival,
    Lane,
    find_difficulty,
    may_vouch,
    read_signals,
)
from portal.domain.documents import NoRoom
from portal.models import Submission
from portal.operations.rate_limits import fill_bucket, name_bucket, require_room, use_proof
from portal.queries.contribute.admission import find_fullness, find_lane_sent

PROOF_LIFE = timedelta(minutes=10)
_ALGORITHM = "PBKDF2/SHA-256"
_COST = 5000
_PREFIX = "00"
_LONGEST = 2000
"""Characters of a proof. Ours are about 600."""


@dataclass(frozen=True)
class ProofOfWork:
    """A solved challenge: the hash that marks it as used, and when it is too old."""

    hash: str
    until: datetime


def derive_secret(receipt_secret: bytes) -> bytes:
    """Return the secret challenges are signed with; it opens nothing else."""
    return hmac.new(receipt_secret, b"proof of work", hashlib.sha256).digest()


def issue_challenge(receipt_secret: bytes, *, at: datetime, difficulty: int = 1) -> dict[str, Any]:
    """Return a fresh signed challenge as JSON. About 256 derivations solve it: a second on a phone.

    `difficulty`: how many times as long each of them takes.
    """
    # Our own field, not the package's expiry: that one is compared with the clock of the machine.
    until = int((at + PROOF_LIFE).timestamp())
    challenge = create_challenge(
        _ALGORITHM,
        _COST * difficulty,
        key_prefix=_PREFIX,
        data={"until": until},
        hmac_secret=derive_secret(receipt_secret),
    )
    issued: dict[str, Any] = challenge.to_dict()
    return issued


def check_proof(receipt_secret: bytes, text: str, *, at: datetime) -> ProofOfWork | None:
    """Return the proof a form brought, or None when it is missing, wrong or too old."""
    payload = _read_payload(text)
    if payload is None or not verify_solution(payload, derive_secret(receipt_secret)).verified:
        return None
    # Signed by us, so this is what issue_challenge wrote. A challenge has many solutions: it counts once.
    parameters = payload.challenge.parameters
    until = datetime.fromtimestamp((parameters.data or {})["until"], UTC)
    if at >= until:
        return None
    return ProofOfWork(hashlib.sha256(parameters.nonce.encode()).hexdigest(), until)


def _read_payload(text: str) -> Payload | None:
    if not text or len(text) > _LONGEST:
        return None
    try:
        return Payload.from_dict(json.loads(base64.b64decode(text, validate=True)))
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


FRESH, READ = "upper:fresh", "upper:read"
"""Buckets of the upper lane: of forms just opened, and of those that were read."""
PROVED_SIGN_IN = "sign_in:proved"
"""Bucket of the passwords that strangers try with a proof."""
_PROVED = {FRESH: UPPER_LANE, READ: UPPER_LANE, PROVED_SIGN_IN: PROVED_SIGN_INS}


@dataclass(frozen=True)
class Claims:
    """The claims of a sending: what came with it besides its texts.

    `begun`: when its form was issued; `trap`: what stood in the field people do not see; `page_of`: the
    submission whose private page is open in the same browser; `is_first`: whoever asks has already seen that
    nothing came with this form before; `has_room`: the disk has room to spare.
    """

    form_key: str
    begun: datetime | None = None
    trap: str = ""
    proof: str = ""
    is_answered: bool = False
    page_of: Submission | None = None
    is_first: bool = False
    has_room: bool = True


def issue(session: Session, *, at: datetime, receipt_secret: bytes) -> dict[str, Any]:
    """Return a fresh challenge, the harder the fuller it is where a proof makes room."""
    fullness = find_fullness(session, _PROVED, at=at)
    return issue_challenge(receipt_secret, at=at, difficulty=find_difficulty(fullness))


def admit(session: Session, claims: Claims, *, at: datetime, receipt_secret: bytes) -> Arrival:
    """Return the lane and signals of a sending.

    In the transaction that keeps the text: what fails later has used up neither proof nor room. Raises
    TooBusy when one form comes in again too often, NoRoom when nothing speaks for a sending and the disk has
    no room to spare.
    """
    signals = read_signals(trap=claims.trap, begun=claims.begun, at=at)
    known = None if claims.is_first else _find_lane(session, claims, at=at, receipt_secret=receipt_secret)
    return Arrival(known or _choose_lane(session, claims, at=at, receipt_secret=receipt_secret), signals)


def admit_save(
    session: Session, claims: Claims, *, is_new: bool, at: datetime, receipt_secret: bytes
) -> None:
    """Make room for saving what is typed. Raises TooBusy when one form saves too often.

    `is_new`: a row will be made. Where the disk has no room to spare, that takes a proof, or an open private
    page; else NoRoom is raised.
    """
    require_room(session, name_bucket(receipt_secret, "save", claims.form_key), at=at, rule=SAVES_OF_FORM)
    if not is_new or claims.has_room or claims.page_of is not None:
        return
    proof = check_proof(receipt_secret, claims.proof, at=at)
    if proof is None:
        raise NoRoom
    require_room(session, name_bucket(receipt_secret, "proof", proof.hash), at=at, rule=SAVES_OF_PROOF)


def count_wrong_code(session: Session, *, at: datetime) -> None:
    """Count a receipt code that was looked up and opens nothing. Raises TooBusy when there were too many."""
    require_room(session, "codes", at=at, rule=WRONG_CODES)


def admit_file(session: Session, page_of: Submission | None, *, at: datetime, receipt_secret: bytes) -> None:
    """Make room for reading a story from a file. Raises TooBusy.

    `page_of` is the submission whose private page is open in the browser that sends it.
    """
    if page_of is None:
        require_room(session, "files", at=at, rule=FILES_READ)
    else:
        name = name_bucket(receipt_secret, "files", page_of.public_id)
        require_room(session, name, at=at, rule=FILES_OF_PAGE)


def _find_lane(session: Session, claims: Claims, *, at: datetime, receipt_secret: bytes) -> Lane | None:
    """Return the lane a form was sent by before, None when it was not. Raises TooBusy."""
    lane = find_lane_sent(session, claims.form_key, receipt_secret=receipt_secret)
    if lane is not None:
        require_room(session, name_bucket(receipt_secret, "form", claims.form_key), at=at, rule=SAME_FORM)
    return lane


def _choose_lane(session: Session, claims: Claims, *, at: datetime, receipt_secret: bytes) -> Lane:
    """Return the lane of a form that has not come before. Raises NoRoom."""
    was_read = claims.begun is not None and at - claims.begun >= READ_AFTER
    is_lifted = _is_vouched_for(session, claims, at=at, receipt_secret=receipt_secret)
    if is_lifted and fill_bucket(session, READ if was_read else FRESH, at=at, rule=UPPER_LANE) is None:
        return Lane.VERIFIED
    if not is_lifted and not claims.has_room:
        raise NoRoom
    return Lane.UNVERIFIED


def _is_vouched_for(session: Session, claims: Claims, *, at: datetime, receipt_secret: bytes) -> bool:
    """Say whether there is a reason to think a person sent it. What costs nothing to repeat is counted."""
    proof = check_proof(receipt_secret, claims.proof, at=at)
    if proof is not None and use_proof(session, proof.hash, until=proof.until):
        return True
    page_of = claims.page_of
    if page_of is not None and may_vouch(page_of.lane, page_of.state):
        name = name_bucket(receipt_secret, "page", page_of.public_id)
        if fill_bucket(session, name, at=at, rule=RETURNING) is None:
            return True
    return claims.is_answered and fill_bucket(session, "answered", at=at, rule=ANSWERED) is None
