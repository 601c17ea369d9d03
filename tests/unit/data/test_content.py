"""The texts that ship as data: whole in every language, right in its names, equal to what was decided."""

import re
import string
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from itertools import groupby, pairwise
from typing import Any

import pytest

from portal.domain.consent import BylineMode, PublishWish
from portal.domain.languages import LOCALES
from portal.domain.limits import UsualLength
from portal.domain.names import forbidden_names, simplified_only
from portal.domain.questions import (
    AskedWhen,
    Audience,
    Question,
    QuestionType,
    parse_consent,
    parse_question,
    sealed_keys,
)

FILES = ("questions", "consents", "coverage", "decline_reasons", "pages")
TAGS = tuple(locale.tag for locale in LOCALES)

PITCH = {
    *("lang", "idea", "link", "you", "form", "people", "before"),
    *("when", "help", "byline", "reply", "risk", "more"),
}
STORY = {
    *("lang", "byline", "reply", "risk", "before", "help", "more"),
    *("title", "story", "whose", "place_time", "others", "check", "photos", "tools", "bio", "may", "avoid"),
    "embargo",
}
REQUIRED = {
    *("lang", "idea", "link", "you", "before", "byline", "reply", "risk"),
    *("story", "whose", "others", "tools", "may"),
}
AFTER = {
    *("form", "when", "help", "community", "bio", "check", "embargo", "more"),
    *("people", "place_time", "photos"),
}
LIMITS = {
    "idea": (2000, 800),
    "link": (1000, 400),
    "you": (1000, 400),
    "people": (600, 250),
    "more": (1000, 400),
    "title": (150, 60),
    "story": (20_000, 8_000),
    "place_time": (200, 80),
    "check": (1000, 400),
    "bio": (300, 120),
    "avoid": (600, 250),
}
TEXT_LIMITS = {
    "community": (200, 80),
    "before": (600, 250),
    "byline": (80, 80),
    "others": (600, 250),
    "risk": (1000, 400),
    "reply": (254, 254),
}
REASONS = [
    *("not_this_coverage", "already_told", "needs_first_person", "cannot_verify"),
    *("safety_risk", "not_original", "no_capacity", "other"),
]

NOT_UKRAINIAN = re.compile("[ыэъё]", re.IGNORECASE)
OTHER_APOSTROPHE = re.compile(r"(?<=\w)['ʼ`´](?=\w)")
HALF_WIDTH_AFTER_HAN = re.compile(r"[\u4e00-\u9fff][,;:!?()\"']")
PAST_TENSE_WITH_GENDER = re.compile(r"\w(в/ла|вши/ла|\(ла\)|\(-ла\))")


def load(name: str) -> dict[str, Any]:
    source = resources.files("portal.data").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)


CONTENT = {name: load(name) for name in FILES}
QUESTIONS = [parse_question(row) for row in CONTENT["questions"]["question"]]
CONSENTS = [parse_consent(row) for row in CONTENT["consents"]["consent"]]


