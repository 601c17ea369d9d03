"""Texts without a mark of their encoding: which readings of their bytes are texts in some language.

UTF-8 is never met by chance. In old encodings each reading is weighed by how fluent it is (media.fluency),
above all in the language of the form; where that leaves a doubt, charset-normalizer must find no mess in it.
Of two that are fluent, or nearly, the author chooses one; where none is, the file is not taken.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from portal.media.fluency import count_misplaced, spell_cyrillic, weigh_text

_CYRILLIC: Final = ("uk", "ru", "be", "bg", "sr")
_CENTRAL: Final = ("pl", "cs", "sk", "hu", "ro", "hr", "de")
_WESTERN: Final = ("de", "fr", "es", "it", "pt", "nl", "sv", "da", "fi")
_LANGUAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "cp1251": _CYRILLIC,
    "koi8_u": _CYRILLIC[:4],
    "iso8859_5": _CYRILLIC,
    "cp1125": _CYRILLIC[:4],
    "cp866": ("uk", "be"),
    "mac_cyrillic": _CYRILLIC,
    "cp855": ("ru", "bg", "sr"),
    "cp950": ("zh",),
    "big5hkscs": ("zh",),
    "gb18030": ("zh",),
    "cp949": ("ko",),
    "johab": ("ko",),
    "cp932": ("ja",),
    "euc_jp": ("ja",),
    "cp1250": _CENTRAL,
    "iso8859_2": _CENTRAL,
    "cp852": _CENTRAL,
    "mac_latin2": _CENTRAL[:4],
    "cp1252": _WESTERN,
    "iso8859_15": ("fr", "fi", "et"),
    "cp850": _WESTERN,
    "mac_roman": _WESTERN,
    "cp1253": ("el",),
    "iso8859_7": ("el",),
    "cp737": ("el",),
    "cp869": ("el",),
    "cp1254": ("tr", "az"),
    "cp857": ("tr",),
    "mac_turkish": ("tr",),
    "cp1255": ("he",),
    "cp862": ("he",),
    "cp1256": ("ar", "fa"),
    "iso8859_6": ("ar",),
    "cp1257": ("lt", "lv", "et"),
    "iso8859_13": ("lt", "lv", "et"),
    "iso8859_4": ("lt", "lv", "et"),
    "cp775": ("lt", "lv", "et"),
    "cp1258": ("vi",),
    "utf_16_le": ("uk", "ru", "be", "bg", "pl", "zh", "ja", "ko", "en"),
    "utf_16_be": ("uk", "ru", "be", "bg", "pl", "zh", "ja", "ko", "en"),
}
"""What our writers' programs wrote before Unicode, and in which languages."""
_SEVEN_BITS: Final = {
    b"\x1b$": ("iso2022_jp_2", ("ja",)),
    b"\x1b$)C": ("iso2022_kr", ("ko",)),
    b"~{": ("hz", ("zh",)),
}
"""Encodings that look like ASCII, by the signs in which they say what they are."""
_MOST_COST: Final = {"zh": 7.4, "ja": 7.2, "ko": 6.2, "he": 4.9, "ar": 5.4, "fa": 5.4}
"""Of a letter of a fluent text; measured with small texts of each language."""
_MOST_COST_OF_ALPHABETS: Final = 3.9
_SHORT: Final = 8
"""What a text may cost more than its letters let expect: of short ones that tells little."""
_MOST_SHORT: Final = 1.2
_NEARLY: Final = 0.8
_OWN_LANGUAGE: Final = 6
"""What speaks for a reading in the language of the form."""
_SURE: Final = 12
"""By how much the best reading must be the cheapest, to be taken unasked."""
_MOST_BROKEN: Final = 100
"""Letters of a text of which one may be a mark in the place of a letter."""
_SAMPLE: Final = 1200
"""Letters from the beginning of a text that are weighed: they tell what all of it is."""
_MOST_READINGS: Final = 4


_ZERO: Final = b"\0"
_BINARY: Final = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x80-\x84\x86-\x9f]")
_PRIVATE: Final = re.compile("[\ue000-\uf8ff]")


@dataclass(frozen=True)
class Reading:
    """One way of reading the bytes of a text."""

    encoding: str
    text: str = field(repr=False)


