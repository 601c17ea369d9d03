from itertools import takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.story.search.highlight import mark_hits, repeats_title, show_hits
from portal.story.search.query import read_query


def marked(text: str, query: str) -> str:
    return "".join(f"[{piece}]" if is_hit else piece for piece, is_hit in mark_hits(text, read_query(query)))


@pytest.mark.parametrize(
    ("text", "query", "shown"),
    [
        ("В Києві була ВІЙНА.", "київ війною", "В [Києві] була [ВІЙНА]."),
        ("біля сім’ї", "сім'я", "біля [сім’ї]"),
        ("在臺灣水邊", "台湾", "在[臺灣]水邊"),
        ("臺灣志工在", "台灣志工", "[臺灣志工]在"),
        ("水邊喝水", "水", "[水]邊喝[水]"),
        ("воєнний, війною", "війн*", "воєнний, [війною]"),
        ("Ми тут. Ми були тут.", '"ми були"', "Ми тут. [Ми були] тут."),
        ("台灣 war 台灣", '"台灣 war"', "[台灣 war] 台灣"),
        ("<b>Łódź</b>", "lodz", "<b>[Łódź]</b>"),
        ("нічого", "київ", "нічого"),
    ],
)
def test_hits_are_marked_in_the_text_as_it_was_written(text: str, query: str, shown: str) -> None:
    assert marked(text, query) == shown


def test_the_stretch_with_most_of_what_is_wanted_is_shown() -> None:
    text = "Київ. " + "слово " * 100 + "Війна в\nКиєві. " + "слово " * 100
    shown = show_hits(["Київ", text], read_query("київ війна"), most=60)
    joined = "".join(piece for piece, _ in shown)
    assert [piece for piece, is_hit in shown if is_hit] == ["Війна", "Києві"]
    assert (joined[:7], joined[-7:], "\n" in joined) == ("…слово ", " слово…", False)


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("水" * 40 + "火山", "…" + "水" * 8),
        ("слово " * 10 + "火山", "…слово слово "),
        ("с" * 40 + " 火山", "…"),
        ("слово 火山", "слово "),
    ],
)
def test_a_hit_stands_near_the_beginning_of_what_is_shown(text: str, before: str) -> None:
    shown = show_hits([text + " 後" * 90], read_query("火山"))
    assert "".join(piece for piece, _ in takewhile(lambda one: not one[1], shown)) == before


@pytest.mark.parametrize("before", [*range(760, 860, 9), *range(920, 1020, 9), 5_000])
@pytest.mark.parametrize(("letter", "phrase"), [("с", " добрий вечір "), ("水", "台灣志工")])
def test_a_hit_is_marked_wherever_a_long_text_is_cut(letter: str, phrase: str, before: int) -> None:
    text = letter * before + phrase + letter * 2_000
    hits = [piece for piece, is_hit in show_hits([text], read_query(f'"{phrase}"')) if is_hit]
    assert hits == [phrase.strip()]


def test_a_long_text_is_looked_through_until_a_stretch_has_all_of_it() -> None:
    apart = "Київ " + "слово " * 2_000 + "війна " + "слово " * 2_000
    shown = show_hits([f"{apart} у Києві війна"], read_query("київ війна"))
    assert [piece for piece, is_hit in shown if is_hit] == ["Києві", "війна"]


def test_where_nothing_of_it_stands_nothing_is_shown() -> None:
    assert show_hits(["мир"], read_query("київ")) == ()


@given(st.text(max_size=300), st.text(max_size=20))
def test_marking_changes_no_letter(text: str, query: str) -> None:
    assert "".join(piece for piece, _ in mark_hits(text, read_query(query))) == text


@pytest.mark.parametrize(
    ("title", "text", "repeated"),
    [
        (
            "戰爭第一天，我在哈爾基夫的地下室煮了麵。",
            "戰爭第一天，我在哈爾基夫的地下室煮了麵。鄰居問我。",
            True,
        ),
        ("Харків мовчав.", "Харків мовчав. Світло зникло.", True),
        ("Харків мовчав.", "Харків мовчав. У Харкові зникло світло.", False),
        ("Світло зникло.", "Світло зникло. Харків мовчав.", False),
        ("Про Харків", "Ми виїхали з Харкова.", False),
    ],
)
def test_what_says_the_title_again_is_known(title: str, text: str, *, repeated: bool) -> None:
    query = read_query("Харків")
    assert repeats_title(show_hits([text], query), mark_hits(title, query)) is repeated
