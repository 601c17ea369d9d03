"""The hand-off sheet: every field of a WordPress post as a value to copy, so that nobody retypes."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import IO

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.domain.languages import DEFAULT, direction_of, language_name
from portal.export.formats import Format
from portal.export.post import SHEET_BLOCKS, SHEET_CLASSIC, WHOLE_POST, licence_line, write_post
from portal.export.record import ExportRecord
from portal.export.sections import Sections

PLAIN = "und"
_EDGE = "\n"
_WHOLE_TEXTS = ("blocks", "html", "post")
_LIST = "stories"
"""Where the file lists its stories: at the end, for they come one after the other."""
_STYLE = (
    ":root { color-scheme: light dark } body { max-width: 60rem; margin: auto; padding: 1rem; font: 1rem/1.5"
    " sans-serif; overflow-wrap: anywhere } section { border-top: 1px solid; margin-top: 2rem }"
    " textarea { box-sizing: border-box; width: 100%; font: inherit }"
)


@dataclass(frozen=True)
class SheetField:
    """One field to copy. `lang` is the language of the value, `und` for codes and addresses."""

    key: str
    label: LazyString
    value: str
    lang: str
    is_long: bool = False


@dataclass(frozen=True)
class StorySheet:
    """One story with its fields in the order of the editor's screen; empty ones are left out."""

    record: ExportRecord
    fields: tuple[SheetField, ...]


def fill_sheet(record: ExportRecord, *, names_in: str = DEFAULT.tag) -> StorySheet:
    """Return the fields of one story; names of languages are given in `names_in`."""
    own = record.lang
    fields = (
        SheetField("title", _l("Headline"), record.title, own),
        SheetField("dek", _l("Tagline (dek)"), record.dek, own),
        SheetField("excerpt", _l("Excerpt"), record.excerpt, own, is_long=True),
        SheetField(
            "blocks", _l("Text for the block editor"), write_post(record, SHEET_BLOCKS), own, is_long=True
        ),
        SheetField(
            "html",
            _l("Text as HTML for the classic editor"),
            write_post(record, SHEET_CLASSIC),
            own,
            is_long=True,
        ),
        SheetField(
            "post",
            _l("The whole post as HTML, with its photos in place"),
            write_post(record, WHOLE_POST),
            own,
            is_long=True,
        ),
        SheetField("slug", _l("Slug"), record.slug, PLAIN),
        SheetField("categories", _l("Categories"), ", ".join(record.category_names), own),
        SheetField("category-slugs", _l("Slugs of the categories"), ", ".join(record.categories), PLAIN),
        SheetField("tags", _l("Tags"), ", ".join(topic.name for topic in record.topics), own),
        SheetField("byline", _l("Name to print"), record.byline, own),
        SheetField("bio", _l("About the author"), record.bio, own, is_long=True),
        SheetField("licence", _l("Licence line"), licence_line(record), own, is_long=True),
        SheetField("attribution", _l("Attribution"), record.attribution, own),
        SheetField("warning", _l("Content warning"), record.content_warning, own, is_long=True),
        SheetField("language", _l("Language"), _name_language(own, names_in), names_in),
        SheetField(
            "original",
            _l("Language of the original"),
            _name_language(record.original_lang, names_in),
            names_in,
        ),
        *_list_pictures(record),
    )
    return StorySheet(record, tuple(field for field in fields if field.value))


def _list_pictures(record: ExportRecord) -> Iterator[SheetField]:
    """Give each photo's file in the bundle, its alternative text and its caption."""
    for number, one in enumerate(record.pictures, 1):
        key = f"picture-{number}"
        yield SheetField(f"{key}-file", _l("Photo %(number)s: file", number=number), one.file, PLAIN)
        yield SheetField(
            f"{key}-alt",
            _l("Photo %(number)s: alternative text", number=number),
            one.description,
            one.lang,
            is_long=True,
        )
        yield SheetField(
            f"{key}-caption",
            _l("Photo %(number)s: caption", number=number),
            one.caption(record.licence.name),
            one.lang,
            is_long=True,
        )


class SheetsWriter:
    """Writes the sheets as one HTML file that needs nothing else, in the language of the moment."""

    def __init__(self, out: IO[bytes], _uids: Iterable[str]) -> None:
        """Begin a file."""
        title = escape(_("Hand-off sheet"))
        head = (
            f'<!doctype html>\n<html lang="{DEFAULT.tag}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
            f'<p><a href="#{_LIST}">{escape(_("All stories"))}</a></p>\n'
        )
        out.write(head.encode())
        self._out = out
        self._sections = Sections(out)
        self._links: dict[str, str] = {}

    def add(self, record: ExportRecord) -> None:
        """Write a story."""
        self._sections.add(record.uid, f"{_write_story(fill_sheet(record))}\n".encode())
        self._links[record.uid] = _write_link(record)

    def finish(self) -> None:
        """End the file: then it is whole."""
        listed = "\n".join(self._links.values())
        heading = f'<h2 id="{_LIST}">{escape(_("All stories"))}</h2>'
        self._out.write(f"<nav>\n{heading}\n<ul>\n{listed}\n</ul>\n</nav>\n</body>\n</html>\n".encode())
        self._out.truncate()

    def leave_out(self, uids: Collection[str]) -> None:
        """Take stories out of the file that is whole; it is again, and has none of their bytes."""
        self._sections.take_out(uids)
        self._links = {uid: link for uid, link in self._links.items() if uid not in uids}
        self.finish()

    def close(self) -> None:
        """Let go of the file: there is nothing to be done."""


def _write_link(record: ExportRecord) -> str:
    title = f'<bdi lang="{record.lang}">{escape(record.title)}</bdi>'
    return f'<li><a href="#{record.uid}">{title}</a></li>'


def _write_story(sheet: StorySheet) -> str:
    uid, lang = sheet.record.uid, sheet.record.lang
    heading = f'<h2 id="{uid}" lang="{lang}" dir="{direction_of(lang)}">{escape(sheet.record.title)}</h2>'
    rows = [_write_field(uid, field) for field in sheet.fields]
    lost = [
        f"<p>{escape(_('Missing, because the file could not be read: %(file)s', file=file))}</p>"
        for file in sheet.record.missing_files
    ]
    listed = "\n".join([*lost, *rows])
    return f"<section>\n{heading}\n{listed}\n</section>"


def _write_field(uid: str, field: SheetField) -> str:
    name = f"{uid}-{field.key}"
    rows = 12 if field.key in _WHOLE_TEXTS else 3 if field.is_long else 2
    # The parser drops one line end after <textarea>: this one, never one of the text.
    return (
        f'<p><label for="{name}">{escape(str(field.label))}</label><br>\n'
        f'<textarea id="{name}" rows="{rows}" readonly lang="{field.lang}" dir="auto">'
        f"{_EDGE}{escape(field.value, quote=False)}</textarea></p>"
    )


def _name_language(tag: str, names_in: str) -> str:
    return f"{language_name(tag, names_in)} · {tag}"


FORMAT = Format(
    SheetsWriter,
    "html",
    "text/html; charset=utf-8",
    _l("Open the hand-off sheet"),
    _l("Every field of a WordPress post, ready to copy."),
    name=_l("Hand-off sheet"),
)
