"""Names our interface never uses.

The rules bind what this portal says: labels, mails, exports' metadata. They are never run over a story.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from portal.domain.languages import LOCALES, Tag


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording we do not use: a pattern, the interface languages it counts in, and what to say instead."""

    pattern: re.Pattern[str]
    tags: frozenset[Tag]
    instead: str


EVERYWHERE: Final = frozenset(locale.tag for locale in LOCALES)


def _forbid(pattern: str, instead: str, *tags: Tag) -> Wording:
    """Make a rule; without tags it holds in every language."""
    return Wording(re.compile(pattern, re.IGNORECASE), frozenset(tags) or EVERYWHERE, instead)


FORBIDDEN: Final = (
    # Names that make one place part of another, as lists made by libraries do.
    _forbid(r"Province of China", "Taiwan"),
    _forbid(r"Chinese Taipei", "Taiwan"),
    _forbid(r"провінці\w+ Кита\w*", "Тайвань"),
    _forbid(r"中[國国](?:台|臺)[灣湾]省?", "台灣"),
    _forbid(r"(?:台|臺)湾地区|(?:台|臺)灣地區", "台灣"),
    _forbid(r"中國香港|中国香港", "香港"),
    _forbid(r"中國澳門|中国澳门", "澳門"),
    _forbid(r"Hong Kong SAR", "Hong Kong"),
    _forbid(r"Maca[uo] SAR", "Macau"),
    _forbid(r"\bОАР Китаю", "Гонконг, Макао"),
    _forbid(r"中國大陸|大陸地區|內地", "中國", "zh-Hant-TW"),
    # Ukrainian places by their Ukrainian names.
    _forbid(r"\bKiev\b", "Kyiv"),
    _forbid(r"\bOdessa\b", "Odesa"),
    _forbid(r"\bKharkov\b", "Kharkiv"),
    _forbid(r"\bL[’']?vov\b", "Lviv"),
    _forbid(r"\bthe Ukraine\b", "Ukraine", "en"),
    _forbid(r"\bна Україні\b", "в Україні", "uk"),
    _forbid(r"\bБілорусі[яїюєи]\w*", "Білорусь", "uk"),
    _forbid(r"\bByelorussia\w*", "Belarus", "en"),
    _forbid(r"московськ\w*", "київський", "uk"),
    _forbid(r"莫斯科時間", "基輔時間"),
    # The war by its name.
    _forbid(r"\bUkrain(?:e|ian) (?:conflict|crisis)\b", "Russia’s war against Ukraine", "en"),
    _forbid(r"\b(?:конфлікт\w*|криз\w+) в Україні", "війна Росії проти України", "uk"),
    _forbid(r"\bукраїнськ\w+ криз\w+", "війна Росії проти України", "uk"),
    _forbid(r"烏克蘭(?:危機|衝突)", "俄羅斯對烏克蘭的戰爭", "zh-Hant-TW"),
    # Words of Simplified Chinese that character converters leave in place.
    _forbid(r"志願者", "志工", "zh-Hant-TW"),
    _forbid(r"軟件", "軟體", "zh-Hant-TW"),
    _forbid(r"網絡", "網路", "zh-Hant-TW"),
    _forbid(r"視頻", "影片", "zh-Hant-TW"),
    _forbid(r"默認", "預設", "zh-Hant-TW"),
    _forbid(r"鏈接", "連結", "zh-Hant-TW"),
    _forbid(r"短信", "簡訊", "zh-Hant-TW"),
    _forbid(r"屏幕", "螢幕", "zh-Hant-TW"),
    _forbid(r"打印", "列印", "zh-Hant-TW"),
)


def forbidden_names(text: str, locale_tag: Tag) -> list[str]:
    """List the wordings in a text of our interface that we do not use in that language."""
    return [
        found[0] for rule in FORBIDDEN if locale_tag in rule.tags for found in rule.pattern.finditer(text)
    ]


@cache
def _simplified_characters() -> frozenset[str]:
    """Read the derived list once; lines of explanation begin with a number sign."""
    text = (resources.files("portal.data") / "simplified_only.txt").read_text(encoding="utf-8")
    return frozenset("".join(line for line in text.splitlines() if not line.startswith("#")))


def simplified_only(text: str) -> set[str]:
    """Collect the characters of a text that are never written in Traditional Chinese."""
    return set(text) & _simplified_characters()
