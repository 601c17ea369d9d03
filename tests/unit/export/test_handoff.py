"""The hand-off sheet: every field of a post, once, ready to copy."""

import re
from html import escape
from html.parser import HTMLParser

from portal.export.handoff import fill_sheet
from tests.support.exports import write_file
from tests.unit.export.records import LICENCE_URI, RECORD, make_record


class Textareas(HTMLParser):
    """Reads textareas as a browser does: one line end after the opening tag is dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag == "textarea"
        if self.inside:
            self.values.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.inside = False
            self.values[-1] = self.values[-1].removeprefix("\n")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.values[-1] += data


def test_the_fields_stand_in_the_order_of_the_editor() -> None:
    assert [field.key for field in fill_sheet(RECORD).fields] == [
        "title", "dek", "excerpt", "blocks", "html", "post", "slug", "categories", "category-slugs", "tags",
        "byline", "bio", "licence",
        "attribution", "warning", "language", "original",
    ]  # fmt: skip


def test_a_field_without_a_value_is_left_out() -> None:
    sheet = fill_sheet(make_record(byline="", bio="", content_warning=""))
    assert {"byline", "bio", "warning"} & {field.key for field in sheet.fields} == set()


def test_the_warning_comes_first_in_the_text() -> None:
    values = {field.key: field.value for field in fill_sheet(RECORD).fields}
    assert values["html"].splitlines()[0] == "<p><strong>提到轟炸。</strong></p>"


def test_categories_stand_by_name_and_by_the_newsrooms_own_slugs() -> None:
    values = {field.key: field.value for field in fill_sheet(RECORD).fields}
    assert (values["categories"], values["category-slugs"]) == (
        "理解烏克蘭與台灣的連結, 歷史",
        "special, ukraine-taiwan, history",
    )


def test_the_licence_line_marks_its_link() -> None:
    values = {field.key: field.value for field in fill_sheet(RECORD).fields}
    assert values["licence"] == f'停電的時候 · 林小美 · <a rel="license" href="{LICENCE_URI}">CC BY 3.0</a>'


def test_the_sheet_as_a_file_holds_every_value_unchanged() -> None:
    reader = Textareas()
    reader.feed(write_file("handoff", [RECORD]).decode())
    assert reader.values == [field.value for field in fill_sheet(RECORD).fields]


def test_the_file_lists_its_stories_and_leads_to_each() -> None:
    stories = [make_record(uid=f"{digit}" * 32, title=f"<{digit}>") for digit in "ab"]
    file = write_file("handoff", stories).decode()
    links = re.findall('<a href="#([^"]+)"><bdi lang="zh-Hant-TW">([^<]+)</bdi></a>', file)
    assert links == [(one.uid, escape(one.title)) for one in stories]
    assert re.findall('<h2 id="([^"]+)"', file) == [*(one.uid for one in stories), "stories"]


def test_a_file_of_sheets_out_of_which_one_is_taken_is_as_if_it_had_never_been_in() -> None:
    first, second, third = (make_record(uid=f"{digit}" * 32, title=f"Nr {digit}") for digit in "abc")
    assert write_file("handoff", [first, second, third], without=[second]) == write_file(
        "handoff", [first, third]
    )
