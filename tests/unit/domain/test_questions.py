"""Questions and consents as a call's rows describe them."""

from datetime import date
from typing import Any, Final

import pytest

from portal.data import content
from portal.domain.limits import Limit
from portal.domain.questions import (
    AnswersByRole,
    AskedWhen,
    Audience,
    ConsentRole,
    ConsentText,
    Option,
    Question,
    QuestionRole,
    QuestionType,
    StatementPlace,
    keys_with_role,
    list_searched,
    needs_own_answer,
    parse_consent,
    parse_question,
    place_of_statement,
    read_day,
    sealed_keys,
)
from portal.domain.states import Stage

LABEL: Final = {"en": "What is your idea?", "uk": "Яка ваша ідея?"}
SHORTEST: Final[dict[str, Any]] = {
    "key": "idea",
    "forms": ["pitch"],
    "section": "idea",
    "type": "long",
    "required": True,
    "audience": "desk",
    "label": LABEL,
}
CHOICE: Final[dict[str, Any]] = {
    **SHORTEST,
    "key": "reply",
    "forms": ["pitch", "story"],
    "type": "choice",
    "options": [
        {"value": "private_page", "label": LABEL},
        {"value": "email", "label": LABEL, "text": "required", "text_type": "email"},
    ],
    "help": {"en": "You choose."},
    "limit": {"letters": 200, "han": 70},
    "text_label": LABEL,
    "text_limit": {"letters": 120, "han": 40},
    "text_type": "email",
    "text_audience": "sealed",
}


def test_the_shortest_row_is_a_question() -> None:
    assert parse_question(SHORTEST) == Question(
        key="idea",
        forms=frozenset({Stage.PITCH}),
        section="idea",
        type=QuestionType.LONG,
        required=True,
        audience=Audience.DESK,
        label=LABEL,
        role=QuestionRole.GIST,
    )


def test_a_full_row_keeps_everything() -> None:
    assert parse_question(CHOICE) == Question(
        key="reply",
        forms=frozenset({Stage.PITCH, Stage.STORY}),
        section="idea",
        type=QuestionType.CHOICE,
        required=True,
        audience=Audience.DESK,
        label=LABEL,
        help={"en": "You choose."},
        limit=Limit(letters=200, han=70),
        options=(Option("private_page", LABEL), Option("email", LABEL, "required", "email")),
        text_label=LABEL,
        text_limit=Limit(letters=120, han=40),
        text_type="email",
        text_audience=Audience.SEALED,
        role=QuestionRole.REPLY,
    )


@pytest.mark.parametrize("missing", SHORTEST)
def test_a_row_without_a_needed_part_is_refused(missing: str) -> None:
    with pytest.raises(KeyError):
        parse_question({name: value for name, value in SHORTEST.items() if name != missing})


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "file"},
        {"audience": "public"},
        {"forms": ["letter"]},
        {"text_audience": "public"},
        {"role": "public"},
        {"limit": {"letters": 0, "han": 0}},
    ],
)
def test_a_row_with_an_unknown_part_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"is not a valid|at least 1"):
        parse_question({**SHORTEST, **wrong})


def test_the_words_beside_an_option_have_a_field_of_their_own() -> None:
    assert parse_question(CHOICE).text_key == "reply_text"


def test_an_option_with_words_opens_the_field() -> None:
    assert parse_question(CHOICE).takes_words


def test_without_such_an_option_there_is_no_field() -> None:
    assert not parse_question({**CHOICE, "options": CHOICE["options"][:1]}).takes_words


def test_answers_for_the_desk_are_not_sealed() -> None:
    assert sealed_keys([parse_question(SHORTEST)]) == frozenset()


def test_a_sealed_question_seals_its_words_too() -> None:
    question = parse_question({**SHORTEST, "key": "name", "audience": "sealed"})
    assert sealed_keys([question]) == {"name", "name_text"}


def test_words_can_be_sealed_alone() -> None:
    assert sealed_keys([parse_question(CHOICE)]) == {"reply_text"}


def test_words_beside_a_sealed_choice_can_be_for_the_desk() -> None:
    question = parse_question({**CHOICE, "audience": "sealed", "text_audience": "desk"})
    assert sealed_keys([question]) == {"reply"}


