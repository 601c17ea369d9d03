"""Comments of colleagues stand beside their paragraph, take no word away, and are the desk's alone."""

from datetime import datetime
from html import unescape
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from portal.database import transaction
from portal.domain.states import State
from portal.extensions import db
from portal.models import Draft, DraftComment
from portal.operations.erasure import erase
from portal.story.anchors import name_stretch
from portal.story.changes import split_stretches
from tests.support.draft_pages import Page, Two, open_two
from tests.support.html_pages import read_tree
from tests.support.plain_browser import find_form

pytestmark = pytest.mark.either_database

BODY = "О третій ночі Юй-тін написала.\n\nБабусин рушник.\n\nКорм для кота."
SAID, ANSWER = "Яке саме вікно?", "Кухонне."


@pytest.fixture
def two(app: Flask, client: FlaskClient, at: datetime) -> Two:
    two = open_two(app, client, at)
    two.mine.send(body=BODY)
    two.mine.open()
    two.theirs.open()
    return two


def about(number: int) -> str:
    return name_stretch(number, split_stretches(BODY)[number - 1])


def read_threads(page: str) -> list[tuple[str, str, list[str]]]:
    """Return the comments of a page: resolved or not, the place, and the words of each line."""
    return [
        (
            "resolved" if "resolved" in (one.get("class") or "") else "open",
            _read(one, "p", "talk-place"),
            [_text(line) for line in one.iter("div") if line.get("class") == "user-text"],
        )
        for one in read_tree(page).iter("li")
        if "talk" in (one.get("class") or "").split()
    ]


def _read(tree: Element, tag: str, name: str) -> str:
    return next((_text(one) for one in tree.iter(tag) if one.get("class") == name), "")


def _text(tree: Element) -> str:
    return " ".join("".join(tree.itertext()).split())


def find_comment(page: Page) -> str:
    with page.app.app_context():
        return db.session.scalars(select(DraftComment.public_id).order_by(DraftComment.id)).all()[0]


def test_a_comment_stands_beside_its_paragraph_for_colleagues(two: Two) -> None:
    two.mine.send("comment", comment=SAID, comment_on=about(2))
    assert read_threads(two.theirs.open()) == [
        ("open", "Paragraph 2 Бабусин рушник.", [SAID]),
    ]


def test_unsaved_words_stay_in_the_page_and_are_nobodys_else(two: Two) -> None:
    answer = two.mine.send("comment", comment=SAID, body=f"{BODY}\n\nДописане.", message="Недописаний лист")
    kept = find_form(answer.text, field="body")["values"]
    assert (kept["body"].splitlines()[-1], answer.text.count("Недописаний лист")) == ("Дописане.", 1)
    assert (kept["comment"], "Дописане." in two.theirs.open(), two.mine.read().revision) == ("", False, 2)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (f"Нове.\n\n{BODY}", "Paragraph 3"),
        (BODY.replace("рушник", "рушничок"), "Paragraph 2"),
        (BODY.replace("Бабусин рушник.\n\n", ""), "A paragraph that is gone"),
    ],
    ids=["moved", "edited", "taken out"],
)
def test_an_edit_loses_no_comment(two: Two, body: str, place: str) -> None:
    two.mine.send("comment", comment=SAID, comment_on=about(2))
    two.mine.send(body=body)
    assert read_threads(two.theirs.open()) == [("open", f"{place} Бабусин рушник.", [SAID])]


def test_an_answer_opens_a_resolved_comment_again(two: Two) -> None:
    two.mine.send("comment", comment=SAID)
    two.theirs.open()
    two.theirs.send("comment", resolve=find_comment(two.mine))
    resolved = read_threads(two.mine.open())
    two.mine.send("comment", **{f"{find_comment(two.mine)}-reply": ANSWER})
    assert (resolved, read_threads(two.theirs.open())) == (
        [("resolved", "", [SAID])],
        [("open", "", [SAID, ANSWER])],
    )


def test_a_resolved_comment_is_opened_again(two: Two) -> None:
    two.mine.send("comment", comment=SAID)
    for name in ("resolve", "reopen"):
        two.theirs.open()
        two.theirs.send("comment", **{name: find_comment(two.mine)})
    assert read_threads(two.mine.open()) == [("open", "", [SAID])]


def test_the_same_words_once_more_are_nothing(two: Two) -> None:
    for _twice in range(2):
        two.mine.send("comment", comment=SAID)
    assert read_threads(two.mine.open()) == [("open", "", [SAID])]


@pytest.mark.parametrize(("act", "more"), [("", {}), ("approval", {}), ("waive", {"reason": "Лист."})])
def test_a_comment_that_was_begun_is_kept_by_whatever_is_pressed(
    two: Two, act: str, more: dict[str, str]
) -> None:
    two.mine.send(act, comment=SAID, comment_on=about(1), dek="Рядок", **more)
    page = two.theirs.client.get(two.theirs.address).text
    assert [lines for _state, _place, lines in read_threads(page)] == [[SAID]]


@pytest.mark.parametrize("act", ["", "comment", "approval", "preview"])
def test_what_is_refused_keeps_the_comment_in_its_field(two: Two, act: str) -> None:
    long = "слово " * 700
    token = {"csrf_token": "old"} if act == "preview" else {}
    answer = two.mine.send(act, comment=long, title="Нова", **token)
    values = find_form(answer.text, field="body")["values"]
    status = 400 if token else 422
    assert (answer.status_code, values["comment"], values["title"]) == (status, long.strip(), "Нова")


def test_a_comment_changes_neither_the_draft_nor_what_its_author_is_asked(two: Two) -> None:
    two.mine.send("approval")
    form = find_form(two.theirs.client.get(two.theirs.address).text, field="comment")
    assert two.theirs.client.post(form["action"], data={**form["values"], "comment": SAID}).status_code == 303
    draft = two.mine.read()
    assert (draft.revision, [one.revision for one in draft.checks]) == (2, [2])
    assert draft.submission.state is State.AUTHOR_CHECK


def test_a_comment_on_a_text_that_went_to_its_author_meanwhile_is_given_back(two: Two) -> None:
    two.theirs.send("approval")
    answer = two.mine.send("comment", comment=SAID)
    assert (answer.status_code, unescape(answer.text).count(SAID)) == (409, 1)


@pytest.mark.parametrize("name", ["resolve", "reopen", f"{'0' * 32}-reply"])
def test_a_comment_nobody_wrote_changes_nothing(two: Two, name: str) -> None:
    two.mine.send("comment", comment=SAID)
    assert two.mine.send("comment", **{name: "0" * 32}).status_code == 200
    assert read_threads(two.mine.open()) == [("open", "", [SAID])]


def test_a_comment_no_key_opens_says_so(two: Two) -> None:
    two.mine.send("comment", comment=SAID)
    with two.mine.app.app_context(), transaction() as session:
        session.execute(update(DraftComment).values(public_id="0" * 32))
    page = two.mine.open()
    assert (SAID in page, page.count("cannot be opened: its key is missing")) == (False, 1)


def test_comments_go_with_the_story(two: Two, at: datetime) -> None:
    two.mine.send("comment", comment=SAID)
    with two.mine.app.app_context(), transaction() as session:
        erase(session, session.scalars(select(Draft)).one().submission, by=None, at=at)
    with two.mine.app.app_context():
        assert db.session.scalars(select(DraftComment)).all() == []
