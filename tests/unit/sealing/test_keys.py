"""Envelopes: opened by their own key, in their own place, unaltered, and not otherwise."""

from typing import Final

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.sealing.keys import CannotOpen, KeyRing, answers_place, form_key_place, note_place, risk_place

OLD: Final = b"old1"
NEW: Final = b"new1"
KEYS: Final = {OLD: bytes(range(32)), NEW: bytes(range(32, 64))}
RING: Final = KeyRing(KEYS, NEW)
PLACE: Final = risk_place("a" * 32)
SECRET: Final = "olena@example.org · 台北".encode()
ENVELOPE: Final = RING.seal(SECRET, PLACE)


def test_what_was_sealed_is_opened() -> None:
    assert RING.open(ENVELOPE, PLACE) == SECRET


@pytest.mark.parametrize(
    ("place", "most"), [(risk_place("a"), 31), (note_place("a"), 1023), (answers_place("a", 1), 4095)]
)
def test_the_length_of_what_fits_a_step_does_not_show(place: str, most: int) -> None:
    short, long, longer = (len(RING.seal(bytes(number), place)) for number in (0, most, most + 1))
    assert (short, longer) == (long, long + most + 1)


def test_what_earlier_releases_sealed_is_opened() -> None:
    nonce = bytes(12)
    sealed = AESGCM(KEYS[OLD]).encrypt(nonce, SECRET, PLACE.encode())
    assert RING.open(b"\x01" + OLD + nonce + sealed, PLACE) == SECRET


def test_an_empty_text_is_sealed_too() -> None:
    assert RING.open(RING.seal(b"", PLACE), PLACE) == b""


def test_equal_texts_are_sealed_differently() -> None:
    assert RING.seal(SECRET, PLACE) != RING.seal(SECRET, PLACE)


def test_an_envelope_names_its_version_and_key() -> None:
    assert ENVELOPE[:5] == b"\x02" + NEW


def test_an_envelope_of_an_earlier_key_is_still_opened() -> None:
    assert RING.open(KeyRing(KEYS, OLD).seal(SECRET, PLACE), PLACE) == SECRET


@pytest.mark.parametrize(
    "place",
    [risk_place("b" * 32), answers_place("a" * 32, 1), form_key_place("a" * 32), ""],
    ids=["another submission", "another column", "another table", "nowhere"],
)
def test_an_envelope_moved_to_another_row_stays_shut(place: str) -> None:
    with pytest.raises(CannotOpen):
        RING.open(ENVELOPE, place)


def test_a_ring_without_the_key_opens_nothing() -> None:
    with pytest.raises(CannotOpen):
        KeyRing({OLD: KEYS[OLD]}, OLD).open(ENVELOPE, PLACE)


def test_another_key_under_the_same_name_opens_nothing() -> None:
    with pytest.raises(CannotOpen):
        KeyRing({NEW: bytes(32)}, NEW).open(ENVELOPE, PLACE)


@pytest.mark.parametrize("at", range(len(ENVELOPE)))
def test_an_envelope_with_one_altered_byte_stays_shut(at: int) -> None:
    altered = bytearray(ENVELOPE)
    altered[at] ^= 1
    with pytest.raises(CannotOpen):
        RING.open(bytes(altered), PLACE)


@pytest.mark.parametrize("length", range(len(ENVELOPE)))
def test_an_envelope_cut_short_stays_shut(length: int) -> None:
    with pytest.raises(CannotOpen):
        RING.open(ENVELOPE[:length], PLACE)


def test_sealed_answers_come_back_as_they_were() -> None:
    answers = {"reply": "email", "reply_text": "olena@example.org", "others": ["台北", "Харків"]}
    assert RING.open_map(RING.seal_map(answers, PLACE), PLACE) == answers


def test_no_envelope_holds_no_answers() -> None:
    assert RING.open_map(None, PLACE) == {}