def test_a_consent_is_read_with_its_version() -> None:
    row = {
        "key": "c_lic",
        "forms": ["story"],
        "version": 3,
        "text": LABEL,
        "required_unless": {"may": "no"},
    }
    assert parse_consent(row) == ConsentText(
        "c_lic", frozenset({Stage.STORY}), 3, LABEL, {"may": "no"}, ConsentRole.LICENCE
    )


def test_a_consent_is_needed_unless_its_row_says_otherwise() -> None:
    row = {"key": "c_age", "forms": ["pitch"], "version": 1, "text": LABEL}
    assert parse_consent(row).required_unless == {}


def test_a_consent_without_a_version_is_refused() -> None:
    with pytest.raises(KeyError):
        parse_consent({"key": "c_age", "forms": ["pitch"], "text": LABEL})


def test_what_the_desk_searches_in_is_what_every_reader_may_read() -> None:
    words = (QuestionType.SHORT, QuestionType.LONG)
    wanted = []
    for one in map(parse_question, content.questions()):
        wanted += [one.key] if one.audience is Audience.DESK and one.type in words else []
        own = one.text_audience or one.audience
        wanted += [one.text_key] if one.takes_words and own is Audience.DESK else []
    assert list(list_searched(content.questions())) == wanted


RENAMED = [
    {"key": "q1", "role": "gist_more"},
    {"key": "risk", "role": "gist"},
    {"key": "q3"},
    {"key": "q4", "role": "gist_more"},
    {"key": "reply"},
]


def test_answers_are_read_by_what_their_questions_are_for() -> None:
    answers = {"q1": "more", "risk": "first", "q4": "last", "q3": "no", "reply": ["a"], "reply_text": "there"}
    given = AnswersByRole(RENAMED, answers)
    assert (
        given.texts(QuestionRole.GIST, QuestionRole.GIST_MORE),
        given.text(QuestionRole.RISK),
        given.text(QuestionRole.REPLY),
        given.words(QuestionRole.REPLY),
    ) == (["first", "more", "last"], "", "", "there")


def test_calls_of_the_first_releases_name_no_roles_and_have_the_same() -> None:
    rows = [*content.questions(), *content.consents(), *content.statements()]
    bare = [{name: row[name] for name in row if name not in ("role", "place")} for row in rows]
    questions, told = len(content.questions()), len(content.statements())
    assert (
        [keys_with_role(bare[:questions], role) for role in QuestionRole],
        list(map(parse_consent, bare[questions:-told])),
        list(map(place_of_statement, bare[-told:])),
    ) == (
        [keys_with_role(rows[:questions], role) for role in QuestionRole],
        list(map(parse_consent, rows[questions:-told])),
        list(map(place_of_statement, rows[-told:])),
    )


def test_every_role_has_its_question_and_every_place_its_statement() -> None:
    assert [role for role in QuestionRole if not keys_with_role(content.questions(), role)] == []
    assert {parse_consent(row).role for row in content.consents()} == set(ConsentRole)
    assert {place_of_statement(row) for row in content.statements()} == set(StatementPlace)


def test_a_call_that_says_nothing_about_it_asks_everything_with_the_text() -> None:
    assert [parse_question(row).when for row in (SHORTEST, CHOICE)] == [AskedWhen.FIRST] * 2


def test_what_must_be_answered_is_never_asked_after_the_receipt() -> None:
    with pytest.raises(ValueError, match="idea"):
        parse_question({**SHORTEST, "when": "after"})


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"when": "after", "role": "embargo"}, [True, False]),
        ({"when": "after", "role": "bio"}, [False, False]),
        ({"role": "embargo"}, [False, False]),
    ],
    ids=["asked later", "something else is asked later", "asked with the text"],
)
def test_who_was_not_asked_yet_when_to_publish_approves_in_person(
    more: dict[str, str], expected: list[bool]
) -> None:
    row = {**SHORTEST, "required": False, "forms": ["story"], **more}
    assert [needs_own_answer([row], stage) for stage in (Stage.STORY, Stage.PITCH)] == expected


def test_a_day_is_read_as_browsers_send_it() -> None:
    assert read_day(" 2026-03-14 ") == date(2026, 3, 14)


@pytest.mark.parametrize("text", ["", "14.03.2026", "2026-02-30", "soon", "2026-03", "二〇二六年"])
def test_anything_else_is_no_day(text: str) -> None:
    assert read_day(text) is None
