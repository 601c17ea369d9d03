"""Blocks as HTML and plain text."""

import pytest

from portal.story.blocks import Link, Paragraph, Text
from portal.story.html import to_html, to_plain
from portal.story.markdown import to_blocks


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("# A & B", "<h2>A &amp; B</h2>"),
        ("a\n**b** *c*", "<p>a<br><strong>b</strong> <em>c</em></p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("1. a", "<ol><li>a</li></ol>"),
        ("> a\n\n---", "<blockquote><p>a</p></blockquote>\n<hr>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("[a](https://x.y)", '<p><a href="https://x.y" rel="nofollow noopener noreferrer">a</a></p>'),
    ],
)
def test_blocks_become_plain_safe_html(typed: str, html: str) -> None:
    assert to_html(to_blocks(typed)) == html


def test_a_note_leads_there_and_back() -> None:
    assert to_html(to_blocks("a[^1]\n\n[^1]: n"), note_prefix="s1", back_label="back") == (
        '<p>a<sup><a href="#s1-1" id="s1-ref-1">1</a></sup></p>\n'
        '<section class="notes"><ol><li id="s1-1">n <a href="#s1-ref-1">back</a></li></ol></section>'
    )


def test_an_id_stands_once_when_a_note_is_mentioned_twice() -> None:
    assert to_html(to_blocks("a[^1] b[^1]\n\n[^1]: n")).count('id="note-ref-1"') == 1


def test_a_bad_address_in_hand_made_blocks_loses_its_link() -> None:
    blocks = (Paragraph((Link("javascript:alert(1)", (Text("a"),)),)),)
    assert to_html(blocks) == '<p><a rel="nofollow noopener noreferrer">a</a></p>'


def test_plain_text_keeps_what_marks_said() -> None:
    typed = "a[^1] [b](https://x.y)\n\n1. c\n\n> d\n\n---\n\n- e\n\n[^1]: n"
    assert to_plain(to_blocks(typed)) == "a[1] b (https://x.y)\n\n1. c\n\n> d\n\n* * *\n\n• e\n\n[1] n"
