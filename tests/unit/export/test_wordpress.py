"""The body for WordPress: valid block markup, and nothing that WordPress would swallow."""

import pytest

from portal.export.wordpress import to_classic_html, to_wordpress_blocks
from portal.story.markdown import to_blocks

RULE = '<hr class="wp-block-separator has-alpha-channel-opacity"/>'


def mark(name: str, html: str, attributes: str = "") -> str:
    return f"<!-- wp:{name}{attributes} -->\n{html}\n<!-- /wp:{name} -->"


ITEMS = "\n\n".join(mark("list-item", f"<li>{word}</li>") for word in "ab")
QUOTED = mark("paragraph", "<p>q</p>")
EXAMPLES = {
    "Один **рядок** *тут*": mark("paragraph", "<p>Один <strong>рядок</strong> <em>тут</em></p>"),
    "## Уранці": mark("heading", '<h2 class="wp-block-heading">Уранці</h2>'),
    "### 早上": mark("heading", '<h3 class="wp-block-heading">早上</h3>', ' {"level":3}'),
    "- a\n- b": mark("list", f'<ul class="wp-block-list">{ITEMS}</ul>'),
    "1. a\n2. b": mark("list", f'<ol class="wp-block-list">{ITEMS}</ol>', ' {"ordered":true}'),
    "> q": mark("quote", f'<blockquote class="wp-block-quote">{QUOTED}</blockquote>'),
    "***": mark("separator", RULE),
}


@pytest.mark.parametrize(("source", "markup"), EXAMPLES.items())
def test_each_block_is_written_as_the_editor_writes_it(source: str, markup: str) -> None:
    assert to_wordpress_blocks(to_blocks(source)) == markup


def test_brackets_do_not_become_shortcodes() -> None:
    assert to_classic_html(to_blocks("[gallery]")) == "<p>&#91;gallery&#93;</p>"


def test_html_that_was_typed_is_shown_as_text() -> None:
    assert to_classic_html(to_blocks("<!-- wp:html --> <b>")) == "<p>&lt;!-- wp:html --&gt; &lt;b&gt;</p>"


def test_no_line_ends_inside_a_paragraph() -> None:
    assert to_classic_html(to_blocks("one\ntwo")) == "<p>one<br>two</p>"


def test_a_link_keeps_its_address() -> None:
    assert to_classic_html(to_blocks("[a](https://example.org/?b=1&c=2)")) == (
        '<p><a href="https://example.org/?b=1&amp;c=2">a</a></p>'
    )


def test_notes_stand_under_a_line() -> None:
    assert (
        to_classic_html(to_blocks("a[^1]\n\n[^1]: b"))
        == "<p>a<sup>1</sup></p>\n\n<hr />\n\n<ol><li>b</li></ol>"
    )
