"""An address finds its texts, a link is derived, a new code is a code, and a note is compared."""

import pytest

from portal.domain.receipt_code import (
    Comparison,
    compare_groups,
    derive_link_token,
    hash_address,
    is_well_formed,
    make_code,
)

SECRET = b"secret of the tests"
CODE = "12345678901234567890"


@pytest.mark.parametrize("typed", ["OLENA@example.org", " olena@Example.org ", "olena＠example.org"])
def test_an_address_is_the_same_however_it_is_typed(typed: str) -> None:
    assert hash_address(SECRET, typed) == hash_address(SECRET, "olena@example.org")


def test_another_address_is_another_one() -> None:
    assert hash_address(SECRET, "olena@example.org") != hash_address(SECRET, "olha@example.org")


def test_without_the_secret_an_address_cannot_be_looked_up() -> None:
    assert hash_address(SECRET, "olena@example.org") != hash_address(b"other", "olena@example.org")


def test_the_token_of_a_link_is_made_from_its_id_and_the_secret() -> None:
    made = [derive_link_token(secret, one) for secret in (SECRET, b"other") for one in ("a", "a", "b")]
    assert [made[0] == other for other in made] == [True, True, False, False, False, False]


def test_a_new_code_looks_like_every_code() -> None:
    assert [is_well_formed(make_code()) for _ in range(50)] == [True] * 50


def test_a_new_code_may_begin_with_zeros() -> None:
    assert make_code(below=lambda most: 7)[:-1] == "0000000000000000007"


def test_a_new_code_can_be_any_number_of_nineteen_digits() -> None:
    assert make_code(below=lambda most: most - 1)[:-1] == "9" * 19


@pytest.mark.parametrize(
    ("typed", "groups", "is_right"),
    [
        (["1234", "5678", "9012", "3456", "7890"], [True] * 5, True),
        (["1234", "5687", "9012", "3456", "7890"], [True, False, True, True, True], False),
        (["1234", "567", "9012", "3456", "7890"], [True, False, True, True, True], False),
        (["1234"], [True, False, False, False, False], False),
        (["1234", "5678", "9012", "3456", "7890", "1"], [True] * 5, False),
        ([], [False] * 5, False),
    ],
)
def test_a_note_is_compared_group_by_group(typed: list[str], groups: list[bool], *, is_right: bool) -> None:
    found = compare_groups(CODE, typed)
    assert (found, found.is_right) == (Comparison(tuple(groups), len("".join(typed))), is_right)
