from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.avoided_terms import find_terms
from portal.story.mentions import Mention, find_mentions
from portal.story.word_forms import are_forms

UK, ZH, EN, PL = ("uk",), ("zh-Hant-TW", "zh-Hans"), ("en",), ("pl",)
BOTH = ("uk", "en")

LIKELY: list[tuple[str, str, Sequence[str]]] = [
    # Ukrainian cases
    ("вулиця Сумська", "Ми жили на вулиці Сумській, 5.", UK),
    ("вулиця Сумська", "Ми жили на Сумській.", UK),
    ("вул. Сумська", "Ми йшли вулицею Сумською.", UK),
    ("Сумська вулиця", "біля вулиці Сумської", UK),
    ("Олена", "Я написала Олені.", UK),
    ("Олена Петрівна", "Мама кличе Олену Петрівну.", UK),
    ("Завірюха", "Про це сказали Завірюсі.", UK),
    ("Завірюха", "Я жила в Завірюх.", UK),
    ("Ольга", "Я подзвонила Ользі.", UK),
    ("Оля", "Ми з Олею пішли.", UK),
    ("Микола", "Про Миколу мовчали.", UK),
    ("Ігор", "Ігоря вже не було.", UK),
    ("Андрій", "Я чекала на Андрія.", UK),
    ("Марія", "Це сказано Марією.", UK),
    ("Харків", "У Харкові було темно.", UK),
    ("Київ", "З Києва виїхали всі.", UK),
    ("Львів", "До Львова доїхали вночі.", UK),
    ("Іванець", "Ми бачили Іванця.", UK),
    ("Нова Каховка", "Це було в Новій Каховці.", UK),
    ("Лук'янівка", "На Лук’янівці горіло.", UK),
    ("Шевченко", "Про Шевченка не пишіть.", UK),
    ("Бучацький", "Нас вів Бучацького брат.", UK),
    ("сестра", "Ми поїхали з сестрою.", UK),
    ("школа № 5", "Діти зі школи № 5 сиділи вдома.", UK),
    ("Школа №5", "Директорка школи № 5 була там.", UK),
    # numbers of telephones and papers
    ("+380 67 123 45 67", "Дзвоніть 067 1234567.", UK),
    ("тел. 067-123-45-67", "Дзвоніть +380671234567.", UK),
    ("0912-345-678", "電話：+886 912 345 678", ZH),
    ("паспорт ВН 123456", "Це ВН123456.", UK),
    # names inside a sentence of the author's
    ("Не згадуйте Олену Петрівну", "Олена Петрівна була там.", UK),
    ("Не згадуйте Олену Петрівну", "Ми були з Оленою Петрівною.", UK),
    ("ім’я моєї сестри Олени", "Олена була там.", UK),
    ("please leave out my sister Olena", "Олену бачили всі.", BOTH),
    ("Олена з нашого двору", "Ми бачили Олену.", UK),
    # order, words between, words left out, initials
    ("Олена Коваль", "Бачила Коваль Олену.", UK),
    ("Олена Коваль", "Бачила Олену Петрівну Коваль.", UK),
    ("Олена Петрівна Коваль", "Прийшли з Оленою Коваль.", UK),
    ("Олена Петрівна", "Прийшли з О. Петрівною.", UK),
    ("Олена Петрівна", "Прийшли з О.Петрівною.", UK),
    ("Олена Коваль", "O. Koval was there.", BOTH),
    # line breaks, hyphens, hidden signs, letters of another script
    ("Олена Петрівна", "Бачила Олену\nПетрівну.", UK),
    ("Завірюха", "Сказали Завірю-\nсі.", UK),
    ("Олена-Марія", "Сказали Олені Марії.", UK),
    ("Олена Марія", "Сказали Олені-Марії.", UK),
    ("Олена", "Бачу Оле\u00adну.", UK),
    ("Олeна", "Бачу Олену.", UK),
    ("Олена", "Бачу Oлену.", UK),
    ("Ґеник", "Бачу Геника.", UK),
    ("Олена", "Бачу О\u0301лену.", UK),
    # between the alphabets
    ("Олена Петрівна", "I saw Olena Petrivna at noon.", BOTH),
    ("Olena Petrivna", "Бачила Олену Петрівну.", BOTH),
    ("Сергій", "We met Serhii there.", BOTH),
    ("Сергій", "We met Sergiy there.", BOTH),
    ("Юлія", "We met Yulia there.", BOTH),
    ("Юлія", "We met Yuliia there.", BOTH),
    ("Щербак", "Shcherbak said so.", BOTH),
    ("Зеленський", "Zelensky said so.", BOTH),
    ("Kharkiv", "Ми з Харкова.", BOTH),
    ("Kyiv", "Ми з Києва.", BOTH),
    ("Швець", "Ми бачили Шевця.", UK),
    ("Кривий Ріг", "Ми з Кривого Рогу, у Кривому Розі.", UK),
    ("Петро Іванович Коваль", "Прийшли з П. І. Ковалем.", UK),
    ("Гаврилюк", "We met Gavryliuk there.", BOTH),
    ("陳怡君", "I-chun Chen said so.", (*ZH, "en")),
    ("呂秀蓮", "Lü Hsiu-lien said so.", (*ZH, "en")),
    # Chinese
    ("臺北市", "我住在台北市。", ZH),
    ("台灣大學", "我念臺灣大學。", ZH),
    ("烏克蘭", "乌克兰人都知道。", ZH),
    ("三民區中正路", "他住在三民區\n中正路。", ZH),
    ("林小美", "My friend Lin Xiao-mei said so.", (*ZH, "en")),
    ("林小美", "Xiaomei Lin said so.", (*ZH, "en")),
    ("林小美", "Hsiao-mei Lin said so.", (*ZH, "en")),
    ("Lin Xiaomei", "我朋友林小美說的。", (*ZH, "en")),
    # English, Polish, Arabic, Korean, Japanese
    ("Main Street", "near the Main Streets", EN),
    ("teacher", "The teachers left.", EN),
    ("Anna Kowalska", "Widziałem Annę Kowalską.", PL),
    ("ulica Długa", "Mieszkałem na ulicy Długiej.", PL),
    ("Warszawa", "Byłem w Warszawie.", PL),
    ("Kraków", "Byłem z Krakowa.", PL),
    ("Marek", "Rozmawiałem z Markiem.", PL),
    ("محمد علي", "رأيت ومحمد وعلي", ("ar",)),
    ("أحمد", "كان احمد هنا", ("ar",)),
    ("القدس", "ذهبت إلى القُدْس", ("ar",)),
    ("오레나", "오레나는 갔다", ("ko",)),
    ("オレナ", "オレナさんは", ("ja",)),
]

