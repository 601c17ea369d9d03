"""The forms of the default questions, filled in well and badly."""

from collections.abc import Iterator, Mapping

import pytest
from flask import Flask
from flask_babel import Babel
from werkzeug.datastructures import MultiDict

from portal.data import content
from portal.domain.questions import AskedWhen, CallInLanguage, parse_consent, parse_question
from portal.domain.states import Stage
from portal.forms.call_form import make_call_form
from portal.forms.contribute import ContributorForm
from tests.support.factories import STORY_ANSWERS

VALUES = {"months": "3", "days": "14", "licence": "CC BY 3.0", "licence_uri": "https://example.org/by"}
PITCH = {
    "lang": "en",
    "idea": "A shelf of books.",
    "link": "The shelf.",
    "you": "I saw it.",
    "before": "no",
    "byline": "none",
    "risk": "no",
    "reply": "private_page",
    "c_use": "y",
    "c_age": "y",
}
STORY = {**STORY_ANSWERS, "lang": "en", "story": "The light went out."}


@pytest.fixture(autouse=True)
def _request() -> Iterator[None]:
    app = Flask(__name__)
    app.config.update(SECRET_KEY="for tests", WTF_CSRF_ENABLED=False)
    Babel(app)
    with app.test_request_context("/"):
        yield


def describe_call(tag: str = "en") -> CallInLanguage:
    return CallInLanguage(
        tag=tag,
        questions=tuple(parse_question(row) for row in content.questions()),
        consents=tuple(parse_consent(row) for row in content.consents()),
        sections=content.sections(),
        reading=["uk", "en"],
        languages=[("en", "English"), ("uk", "Ukrainian"), ("ar", "Arabic"), ("zh-Hant-TW", "Chinese")],
        values=VALUES,
    )


def fill_in(stage: Stage, values: Mapping[str, str], **changed: str | list[str]) -> ContributorForm:
    typed: MultiDict[str, str] = MultiDict({**values, **changed})
    return make_call_form(describe_call(), stage)(formdata=typed)


def answer_after(values: Mapping[str, str]) -> ContributorForm:
    return make_call_form(describe_call(), Stage.PITCH, when=AskedWhen.AFTER)(formdata=MultiDict(values))


def wrong_fields(form: ContributorForm) -> list[str]:
    form.validate()
    return [name for name in form.errors if name]


@pytest.mark.parametrize(("stage", "values"), [(Stage.PITCH, PITCH), (Stage.STORY, STORY)])
def test_a_complete_form_is_valid(stage: Stage, values: Mapping[str, str]) -> None:
    assert wrong_fields(fill_in(stage, values)) == []


def test_an_empty_pitch_names_every_question_that_needs_an_answer() -> None:
    required = ["idea", "link", "you", "before", "risk", "byline", "reply", "c_use", "c_age"]
    assert (
        wrong_fields(make_call_form(describe_call(), Stage.PITCH)(formdata=MultiDict({"lang": "uk"})))
        == required
    )


def test_what_is_asked_after_the_receipt_stands_in_a_form_of_its_own() -> None:
    kinds = [make_call_form(describe_call(), Stage.PITCH, when=when) for when in AskedWhen]
    asked = [{one.key for one in kind.asked} for kind in kinds]
    assert (asked[0] & asked[1], asked[1], [bool(kind.agreed) for kind in kinds]) == (
        set(),
        {"form", "when", "community", "people", "help", "more"},
        [True, False],
    )


def test_what_is_asked_after_the_receipt_may_all_stay_empty() -> None:
    assert wrong_fields(answer_after({})) == []


def test_a_choice_after_the_receipt_is_worth_keeping() -> None:
    assert [answer_after(given).to_typed().has_words for given in ({}, {"when": "later"})] == [False, True]


def test_a_faulty_form_says_how_many_answers_keep_it() -> None:
    form = fill_in(Stage.PITCH, PITCH, idea="", byline="pen")
    form.validate()
    assert form.faults_heading == "Not sent: correct 2 answers"


def test_a_text_of_letters_may_fill_its_limit() -> None:
    assert wrong_fields(fill_in(Stage.PITCH, PITCH, idea="a" * 2000)) == []


def test_a_text_of_han_has_its_own_limit() -> None:
    form = fill_in(Stage.PITCH, PITCH, idea="字" * 801)
    form.validate()
    sentence = "“What is the story?” takes up to 800 characters, and yours has 801."
    assert form.errors["idea"] == [f"{sentence} All of it is still here to be shortened."]


@pytest.mark.parametrize("address", ["olena", "olena@", "@example.org", "a b@example.org"])
def test_an_address_that_cannot_be_right_is_questioned(address: str) -> None:
    assert wrong_fields(fill_in(Stage.PITCH, PITCH, reply="email", reply_text=address)) == ["reply_text"]


@pytest.mark.parametrize("address", ["olena＠example.org", "ｏｌｅｎａ＠ｅｘａｍｐｌｅ．ｏｒｇ"])
def test_an_address_of_a_chinese_keyboard_is_written_as_mail_servers_do(address: str) -> None:
    form = fill_in(Stage.PITCH, PITCH, reply="email", reply_text=address)
    assert (wrong_fields(form), form.reply_text.data) == ([], "olena@example.org")


def test_a_signal_name_is_taken_as_it_is() -> None:
    assert wrong_fields(fill_in(Stage.PITCH, PITCH, reply="signal", reply_text="olena.42")) == []


