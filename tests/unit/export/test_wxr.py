"""Import files for WordPress: their shape, and that the lint finds each rule broken."""

import html
import io
import logging
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from portal.domain.errors import FormatFailed
from portal.export import wxr
from portal.export.formats import installed_formats
from portal.export.photos import PictureRecord
from portal.export.record import ExportRecord, Topic
from portal.export.testing import make_records, write_file
from portal.export.wxr_lint import Fault, find_wxr_faults
from portal.story.blocks import Paragraph, Picture, Text, paragraphs
from portal.story.markdown import to_blocks
from tests.unit.export.records import make_record

FORMAT = installed_formats().usable["wxr"]
PHOTO = PictureRecord(
    "pictures/0123456789ab.jpg", "uk", "Полиця", "Олена К.", 64, 48, b"jpeg", words="Дім", key="0" * 8
)
STORY = make_record(
    lang="uk",
    title="Ніч",
    byline="Олена К.",
    body=(Paragraph((Text("Слово"),)), Picture(PHOTO.key), *to_blocks("## Розділ\n\n- так")),
    pictures=(PHOTO,),
    featured=PHOTO.file,
)


def find_address(record: ExportRecord, file: str) -> str:
    return f"https://portal.example/photos/{record.uid}/{file.rpartition('/')[2]}"


def serve(record: ExportRecord) -> ExportRecord:
    """Return a story whose photos can be fetched."""
    served = (replace(one, address=find_address(record, one.file)) for one in record.pictures)
    return replace(record, pictures=tuple(served))


def open_archive(*records: ExportRecord) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(write_file(FORMAT, records)))


def write_xml(*records: ExportRecord) -> str:
    return open_archive(*records).read("uk.xml").decode()


def test_there_is_a_file_for_each_language_with_the_photos_beside_it() -> None:
    chinese = make_record(uid="b" * 32)
    assert open_archive(STORY, chinese).namelist() == [
        "uk-01234567/pictures/0123456789ab.jpg",
        "uk.xml",
        "zh-Hant-TW.xml",
    ]


def test_a_language_with_more_than_wordpress_reads_at_once_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wxr, "LARGEST_FILE", 10_000)
    body = (Paragraph((Text("x" * 6_000),)),)
    stories = [replace(STORY, uid=letter * 32, body=body, pictures=(), featured="") for letter in "ab"]
    assert open_archive(*stories).namelist() == ["uk-1.xml", "uk-2.xml"]


def test_a_photo_that_is_not_served_stands_in_the_text_by_its_place_in_the_archive() -> None:
    written = write_xml(STORY)
    assert ('src="uk-01234567/pictures/0123456789ab.jpg"' in written, "attachment" in written) == (
        True,
        False,
    )


def test_a_photo_that_is_served_is_an_item_with_its_words_and_is_featured() -> None:
    written = write_xml(serve(STORY))
    address = find_address(STORY, PHOTO.file)
    assert written.count(address) == 3  # in the text, as guid, to be fetched
    found = read_meta(written, "_thumbnail_id"), read_meta(written, "_wp_attachment_image_alt")
    assert found == ("2", "Полиця")


def read_meta(written: str, key: str) -> str:
    value = written.partition(f"<wp:meta_key>{key}</wp:meta_key>")[2]
    return value.removeprefix("<wp:meta_value><![CDATA[").partition("]]>")[0]


def test_two_stories_with_one_headline_never_have_one_date() -> None:
    twin = replace(STORY, uid="b" * 32)
    written = write_xml(STORY, twin)
    dates = [line for line in written.splitlines() if "<wp:post_date>" in line]
    assert dates == [
        "<wp:post_date>2026-03-14 09:00:00</wp:post_date>",
        "<wp:post_date>2026-03-14 09:00:01</wp:post_date>",
    ]


def test_each_story_with_the_same_headline_is_dated_in_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[timedelta] = []

    def count(**span: float) -> timedelta:
        steps.append(timedelta(**span))
        return steps[-1]

    monkeypatch.setattr(wxr, "timedelta", count)
    write_xml(*(replace(STORY, uid=f"{number:032x}") for number in range(50)))
    assert steps == [timedelta(seconds=1)] * 49


