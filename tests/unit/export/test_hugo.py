"""A site for Hugo: what is in it, and that Hugo builds it and shows every word."""

import io
import shutil
import subprocess
import tomllib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from portal.export.formats import installed_formats
from portal.export.record import ExportRecord, Topic
from portal.export.testing import make_records, write_file
from portal.story.blocks import Notes, paragraphs
from tests.support.format_readers import read_page_lines
from tests.unit.export.records import RECORD, make_record

FORMAT = installed_formats().usable["hugo"]
UKRAINIAN = make_record(
    uid="b" * 32, lang="uk", title="Ніч 🕯️", coverage_title="Україна й Тайвань", slug="nich"
)


def open_site(*records: ExportRecord) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(write_file(FORMAT, records)))


def read_matter(record: ExportRecord) -> str:
    site = open_site(record)
    (page,) = (site.read(name).decode() for name in site.namelist() if name.endswith(".md"))
    return page


def test_each_story_has_a_folder_with_its_language_in_the_name_of_its_page() -> None:
    assert open_site(RECORD, UKRAINIAN).namelist() == [
        "content/stories/01234567/index.zh-hant-tw.md",
        "content/stories/bbbbbbbb/index.uk.md",
        "hugo.toml",
        "themes/plain/layouts/_default/list.html",
        "themes/plain/layouts/_default/single.html",
    ]


def test_the_settings_name_the_languages_there_are() -> None:
    settings = tomllib.loads(open_site(RECORD, UKRAINIAN).read("hugo.toml").decode())
    assert settings["languages"] == {
        "uk": {
            "languageName": "українська",
            "languageCode": "uk",
            "languageDirection": "ltr",
            "title": "Україна й Тайвань",
            "weight": 1,
        },
        "zh-hant-tw": {
            "languageName": "繁體中文（台灣）",
            "languageCode": "zh-Hant-TW",
            "languageDirection": "ltr",
            "title": RECORD.coverage_title,
            "weight": 2,
        },
    }


def test_an_emoji_is_readable_and_a_backslash_before_its_number_stays() -> None:
    page = read_matter(replace(UKRAINIAN, dek="\\U0001F56F \\\\U0001F56F 🕯️"))
    assert page.splitlines()[1] == '"title": "Ніч 🕯️"'
    assert yaml.safe_load(page.split("---\n")[1])["params"]["dek"] == "\\U0001F56F \\\\U0001F56F 🕯️"


def test_an_address_in_another_script_is_kept() -> None:
    matter = yaml.safe_load(read_matter(make_record(slug="台灣-нiч")).split("---\n")[1])
    assert (matter["slug"], matter["draft"]) == ("台灣-нiч", True)


@pytest.mark.parametrize(
    ("name", "tag"), [("歷史", "歷史"), ("../a", "history"), ("a/b", "history"), ("歷" * 41, "history")]
)
def test_a_tag_whose_name_can_be_no_folder_goes_by_its_slug(name: str, tag: str) -> None:
    matter = yaml.safe_load(read_matter(make_record(topics=(Topic("history", name),))).split("---\n")[1])
    assert (matter["tags"], matter["params"]["topics"]) == (
        [tag],
        [{"slug": "history", "name": name}],
    )


@pytest.mark.long_run
def test_hugo_builds_the_site_without_a_warning_and_shows_every_paragraph(tmp_path: Path) -> None:
    hugo = shutil.which("hugo")
    if hugo is None:
        pytest.skip("Debian's hugo is not here")
    records = make_records()
    open_site(*records).extractall(tmp_path)
    done = subprocess.run(
        [hugo, "--buildDrafts"], cwd=tmp_path, check=True, capture_output=True, text=True, timeout=300
    )
    assert (done.stderr, "WARN" in done.stdout) == ("", False)
    lost = [
        (record.uid, text)
        for record in records
        for text in list_lines(record)
        if text not in read_site(tmp_path / "public" / record.lang.lower() / "stories" / record.slug)
    ]
    assert lost == []


def read_site(folder: Path) -> str:
    lines = read_page_lines((folder / "index.html").read_text(encoding="utf-8"))
    return "\n".join(" ".join(line.split()) for line in lines)


def list_lines(record: ExportRecord) -> list[str]:
    """Return the paragraphs of a text, but for those with a mark, which Hugo makes a number."""
    body = tuple(block for block in record.body if not isinstance(block, Notes))
    texts = [record.title, record.dek, record.byline, *paragraphs(body)]
    return [" ".join(line.split()) for text in texts for line in text.split("\n")]
