"""Languages of the interface, languages of stories, and the choice of a text among several languages.

Every language is named by its BCP 47 tag; only :class:`Locale` knows Babel's spelling and the URL's.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal, TypeVar

from babel import Locale as BabelLocale
from babel import UnknownLocaleError
from babel.lists import format_list
from babel.plural import PluralRule

from portal.domain.release_texts import LOCALE, added_languages, read_table

T = TypeVar("T")
Tag = str
Direction = Literal["ltr", "rtl"]

UNDETERMINED: Final = "und"
RIGHT_TO_LEFT_SCRIPTS: Final = frozenset({"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Syrc", "Thaa"})
UNKNOWN_SCRIPT: Final = "Zyyy"
TRADITIONAL_REGIONS: Final = frozenset({"TW", "HK", "MO"})
CHINESE: Final = frozenset(
    {"zh", "cmn", "yue", "nan", "hak", "lzh", "wuu", "gan", "hsn", "cdo", "cpx", "mnp"}
)
_READ_IN_TRADITIONAL: Final = frozenset({"yue", "nan", "hak", "lzh"})
"""Chinese languages whose readers are mostly those of Traditional characters."""
_NEAR_UKRAINIAN: Final = frozenset({"crh", "rue"})
"""Of Ukraine, and read by people who read Ukrainian, wherever they live."""
_OF_UKRAINE: Final = "UA"
MAXIMAL_HEADER_ENTRIES: Final = 50


_BRACKET: Final = re.compile(r"\s*[(（]")


@dataclass(frozen=True, slots=True)
class Locale:
    """One language of the interface, in its three spellings."""

    tag: Tag
    babel: str
    url: str
    autonym: str
    dir: Direction = "ltr"

    @property
    def menu_name(self) -> str:
        """Return the name without its brackets, where no other language of the interface has the same."""
        short = [_BRACKET.split(one.autonym)[0] for one in LOCALES]
        own = _BRACKET.split(self.autonym)[0]
        return own if short.count(own) == 1 else self.autonym


@dataclass(frozen=True, slots=True)
class StoryLanguage:
    """One language a contributor can say a story is written in; ``names`` maps interface tags to its name."""

    tag: Tag
    autonym: str
    script: str
    names: Mapping[Tag, str]
    written: Mapping[Tag, str]
    """Names in the form in which something is written in it, where that differs: «українською», 烏克蘭文."""
    shortened: Mapping[Tag, str]
    """Names for where there is little room, where they differ: no place behind the script."""

    @property
    def dir(self) -> Direction:
        """Say in which direction the script runs."""
        return "rtl" if self.script in RIGHT_TO_LEFT_SCRIPTS else "ltr"


def _load_added_locales() -> tuple[Locale, ...]:
    """Read the languages that were added to those of the release; see `portal i18n add`."""
    return tuple(Locale(**added[LOCALE]) for added in added_languages().values())


ENGLISH: Final = Locale("en", "en", "en", "English")
UKRAINIAN: Final = Locale("uk", "uk", "uk", "Українська")
TRADITIONAL_CHINESE: Final = Locale("zh-Hant-TW", "zh_Hant_TW", "zh-tw", "繁體中文（台灣）")

LOCALES: Final = (ENGLISH, UKRAINIAN, TRADITIONAL_CHINESE, *_load_added_locales())
DEFAULT: Final = ENGLISH

_BY_URL: Final = MappingProxyType({locale.url: locale for locale in LOCALES})
_BY_TAG: Final = MappingProxyType({locale.tag: locale for locale in LOCALES})
_QUALITY = re.compile(r"q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)
_SCRIPT_SUBTAG = re.compile(r"[A-Za-z]{4}")
_REGION_SUBTAG = re.compile(r"[A-Za-z]{2}|\d{3}")


def locale_by_url(url: str) -> Locale | None:
    """Find the locale of a URL segment such as ``zh-tw``; None for any other text, aliases included."""
    return _BY_URL.get(url)


def locale_by_tag(tag: Tag) -> Locale | None:
    """Find the locale of a BCP 47 tag such as ``zh-Hant-TW``; None when the interface does not speak it."""
    return _BY_TAG.get(tag)


@dataclass(frozen=True, slots=True)
class _Subtags:
    """The parts of a language tag that matter here; a missing part is empty."""

    language: str
    script: str
    region: str


@lru_cache(512)
def _split_tag(tag: Tag) -> _Subtags:
    """Take a tag apart; underscores count as hyphens, variants and extensions are ignored."""
    language, *rest = tag.strip().replace("_", "-").split("-")
    language = language.lower()
    script = region = ""
    for part in rest:
        if len(part) == 1:  # an extension or private use begins: no script or region after it
            break
        if language == "zh" and part.lower() in CHINESE:  # zh-yue, zh-min-nan
            language = part.lower()
        elif not script and not region and _SCRIPT_SUBTAG.fullmatch(part):
            script = part.title()
        elif not region and _REGION_SUBTAG.fullmatch(part):
            region = part.upper()
    return _Subtags(language, script, region)


def _accepted_tags(accept_language: str) -> Iterator[Tag]:
    """Give the tags of an Accept-Language header, most wanted first; none refused (q=0) or malformed."""
    weighted: list[tuple[float, Tag]] = []
    for entry in accept_language.split(",")[:MAXIMAL_HEADER_ENTRIES]:
        tag, separator, parameter = entry.partition(";")
        quality = _QUALITY.fullmatch(parameter.strip())
        if separator and quality is None:
            continue
        weight = float(quality[1]) if quality else 1.0
        if tag.strip() and weight > 0:
            weighted.append((weight, tag.strip()))
    weighted.sort(key=lambda pair: -pair[0])
    return (tag for _, tag in weighted)


def _find_spoken(parts: _Subtags) -> Locale | None:
    """Find the locale of a language: the one of the same script and region, as far as there are several.

    Chinese is not asked here: it is chosen by what its readers read.
    """

    def rank(locale: Locale) -> tuple[bool, bool]:
        same_script = parts.script in {"", script_of(locale.tag)}
        return same_script, _split_tag(locale.tag).region == parts.region

    spoken = [locale for locale in LOCALES if _split_tag(locale.tag).language == parts.language]
    return max(spoken, key=rank, default=None)


def _reads_traditional(parts: _Subtags) -> bool:
    """Say whether a Chinese tag means a reader of Traditional characters."""
    if parts.script:
        return parts.script == "Hant"
    if parts.language in _READ_IN_TRADITIONAL:
        return parts.region != "CN"
    return parts.region in TRADITIONAL_REGIONS


def _find_chinese(parts: _Subtags) -> Locale | None:
    """Find the locale in the characters its readers read, of their language and place first."""

    def rank(locale: Locale) -> tuple[bool, bool]:
        own = _split_tag(locale.tag)
        return own.language == parts.language, own.region == parts.region

    chinese = [locale for locale in LOCALES if _split_tag(locale.tag).language in CHINESE]
    read = [one for one in chinese if _reads_traditional(_split_tag(one.tag)) == _reads_traditional(parts)]
    return max(read, key=rank, default=None)


def _reads_ukrainian(parts: _Subtags) -> bool:
    """Say whether somebody who asks for another language will read Ukrainian; of Russian we never take it."""
    return parts.language in _NEAR_UKRAINIAN or (parts.region == _OF_UKRAINE and parts.language != "ru")


def find_wished(accept_language: str) -> Locale | None:
    """Choose the interface language for an Accept-Language header, or for one tag; None when we have none.

    Written here because ready-made matchers send readers in Taiwan to English. Readers of Simplified Chinese,
    where it was not added, get Traditional only when they ask for nothing else we have: those who also read
    English or Ukrainian get that. The same goes for people of Ukraine whose own language we lack. Russian,
    Belarusian or Polish is never taken for Ukrainian: the reader chooses in the menu.
    """
    nearest: Locale | None = None
    for tag in _accepted_tags(accept_language):
        parts = _split_tag(tag)
        if parts.language in CHINESE:
            if found := _find_chinese(parts):
                return found
            nearest = nearest or TRADITIONAL_CHINESE
        elif found := _find_spoken(parts):
            return found
        elif _reads_ukrainian(parts):
            nearest = nearest or UKRAINIAN
    return nearest


def negotiate(accept_language: str) -> Locale:
    """Choose the interface language for an Accept-Language header; the default where none is found."""
    return find_wished(accept_language) or DEFAULT


def _load_story_languages() -> tuple[StoryLanguage, ...]:
    """Read the reviewed list, in the order menus show it; it ends with the undetermined language."""
    return tuple(
        StoryLanguage(
            tag=row["tag"],
            autonym=row["autonym"],
            script=row["script"],
            names=MappingProxyType(row["names"]),
            written=MappingProxyType(row["written"]),
            shortened=MappingProxyType(row.get("shortened", {})),
        )
        for row in read_table("languages.toml")["language"]
    )


_ALL_LANGUAGES: Final = _load_story_languages()
_LANGUAGE_BY_TAG: Final = MappingProxyType({language.tag: language for language in _ALL_LANGUAGES})

STORY_LANGUAGES: Final = tuple(language for language in _ALL_LANGUAGES if language.tag != UNDETERMINED)
"""The languages a form offers, in menu order: those of the first coverage, those of Taiwan, then the rest."""


def is_language_tag(text: str) -> bool:
    """Say whether a text is a tag of our list, spelt as we spell it; ``und`` is one."""
    return text in _LANGUAGE_BY_TAG


def _find_language(tag: Tag) -> StoryLanguage | None:
    """Find the listed language a tag belongs to: itself, the Chinese of its script, or its language alone."""
    if tag in _LANGUAGE_BY_TAG:
        return _LANGUAGE_BY_TAG[tag]
    parts = _split_tag(tag)
    if parts.language == "zh":
        return _LANGUAGE_BY_TAG["zh-Hant-TW" if _reads_traditional(parts) else "zh-Hans"]
    for language in _ALL_LANGUAGES:
        if _split_tag(language.tag).language == parts.language:
            return language
    return None


def script_of(tag: Tag) -> str:
    """Give the ISO 15924 script of a tag: the written one, else the usual one, ``Zyyy`` when not known."""
    written = _split_tag(tag).script
    if written:
        return written
    language = _find_language(tag)
    return language.script if language else UNKNOWN_SCRIPT


def direction_of(tag: Tag) -> Direction:
    """Give the value of HTML ``dir`` for a text in this language."""
    return "rtl" if script_of(tag) in RIGHT_TO_LEFT_SCRIPTS else "ltr"


def language_name(tag: Tag, in_locale: Tag) -> str:
    """Name a language in an interface language; a language we have no name for is shown as its tag."""
    language = _find_language(tag)
    if language is None:
        return tag
    return language.names.get(in_locale, language.names[DEFAULT.tag])


def shortened_name(tag: Tag, in_locale: Tag) -> str:
    """Name a language where there is little room: “Chinese (Traditional)”."""
    language = _find_language(tag)
    if language is None or in_locale not in language.shortened:
        return language_name(tag, in_locale)
    return language.shortened[in_locale]


def written_name(tag: Tag, in_locale: Tag) -> str:
    """Name a language as what is written or read in it: “in Ukrainian”, «українською», 烏克蘭文."""
    language = _find_language(tag)
    if language is None or in_locale not in language.written:
        return language_name(tag, in_locale)
    return language.written[in_locale]


_LIST_PARTS: Final = frozenset({"start", "middle", "end", "2"})


def list_in_sentence(
    words: Sequence[str], locale: BabelLocale, last_link: Literal["and", "or"] = "and"
) -> str:
    """Return words as a part of a sentence: “a, b and c”, «a, b і c», 「a、b和c」.

    The English that is written here has no comma before the last link. Where CLDR lacks a part of a list with
    “or”, it has “and”.
    """
    written = BabelLocale("en", "GB") if locale.language == "en" else locale
    has_or = set(written.list_patterns.get("or", {})) >= _LIST_PARTS
    style: Literal["or", "standard"] = "or" if last_link == "or" and has_or else "standard"
    return format_list(list(words), style=style, locale=written) if words else ""


_PLURAL_ORDER: Final = ("zero", "one", "two", "few", "many", "other")


def _plural_rule(tag: Tag) -> PluralRule:
    """Return the rule of a language; one without plural forms where CLDR does not know it."""
    try:
        return BabelLocale.parse(tag, sep="-").plural_form
    except UnknownLocaleError:
        return PluralRule({})


@lru_cache(64)
def plural_categories(tag: Tag) -> Sequence[str]:
    """List the plural categories that whole numbers up to 199 take in a language, in the order of CLDR."""
    rule = _plural_rule(tag)
    used = {rule(number) for number in range(200)}
    return tuple(category for category in _PLURAL_ORDER if category in used)


def choose_plural(forms: Sequence[str], number: int, tag: Tag) -> str:
    """Choose the form of a noun that goes with a number; the last one where the language has more forms."""
    category = _plural_rule(tag)(number)
    place = plural_categories(tag).index(category)
    return forms[min(place, len(forms) - 1)]


_NAMES_WRITTEN_IN: Final = (
    (re.compile("[\u3040-\u30ff]"), "ja"),
    (re.compile("[\uac00-\ud7a3]"), "ko"),
    (re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"), TRADITIONAL_CHINESE.tag),
    (re.compile("[\u0400-\u052f]"), UKRAINIAN.tag),
    (re.compile("[\u0600-\u06ff]"), "ar"),
    (re.compile("[\u0590-\u05ff]"), "he"),
)


def language_of_name(name: str, page: Tag) -> Tag:
    """Return in which language a person's name is to be read and drawn, on a page of language `page`.

    Nobody is asked for it, so the script tells: Han as in Taiwan, where most of those who sign so live.
    """
    for letters, tag in _NAMES_WRITTEN_IN:
        if letters.search(name):
            return tag
    return page if script_of(page) == "Latn" else UNDETERMINED


def _is_filled(text: object) -> bool:
    """Say whether there is something to show: blank strings and empty lists are nothing."""
    return bool(text.strip()) if isinstance(text, str) else bool(text)


def _are_same_writing(one: Tag, other: Tag) -> bool:
    """Say whether two tags are one language in one script, so that either text can stand for the other."""
    return _split_tag(one).language == _split_tag(other).language and script_of(one) == script_of(other)


def _are_sister_scripts(one: Tag, other: Tag) -> bool:
    """Say whether two tags are one language in two scripts, such as Traditional and Simplified Chinese."""
    return _split_tag(one).language == _split_tag(other).language and script_of(one) != script_of(other)


def best_text(texts: Mapping[Tag, T], wanted: Sequence[Tag]) -> tuple[Tag, T]:
    """Choose the text to show a reader, and say which tag it is in so that the page can mark it.

    ``wanted`` is the reader's language followed by the coverage's fallbacks. Without any of them the first
    filled text is taken, but never another script of a wanted language: Simplified Chinese is not offered for
    Traditional or the other way round. LookupError when no text is left.
    """
    if wanted and wanted[0] in texts and _is_filled(texts[wanted[0]]):
        return wanted[0], texts[wanted[0]]
    filled = {tag: text for tag, text in texts.items() if _is_filled(text)}
    for wish in wanted:
        if wish in filled:
            return wish, filled[wish]
        for tag, text in filled.items():
            if _are_same_writing(tag, wish):
                return tag, text
    for tag, text in filled.items():
        if not any(_are_sister_scripts(tag, wish) for wish in wanted):
            return tag, text
    raise LookupError(f"no text for {', '.join(wanted) or 'any language'}")
