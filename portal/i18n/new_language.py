"""Adding a language: its locale, its catalogues and its file of shipped texts, empty at first."""

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from babel import Locale as BabelLocale
from babel.messages.catalog import Catalog

from portal.data.content import localized_texts
from portal.domain.languages import LOCALES, STORY_LANGUAGES, Direction, Locale, Tag
from portal.domain.release_texts import LOCALE, SOURCE, added_languages
from portal.i18n.catalogues import (
    DOMAINS,
    MESSAGES,
    new_catalogue,
    po_path,
    sign_in_template,
    write_catalogue,
)
from portal.i18n.checks import Problem

ADDED: Final = "added"
_ABOUT: Final = """\
# What the portal says in {name} besides its catalogues. The English is above each place; write between the
# quotes. Markdown and braces stay as they are. What is left empty is not shown in {name}: a form without
# its consents is not offered. `portal i18n update` keeps this file in step with the texts of the release.
"""


class UnknownLanguage(ValueError):
    """A tag that no locale can be made of; the sentence says why."""


def make_locale(tag: Tag) -> Locale:
    """Make the locale of a tag such as `pl`, `pt-BR` or `sr-Latn`; UnknownLanguage where there is none."""
    if any(locale.tag.casefold() == tag.casefold() for locale in LOCALES):
        raise UnknownLanguage(f"The portal speaks {tag} already.")
    try:
        known = BabelLocale.parse(tag, sep="-")
    except (LookupError, ValueError, TypeError):
        raise UnknownLanguage(f"{tag} is no tag of a language, such as pl, pt-BR or sr-Latn.") from None
    own = str(known)
    written = own.replace("_", "-")
    listed = [language.autonym for language in STORY_LANGUAGES if language.tag == written]
    name = next(iter(listed), None) or known.get_display_name(known) or written
    direction: Direction = "rtl" if known.text_direction == "rtl" else "ltr"
    return Locale(written, own, written.lower(), name[:1].upper() + name[1:], direction)


def write_catalogues(folder: Path, locale: Locale, template: Catalog) -> list[Path]:
    """Write the empty catalogues of a language; return their paths."""
    written = []
    for domain in DOMAINS:
        path = po_path(folder, locale.babel, domain)
        catalogue = new_catalogue(locale.babel, about=f"The interface in {locale.autonym}.")
        source = template if domain == MESSAGES else sign_in_template()
        catalogue.update(source, no_fuzzy_matching=True, update_creation_date=False)
        write_catalogue(path, catalogue)
        written.append(path)
    return written


def write_texts(package: Path, locale: Locale) -> Path:
    """Write the file of shipped texts of a language, with the words it has already; return its path."""
    path = package / "data" / ADDED / f"{locale.tag}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_compose_texts(locale, added_languages().get(locale.tag, {})), encoding="utf-8")
    return path


def update_texts(package: Path) -> list[Path]:
    """Bring the files of all added languages to the texts of the release; return their paths."""
    added = set(added_languages())
    return [write_texts(package, locale) for locale in LOCALES if locale.tag in added]


def count_missing_texts(tag: Tag) -> Mapping[str, int]:
    """Count the shipped texts that a language lacks, by file."""
    missing: dict[str, int] = defaultdict(int)
    for text in localized_texts():
        missing[text.file] += tag not in text.words
    return {file: number for file, number in missing.items() if number}


def check_added() -> list[Problem]:
    """Say of each language that was added how many shipped texts it lacks, by file."""
    return [
        Problem(f"{ADDED}/{tag}.toml", file, f"{number} texts not translated")
        for tag in added_languages()
        for file, number in count_missing_texts(tag).items()
    ]


def _compose_texts(locale: Locale, known: Mapping[str, Mapping[str, str]]) -> str:
    lines = [_ABOUT.format(name=locale.autonym), f"[{LOCALE}]"]
    lines += [f"{key} = {_quote(getattr(locale, key))}" for key in ("tag", "babel", "url", "autonym", "dir")]
    file = ""
    for text in localized_texts():
        if text.file != file:
            file = text.file
            lines += ["", f"[{_quote(file)}]"]
        lines += [f"# {line}".rstrip() for line in text.words[SOURCE].strip().splitlines()]
        lines.append(f"{_quote(text.name)} = {_quote(known.get(file, {}).get(text.name, ''))}")
    return "\n".join(lines) + "\n"


def _quote(text: str) -> str:
    """Write a basic string of TOML, which is one of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
