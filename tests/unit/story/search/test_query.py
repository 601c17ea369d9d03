import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.receipt_code import group_code, make_code
from portal.story.search.query import MOST_WORDS, QueryNote, SearchQuery, Wanted, read_query
from portal.story.search.terms import make_terms
from portal.story.search.variants import PLACE_MARK


def ways(query: str) -> list[str]:
    """What is wanted, its ways apart; a beginning ends in a star, and a place is marked with an @."""
    return [
        ("|".join("+".join(way) for way in one.ways) + "*" * one.is_beginning).replace(PLACE_MARK, "@")
        for one in read_query(query).wanted
    ]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("сім'ї", ["сімї|сімя"]),
        ("candles Lviv", ["candles|candle", "lviv|@lviv"]),
        ("candles AND Lviv", ["candles|candle", "lviv|@lviv"]),
        ("у Харкові", ["харкові|@kharkiv|харків"]),
        ("у", ["у"]),
        ("臺灣", ["台湾|@taiwan"]),
        ("臺灣志工", ["台湾|@taiwan", "志工"]),
        ("水", ["水*"]),
        ("水*", ["水*"]),
        ("війн*", ["війн*"]),
        ("в*", ["в"]),
        ('"Україна"', ["україна"]),
        ("「志工」 war", ["志工", "war"]),
        ('"台灣 war"', ["台湾+湾+war"]),
        ("мир мир", ["мир"]),
    ],
)
def test_a_query_says_what_must_be_there(query: str, wanted: list[str]) -> None:
    assert ways(query) == wanted


def test_two_words_of_a_phrase_are_looked_up_as_one() -> None:
    made = make_terms("", ["Ми жили в Україні."])
    (wanted,) = read_query('"в Україні"').wanted
    assert (wanted.phrase, set(wanted.ways[0]) <= set(made.pairs.split())) == ("в україні", True)
    assert set(read_query('"Україні в"').wanted[0].ways[0]) & set(made.pairs.split()) == set()


@pytest.mark.parametrize("quoted", ["«Ми бачили»", "《Ми бачили》", "〈Ми бачили〉"])
def test_a_phrase_must_stand_word_after_word(quoted: str) -> None:
    assert [one.phrase for one in read_query(f"{quoted} море").wanted] == ["ми бачили", ""]


@pytest.mark.parametrize("query", ["", " ", "🕯️ … *", '""', "«»", "\u0301", "()"])
def test_where_no_word_is_nothing_is_looked_for(query: str) -> None:
    assert read_query(query) == SearchQuery((), (QueryNote.NO_WORDS,))


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ("мир NOT війна", QueryNote.OPERATOR),
        ("NEAR(мир, 2)", QueryNote.OPERATOR),
        ("«мир", QueryNote.OPEN_QUOTE),
        ("ві*", QueryNote.SHORT_BEGINNING),
        ("мир a*", QueryNote.SHORT_BEGINNING),
        ('мир "', QueryNote.OPEN_QUOTE),
        (" ".join(f"слово{one}" for one in range(MOST_WORDS + 1)), QueryNote.TOO_LONG),
        ('"' + " ".join(f"слово{one}" for one in range(MOST_WORDS + 1)) + '"', QueryNote.TOO_LONG),
    ],
)
def test_what_a_query_cannot_say_is_noted(query: str, note: QueryNote) -> None:
    assert read_query(query).notes == (note,)


@pytest.mark.parametrize(
    ("query", "is_beginning"), [("ві*", False), ("вій*", True), ("水*", True), ("台灣*", False)]
)
def test_a_beginning_has_three_letters_or_one_han_character(query: str, *, is_beginning: bool) -> None:
    assert [one.is_beginning for one in read_query(query).wanted] == [is_beginning]


def test_an_id_is_found_in_a_whole_address() -> None:
    identifier = "0123456789abcdef" * 2
    address = f"https://portal.example/desk/submissions/{identifier.upper()}#thread"
    assert read_query(address).wanted == (Wanted(((identifier,),)),)


def test_nobody_looks_for_a_text_by_its_receipt_code() -> None:
    assert read_query(group_code(make_code())) == SearchQuery((), (QueryNote.RECEIPT_CODE,))


@given(st.text(alphabet=st.sampled_from("aм臺水\"«»*'()|&!:\\\0%_ 1"), max_size=200))
def test_nothing_that_is_typed_reaches_a_database_as_syntax(query: str) -> None:
    terms = [term for one in read_query(query).wanted for way in one.ways for term in way]
    assert [term for term in terms if not term.lstrip("\u2021").isalnum()] == []
