"""Sealing under a passphrase."""

import json

import pytest

from portal.sealing.passphrase import WrongPassphrase, seal, unseal

PASSPHRASE = "десять слів, яких ніхто не вгадає"
PLACE = "a portal"


@pytest.fixture(scope="module")
def sealed() -> str:
    return seal("таємниця", PASSPHRASE, PLACE)


def test_the_passphrase_opens_what_it_sealed(sealed: str) -> None:
    assert unseal(sealed, PASSPHRASE, PLACE) == "таємниця"


@pytest.mark.parametrize(("passphrase", "place"), [("another", PLACE), (PASSPHRASE, "another portal")])
def test_nothing_else_opens_it(sealed: str, passphrase: str, place: str) -> None:
    with pytest.raises(WrongPassphrase):
        unseal(sealed, passphrase, place)


def test_a_file_cannot_ask_for_endless_work(sealed: str) -> None:
    greedy = json.dumps(json.loads(sealed) | {"memory_kib": 2**30})
    with pytest.raises(ValueError, match="more work than any seal of ours takes"):
        unseal(greedy, PASSPHRASE, PLACE)
