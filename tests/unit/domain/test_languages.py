from importlib import resources

import pytest
from babel import Locale as BabelLocale

from portal.domain import languages
from portal.domain.languages import (
    DEFAULT,
    LOCALES,
    STORY_LANGUAGES,
    Locale,
    best_text,
    direction_of,
    is_language_tag,
    language_name,
    language_of_name,
    list_in_sentence,
    locale_by_tag,
    locale_by_url,
    negotiate,
    script_of,
    shortened_name,
    written_name,
)


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7", "zh-Hant-TW"),
        ("zh-HK,zh;q=0.9,en;q=0.8", "zh-Hant-TW"),
        ("zh-Hant-HK,zh-Hant;q=0.9,en", "zh-Hant-TW"),
        ("zh-TW", "zh-Hant-TW"),
        ("zh-MO", "zh-Hant-TW"),
        ("nan-TW,zh-TW;q=0.9,en;q=0.5", "zh-Hant-TW"),
        ("yue", "zh-Hant-TW"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "en"),
        ("zh-Hans-TW,en;q=0.5", "en"),
        ("zh-CN,uk;q=0.2", "uk"),
        ("zh-CN,zh;q=0.9", "zh-Hant-TW"),
        ("uk-UA,uk;q=0.9,en;q=0.8", "uk"),
        ("crh-UA,uk", "uk"),
        ("ru-RU,ru,uk;q=0.8,en;q=0.7", "uk"),
        ("ru-UA,ru", "en"),
        ("be", "en"),
        ("pl,de", "en"),
        ("EN-gb", "en"),
        ("cmn-Hant-TW", "zh-Hant-TW"),
        ("cmn-Hant-TW,en;q=0.5", "zh-Hant-TW"),
        ("zh-cmn-Hant", "zh-Hant-TW"),
        ("CMN-HANT-tw", "zh-Hant-TW"),
        ("cmn", "zh-Hant-TW"),
        ("cmn-Hans-CN,en;q=0.5", "en"),
        ("wuu,en;q=0.1", "en"),
        ("zh-HK", "zh-Hant-TW"),
        ("zh_HK", "zh-Hant-TW"),
        ("zh-yue", "zh-Hant-TW"),
        ("zh-min-nan,en;q=0.9", "zh-Hant-TW"),
        ("nan,en", "zh-Hant-TW"),
        ("nan-CN,en", "en"),
        ("hak-Latn-TW", "zh-Hant-TW"),
        ("zh-SG,zh,en;q=0.3", "en"),
        ("crh-UA", "uk"),
        ("crh", "uk"),
        ("crh-UA,ru;q=0.9", "uk"),
        ("crh-UA,en;q=0.9", "en"),
        ("rue", "uk"),
        ("hu-UA,hu;q=0.9", "uk"),
        ("hu-HU", "en"),
        ("ru-UA", "en"),
        ("uk-Latn", "uk"),
        ("fr, *;q=0.5", "en"),
        ("uk;q=0, fr", "en"),
    ],
)
def test_a_reader_gets_the_language_the_browser_asks_for(header: str, tag: str) -> None:
    assert negotiate(header).tag == tag


def test_the_most_wanted_language_wins_wherever_it_stands_in_the_header() -> None:
    assert negotiate("en;q=0.4, uk;q=0.9").tag == "uk"


def test_a_refused_language_is_not_chosen() -> None:
    assert negotiate("uk;q=0, zh-TW;q=0.1").tag == "zh-Hant-TW"


@pytest.mark.parametrize(
    "header", ["", "*", ";;;", "uk;q=high", "q=1,,", "x" * 10_000, "uk;q=1;q=0", "😀,-,_"]
)
def test_a_header_that_says_nothing_usable_gives_the_default(header: str) -> None:
    assert negotiate(header) == DEFAULT


def test_a_locale_is_found_by_its_url_and_by_its_tag() -> None:
    found = [(locale_by_url(locale.url), locale_by_tag(locale.tag)) for locale in LOCALES]
    assert found == [(locale, locale) for locale in LOCALES]


