"""Words as they are compared when a name may be inflected, transliterated or disguised.

Two words are forms of one when a dictionary says so (simplemma, Ukrainian and English), or when they begin
alike and end in two endings of the lists below: most names are in no dictionary. The lists name the cases of
nouns and adjectives; at the seam a consonant or a vowel may give way to its partner («Завірюха, Завірюсі»,
«Харків, Харкова»). That asks too often rather than too rarely: what is found so, an editor looks at.
"""

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from portal.domain.slugs import transliterate_ukrainian
from portal.story.lookalike_letters import write_in_cyrillic
from portal.story.normalise import drop_hidden

_APOSTROPHES: Final = re.compile("['’ʼ‘ˈ´`′ʹ＇]")
_STRESS: Final = re.compile("[\u0300\u0301]")
_MARKS_THAT_STAY: Final = {"и\u0306", "і\u0308", "И\u0306", "І\u0308"}
_CYRILLIC: Final = re.compile("[\u0400-\u052f]")
_LATIN: Final = re.compile("[a-z]")

_NOUNS: Final = """
а я у ю о е є и і ї й ь ею єю ою ой ей ом ем єм ові еві єві ам ям ами ями ах ях ів їв ьми мі
"""
_ADJECTIVES: Final = """
ий ій им ім їм их іх їх ого ього єго ому ьому єму ими іми їми ої ьої ая яя ую юю ое ее ые ие ым ых ыми его ему
ы э
"""
"""Surnames are inflected like them, too. Those of Russian and Belarusian are among them."""
_SLAVIC_IN_LATIN: Final = """
a e i o u y ia ie io iu em om ami iami ach iach ow owi iem iom ego iego emu iemu ej iej ym im ych ich ymi imi
ze cie dzie ove ovi ou ho mu je ji ja ju s
"""
_CYRILLIC_ENDINGS: Final = frozenset(["", *_NOUNS.split(), *_ADJECTIVES.split()])
_SLAVIC_ENDINGS: Final = frozenset(["", *_SLAVIC_IN_LATIN.split()])
_GERMAN_ENDINGS: Final = frozenset(["", "s", "es", "n", "en", "e", "er", "em", "ns"])
_ENGLISH_ENDINGS: Final = frozenset(["", "s", "es"])
_SLAVIC: Final = frozenset({"pl", "cs", "sk", "sl", "hr", "sr", "bs", "lt", "lv", "ro", "sq"})
_GERMANIC: Final = frozenset({"de", "nl", "sv", "da", "nb", "no", "is", "lb"})
_ADDS_ENDINGS: Final = frozenset({"tr", "az", "hu", "fi", "et", "ka", "kk", "uz", "ko", "crh", "eu"})
"""Languages that put ending after ending to an unchanged name."""

_PARTNERS: Final = (
    frozenset("кцч"),
    frozenset("гзж"),
    frozenset("хсш"),
    frozenset("kcq"),
    frozenset("tc"),
    frozenset("gz"),
)
_VOWEL_SEAM: Final = re.compile(r"([іїоеєиёoei]?)([^аеєиіїоуюяьйaeiouy]{1,2})(.*)", re.DOTALL)
_LEAST_STEM: Final = 3
_MOST_LETTERS: Final = 60
"""Letters of a word that may be a form of another one: longer ones are no words."""
_LEAST_KNOWN: Final = 2
"""Letters two words have in common where both are capitalised."""

_ARABIC_BEFORE: Final = "وال بال فال كال لل ال وب ول و ف ب ل ك"
_HEBREW_BEFORE: Final = "וה וב ול שה ו ב ל מ ה ש כ"
_WRITTEN_BEFORE: Final = frozenset([*_ARABIC_BEFORE.split(), *_HEBREW_BEFORE.split()])
_VERB_FORM: Final = re.compile(
    r"(?P<stem>(?=[a-z]*[aeiou][a-z]*(?:ing|ed)\Z)[a-z]{2,})(?P<ending>ing|(?<!e)ed)"
)
_OTHER_ENDING: Final = {"ing": "ed", "ed": "ing"}
_NO_VERB_FORMS: Final = frozenset(
    ["during", "evening", "willing", "outing", "inning", "backing", "timing", "siding"]
)
"""Words that only look like forms of a verb, or mean something else than the frequent word they come from."""
_LONGEST_TICK: Final = len("brick")
"""Longer ones are of verbs that end in a single c: panicking, trafficked."""
_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u06ff]")
_ARABIC_FOLDS: Final = str.maketrans("أإآٱىةیک", "ااااي\u0647يك", "\u0640")
_LETTER_FOLDS: Final = str.maketrans(
    {"ґ": "г", "ё": "е", "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d"}
)
_FOLDS: Final = {**_LETTER_FOLDS, **_ARABIC_FOLDS}
_FOLDED: Final = re.compile(f"[{''.join(map(chr, _FOLDS))}]")
"""Most words have none of these letters, and looking each letter of them up takes longer than to see that."""
_LATIN_SOUNDS: Final = tuple(
    (re.compile(before), after)
    for before, after in (
        ("szcz|shch|sch", "s"),
        ("sh|sz|ch|cz|ts|tz|c", "s"),
        ("zgh|zh|rz", "z"),
        ("kh|gh|h|g", "h"),
        ("ks", "x"),
        ("w", "v"),
        ("[yij]+(?=[aeou])", ""),
        ("(?:e[yij]|[yij]+)", "i"),
        (r"(.)\1+", r"\1"),
    )
)
"""Ways to write one sound, each replaced by one: the official table and what people write beside it."""


