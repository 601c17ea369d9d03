from itertools import combinations
from typing import NamedTuple

import pytest

from portal.story.same_story.facts import FactKind, read_facts
from portal.story.same_story.likeness import Likeness, compare
from tests.support.recall import RecallText, read_stories

STUDENTSKA = (
    "24 лютого ми спустилися в метро в Харкові. П’ятеро дітей спали на картоні, і сусідка Раїса "
    "читала їм казки."
)


def liken(one: str, other: str) -> Likeness:
    return compare(read_facts([one]), read_facts([other]))


class Figures(NamedTuple):
    recall: float
    precision: float
    same: int
    different: int


def judge(stories: list[RecallText], *, within: bool) -> Figures:
    """Compare every two of the texts, those in one language or those in two."""
    read = [(one, read_facts([one.title, one.body])) for one in stories]
    told = [
        (one.id == other.id, compare(facts, others).is_same)
        for (one, facts), (other, others) in combinations(read, 2)
        if (one.lang[:2] == other.lang[:2]) is within
    ]
    right = told.count((True, True))
    same = sum(is_same for is_same, _said in told)
    said = sum(is_said for _same, is_said in told)
    return Figures(right / same, right / said, same, len(told) - same)


@pytest.mark.parametrize("name", ["stories.tsv", "stories_held_back.tsv"])
def test_one_story_told_twice_is_noticed(name: str) -> None:
    """Stories held back were never looked at while anything was changed."""
    stories = read_stories(name)
    within, across = judge(stories, within=True), judge(stories, within=False)
    assert within.recall >= 0.8
    assert within.precision >= 0.95
    assert across.recall >= 0.5
    assert across.precision >= 0.95


def test_the_files_hold_as_many_pairs_as_they_say() -> None:
    counted = [
        judge(read_stories(name), within=within)[2:]
        for name in ("stories.tsv", "stories_held_back.tsv")
        for within in (True, False)
    ]
    assert counted == [(24, 804), (48, 1680), (6, 40), (12, 95)]


@pytest.mark.parametrize(
    "changed",
    [
        STUDENTSKA,
        STUDENTSKA.upper(),
        STUDENTSKA.replace("’", "'").replace(" ", "  \n"),
        "Інша назва. " + STUDENTSKA,
        STUDENTSKA.replace("казки", "вірші"),
    ],
)
def test_a_text_that_came_again_is_a_copy_whatever_else_was_changed(changed: str) -> None:
    assert liken(STUDENTSKA, changed).is_copy


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", ""),
        ("", "війна"),
        ("Так", "Ні"),
        ("Ми жили в Україні.", "Вони жили в Україні."),
        ("У 2022 році я приїхала на Тайвань.", "2022年，我從烏克蘭來到臺灣。"),
    ],
)
def test_what_half_of_all_stories_say_makes_none_the_same(one: str, other: str) -> None:
    assert not liken(one, other).is_same


def test_what_is_shared_is_told_by_its_kind() -> None:
    shared = liken(
        "24 лютого 2022 року Олена Завірюха вивезла з Бахмута 160 банок.",
        "On February 24, 2022 Olena Zaviriukha carried 160 jars out of Bakhmut.",
    ).shared
    assert {kind: len(keys) for kind, keys in shared.items()} == {
        FactKind.PLACE: 1,
        FactKind.NAME: 2,
        FactKind.DATE: 3,
        FactKind.NUMBER: 1,
        FactKind.WORD: 0,
    }
