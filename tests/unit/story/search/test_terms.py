import pytest

from portal.story.search.terms import make_terms
from portal.story.search.variants import PLACE_MARK


def test_terms_stand_in_their_order_parts_apart_title_first() -> None:
    made = make_terms("Вода", ["Ми тут.", "臺灣"])
    assert made.body == "вода  ми тут  台湾 湾"


@pytest.mark.parametrize(
    ("text", "further"),
    [
        ("у Києві", "київ @kyiv"),
        ("києві", "кий київ @kyiv"),
        ("бібліотек", "бібліотека"),
        ("сім’ї", "сімя"),
        ("ВІЙНОЮ", "війна"),
        ("volunteers went", "volunteer go"),
        ("Taiwan’s", "taiwan @taiwan"),
        ("l’Ukraine", "ukraine"),
        ("والكتاب", "كتاب"),
        ("志工 2022 Łódź", "@lodz"),
    ],
)
def test_a_word_is_also_found_by_what_it_is_a_form_of(text: str, further: str) -> None:
    assert make_terms("", [text]).extra.replace(PLACE_MARK, "@").split() == further.split()


@pytest.mark.parametrize(
    ("text", "further"),
    [
        ("baking", "bake"),
        ("Baking", "bake"),
        ("living", "live"),
        ("bombing", "bomb"),
        ("beginning", "begin"),
        ("building", "build"),
        ("travelling", "travel travell"),
        ("panicked", "panic panick"),
        ("trafficking", "traffic traffick"),
        ("detailed", "detail"),
        ("evening during king thing bring hundred indeed", ""),
    ],
)
def test_an_english_form_is_found_by_its_verb(text: str, further: str) -> None:
    assert sorted(make_terms("", [text]).extra.replace(PLACE_MARK, "@").split()) == further.split()


def test_further_terms_that_stand_in_the_text_anyway_are_not_repeated() -> None:
    assert make_terms("", ["війна війни війною"]).extra == ""


def test_terms_of_the_title_are_marked() -> None:
    assert make_terms("Війни", ["мир"]).extra.split() == ["†війни", "†війна", "війна"]


def test_ids_are_terms_of_the_whole_text() -> None:
    assert make_terms("", ["мир"], ["ABC123"]).extra == "abc123"


def test_a_text_that_never_repeats_itself_ends_before_a_database_refuses_it() -> None:
    # In Georgian, of which there is no dictionary to look each word up in.
    made = make_terms("", [" ".join(f"სიტყვა{number}" for number in range(40_000))])
    assert 300_000 < len(made.body.encode()) < 500_000