def walk_maps(node: object, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every map from language to text with the path that leads to it."""
    if isinstance(node, Mapping):
        if set(TAGS) & set(node):
            yield path, node
            return
        for key, value in node.items():
            yield from walk_maps(value, f"{path}.{key}")
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for index, value in enumerate(node):
            yield from walk_maps(value, f"{path}[{index}]")


MAPS = [pytest.param(texts, id=path) for name in FILES for path, texts in walk_maps(CONTENT[name], name)]


def texts_of(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def find_placeholders(text: str) -> list[str]:
    named = (name for _, name, _, _ in string.Formatter().parse(text) if name is not None)
    return sorted(name.split("|")[0] for name in named)


def list_texts(tag: str) -> list[str]:
    return [
        text for name in FILES for _, texts in walk_maps(CONTENT[name], name) for text in texts_of(texts[tag])
    ]


@pytest.mark.parametrize("texts", MAPS)
def test_every_text_is_there_in_every_language(texts: Mapping[str, Any]) -> None:
    assert list(texts) == list(TAGS)
    assert [tag for tag in TAGS if not all(text.strip() for text in texts_of(texts[tag]))] == []


@pytest.mark.parametrize("texts", MAPS)
def test_every_language_has_the_same_number_of_items(texts: Mapping[str, Any]) -> None:
    assert {tag: len(texts_of(texts[tag])) for tag in TAGS} == dict.fromkeys(TAGS, len(texts_of(texts["en"])))


@pytest.mark.parametrize("texts", MAPS)
def test_every_language_fills_in_the_same_values(texts: Mapping[str, Any]) -> None:
    found = {tag: [find_placeholders(text) for text in texts_of(texts[tag])] for tag in TAGS}
    assert found == dict.fromkeys(TAGS, found["en"])


@pytest.mark.parametrize("texts", MAPS)
def test_every_language_has_the_same_markdown(texts: Mapping[str, Any]) -> None:
    def shape(text: str) -> tuple[int, int, int]:
        strong, items = text.count("**"), len(re.findall(r"(?m)^(?:- |\d+\. )", text))
        return strong, items, len(re.split(r"\n{2,}", text.strip()))

    found = {tag: [shape(text) for text in texts_of(texts[tag])] for tag in TAGS}
    assert found == dict.fromkeys(TAGS, found["en"])


@pytest.mark.parametrize("tag", TAGS)
def test_every_name_of_a_place_is_one_we_use(tag: str) -> None:
    found = {text: forbidden_names(text, tag) for text in list_texts(tag)}
    assert {text: names for text, names in found.items() if names} == {}


def test_chinese_is_traditional() -> None:
    found = {text: simplified_only(text) for text in list_texts("zh-Hant-TW")}
    assert {text: signs for text, signs in found.items() if signs} == {}


def test_chinese_speaks_as_taiwan_does() -> None:
    foreign = re.compile("志願者|大陸|內地|軟件|網絡|信息|視頻|質量|用戶|你|臺灣")
    assert [text for text in list_texts("zh-Hant-TW") if foreign.search(text)] == []


def test_chinese_uses_full_width_punctuation() -> None:
    assert [text for text in list_texts("zh-Hant-TW") if HALF_WIDTH_AFTER_HAN.search(text)] == []


def test_ukrainian_has_no_russian_letters() -> None:
    assert [text for text in list_texts("uk") if NOT_UKRAINIAN.search(text)] == []


@pytest.mark.parametrize("tag", ["en", "uk"])
def test_words_have_one_kind_of_apostrophe(tag: str) -> None:
    assert [text for text in list_texts(tag) if OTHER_APOSTROPHE.search(text)] == []


def test_ukrainian_quotes_are_angular() -> None:
    assert [text for text in list_texts("uk") if re.search('["“”]', text)] == []


def test_ukrainian_does_not_guess_the_gender_of_the_reader() -> None:
    assert [text for text in list_texts("uk") if PAST_TENSE_WITH_GENDER.search(text)] == []


def test_pitch_asks_what_was_decided_and_where_the_story_is_rooted() -> None:
    assert {question.key for question in QUESTIONS if "pitch" in question.forms} == PITCH | {"community"}


def test_story_asks_what_was_decided_and_where_the_story_is_rooted() -> None:
    assert {question.key for question in QUESTIONS if "story" in question.forms} == STORY | {"community"}


def test_no_key_is_used_twice() -> None:
    keys = [question.key for question in QUESTIONS] + [consent.key for consent in CONSENTS]
    assert len(keys) == len(set(keys))


def test_required_questions_are_those_that_were_decided() -> None:
    assert {question.key for question in QUESTIONS if question.required} == REQUIRED


def test_limits_are_those_that_were_decided() -> None:
    found = {one.key: (one.limit.letters, one.limit.han) for one in QUESTIONS if one.limit}
    assert found == LIMITS


def test_limits_of_companion_fields_are_those_that_were_decided() -> None:
    found = {
        question.key: (question.text_limit.letters, question.text_limit.han)
        for question in QUESTIONS
        if question.text_limit
    }
    assert found == TEXT_LIMITS


def test_every_text_answer_has_a_limit_and_nothing_else_has() -> None:
    typed = {one.key for one in QUESTIONS if one.type in (QuestionType.SHORT, QuestionType.LONG)}
    assert typed == {one.key for one in QUESTIONS if one.limit}


def test_every_choice_has_options_and_nothing_else_has() -> None:
    chosen = {
        question.key for question in QUESTIONS if question.type in (QuestionType.CHOICE, QuestionType.CHOICES)
    }
    assert chosen == {question.key for question in QUESTIONS if question.options}


def test_companion_fields_are_described_where_an_option_opens_one() -> None:
    opened = {question.key for question in QUESTIONS if question.takes_words}
    described = {
        question.key
        for question in QUESTIONS
        if question.text_label and question.text_limit and question.text_audience
    }
    assert opened == described


@pytest.mark.parametrize("question", [pytest.param(one, id=one.key) for one in QUESTIONS if one.options])
def test_option_values_are_stable_words(question: Question) -> None:
    values = [option.value for option in question.options]
    words = [value for value in values if re.fullmatch("[a-z]+(_[a-z]+)*", value)]
    assert (words, len(set(values))) == (values, len(values))


@pytest.mark.parametrize("tag", TAGS)
def test_no_label_says_that_it_is_optional(tag: str) -> None:
    """The form says so behind it."""
    said = re.compile("optional|if you (like|want)|необов|якщо хочете|可不填|選填|可留白", re.IGNORECASE)
    assert [found for question in QUESTIONS if said.search(found := question.label[tag])] == []


@pytest.mark.parametrize("question", [pytest.param(one, id=one.key) for one in QUESTIONS if one.options])
@pytest.mark.parametrize("tag", TAGS)
def test_no_two_options_read_alike(question: Question, tag: str) -> None:
    labels = [option.label[tag] for option in question.options]
    assert len(set(labels)) == len(labels)


def test_contact_and_words_about_risk_are_sealed() -> None:
    assert sealed_keys(QUESTIONS) == {"reply", "reply_text", "risk_text"}


def test_the_desk_sees_that_there_is_a_risk() -> None:
    assert {one.key: one.audience for one in QUESTIONS if one.key == "risk"} == {"risk": Audience.DESK}


def test_only_an_email_address_is_checked_as_one() -> None:
    options = [(one.key, option) for one in QUESTIONS for option in one.options]
    assert [(key, option.value) for key, option in options if option.text_type == "email"] == [
        ("reply", "email")
    ]


def test_bylines_are_those_the_product_knows() -> None:
    found = [option.value for one in QUESTIONS if one.key == "byline" for option in one.options]
    assert found == [mode.value for mode in BylineMode]


def test_wishes_about_publication_are_those_the_product_knows() -> None:
    found = [option.value for one in QUESTIONS if one.key == "may" for option in one.options]
    assert found == [wish.value for wish in PublishWish]


@pytest.mark.parametrize("form", ["pitch", "story"])
def test_questions_of_a_section_follow_one_another(form: str) -> None:
    sections = [name for name, _ in groupby(one.section for one in QUESTIONS if form in one.forms)]
    assert sections == list(CONTENT["questions"]["sections"])


@pytest.mark.parametrize("form", ["pitch", "story"])
def test_risk_and_contact_come_after_the_story(form: str) -> None:
    keys = [one.key for one in QUESTIONS if form in one.forms]
    places = [keys.index(key) for key in ({"pitch": "idea", "story": "story"}[form], "lang", "risk", "reply")]
    assert all(before < after for before, after in pairwise(places))


def test_each_form_asks_for_its_consents() -> None:
    found = {form: [one.key for one in CONSENTS if form in one.forms] for form in ("pitch", "story")}
    assert found == {"pitch": ["c_use", "c_age"], "story": ["c_use", "c_age", "c_own", "c_lic"]}


def test_licence_may_be_left_open_only_by_those_who_refuse_publication() -> None:
    found = {one.key: dict(one.required_unless) for one in CONSENTS if one.required_unless}
    assert found == {"c_lic": {"may": PublishWish.NO.value}}


def test_consents_name_the_time_and_the_licence() -> None:
    found = {one.key: find_placeholders(one.text["en"]) for one in CONSENTS}
    assert found == {"c_use": ["months"], "c_age": [], "c_own": [], "c_lic": ["licence", "licence_uri"]}


def test_people_are_told_what_they_need_before_they_send() -> None:
    found = [row["key"] for row in CONTENT["consents"]["statement"]]
    assert found == ["payment", "withdraw", "connection", "ukraine", "taiwan"]


def test_the_usual_length_of_a_story_is_told_in_the_unit_of_each_language() -> None:
    usual = {one.key: one.usual for one in QUESTIONS if one.usual}
    assert usual == {"story": UsualLength({"en": (600, 1200), "uk": (500, 1000)}, (900, 2000))}


def test_what_is_asked_after_the_receipt_is_what_was_decided() -> None:
    assert {one.key for one in QUESTIONS if one.when is AskedWhen.AFTER} == AFTER


def test_decline_reasons_are_those_that_were_decided() -> None:
    assert [row["key"] for row in CONTENT["decline_reasons"]["reason"]] == REASONS


def test_every_letter_that_declines_says_when_the_text_is_erased() -> None:
    letters = [row["message"]["en"] for row in CONTENT["decline_reasons"]["reason"]]
    assert [find_placeholders(letter) for letter in letters] == [["days"]] * len(REASONS)


def test_categories_of_the_coverage_are_plain_slugs_used_once() -> None:
    slugs = [row["slug"] for kind in ("region", "topic") for row in CONTENT["coverage"][kind]]
    plain = [slug for slug in slugs if re.fullmatch("[a-z]+(-[a-z]+)*", slug)]
    assert (plain, len(set(slugs))) == (slugs, len(slugs))


def test_promises_name_the_time_and_the_licence() -> None:
    found = sorted(name for text in CONTENT["coverage"]["promises"]["en"] for name in find_placeholders(text))
    assert found == ["days", "licence"]


def test_pages_promise_no_values_but_those_of_erasing() -> None:
    texts = [text for _, one in walk_maps(CONTENT["pages"], "pages") for text in one.values()]
    promised = {name for text in texts for name in find_placeholders(text)}
    assert promised == {"erased_hours", "backup_days"}
