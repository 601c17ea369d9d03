"""The gettext catalogues: made from the sources, kept up with them, compiled."""

import os
import re
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po, write_po

from portal.domain.languages import DEFAULT, LOCALES
from portal.i18n.template_uses import TemplateUses

MESSAGES: Final = "messages"
SIGN_IN: Final = "flask_security"
DOMAINS: Final = (MESSAGES, SIGN_IN)
TRANSLATED: Final = tuple(locale for locale in LOCALES if locale is not DEFAULT)
"""Locales with catalogues; the texts of the default locale are the message ids themselves."""


KEYWORDS: Final = {
    "_": None,
    "_l": None,
    "N_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "_pl": ((1, "c"), 2),
}
_UNFINISHED: Final = re.compile(r"%\(\w+\)(?![sd])")
"""A placeholder whose letter is missing, as in a message of Flask-Security: `msgfmt -c` misreads it."""
FIXED_DATE: Final = datetime(1970, 1, 1, tzinfo=UTC)
PSEUDO_LOCALE: Final = "eo"
"""A locale Babel knows and nobody here reads; Babel refuses the identifiers made for pseudo-translation."""


def plural_forms(babel_id: str) -> int:
    """Return how many plural forms a catalogue has: three for Ukrainian, where other tools write four."""
    return get_plural(babel_id).num_plurals


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
    for message in messages_of(catalogue):
        if any(_UNFINISHED.search(one) for one in ids_of(message)):
            message.flags.discard("python-format")

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
    uses = TemplateUses(root)
    found = extract_from_dir(
        root, methods, options, keywords=KEYWORDS, comment_tags=("NOTE:",), strip_comment_tags=True
    )
    for filename, line, message, comments, context in found:
        place = (Path(filename).as_posix(), line)
        said = [*comments, *uses.describe(filename, message)]
        template.add(message, locations=[place], auto_comments=said, context=context)
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


def forms_of(message: Message) -> tuple[str, ...]:
    """Give the translations of a message, one for each plural form."""
    forms = message.string or ""
    return (forms,) if isinstance(forms, str) else tuple(forms)


def ids_of(message: Message) -> tuple[str, ...]:
    """Give the source texts of a message: one, or singular and plural."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def messages_of(catalogue: Catalog) -> Iterator[Message]:
    """Yield the messages of a catalogue without its header."""
    return (message for message in catalogue if message.id)


def compile_catalogue(source: Path, target: Path) -> None:
    """Compile one catalogue.

    A message with an empty form is left out, so that English shows instead of nothing.
    """
    catalogue = read_catalogue(source, source.parent.parent.name)
    for message in list(messages_of(catalogue)):
        if not all(forms_of(message)):
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
TAG: Final = re.compile(r"</?[A-Za-z][^<>]*>")
KEPT: Final = re.compile(rf"{TAG.pattern}|&#?\w+;|%\(\w+\)[sd]?|%[sd]|\{{\w*\}}")
"""What stands in a text and is not translated: tags, entities, placeholders."""


def pseudo_text(text: str) -> str:
    """Make a text visibly translated and 30 % longer; placeholders, tags and edge whitespace stay."""
    core = text.strip()
    pieces = []
    end = 0
    for kept in KEPT.finditer(core):
        pieces += [core[end : kept.start()].translate(_ACCENTS), kept[0]]
        end = kept.end()
    pieces.append(core[end:].translate(_ACCENTS))
    padding = "~" * max(1, round(len(core) * 0.3))
    return text.replace(core, f"⟦{''.join(pieces)} {padding}⟧", 1) if core else text


def pseudo_catalogue(template: Catalog) -> Catalog:
    """Make a catalogue in which every text we translate can be told from one that is written in the code."""
    pseudo = new_catalogue(PSEUDO_LOCALE, about="No language: shows which texts are translated.")
    for message in messages_of(template):
        texts = tuple(pseudo_text(text) for text in ids_of(message))
        pseudo.add(message.id, texts if message.pluralizable else texts[0], context=message.context)
    return pseudo