def test_an_option_that_needs_words_asks_for_them() -> None:
    assert wrong_fields(fill_in(Stage.PITCH, PITCH, byline="pen")) == ["byline_text"]


@pytest.mark.parametrize("name", ["lang", "risk"])
def test_an_answer_that_is_not_on_the_list_is_refused(name: str) -> None:
    assert wrong_fields(fill_in(Stage.PITCH, PITCH, **{name: "<other>"})) == [name]


def test_an_answer_after_the_receipt_that_is_not_on_the_list_is_refused() -> None:
    assert wrong_fields(answer_after({"help": "<other>"})) == ["help"]


def test_a_text_only_for_the_editors_needs_no_licence() -> None:
    unlicensed = {key: value for key, value in STORY.items() if key != "c_lic"}
    assert wrong_fields(fill_in(Stage.STORY, unlicensed, may="no")) == []
    assert wrong_fields(fill_in(Stage.STORY, unlicensed)) == ["c_lic"]


def test_what_only_named_people_may_open_is_kept_apart() -> None:
    form = fill_in(
        Stage.PITCH, PITCH, reply="signal", reply_text="olena.42", risk="yes", risk_text="My brother."
    )
    sending = form.to_sending()
    assert sending.sealed == {"reply": "signal", "reply_text": "olena.42", "risk_text": "My brother."}
    assert {"reply", "reply_text", "risk_text"} & set(sending.answers) == set()


def test_a_name_is_not_kept_when_no_name_is_to_be_printed() -> None:
    assert "byline_text" not in fill_in(Stage.PITCH, PITCH, byline_text="Olena").to_sending().answers


def test_a_remark_about_risk_is_kept_whatever_was_chosen() -> None:
    assert (
        fill_in(Stage.PITCH, PITCH, risk_text="Or is there?").to_sending().sealed["risk_text"]
        == "Or is there?"
    )


def test_consents_carry_the_sentence_that_was_read() -> None:
    given = fill_in(Stage.STORY, STORY).to_sending().consents
    assert [(one.key, one.version, one.locale) for one in given] == [
        ("c_use", 2, "en"),
        ("c_age", 1, "en"),
        ("c_own", 1, "en"),
        ("c_lic", 2, "en"),
    ]
    assert [one.text.count("CC BY 3.0") for one in given] == [0, 0, 0, 1]


def test_answered_questions_are_not_asked_again() -> None:
    kind = make_call_form(
        describe_call(), Stage.STORY, answered=frozenset({"lang", "byline"}), agreed=frozenset({("c_age", 1)})
    )
    form = kind(formdata=MultiDict(STORY))
    assert [name in form for name in ("lang", "byline", "byline_text", "c_age", "c_use", "story")] == [
        False,
        False,
        False,
        False,
        True,
        True,
    ]
    assert form.to_sending(lang="uk").lang == "uk"


def test_a_consent_of_a_newer_version_is_asked_again() -> None:
    form = make_call_form(describe_call(), Stage.STORY, agreed=frozenset({("c_age", 0)}))()
    assert "c_age" in form


def test_texts_are_marked_with_the_language_chosen() -> None:
    form = fill_in(Stage.PITCH, PITCH, lang="ar")
    assert form["idea"].lang == "ar"


def test_the_languages_of_the_desk_are_named_in_the_readers_language() -> None:
    form = make_call_form(describe_call(), Stage.PITCH)()
    assert form["lang"].description == "We read Ukrainian and English. Other languages are welcome, too."


def test_questions_stand_under_their_headings() -> None:
    form = make_call_form(describe_call("uk"), Stage.PITCH)()
    assert [group.heading for group in form.groups()] == [
        "Історія",
        "Люди",
        "Ви",
    ]


def test_a_consent_has_no_other_language_to_fall_back_to() -> None:
    with pytest.raises(KeyError):
        make_call_form(describe_call("pl"), Stage.PITCH)


def test_what_breaks_databases_is_cleaned_away() -> None:
    answers = fill_in(Stage.PITCH, PITCH, idea="a\x00b\u202ec", link=" x\r\ny ").to_sending().answers
    assert (str(answers["idea"])[:2], answers["link"]) == ("ab", "x\ny")


def test_a_form_is_made_once_and_holds_nothing_typed() -> None:
    call = describe_call()
    filled = make_call_form(call, Stage.PITCH)(formdata=MultiDict(PITCH))
    filled["idea"].choices, filled["idea"].description = [], "changed"
    empty = make_call_form(call, Stage.PITCH)()
    assert (type(empty) is type(filled), empty["idea"].data, empty["idea"].description == "changed") == (
        True,
        None,
        False,
    )


def test_a_form_in_another_language_is_another_form() -> None:
    labels = {make_call_form(describe_call(tag), Stage.PITCH)()["idea"].label.text for tag in ("en", "uk")}
    assert len(labels) == 2


def test_a_form_keeps_nothing_of_the_one_before() -> None:
    kind = make_call_form(describe_call(), Stage.PITCH)
    before = kind(formdata=MultiDict({**PITCH, "idea": ""}))
    before.validate()
    empty = kind(formdata=None)
    assert [(one.data, one.raw_data, list(one.errors)) for one in empty if one.name in ("idea", "link")] == [
        (None, None, [])
    ] * 2
