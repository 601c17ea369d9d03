"""English texts in pages of another language name their language, wherever they are written."""

import pytest
from flask import Flask
from flask.json.tag import TaggedJSONSerializer
from flask_babel.speaklater import LazyString
from jinja2 import DictLoader
from markupsafe import Markup, escape

from portal.web.site.english_gaps import (
    EnglishGaps,
    EnglishText,
    between_marks,
    drop_json_marks,
    keep_english,
    name_english,
)
from portal.web.site.locale import NamingTemplate

SEND = EnglishText("Send & go")


def named(html: str) -> str:
    """Return HTML that names its language."""
    return f'<span lang="en" dir="ltr">{html}</span>'


NAMED = named("Send &amp; go")


def render(template: str, name: str = "page.html") -> str:
    app = Flask("small")
    app.jinja_env.template_class = NamingTemplate
    app.jinja_env.loader = DictLoader({name: template})
    late = LazyString(lambda: SEND)
    return app.jinja_env.get_template(name).render(send=SEND, late=late, html=Markup(SEND))


@pytest.mark.parametrize(
    ("template", "page"),
    [
        ("<p>{{ send }}</p>", f"<p>{NAMED}</p>"),
        ("<p>{{ late }}</p>", f"<p>{NAMED}</p>"),
        ("<p>{{ html }}</p>", f"<p>{NAMED}</p>"),
        ("<p>{{ send }} · 是</p>", f"<p>{NAMED} · 是</p>"),
        ('<a title="{{ send }}">是</a>', '<a title="Send &amp; go">是</a>'),
        ('<a title="1 > 0: {{ send }}">{{ send }}</a>', f'<a title="1 > 0: Send &amp; go">{NAMED}</a>'),
        ("<title>{{ send }}</title>", "<title>Send &amp; go</title>"),
        ("<option value=a>{{ send }}</option>", "<option value=a>Send &amp; go</option>"),
        ("<textarea>\n{{ send }}</textarea>", "<textarea>\nSend &amp; go</textarea>"),
    ],
)
def test_an_english_text_is_named_where_it_can_be(template: str, page: str) -> None:
    written = render(template)
    assert written == page


def test_a_sentence_keeps_its_language_with_its_values() -> None:
    sentence = EnglishGaps().ngettext("%(num)s story <b>", "%(num)s stories <b>", 2) % {"num": 2}
    assert sentence == "2 stories <b>"
    assert name_english(Markup(sentence)) == '<span lang="en" dir="ltr">2 stories &lt;b&gt;</span>'


@pytest.mark.parametrize(
    ("texts", "page"),
    [
        ((EnglishText("One."), EnglishText("Two.")), named("One. Two.")),
        ((EnglishText("One & one."), "Два <b>."), f"{named('One &amp; one.')} Два &lt;b&gt;."),
        (("Два.", EnglishText("One."), "Два."), f"Два. {named('One.')} Два."),
        (
            (keep_english("One. Два.", (EnglishText("One."), "Два.")), EnglishText("One.")),
            f"{named('One.')} Два. {named('One.')}",
        ),
        (("Раз.", "Два."), "Раз. Два."),
        ((), ""),
    ],
)
def test_english_sentences_stay_english_in_one_text(texts: tuple[str, ...], page: str) -> None:
    assert name_english(escape(keep_english(" ".join(texts), texts))) == page


def test_a_text_that_is_english_in_part_is_plain_where_there_are_no_elements() -> None:
    joined = keep_english("One. Два.", (EnglishText("One."), "Два."))
    assert (joined, str(joined) == joined) == ("One. Два.", True)


def test_a_message_that_is_english_in_part_is_so_on_the_next_page() -> None:
    joined = keep_english("One. Два.", (EnglishText("One."), "Два."))
    kept = TaggedJSONSerializer().loads(TaggedJSONSerializer().dumps(joined))
    assert name_english(escape(kept)) == f"{named('One.')} Два."


def test_a_mail_has_no_marks() -> None:
    assert render(f"{between_marks('Hello')} {{{{ send }}}}", "mail.txt") == "Hello Send & go"


def test_what_people_typed_stays_in_json() -> None:
    assert drop_json_marks(r'["\u0002Send\u0003", "\\u0002"]') == r'["Send", "\\u0002"]'
