"""The simple question: asked in every language, answered as people write."""

import pytest

from portal.data.content import human_questions
from portal.domain.admission import HumanQuestion, choose_question, clean_answer, is_right
from portal.domain.languages import LOCALES
from portal.story.normalise import clean_line

QUESTIONS = human_questions()
WEEK = next(one for one in QUESTIONS if "7" in one.answers)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.text["en"])
def test_every_question_is_asked_in_every_language(question: HumanQuestion) -> None:
    assert set(question.text) == {locale.tag for locale in LOCALES}


@pytest.mark.parametrize(
    "answer",
    ["7", "Seven.", "７", " sEvEn  days ", "сім", "СІМ ДНІВ", "七天", "７天。", "七 天".replace(" ", "")],
)
def test_a_right_answer_is_right_however_it_is_written(answer: str) -> None:
    assert is_right(WEEK, answer)


@pytest.mark.parametrize("answer", ["", " ", "8", "77", "a day", "<b>"])
def test_other_answers_are_not(answer: str) -> None:
    assert not is_right(WEEK, answer)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.text["en"])
def test_no_question_takes_an_empty_answer(question: HumanQuestion) -> None:
    assert "" not in question.answers


def test_a_form_always_asks_the_same() -> None:
    assert choose_question(QUESTIONS, "a key") is choose_question(QUESTIONS, "a key")


def test_forms_ask_every_question_there_is() -> None:
    asked = {choose_question(QUESTIONS, f"key {number}").text["en"] for number in range(200)}
    assert asked == {one.text["en"] for one in QUESTIONS}


def test_an_answer_reads_the_same_after_the_edge_has_cleaned_it() -> None:
    assert clean_answer(clean_line(" Ｓｅｖｅｎ\u3000days! ")) == "seven days"
