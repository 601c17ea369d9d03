"""The checks of pages can fail: each fault, put into a sound page, is named."""

from xml.etree.ElementTree import Element

import html5lib
import pytest

from tests.support.page_checks import (
    find_empty_parts,
    find_false_keys,
    find_html_faults,
    find_idle_parts,
    find_misnamed_texts,
    find_open_passwords,
    find_slips,
    find_undirected_texts,
    find_unhelped_fields,
    find_unknown_languages,
    find_unlinked_errors,
    find_unnamed_controls,
)

SOUND = """<!doctype html><html lang="{lang}"><head><title>A</title></head><body><main>
<form><label for="story">A</label><textarea id="story" aria-describedby="hint"></textarea><p id="hint">A</p>
<label for="picture">A</label><input id="picture"><button>A</button></form>
<details><summary>A</summary><a href="#story">A</a></details>{more}</main></body></html>"""


def read(more: str = "", lang: str = "en") -> Element:
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree: Element = parser.parse(SOUND.format(more=more, lang=lang))
    return tree


def test_a_sound_page_has_no_faults() -> None:
    assert [*find_html_faults(read()), *find_misnamed_texts(read())] == []


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ('<p id="story"></p>', "the id 'story' stands 2 times"),
        ('<p id="two words"></p>', "'two words' is no id"),
        ('<label for="gone">A</label>', "label[for] names 'gone', which is nowhere"),
        ('<p aria-describedby="hint gone">A</p>', "p[aria-describedby] names 'gone', which is nowhere"),
        ('<a href="#gone">A</a>', "a link leads to '#gone', which is nowhere"),
        ('<label for="hint">A</label>', "the label of 'hint' labels nothing that has a value"),
        ('<a href="/"><input></a>', "input inside a"),
        ('<button><a href="/">A</a></button>', "a inside button"),
        ("<details><summary><input></summary></details>", "input inside summary"),
        ("<span><div>A</div></span>", "div inside span"),
        ("<ul><p>A</p></ul>", "p straight inside ul"),
    ],
)
def test_unsound_html_is_named(more: str, fault: str) -> None:
    assert list(find_html_faults(read(more))) == [fault]


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ('<input name="when">', "nothing names the input 'when'"),
        ('<label for="a"> </label><input id="a" name="when">', "nothing names the input 'when'"),
        ('<label> <select name="when"></select></label>', "nothing names the select 'when'"),
        ('<textarea name="when" aria-label=""></textarea>', "nothing names the textarea 'when'"),
        ('<button name="when"><svg></svg></button>', "nothing names the button 'when'"),
    ],
)
def test_a_control_without_a_name_is_named(more: str, fault: str) -> None:
    assert list(find_unnamed_controls(read(more))) == [fault]


@pytest.mark.parametrize(
    "more",
    [
        "<label>A <input></label>",
        '<input aria-label="A">',
        '<input type="hidden">',
        "<textarea hidden></textarea>",
    ],
)
def test_a_control_that_is_named_or_hidden_is_sound(more: str) -> None:
    assert list(find_unnamed_controls(read(more))) == []


@pytest.mark.parametrize(
    ("more", "faults"),
    [
        ('<p lang="uk" dir="auto"></p><a href="/" hreflang="x-default"></a><i lang="und"></i>', []),
        ('<p lang="ltr"></p>', ["p[lang] is 'ltr'"]),
        ('<p lang=""></p>', ["p[lang] is ''"]),
        ('<p dir="uk"></p>', ["p[dir] is 'uk'"]),
        ('<a href="/" hreflang="Українська"></a>', ["a[hreflang] is 'Українська'"]),
    ],
)
def test_a_language_nobody_knows_is_named(more: str, faults: list[str]) -> None:
    assert list(find_unknown_languages(read(more))) == faults


ERROR = '<div id="when-field"><div class="field-error" id="when-error"><p>A</p></div></div>'


