"""Chinese names of people: in characters, in Pinyin or Wade-Giles, and in Ukrainian (Palladius), as one.

林雨蓁, Lin Yu-chen, Lin Yuzhen and Лінь Юйчжень have one key: the syllables in Wade-Giles without
apostrophes, as it is written in Taiwan, surname first. It tells less apart than Pinyin, and whoever reads it
cannot know more.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from itertools import product
from typing import Final

from portal.domain.slugs import transliterate_ukrainian
from portal.story.han import fold_han
from portal.story.search.tokens import Token
from portal.story.word_forms import is_cyrillic, is_latin

_LETTERS: Final = re.compile("[a-z]+")
_MOST_KEYS: Final = 8
_LONGEST_SYLLABLE: Final = 7
_GIVEN: Final = 2
"""Syllables of most given names."""
NO_NAME: Final = frozenset(
    fold_han(
        "的了是在我你他她它們這那有不和與也就都而及著或個之於為以到說要會可能沒上下來去從對把被讓給但因所如果"
        "然後前時候什麼怎誰哪很太最更又再還只已經過得地呢嗎吧啊呀先生小姐老師醫院路街市縣區鄉鎮村里號樓車站"
        "年月日點分一二三四五六七八九十百千萬兩幾多少每各第次種件位隻條張塊間場家裡外邊頭面出進回起開關看聽"
        "吃喝走跑坐站買賣做用當成像跟比向往自己人民國語話事物東西您其此該即則若且雖卻無非未別另某甚至曾將正"
    )
)
"""Characters that hardly any given name has, and every text."""
_TITLES: Final = frozenset(fold_han("說先小女老醫博教同奶媽爸"))
"""What stands behind a surname and a given name of one character: 王偉先生, 王偉說."""
_SPELT_OTHERWISE: Final[Mapping[str, str]] = {
    "lee": "li",
    "koo": "ku",
    "soong": "song",
    "ing": "ying",
    "woo": "wu",
    "szu": "si",
    "tze": "zi",
}


@dataclass(frozen=True, slots=True)
class HanName:
    """A name where it stands, and its keys: the whole name, and the given name alone."""

    start: int
    end: int
    keys: tuple[str, ...]
    given: tuple[str, ...] = ()


def find_in_run(token: Token, *, alone: bool) -> Iterator[HanName]:
    """Give what may be a name in a run of characters; `alone`: only where the run is nothing else."""
    run, table = token.folded, _read_table()
    for at in (0,) if alone else range(len(run) - 1):
        surname = 2 if run[at : at + 2] in table.surnames else 1 if run[at] in table.surnames else 0
        if not surname:
            continue
        for given in (_GIVEN, 1):
            end = at + surname + given
            if end > len(run) or (alone and end != len(run)):
                continue
            if given == 1 and not alone and run[end : end + 1] and run[end] not in _TITLES:
                continue
            name = run[at:end]
            if not alone and not NO_NAME.isdisjoint(name[surname:]):
                continue
            read = [table.read.get(one) for one in name]
            if all(read):
                spelt = [one for one in read if one]
                yield HanName(
                    token.start + at,
                    token.start + end,
                    ("".join(spelt),),
                    ("".join(spelt[surname:]),) if given == _GIVEN else (),
                )
                break


def find_given(token: Token) -> Iterator[HanName]:
    """Give what a run of two characters is when it is a given name alone."""
    read = [_read_table().read.get(one) for one in token.folded]
    if len(read) == _GIVEN and all(read):
        yield HanName(token.start, token.end, ("".join(one for one in read if one),))


def find_spelt(tokens: Sequence[Token], at: int, *, asked: bool) -> HanName | None:
    """Return the name in Latin or Cyrillic letters that begins with this word; in a text it has capitals."""
    row: list[Token] = []
    for token in tokens[at : at + 3]:
        if token.is_run or (row and token.start - row[-1].end > 1):
            break
        row.append(token)
    if not row or not (asked or row[0].text[0].isupper()):
        return None
    for length in range(len(row), 0, -1):
        words = row[:length]
        if length > 1 and not asked and all(one.text[0].islower() for one in words[1:]) and length == _GIVEN:
            found = _read_given(words)  # Yu-chen
        else:
            found = _read_name(words) if length > 1 else None
        if found is None and asked and (length == _GIVEN or words[0].text[0].isupper()):
            found = _read_given(words)
        if found is not None:
            return HanName(words[0].start, words[-1].end, *found)
    return None


_Found = tuple[tuple[str, ...], tuple[str, ...]]


def _read_name(words: Sequence[Token]) -> _Found | None:
    """Return the keys of a whole name, surname first or last."""
    spelt = [_read_syllables(word.folded) for word in words]
    known = _read_table().spelt_surnames
    keys: dict[str, None] = {}
    givens: dict[str, None] = {}
    for surname, given in ((spelt[0], spelt[1:]), (spelt[-1], spelt[:-1])):
        first = ["".join(one) for one in surname if "".join(one) in known]
        rests = [
            "".join(syllable for word in choice for syllable in word)
            for choice in product(*given)
            if sum(map(len, choice)) in (1, _GIVEN)
        ]
        for one, rest in product(first, rests):
            keys[one + rest] = None
            givens[rest] = None
    return (tuple(keys)[:_MOST_KEYS], tuple(givens)[:_MOST_KEYS]) if keys else None


def _read_given(words: Sequence[Token]) -> _Found | None:
    """Return the keys of a given name of two syllables, in one word or two."""
    spelt = [_read_syllables(word.folded) for word in words]
    keys = tuple(
        "".join(syllable for word in choice for syllable in word)
        for choice in product(*spelt)
        if sum(map(len, choice)) == _GIVEN
    )
    return (keys[:_MOST_KEYS], ()) if keys else None


@lru_cache(maxsize=4096)
def _read_syllables(folded: str) -> Sequence[tuple[str, ...]]:
    """Return what one or two syllables a word may write, each as its key."""
    found: dict[tuple[str, ...], None] = {}
    if is_latin(folded):
        found.update(dict.fromkeys(_split(folded, _read_table().latin)))
    elif is_cyrillic(folded):
        for word in _list_nominatives(folded):
            found.update(dict.fromkeys(_split(word, _spell_palladius())))
            latin = transliterate_ukrainian(word).replace("v", "w")
            found.update(dict.fromkeys(_split(latin, _read_table().latin)))
    return tuple(found)[:_MOST_KEYS]


def _split(word: str, syllables: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    for whole in syllables.get(word, ()):
        yield (whole,)
    for at in range(1, min(len(word), _LONGEST_SYLLABLE + 1)):
        yield from product(syllables.get(word[:at], ()), syllables.get(word[at:], ()))


_CASES: Final = (
    (("ові", "ом", "а", "у", "і", "е"), "", "нр"),
    (("еві", "ем", "я", "ю", "і"), "ь", "н"),
    (("єві", "єм", "я", "ю", "ї"), "й", "аеоуюі"),
)
"""Endings, what stood there instead, and the letters before it."""


def _list_nominatives(word: str) -> Iterator[str]:
    yield word
    for endings, own, before in _CASES:
        for ending in endings:
            stem = word.removesuffix(ending)
            if len(stem) > 1 and stem != word and stem[-1] in before:
                yield stem + own


@dataclass(frozen=True, slots=True)
class _Table:
    surnames: frozenset[str]
    spelt_surnames: frozenset[str]
    read: Mapping[str, str]
    """Folded character to the key of its syllable."""
    latin: Mapping[str, tuple[str, ...]]
    """Spelling of a syllable, Pinyin or Wade-Giles, to the keys it may mean."""


@cache
def _read_table() -> _Table:
    read: dict[str, str] = {}
    keys = _list_syllables()
    for line in _read_lines("han_readings.txt"):
        pinyin, _wade_giles, characters = line.split(" ")
        for character in characters:
            read.setdefault(character, keys[pinyin])
    for line in _read_lines("han_main_readings.txt"):
        pinyin, characters = line.split(" ")
        read.update(dict.fromkeys(characters, keys.get(pinyin, pinyin)))
    latin: dict[str, dict[str, None]] = {}
    for pinyin, key in keys.items():
        for spelt in (pinyin.replace("v", "u"), key, pinyin.replace("v", "yu")):
            latin.setdefault(spelt, {})[key] = None
    for spelt, pinyin in _SPELT_OTHERWISE.items():
        latin.setdefault(spelt, {})[keys[pinyin]] = None
    single, double = _read_lines("han_surnames.txt")[:-1], _read_lines("han_surnames.txt")[-1]
    surnames = frozenset(fold_han("".join(single))) | frozenset(fold_han(double).split())
    sounds = frozenset("".join(read[one] for one in name) for name in surnames if all(map(read.get, name)))
    return _Table(surnames, sounds, read, {one: tuple(found) for one, found in latin.items()})


@cache
def _list_syllables() -> Mapping[str, str]:
    """Return Pinyin (v for ü) and the key of each syllable."""
    lines = (line.split(" ") for line in _read_lines("han_readings.txt"))
    return {
        pinyin: "".join(_LETTERS.findall(spelt)).replace("v", "u") for pinyin, spelt, _characters in lines
    }


_INITIAL_PAIRS: Final = """
zh:чж ch:ч sh:ш b:б p:п m:м f:ф d:д t:т n:н l:л g:г k:к h:х j:цз q:ц x:с r:ж z:цз c:ц s:с
"""
_FINAL_PAIRS: Final = """
a:а o:о e:е ai:ай ei:ей ao:ао ou:оу an:ань en:ень ang:ан eng:ен ong:ун i:і ia:я ie:є iao:яо iu:ю ian:янь
in:інь iang:ян ing:ін iong:юн u:у ua:уа uo:о uai:уай ui:уй uan:уань un:унь uang:уан v:юй ve:юе van:юань vn:юнь
"""
_WHOLE_PAIRS: Final = """
a:а o:о e:е ai:ай ei:ей ao:ао ou:оу an:ань en:ень ang:ан er:ер yi:ї ya:я ye:є yao:яо you:ю yan:янь
yin:їнь yang:ян ying:їн yong:юн yu:юй yue:юе yuan:юань yun:юнь wu:у wa:ва wo:во wai:вай wei:вей wan:вань
wen:вень wang:ван weng:вен
"""
_INITIALS: Final = dict(pair.split(":") for pair in _INITIAL_PAIRS.split())
_FINALS: Final = dict(pair.split(":") for pair in _FINAL_PAIRS.split())
_WHOLE: Final = dict(pair.split(":") for pair in _WHOLE_PAIRS.split())
"""Ukrainian spellings of Pinyin by Palladius: of what begins a syllable, what ends it, and of whole ones."""
_OTHERWISE: Final = (
    ("їнь", "інь"),
    ("їн", "ін"),
    ("ї", "і"),
    ("уй", "уей"),
    ("хо", "хуо"),
    ("го", "гуо"),
    ("ко", "куо"),
)
"""A spelling of the table, and another one that is in use."""
_ROUNDED: Final = str.maketrans({"u": "v"})


@cache
def _spell_palladius() -> Mapping[str, tuple[str, ...]]:
    """Return Ukrainian spellings of syllables, and the keys of what each may mean."""
    found: dict[str, dict[str, None]] = {}
    for pinyin, key in _list_syllables().items():
        for spelt in _spell_syllable(pinyin):
            found.setdefault(spelt, {})[key] = None
    return {spelt: tuple(keys) for spelt, keys in found.items()}


def _spell_syllable(pinyin: str) -> Iterator[str]:
    spelt = _WHOLE.get(pinyin, "")
    if not spelt:
        initial = pinyin[:2] if pinyin[:2] in _INITIALS else pinyin[:1]
        final = pinyin[len(initial) :]
        if initial in ("j", "q", "x"):
            final = final.translate(_ROUNDED) if final.startswith("u") else final
        if initial in ("z", "c", "s", "zh", "ch", "sh", "r") and final == "i":
            spelt = _INITIALS[initial] + "и"
        elif initial in _INITIALS and final in _FINALS:
            spelt = _INITIALS[initial] + _FINALS[final]
    if spelt:
        yield spelt
        for one, other in _OTHERWISE:
            if spelt.endswith(one):
                yield spelt.removesuffix(one) + other


def _read_lines(name: str) -> list[str]:
    text = (resources.files("portal.data") / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
