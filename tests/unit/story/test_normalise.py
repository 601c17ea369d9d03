"""Cleaning of typed text."""

import pytest

from portal.story.normalise import clean_digits, clean_line, clean_text, has_hidden_characters


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Дім  ", "Дім"),
        ("e\u0301", "é"),
        ("a\x00b\x1bc\ufffed", "abcd"),
        ("a\ud800b", "ab"),
        ("one\u2028two", "one two"),
        ("one\r\ntwo", "one two"),
        ("a\u202eb\u2066c", "abc"),
        ("a\u200bb\ufeff", "ab"),
        ("Ta\u200diwan", "Taiwan"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🌾", "👩\u200d🌾"),
        ("\u200b \u3164", ""),
    ],
)
def test_a_line_keeps_what_can_be_read(typed: str, kept: str) -> None:
    assert clean_line(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\n\n one\r\ntwo\rthree \n", "one\ntwo\nthree"),
        ("a\tb", "a\tb"),
        ("a\u2029b", "a\nb"),
        ("a\x0bb", "a\nb"),
        ("x \u2067שלום", "x \u2067שלום\u2069"),
        ("x\u2069 y\u202c", "x y"),
        ("x \u2067a\nb\u2069", "x \u2067a\u2069\nb"),
        ("\u2067\u2069", ""),
    ],
)
def test_a_body_keeps_lines_and_closes_directions(typed: str, kept: str) -> None:
    assert clean_text(typed) == kept


@pytest.mark.parametrize("typed", ["1234 5678", "1234-5678", "１２３４５６７８", "١٢٣٤٥٦٧٨", "№1234 5678."])
def test_a_code_is_read_however_its_digits_were_typed(typed: str) -> None:
    assert clean_digits(typed) == "12345678"


@pytest.mark.parametrize("text", ["pay\u202epal", "Tai\u200bwan", "a\u00adb", "\u3164", "a\U000e0041"])
def test_hidden_characters_are_noticed(text: str) -> None:
    assert has_hidden_characters(text)


@pytest.mark.parametrize(
    "text",
    ["Сім’я в Києві", "我們的家", "می\u200cخواهم", "👨\u200d👩\u200d👧", "🏴\U000e0067\U000e0062\U000e007f"],
)
def test_what_a_script_or_emoji_needs_is_not_hidden(text: str) -> None:
    assert not has_hidden_characters(text)
