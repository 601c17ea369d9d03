"""Marks in a title say where its line may break, and change nothing else about it."""

import pytest

from portal.domain.title_breaks import drop_breaks, split_phrases, tidy_breaks


@pytest.mark.parametrize(
    ("typed", "kept", "title"),
    [
        ("理解烏克蘭|與台灣|的連結", "理解烏克蘭|與台灣|的連結", "理解烏克蘭與台灣的連結"),
        ("One link | two places", "One link |two places", "One link two places"),
        ("One link| two places", "One link |two places", "One link two places"),
        ("One link |two places | a", "One link |two places |a", "One link two places a"),
        ("One link | | two places", "One link |two places", "One link two places"),
        ("| a", "a", "a"),
        ("One link |", "One link", "One link"),
        ("||", "", ""),
        (" | |", "", ""),
        ("a\u00a0| b", "a |b", "a b"),
    ],
)
def test_marks_leave_a_title_as_it_is_without_them(typed: str, kept: str, title: str) -> None:
    assert (tidy_breaks(typed), drop_breaks(tidy_breaks(typed))) == (kept, title)


def test_a_title_is_shown_in_phrases_that_keep_their_blanks() -> None:
    assert split_phrases(tidy_breaks("One link | two places"), "One link two places") == (
        "One link ",
        "two places",
    )
