"""The body for WordPress: valid block markup, and nothing that WordPress would swallow."""

import pytest

from portal.export.wordpress import to_classic_html, to_wordpress_blocks
from portal.story.blocks import Figure, Picture
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


def test_a_typed_reference_stays_words_where_an_account_is_filtered() -> None:
    # The filter makes `<` of `&amp;#60;`, and lets `&#038;#60;` be.
    assert to_classic_html(to_blocks("a &#60; b")) == "<p>a &#038;#60; b</p>"


def test_html_that_was_typed_is_shown_as_text() -> None:
    assert to_classic_html(to_blocks("<!-- wp:html --> <b>")) == "<p>&lt;!-- wp:html --&gt; &lt;b&gt;</p>"


def test_no_line_ends_inside_a_paragraph() -> None:
    assert to_classic_html(to_blocks("one\ntwo")) == "<p>one<br>two</p>"


def test_a_link_keeps_its_address() -> None:
    assert to_classic_html(to_blocks("[a](https://example.org/?b=1&c=2)")) == (
        '<p><a href="https://example.org/?b=1&amp;c=2">a</a></p>'
    )


def test_notes_and_their_mentions_lead_to_each_other_by_ids_on_links() -> None:
    item = '<li><a href="#s-ref-1" id="s-note-1">↑</a> b</li>'
    assert to_wordpress_blocks(to_blocks("a[^1] c[^1]\n\n[^1]: b"), note_prefix="s-") == "\n\n".join(
        [
            mark(
                "paragraph",
                '<p>a<sup><a href="#s-note-1" id="s-ref-1">1</a></sup>'
                ' c<sup><a href="#s-note-1">1</a></sup></p>',
            ),
            mark("separator", RULE),
            mark("list", f'<ol class="wp-block-list">{mark("list-item", item)}</ol>', ' {"ordered":true}'),
        ]
    )


def test_a_photo_is_an_image_block_of_todays_form_without_a_number_of_the_site() -> None:
    figures = {"0123abcd": Figure("pictures/a.jpg", 'A "[street]"', "Street\n· Оля")}
    blocks = (Picture("0123abcd"), Picture("4567cdef"))
    source = '<img src="pictures/a.jpg" alt="A &quot;&#91;street&#93;&quot;"/>'
    assert to_wordpress_blocks(blocks, figures=figures) == mark(
        "image",
        f'<figure class="wp-block-image size-large">{source}'
        '<figcaption class="wp-element-caption">Street · Оля</figcaption></figure>',
        ' {"sizeSlug":"large"}',
    )
    assert to_classic_html(blocks, figures=figures) == (
        f"<figure>{source}<figcaption>Street · Оля</figcaption></figure>"
    )
