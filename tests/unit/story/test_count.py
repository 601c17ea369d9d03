"""Counting words and characters."""

import pytest

from portal.story.count import Count, count_source, count_units, script_bucket


@pytest.mark.parametrize(
    ("text", "words", "characters"),
    [
        ("", 0, 0),
        ("We went home.", 3, 0),
        ("Сім’я, п'ять і по-перше", 4, 0),
        ("за́мок", 1, 0),
        ("我們回家了。", 0, 5),
        ("Taiwan的family", 2, 1),
        ("コーヒー", 0, 4),
        ("สวัสดี", 0, 4),
    ],
)
def test_each_script_is_counted_in_its_own_unit(text: str, words: int, characters: int) -> None:
    count = count_units(text)
    assert (count.words, count.characters) == (words, characters)


def test_minutes_of_a_mixed_text_add_up() -> None:
    assert count_units("word " * 238 + "слово " * 190 + "字" * 355) == Count(
        words=428, characters=355, minutes=3
    )


def test_a_short_text_takes_one_minute() -> None:
    assert count_units("Hello").minutes == 1


def test_an_empty_text_takes_no_time() -> None:
    assert count_units(" \n").minutes == 0


@pytest.mark.parametrize(
    ("text", "bucket"),
    [
        ("", "letters"),
        ("123", "letters"),
        ("Home and 家", "letters"),
        ("我們的 home", "han"),
        ("집", "han"),
        ("дім", "letters"),
    ],
)
def test_the_text_itself_says_which_limit_it_has(text: str, bucket: str) -> None:
    assert script_bucket(text) == bucket


def test_photos_and_addresses_of_links_are_no_words_of_a_draft() -> None:
    count = count_source("Два [слова](https://example.org/three-four)\n\n![](photo:0a1b2c3d)\n\n兩字")
    assert (count.words, count.characters) == (2, 2)
