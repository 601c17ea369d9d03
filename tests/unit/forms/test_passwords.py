"""Which passwords are refused: those of breaches, and those made of what everybody knows of this place."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from portal.config import Settings
from portal.forms.passwords import PASSWORD_MINIMUM, find_weakness

SITE = Settings(
    site_name="Голоси Херсона", base_url="https://stories.example", mail_from="desk@voices.example"
)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    Babel(app := Flask(__name__))
    with app.app_context():
        yield


@pytest.mark.parametrize(
    "password",
    [
        "story portal moderator",
        "Ukraine-Taiwan-Story",
        "Newsroom2026newsroom2026",
        "Редакція Україна 2026",
        "烏克蘭臺灣故事編輯烏克蘭臺灣故",
        "Голоси Херсона 2026!",
        "voices.example stories.example",
        "Olena Petrenko 1990",
    ],
)
def test_a_password_of_words_of_this_place_is_refused(password: str) -> None:
    about = ["Olena Petrenko", "olena@example.org", *SITE.known_words]
    assert find_weakness(password, about=about) is not None


@pytest.mark.parametrize(
    "password",
    ["portal giraffe lantern mud", "Жирафа, ліхтар і старий портал", "長頸鹿與燈籠在雨中的故事書店門口等"],
)
def test_a_word_of_this_place_among_others_does_no_harm(password: str) -> None:
    assert find_weakness(password, about=SITE.known_words) is None


def test_every_known_password_of_a_breach_is_refused() -> None:
    known = [one for one in FREQUENCY_LISTS["passwords"] if len(one) >= PASSWORD_MINIMUM]
    assert (len(known), [one for one in known if find_weakness(one) is None]) == (31, [])
