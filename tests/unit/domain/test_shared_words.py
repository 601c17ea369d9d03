"""Texts of one hand are told by the words they share, and people who follow each other by sharing none."""

from collections.abc import Mapping

import pytest

from portal.domain.languages import STORY_LANGUAGES
from portal.domain.shared_words import repeats_words, share_words

TEXT = "Світло зникло о шостій. Ми сиділи в темряві."


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"story": TEXT}, {"story": TEXT}, True),
        ({"story": TEXT + " І далі."}, {"story": TEXT}, True),
        ({"story": "Уранці. " + TEXT}, {"story": TEXT}, True),
        ({"story": TEXT[:10]}, {"story": TEXT}, False),
        ({"story": TEXT[:23] + "…"}, {"story": TEXT[:23] + "!"}, False),
        ({"story": TEXT}, {"idea": TEXT}, False),
        (
            {"story": "停電六點開始，我在家。"},
            {"story": "停電六點開始，我在車上。"},
            False,
        ),
        (
            {"story": "停電是六點開始的，我們都坐在黑暗裡。"},
            {"story": "停電是六點開始的，我們都坐在車上。"},
            True,
        ),
        ({"byline_text": "Олена К."}, {"byline_text": "Олена К."}, True),
        ({"byline_text": "Олена"}, {"byline_text": "Олена"}, False),
        ({"byline_text": "王小明先生"}, {"byline_text": "王小明先生"}, True),
        ({"byline_text": "王小明"}, {"byline_text": "王小明"}, False),
        ({"reply": "private_page"}, {"reply": "private_page"}, False),
        ({"help": ["language_help_wanted"]}, {"help": ["language_help_wanted"]}, False),
        ({}, {"story": TEXT}, False),
    ],
)
def test_one_hand_is_told_by_words(
    one: Mapping[str, object], other: Mapping[str, object], *, expected: bool
) -> None:
    assert (share_words(one, other), share_words(other, one)) == (expected, expected)


@pytest.mark.parametrize("tag", [language.tag for language in STORY_LANGUAGES])
def test_two_people_who_write_one_language_share_no_words(tag: str) -> None:
    assert not share_words({"lang": tag}, {"lang": tag})


@pytest.mark.parametrize(
    ("brought", "expected"),
    [
        ({"story": TEXT}, True),
        ({"story": TEXT, "reply": "email"}, True),
        ({"story": TEXT, "reply": "private_page"}, False),
        ({"story": TEXT + "!"}, False),
        ({"story": TEXT, "title": "Темрява"}, False),
        ({}, False),
    ],
)
def test_what_says_nothing_else_is_known(brought: Mapping[str, object], *, expected: bool) -> None:
    assert repeats_words(brought, {"story": TEXT, "reply": "email"}) is expected
