"""Sealing under a passphrase: Argon2id makes the key (RFC 9106), AES-256-GCM closes what is sealed.

Keyboards and files spell the same letters in other ways: passphrases are compared in one (NFKC, as NIST SP
800-63B asks).
"""

import json
import os
import unicodedata
from contextlib import suppress

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LEAST_CHARACTERS = 12
_MEMORY_KIB, _PASSES, _LANES = 64 * 1024, 3, 4
_MOST_MEMORY_KIB, _MOST_PASSES, _MOST_LANES = 1024 * 1024, 20, 16
"""More than that is asked for by no file of ours, and would only keep the machine busy."""
_SALT, _NONCE, _KEY = 16, 12, 32


class WrongPassphrase(Exception):
    """The passphrase does not open it, or it was changed."""


def seal(plain: str, passphrase: str, place: str) -> str:
    """Return the sealed text as JSON, bound to `place`."""
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    key = _derive(_spell(passphrase), salt, _MEMORY_KIB, _PASSES, _LANES)
    return json.dumps(
        {
            "kdf": "argon2id",
            "memory_kib": _MEMORY_KIB,
            "passes": _PASSES,
            "lanes": _LANES,
            "salt": salt.hex(),
            "nonce": nonce.hex(),
            "sealed": AESGCM(key).encrypt(nonce, plain.encode(), place.encode()).hex(),
        }
    )


def unseal(sealed: str, passphrase: str, place: str) -> str:
    """Return the plain text. Raises WrongPassphrase; ValueError, KeyError, TypeError for no seal of ours."""
    kept = json.loads(sealed)
    memory, passes, lanes = int(kept["memory_kib"]), int(kept["passes"]), int(kept["lanes"])
    if memory > _MOST_MEMORY_KIB or passes > _MOST_PASSES or lanes > _MOST_LANES:
        raise ValueError("more work than any seal of ours takes")
    salt, nonce, closed = (bytes.fromhex(kept[name]) for name in ("salt", "nonce", "sealed"))
    for spelt in dict.fromkeys((_spell(passphrase), passphrase)):  # early seals were made as it was typed
        with suppress(InvalidTag):
            key = _derive(spelt, salt, memory, passes, lanes)
            return AESGCM(key).decrypt(nonce, closed, place.encode()).decode()
    raise WrongPassphrase


def _spell(passphrase: str) -> str:
    return unicodedata.normalize("NFKC", passphrase)


def _derive(passphrase: str, salt: bytes, memory_kib: int, passes: int, lanes: int) -> bytes:
    return hash_secret_raw(
        passphrase.encode(),
        salt,
        time_cost=passes,
        memory_cost=memory_kib,
        parallelism=lanes,
        hash_len=_KEY,
        type=Type.ID,
    )
