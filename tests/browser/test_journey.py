"""From a phone to the bundle: a story in each language, with and without scripts, and no word lost."""

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import html5lib
import pytest
import yaml

from portal.domain.languages import Locale
from portal.domain.permissions import Role
from portal.story.typed_text import to_source
from tests.browser.conftest import Doors, find_locale, make_account
from tests.browser.hands import Keys, Pointer
from tests.browser.people import Contributor, Editor, Moderator, Portal, Words
from tests.browser.stories import KEPT, TELLINGS, Telling, keep, read_markdown
from tests.support.factories import VERSIONS

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

LICENCE = ("CC BY 3.0", "https://creativecommons.org/licenses/by/3.0/")
SEALED = {"risk_text", "reply_text"}
"""What the desk's page must not show."""


WAYS = {
    **{f"{url} with scripts": (url, True, Pointer) for url in TELLINGS},
    **{f"{url} without scripts": (url, False, Pointer) for url in TELLINGS},
    "en by keys alone": ("en", True, Keys),
}
SHORT = ("uk with scripts",)
"""Every way in every language with --full."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Choose the ways a story is told."""
    if "make_hand" in metafunc.fixturenames:
        ways = WAYS if metafunc.config.getoption("full") else {way: WAYS[way] for way in SHORT}
        metafunc.parametrize(("url", "scripts", "make_hand"), ways.values(), ids=ways)


def test_a_story_travels_from_a_phone_to_the_bundle(
    portal: Portal, doors: Doors, url: str, make_hand: type[Pointer] | type[Keys], *, scripts: bool
) -> None:
    locale, telling = find_locale(url), TELLINGS[url]
    words = Words(portal.app, locale)
    phone = doors.open(width=390, height=844, locale=locale.tag, java_script_enabled=scripts)
    desks = [doors.open(locale=locale.tag, java_script_enabled=scripts) for _ in range(2)]
    hands = [make_hand(page) for page in (phone, *desks)]
    author = Contributor(phone, words, locale, telling, hands[0])
    moderator = Moderator(desks[0], words, hands[1])
    editor = Editor(desks[1], words, hands[2])

    author.send_pitch()
    author.keep_code()
    assert author.sees_copy_buttons() is scripts
    assert find_lost(telling.pitch, author.read_answers()) == {}
    author.answer_after_pitch()
    assert find_lost({**telling.pitch, **telling.after_pitch}, author.read_answers()) == {}
    author.leave()

    moderator.sign_in(make_account(portal.app, Role.MODERATOR, locale))
    moderator.open_first_in_queue()
    moderator.sum_up(telling.gist)
    moderator.ask(telling.question)

    author.open_private_page()
    assert author.read_answers()[0] == telling.question
    author.answer_question()

    editor.sign_in(make_account(portal.app, Role.EDITOR, locale))
    editor.open_first_in_queue()
    shown = editor.read_answers()
    assert find_lost({**telling.pitch, **telling.after_pitch}, shown).keys() == SEALED
    assert [text for text in (telling.gist, telling.question, telling.answer) if text not in shown] == []
    editor.invite(telling.message, datetime.now(UTC).date() + timedelta(days=10))

    author.look_again()
    author.send_full_story()
    assert find_lost(telling.story, author.read_answers()) == {}
    author.answer_after_story()
    assert find_lost({**telling.story, **telling.after_story}, author.read_answers()) == {}

    editor.open_first_in_queue()
    editor.accept("")
    editor.open_draft()
    sent = {
        "title": telling.story["title"],
        "body": telling.story["story"],
        "bio": telling.after_story["bio"],
    }
    copied = keep({**sent, "byline": telling.pitch["byline_text"]})
    # What was typed is plain: in the draft's Markdown, stars and brackets are marked as text.
    assert editor.read_draft(*sent, "byline") == {**copied, "body": to_source(copied["body"])}
    editor.edit(telling)
    assert editor.read_draft(*telling.edited) == keep(telling.edited)
    editor.send_for_approval(telling.message)

    author.look_again()
    assert author.read_status() == words("Please approve")
    assert author.read_edited_text()[-1] == telling.added
    author.approve()
    assert author.read_status() == words("Approved, waiting for publication")

    bundle = editor.download_bundle()
    assert read_record(bundle) == expect_record(telling, locale)
    assert read_front_matter(bundle) == expect_front_matter(telling, locale)
    assert read_html(bundle) == expect_html(telling, locale)
    assert (doors.faults, set().union(*(hand.faults for hand in hands))) == ([], set())


def find_lost(typed: Any, shown: list[str]) -> dict[str, str]:
    """Return the typed answers that a page does not show to the character."""
    return {name: text for name, text in keep(typed).items() if text not in shown}