def test_people_whose_names_are_spelt_alike_have_logins_of_their_own() -> None:
    names = ("Олена К.", "Олена К", "林小美")
    records = [replace(STORY, uid=str(number) * 32, byline=name) for number, name in enumerate(names)]
    lines = write_xml(*records).splitlines()
    logins = {line.split("CDATA[")[1].split("]")[0] for line in lines if "author_login" in line}
    assert {login.rpartition("-")[0] for login in logins} == {"olena-k", "author"}
    assert len(logins) == 3


def test_a_headline_is_words_and_never_a_script() -> None:
    assert "<title><![CDATA[&lt;script&gt; &#93;&#93;&gt; &#91;gallery&#93;]]></title>" in write_xml(
        replace(STORY, title="<script> ]]> [gallery]")
    )


def test_a_file_that_breaks_a_rule_does_not_leave(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(FormatFailed):
        write_file(FORMAT, [replace(STORY, topics=(Topic("Історія", "Історія"),))])
    assert caplog.messages == ["uk.xml breaks rules of WordPress: slugs that stay"]


GOOD = write_xml(serve(STORY), serve(replace(STORY, uid="b" * 32, title="Ранок")))
AUTHOR = next(line for line in GOOD.splitlines() if line.startswith("<wp:author>"))
THUMBNAIL = "_thumbnail_id</wp:meta_key><wp:meta_value><![CDATA[77]]>"
PHOTO_ADDRESS = find_address(STORY, PHOTO.file)
TWIN_ADDRESS = PHOTO_ADDRESS.replace(STORY.uid, "b" * 32)
STEM = PHOTO_ADDRESS.removesuffix(".jpg")
BROKEN: dict[str, tuple[str, str] | Callable[[str], str]] = {
    "no document type": ("<rss", "<!DOCTYPE rss><rss"),
    "well-formed XML": ("<![CDATA[Ніч]]>", "\x07"),
    "a channel": lambda text: "<rss></rss>",
    "small enough for the fast reader": lambda text: text.replace(
        "</channel>", " " * 11_000_000 + "</channel>"
    ),
    "version 1.2": ("<wp:wxr_version>1.2", "<wp:wxr_version>1.1"),
    "logins of plain letters": lambda text: text.replace("olena-k", "Олена"),
    "each author once": lambda text: text.replace(AUTHOR, AUTHOR * 2),
    "no addresses of mail": (
        "<wp:author_email></wp:author_email>",
        "<wp:author_email>a@example.org</wp:author_email>",
    ),
    "authors that are declared": ("<dc:creator><![CDATA[olena-k", "<dc:creator><![CDATA[o"),
    "parents of categories first": (
        "<wp:category_parent><![CDATA[]]>",
        "<wp:category_parent><![CDATA[topics]]>",
    ),
    "slugs that stay": lambda text: text.replace("[history]", "[歷史]").replace('"history"', '"歷史"'),
    "categories and tags alone": ('domain="post_tag"', 'domain="gv_languages"'),
    "terms that are declared": ('domain="category" nicename="special"', 'domain="category" nicename="world"'),
    "numbers of their own": lambda text: text.replace("<wp:post_id>4", "<wp:post_id>1").replace("[4]", "[1]"),
    "headline and date of its own": ("<![CDATA[Ранок]]>", "<![CDATA[Ніч]]>"),
    "full addresses as guid": ('"false">https://stories.invalid/bbbb', '"false">bbbb'),
    "a headline": ("<title><![CDATA[Ніч]]>", "<title><![CDATA[ ]]>"),
    "words as headline and excerpt": ("<title><![CDATA[Ніч]]>", "<title><![CDATA[<b>Ніч</b>]]>"),
    "a real date": ("<wp:post_date>2026-03-14 09:00:00", "<wp:post_date>0000-00-00 00:00:00"),
    "published only when somebody publishes it": (
        "<wp:post_date_gmt>0000-00-00 00:00:00",
        "<wp:post_date_gmt>2026-03-14 09:00:00",
    ),
    "posts and photos alone": ("<wp:post_type>post", "<wp:post_type>page"),
    "drafts alone": ("<wp:status>draft", "<wp:status>publish"),
    "a featured photo of this file": ("_thumbnail_id</wp:meta_key><wp:meta_value><![CDATA[2]]>", THUMBNAIL),
    "photos of this file": (f'src="{PHOTO_ADDRESS}"', 'src="https://portal.example/a.jpg"'),
    "no comments, which are public": ("<p>Слово", "<!-- call her lawyer --><p>Слово"),
    "no numbers of another site's media": ('{"sizeSlug":"large"}', '{"id":7,"sizeSlug":"large"}'),
    "no shortcodes": ("<p>Слово", "<p>[gallery]"),
    "no languages on blocks": ("<p>Слово", '<p lang="uk">Слово'),
    "one line for each paragraph": ("<p>Слово", "<p>Слово\nслово"),
    "nothing that WordPress drops": ("<p>Слово", "<p><iframe></iframe>"),
    "photos at a public address": lambda text: text.replace(
        "https://portal.example/", "https://127.0.0.1:5000/"
    ),
    "photos with a plain name": lambda text: text.replace("0123456789ab.jpg", "湖.jpg"),
    "the address of a photo as its guid": (f">{PHOTO_ADDRESS}<", ">https://portal.example/other<"),
    "photos as their post": ("<wp:status>inherit", "<wp:status>draft"),
    "photos with their post": ("<wp:post_parent>1<", "<wp:post_parent>9<"),
    "alternative texts": ("_wp_attachment_image_alt", "_alt"),
    "caption, credit and licence": lambda text: text.replace("<![CDATA[Дім · Олена К. · CC BY 3.0]]>", ""),
    "names of photos that are no beginning of others": lambda text: text.replace(
        f"{'b' * 32}/0123456789ab", f"{STORY.uid}/0123456789ab-2"
    ),
}


def test_a_good_file_breaks_no_rule() -> None:
    assert find_wxr_faults(GOOD.encode()) == []


@pytest.mark.parametrize("rule", BROKEN)
def test_the_lint_finds_each_rule_broken(rule: str) -> None:
    change = BROKEN[rule]
    spoilt = change(GOOD) if callable(change) else GOOD.replace(*change, 1)
    assert {fault.rule for fault in find_wxr_faults(spoilt.encode())} == {rule}


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("https://portal.example.org/a.jpg", True),
        ("https://portal.example.org:8080/a.jpg", True),
        ("https://portal.example.org:8443/a.jpg", False),
        ("https://localhost/a.jpg", False),
        ("https://10.0.0.1/a.jpg", False),
        ("https://[::1]/a.jpg", False),
        ("https://example.org:x/a.jpg", False),
        ("ftp://example.org/a.jpg", False),
    ],
)
def test_a_photo_is_served_where_wordpress_fetches_it(address: str, *, is_public: bool) -> None:
    spoilt = GOOD.replace(PHOTO_ADDRESS, address)
    assert (Fault("photos at a public address", address) not in find_wxr_faults(spoilt.encode())) is is_public


