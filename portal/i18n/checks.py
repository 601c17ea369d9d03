"""Checks of a catalogue before people see it: more than Babel looks at, by our rules of language."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message

from portal.domain.languages import LOCALES, Tag
from portal.domain.names import forbidden_names, simplified_only
from portal.i18n.catalogues import (
    KEPT,
    MESSAGES,
    SIGN_IN,
    TAG,
    TRANSLATED,
    forms_of,
    ids_of,
    messages_of,
    plural_forms,
    po_path,
    read_catalogue,
    sign_in_template,
    template_path,
)

_PLACEHOLDER: Final = re.compile(r"%(?:\((?P<name>\w+)\))(?P<kind>[sd])?|%(?P<bare>[sd])|\{(?P<field>\w*)\}")
_BIDI: Final = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_RUSSIAN: Final = re.compile(r"[ыэъё]", re.IGNORECASE)
_APOSTROPHE: Final = re.compile(r"(?<=[^\W\d_])['ʼ`´‘](?=[^\W\d_])")
_LOOSE_DASH: Final = re.compile("(?<=\\S) —")
_LOOSE_LETTER: Final = re.compile(r"(?<![\w’])[аійвузо] (?=[\w«%{(@])", re.IGNORECASE)
_LOOSE_COUNT: Final = re.compile(r"(?:\d|%\((?:num|number|count|limit|most)\)s) (?=[а-яіїєґ])")
"""In a Ukrainian newspaper no line ends with a word of one letter, nor between a number and its word."""
_LOOSE_RANGE: Final = re.compile(r"(?:\d|\)[sd]|\})–(?=[\d%{])")
"""A line may end after the dash of 10–15."""
_ENGLISH: Final = (
    (re.compile(r"(?<![-\w])mails?\b(?! server)", re.IGNORECASE), "e-mail"),
    (re.compile(r"\bthere (?:is|are) none\b", re.IGNORECASE), "a sentence that names what is missing"),
)
"""What people read as English of another kind, and what to write."""
_HALF_WIDTH: Final = re.compile(
    r"[\u3400-\u9fff」』）](?:[,;:!?]|\.(?![A-Za-z\d]))|[\u3400-\u9fff]\(|[,;:!?)][\u3400-\u9fff]"
)
_WIDE: Final = "[，。、；：！？（）「」『』〈〉《》]"
_WIDE_BLANK: Final = re.compile(rf"{_WIDE}[ \u00a0](?=\S)|(?<=\S)[ \u00a0]{_WIDE}")
"""Full-width marks have their own room."""
_COUNTED: Final = "[個天次篇則件份封張頁段處字詞位組種條項句行筆期倍歲秒年月日萬]|分鐘|小時|像素"
_LOOSE_NUMBER: Final = re.compile(rf"(?:\d|\)[sd]|\}}) (?={_COUNTED})|第 (?=[\d%{{])")
"""Chinese writes a space between a number and what is counted: a plain one lets a line end there."""
_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*:\S+|//[^\s/]\S*|\bwww\.\S+", re.IGNORECASE)
_BRACKET: Final = re.compile("[<>{}]")
_TEMPLATE: Final = re.compile(r"\{[{%#]|[%#}]\}|\$\{")
_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\u2060-\u2064\ufeff\ufff9-\uffff]")
_STRAY_PERCENT: Final = re.compile(r"%(?!\(\w+\)[sd]|%|[sd])")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a catalogue: the message it is about (empty for the whole) and a sentence."""

    catalogue: str
    msgid: str
    what: str


def _placeholders(text: str) -> Counter[str]:
    """Count the placeholders of a text by name; how a value is written (``s`` or ``d``) may differ."""
    return Counter(
        match["name"] or match["bare"] or f"{{{match['field']}}}" for match in _PLACEHOLDER.finditer(text)
    )


