"""What a contributor types comes out of every export as typed."""

import csv
import io
import re
from collections.abc import Callable
from typing import Final

import html5lib
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from portal.export.docx import write_document
from portal.export.tables import write_csv_row
from portal.export.wordpress import to_classic_html, to_wordpress_blocks
from portal.story.blocks import Block, Paragraph, paragraphs
from portal.story.html import to_html, to_plain
from portal.story.markdown import to_blocks, to_markdown
from portal.story.normalise import clean_line, clean_text
from portal.story.typed_text import to_plain_blocks, to_source
from tests.support.format_readers import read_document, read_guarded
from tests.unit.export.records import make_record

HOSTILE: Final = st.lists(
    st.sampled_from(
        [
            *"*_[]()<>!#-+=~`\\|.:&^/'\" \n\tab12「」家的é\u3000\u00a0{}%$@",
            *(
                "**",
                "***",
                "\n\n",
                "\n- Ти де?",
                "\n* ",
                "\n1. ",
                "\n2) ",
                "\n> ",
                "\n    ",
                "\n# ",
                "\n---\n",
            ),
            *(
                "[^1]",
                "\n[^1]: ",
                "](http://x.y)",
                "<http://z>",
                "&amp;",
                "<b>",
                "![](x)",
                "\n|-|-|\n",
                "\n: ",
            ),
            *("[gallery]", "<!-- /wp:paragraph -->", "https://a_b.c/*d*", "\n```\n", "\n===\n", "~~"),
        ]
    ),
    max_size=60,
).map("".join)
TEXTS: Final = (HOSTILE | st.text(max_size=200)).map(clean_text)
quick = settings(max_examples=400)
EXAMPLES: Final = (
    "*зірочки*",
    "5*3*2 грн",
    "Вечір.\n\n*\n\nРанок.",
    "- Ти де?\n- В укритті.",
    "# не заголовок",
    "> цитата",
    "1. перше\n2. друге",
    "A\\*B",
    "<b>жирно</b> [a](b) ![](c) &amp; `код` _x_ [^1]\n\n[^1]: примітка",
    "a | b\n- | -\n1 | 2",
    "  відступ\nдалі\n\n　　縮排",
    "слово\n: пояснення",
)


def tidy(text: str) -> str:
    """Return a text as a page of paragraphs holds it.

    Spaces before a line are such as do not fall together; blank lines are one; spaces nobody sees, at the
    end of a line, are gone.
    """
    lines = [
        re.sub("^ +(?=[^ \t])", lambda found: "\u00a0" * len(found[0]), line) for line in text.split("\n")
    ]
    lines = [line.strip(" \t") if line.strip() else "" for line in lines]
    found = re.split("\n{2,}", "\n".join(lines).strip("\n"))
    return "\n\n".join(paragraph.rstrip() for paragraph in found)


def read_html(page: str) -> str:
    """Return the words of HTML: paragraphs apart, lines as lines."""
    tree = html5lib.parse(f"<body>{re.sub('<!-- /?wp:paragraph -->', '', page)}", namespaceHTMLElements=False)
    for line in tree.iter("br"):
        line.text = "\n"
    found = list(tree.iter("p"))
    body = tree.find("body")
    assert body is not None
    assert {one.tag for one in body.iter()} <= {"body", "p", "br"}
    return "\n\n".join("".join(one.itertext()) for one in found)


def make_blocks(text: str) -> tuple[Block, ...]:
    blocks = to_blocks(to_source(text))
    assert {type(one) for one in blocks} <= {Paragraph}
    return blocks


def each_example(test: Callable[..., None]) -> Callable[..., None]:
    """Try every known example besides what is drawn."""
    for one in EXAMPLES:
        test = example(text=one)(test)
    return test


@each_example
@quick
@given(text=TEXTS)
def test_a_typed_text_is_paragraphs_of_its_lines(text: str) -> None:
    assert make_blocks(text) == to_plain_blocks(text)
    assert "\n\n".join(paragraphs(make_blocks(text))) == to_plain(make_blocks(text)) == tidy(text)


@each_example
@quick
@given(text=TEXTS)
def test_html_says_what_was_typed(text: str) -> None:
    assert read_html(to_html(make_blocks(text))) == tidy(text)


@each_example
@quick
@given(text=TEXTS)
def test_wordpress_says_what_was_typed(text: str) -> None:
    blocks = make_blocks(text)
    assert read_html(to_classic_html(blocks)) == tidy(text)
    assert read_html(to_wordpress_blocks(blocks)) == tidy(text)


@each_example
@quick
@given(text=TEXTS)
def test_other_readers_of_markdown_say_what_was_typed(text: str) -> None:
    written = to_markdown(make_blocks(text), portable=True)
    for rules in ("commonmark", "gfm-like"):
        reader = (
            MarkdownIt(rules, {"linkify": False}).disable("linkify")
            if rules != "commonmark"
            else MarkdownIt(rules)
        )
        assert read_html(
            reader.render(written).replace("<br />\n", "<br />").replace("<br>\n", "<br>")
        ) == tidy(text)


@pytest.mark.parametrize("lang", ["uk", "zh-Hant-TW", "ja", "ar"])
@each_example
@settings(max_examples=25)
@given(text=TEXTS)
def test_a_word_document_says_what_was_typed(lang: str, text: str) -> None:
    bare = dict.fromkeys(("dek", "byline", "content_warning", "bio"), "")
    record = make_record(title="家", lang=lang, body=make_blocks(text), **bare)
    _uid, lines = read_document(write_document(record))
    assert "\n\n".join(lines[1 : lines.index("家 · CC BY 3.0")]) == tidy(text)


@each_example
@quick
@given(text=TEXTS)
def test_a_line_of_csv_says_what_was_typed(text: str) -> None:
    written = write_csv_row([text, clean_line(text)]).decode()
    ((cell, line),) = csv.reader(io.StringIO(written, newline=""))
    assert (read_guarded(cell), read_guarded(line)) == (text, clean_line(text))