@pytest.mark.parametrize(
    ("summary", "faults"),
    [
        ('<div class="error-summary"><a href="#when-field">A</a></div>', []),
        ('<div class="error-summary">A</div>', ["nothing leads to the error of 'when'"]),
        ('<a href="#when-field">A</a>', ["nothing leads to the error of 'when'"]),
    ],
)
def test_an_error_nothing_leads_to_is_named(summary: str, faults: list[str]) -> None:
    assert list(find_unlinked_errors(read(summary + ERROR))) == faults


@pytest.mark.parametrize(
    ("more", "faults"),
    [
        ("<ul></ul>", ["an empty ul"]),
        ("<h2> </h2>", ["an empty h2"]),
        ('<a href="/"></a>', ["an empty a"]),
        ("<dl></dl>", ["an empty dl"]),
        ('<a href="/"><img alt="A"></a><a href="/" aria-label="A"></a><ul><li></li></ul>', []),
        ('<div role="status"><ul></ul></div>', []),
    ],
)
def test_a_part_that_holds_nothing_is_named(more: str, faults: list[str]) -> None:
    assert list(find_empty_parts(read(more))) == faults


@pytest.mark.parametrize(
    ("more", "faults"),
    [
        ("<a>Read on</a>", ["a link leads nowhere: Read on"]),
        ('<a href="">Read on</a>', ["a link leads nowhere: Read on"]),
        (
            '<form action="/send"><input type="hidden" name="csrf_token"></form>',
            ["the form of '/send' is not posted"],
        ),
        ('<form method="post"><input type="hidden" name="csrf_token"></form><form></form>', []),
    ],
)
def test_a_part_that_does_nothing_is_named(more: str, faults: list[str]) -> None:
    assert list(find_idle_parts(read(more))) == faults


@pytest.mark.parametrize(
    ("more", "faults"),
    [
        ("<p>Handed over on None.</p>", ["None in p"]),
        ("<p>%(name)s wrote</p>", ["%(name)s in p"]),
        ('<a href="/desk/None">A</a>', ["None in a"]),
        ("<p><b>A</b> {{ name }}</p>", ["{{ in b", "}} in b"]),
        ("<p>None of the stories, 100%</p>", []),
    ],
)
def test_what_stands_for_a_missing_value_is_named(more: str, faults: list[str]) -> None:
    assert list(find_slips(read(more))) == faults


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        ('type="password" name="new"', ["a browser does not know what 'new' is"]),
        ('type="password" name="new" autocomplete="off"', ["a browser does not know what 'new' is"]),
        ('type="password" name="new" autocomplete="new-password"', []),
        ('name="code"', ["a browser does not know what 'code' is"]),
        ('name="code" autocomplete="off"', []),
        ('name="name" autocomplete="off"', ["a browser does not know what 'name' is"]),
        ('name="email" type="hidden"', []),
        ('name="title"', []),
    ],
)
def test_a_field_about_oneself_that_tells_a_browser_nothing_is_named(given: str, faults: list[str]) -> None:
    assert list(find_unhelped_fields(read(f"<input {given}>"))) == faults


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        ('type="text" name="new_password"', ["'new_password' shows a password"]),
        ('name="new" autocomplete="new-password"', ["'new' shows a password"]),
        ('type="password" name="new_password"', []),
        ('type="hidden" name="password"', []),
    ],
)
def test_a_password_that_can_be_read_over_a_shoulder_is_named(given: str, faults: list[str]) -> None:
    assert list(find_open_passwords(read(f"<input {given}>"))) == faults


UNDIRECTED = ["p[lang=uk] has no direction"]


@pytest.mark.parametrize(
    ("more", "faults"),
    [
        ('<p lang="uk">А</p>', UNDIRECTED),
        ('<div lang="uk"><p>А</p></div>', UNDIRECTED),
        ('<div dir="auto"><p lang="uk">А</p></div>', UNDIRECTED),
        ('<p lang="uk" dir="auto">А</p>', []),
        ('<div lang="uk"><p dir="auto"><b>А</b></p></div>', []),
        ('<div lang="uk" dir="auto"><p>А</p></div>', []),
        ('<p><bdi lang="uk">А</bdi></p>', []),
        ('<p lang="en">A</p>', []),
    ],
)
def test_a_text_in_another_language_without_a_direction_is_named(more: str, faults: list[str]) -> None:
    assert list(find_undirected_texts(read(more))) == faults


