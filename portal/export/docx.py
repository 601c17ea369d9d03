"""Word documents: one for each story, since newsrooms edit, send and translate each by itself.

Nothing of a template gets into them, no time and no name but the story's own: the parts are written here,
python-docx puts them together.
"""

import io
import zipfile
from collections.abc import Mapping
from importlib import resources

from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.package import Package
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.domain.languages import DEFAULT
from portal.export.article import compose_article
from portal.export.formats import Format
from portal.export.record import ExportRecord
from portal.export.single_file import single
from portal.export.story_archive import name_entry, open_zip, zipped
from portal.export.word_document import XML_HEAD, WordStory, write_paragraph
from portal.export.word_runs import RunStyle, clean_xml, name_language, write_runs
from portal.story.blocks import Figure

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FIXED_PARTS = (
    ("styles", CONTENT_TYPE.WML_STYLES, RELATIONSHIP_TYPE.STYLES),
    ("fonts", CONTENT_TYPE.WML_FONT_TABLE, RELATIONSHIP_TYPE.FONT_TABLE),
    ("settings", CONTENT_TYPE.WML_SETTINGS, RELATIONSHIP_TYPE.SETTINGS),
)
_FIXED = {
    name: (resources.files("portal.export") / "word" / f"{name}.xml").read_bytes()
    for name, _type, _relation in _FIXED_PARTS
}
_LABEL_WIDTH, _VALUE_WIDTH = 2400, 6600


def write_document(record: ExportRecord) -> bytes:
    """Return the document of a story."""
    package = Package()
    main = Part(PackURI("/word/document.xml"), CONTENT_TYPE.WML_DOCUMENT_MAIN, b"", package)
    notes = Part(PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES, b"", package)
    package.relate_to(main, RELATIONSHIP_TYPE.OFFICE_DOCUMENT)
    for name, content_type, relation in _FIXED_PARTS:
        main.relate_to(Part(PackURI(f"/word/{name}.xml"), content_type, _FIXED[name], package), relation)
    main.relate_to(notes, RELATIONSHIP_TYPE.FOOTNOTES)
    story = _write_story(record, package, main, notes)
    numbering = PackURI("/word/numbering.xml")
    main.relate_to(
        Part(numbering, CONTENT_TYPE.WML_NUMBERING, story.write_numbering(), package),
        RELATIONSHIP_TYPE.NUMBERING,
    )
    core = Part(
        PackURI("/docProps/core.xml"), CONTENT_TYPE.OPC_CORE_PROPERTIES, _write_properties(record), package
    )
    package.relate_to(core, RELATIONSHIP_TYPE.CORE_PROPERTIES)
    return _pack(package, {main.partname: story.write_document(), notes.partname: story.write_footnotes()})


def _write_story(record: ExportRecord, package: Package, main: Part, notes: Part) -> WordStory:
    contents = {one.file: one.content for one in record.pictures}
    embedded: dict[str, str] = {}

    def embed(figure: Figure) -> str:
        if figure.src not in embedded:
            place = PackURI(f"/word/media/{figure.src.rpartition('/')[2]}")
            part = Part(place, CONTENT_TYPE.JPEG, contents[figure.src], package)
            embedded[figure.src] = main.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
        return embedded[figure.src]

    story = WordStory(
        record.lang,
        record.figures,
        relate=lambda href: main.relate_to(href, RELATIONSHIP_TYPE.HYPERLINK, is_external=True),
        relate_notes=lambda href: notes.relate_to(href, RELATIONSHIP_TYPE.HYPERLINK, is_external=True),
        embed=embed,
    )
    story.add_words(record.title, "Title")
    story.add_words(record.dek, "Subtitle")
    story.add_words(record.byline)
    story.add_words(record.content_warning, is_strong=True)
    story.add_blocks(compose_article(record))
    story.add_words(record.bio)
    _add_licence(story, record)
    story.paragraphs.append(_write_facts(record))
    story.add("")  # Word wants a paragraph after a table
    return story


def _add_licence(story: WordStory, record: ExportRecord) -> None:
    named = "".join(f"{part} · " for part in (record.title, record.byline) if part)
    words = write_runs(record.licence.name or record.licence.uri, story.style.named("Hyperlink"))
    link = f'<w:hyperlink r:id="{story.relate(record.licence.uri)}">{words}</w:hyperlink>'
    story.add(write_runs(named, story.style) + link)


def _write_facts(record: ExportRecord) -> str:
    """Return a table with what the desk needs and no reader sees."""
    own, plain = record.lang, DEFAULT.tag
    rows = (
        (_("Excerpt"), record.excerpt, own),
        (_("Slug"), record.slug, plain),
        (_("Categories"), ", ".join(record.categories), plain),
        (_("Tags"), ", ".join(topic.name for topic in record.topics), own),
        (_("Language"), record.lang, plain),
        (_("Language of the original"), record.original_lang, plain),
        *((_("Missing photo"), file, plain) for file in record.missing_files),
    )
    widths = f'<w:gridCol w:w="{_LABEL_WIDTH}"/><w:gridCol w:w="{_VALUE_WIDTH}"/>'
    written = "".join(
        f"<w:tr>{_write_cell(label, plain, _LABEL_WIDTH)}{_write_cell(value, lang, _VALUE_WIDTH)}</w:tr>"
        for label, value, lang in rows
        if value
    )
    look = '<w:tblPr><w:tblW w:w="0" w:type="auto"/></w:tblPr>'
    return f"<w:tbl>{look}<w:tblGrid>{widths}</w:tblGrid>{written}</w:tbl>"


def _write_cell(text: str, lang: str, width: int) -> str:
    words = write_paragraph(write_runs(text, RunStyle(lang)), lang=lang)
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{words}</w:tc>'


def _write_properties(record: ExportRecord) -> bytes:
    said = (
        ("dc:title", record.title),
        ("dc:creator", record.byline),
        ("dc:identifier", record.uid),
        ("dc:language", name_language(record.lang)),
    )
    listed = "".join(f"<{name}>{clean_xml(text)}</{name}>" for name, text in said if text)
    return (
        f'{XML_HEAD}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/">{listed}</cp:coreProperties>'
    ).encode()


def _pack(package: Package, written: Mapping[str, bytes]) -> bytes:
    """Return the package without the time at which it was made; some parts are known only by now."""
    made, out = io.BytesIO(), io.BytesIO()
    package.save(made)
    with zipfile.ZipFile(made) as source, open_zip(out) as target:
        for name in source.namelist():
            content = written.get(f"/{name}") or source.read(name)
            target.writestr(name_entry(name), content)
    return out.getvalue()


def write_files(record: ExportRecord, name: str) -> dict[str, bytes]:
    """Return the one file of a story among others."""
    return {f"{record.lang}-{name}.docx": write_document(record)}


FORMAT = Format(
    zipped(write_files),
    "zip",
    "application/zip",
    _l("Download Word documents"),
    _l("One for each story, with its photos, footnotes and alternative texts."),
    single=Format(
        single(write_document),
        "docx",
        MEDIA_TYPE,
        _l("Download Word documents"),
        _l("One for each story, with its photos, footnotes and alternative texts."),
        name=_l("Word documents"),
    ),
    name=_l("Word documents"),
)
