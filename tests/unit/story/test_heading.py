import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.data import content
from portal.operations.contribute.summary import choose_heading
from portal.story.heading import HEADING_LENGTH, make_heading, shorten_heading

MORE = " Потім ми вийшли надвір."
WHOLE = (
    "м. Харків, двадцять шоста ніч війни.",
    "О 3 год. ночі нас розбудила сирена.",
    "1. У листопаді ми виїхали з Харкова.",
    "12. Листопад ми пережили без світла.",
    "Т. Г. Шевченко писав про таку саму ніч.",
    "Ю. Дж. Сміт приїхав до нас узимку.",
    "На вул. Сумській, біля буд. 12, стояв танк.",
    "Ми взяли хліб, воду, ліки, книжки і т. д. та поїхали.",
    "У 2022 р. ми жили в с. Липці під Харковом.",
    "За 3.5 кілометра від нас стояв їхній блокпост.",
    "Я писала на olena@example.org і на story.example.org.",
    "Ні... ми не поїхали, хоча всі нас просили.",
    "Ні… Ми не поїхали, хоча всі нас просили.",
    "«Тікай. Тікай звідси», – казала мені мама.",
    "«Ти чого?» – запитав він і зачинив двері.",
    "Мама сказала: «Ми нікуди звідси не поїдемо.»",
    "Це зробила я, і ніхто, крім мене, – тільки я.",
    "Світло зникло о шостій, як і обіцяли нам учора.",
    "Проф. Ковальчук і акад. Петренко були з нами.",
    "Нас було 8 тис. людей, і всі хотіли поїхати.",
    "Dr. Lin wrote to me from a village near Tainan.",
    "Mr. and Mrs. Smith of St. Louis, U.S. came by train.",
    "We left at 3 a.m. and nobody saw us leaving, i.e. we hoped so.",
    "“Run. Run now,” said my mother from the window.",
    "She said: “We are not going anywhere from here.”",
    "Ul. Długa 5, m.in. tam mieszkaliśmy w czasie wojny.",
    "Gen. Nowak i płk. Kowalski przyjechali do nas.",
    "Am 24. Februar fuhren wir mit Frau Dr. Weiß zur Grenze.",
    "La Sra. García y el Dr. Pérez vivían con nosotros.",
)


@pytest.mark.parametrize("sentence", WHOLE)
def test_a_heading_is_a_whole_sentence(sentence: str) -> None:
    assert make_heading(sentence + MORE) == sentence


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("", ""),
        (" \n\t\n", ""),
        ("Інакше.", "Інакше."),
        ("Війна. Ми жили в підвалі двадцять днів. Потім ні.", "Війна. Ми жили в підвалі двадцять днів."),
        ("Світло зникло о шостій вечора. 24 лютого його не було.", "Світло зникло о шостій вечора."),
        ("Моя бабуся ховала книжки. Я теж.", "Моя бабуся ховала книжки."),
        ("Стій! Хто йде?", "Стій!"),
        ("1.\nУ листопаді ми виїхали.", "У листопаді ми виїхали."),
        ("* * *\n\nМи виїхали.\nЗ Харкова.", "Ми виїхали."),
        ("24.02.2022", "24.02.2022"),
        ("Ми  виїхали\tз Харкова", "Ми виїхали з Харкова"),
        ("戰爭開始的那天，我在台北。媽媽在哈爾基夫。", "戰爭開始的那天，我在台北。"),
        ("他說：「快走。」我們就走了。", "他說：「快走。」"),
        ("她寫的是〈快走。〉我們都讀了。", "她寫的是〈快走。〉"),
        ("3.5公里外有檢查站。我們走了。", "3.5公里外有檢查站。"),
        ("كنا في القبو عشرين يوما؟ ثم خرجنا.", "كنا في القبو عشرين يوما؟"),
        ("ہم تہہ خانے میں تھے۔ پھر نکلے۔", "ہم تہہ خانے میں تھے۔"),
    ],
)
def test_a_heading_says_what_the_text_begins_with(text: str, heading: str) -> None:
    assert make_heading(text) == heading


@pytest.mark.parametrize(
    ("answers", "heading"),
    [
        ({"title": "м. Харків", "story": "Ми жили в підвалі."}, "м. Харків"),
        ({"title": " ", "story": "м. Харків, ніч."}, "м. Харків, ніч."),
        ({"title": "Перший\nДругий"}, "Перший"),
        ({"idea": "Dr. Lin wrote to me."}, "Dr. Lin wrote to me."),
        ({}, ""),
    ],
)
def test_a_title_is_taken_as_it_is(answers: dict[str, Any], heading: str) -> None:
    assert choose_heading(content.questions(), answers) == heading


def test_a_long_sentence_is_shortened_between_words() -> None:
    assert make_heading("Слово " * 40) == ("Слово " * 20).strip() + "…"
    assert make_heading("Слова " * 19 + "надвечір’я" * 3) == ("Слова " * 19).strip() + "…"
    assert make_heading("字" * 300) == "字" * 119 + "…"
    assert shorten_heading("Д" * HEADING_LENGTH) == "Д" * HEADING_LENGTH


@given(st.text(alphabet="абвМХД .,!?…«»。12\n", max_size=300))
def test_no_full_stop_ends_a_heading_before_its_time(text: str) -> None:
    heading = make_heading(text)
    lines = {" ".join(line.split()) for line in text.splitlines()}
    ends_with_stops = re.search(r"(?<![.…!?])[.…]+[«»]*$", heading) is not None
    ends_early = ends_with_stops and len(heading) < 25
    assert (len(heading) <= HEADING_LENGTH, ends_early and heading not in lines) == (True, False)


def test_what_stands_far_behind_the_heading_changes_nothing() -> None:
    assert make_heading("А. " * 50_000 + "кінець") == make_heading("А. " * 200)
