"""The heading of a text without a title: its first sentence, for lists, pages and mail of the desk.

A sentence is not cut where a full stop shortens a word or a name («м. Харків», “Dr. Lin”, «Т. Шевченко»)
or numbers a line («1. У листопаді»): cut there, the heading says nothing. In doubt it goes on.
"""

import re
from typing import Final

HEADING_LENGTH: Final = 120
"""Most characters of a heading."""

_LEAST_SENTENCE: Final = 25
"""Characters before which no full stop ends a heading: what is shorter says too little, or is no sentence."""
_MOST_READ: Final = 400
"""Characters of a line in which its first sentence is looked for: what ends later is shortened anyway."""
_LEAST_KEPT: Final = 90
"""Characters of a shortened heading that are kept for the sake of a whole last word."""
_LONGEST_ORDINAL: Final = 2
"""Digits of a number that a full stop behind it may make a first, second, third."""

_SHORTENED: Final = """
акад арк бл буд бул вул гг ген гл год гр грн дж див дол доц др зам зб ім ін кв кг км коп кол лейт май мал
млн млрд мм мін наб напр нар о обл оз ок пгт пл пол полк пом пор пп пр пров проф просп р ред рр руб с св сек
см смт соч ст стор сх тел тис тов тт укр ул хв хут церк ч шт
adm al approx apr apt assn asst aug ave bldg blvd brig capt cf ch cmdr co col corp cpl dec dept dist dr ed
eds esp est et etc ex ext feb fig figs fl fr ft gen gov hon hr hrs inc jan jr jul jun lb lt ltd maj mar max
messrs min misc mr mrs ms mt mts no nos nov oct oz para pg pp pres prof pt rd ref rep rev sec sen sep sept
sgt sr st ste supt tel univ vol vols vs yr yrs
al bp cd cz doc godz gm hab inż itd itp kpt ks lic mgr min mjr mld mln nad nám nast nr np nt obj ok os pkt
płk por pow poz pt ppłk red rej ros rtm str św tj tys tzn tzw ul ur wg woj wł ww zł zm čís č např
abb abs art bd bes bzw ca dipl evtl fa fam geb gegr gest ggf hl hr hrsg inkl ing jh jr kap lfd mio mrd nr
österr phil resp sog std str tel usw vgl zb zt zw bv dhr mevr bl kl
av bd boul cap cie dña dott dpto éd env etc exmo fig gral ing lic mme mlle mons pág págs prov sig sigg sr
sra srta sto sta ud uds vda
gs pgs ths tp ts
"""
"""Words as they are before the full stop that shortens them; those of one letter are told by themselves.

Ukrainian and its neighbours, English, Polish and Czech, German and northern, Romance, Vietnamese.
"""
_ABBREVIATIONS: Final = frozenset(_SHORTENED.split())
_WORDS_OF_ONE_LETTER: Final = frozenset("aioаеєиіїйоуюяявзж") - frozenset("о")
"""Letters that are words, where they are small: a sentence can end with them."""

_CLOSING: Final = "»”“\"'’›」』）)】》〉]"
_STOP: Final = re.compile(rf"(?P<sign>[.…!?]+|[。！？｡؟۔।॥։]+)(?P<closing>[{re.escape(_CLOSING)}]*)")
_LAST_WORD: Final = re.compile(r"[^\s(\[«„“\"'‘「『—–-]*\Z")
_PLAIN_STOPS: Final = frozenset("。！？｡؟۔।॥։")
"""Signs that shorten no word in the scripts they belong to."""


def make_heading(text: str) -> str:
    """Return the first sentence of a text, shortened; empty when there is none."""
    return shorten_heading(_first_sentence(_first_line(text)[:_MOST_READ]))


def shorten_heading(text: str) -> str:
    """Return the text in at most 120 characters, cut between words where that leaves most of it."""
    if len(text) <= HEADING_LENGTH:
        return text
    kept = text[: HEADING_LENGTH - 1]
    before, space, _ = kept.rpartition(" ")
    if space and len(before) >= _LEAST_KEPT and not text[HEADING_LENGTH - 1].isspace():
        kept = before
    return kept.rstrip(" ,;:–—-") + "…"


def _first_line(text: str) -> str:
    """Return the first line with a letter in it: others number, divide or decorate."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    filled = [line for line in lines if line]
    return next((line for line in filled if any(map(str.isalpha, line))), filled[0] if filled else "")


def _first_sentence(line: str) -> str:
    for stop in _STOP.finditer(line):
        if _ends_sentence(line, stop):
            return line[: stop.end()]
    return line


def _ends_sentence(line: str, stop: re.Match[str]) -> bool:
    """Say whether a sentence ends with this sign."""
    sign, rest = stop["sign"], line[stop.end() :]
    if sign[0] in _PLAIN_STOPS:
        return True
    if rest and not rest[0].isspace() and rest[0].isascii() | rest[0].isalpha() and not _is_han(rest[0]):
        return False  # 3.5, example.org, «ні…так»
    if next(filter(str.isalnum, rest), "").islower():
        return False
    if set(sign) & set("!?"):
        return True
    return stop.end() >= _LEAST_SENTENCE and not (sign == "." and _is_shortened(line[: stop.start()]))


def _is_han(letter: str) -> bool:
    return "\u2e80" <= letter <= "\u9fff" or "\uf900" <= letter <= "\ufaff" or letter >= "\U00020000"


def _is_shortened(before: str) -> bool:
    """Say whether what stands before a full stop is a shortened word, an initial or the number of a line."""
    found = _LAST_WORD.search(before)
    word = found[0] if found else ""
    last = word.rpartition(".")[2]
    if last.isdecimal():
        return len(last) <= _LONGEST_ORDINAL and last == word
    if len(last) == 1:
        return "." in word or last not in _WORDS_OF_ONE_LETTER
    return last.casefold() in _ABBREVIATIONS