@pytest.mark.parametrize("url", ["zh-TW", "zh_Hant_TW", "ua", "", "de"])
def test_only_the_one_spelling_is_a_locale_url(url: str) -> None:
    assert locale_by_url(url) is None


def test_the_menu_of_story_languages_begins_with_those_of_the_first_coverage() -> None:
    assert [language.tag for language in STORY_LANGUAGES[:9]] == [
        "uk",
        "zh-Hant-TW",
        "en",
        "nan-TW",
        "hak-TW",
        "ami",
        "tay",
        "pwn",
        "trv",
    ]


def test_no_story_language_is_listed_twice() -> None:
    tags = [language.tag for language in STORY_LANGUAGES]
    assert len(set(tags)) == len(tags)


def test_every_story_language_has_a_name_in_every_interface_language() -> None:
    unnamed = [
        (language.tag, locale.tag)
        for language in STORY_LANGUAGES
        for locale in LOCALES
        if not language.names[locale.tag].strip() or not language.autonym.strip()
    ]
    assert unnamed == []


@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.tag)
def test_two_story_languages_never_have_the_same_name(locale: Locale) -> None:
    names = [language_name(language.tag, locale.tag) for language in STORY_LANGUAGES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("tag", "in_locale", "name"),
    [
        ("nan-TW", "zh-Hant-TW", "臺灣台語"),
        ("hak-TW", "zh-Hant-TW", "臺灣客語"),
        ("crh", "uk", "кримськотатарська"),
        ("zh-TW", "en", "Chinese (Traditional, Taiwan)"),
        ("en-GB", "uk", "англійська"),
        ("und", "en", "Language not stated"),
        ("und", "de", "Language not stated"),
        ("tlh", "en", "tlh"),
    ],
)
def test_a_language_is_called_by_its_reviewed_name(tag: str, in_locale: str, name: str) -> None:
    assert language_name(tag, in_locale) == name


@pytest.mark.parametrize(
    ("tag", "in_locale", "name"),
    [
        ("uk", "en", "Ukrainian"),
        ("uk", "uk", "українською"),
        ("uk", "zh-Hant-TW", "烏克蘭文"),
        ("he", "uk", "івритом"),
        ("zh-Hans", "uk", "китайською (спрощеною)"),
        ("xx", "uk", "xx"),
    ],
)
def test_a_language_has_the_form_in_which_something_is_written_in_it(
    tag: str, in_locale: str, name: str
) -> None:
    assert written_name(tag, in_locale) == name


@pytest.mark.parametrize(
    ("tag", "in_locale", "name"),
    [
        ("zh-Hant-TW", "en", "Chinese (Traditional)"),
        ("zh-Hant-TW", "uk", "китайська (традиційна)"),
        ("zh-Hant-TW", "zh-Hant-TW", "繁體中文"),
        ("zh-Hans", "en", "Chinese (Simplified)"),
        ("uk", "uk", "українська"),
        ("zh-Hant-TW", "de", "Chinese (Traditional, Taiwan)"),
    ],
)
def test_a_language_has_a_short_name_for_where_there_is_little_room(
    tag: str, in_locale: str, name: str
) -> None:
    assert shortened_name(tag, in_locale) == name


@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.tag)
def test_two_story_languages_never_have_the_same_short_name(locale: Locale) -> None:
    names = [shortened_name(language.tag, locale.tag) for language in STORY_LANGUAGES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("text", "known"), [("uk", True), ("und", True), ("zh-TW", False), ("ua", False), ("", False)]
)
def test_only_tags_of_the_list_are_stored(text: str, *, known: bool) -> None:
    assert is_language_tag(text) is known


@pytest.mark.parametrize(
    ("tag", "script"),
    [
        ("uk", "Cyrl"),
        ("zh-TW", "Hant"),
        ("zh-CN", "Hans"),
        ("zh_Hant_TW", "Hant"),
        ("sr-Latn", "Latn"),
        ("und", "Zyyy"),
        ("tlh", "Zyyy"),
        ("en-x-hant", "Latn"),
    ],
)
def test_the_script_of_a_language_is_known(tag: str, script: str) -> None:
    assert script_of(tag) == script