@pytest.mark.long_run
def test_another_reader_of_such_files_finds_every_story(tmp_path: Path) -> None:
    program = shutil.which("wordpress-export-to-markdown")
    if program is None:
        pytest.skip("wordpress-export-to-markdown, of npm, is not here")
    records = [record for record in make_records() if record.lang in {"uk", "zh-Hant-TW", "ar"}]
    open_archive(*records).extractall(tmp_path)
    options = ["--wizard=false", "--output=out", "--save-attached-images=false"]
    options += ["--save-scraped-images=false", "--post-folders=false"]
    for file in tmp_path.glob("*.xml"):
        # It passes over drafts.
        file.write_text(file.read_text(encoding="utf-8").replace("<wp:status>draft", "<wp:status>publish"))
        subprocess.run([program, *options, f"--input={file}"], cwd=tmp_path, check=True, capture_output=True)
    lost = {
        record.uid: list_words(" ".join(paragraphs(record.body))) - list_words(read_page(tmp_path, record))
        for record in records
    }
    assert set().union(*lost.values()) == set()


def read_page(folder: Path, record: ExportRecord) -> str:
    """Return the page without the signs of stress, which may stand inside a word."""
    written = (folder / f"out/{record.slug}.md").read_text(encoding="utf-8")
    return written + re.sub("[*_]", "", written)


def list_words(text: str) -> set[str]:
    """Return words without signs, which mean something in Markdown."""
    return set(re.findall(r"[^\W_]+", html.unescape(text)))
