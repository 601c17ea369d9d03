"""Who a note names: full names, a first name that is one's alone, in scripts with blanks and without."""

import pytest

from portal.domain.note_mentions import MOST_MENTIONS, find_mentioned

NAMES = {
    "o": "Олена Гриневич",
    "n": "Наталія О'Коннор",
    "l": "林雨蓁",
    "m": "林雨",
    "j": "Jan Novák",
    "k": "Jan Kowalski",
}


@pytest.mark.parametrize(
    ("text", "found", "unknown"),
    [
        ("@Олена Гриневич, глянь", ("o",), ()),
        ("Прошу @олена гриневич!", ("o",), ()),
        ("@Олена глянь", ("o",), ()),
        ("@ОЛЕНА ГРИНЕВИЧ", ("o",), ()),
        ("@Наталія О’Коннор і @Наталія Оʼкoннор", ("n",), ()),
        ("請@林雨蓁看一下", ("l",), ()),
        ("請@林雨看一下", ("m",), ()),
        ("＠林雨蓁,＠林雨", ("l", "m"), ()),
        ("@Jan Novák @Jan Kowalski", ("j", "k"), ()),
        ("@Jan", (), ("jan",)),
        ("@Оленка", (), ("оленка",)),
        ("@Олено, @Олена", ("o",), ("олено",)),
        ("olena@example.org", (), ()),
        ("листа на olena@林雨.tw", ("m",), ()),
        ("ціна 5 @ 3", (), ()),
        ("@", (), ()),
        ("@@Олена", ("o",), ()),
        ("", (), ()),
        ("@Олена\n  Гриневич", ("o",), ()),
    ],
)
def test_a_note_names_colleagues(text: str, found: tuple[str, ...], unknown: tuple[str, ...]) -> None:
    mentions = find_mentioned(text, NAMES)
    assert (mentions.found, mentions.unknown) == (found, unknown)


def test_a_list_of_everybody_tells_the_first_ones() -> None:
    names = {str(number): f"Name{number} Surname" for number in range(100)}
    text = " ".join(f"@{name}" for name in names.values()) + " @nobody" * 3
    mentions = find_mentioned(text, names)
    assert (len(mentions.found), mentions.unknown) == (MOST_MENTIONS, ("nobody",))


def test_a_very_long_note_is_read_in_time() -> None:
    assert find_mentioned("@" * 4000, NAMES).found == ()