def fold_word(word: str) -> str:
    """Return a word without case, width, marks, apostrophes, hidden signs and letters of another script."""
    text = unicodedata.normalize("NFKC", _APOSTROPHES.sub("", drop_hidden(word))).casefold()
    if text.isascii():
        return text
    written = write_in_cyrillic(text)
    apart = unicodedata.normalize("NFD", written)
    if len(apart) != len(written) or not written.isalnum():
        kept = [
            letter
            for at, letter in enumerate(apart)
            if not unicodedata.combining(letter) or apart[at - 1 : at + 1] in _MARKS_THAT_STAY
        ]
        written = unicodedata.normalize("NFC", "".join(kept))
    return written.translate(_FOLDS) if _FOLDED.search(written) else written


def is_cyrillic(folded: str) -> bool:
    """Say whether a folded word is in Cyrillic letters."""
    return bool(_CYRILLIC.search(folded))


def is_latin(folded: str) -> bool:
    """Say whether a folded word is in Latin letters."""
    return bool(_LATIN.search(folded))


def are_forms(one: str, other: str, langs: Collection[str], *, known: bool = False) -> bool:
    """Say whether two folded words of one script may be forms of one word in one of these languages.

    `known`: both are written as names, with a capital; then two letters in common are enough.
    """
    if one == other:
        return True
    if max(len(one), len(other)) > _MOST_LETTERS:
        return False
    if one[:1] != other[:1]:
        return bool(_RIGHT_TO_LEFT.match(one)) and _has_article(one, other)
    if _end_alike(one, other, _endings_for(one, langs), least=_LEAST_KNOWN if known else _LEAST_STEM):
        return True
    if _ADDS_ENDINGS & set(langs) and min(len(one), len(other)) > _LEAST_STEM:
        return one.startswith(other) or other.startswith(one)
    return _have_one_lemma(one, other, langs)


def are_spelt_alike(cyrillic: str, latin: str) -> bool:
    """Say whether a folded Latin word writes a folded Cyrillic one, inflected or not."""
    if max(len(cyrillic), len(latin)) > _MOST_LETTERS:
        return False
    one, other = spell_sounds(transliterate_ukrainian(cyrillic)), spell_sounds(latin)
    if one == other or _end_alike(one, other, _LATIN_CASES, least=_LEAST_STEM):
        return True
    # «Києва» writes otherwise than Kyiv; the dictionary leads back to «Київ».
    return one[:1] == other[:1] and any(
        spell_sounds(transliterate_ukrainian(lemma)) == other for lemma in _lemmas(cyrillic, "uk")
    )


def spell_sounds(latin: str) -> str:
    """Return a Latin word with one spelling for each sound that transliterations write in several ways."""
    for sound, spelling in _LATIN_SOUNDS:
        latin = sound.sub(spelling, latin)
    return latin


_LATIN_CASES: Final = frozenset(spell_sounds(transliterate_ukrainian(one)) for one in _CYRILLIC_ENDINGS)


def is_common(folded: str) -> bool:
    """Say whether a dictionary has a word that is written without a capital."""
    return len(folded) <= _MOST_LETTERS and any(
        _is_known(folded, lang) and _lemmatize(folded, lang).islower() for lang in _DICTIONARIES
    )


def list_lemmas(written: str) -> frozenset[str]:
    """Return the dictionary's words for one as it is written, folded.

    «Києва» is the city, «києва» a cue, too: a word without a capital may be a name that was typed so.
    """
    plain = _STRESS.sub("", _APOSTROPHES.sub("'", drop_hidden(written)))[:_MOST_LETTERS]
    lang = "uk" if is_cyrillic(plain) else "en"
    if lang == "en" and not plain.isascii():
        return frozenset()
    plain = write_in_cyrillic(plain)
    as_name = _lemmatize(plain.capitalize(), lang)
    lemmas = [as_name]
    if not (plain[:1].isupper() and as_name[:1].isupper()):
        lemmas.append(_lemmatize(plain.lower(), lang))
    return frozenset(map(fold_word, lemmas))