OTHERS: list[tuple[str, str, Sequence[str]]] = [
    ("Надія", "Ми не втрачали надії.", UK),
    ("Надія Віра", "З надією й вірою.", UK),
    ("Не пишіть про мене", "Не було світла.", UK),
    ("Моя сестра", "Моя мама була там.", UK),
    ("Please do not name her", "Please, said the man.", EN),
    ("Олена", "Олег прийшов.", UK),
    ("Ганна", "Галина прийшла.", UK),
    ("Анна", "Анатолій прийшов.", UK),
    ("Петро", "Петренко прийшов.", UK),
    ("Іван", "Іванов прийшов.", UK),
    ("Олена Петрівна", "Сказала Олена. Марія Петрівна мовчала.", UK),
    ("Олена Петрівна", "Олена довго стояла на розі й дивилася, як Марія Петрівна йде.", UK),
    ("Олена Коваль", "Олена бачила, як коваль пішов.", UK),
    ("школа", "Шкіра була холодна.", UK),
    ("школа № 5", "Діти зі школи № 15 сиділи вдома.", UK),
    ("школа № 5", "Діти зі школи сиділи вдома.", UK),
    ("067 123 45 67", "Дзвоніть 067 123 45 68.", UK),
    ("паспорт 123456", "Нас було 56.", UK),
    ("Харків", "Харчуйтеся добре.", UK),
    ("вулиця Сумська", "Ми вийшли на вулицю.", UK),
    ("О. Петрівна", "О. Марія була там.", UK),
    ("Anna", "Anne said so.", EN),
    ("Olena", "Only Oleh said so.", BOTH),
    ("林小美", "Lin said so.", (*ZH, "en")),
    ("林小美", "林先生覺得小孩很美。", ZH),
    ("新竹", "新的竹子", ZH),
    ("محمد", "محمود هنا", ("ar",)),
]


