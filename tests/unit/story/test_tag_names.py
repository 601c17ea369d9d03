"""Two spellings of one tag are one tag."""

import pytest

from portal.story.tag_names import fold_tag


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Памʼять", "пам'ять"),
        ("Зимова  книга", "зимова-книга"),
        ("臺灣", "台灣"),
        ("臺灣", "台湾"),
        ("ＮＡＴＯ", "nato"),
        ("#winter", "Winter"),
        ("café", "cafe"),
        ("oral history", "oral_history"),
        ("Ґанок", "ганок"),
        ("pilot\u200b", "Pilot"),
    ],
)
def test_spellings_of_one_name(one: str, other: str) -> None:
    assert fold_tag(one) == fold_tag(other)


@pytest.mark.parametrize(
    ("one", "other"), [("мій", "мии"), ("C++", "C"), ("winter 1", "winter 2"), ("台", "灣")]
)
def test_different_names(one: str, other: str) -> None:
    assert fold_tag(one) != fold_tag(other)


@pytest.mark.parametrize("name", ["", "   ", "##", "...", "\u200b", "—"])
def test_a_name_that_nobody_can_read(name: str) -> None:
    assert fold_tag(name) == ""
