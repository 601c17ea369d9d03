from collections import Counter
from importlib import resources

from portal.story.han import fold_han
from portal.story.word_forms import fold_word

LINES = [
    line.split("\t")
    for line in (resources.files("portal.data") / "places.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


def test_every_place_has_a_name_in_each_language_of_the_site() -> None:
    assert [line[0] for line in LINES if not (len(line) in {4, 5} and all(line[:4]))] == []


def test_no_place_stands_twice() -> None:
    assert [key for key, times in Counter(line[0].lstrip("!") for line in LINES).items() if times > 1] == []


def test_what_a_place_is_called_names_no_other_one() -> None:
    called: dict[str, set[str]] = {}
    for key, *columns in LINES:
        for form in (form for column in columns for form in column.split(", ") if form):
            called.setdefault(fold_han(" ".join(map(fold_word, form.split()))), set()).add(key)
    assert {form: keys for form, keys in called.items() if len(keys) > 1} == {}


def test_ukrainian_names_stand_in_their_cases() -> None:
    forms = {line[0].lstrip("!"): line[1].split(", ") for line in LINES}
    assert forms["kyiv"] == ["Київ", "Києва", "Києву", "Києвові", "Києвом", "Києві", "Києве"]
    assert forms["taiwan"] == ["Тайвань", "Тайваню", "Тайваня", "Тайваневі", "Тайванем", "Тайвані"]