def find(term: str, text: str, langs: Sequence[str]) -> tuple[Mention, ...]:
    return find_mentions((term,), (text,), langs)


@pytest.mark.parametrize(("term", "text", "langs"), LIKELY)
def test_another_form_of_a_term_is_found(term: str, text: str, langs: Sequence[str]) -> None:
    assert [(one.term, one.is_exact) for one in find(term, text, langs)] == [(term, False)]


@pytest.mark.parametrize(("term", "text", "langs"), OTHERS)
def test_other_words_are_not_the_term(term: str, text: str, langs: Sequence[str]) -> None:
    assert find(term, text, langs) == ()


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("Олена", "Тут була олена."),
        ("Петро Коваль", "Це Петро\nКоваль."),
        ("24.02.2022", "Було 24.02.2022."),
        ("新竹", "我住新竹市"),
    ],
)
def test_a_term_as_it_is_written_is_found_exactly(term: str, text: str) -> None:
    assert [one.is_exact for one in find(term, text, UK)] == [True]


def test_the_words_around_each_place_are_shown() -> None:
    text = "Увечері ми жили на вулиці Сумській і чули, як мама кличе Олену Петрівну до вікна, бо йшов дощ."
    found = find_mentions(("вулиця Сумська", "Олена Петрівна"), (text,), UK)
    assert [one.places for one in found] == [
        (("Увечері ми жили на вулиці ", "Сумській", " і чули, як мама кличе Олену Петрівну…"),),
        (("…вулиці Сумській і чули, як мама кличе ", "Олену Петрівну", " до вікна, бо йшов дощ."),),
    ]


@pytest.mark.parametrize("text", ["Ми жили на\nСумській. Потім ні.", "«Сумській», казали ми"])
def test_what_stands_around_a_place_stays_as_it_is_written(text: str) -> None:
    [found] = find_mentions(("вулиця Сумська",), (text,), UK)
    assert "".join(found.places[0]) == text.replace("\n", " ")


def test_what_a_confirmation_covers_changes_with_the_words_found() -> None:
    first, second, exact = (find("Олена", text, UK)[0].mark for text in ("Олену", "Олені", "Олена"))
    assert (len({first, second, exact}), exact) == (3, "Олена")


def test_every_text_is_looked_through() -> None:
    found = find_mentions(("Олена", "Сумська"), ("", "На Сумській", "з Оленою"), UK)
    assert [one.term for one in found] == ["Олена", "Сумська"]


def test_without_terms_nothing_is_found() -> None:
    assert find_mentions((), ("Олена",), UK) == ()


ALPHABET = st.text(alphabet="аеіОлнПр вуСмкьї.,-\n'’林小美Aaben 台臺ا", max_size=60)


@given(term=ALPHABET.filter(str.strip), text=ALPHABET)
def test_what_is_found_literally_is_always_found(term: str, text: str) -> None:
    found = find_mentions((term,), (text,), ("uk", "zh", "en", "pl", "ar"))
    assert tuple(one.term for one in found if one.is_exact) == find_terms((term,), (text,))


@given(before=ALPHABET, after=ALPHABET)
def test_a_form_is_found_wherever_it_stands(before: str, after: str) -> None:
    text = f"{before}\n\nз Оленою Петрівною\n\n{after}"
    found = find_mentions(("Олена Петрівна",), (text,), UK)
    assert [one.places[-1][1] for one in found] == ["Оленою Петрівною"]


def test_a_name_is_found_in_characters_that_are_read_so_in_any_order() -> None:
    found = [find_mentions(["Xiao Ming Wang"], [text], ["en"]) for text in ("見王小明", "小明王", "王大明")]
    assert [[place[1] for one in each for place in one.places] for each in found] == [
        ["王小明"],
        ["小明王"],
        [],
    ]


def test_a_word_longer_than_any_is_no_form_of_another() -> None:
    found = [are_forms("а" * length + "а", "а" * length + "у", ["uk"]) for length in (50, 70)]
    assert found == [True, False]


def test_a_long_sentence_is_looked_for_as_it_is_written_only() -> None:
    term = "ніде не треба казати про те як саме ми тоді ввечері йшли через старий міст"
    assert [one.is_exact for one in find_mentions([term], [f"Отже, {term}."], ["uk"])] == [True]
    assert find_mentions([term], [term.replace("старий міст", "старому мосту")], ["uk"]) == ()
