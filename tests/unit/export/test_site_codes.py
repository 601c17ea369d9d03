"""What a site generator takes for its own codes leaves the bundle as the words that were typed.

Tried by hand with Hugo 0.168 and Jekyll 4.3: every text below builds, and stands on the page.
"""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from portal.export.bundle import describe_record, write_json
from portal.export.front_matter import write_front_matter
from portal.export.photos import PictureRecord
from portal.export.record import Address, ExportRecord
from portal.story.html import to_html
from portal.story.markdown import to_blocks
from tests.unit.export.records import make_record

CODES = [
    '{{< figure src="x" >}}',
    '{{% readfile "/etc/passwd" %}}',
    "{{< /nothing >}}",
    "{{</* a */>}}",
    "{{ site.title }}",
    "{{ 7 | times: 7 }}",
    "{% include nothing.html %}",
    "{% raw %}",
    "{% endraw %}",
    "{%- comment -%}",
    "{{",
    "{%",
    "{{{ a }}}",
    "{{{{%",
    "\\{{ a }}",
    "{*{* a*",
    "{**%** a %}",
    "{::comment}",
    "{:.gone}",
    "gone {#gone .gone}",
    "&#123;{ a }}",
    "&lbrace;% a %}",
    "\\&#123;{ a }}",
    "<!--more-->",
    "$$ x $$",
    "| a |",
    "a \\| b",
]
HUGO = ("{{<", "{{%", "<!--more")
JEKYLL = ("{{", "{%", "{:", "{::", "{#", "|", "$$")
UNSEEN = "\u2060"
PLACES = ["{}", "# {}", "- {}", "1. {}", "> {}", "a\n{}\nb", "**{}**", "[{}](https://example.org/)"]


def make_hostile(code: str) -> ExportRecord:
    """Return a record with the code in everything that somebody types."""
    photo = PictureRecord("pictures/0123456789ab.jpg", "uk", code, code, 64, 48, b"", words=code)
    texts = dict.fromkeys(("title", "dek", "excerpt", "byline", "bio", "content_warning"), code)
    address = Address("uk", "https://example.org/{{<a>}}")
    return make_record(**texts, body=to_blocks(code), pictures=(photo,), addresses=(address,))


def read_matter(record: ExportRecord) -> dict[str, Any]:
    matter: dict[str, Any] = yaml.safe_load(write_front_matter(record).decode().split("---\n")[1])
    return matter


def read_body(record: ExportRecord) -> str:
    return write_front_matter(record).decode().split("---\n\n", 1)[1]


def list_texts(value: Any) -> Iterator[str]:
    """Give every text in a value of YAML."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from list_texts(one)
    elif isinstance(value, str):
        yield value


def read_words(page: str) -> str:
    """Return the words of some HTML."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.parametrize("code", CODES)
def test_a_code_in_a_story_is_words(code: str) -> None:
    for place in PLACES:
        blocks = to_blocks(place.replace("{}", code))
        written = read_body(make_record(body=blocks))
        found = [mark for mark in (*HUGO, *JEKYLL) if mark in written]
        assert (found, read_words(MarkdownIt("commonmark").render(written))) == (
            [],
            read_words(to_html(blocks)),
        )


@pytest.mark.parametrize("code", CODES)
def test_a_code_in_a_note_is_words(code: str) -> None:
    written = read_body(make_record(body=to_blocks(f"a[^1]\n\n[^1]: {code}")))
    assert [mark for mark in (*HUGO, *JEKYLL) if mark in written] == []


def test_an_address_with_a_code_leads_where_it_led() -> None:
    written = read_body(make_record(body=to_blocks("[a](https://example.org/{{<b>}}?c=%7B%25|d)")))
    assert ("{" in written, MarkdownIt("commonmark").render(written)) == (
        False,
        '<p><a href="https://example.org/%7B%7B%3Cb%3E%7D%7D?c=%7B%25%7Cd">a</a></p>\n',
    )


@pytest.mark.parametrize("code", CODES)
def test_a_code_in_a_field_is_words(code: str) -> None:
    matter = read_matter(make_hostile(code))
    params, (photo,) = matter["params"], matter["params"]["pictures"]
    typed = [
        *(matter["title"], matter["description"], *matter["authors"], params["dek"], params["bio"]),
        *(params["content_warning"], photo["alt"], photo["caption"], photo["credit"]),
    ]
    texts = list(list_texts(matter))
    assert [text for text in texts if "{{" in text or "{%" in text] == []
    assert {text.replace(UNSEEN, "") for text in typed} == {code}


def test_the_line_of_attribution_and_the_addresses_hold_no_code() -> None:
    matter = read_matter(make_hostile("{{< a >}}"))
    params = matter["params"]
    assert (params["attribution"].replace(UNSEEN, "")[:22], params["published"]["uk"]) == (
        "{{< a >}} · {{< a >}} ",
        "https://example.org/%7B%7B<a>%7D%7D",
    )


def test_texts_without_codes_hold_nothing_unseen() -> None:
    assert UNSEEN not in write_front_matter(make_record(title="{a} {b", bio="5 % {")).decode()


def test_the_data_file_says_what_was_typed() -> None:
    record = make_hostile("{{< a >}}")
    said = json.loads(write_json(describe_record(record)))
    kept = {one.name for one in fields(record)} & said.keys() - {"body"}
    assert {name: said[name] for name in kept} == {name: describe_record(record)[name] for name in kept}
    assert (said["title"], said["body_markdown"]) == ("{{< a >}}", "{{< a >}}\n")
