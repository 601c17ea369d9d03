"""Sealing: AES-256-GCM envelopes under a key ring that lives outside the database."""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_PLAIN, _PADDED = b"\x01", b"\x02"
"""Versions of an envelope: made before lengths were hidden, and since."""
_NONCE = 12
_END = b"\x80"
_STEP = 1024
_STEPS = {
    "submission/risk": 32,
    "attachment/sealed_key": 64,
    "export_file/sealed_key": 64,
    "attachment/sealed_facts": 256,
    "revision/sealed": 4096,
    "submission_draft/sealed": 4096,
}
"""Bytes an envelope grows by, by table and column: each is full to its next step, and two of one step look
alike. What is sealed of a text has room for all its form asks, so that nobody sees who wrote of a risk."""
KEY_BYTES = 32
KEY_ID_BYTES = 4


class CannotOpen(Exception):
    """An envelope that no key of the ring opens, or that belongs to another row."""


class KeyRing:
    """Keys by id (4 bytes); new envelopes use `current`.

    With `renew` the ring follows its file: it is asked before every sealing, and when an envelope names a key
    that is not here. It returns the keys and the current id when the file has changed, else None.
    """

    def __init__(
        self,
        keys: Mapping[bytes, bytes],
        current: bytes,
        *,
        renew: Callable[[], tuple[Mapping[bytes, bytes], bytes] | None] | None = None,
    ) -> None:
        """Hold the keys; both values are replaced together, so that threads never see half of a change."""
        self._held = (dict(keys), current)
        self._renew = renew

    @property
    def keys(self) -> Mapping[bytes, bytes]:
        """Return the keys by id, as last read."""
        return self._held[0]

    @property
    def current(self) -> bytes:
        """Return the id of the key that seals, as last read."""
        return self._held[1]

    def __eq__(self, other: object) -> bool:
        """Say whether both rings hold the same keys."""
        return isinstance(other, KeyRing) and self._held == other._held

    __hash__ = None  # type: ignore[assignment]  # it changes when its file does

    def _follow(self) -> None:
        renewed = self._renew() if self._renew is not None else None
        if renewed is not None:
            self._held = (dict(renewed[0]), renewed[1])

    def seal(self, plain: bytes, place: str) -> bytes:
        """Return version, key id, nonce and ciphertext, bound to `place`: table, column and row.

        The length tells no more than a step of that column.
        """
        self._follow()
        keys, current = self._held
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(keys[current]).encrypt(nonce, _pad(plain, place), place.encode())
        return _PADDED + current + nonce + sealed

    def open(self, envelope: bytes, place: str) -> bytes:
        """Return the plain bytes. Raises CannotOpen."""
        key_id = key_of(envelope)
        if key_id is not None and key_id not in self._held[0]:
            self._follow()
        key = self._held[0].get(key_id or b"")
        if key is None:
            raise CannotOpen(place)
        start = 1 + KEY_ID_BYTES
        try:
            opened = AESGCM(key).decrypt(
                envelope[start : start + _NONCE], envelope[start + _NONCE :], place.encode()
            )
        except (InvalidTag, ValueError) as error:  # ValueError: cut short inside the nonce
            raise CannotOpen(place) from error
        return opened[: opened.rindex(_END)] if envelope[:1] == _PADDED else opened

    def seal_map(self, values: Mapping[str, Any], place: str) -> bytes:
        """Seal a JSON object."""
        return self.seal(json.dumps(values, ensure_ascii=False, sort_keys=True).encode(), place)

    def open_map(self, envelope: bytes | None, place: str) -> dict[str, Any]:
        """Open a JSON object; no envelope is an empty one."""
        if envelope is None:
            return {}
        opened: dict[str, Any] = json.loads(self.open(envelope, place))
        return opened


def key_of(envelope: bytes) -> bytes | None:
    """Return the id of the key an envelope names; None when it is no envelope of ours."""
    key_id = envelope[1 : 1 + KEY_ID_BYTES]
    return key_id if envelope[:1] in (_PLAIN, _PADDED) and len(key_id) == KEY_ID_BYTES else None


