"""Rules for a new password: length, and not to be one that is guessed early."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from flask_babel import gettext as _

PASSWORD_MINIMUM: Final = 15
PASSWORD_MAXIMUM: Final = 128
_JUDGED: Final = 72
"""Characters looked at: the judge takes longer the longer the text, and a good beginning is enough."""
_GOOD: Final = 3
"""Of 0 to 4 as zxcvbn counts: more than 100 million guesses. Its lists of words, and of passwords that are
known from breaches, are on this machine."""
_WORDS: Final = (
    "admin administrator archive author contributor coverage desk draft editor editorial export moderator "
    "newsroom password photo pitch portal publish queue staff stories story submission taiwan taipei "
    "ukraine kyiv welcome "
    "адмін автор архів черга думка історії історія київ матеріал модератор пароль портал редактор редакція "
    "спецвипуск тайвань тайбей україна фото чернетка "
    "台北 台灣 密碼 專題 投稿 故事 新聞 烏克蘭 照片 稿件 管理員 編輯 編輯室 臺北 臺灣 基輔 審稿 歡迎"
)
"""What anybody would try first here; besides come the name of the site and of the person."""
WORDS_OF_THE_PLACE: Final = frozenset(_WORDS.split())
_SHORTEST_WORD: Final = 3
_SHORTEST_HAN: Final = 2


def normalise_password(text: str) -> str:
    """Write a password in one way, whatever keyboard composed it (the sign-in form does the same)."""
    return unicodedata.normalize("NFKC", text)


def find_weakness(password: str, *, about: Iterable[str] = ()) -> str | None:
    """Return what is wrong with a new, normalised password, or None.

    `about` is known of the person and the site. What is left without that, and without words of the place,
    has to be good by itself.
    """
    if not PASSWORD_MINIMUM <= len(password) <= PASSWORD_MAXIMUM:
        return str(_("The password needs 15 to 128 characters."))
    known = [word for text in about for word in (text, *re.split(r"\W+", text)) if word]
    rest = _take_out([*known, *WORDS_OF_THE_PLACE], password)
    if any(_count_guesses(part, known) < _GOOD for part in (password, rest)):
        return str(
            _(
                "This password is one of the first that someone would try. Choose a few words that do "
                "not belong together."
            )
        )
    return None


def _take_out(words: Iterable[str], password: str) -> str:
    """Return the password without these words, whatever stands around them."""
    long = {
        one.casefold() for one in words if len(one) >= (_SHORTEST_WORD if one.isascii() else _SHORTEST_HAN)
    }
    longest_first = sorted(long, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), "", password.casefold())


def _count_guesses(password: str, known: list[str]) -> int:
    from zxcvbn import zxcvbn  # noqa: PLC0415  # 30,000 words that only a new password is compared with

    return int(zxcvbn(password[:_JUDGED], user_inputs=known)["score"]) if password else 0
