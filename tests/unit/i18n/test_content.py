"""Texts that a release ships: nouns beside numbers, and what stands beside them."""

import pytest

from portal.data.content import ReleaseText, localized_texts
from portal.domain.languages import LOCALES
from portal.domain.questions import fill_placeholders
from portal.i18n.content_checks import check_text, check_texts

NUMBERS = (1, 2, 5, 11, 21, 101)


def make_text(**words: str) -> ReleaseText:
    return ReleaseText("pages.toml", "help", words)


def test_the_texts_of_this_release_have_no_problems() -> None:
    assert check_texts(localized_texts()) == []


@pytest.mark.parametrize(
    ("tag", "text", "filled"),
    [
        (
            "uk",
            "через {days|день|дні|днів}",
            ["1 день", "2 дні", "5 днів", "11 днів", "21 день", "101 день"],
        ),
        ("en", "{days|day|days}", ["1 day", "2 days", "5 days", "11 days", "21 days", "101 days"]),
        ("zh-Hant-TW", "{days} 天", ["1 天", "2 天", "5 天", "11 天", "21 天", "101 天"]),
    ],
)
def test_a_noun_takes_the_form_its_number_needs(tag: str, text: str, filled: list[str]) -> None:
    seen = [fill_placeholders(text, {"days": str(number)}, tag) for number in NUMBERS]
    assert [one.removeprefix("через ").replace("\N{NO-BREAK SPACE}", " ") for one in seen] == filled


def test_a_number_and_its_noun_stay_on_one_line() -> None:
    assert fill_placeholders("{days|day|days}", {"days": "2"}, "en") == "2\N{NO-BREAK SPACE}days"


def test_braces_that_name_no_value_stay() -> None:
    assert fill_placeholders("{who|a|b} {x}", {"days": "2"}, "en") == "{who|a|b} {x}"


def test_words_take_no_forms() -> None:
    assert fill_placeholders("{licence|a|b}", {"licence": "CC BY"}, "en") == "CC BY"


def test_a_language_without_rules_takes_the_first_form() -> None:
    assert fill_placeholders("{days|one|more}", {"days": "1"}, "nan-TW") == "1\N{NO-BREAK SPACE}one"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            make_text(en="{days|day|days}", uk="{days|день|днів}"),
            "uk: 2 forms beside {days}, 3 are needed",
        ),
        (make_text(en="{days} days"), "en: a noun without its forms after {days}"),
        (make_text(en="{days|day|days} left", uk="скоро"), "the placeholders differ between the languages"),
        (
            make_text(en="a", uk="а — б"),
            "uk: a dash that may begin a line: it needs a no-break space before it",
        ),
        (
            ReleaseText("a.toml", "words", {"en": "{days|day|days}", "zh-Hant-TW": "{days} 天"}),
            "zh-Hant-TW: a number that may part from what it counts: it needs a no-break space between",
        ),
        (
            make_text(en="a", uk="ми і ви"),
            "uk: a word of one letter that may end a line: it needs a no-break space after it",
        ),
        (make_text(en="a", uk="сыр"), "uk: letters that Ukrainian does not have: ы"),
    ],
)
def test_a_text_nobody_should_read_is_caught(text: ReleaseText, complaint: str) -> None:
    assert [problem.what for problem in check_text(text)] == [complaint]


def test_lists_are_walked_line_by_line() -> None:
    promises = [text for text in localized_texts() if text.name.startswith("promises")]
    assert {tuple(text.words) for text in promises} == {tuple(locale.tag for locale in LOCALES)}