def _pad(plain: bytes, place: str) -> bytes:
    """Return the bytes with an end mark, and zeros up to the next step of the column."""
    step = _STEPS.get("/".join(place.split("/", 2)[:2]), _STEP)
    marked = plain + _END
    return marked + bytes(-len(marked) % step)


def risk_place(submission_public_id: str) -> str:
    """Return the place of whether a text puts somebody at risk."""
    return f"submission/risk/{submission_public_id}"


def desk_answers_place(submission_public_id: str, number: int) -> str:
    """Return the place of the answers of a revision that the desk reads and its search does not."""
    return f"revision/desk_answers/{submission_public_id}/{number}"


def draft_person_place(draft_public_id: str) -> str:
    """Return the place of what a draft says about its author: the name to print, and the line about them."""
    return f"draft/person/{draft_public_id}"


def save_person_place(draft_public_id: str, number: int) -> str:
    """Return the place of the same in one save of a draft."""
    return f"draft_revision/person/{draft_public_id}/{number}"


def edit_person_place(edit_id: int) -> str:
    """Return the place of the same in what an editor has typed and not saved."""
    return f"unsaved_edit/person/{edit_id}"


def autosave_person_place(autosave_public_id: str) -> str:
    """Return the place of the same in an unsaved state that stays as a version."""
    return f"autosave/person/{autosave_public_id}"


def comment_place(comment_public_id: str) -> str:
    """Return the place of a colleague's comment on a draft, and of the paragraph it is about."""
    return f"draft_comment/sealed/{comment_public_id}"


def picture_words_place(attachment_public_id: str) -> str:
    """Return the place of what is said about a photo."""
    return f"attachment/words/{attachment_public_id}"


def answers_place(submission_public_id: str, number: int) -> str:
    """Return the place of a revision's sealed answers."""
    return f"revision/sealed/{submission_public_id}/{number}"


def form_key_place(token_hash: str) -> str:
    """Return the place of a form key kept for the receipt page."""
    return f"contributor_session/sealed_form_key/{token_hash}"


def unsent_version_place(draft_public_id: str) -> str:
    """Return the place of the sealed fields of a submission draft."""
    return f"submission_draft/sealed/{draft_public_id}"


def unsent_form_key_place(draft_public_id: str) -> str:
    """Return the place of the form key of a submission draft."""
    return f"submission_draft/sealed_form_key/{draft_public_id}"


def page_words_place(words_public_id: str) -> str:
    """Return the place of words typed on the private page and not sent."""
    return f"page_words/sealed/{words_public_id}"


def note_place(note_public_id: str) -> str:
    """Return the place of the words of a colleague's note."""
    return f"note/sealed/{note_public_id}"


def recommendation_place(recommendation_public_id: str) -> str:
    """Return the place of the reason of a colleague's recommendation."""
    return f"recommendation/sealed/{recommendation_public_id}"


def target_account_place(target_public_id: str) -> str:
    """Return the place of the account and password by which a target is reached."""
    return f"target/account/{target_public_id}"


def file_name_place(attachment_public_id: str) -> str:
    """Return the place of the name an uploaded file had."""
    return f"attachment/sealed_name/{attachment_public_id}"


def file_key_place(attachment_public_id: str) -> str:
    """Return the place of the key that opens a photo or document."""
    return f"attachment/sealed_key/{attachment_public_id}"


def file_facts_place(attachment_public_id: str) -> str:
    """Return the place of what a photo or document could be recognised by."""
    return f"attachment/sealed_facts/{attachment_public_id}"


def saved_view_place(view_public_id: str) -> str:
    """Return the place of the name and the filter of a colleague's saved view."""
    return f"saved_view/sealed/{view_public_id}"


def export_key_place(export_public_id: str) -> str:
    """Return the place of the key that opens the file of an export."""
    return f"export_file/sealed_key/{export_public_id}"
