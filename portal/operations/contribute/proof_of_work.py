"""The proof of work: a challenge nobody has to remember, and what its solution proves."""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from altcha import Payload, create_challenge, verify_solution

PROOF_LIFE = timedelta(minutes=10)
_ALGORITHM = "PBKDF2/SHA-256"
_COST = 5000
_PREFIX = "00"
_LONGEST = 2000
"""Characters of a proof. Ours are about 600."""


@dataclass(frozen=True)
class Proof:
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


def check_proof(receipt_secret: bytes, text: str, *, at: datetime) -> Proof | None:
    """Return the proof a form brought, or None when it is missing, wrong or too old."""
    payload = _read_payload(text)
    if payload is None or not verify_solution(payload, derive_secret(receipt_secret)).verified:
        return None
    # Signed by us, so this is what issue_challenge wrote. A challenge has many solutions: it counts once.
    parameters = payload.challenge.parameters
    until = datetime.fromtimestamp((parameters.data or {})["until"], UTC)
    if at >= until:
        return None
    return Proof(hashlib.sha256(parameters.nonce.encode()).hexdigest(), until)


def _read_payload(text: str) -> Payload | None:
    if not text or len(text) > _LONGEST:
        return None
    try:
        return Payload.from_dict(json.loads(base64.b64decode(text, validate=True)))
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
