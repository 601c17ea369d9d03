"""Receipt codes and form keys, the only credential a contributor has: made, typed back, lost and replaced."""

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

CODE_DIGITS = 20
_GROUP = 4
_KEY_BYTES = 32
_MAC_CHARACTERS = 32
_TIMED_PARTS = 3

# H. M. Damm's quasigroup of order 10 (2004): finds every single wrong digit and every swap of neighbours.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def _mac(secret: bytes, purpose: str, text: str) -> bytes:
    return hmac.new(secret, f"{purpose}:{text}".encode(), hashlib.sha256).digest()


def check_digit(digits: str) -> str:
    """Return the Damm check digit of a string of ASCII digits."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return str(interim)


def issue_form_key(secret: bytes, *, at: datetime, token: Callable[[int], str] = secrets.token_hex) -> str:
    """Return a fresh signed form key: `nonce.seconds.mac`, all hexadecimal; seconds since 1970 say when."""
    signed = f"{token(_KEY_BYTES)}.{int(at.timestamp()):x}"
    return f"{signed}.{_sign_form_key(secret, signed)}"


def is_form_key(secret: bytes, form_key: str) -> bool:
    """Say whether we issued this form key; the older ones have no time in them."""
    if not form_key.isascii():
        return False
    signed, _, mac = form_key.rpartition(".")
    nonce = signed.partition(".")[0]
    is_ours = hmac.compare_digest(_sign_form_key(secret, signed), mac)
    return len(nonce) == 2 * _KEY_BYTES and is_ours


def form_key_begun(form_key: str) -> datetime | None:
    """Return when one of our form keys was issued; None for an older one, which does not say."""
    parts = form_key.split(".")
    return datetime.fromtimestamp(int(parts[1], 16), UTC) if len(parts) == _TIMED_PARTS else None


def _sign_form_key(secret: bytes, signed: str) -> str:
    return _mac(secret, "form key", signed).hex()[:_MAC_CHARACTERS]


def hash_form_key(form_key: str) -> str:
    """Return what is stored of a form key: enough to find a repeated POST, not enough to make the code."""
    return hashlib.sha256(form_key.encode()).hexdigest()


def derive_code(secret: bytes, form_key: str) -> str:
    """Return the receipt code of a form key: 20 ASCII digits, the last a check digit. Same key, same code."""
    number = int.from_bytes(_mac(secret, "receipt code", form_key), "big")
    digits = str(number % 10 ** (CODE_DIGITS - 1)).zfill(CODE_DIGITS - 1)
    return digits + check_digit(digits)


def is_well_formed(code: str) -> bool:
    """Say whether 20 digits carry the right check digit."""
    return (
        len(code) == CODE_DIGITS and code.isascii() and code.isdigit() and check_digit(code[:-1]) == code[-1]
    )


def hash_code(secret: bytes, code: str) -> str:
    """Return the HMAC under which a code is stored and looked up."""
    return _mac(secret, "stored code", code).hex()


def hash_receipt(secret: bytes, form_key: str) -> str:
    """Return what is stored of the receipt code of a form."""
    return hash_code(secret, derive_code(secret, form_key))


def group_code(code: str) -> str:
    """Return the code as people read it: five groups of four."""
    return " ".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


@dataclass(frozen=True)
class Comparison:
    """What was typed beside the code."""

    groups: tuple[bool, ...]
    """Whether each group of four is right, in the order of the code."""
    digits: int
    """How many digits were typed."""

    @property
    def is_right(self) -> bool:
        """Say whether the whole code is right, with nothing too many."""
        return all(self.groups) and self.digits == CODE_DIGITS


def compare_groups(code: str, typed: Sequence[str]) -> Comparison:
    """Compare the groups somebody typed, digits only, with the 20 digits of the code."""
    expected = group_code(code).split()
    given = [*typed[: len(expected)], *[""] * (len(expected) - len(typed))]
    return Comparison(
        groups=tuple(one == other for one, other in zip(given, expected, strict=True)),
        digits=sum(map(len, typed)),
    )


LINK_OPENS_FOR = timedelta(hours=1)
MOST_LINKS = 3
"""Links of one submission that are good at the same time: nobody can fill a mailbox of somebody else."""
MOST_SUBMISSIONS = 3
"""Submissions of one address that get a link, the newest first."""


def hash_address(secret: bytes, address: str) -> str:
    """Return the HMAC under which the submissions of an e-mail address are found: 64 hexadecimal characters.

    Neither case nor the width of characters counts.
    """
    return _mac(secret, "stored address", unicodedata.normalize("NFKC", address).strip().casefold()).hex()


def derive_link_token(secret: bytes, public_id: str) -> str:
    """Return the token of the AccessLink with this public id: made when the mail is sent, stored nowhere."""
    return _mac(secret, "access link", public_id).hex()


def make_code(*, below: Callable[[int], int] = secrets.randbelow) -> str:
    """Return a random receipt code: 20 ASCII digits, the last a check digit."""
    digits = str(below(10 ** (CODE_DIGITS - 1))).zfill(CODE_DIGITS - 1)
    return digits + check_digit(digits)
