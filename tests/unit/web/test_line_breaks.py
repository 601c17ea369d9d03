"""Lines of a title that is drawn end where a reader of the script would end them."""

import pytest

from portal.web.public.line_breaks import break_lines, cut_lines

TEN = 10.0
"""Letters that fit on a line: here every letter is one wide."""


@pytest.mark.parametrize(
    ("lang", "title", "width", "lines"),
    [
        (
            "uk",
            "Зрозуміти, що пов’язує Україну і Тайвань",
            14,
            ["Зрозуміти,", "що пов’язує", "Україну", "і\u00a0Тайвань"],
        ),
        ("en", "Ukraine and Taiwan", 18, ["Ukraine and Taiwan"]),
        ("zh-Hant-TW", "理解烏克蘭與台灣的連結", 5, ["理解烏克蘭", "與台灣", "的連結"]),
        ("zh-Hant-TW", "燈滅了。我們等。", 4, ["燈滅了。", "我們等。"]),
        ("zh-Hant-TW", "一\u200b二三四\u200b五", 3, ["一", "二三四", "五"]),
        ("zh-Hant-TW", "在Kyiv的晚上", 6, ["在Kyiv", "的晚上"]),
        ("ja", "ウクライナ", 3, ["ウク", "ライナ"]),
        ("ko", "우크라이나 와 대만", 5, ["우크라이나", "와 대만"]),
    ],
)
def test_a_title_is_broken_between_phrases_into_even_lines(
    lang: str, title: str, width: int, lines: list[str]
) -> None:
    assert break_lines(title, lang, len, width=width, letter=1) == lines


def test_a_title_in_whole_phrases_is_broken_nowhere_else() -> None:
    title = "您的安全：我們能保護什麼，不能保護什麼"
    found = [
        break_lines(title, "zh-Hant-TW", len, width=width, letter=1, whole_phrases=True) for width in (5, 8)
    ]
    assert found == [None, ["您的安全：", "我們能保護什麼，", "不能保護什麼"]]


def test_a_word_wider_than_a_line_asks_for_smaller_letters() -> None:
    assert break_lines("Донаддунайськозахіднобережнополиця", "uk", len, width=TEN, letter=1) is None


@pytest.mark.parametrize(
    ("lang", "title", "lines"),
    [
        ("en", "One two three four five six", ["One two", "three…"]),
        ("en", "Abcdefghijklmnop next", ["Abcdefghi", "jklmnop…"]),
        (
            "zh-Hant-TW",
            "我們坐在黑暗裡談。隔天早上我寫下了這些",
            ["我們坐在黑暗裡談。", "隔天早上我寫下了這…"],
        ),
    ],
)
def test_what_is_too_long_is_cut_between_words(lang: str, title: str, lines: list[str]) -> None:
    assert cut_lines(title, lang, len, width=TEN, most=2, mark="…") == lines


def test_a_word_wider_than_a_line_keeps_its_distance_from_the_word_before() -> None:
    lines = cut_lines("one abcdefghijklmn two", "en", len, width=TEN, most=3, mark="…")
    assert lines == ["one abcde", "fghijklmn", "two"]
