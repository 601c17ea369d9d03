"""A language tells whose clock people live by, and never where somebody is."""

import pytest

from portal.domain.zones import KYIV, TAIPEI, UTC, find_zone


@pytest.mark.parametrize(
    ("tag", "zone"),
    [
        ("uk", KYIV),
        ("crh", KYIV),
        ("zh-Hant-TW", TAIPEI),
        ("zh_Hant_TW", TAIPEI),
        ("zh-Hant", TAIPEI),
        ("nan-TW", TAIPEI),
        ("hak-TW", TAIPEI),
        ("ami", TAIPEI),
        ("zh-Hant-HK", UTC),
        ("zh-Hans", UTC),
        ("yue", UTC),
        ("ru", UTC),
        ("en", UTC),
        ("und", UTC),
    ],
)
def test_a_language_has_the_clock_of_the_place_it_is_at_home_in(tag: str, zone: str) -> None:
    assert find_zone(tag) == zone