def test_the_languages_written_from_right_to_left_are_known() -> None:
    assert [language.tag for language in STORY_LANGUAGES if language.dir == "rtl"] == ["ar", "fa", "he", "ur"]


@pytest.mark.parametrize(
    ("tag", "direction"), [("fa-IR", "rtl"), ("az-Arab", "rtl"), ("uk", "ltr"), ("und", "ltr")]
)
def test_a_text_runs_in_the_direction_of_its_script(tag: str, direction: str) -> None:
    assert direction_of(tag) == direction


def test_a_reader_sees_the_text_in_the_first_wanted_language_that_has_one() -> None:
    texts = {"en": "Call", "uk": "  ", "zh-Hant-TW": "徵稿"}
    assert best_text(texts, ["uk", "zh-Hant-TW", "en"]) == ("zh-Hant-TW", "徵稿")


def test_a_variant_of_the_wanted_language_is_as_good() -> None:
    assert best_text({"en": "Call", "zh-TW": "徵稿"}, ["zh-Hant-TW"]) == ("zh-TW", "徵稿")


def test_without_a_wanted_language_the_first_filled_text_is_shown() -> None:
    assert best_text({"pl": "", "uk": "Заклик", "en": "Call"}, ["zh-Hant-TW"]) == ("uk", "Заклик")


def test_a_reader_of_traditional_chinese_is_never_given_simplified() -> None:
    assert best_text({"zh-Hans": "征稿", "en": "Call"}, ["zh-Hant-TW"]) == ("en", "Call")


def test_a_reader_of_simplified_chinese_is_never_given_traditional() -> None:
    with pytest.raises(LookupError):
        best_text({"zh-Hant-TW": "徵稿"}, ["zh-Hans"])


def test_texts_may_be_lists() -> None:
    assert best_text({"uk": [], "en": ["one"]}, ["uk", "en"]) == ("en", ["one"])


def test_without_any_text_there_is_nothing_to_choose() -> None:
    with pytest.raises(LookupError):
        best_text({"en": ""}, ["en"])


def test_the_lists_are_part_of_the_package() -> None:
    names = {"languages.toml", "simplified_only.txt"}
    assert names - {entry.name for entry in resources.files("portal.data").iterdir()} == set()


@pytest.mark.parametrize(
    ("name", "page", "tag"),
    [
        ("林雨蓁", "uk", "zh-Hant-TW"),
        ("Олена К.", "zh-Hant-TW", "uk"),
        ("Olena", "en", "en"),
        ("Olena", "zh-Hant-TW", "und"),
        ("さくら 山田", "en", "ja"),
        ("김민지", "uk", "ko"),
        ("ليلى", "en", "ar"),
        ("林 Lin", "en", "zh-Hant-TW"),
        ("", "en", "en"),
    ],
)
def test_a_name_is_read_in_the_language_of_its_script(name: str, page: str, tag: str) -> None:
    assert language_of_name(name, page) == tag


def test_the_menu_names_a_language_without_its_brackets_unless_two_are_called_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = {"zh": "繁體中文（台灣）", "pt-BR": "português (Brasil)", "pt-PT": "português (Portugal)"}
    locales = tuple(Locale(tag, tag, tag, name) for tag, name in names.items())
    monkeypatch.setattr(languages, "LOCALES", locales)
    assert [one.menu_name for one in locales] == ["繁體中文", "português (Brasil)", "português (Portugal)"]


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("en", ("a, b and c", "a, b or c", "a and b")),
        ("uk", ("a, b і c", "a, b або c", "a і b")),
        ("zh_Hant_TW", ("a、b和c", "a、b或c", "a和b")),
    ],
)
def test_words_in_a_sentence_have_their_last_link(locale: str, written: tuple[str, str, str]) -> None:
    words, read = ["a", "b", "c"], BabelLocale.parse(locale)
    listed = (
        list_in_sentence(words, read),
        list_in_sentence(words, read, "or"),
        list_in_sentence(words[:2], read),
    )
    assert (*listed, list_in_sentence([], read)) == (*written, "")
