"""What is said about the words of a file that are not in what is kept of it, in each language."""

import pytest
from flask import Flask
from flask_babel import force_locale

from portal.media.letter_count import LetterCount
from portal.web.site.file_texts import describe_letters, summarise_letters

LOST = LetterCount(found=9, kept=0, unplaced=("вода", "хліб"))
HIDDEN = LetterCount(hidden=("Свідок",))
SET_APART = "\u2068вода · хліб\u2069"
READ = LetterCount(readings=("臺北 (ㄊㄞˊㄅㄟˇ)",))


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("letters", "locale", "lines"),
    [
        (LetterCount(found=9, kept=9), "en", []),
        (LOST, "en", [f"2 words of the file could not be placed: {SET_APART}"]),
        (LOST, "uk", [f"Не вдалося розмістити 2\u00a0слова з\u00a0файлу: {SET_APART}"]),
        (LOST, "zh_Hant_TW", [f"檔案裡有 2\u00a0處文字放不進來：{SET_APART}"]),
        (
            HIDDEN,
            "uk",
            ["1\u00a0прихований у\u00a0файлі уривок. Він залишається прихованим: тут його ніхто не бачить."],
        ),
        (HIDDEN, "zh_Hant_TW", ["檔案裡有 1\u00a0段隱藏文字，仍然保持隱藏，這裡沒有人看得到。"]),
        (READ, "zh_Hant_TW", ["1\u00a0個詞上方標示的讀音：\u2068臺北 (ㄊㄞˊㄅㄟˇ)\u2069。詞本身已保留。"]),
    ],
)
def test_what_is_not_kept_is_said_in_the_language_of_the_page(
    app: Flask, letters: LetterCount, locale: str, lines: list[str]
) -> None:
    with app.app_context(), force_locale(locale):
        assert describe_letters(letters) == lines


@pytest.mark.either_database
def test_what_goes_through_a_cookie_repeats_no_word(app: Flask) -> None:
    letters = LetterCount(unplaced=LOST.unplaced, hidden=HIDDEN.hidden, readings=READ.readings)
    with app.app_context(), force_locale("en"):
        assert summarise_letters(letters) == [
            "1 passage that is hidden in the file. It stays hidden: nobody here sees it.",
            "2 words of the file could not be placed. Write them in a message if they matter.",
            "How a word is read, written above it in the file, is not kept. The word itself is.",
        ]


@pytest.mark.either_database
def test_of_very_many_words_the_first_are_named(app: Flask) -> None:
    with app.app_context(), force_locale("en"):
        (line,) = describe_letters(LetterCount(unplaced=("так",) * 51))
    assert (line.count("так"), line[-2:]) == (50, "…\u2069")