def list_verbs(written: str) -> frozenset[str]:
    """Return the verbs an English word in -ing or -ed may be a form of: of “baking” “bake”.

    The dictionary keeps many such forms as words of their own. The other form leads to the verb (“baked”), or
    that in -s does (“writes”), with its silent e or its single consonant. A name is no form of a verb.
    """
    word = fold_word(written)[:_MOST_LETTERS]
    found = _VERB_FORM.fullmatch(word)
    is_name = written[:1].isupper() and _lemmatize(word.capitalize(), "en")[:1].isupper()
    if found is None or is_name or word in _NO_VERB_FORMS:
        return frozenset()
    stem, other = found["stem"], _OTHER_ENDING[found["ending"]]
    verbs = set(_lead_back(stem + other))
    if _lemmatize(word, "en") == word and not verbs and other == "ed":
        spelt = (f"{stem}e", stem, stem[:-1] if stem[-1] == stem[-2] else stem)
        verbs = {one for one in spelt if one in {*_lead_back(f"{one}s"), *_lead_back(f"{one}es")}}
    if stem.endswith("ick") and len(stem) > _LONGEST_TICK and _is_known(stem[:-1], "en"):
        verbs.add(stem[:-1])
    return frozenset(verbs - {word})


def _lead_back(form: str) -> tuple[str, ...]:
    """Return the dictionary's word of a form that it has, and that is not that word itself."""
    lemma = _lemmatize(form, "en") if _is_known(form, "en") else form
    return () if lemma == form else (lemma,)


def load_dictionaries() -> None:
    """Read the dictionaries that are read at the first word otherwise: once, before workers are forked."""
    for lang in _DICTIONARIES:
        _lemmatize("a", lang)


def _lemmatize(spelt: str, lang: str) -> str:
    """Return the dictionary's word, from the dictionary as it lies in its file: some 5 MiB instead of 40."""
    import simplemma  # noqa: PLC0415  # rules of ten languages, which no page needs before a word is compared

    return simplemma.lemmatize(spelt, lang=lang, low_memory=True)


def _is_known(word: str, lang: str) -> bool:
    import simplemma  # noqa: PLC0415  # as above

    return simplemma.is_known(word, lang=lang, low_memory=True)


_DICTIONARIES: Final = ("uk", "en")
"""Those of the languages that most stories are written in."""


def _endings_for(word: str, langs: Collection[str]) -> frozenset[str]:
    if is_cyrillic(word):
        return _CYRILLIC_ENDINGS
    if _SLAVIC & set(langs):
        return _SLAVIC_ENDINGS
    return _GERMAN_ENDINGS if _GERMANIC & set(langs) else _ENGLISH_ENDINGS


def _end_alike(one: str, other: str, endings: frozenset[str], *, least: int) -> bool:
    shared = _count_shared(one, other)
    for stem in range(shared, max(shared - 3, least - 1), -1):
        rests = one[stem:], other[stem:]
        if all(rest in endings for rest in rests):
            return True
    if shared < _LEAST_KNOWN:
        return False
    return _partners_meet(one[shared:], other[shared:], endings, least=least - shared) or _vowels_meet(
        one[shared:], other[shared:], endings
    )


def _count_shared(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))


def _partners_meet(one: str, other: str, endings: frozenset[str], *, least: int) -> bool:
    """Say whether two rests begin with consonants that give way to each other: «ха» and «сі»."""
    if least > 1 or not one or not other:
        return False
    meet = any(one[0] in group and other[0] in group for group in _PARTNERS)
    return meet and one[1:] in endings and other[1:] in endings


def _vowels_meet(one: str, other: str, endings: frozenset[str]) -> bool:
    """Say whether two rests differ in the vowel before their consonants: «ів» and «ова», «ець» and «ця»."""
    first, second = _VOWEL_SEAM.fullmatch(one), _VOWEL_SEAM.fullmatch(other)
    if first is None or second is None or not (first[1] or second[1]):
        return False
    return first[2] == second[2] and first[3] in endings and second[3] in endings


def _has_article(one: str, other: str) -> bool:
    """Say whether one word is the other behind an article or preposition (Arabic, Hebrew)."""
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= _LEAST_STEM and longer.removesuffix(shorter) in _WRITTEN_BEFORE


def _have_one_lemma(one: str, other: str, langs: Collection[str]) -> bool:
    if min(len(one), len(other)) < _LEAST_STEM:
        return False
    lang = "uk" if is_cyrillic(one) else "en"
    if lang == "en" and "en" not in langs:
        return False
    return not _lemmas(one, lang).isdisjoint(_lemmas(other, lang))


def _lemmas(word: str, lang: str) -> set[str]:
    """Return the dictionary's word as it is written and as a name: «києва» is a cue, «Києва» the city."""
    return {_lemmatize(spelt, lang).casefold() for spelt in (word, word.title())}
