"""Names forged with letters of another script are noticed; people who mix languages are left alone."""

import pytest

from portal.domain.languages import LOCALES
from portal.story.lookalike_letters import are_alike, has_lookalikes
from tests.meta.test_names import TAGS, texts_of_catalogues, texts_of_content, texts_of_menus


@pytest.mark.parametrize(
    "text",
    ["Тaiwan", "Лист із Kуївa", "Ταιwαn", "pаypal", "Ukrаine", "Cвітло зникло", "Кyiv", "Тайпeй", "Αмерика"],
)
def test_letters_that_pass_for_others_are_noticed(text: str) -> None:
    assert has_lookalikes(text)


@pytest.mark.parametrize(
    "text",
    [
        "IT-компанія",
        "COVIDний рік",
        "Facebookом і YouTube-каналом",
        "台灣Taiwan與Україна",
        "Харків–Taipei",
        "Wi-Fi у метро",
        "США, НАТО і BBC",
        "我在Kyiv的家",
        "Αθήνα, Київ, Taipei",
        "C і С",
    ],
)
def test_languages_side_by_side_are_no_forgery(text: str) -> None:
    assert not has_lookalikes(text)


def test_no_genuine_text_is_noticed() -> None:
    texts = [text for tag in TAGS for text in (*texts_of_content(tag), *texts_of_menus(tag))]
    texts += [text for locale in LOCALES for text in texts_of_catalogues(locale)]
    assert (len(texts) > 200, [text for text in texts if has_lookalikes(text)]) == (True, [])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Olena Koval", "Olena Koval"),
        ("Olena Koval", "Оlеnа Коvаl"),  # Cyrillic О, е, а, К
        ("Олена Коваль", "Oлeнa Koвaль"),
        ("ОЛЕНА КОВАЛЬ", "Олена  коваль"),
        ("Νίκος", "Nίκoς"),
        ("Ivan", "lvan"),
        ("IVAN", "ivan"),
        ("Bob 10", "Воb lO"),
        ("王小明", "王\u200b小明"),
        ("Olena", "Ole\u00adna"),
        ("Ｏｌｅｎａ", "Olena"),
        ("Нова", "HOBA"),
        ("Ірина", "Iрина"),
        ("Іван Франко", "Iван Франко"),
        ("Ivan", "Іvan"),
        ("Ιωάννα", "Iωάννα"),
    ],
)
def test_names_that_look_the_same_are_alike(one: str, other: str) -> None:
    assert are_alike(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Олена Коваль", "Олена Ковач"),
        ("Olena Koval", "Олена Коваль"),
        ("王小明", "王曉明"),
        ("Ян", "Яна"),
        ("Marta J.", "Marta K."),
    ],
)
def test_names_of_two_people_are_not(one: str, other: str) -> None:
    assert not are_alike(one, other)
