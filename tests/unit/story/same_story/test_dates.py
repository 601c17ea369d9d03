import pytest

from portal.story.same_story.dates import find_dates, find_numbers


def dates(text: str) -> list[tuple[int, int, int]]:
    return [(one.year, one.month, one.day) for one in find_dates(text)]


@pytest.mark.parametrize(
    "text",
    [
        "24 лютого 2022 року",
        "24-го лютого 2022",
        "February 24, 2022",
        "24th of February, 2022",
        "24 Feb 2022",
        "2022年2月24日",
        "24.02.2022",
        "2022-02-24",
    ],
)
def test_a_date_is_one_however_it_is_written(text: str) -> None:
    assert dates(text) == [(2022, 2, 24)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("у березні 2022-го", [(2022, 3, 0)]),
        ("In May 2022", [(2022, 5, 0)]),
        ("2021年11月", [(2021, 11, 0)]),
        ("6 червня", [(0, 6, 6)]),
        ("8月24日", [(0, 8, 24)]),
        ("зерно 1933 року", [(1933, 0, 0)]),
        ("you may march", []),
        ("у травні цвіте", []),
        ("12022 гривень", []),
    ],
)
def test_a_date_says_no_more_than_was_told(text: str, told: list[tuple[int, int, int]]) -> None:
    assert dates(text) == told


def test_numbers_are_those_that_are_no_dates() -> None:
    assert [
        value for _start, _end, value in find_numbers("24 лютого 2022 року 160 банок о 19:00, 5 і 64")
    ] == [
        160,
        64,
    ]
