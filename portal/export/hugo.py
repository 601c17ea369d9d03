"""Markdown for Hugo: one site with a folder for each story, which Hugo builds as it is.

The layouts lie in a theme of their own: a newsroom takes `content` into its site and leaves the rest.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import IO

from flask_babel import lazy_gettext as _l

from portal.domain.languages import STORY_LANGUAGES, direction_of
from portal.export.article import compose_article
from portal.export.formats import Format
from portal.export.front_matter import write_front_matter
from portal.export.record import ExportRecord
from portal.export.story_archive import FolderNames, StoryArchive

_AUTONYMS = {language.tag: language.autonym for language in STORY_LANGUAGES}
_SINGLE = """<!doctype html>
<html lang="{{ .Params.language }}" dir="{{ .Site.Language.LanguageDirection }}">
<head>
<meta charset="utf-8">
<title>{{ .Title }}</title>
<meta name="description" content="{{ .Description }}">
</head>
<body>
<article>
<h1>{{ .Title }}</h1>
{{ with .Params.params.dek }}<p>{{ . }}</p>{{ end }}
{{ range .Params.authors }}<p>{{ . }}</p>{{ end }}
{{ with .Params.params.content_warning }}<p><strong>{{ . }}</strong></p>{{ end }}
{{ .Content }}
{{ with .Params.params.bio }}<p style="white-space: pre-line">{{ . }}</p>{{ end }}
<p><a rel="license" href="{{ .Params.license }}">{{ .Params.params.licence_name }}</a></p>
</article>
</body>
</html>
"""
_LIST = """<!doctype html>
<html lang="{{ .Site.Language.Lang }}" dir="{{ .Site.Language.LanguageDirection }}">
<head>
<meta charset="utf-8">
{{ $title := cond (eq .Kind "term") .Title .Site.Title -}}
<title>{{ $title }}</title>
</head>
<body>
<h1>{{ $title }}</h1>
<ul>
{{ range cond .IsHome .Site.RegularPages .Pages }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>
{{ end }}</ul>
</body>
</html>
"""
_LAYOUTS = {"single": _SINGLE, "list": _LIST}


class HugoWriter:
    """Writes content, settings and layouts of a site with these stories."""

    def __init__(self, out: IO[bytes], uids: Iterable[str]) -> None:
        """Begin a site of some of the stories that have these ids."""
        self._archive = StoryArchive(out)
        self._names = FolderNames(uids)
        self._titles: dict[str, tuple[str, str]] = {}
        """Language and name of the coverage in it, by the story's id."""

    def add(self, record: ExportRecord) -> None:
        """Write a story."""
        folder = f"content/stories/{self._names.name(record)}"
        page = {
            f"{folder}/index.{name_key(record.lang)}.md": write_front_matter(record, compose_article(record))
        }
        photos = {f"{folder}/{one.file}": one.content for one in record.pictures}
        self._archive.add(record.uid, {**page, **photos})
        self._titles[record.uid] = (record.lang, record.coverage_title)

    def finish(self) -> None:
        """Write what makes a site of the stories."""
        self._archive.write("hugo.toml", write_settings(dict(self._titles.values())))
        for name, layout in sorted(_LAYOUTS.items()):
            self._archive.write(f"themes/plain/layouts/_default/{name}.html", layout.encode())
        self._archive.finish()

    def leave_out(self, uids: Collection[str]) -> None:
        """Take stories out, and what is said of their languages."""
        self._titles = {uid: title for uid, title in self._titles.items() if uid not in uids}
        self._archive.take_out(uids)
        self.finish()

    def close(self) -> None:
        """Let go of the file, which may not be whole."""
        self._archive.close()


def name_key(lang: str) -> str:
    """Return how Hugo names a language, in its settings and in names of files."""
    return lang.lower()


def write_settings(titles: Mapping[str, str]) -> bytes:
    """Return the settings for these languages, each with the title of the site in it."""
    return "\n".join(_list_settings(sorted(titles.items()))).encode()


def _list_settings(titles: list[tuple[str, str]]) -> Iterator[str]:
    yield 'baseURL = "/"'
    yield f"defaultContentLanguage = {_quote(name_key(titles[0][0]) if titles else 'en')}"
    yield "defaultContentLanguageInSubdir = true"
    yield 'theme = "plain"'
    yield "# The stories wait for somebody to publish them: hugo --buildDrafts shows them before."
    yield ""
    yield "# Nothing becomes another character, and <strong> stays where stars would not be read."
    yield "[markup.goldmark.extensions]"
    yield "typographer = false"
    yield "linkify = false"
    yield "[markup.goldmark.renderer]"
    yield "unsafe = true"
    for weight, (lang, title) in enumerate(titles, 1):
        yield ""
        yield f"[languages.{name_key(lang)}]"
        yield f"languageName = {_quote(_AUTONYMS.get(lang, lang))}"
        yield f"languageCode = {_quote(lang)}"
        yield f"languageDirection = {_quote(direction_of(lang))}"
        yield f"title = {_quote(title)}"
        yield f"weight = {weight}"
    yield ""


def _quote(text: str) -> str:
    """Return a text as TOML has it, which in this is like JSON."""
    return json.dumps(text, ensure_ascii=False)


FORMAT = Format(
    HugoWriter,
    "zip",
    "application/zip",
    _l("Download a site for Hugo"),
    _l("Markdown with a folder for each story, ready to be built."),
    name=_l("Site for Hugo"),
)
