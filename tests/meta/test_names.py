"""Whatever the portal itself says about places and languages is in its own reviewed words."""

import tomllib
from collections.abc import Iterator
from importlib import resources

import pytest

from portal.domain.languages import LOCALES, STORY_LANGUAGES, UNDETERMINED, Locale, language_name
from portal.domain.names import FORBIDDEN, forbidden_names, simplified_only
from portal.i18n.catalogues import DOMAINS, po_path, read_catalogue
from portal.resources import templates_folder, translations_folder

TAGS = [locale.tag for locale in LOCALES]


def texts_in_data(value: object, tag: str) -> Iterator[str]:
    """The texts filed under a tag, however deep."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key == tag:
                yield from every_text(part)
            else:
                yield from texts_in_data(part, tag)
    elif isinstance(value, list):
        for part in value:
            yield from texts_in_data(part, tag)


def every_text(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from every_text(part)
    elif isinstance(value, list):
        for part in value:
            yield from every_text(part)


def texts_of_menus(tag: str) -> Iterator[str]:
    yield from (language_name(language.tag, tag) for language in STORY_LANGUAGES)
    yield language_name(UNDETERMINED, tag)


def texts_of_content(tag: str) -> Iterator[str]:
    for entry in resources.files("portal.data").iterdir():
        if entry.name.endswith(".toml"):
            yield from texts_in_data(tomllib.loads(entry.read_text(encoding="utf-8")), tag)


def texts_of_catalogues(locale: Locale) -> Iterator[str]:
    for domain in DOMAINS:
        path = po_path(translations_folder(), locale.babel, domain)
        if path.exists():
            for message in read_catalogue(path, locale.babel):
                yield from every_text(list(message.string or ()) if message.pluralizable else message.string)


@pytest.mark.parametrize("tag", TAGS)
def test_menus_call_every_language_and_zone_by_its_right_name(tag: str) -> None:
    assert [name for text in texts_of_menus(tag) for name in forbidden_names(text, tag)] == []


@pytest.mark.parametrize("tag", TAGS)
def test_our_content_calls_every_place_by_its_right_name(tag: str) -> None:
    assert [name for text in texts_of_content(tag) for name in forbidden_names(text, tag)] == []


@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.tag)
def test_our_catalogues_call_every_place_by_its_right_name(locale: Locale) -> None:
    texts = texts_of_catalogues(locale)
    assert [name for text in texts for name in forbidden_names(text, locale.tag)] == []


def test_our_templates_call_every_place_by_its_right_name() -> None:
    found = [
        (path.name, name)
        for path in sorted(templates_folder().rglob("*.*"))
        for name in forbidden_names(path.read_text(encoding="utf-8"), "en")
    ]
    assert found == []


def test_readers_in_taiwan_see_no_simplified_character() -> None:
    locale = next(locale for locale in LOCALES if locale.tag == "zh-Hant-TW")
    texts = [*texts_of_menus(locale.tag), *texts_of_content(locale.tag), *texts_of_catalogues(locale)]
    assert {character for text in texts for character in simplified_only(text)} == set()


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Taiwan, Province of China", "en"),
        ("Тайвань, провінція Китаю", "uk"),
        ("中国台湾省", "zh-Hant-TW"),
        ("中國台灣", "zh-Hant-TW"),
        ("台湾地区", "zh-Hant-TW"),
        ("中國香港特別行政區", "zh-Hant-TW"),
        ("Hong Kong SAR China", "en"),
        ("Гонконг, ОАР Китаю", "uk"),
        ("Europe/Kiev", "en"),
        ("Odessa and Kharkov", "en"),
        ("in the Ukraine", "en"),
        ("за московським часом", "uk"),
        ("莫斯科時間", "zh-Hant-TW"),
        ("на Україні", "uk"),
        ("志願者", "zh-Hant-TW"),
        ("烏克蘭危機", "zh-Hant-TW"),
    ],
)
def test_a_name_that_lists_of_others_use_is_caught(text: str, tag: str) -> None:
    assert forbidden_names(text, tag) != []


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Taiwan, Hong Kong, Kyiv, Kharkiv, Odesa and Lviv", "en"),
        ("Russia’s war against Ukraine", "en"),
        ("Тайвань, Гонконг, Київ, Харків, Одеса, Білорусь, в Україні", "uk"),
        ("台灣、香港、基輔、哈爾科夫、志工、網路", "zh-Hant-TW"),
    ],
)
def test_our_own_names_are_not_caught(text: str, tag: str) -> None:
    assert forbidden_names(text, tag) == []


def test_every_rule_says_what_to_write_instead() -> None:
    assert [rule.pattern.pattern for rule in FORBIDDEN if not rule.instead] == []


def test_no_rule_forbids_what_another_recommends() -> None:
    assert [
        rule.instead for rule in FORBIDDEN for tag in rule.tags if forbidden_names(rule.instead, tag)
    ] == []


@pytest.mark.parametrize(
    "text",
    [
        "基輔的冬夜，志工與居民一起剷雪；他們說，只要還有人在，城市就不會安靜下來。",
        "我在台北的咖啡館裡面對著窗戶，床邊放著秘密的信，群山就在後面。",
        "衝著台灣後方的山峰，他乾脆把麵線煮溫，灑上蔥花，稅單和戶口名簿擱在灶旁。",
        "臺灣台語、臺灣客語、阿美語、泰雅語與排灣語，都可以用來寫您的故事。",
        "查閱教學與真實紀錄，累積經驗，即刻升旗；失踪者的家屬仍在等候。",
    ],
)
def test_traditional_chinese_is_never_taken_for_simplified(text: str) -> None:
    assert simplified_only(text) == set()


def test_simplified_chinese_is_recognised() -> None:
    assert simplified_only("这个字段是必填的") == set("这个")
