"""What an author asked us not to print is read from plain words and found in the text."""

import pytest

from portal.domain.avoided_terms import digest_terms, find_terms, split_terms

WORDS = [
    ("Олена, Петро Коваль", ("Олена", "Петро Коваль")),
    ("Олена\nХарків;Тайбей", ("Олена", "Харків", "Тайбей")),
    ("林小美、新竹；二月", ("林小美", "新竹", "二月")),
    ("Не пишіть «Олена» ніде", ("Олена", "Не пишіть", "ніде")),
    ("我妹妹「小美」的名字", ("小美", "我妹妹", "的名字")),
    ("寫在〈家書〉裡的地址", ("家書", "寫在", "裡的地址")),
    ('My sister "Olena K."', ("Olena K", "My sister")),
    ("Імена: Олена", ("Імена", "Олена")),
    ("вул. Сумська, м. Харків", ("вул. Сумська", "м. Харків")),
    ("Моя сестра. Її школа.", ("Моя сестра", "Її школа")),
    ("24.02.2022", ("24.02.2022",)),
    ("Ян, Лі, 王", ()),
    ("Олена, ОЛЕНА", ("Олена",)),
    ("", ()),
]


@pytest.mark.parametrize(("words", "terms"), WORDS)
def test_the_terms_of_an_answer(words: str, terms: tuple[str, ...]) -> None:
    assert split_terms(words) == terms


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("Олена", "Тут була олена."),
        ("Олена", "**Олена** писала"),
        ("Олена", "_Олена_ писала"),
        ("Олена", "Оле\u200bна писала"),
        ("Olena", "我和Olena見面"),
        ("Петро Коваль", "Це Петро\nКоваль."),
        ("Лук'янівка", "Лук’янівка"),
        ("新竹", "我住在新竹市"),
        ("ＡＢＣ", "abc"),
        ("24.02.2022", "Це було 24.02.2022 зранку"),
    ],
)
def test_a_term_is_found(term: str, text: str) -> None:
    assert find_terms((term,), (text,)) == (term,)


@pytest.mark.parametrize(
    ("term", "text"),
    [("Анна", "Ганна писала"), ("Olena", "Olenas"), ("新竹", "新的竹子"), ("Олена", "")],
)
def test_part_of_another_word_is_not_the_term(term: str, text: str) -> None:
    assert find_terms((term,), (text,)) == ()


def test_a_term_may_stand_in_any_of_the_texts() -> None:
    assert find_terms(("Олена", "Петро"), ("", "Петро", "Ніхто")) == ("Петро",)


def test_the_mark_of_terms_does_not_depend_on_their_order() -> None:
    assert digest_terms(("Олена", "Петро")) == digest_terms(("ПЕТРО", "Олена"))


def test_other_terms_have_another_mark() -> None:
    assert digest_terms(("Олена",)) != digest_terms(("Олена", "Петро"))
