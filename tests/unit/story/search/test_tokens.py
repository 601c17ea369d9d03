import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.story.search.tokens import scan_tokens


def terms(text: str) -> list[str]:
    return [term for token in scan_tokens(text) for term in token.terms]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Сім’я з п'ятьох", "сімя з пятьох"),
        ("сімʼя, об´єднання", "сімя обєднання"),
        ("Харків XX", "харків xx"),
        ("Хapків", "харків"),  # two Latin letters
        ("ґанок, Ґудзь, ёлка", "ганок гудзь елка"),
        ("війна\u0301 їжак ґрунт", "війна їжак грунт"),
        ("Łódź, Đài Trung, Straße, naïve, cœur, Ærø", "lodz dai trung strasse naive coeur aero"),
        ("ＴＡＩＷＡＮ２０２２", "taiwan2022"),
        ("أولينا، تايوان، مدرســـة", "اولينا تايوان مدرسه"),
        ("Taiwan’s story_2: 5G-mast ½⑴", "taiwans story 2 5g mast 121"),
        ("so\u00adlid wo\u200bman", "solid woman"),
        ("臺灣志工", "台湾 湾志 志工 工"),
        ("台湾", "台湾 湾"),
        ("水", "水"),
        ("ハルキウで", "ハル ルキ キウ ウで で"),
        ("台灣Taiwan志工", "台湾 湾 taiwan 志工 工"),
        ("𠮷野家", "𠮷野 野家 家"),
        ("🕯️ — … __", ""),
    ],
)
def test_a_text_is_read_as_the_terms_it_is_compared_by(text: str, found: str) -> None:
    assert terms(text) == found.split()


@pytest.mark.parametrize(
    ("one", "other"),
    [("臺南醫院", "台南医院"), ("裡面", "裏面"), ("café", "cafe\u0301"), ("ﬁne", "fine"), ("Київ", "КИЇВ")],
)
def test_two_ways_of_writing_one_word_are_compared_as_one(one: str, other: str) -> None:
    assert terms(one) == terms(other)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_each_token_knows_where_it_stands(text: str) -> None:
    tokens = list(scan_tokens(text))
    assert [text[token.start : token.end] for token in tokens] == [token.text for token in tokens]


@given(st.text(alphabet="臺灣志工水邊𠮷ﾊﾙｷ豈"))
def test_runs_are_folded_character_for_character(text: str) -> None:
    assert all(len(token.folded) == len(token.text) for token in scan_tokens(text))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_no_term_holds_what_separates_terms(text: str) -> None:
    assert [term for term in terms(text) if not term or term.split() != [term]] == []
