"""What proves the holder of a code of the desk to be the author, and what a page opened by one may do."""

import pytest

from portal.data import content
from portal.domain.desk_codes import SHORTEST_PROOF, fold_answer, list_proofs, proves_author
from portal.domain.questions import parse_question
from portal.domain.ways_in import PAGE_RIGHTS, PageRight, WayIn, is_author, may_on_page

QUESTIONS = [parse_question(row) for row in content.first_coverage().questions]
ADDRESS = "olena@example.org"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" OLENA＠example.org ", ADDRESS),
        ("+380 (44) 123-45-67", "+380441234567"),
        ("сімʼя в Харкові.", "Сім'я в Харкові"),
        ("Сім’я  в Харкові", "СІМ'Я В ХАРКОВІ"),
        ("ＬＩＮＥ：ｈｓｉａｏｍｉｎｇ", "line: hsiaoming"),
        ("家人在香港，別提", "家人在香港 別提"),
        ("ﬃx STRASSE", "ffix straße"),
    ],
)
def test_spelling_that_tells_nothing_does_not_matter(typed: str, stored: str) -> None:
    assert proves_author(typed, [fold_answer(stored)])


@pytest.mark.parametrize("typed", ["", " ", "olena@example.com", "olena", "olena@example.org, Kyiv"])
def test_other_words_prove_nothing(typed: str) -> None:
    assert not proves_author(typed, [fold_answer(ADDRESS)])


def test_nothing_is_proved_where_there_is_nothing_to_prove_by() -> None:
    assert not proves_author("", [])


def test_only_sealed_answers_in_words_count() -> None:
    sealed = {"reply": "email", "reply_text": ADDRESS, "risk": "yes", "risk_text": "Мій брат служить"}
    assert list_proofs(sealed, QUESTIONS) == [fold_answer(ADDRESS), fold_answer("Мій брат служить")]


def test_an_answer_to_a_question_that_is_asked_no_more_counts() -> None:
    others = [one for one in QUESTIONS if one.key != "reply"]
    assert list_proofs({"reply_text": ADDRESS}, others) == [fold_answer(ADDRESS)]


@pytest.mark.parametrize(("words", "counts"), [("a" * (SHORTEST_PROOF - 1), 0), ("a" * SHORTEST_PROOF, 1)])
def test_a_word_that_could_be_guessed_does_not_count(words: str, counts: int) -> None:
    assert len(list_proofs({"risk_text": f" {words}. "}, QUESTIONS)) == counts


AUTHORS = {
    "page:write_message", "page:refuse_code", "page:receipt", "page:new_code", "page:keep_words",
    "page:unsent",
    "page:send_story", "page:change", "page:language", "page:photos", "page:documents", "page:check",
    "page:consents", "page:mail", "page:own_data", "page:withdraw", "page:erase",
}  # fmt: skip
TABLE = dict.fromkeys(WayIn, AUTHORS) | {WayIn.DESK_CODE: {"page:write_message", "page:prove"}}


@pytest.mark.parametrize("way", WayIn)
def test_each_way_in_has_its_rights_and_no_other(way: WayIn) -> None:
    assert PAGE_RIGHTS[way] == TABLE[way]
    assert [right for right in PageRight if may_on_page(way, right)] == [
        right for right in PageRight if right in TABLE[way]
    ]


@pytest.mark.parametrize("way", WayIn)
def test_everybody_but_an_unproved_holder_is_the_author(way: WayIn) -> None:
    assert is_author(way) is (way != "desk_code")
