"""Reading and writing Markdown."""

import pytest
from markdown_it import MarkdownIt

from portal.story.blocks import (
    Block,
    BulletList,
    Emphasis,
    Heading,
    LineBreak,
    Link,
    NoteRef,
    Notes,
    NumberedList,
    Paragraph,
    Quote,
    Separator,
    Strong,
    Text,
)
from portal.story.markdown import to_blocks, to_markdown


def paragraph(text: str) -> Paragraph:
    return Paragraph((Text(text),))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("# One\n\n###### Six", (Heading(2, (Text("One"),)), Heading(4, (Text("Six"),)))),
        ("one\ntwo", (Paragraph((Text("one"), LineBreak(), Text("two"))),)),
        ("one\n---", (paragraph("one"), Separator())),
        ("- a\n- b", (BulletList(((Text("a"),), (Text("b"),))),)),
        ("- a\n  - b", (BulletList(((Text("a"), LineBreak(), Text("– b")),)),)),
        ("1. a\n2. b", (NumberedList(((Text("a"),), (Text("b"),))),)),
        ("1986. A good year.", (paragraph("1986. A good year."),)),
        ("> a\n>\n> b", (Quote((paragraph("a"), paragraph("b"))),)),
        ("    four spaces", (paragraph("four spaces"),)),
        ("[foo]: http://x.y", (paragraph("[foo]: http://x.y"),)),
        ("<b>x</b> &copy;", (paragraph("<b>x</b> &copy;"),)),
        ("[a](javascript:x)", (paragraph("[a](javascript:x)"),)),
        ('[a](http://x.y "t")', (paragraph('[a](http://x.y "t")'),)),
        ("[a](https://x.y/z)", (Paragraph((Link("https://x.y/z", (Text("a"),)),)),)),
        ("[](https://x.y)", (Paragraph((Link("https://x.y", (Text("https://x.y"),)),)),)),
        (
            "[a <https://x.y> b](https://z)",
            (
                Paragraph(
                    (Text("[a "), Link("https://x.y", (Text("https://x.y"),)), Text(" b](https://z)")),
                ),
            ),
        ),
        ("[a](https://x.y/(z))", (Paragraph((Link("https://x.y/(z)", (Text("a"),)),)),)),
        ("[a [b](https://x.y)", (Paragraph((Text("[a "), Link("https://x.y", (Text("b"),)))),)),
        ("snake_case_name 5 * 3 * 2", (paragraph("snake_case_name 5 * 3 * 2"),)),
        ("   \n", ()),
    ],
)
def test_what_is_typed_becomes_blocks(typed: str, read: tuple[Block, ...]) -> None:
    assert to_blocks(typed) == read


@pytest.mark.parametrize("typed", ["他說**「家」**的", "他說 **「家」** 的"])
def test_stars_round_han_quotes_are_strong(typed: str) -> None:
    (read,) = to_blocks(typed)
    assert isinstance(read, Paragraph)
    assert Strong((Text("「家」"),)) in read.children


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("_a_", "*a*\n"),
        ("***a*b**", "***a*b**\n"),
        ("*a*_b_", "*ab*\n"),
        ("*a **b* c**", "*a **b*** **c**\n"),
        ("***a**", "\\***a**\n"),
        ("**a", "\\*\\*a\n"),
    ],
)
def test_one_meaning_is_written_one_way(typed: str, written: str) -> None:
    assert to_markdown(to_blocks(typed)) == written


def test_notes_are_numbered_as_they_are_mentioned() -> None:
    assert to_blocks("a[^why] b[^x]\n\n[^x]: ex\n[^why]: *y*\n[^z]: zed") == (
        Paragraph((Text("a"), NoteRef(1), Text(" b"), NoteRef(2))),
        Notes(((Emphasis((Text("y"),)),), (Text("ex"),), (Text("zed"),))),
    )


def test_a_mark_without_a_note_stays_text() -> None:
    assert to_blocks("a[^1]") == (paragraph("a[^1]"),)


def test_marks_nested_too_deep_stay_text() -> None:
    assert to_markdown(to_blocks(">" * 30 + "x")).count(">") == 30


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("他說**「家」**的", "<p>他說<strong>「家」</strong>的</p>\n"),
        ("**家**的", "<p><strong>家</strong>的</p>\n"),
        ("*a **b* c**", "<p><em>a <strong>b</strong></em> <strong>c</strong></p>\n"),
        ('a**"b"**c', "<p>a<strong>&quot;b&quot;</strong>c</p>\n"),
        ("!\\[a](http://x.y)", "<p>![a](http://x.y)</p>\n"),
        ("\\![a](http://x.y)", '<p>!<a href="http://x.y">a</a></p>\n'),
        ("a\nb", "<p>a<br />\nb</p>\n"),
        ("&copy; `x`", "<p>&amp;copy; `x`</p>\n"),
    ],
)
def test_other_programs_read_portable_markdown_alike(typed: str, html: str) -> None:
    assert MarkdownIt("commonmark").render(to_markdown(to_blocks(typed), portable=True)) == html


def test_beyond_ten_thousand_lines_of_lists_marks_are_text() -> None:
    (listed,) = to_blocks("\n".join(["- a"] * 10_000))
    assert isinstance(listed, BulletList)
    (read,) = to_blocks("\n".join(["- a"] * 10_001))
    assert isinstance(read, Paragraph)
    assert read.children[:3] == (Text("- a"), LineBreak(), Text("- a"))


def test_a_line_of_words_ends_a_list_behind_a_blank_line_only() -> None:
    assert to_blocks("- a\nb\n\n  c\n\nd\n- e") == (
        BulletList(((Text("a"), LineBreak(), Text("b"), LineBreak(), Text("c")),)),
        paragraph("d"),
        BulletList(((Text("e"),),)),
    )
