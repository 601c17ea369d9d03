"""Sealing under a passphrase."""

import json
import unicodedata
from typing import Literal

import pytest

from portal.sealing.passphrase import WrongPassphrase, seal, unseal

PASSPHRASE = "десять слів, її яких ніхто не вгадає"
PLACE = "a portal"


@pytest.fixture(scope="module")
def sealed() -> str:
    return seal("таємниця", PASSPHRASE, PLACE)


def test_the_passphrase_opens_what_it_sealed(sealed: str) -> None:
    assert unseal(sealed, PASSPHRASE, PLACE) == "таємниця"


@pytest.mark.parametrize("form", ["NFD", "NFKD"])
def test_other_keyboards_spell_the_same_letters_otherwise(sealed: str, form: Literal["NFD", "NFKD"]) -> None:
    assert unseal(sealed, unicodedata.normalize(form, PASSPHRASE), PLACE) == "таємниця"


def test_full_width_letters_of_a_chinese_keyboard_are_those_of_others() -> None:
    assert (
        unseal(seal("таємниця", "correct horse 2026", PLACE), "ｃｏｒｒｅｃｔ　ｈｏｒｓｅ　２０２６", PLACE)
        == "таємниця"
    )


@pytest.mark.parametrize(("passphrase", "place"), [("another", PLACE), (PASSPHRASE, "another portal")])
def test_nothing_else_opens_it(sealed: str, passphrase: str, place: str) -> None:
    with pytest.raises(WrongPassphrase):
        unseal(sealed, passphrase, place)


def test_a_file_cannot_ask_for_endless_work(sealed: str) -> None:
    greedy = json.dumps(json.loads(sealed) | {"memory_kib": 2**30})
    with pytest.raises(ValueError, match="more work than any seal of ours takes"):
        unseal(greedy, PASSPHRASE, PLACE)
