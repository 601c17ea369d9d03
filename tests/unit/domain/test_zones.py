"""A language tells whose clock people live by, and never where somebody is."""

import pytest

from portal.domain.zones import KYIV, TAIPEI, UTC, find_zone, is_zone, zone_of


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


@pytest.mark.parametrize("name", ["Europe/Kyiv", "Asia/Taipei", "America/New_York", "UTC"])
def test_somebody_can_live_in_a_zone_of_the_table(name: str) -> None:
    assert (is_zone(name), zone_of(name, "uk")) == (True, name)


@pytest.mark.parametrize(
    "name", ["", "Asia/Atlantis", "../etc/passwd", "Etc/GMT+8", "localtime", "Asia/Taipei\0"]
)
def test_what_is_no_place_gives_way_to_the_language(name: str) -> None:
    assert (is_zone(name), zone_of(name, "zh-Hant-TW")) == (False, TAIPEI)
