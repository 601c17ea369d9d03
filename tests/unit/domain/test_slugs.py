"""Slugs: plain words for titles that have an agreed Latin spelling, nothing for the others."""

import pytest

from portal.domain.slugs import MAXIMAL_LENGTH, count_slug, is_proposed, is_slug, make_slug

# Examples of the table in resolution 55 of 27 January 2010.
OFFICIAL = {
    "Алушта": "alushta",
    "Борщагівка": "borshchahivka",
    "Володимир": "volodymyr",
    "Гадяч": "hadiach",
    "Ґалаґан": "galagan",
    "Єнакієве": "yenakiieve",
    "Їжакевич": "yizhakevych",
    "Кадиївка": "kadyivka",
    "Йосипівка": "yosypivka",
    "Стрий": "stryi",
    "Згорани": "zghorany",
    "Розгон": "rozghon",
    "Щербухи": "shcherbukhy",
    "Гоща": "hoshcha",
    "Юрій": "yurii",
    "Корюківка": "koriukivka",
    "Яготин": "yahotyn",
    "Ічня": "ichnia",
    "Знам’янка": "znamianka",
    "Лебедин": "lebedyn",
    "Русь": "rus",
}


@pytest.mark.parametrize(("name", "spelled"), OFFICIAL.items())
def test_ukrainian_names_are_spelled_as_the_state_spells_them(name: str, spelled: str) -> None:
    assert make_slug(name, "uk") == spelled


@pytest.mark.parametrize(
    ("title", "lang", "slug"),
    [
        ("Коли гасне світло", "uk", "koly-hasne-svitlo"),
        ("П'ять днів у Тайбеї", "uk", "piat-dniv-u-taibei"),
        ("Моя\u0301 Ї\u0301жа", "uk", "moia-yizha"),
        ("Зга\u00adдка про об‘їзд", "uk", "zghadka-pro-obizd"),
        ("When the light goes out!", "en", "when-the-light-goes-out"),
        ("Żółta łódź", "pl", "zolta-lodz"),
        ("Straße nach Lwiw", "de", "strasse-nach-lwiw"),
        ("𝓣𝓪𝓲𝔀𝓪𝓷 Ⅳ", "en", "taiwan-iv"),
    ],
)
def test_a_title_becomes_words_and_hyphens(title: str, lang: str, slug: str) -> None:
    assert make_slug(title, lang) == slug


@pytest.mark.parametrize(
    ("title", "lang"),
    [
        ("停電的時候", "zh-Hant-TW"),
        ("Taiwan 台灣", "en"),
        ("رسالة من كييف", "ar"),
        ("Ёлка", "ru"),
        ("2024", "en"),
        ("!?", "en"),
    ],
)
def test_a_title_without_an_agreed_spelling_gives_none(title: str, lang: str) -> None:
    assert make_slug(title, lang) == ""


def test_a_long_title_ends_after_a_whole_word() -> None:
    assert make_slug("word " * 40, "en") == "-".join(["word"] * 12)


def test_one_endless_word_is_cut() -> None:
    assert make_slug("a" * 200, "en") == "a" * MAXIMAL_LENGTH


def test_a_proposal_that_others_have_gets_the_first_free_number_and_is_known_again() -> None:
    long = "word-" * 11 + "words"
    assert count_slug("svitlo", {"svitlo", "svitlo-2"}) == "svitlo-3"
    assert [is_slug(one) for one in (count_slug(long, {long}), long, "Світло", "a--b")] == [
        *(True, True, False, False)
    ]
    assert [is_proposed(one, "Світло", "uk", "0123abcd") for one in ("", "svitlo-3", "temriava")] == [
        *(True, True, False)
    ]