KEYS = """{more}<details class="key-help"><summary aria-keyshortcuts="?">A</summary>
<dl><div><dt><kbd>a</kbd></dt><dd>A</dd></div></dl></details>"""
PRESSED = '<button aria-keyshortcuts="{key}">A</button>'
ROW = '<a class="queue-title" href="/">A</a>'


def test_a_page_that_names_the_keys_of_its_controls_is_sound() -> None:
    pages = (KEYS.format(more=PRESSED.format(key="a")), PRESSED.format(key="b"))
    assert [fault for page in pages for fault in find_false_keys(read(page))] == []


@pytest.mark.parametrize(
    ("more", "faults"),
    [
        ("", ["'a' is named and does nothing"]),
        (PRESSED.format(key="a") + PRESSED.format(key="b"), ["'b' works and is not named"]),
        (PRESSED.format(key="a") * 2, ["'a' works and is not named"]),
        (PRESSED.format(key="a") + ROW, [f"{key!r} works and is not named" for key in ("j", "k", "Enter")]),
    ],
)
def test_a_key_that_does_nothing_is_named(more: str, faults: list[str]) -> None:
    assert list(find_false_keys(read(KEYS.format(more=more)))) == faults


@pytest.mark.parametrize(
    "more",
    [
        '<p title="a" title="b"></p>',
        "<p><div>A</div></p>",
        "<table><p>A</p></table>",
        "<b><i>A</b></i>",
        "&nosuch;",
    ],
)
def test_html_that_browsers_must_guess_at_is_refused(more: str) -> None:
    with pytest.raises(html5lib.html5parser.ParseError):
        read(more)


@pytest.mark.parametrize(
    ("lang", "more", "fault"),
    [
        ("en", "<p>Моя полиця</p>", "Cyrillic in p of 'en': Моя полиця"),
        ("en", '<p lang="uk">Моя <b lang="en">полиця</b></p>', "Cyrillic in b of 'en': полиця"),
        ("en", '<p lang="uk">Моя</p> полиця', "Cyrillic in main of 'en': полиця"),
        ("en", '<input aria-label="書架">', "Han in input of 'en': 書架"),
        ("uk", "<p>我的書架</p>", "Han in p of 'uk': 我的書架"),
        ("uk", "<p>Your text is kept</p>", "English in p of 'uk': Your text is kept"),
        ("uk", '<p data-saved="Your text is kept">Добре</p>', "English in p of 'uk': Your text is kept"),
        (
            "zh-Hant-TW",
            "<p>已寄出 Your text is kept</p>",
            "English in p of 'zh-Hant-TW': 已寄出 Your text is kept",
        ),
        ("zh-Hant-TW", '<bdi lang="zh">Олена</bdi>', "Cyrillic in bdi of 'zh': Олена"),
    ],
)
def test_a_text_in_another_language_than_it_says_is_named(lang: str, more: str, fault: str) -> None:
    assert list(find_misnamed_texts(read(more, lang))) == [fault]


@pytest.mark.parametrize(
    ("lang", "more"),
    [
        ("en", '<p><bdi>Олена</bdi> sent it.</p><p lang="und">Моя 書架</p>'),
        ("uk", "<p>WordPress і Story portal (CC BY 3.0)</p><option>繁體中文（台灣）</option>"),
        ("zh-Hant-TW", "<p>請寄到 olena@example.org</p><code>Моя</code>"),
    ],
)
def test_names_brands_and_addresses_are_written_as_they_are(lang: str, more: str) -> None:
    assert list(find_misnamed_texts(read(more, lang))) == []