def read_file(bundle: Path, name: str) -> str:
    """Return the file of this name of the only story of a bundle."""
    with zipfile.ZipFile(bundle) as archive:
        (path,) = [path for path in archive.namelist() if path.endswith(f"/{name}")]
        return archive.read(path).decode()


def byline_of(telling: Telling) -> str:
    return telling.pitch["byline_text"]


def in_markdown(typed: str) -> str:
    """Return a typed body as Markdown writes it: what could pass for HTML is marked as text."""
    return keep({"": typed})[""].replace(KEPT, KEPT.replace("<", "\\<"))


def read_record(bundle: Path) -> dict[str, Any]:
    """Return the record without what a clock or a generator made."""
    record: dict[str, Any] = json.loads(read_file(bundle, "story.json"))
    assert record["licence"].pop("consent_given_at") <= datetime.now(UTC).isoformat()
    made = {"uid", "slug", "accepted_at", "edited_at", "body_html", "coverage_title"}
    return {name: value for name, value in record.items() if name not in made}


def expect_record(telling: Telling, locale: Locale) -> dict[str, Any]:
    edited = keep(telling.edited)
    return {
        "title": edited["title"],
        "dek": edited["dek"],
        "excerpt": edited["excerpt"],
        "body_markdown": in_markdown(edited["body"]) + "\n",
        "byline": byline_of(telling),
        "bio": telling.after_story["bio"],
        "content_warning": edited["content_warning"],
        "featured": "",
        "lang": locale.tag,
        "original_lang": locale.tag,
        "topics": [
            {"slug": slug, "name": name}
            for slug, name in zip(telling.topics, telling.topic_names, strict=True)
        ],
        "categories": ["special", "ukraine-taiwan", *telling.topics],
        "coverage_slug": "ukraine-taiwan",
        "licence": {
            "name": LICENCE[0],
            "uri": LICENCE[1],
            "consent_version": VERSIONS["c_lic"],
            "consent_language": locale.tag,
        },
        "attribution": " · ".join((edited["title"], byline_of(telling), *LICENCE)),
        "addresses": [],
        "pictures": [],
        "withheld_pictures": [],
        "revision": 2,
    }


def read_front_matter(bundle: Path) -> dict[str, Any]:
    """Return the head of the Markdown file as a site generator reads it, with the text under it as `text`."""
    _before, head, text = read_file(bundle, "story.md").split("---\n", 2)
    matter: dict[str, Any] = yaml.safe_load(head)
    made = {"date", "translationKey", "slug"}
    return {**{name: value for name, value in matter.items() if name not in made}, "text": text.strip()}


def expect_front_matter(telling: Telling, locale: Locale) -> dict[str, Any]:
    edited = keep(telling.edited)
    return {
        "title": edited["title"],
        "description": edited["excerpt"],
        "draft": True,
        "language": locale.tag,
        "authors": [byline_of(telling)],
        "categories": ["special", "ukraine-taiwan", *telling.topics],
        "tags": list(telling.topic_names),
        "license": LICENCE[1],
        "images": [],
        "params": {
            "dek": edited["dek"],
            "bio": telling.after_story["bio"],
            "content_warning": edited["content_warning"],
            "licence_name": LICENCE[0],
            "attribution": " · ".join((edited["title"], byline_of(telling), *LICENCE)),
            "original_language": locale.tag,
            "coverage": "ukraine-taiwan",
            "topics": [
                {"slug": slug, "name": name}
                for slug, name in zip(telling.topics, telling.topic_names, strict=True)
            ],
            "pictures": [],
            "published": {},
        },
        # A brace could begin a code of a site generator.
        "text": in_markdown(edited["body"]).replace("{", "&#123;"),
    }


def read_html(bundle: Path) -> dict[str, Any]:
    """Return what a browser makes of the page: language, title, the text of each element."""
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(
        read_file(bundle, "story.html")
    )
    article = page.find("body/article")
    return {
        "lang": page.get("lang"),
        "title": page.findtext("head/title"),
        "description": page.find('head/meta[@name="description"]').get("content"),
        "article": ["".join(element.itertext()) for element in article],
        "scripts": len(page.findall(".//script")),
    }


def expect_html(telling: Telling, locale: Locale) -> dict[str, Any]:
    edited = keep(telling.edited)
    return {
        "lang": locale.tag,
        "title": edited["title"],
        "description": edited["excerpt"],
        "article": [
            edited["title"],
            edited["dek"],
            byline_of(telling),
            edited["content_warning"],
            *read_markdown(edited["body"]),
            telling.after_story["bio"],
            LICENCE[0],
        ],
        "scripts": 0,
    }
