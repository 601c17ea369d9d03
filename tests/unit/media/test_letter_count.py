"""The letters of a document against those that are kept: what is missing is named, word for word."""

import json

import pytest

from portal.media.letter_count import LetterCount, SourceWords, count_kept_letters, read_count

SHOWN = ("Ми жили у підвалі.", "我住在臺北。")


def count(*kept: str, shown: tuple[str, ...] = SHOWN) -> LetterCount:
    return count_kept_letters(SourceWords(shown), kept)


def test_words_that_are_all_kept_are_all_counted() -> None:
    assert count("Ми жили у підвалі.", "我住在臺北。") == LetterCount(found=19, kept=19)


@pytest.mark.parametrize(
    ("kept", "unplaced"),
    [
        pytest.param(("Ми жили у .", "我住在臺北。"), ("підвалі",), id="a word"),
        pytest.param(("Ми жили у підвалі.", "我住在。"), ("臺北",), id="two signs side by side"),
        pytest.param(("жили у підвалі", "我住臺北"), ("Ми", "在"), id="two places"),
        pytest.param((), ("Ми", "жили", "у", "підвалі", "我住在臺北"), id="everything"),
        pytest.param(("我住在臺北Ми жилиупідвалі",), (), id="order, spaces and points do not count"),
        pytest.param(("1) Ми жили у підвалі", "我住在臺北"), (), id="more than was there"),
    ],
)
def test_words_that_are_missing_are_named(kept: tuple[str, ...], unplaced: tuple[str, ...]) -> None:
    assert count(*kept).unplaced == unplaced


def test_the_same_word_twice_is_missing_once() -> None:
    assert count("так", shown=("так, так",)) == LetterCount(found=6, kept=3, unplaced=("так",))


def test_letters_are_the_same_however_they_are_composed() -> None:
    assert count("Ки\u0457в", shown=("Ки\u0456\u0308в",)).is_whole


def test_signs_count_as_letters_do() -> None:
    assert count("місто", shown=("☒ місто",)).unplaced == ("☒",)


def test_a_count_comes_back_from_another_process() -> None:
    counted = count_kept_letters(SourceWords(SHOWN, hidden=("Ім’я\nСвідка",), readings=("臺北 (ㄊㄞˊ)",)), ())
    assert read_count(json.loads(json.dumps(counted.to_json()))) == counted
