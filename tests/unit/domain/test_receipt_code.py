"""Receipt codes and form keys: stable, checked, told apart from forged ones."""

from datetime import UTC, datetime
from typing import Final

import pytest

from portal.domain.receipt_code import (
    CODE_DIGITS,
    check_digit,
    derive_code,
    form_key_begun,
    group_code,
    hash_code,
    hash_form_key,
    is_form_key,
    is_well_formed,
    issue_form_key,
)

SECRET: Final = bytes(range(32))
OTHER_SECRET: Final = bytes(32)
BEGUN: Final = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)


def issue(secret: bytes = SECRET, digits: str = "a7") -> str:
    return issue_form_key(secret, at=BEGUN, token=lambda size: digits * size)


FORM_KEY: Final = issue()
OTHER_FORM_KEY: Final = issue(digits="b8")
OLD_FORM_KEY: Final = "a7" * 32 + ".24604884b6a1558afc1a4b5d7316b4f7"
CODE: Final = derive_code(SECRET, FORM_KEY)
CODES: Final = [derive_code(SECRET, issue(digits=f"{n:02x}")) for n in range(12)]


def replace_digit(code: str, at: int, digit: str) -> str:
    return code[:at] + digit + code[at + 1 :]


def swap_neighbours(code: str, at: int) -> str:
    return code[:at] + code[at + 1] + code[at] + code[at + 2 :]


def test_one_form_key_always_gives_one_code() -> None:
    assert derive_code(SECRET, FORM_KEY) == CODE


def test_codes_handed_out_stay_valid_in_later_releases() -> None:
    assert derive_code(SECRET, OLD_FORM_KEY) == "81790001968659378197"


def test_a_code_depends_on_nothing_but_key_and_secret() -> None:
    assert CODE == "89639575716476443230"


def test_another_form_key_gives_another_code() -> None:
    assert derive_code(SECRET, OTHER_FORM_KEY) != CODE


def test_another_secret_gives_another_code() -> None:
    assert derive_code(OTHER_SECRET, FORM_KEY) != CODE


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_twenty_digits(code: str) -> None:
    assert [char in "0123456789" for char in code] == [True] * CODE_DIGITS


@pytest.mark.parametrize("code", CODES)
def test_a_derived_code_carries_its_check_digit(code: str) -> None:
    assert is_well_formed(code)


def test_the_check_digit_is_damms() -> None:
    assert check_digit("572") == "4"  # the example of Damm's thesis


@pytest.mark.parametrize("code", CODES)
def test_one_wrong_digit_is_always_found(code: str) -> None:
    mistyped = [
        replace_digit(code, at, digit)
        for at in range(CODE_DIGITS)
        for digit in "0123456789"
        if digit != code[at]
    ]
    assert [wrong for wrong in mistyped if is_well_formed(wrong)] == []


@pytest.mark.parametrize("code", CODES)
def test_two_neighbours_swapped_are_always_found(code: str) -> None:
    swapped = [swap_neighbours(code, at) for at in range(CODE_DIGITS - 1) if code[at] != code[at + 1]]
    assert [wrong for wrong in swapped if is_well_formed(wrong)] == []


@pytest.mark.parametrize(
    "code",
    ["", CODE[:-1], f"{CODE}0", f" {CODE[1:]}", f"x{CODE[1:]}", "٠" * CODE_DIGITS, "²" * CODE_DIGITS],
)
def test_what_is_not_twenty_ascii_digits_is_no_code(code: str) -> None:
    assert not is_well_formed(code)


def test_a_code_is_read_in_five_groups_of_four() -> None:
    assert group_code("01234567890123456789") == "0123 4567 8901 2345 6789"


def test_one_code_is_always_stored_under_one_hash() -> None:
    assert hash_code(SECRET, CODE) == hash_code(SECRET, CODE)


def test_a_stored_hash_cannot_be_tested_without_the_secret() -> None:
    assert hash_code(OTHER_SECRET, CODE) != hash_code(SECRET, CODE)


def test_a_stored_code_is_64_hexadecimal_characters() -> None:
    assert len(bytes.fromhex(hash_code(SECRET, CODE))) == 32


def test_a_stored_form_key_is_64_hexadecimal_characters() -> None:
    assert len(bytes.fromhex(hash_form_key(FORM_KEY))) == 32


def test_two_form_keys_are_stored_apart() -> None:
    assert hash_form_key(FORM_KEY) != hash_form_key(OTHER_FORM_KEY)


def test_a_form_key_is_not_stored_as_it_stands() -> None:
    assert FORM_KEY not in hash_form_key(FORM_KEY)


def test_two_forms_get_two_keys() -> None:
    assert issue_form_key(SECRET, at=BEGUN) != issue_form_key(SECRET, at=BEGUN)


def test_a_fresh_form_key_is_ours() -> None:
    assert is_form_key(SECRET, issue_form_key(SECRET, at=BEGUN))


def test_a_form_key_of_an_earlier_release_is_ours() -> None:
    assert is_form_key(SECRET, OLD_FORM_KEY)


def test_a_form_key_says_when_its_form_was_opened() -> None:
    assert form_key_begun(FORM_KEY) == BEGUN


def test_a_form_key_of_an_earlier_release_does_not_say_when() -> None:
    assert form_key_begun(OLD_FORM_KEY) is None


def test_a_form_key_with_another_time_is_forged() -> None:
    nonce, _, mac = FORM_KEY.split(".")
    assert not is_form_key(SECRET, f"{nonce}.0.{mac}")


def test_a_form_key_of_another_portal_is_not_ours() -> None:
    assert not is_form_key(SECRET, issue(OTHER_SECRET))


@pytest.mark.parametrize("at", range(0, len(FORM_KEY), 4))
def test_a_form_key_with_one_other_character_is_forged(at: int) -> None:
    assert not is_form_key(SECRET, replace_digit(FORM_KEY, at, "0" if FORM_KEY[at] != "0" else "1"))


@pytest.mark.parametrize(
    "forged",
    [
        "",
        ".",
        FORM_KEY[:64],
        FORM_KEY[:65],
        FORM_KEY[:-1],
        f"{FORM_KEY}0",
        FORM_KEY.upper(),
        f"{FORM_KEY[:64]}.{OTHER_FORM_KEY[65:]}",
        "м" * 64 + "." + "м" * 32,
        "\ud800" * 64 + "." + "0" * 32,
        issue_form_key(SECRET, at=BEGUN, token=lambda size: "a7" * (size - 1)),
    ],
)
def test_a_forged_form_key_is_refused(forged: str) -> None:
    assert not is_form_key(SECRET, forged)