@dataclass(frozen=True)
class _Weighed:
    reading: Reading
    language: str
    cost: float

    def is_fluent(self, allowance: float = 0) -> bool:
        letters = min(len(self.reading.text), _SAMPLE)
        most = _MOST_COST.get(self.language, _MOST_COST_OF_ALPHABETS)
        return self.cost / letters <= most + min(_SHORT / letters, _MOST_SHORT) + allowance


def find_readings(content: bytes, language: str) -> tuple[Reading, ...]:
    """Return the readings of bytes that may be a text: one is sure, none is no text, of more one is meant.

    `language` is the tag of the form's language, which the text probably is in.
    """
    weighed = sorted(_weigh_all(content, _name_family(language)), key=lambda one: one.cost)
    fluent = [one for one in weighed if one.is_fluent(-_NEARLY) or _is_taken_by_both(one)]
    if not fluent:
        return ()
    best = fluent[0]
    near = (one for one in weighed if one is not best and one.cost < best.cost + _SURE)
    others = [one.reading for one in near if one.is_fluent(_NEARLY)]
    return (best.reading, *others[: _MOST_READINGS - 1])


def decode_as(content: bytes, encoding: str) -> str | None:
    """Return the text in an encoding, without a letter that was cut off at its end; None if it is another."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(content, final=False)
    except UnicodeDecodeError:
        return None


def is_cut(content: bytes, encoding: str) -> bool:
    """Say whether the last letter of a text in an encoding lacks bytes."""
    decoder = codecs.getincrementaldecoder(encoding)()
    decoder.decode(content, final=False)
    return decoder.getstate()[0] != b""


def hides_encoding(content: bytes) -> bool:
    """Say whether a text that looks like ASCII may be in UTF-16, or in an encoding of seven bits."""
    return _ZERO in content or (content.isascii() and any(sign in content for sign in _SEVEN_BITS))


def is_known_encoding(encoding: str) -> bool:
    """Say whether a text is ever read in an encoding of this name."""
    return encoding in _LANGUAGES or encoding in {name for name, _languages in _SEVEN_BITS.values()}


def _name_family(tag: str) -> str:
    """Return the first subtag of a language; those written in Chinese signs are one."""
    first = tag.partition("-")[0].lower()
    return "zh" if first in ("yue", "nan", "hak", "cmn") else first


def _weigh_all(content: bytes, own: str) -> Iterator[_Weighed]:
    """Weigh each different reading once, in the language in which it is most fluent."""
    weighed: dict[str, _Weighed] = {}
    for encoding, languages in _list_encodings(content):
        text = decode_as(content, encoding)
        if not text or not text.strip() or _BINARY.search(text) or _is_broken(text[:_SAMPLE]):
            continue
        for language in languages:
            cost = weigh_text(text[:_SAMPLE], language) - _OWN_LANGUAGE * (language == own)
            if text not in weighed or cost < weighed[text].cost:
                weighed[text] = _Weighed(Reading(encoding, text), language, cost)
    yield from weighed.values()


def _is_broken(text: str) -> bool:
    """Say whether marks keep standing in the place of a letter: an encoding we do not know has one there."""
    misplaced = count_misplaced(text)
    return misplaced > 1 and misplaced * _MOST_BROKEN > len(text)


def _list_encodings(content: bytes) -> list[tuple[str, tuple[str, ...]]]:
    if _ZERO in content:
        return [one for one in _LANGUAGES.items() if one[0].startswith("utf_16")]
    if content.isascii():
        return [named for sign, named in _SEVEN_BITS.items() if sign in content]
    # As Windows writes it, unless that leaves signs which only Hong Kong has.
    is_windows = _PRIVATE.search(decode_as(content, "cp950") or "\ue000") is None
    return [one for one in _LANGUAGES.items() if not (is_windows and one[0] == "big5hkscs")]


def _is_taken_by_both(weighed: _Weighed) -> bool:
    """Say whether a reading that is just fluent is no mess to charset-normalizer either.

    It is asked about the letters, not the bytes: a cut letter at the end is no mess, nor is the Latin i.
    """
    from charset_normalizer import from_bytes  # noqa: PLC0415  # of texts that may be read in several ways

    if not weighed.is_fluent():
        return False
    text = spell_cyrillic(weighed.reading.text, weighed.language)
    return from_bytes(text.encode(), cp_isolation=["utf_8"]).best() is not None
