"""A site for Hugo: what is in it, and that Hugo builds it and shows every word."""

import io
import tomllib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urljoin

import pytest
import yaml

from portal.domain.languages import STORY_LANGUAGES, UNDETERMINED
from portal.export.article import compose_article
from portal.export.formats import installed_formats
from portal.export.record import ExportRecord, Topic
from portal.export.testing import make_records, write_file
from portal.story.blocks import Picture, paragraphs
from tests.support.debian_readers import build_with_hugo
from tests.support.format_readers import PageLines
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


@dataclass(frozen=True)
class BuiltSite:
    """The stories of a site, and the folder that Hugo has made of it."""

    stories: Sequence[ExportRecord]
    public: Path

    def folder(self, story: ExportRecord) -> Path:
        return self.public / story.lang.lower() / "stories" / story.slug


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuiltSite:
    """Build a site of hostile stories, and of one in each language that a story can be in."""
    tags = [UNDETERMINED, *(language.tag for language in STORY_LANGUAGES)]
    stories = [*make_records(), *map(make_plain, tags)]
    folder = tmp_path_factory.mktemp("site")
    open_site(*stories).extractall(folder)
    build_with_hugo(folder)
    return BuiltSite(stories, folder / "public")


def make_plain(lang: str) -> ExportRecord:
    name = f"plain-{lang.lower()}"
    return make_record(uid=name.ljust(32, "0"), lang=lang, slug=name, topics=())


def test_hugo_makes_a_page_of_each_story_and_no_other(built: BuiltSite) -> None:
    pages = {page.parent for page in built.public.glob("*/stories/*/index.html")}
    assert pages == {built.folder(story) for story in built.stories}


def test_the_front_page_of_each_language_lists_its_stories(built: BuiltSite) -> None:
    for lang in {story.lang for story in built.stories}:
        told = PageReader.read(built.public / lang.lower() / "index.html")
        expected = {f"/{lang.lower()}/stories/{one.slug}/" for one in built.stories if one.lang == lang}
        assert (set(told.links), len(told.links)) == (expected, len(expected))


def test_the_page_of_a_story_says_every_character_in_its_order(built: BuiltSite) -> None:
    said = {story.uid: PageReader.read(built.folder(story) / "index.html").texts for story in built.stories}
    assert said == {story.uid: list_page_texts(story) for story in built.stories}


def test_every_picture_and_address_of_the_site_is_there(built: BuiltSite) -> None:
    lost = [
        (page, address)
        for page in built.public.rglob("*.html")
        for address in PageReader.read(page).own_addresses
        if not (built.public / urljoin(f"{page.relative_to(built.public)}", address).lstrip("/")).exists()
    ]
    assert lost == []


def list_page_texts(story: ExportRecord) -> list[str]:
    """Return what a page says, a line after the other."""
    told = [story.title, story.title, story.dek, story.byline, story.content_warning]
    for block in compose_article(story):
        if isinstance(block, Picture):
            figure = story.figures[block.key]
            told += [" ".join(words.split()) for words in (figure.alt, figure.caption)]
        else:
            told += [line for text in paragraphs((block,)) for line in text.split("\n")]
    told += [*story.bio.split("\n"), story.licence.name]
    return [text for text in told if text.strip()]


class PageReader(PageLines):
    """Reads the lines of a page that Hugo has built, without its numbers of notes, and the addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.is_number = False

    @classmethod
    def read(cls, page: Path) -> "PageReader":
        reader = cls()
        reader.feed(page.read_text(encoding="utf-8"))
        return reader

    @property
    def texts(self) -> list[str]:
        lines = (part for line in self.lines for part in line.split("\n"))
        told = [line.removesuffix("\u00a0") for line in lines if line.strip()]
        return [line.replace("{\u2060", "{") for line in told]  # what parts a code of Hugo, unseen

    @property
    def own_addresses(self) -> list[str]:
        return [
            unquote(one) for one in (*self.links, *self.pictures) if not one.startswith(("https://", "#"))
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        held = dict(attrs)
        self.is_number = tag == "a" and (held.get("class") or "").startswith("footnote-")
        self.links += [held["href"] or ""] if tag == "a" else []
        self.pictures += [held["src"] or ""] if tag == "img" else []

    def handle_endtag(self, tag: str) -> None:
        self.is_number = False

    def handle_data(self, data: str) -> None:
        if not self.is_number:
            super().handle_data(data)