def _edges(text: str) -> tuple[str, str]:
    """Give the whitespace before and after a text."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def _names_other_address(source: str, form: str) -> bool:
    """Say whether a translation leads elsewhere; only an example without a dot may be translated."""
    known, named = _ADDRESS.findall(source), _ADDRESS.findall(form)
    return len(named) > len(known) or any("." in one and one not in known for one in named)


def _find_copy_errors(source: str, form: str) -> Iterator[str]:
    """Say what a translation must take over from its source and does not."""
    if _placeholders(source) != _placeholders(form):
        yield "the placeholders differ from the source"
    if "%(" in source and _STRAY_PERCENT.search(form):
        yield "a percent sign is not part of a placeholder"
    if Counter(TAG.findall(source)) != Counter(TAG.findall(form)):
        yield "the tags differ from the source"
    elif Counter(_BRACKET.findall(source)) != Counter(_BRACKET.findall(form)):
        yield "there are other brackets than in the source"
    if _names_other_address(source, form):
        yield "an address that the source does not have"
    if _TEMPLATE.search(form) and not _TEMPLATE.search(source):
        yield "a mark of templates"
    if _UNSEEN.search(form):
        yield "a character that cannot be seen"
    if _edges(source) != _edges(form):
        yield "the whitespace at the edges differs from the source"


def find_script_errors(form: str, tag: Tag) -> Iterator[str]:
    """Say what does not belong into a text of this language."""
    if _BIDI.search(form):
        yield "an invisible direction character"
    if _LOOSE_RANGE.search(form):
        yield "a range that may part at its dash: write “10 to 15”"
    if tag == "en":
        yield from _find_english_errors(form)
    if tag == "uk":
        yield from _find_ukrainian_errors(form)
    if tag == "zh-Hant-TW":
        yield from _find_chinese_errors(form)
    for name in forbidden_names(form, tag):
        yield f"a wording we do not use: {name}"


def _find_english_errors(form: str) -> Iterator[str]:
    for pattern, instead in _ENGLISH:
        for found in pattern.finditer(form):
            yield f"“{found[0]}” where we write {instead}"


def _find_ukrainian_errors(form: str) -> Iterator[str]:
    if letters := set(_RUSSIAN.findall(form)):
        yield f"letters that Ukrainian does not have: {''.join(sorted(letters))}"
    if _APOSTROPHE.search(form):
        yield "an apostrophe other than ’"
    if _LOOSE_DASH.search(form):
        yield "a dash that may begin a line: it needs a no-break space before it"
    if _LOOSE_LETTER.search(form):
        yield "a word of one letter that may end a line: it needs a no-break space after it"
    if _LOOSE_COUNT.search(form):
        yield "a number that may part from its word: it needs a no-break space between"


def _find_chinese_errors(form: str) -> Iterator[str]:
    if characters := simplified_only(form):
        yield f"Simplified Chinese characters: {''.join(sorted(characters))}"
    if _HALF_WIDTH.search(KEPT.sub("", form)):
        yield "half-width punctuation beside a Chinese character"
    if _WIDE_BLANK.search(form):
        yield "a blank beside a full-width mark, which has its own room"
    if _LOOSE_NUMBER.search(form):
        yield "a number that may part from what it counts: it needs a no-break space between"
    if "你" in form:
        yield "你 where readers are addressed with 您"


def _check_message(message: Message, forms: int, tag: Tag) -> Iterator[str]:
    """Say everything wrong with one message; an untranslated one has only that said of it."""
    if message.fuzzy:
        yield "marked fuzzy"
    translated = forms_of(message)
    expected = forms if message.pluralizable else 1
    if len(translated) != expected or not all(form.strip() for form in translated):
        yield "not translated, or a plural form is empty"
        return
    # A plural form is compared with the plural source: the singular one may say "one" without a number.
    source = ids_of(message)[-1]
    for form in translated:
        yield from _find_copy_errors(source, form)
        yield from find_script_errors(form, tag)


def _keys(catalogue: Catalog) -> set[tuple[str | None, tuple[str, ...]]]:
    """Give what identifies each message: context, singular and plural source."""
    return {(message.context, ids_of(message)) for message in messages_of(catalogue)}


def check_catalogue(catalogue: Catalog, template: Catalog, *, name: str = "") -> list[Problem]:
    """Find everything that keeps a catalogue from being shown to people; empty when it is good."""
    babel_id = str(catalogue.locale)
    tag = next(locale.tag for locale in LOCALES if locale.babel == babel_id)
    name = name or babel_id
    problems = []
    forms = plural_forms(babel_id)
    if catalogue.num_plurals != forms:
        declared = catalogue.num_plurals
        problems.append(Problem(name, "", f"{declared} plural forms are declared, {forms} are needed"))
    if catalogue.fuzzy:
        problems.append(Problem(name, "", "the whole catalogue is marked fuzzy"))
    for message in messages_of(catalogue):
        problems += [Problem(name, ids_of(message)[0], what) for what in _check_message(message, forms, tag)]
    problems += [
        Problem(name, ids[0], "missing from the catalogue") for _, ids in _keys(template) - _keys(catalogue)
    ]
    problems += [
        Problem(name, ids[0], "no longer in the sources") for _, ids in _keys(catalogue) - _keys(template)
    ]
    return problems


def check_template(template: Catalog, fresh: Catalog | None = None) -> list[Problem]:
    """Find source texts nobody can translate well, and with ``fresh`` whether the template is up to date."""
    name = f"{MESSAGES}.pot"
    problems = []
    if not _keys(template):
        problems.append(Problem(name, "", "the template is empty"))
    if fresh is not None and _keys(fresh) != _keys(template):
        problems.append(Problem(name, "", "the template is not what the sources say"))
    for message in messages_of(template):
        for text in ids_of(message):
            if re.search(r"%(?!\(\w+\)[sd])", text):
                problems.append(Problem(name, text, "a placeholder without a name, or a percent sign"))
            if text != text.strip():
                problems.append(Problem(name, text, "whitespace at the edges"))
            problems += [Problem(name, text, what) for what in find_script_errors(text, "en")]
    return problems


def check_folder(folder: Path, fresh: Catalog) -> list[Problem]:
    """Check the template against freshly extracted messages, and every catalogue against its template."""
    if not template_path(folder).exists():
        return [Problem(f"{MESSAGES}.pot", "", "the file is missing")]
    problems = check_template(read_catalogue(template_path(folder)), fresh)
    templates = {MESSAGES: fresh, SIGN_IN: sign_in_template()}
    for locale in TRANSLATED:
        for domain, template in templates.items():
            path = po_path(folder, locale.babel, domain)
            name = path.relative_to(folder).as_posix()
            if path.exists():
                problems += check_catalogue(read_catalogue(path, locale.babel), template, name=name)
            else:
                problems.append(Problem(name, "", "the file is missing"))
    return problems
