"""Sealing: AES-256-GCM envelopes under a key ring that lives outside the database."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_NONCE = 12
KEY_BYTES = 32
KEY_ID_BYTES = 4


class CannotOpen(Exception):
    """An envelope that no key of the ring opens, or that belongs to another row."""


@dataclass(frozen=True)
class KeyRing:
    """Keys by id (4 bytes); new envelopes use `current`."""

    keys: Mapping[bytes, bytes]
    current: bytes

    def seal(self, plain: bytes, place: str) -> bytes:
        """Return version, key id, nonce and ciphertext, bound to `place`: table, column and row."""
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, plain, place.encode())
        return _VERSION + self.current + nonce + sealed

    def open(self, envelope: bytes, place: str) -> bytes:
        """Return the plain bytes. Raises CannotOpen."""
        key_id = envelope[1 : 1 + KEY_ID_BYTES]
        start = 1 + KEY_ID_BYTES
        if envelope[:1] != _VERSION or key_id not in self.keys:
            raise CannotOpen(place)
        try:
            return AESGCM(self.keys[key_id]).decrypt(
                envelope[start : start + _NONCE], envelope[start + _NONCE :], place.encode()
            )
        except (InvalidTag, ValueError) as error:  # ValueError: cut short inside the nonce
            raise CannotOpen(place) from error

    def seal_map(self, values: Mapping[str, Any], place: str) -> bytes:
        """Seal a JSON object."""
        return self.seal(json.dumps(values, ensure_ascii=False, sort_keys=True).encode(), place)

    def open_map(self, envelope: bytes | None, place: str) -> dict[str, Any]:
        """Open a JSON object; no envelope is an empty one."""
        if envelope is None:
            return {}
        opened: dict[str, Any] = json.loads(self.open(envelope, place))
        return opened


def answers_place(submission_public_id: str, number: int) -> str:
    """Return the place of a revision's sealed answers."""
    return f"revision/sealed/{submission_public_id}/{number}"


def form_key_place(token_hash: str) -> str:
    """Return the place of a form key kept for the receipt page."""
    return f"contributor_session/sealed_form_key/{token_hash}"
