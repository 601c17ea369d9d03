"""Where stories are rooted: what authors tick, what rows keep, and what is looked up."""

import pytest

from portal.domain.sides import Side, list_sides, list_stored_with, read_rooted, write_sides


@pytest.mark.parametrize(
    ("chosen", "stored"),
    [
        ([], ""),
        (["ukraine"], "ua"),
        (["elsewhere", "taiwan"], "tw elsewhere"),
        (["ukraine", "taiwan", "ukraine"], "tw ua"),
        (["atlantis"], ""),
    ],
)
def test_what_was_ticked_is_kept_once_and_in_order(chosen: list[str], stored: str) -> None:
    sides = read_rooted(chosen)
    assert (write_sides(sides), list_sides(stored)) == (stored, sides)


def test_a_side_is_found_in_whatever_company_it_is_kept() -> None:
    assert sorted(list_stored_with(Side.TAIWAN)) == ["tw", "tw elsewhere", "tw ua", "tw ua elsewhere"]
