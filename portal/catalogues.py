"""The gettext catalogues: made from the sources, checked more strictly than Babel does, compiled."""

import os
import re
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from portal.domain.languages import DEFAULT, LOCALES, Tag
from portal.domain.names import forbidden_names, simplified_only

MESSAGES: Final = "messages"
SIGN_IN: Final = "flask_security"
DOMAINS: Final = (MESSAGES, SIGN_IN)
TRANSLATED: Final = tuple(locale for locale in LOCALES if locale is not DEFAULT)
"""Locales with catalogues; the texts of the default locale are the message ids themselves."""

PLURAL_FORMS: Final = {"uk": 3, "zh_Hant_TW": 1}
"""Forms per catalogue. Other tools write four for Ukrainian, which CLDR has for fractions only."""

KEYWORDS: Final = {
    "_": None,
    "_l": None,
    "N_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
FIXED_DATE: Final = datetime(1970, 1, 1, tzinfo=UTC)
PSEUDO_LOCALE: Final = "eo"
"""A locale Babel knows and nobody here reads; Babel refuses the identifiers made for pseudo-translation."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a catalogue: the message it is about (empty for the whole) and a sentence."""

    catalogue: str
    msgid: str
    what: str


def po_path(folder: Path, babel_id: str, domain: str = MESSAGES) -> Path:
    """Say where the catalogue of a locale lives; its compiled form has the suffix ``.mo``."""
    return folder / babel_id / "LC_MESSAGES" / f"{domain}.po"


def template_path(folder: Path) -> Path:
    """Say where the template lives."""
    return folder / f"{MESSAGES}.pot"


def read_catalogue(path: Path, babel_id: str | None = None) -> Catalog:
    """Read a ``.po`` or ``.pot`` file; PoFileError when it cannot be parsed."""
    with path.open("rb") as file:
        return read_po(file, locale=babel_id, abort_invalid=True)


def _replace_file(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file beside its place and move it in, so that a second process never reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    fresh = Path(name)
    try:
        write(fresh)
        fresh.chmod(0o644)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def write_catalogue(path: Path, catalogue: Catalog) -> None:
    """Write a ``.po`` or ``.pot`` file without line numbers, so that moved code changes no catalogue."""

    def write(fresh: Path) -> None:
        with fresh.open("wb") as file:
            write_po(
                file, catalogue, width=120, include_lineno=False, sort_by_file=True, ignore_obsolete=True
            )

    _replace_file(path, write)


def sign_in_template() -> Catalog:
    """Read the template of the sign-in pages' own messages from the installed library."""
    found = resources.files("flask_security") / "translations" / f"{SIGN_IN}.pot"
    with resources.as_file(found) as path:
        return read_catalogue(path)


def new_catalogue(babel_id: str | None, *, about: str) -> Catalog:
    """Start a catalogue (without a locale: a template) whose header says what is known and nothing else.

    The dates are fixed, because today's would change the files at every run.
    """
    catalogue = Catalog(
        locale=babel_id,
        project="story-portal",
        header_comment=f"# {about}",
        creation_date=FIXED_DATE,
        revision_date=FIXED_DATE,
        fuzzy=False,
    )
    catalogue.version = catalogue.msgid_bugs_address = ""
    catalogue.last_translator = catalogue.language_team = ""
    return catalogue


def extract_template(root: Path) -> Catalog:
    """Collect every message of a checkout, by the mappings in its ``pyproject.toml``.

    FileNotFoundError where there is no such file, as in an installed package.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    mappings = project["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    options = {
        mapping["pattern"]: {key: value for key, value in mapping.items() if key not in {"pattern", "method"}}
        for mapping in mappings
    }
    template = new_catalogue(None, about="Every text of the interface, in English.")
    found = extract_from_dir(
        root, methods, options, keywords=KEYWORDS, comment_tags=("NOTE:",), strip_comment_tags=True
    )
    for filename, line, message, comments, context in found:
        place = (Path(filename).as_posix(), line)
        template.add(message, locations=[place], auto_comments=comments, context=context)
    return template


def write_template(folder: Path, template: Catalog) -> None:
    """Write the template to its place."""
    write_catalogue(template_path(folder), template)


def update_catalogues(folder: Path, template: Catalog) -> list[Path]:
    """Bring every catalogue to the template's messages, never guessing at a changed one; say which."""
    written = []
    for locale in TRANSLATED:
        path = po_path(folder, locale.babel)
        catalogue = (
            read_catalogue(path, locale.babel)
            if path.exists()
            else new_catalogue(locale.babel, about=f"The interface in {locale.autonym}.")
        )
        catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
        write_catalogue(path, catalogue)
        written.append(path)
    return written


def _forms_of(message: Message) -> tuple[str, ...]:
    """Give the translations of a message, one for each plural form."""
    forms = message.string or ""
    return (forms,) if isinstance(forms, str) else tuple(forms)


def _ids_of(message: Message) -> tuple[str, ...]:
    """Give the source texts of a message: one, or singular and plural."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _messages_of(catalogue: Catalog) -> Iterator[Message]:
    """Yield the messages of a catalogue without its header."""
    return (message for message in catalogue if message.id)


def compile_catalogue(source: Path, target: Path) -> None:
    """Compile one catalogue.

    A message with an empty form is left out, so that English shows instead of nothing.
    """
    catalogue = read_catalogue(source, source.parent.parent.name)
    for message in list(_messages_of(catalogue)):
        if not all(_forms_of(message)):
            catalogue.delete(message.id, message.context)

    def write(fresh: Path) -> None:
        with fresh.open("wb") as file:
            write_mo(file, catalogue)

    _replace_file(target, write)


def _is_stale(source: Path, target: Path) -> bool:
    """Say whether the compiled file is missing or older than its source."""
    return not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns


def compile_catalogues(folder: Path, into: Path | None = None) -> list[Path]:
    """Compile each catalogue whose compiled file is missing or older; give the files written.

    Without ``into`` the compiled files stand beside their sources, as gettext expects; with it they go
    there in the same arrangement. An installed package has no sources: nothing is done then.
    """
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = (into or folder) / source.relative_to(folder).with_suffix(".mo")
        if _is_stale(source, target):
            compile_catalogue(source, target)
            written.append(target)
    return written


def ready_folder(folder: Path, instance: Path) -> Path:
    """Make sure compiled catalogues exist, and give the folder to load them from.

    That is the folder itself when it needs nothing or can be written to; otherwise a folder of the instance.
    """
    sources = folder.glob("*/LC_MESSAGES/*.po")
    if not any(_is_stale(source, source.with_suffix(".mo")) for source in sources):
        return folder
    try:
        compile_catalogues(folder)
    except OSError:  # not ours to write to, or a read-only disk
        cache = instance / "translations"
        compile_catalogues(folder, cache)
        return cache
    return folder


_ACCENTS: Final = str.maketrans("aceinosuyzACEINOSUYZ", "áçéíñóšúýžÁÇÉÍÑÓŠÚÝŽ")
_PLACEHOLDER: Final = re.compile(r"%(?:\((?P<name>\w+)\))(?P<kind>[sd])?|%(?P<bare>[sd])|\{(?P<field>\w*)\}")
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]*>")
_KEPT: Final = re.compile(rf"{_TAG.pattern}|&#?\w+;|%\(\w+\)[sd]?|%[sd]|\{{\w*\}}")


def pseudo_text(text: str) -> str:
    """Make a text visibly translated and 30 % longer; placeholders, tags and edge whitespace stay."""
    core = text.strip()
    pieces = []
    end = 0
    for kept in _KEPT.finditer(core):
        pieces += [core[end : kept.start()].translate(_ACCENTS), kept[0]]
        end = kept.end()
    pieces.append(core[end:].translate(_ACCENTS))
    padding = "~" * max(1, round(len(core) * 0.3))
    return text.replace(core, f"⟦{''.join(pieces)} {padding}⟧", 1) if core else text


def pseudo_catalogue(template: Catalog) -> Catalog:
    """Make a catalogue in which every text we translate can be told from one that is written in the code."""
    pseudo = new_catalogue(PSEUDO_LOCALE, about="No language: shows which texts are translated.")
    for message in _messages_of(template):
        texts = tuple(pseudo_text(text) for text in _ids_of(message))
        pseudo.add(message.id, texts if message.pluralizable else texts[0], context=message.context)
    return pseudo


_BIDI: Final = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_RUSSIAN: Final = re.compile(r"[ыэъё]", re.IGNORECASE)
_APOSTROPHE: Final = re.compile(r"(?<=[^\W\d_])['ʼ`´‘](?=[^\W\d_])")
_HALF_WIDTH: Final = re.compile(
    r"[\u3400-\u9fff」』）](?:[,;:!?]|\.(?![A-Za-z\d]))|[\u3400-\u9fff]\(|[,;:!?)][\u3400-\u9fff]"
)
_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*:\S+|//[^\s/]\S*|\bwww\.\S+", re.IGNORECASE)
_BRACKET: Final = re.compile("[<>{}]")
_TEMPLATE: Final = re.compile(r"\{[{%#]|[%#}]\}|\$\{")
_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\u2060-\u2064\ufeff\ufff9-\uffff]")
_STRAY_PERCENT: Final = re.compile(r"%(?!\(\w+\)[sd]|%|[sd])")


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
    if Counter(_TAG.findall(source)) != Counter(_TAG.findall(form)):
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


def _find_script_errors(form: str, tag: Tag) -> Iterator[str]:
    """Say what does not belong into a text of this language."""
    if _BIDI.search(form):
        yield "an invisible direction character"
    if tag == "uk" and (letters := set(_RUSSIAN.findall(form))):
        yield f"letters that Ukrainian does not have: {''.join(sorted(letters))}"
    if tag == "uk" and _APOSTROPHE.search(form):
        yield "an apostrophe other than ’"
    if tag == "zh-Hant-TW":
        if characters := simplified_only(form):
            yield f"Simplified Chinese characters: {''.join(sorted(characters))}"
        if _HALF_WIDTH.search(_KEPT.sub("", form)):
            yield "half-width punctuation beside a Chinese character"
        if "你" in form:
            yield "你 where readers are addressed with 您"
    for name in forbidden_names(form, tag):
        yield f"a wording we do not use: {name}"


def _check_message(message: Message, forms: int, tag: Tag) -> Iterator[str]:
    """Say everything wrong with one message; an untranslated one has only that said of it."""
    if message.fuzzy:
        yield "marked fuzzy"
    translated = _forms_of(message)
    expected = forms if message.pluralizable else 1
    if len(translated) != expected or not all(form.strip() for form in translated):
        yield "not translated, or a plural form is empty"
        return
    # A plural form is compared with the plural source: the singular one may say "one" without a number.
    source = _ids_of(message)[-1]
    for form in translated:
        yield from _find_copy_errors(source, form)
        yield from _find_script_errors(form, tag)


def _keys(catalogue: Catalog) -> set[tuple[str | None, tuple[str, ...]]]:
    """Give what identifies each message: context, singular and plural source."""
    return {(message.context, _ids_of(message)) for message in _messages_of(catalogue)}


def check_catalogue(catalogue: Catalog, template: Catalog, *, name: str = "") -> list[Problem]:
    """Find everything that keeps a catalogue from being shown to people; empty when it is good."""
    babel_id = str(catalogue.locale)
    tag = next(locale.tag for locale in LOCALES if locale.babel == babel_id)
    name = name or babel_id
    problems = []
    forms = PLURAL_FORMS[babel_id]
    if catalogue.num_plurals != forms:
        declared = catalogue.num_plurals
        problems.append(Problem(name, "", f"{declared} plural forms are declared, {forms} are needed"))
    if catalogue.fuzzy:
        problems.append(Problem(name, "", "the whole catalogue is marked fuzzy"))
    for message in _messages_of(catalogue):
        problems += [Problem(name, _ids_of(message)[0], what) for what in _check_message(message, forms, tag)]
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
    for message in _messages_of(template):
        for text in _ids_of(message):
            if re.search(r"%(?!\(\w+\)[sd])", text):
                problems.append(Problem(name, text, "a placeholder without a name, or a percent sign"))
            if text != text.strip():
                problems.append(Problem(name, text, "whitespace at the edges"))
            problems += [
                Problem(name, text, f"a wording we do not use: {wording}")
                for wording in forbidden_names(text, "en")
            ]
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
