"""Passkeys of staff: what they are bound to, what they are asked for, how many and for how long."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from portal.domain.form_origin import read_origin

MOST_PASSKEYS: Final = 10
"""Of one account."""
LONGEST_ID: Final = 1023
"""Bytes by which a device names a passkey, as the standard has it."""
QUESTION_STANDS: Final = timedelta(minutes=10)
"""How long a page may be open before its passkey is asked again."""


class Purpose(StrEnum):
    """The purpose a passkey is asked for: an answer for one is none for another."""

    ADD = "add"
    SIGN_IN = "sign_in"
    """The second factor after the password: whoever has the device is enough, a fingerprint or PIN is not
    insisted on."""
    CONFIRM = "confirm"
    """In place of the password at a desk that may be unattended, where the key may be left in the computer:
    it has to have asked for fingerprint, face or PIN."""


PROVES_PERSON: Final = frozenset({Purpose.CONFIRM})


@dataclass(frozen=True)
class RelyingParty:
    """The relying party of passkeys (WebAuthn): the origin of our pages, and the name in it, the RP ID."""

    origin: str
    name: str


def find_relying_party(base_url: str) -> RelyingParty | None:
    """Return what the passkeys of a portal at this address are bound to; None where browsers make none.

    They want an encrypted address, or this very machine, and a name: numbers have no passkeys.
    """
    origin = read_origin(base_url)
    name = urlsplit(origin).hostname or ""
    is_here = name == "localhost" or name.endswith(".localhost")
    return RelyingParty(origin, name) if _is_name(name) and (is_here or origin.startswith("https:")) else None


def _is_name(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return bool(host)
    return False
