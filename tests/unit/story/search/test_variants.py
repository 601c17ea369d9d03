import pytest

from portal.story.search.query import read_query
from portal.story.search.terms import make_terms
from portal.story.search.tokens import scan_tokens
from portal.story.search.variants import find_variants


def is_found(query: str, text: str) -> bool:
    terms = make_terms("", [text])
    stored = {*terms.body.split(), *terms.extra.split()}
    return all(any(stored.issuperset(way) for way in one.ways) for one in read_query(query).wanted)


KHARKIV = ("Я з Харкова.", "я жила у харкові", "Kharkiv, at dawn", "我在哈爾基夫長大", "我在哈尔科夫长大")
OLENA = ("Подзвони Олені.", "my aunt Olena", "奧蓮娜說")
YU_CHEN = (
    "我叫林雨蓁。",
    "我叫林雨蓁，今年三十歲",
    "I am Lin Yu-chen.",
    "Yu-chen Lin",
    "Lin Yuchen",
    "Lin Yuzhen",
)
YU_CHEN_IN_UKRAINIAN = ("Я Лінь Юйчжень.", "разом із Лінем Юйчженем", "подруга Лін Ючень", "Лінь Ю-чень")
ZAVIRIUKHA = ("з Оленою Завірюхою", "лист Завірюсі", "Olena Zaviriukha", "Zaviryukha’s letter")
YURII = ("дядько Юрій", "з Юрієм", "uncle Yurii", "Yuriy", "Iurii", "尤里在哪裡")
NEW_TAIPEI = ("у Новому Тайбеї", "New Taipei City", "新北的雨")
ZELENSKYI = ("слова Зеленського", "Zelenskyy said", "Zelensky", "澤倫斯基", "泽连斯基")
TSAI = ("президентка Цай Інвень", "Tsai Ing-wen", "蔡英文總統", "Cai Yingwen")


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        *((query, KHARKIV) for query in ("Харків", "харкові", "Kharkiv", "Kharkov", "哈爾基夫", "哈尔基夫")),
        *((query, OLENA) for query in ("Олена", "олену", "olena", "奧蓮娜")),
        *(
            (query, (*YU_CHEN, *YU_CHEN_IN_UKRAINIAN))
            for query in ("林雨蓁", "Lin Yu-chen", "lin yuchen", "Лінь Юйчжень", "Лін Ючень", "Lin Yuzhen")
        ),
        *((query, ZAVIRIUKHA) for query in ("Завірюха", "zaviriukha", "Zaviryukha", "Завірюсі")),
        *((query, YURII) for query in ("Юрій", "юрію", "Yuri", "iurii")),
        *((query, NEW_TAIPEI) for query in ("Новий Тайбей", "new taipei", "新北")),
        *((query, ZELENSKYI) for query in ("Зеленський", "zelensky", "澤連斯基")),
        *((query, TSAI) for query in ("蔡英文", "Tsai Ing-wen", "Цай Інвень")),
    ],
)
def test_a_name_is_found_in_every_script(query: str, texts: tuple[str, ...]) -> None:
    assert [text for text in texts if not is_found(query, text)] == []


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("Taipei", "新北"),
        ("Kharkiv", "Харківська область"),
        ("Олена", "Олег"),
        ("Юрій", "Юлія"),
        ("林雨蓁", "Lin Yi-chun"),
        ("林雨蓁", "在樹林裡下雨"),
        ("війна", "Він"),
        ("Марія", "мрія"),
        ("Lviv", "Львівська область"),
    ],
)
def test_what_only_looks_like_a_name_is_none(query: str, text: str) -> None:
    assert not is_found(query, text)


def test_names_stand_where_they_were_written() -> None:
    text = "Olena’s aunt left New Taipei for 哈爾基夫州 with Лінем Юйчженем."
    found = find_variants(tuple(scan_tokens(text)))
    spans = sorted({(one.start, one.end) for one in found})
    assert [text[start:end] for start, end in spans] == [
        "Olena’s",
        "New Taipei",
        "哈爾基夫",
        "哈爾基夫州",
        "Лінем",
        "Лінем Юйчженем",
        "Юйчженем",
    ]


def test_a_place_inside_of_a_name_hides_it_not() -> None:
    assert is_found("Lin An-ping", "我叫林安平。")


@pytest.mark.parametrize(
    "text", ["великі суми грошей", "рівне поле", "немає газу", "blue china on the shelf"]
)
def test_an_everyday_word_is_a_place_with_a_capital_only(text: str) -> None:
    assert list(find_variants(tuple(scan_tokens(text)))) == []


def test_small_words_inside_of_a_name_belong_to_it() -> None:
    assert is_found("Sea of Azov", "біля Азовського моря")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("Taiwan", "Тайванська протока, Taiwan Strait"),
        ("Харків", "哈爾基夫州"),
        ("Софія", "uncle Sofiia’s"),
        ("Sofia", "Софії було сім"),
        ("завірюха олена", "Olena Zaviriukha"),
        ("Юйчжень", "林雨蓁說"),
        ("Харків", "ハルキウから来た"),
    ],
)
def test_a_name_is_found_where_it_is_written_in_another_way(query: str, text: str) -> None:
    assert is_found(query, text)


def test_the_beginning_of_a_word_is_no_name() -> None:
    assert read_query("Volunt*").wanted[0].is_beginning
