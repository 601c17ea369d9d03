"""Languages as the first part of an address, in every spelling that people and other sites write.

Our own spelling is that of :class:`Locale`; every other one leads there.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from portal.domain.languages import Tag

_MISTAKEN: Final[Mapping[str, Tag]] = MappingProxyType(
    {
        "ua": "uk",
        "ukr": "uk",
        "eng": "en",
        "gb": "en-GB",
        "us": "en-US",
        "tw": "zh-TW",
        "hk": "zh-HK",
        "cn": "zh-CN",
        "cht": "zh-Hant",
        "chs": "zh-Hans",
        "chi": "zh",
        "zho": "zh",
        "jp": "ja",
        "kr": "ko",
        "cz": "cs",
    }
)
"""What is written for a language and is not its tag: countries, other lists of codes."""

_TWO_LETTERS: Final = """
aa ab af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu iw
ja ji jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt
my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl
sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za
zh zu
"""
"""ISO 639-1."""
_THREE_LETTERS: Final = """
ami cdo ckb cmn cpx crh fil gag gan hak haw hsn kdr lzh mni mnp nan pwn rue sat tay trv wuu yrk yue
"""
"""Languages of Taiwan, Ukraine and their neighbours without a code of two letters.

Not every language there is: addresses that machines try begin with three letters, too.
"""

_KNOWN: Final = frozenset(f"{_TWO_LETTERS} {_THREE_LETTERS}".split())
_SEGMENT: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8}){0,6}")


def read_language_segment(segment: str) -> Tag | None:
    """Return the tag that the first part of a path means, however it is spelt; None for no language."""
    match = _SEGMENT.fullmatch(segment)
    if match is None:
        return None
    tag = _MISTAKEN.get(segment.lower())
    return tag or (segment if match[1].lower() in _KNOWN else None)
