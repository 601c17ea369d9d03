"""A lost receipt code: how an address finds its submissions, what opens one once, and the code after it."""

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable
from datetime import timedelta

from portal.domain.receipt_code import CODE_DIGITS, check_digit

LINK_OPENS_FOR = timedelta(hours=1)
MOST_LINKS = 3
"""Links of one submission that are good at the same time: nobody can fill a mailbox of somebody else."""
MOST_SUBMISSIONS = 3
"""Submissions of one address that get a link, the newest first."""
REPLACE_CODE = "replace_code"
"""Name of the act in the history."""


def _mac(secret: bytes, purpose: str, text: str) -> str:
    return hmac.new(secret, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()


def hash_address(secret: bytes, address: str) -> str:
    """Return the HMAC under which the submissions of an e-mail address are found: 64 hexadecimal characters.

    Neither case nor the width of characters counts.
    """
    return _mac(secret, "stored address", unicodedata.normalize("NFKC", address).strip().casefold())


def derive_link_token(secret: bytes, public_id: str) -> str:
    """Return the token of the AccessLink with this public id: made when the mail is sent, stored nowhere."""
    return _mac(secret, "access link", public_id)


def make_code(*, below: Callable[[int], int] = secrets.randbelow) -> str:
    """Return a random receipt code: 20 ASCII digits, the last a check digit."""
    digits = str(below(10 ** (CODE_DIGITS - 1))).zfill(CODE_DIGITS - 1)
    return digits + check_digit(digits)
