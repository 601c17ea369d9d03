"""Text that breaks other programs: it is kept as our cleaning leaves it, and shown as nothing but text."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, urlencode

import html5lib
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.extensions import current_portal, db
from portal.models import Draft, GistVersion, Message, RateBucket, Submission
from portal.sealing.keys import answers_place
from portal.story.normalise import clean_line, clean_text
from tests.support.contributor import MY, Contributor
from tests.support.factories import make_draft, make_sending, make_staff, make_submission, read_notes
from tests.support.hostile_text import HOSTILE, MARKUP
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import enter

pytestmark = pytest.mark.either_database

OPENED = datetime(2020, 1, 1, tzinfo=UTC)
ONE_DATABASE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
"""For what pages show: other tests see that both databases hold the same."""

CHOICES = {
    "lang": "uk",
    "before": "offered",
    "byline": "pen",
    "risk": "unsure",
    "reply": "private_page",
    "c_use": "y",
    "c_age": "y",
    "c_own": "y",
    "c_lic": "y",
    "whose": "mine",
    "others": "agreed",
    "tools": "no",
    "may": "after_approval",
}
TEXTS = {
    "pitch": ("idea", "link", "you", "before_text", "byline_text", "risk_text"),
    "story": (
        "title",
        "story",
        "avoid",
        "before_text",
        "byline_text",
        "others_text",
        "risk_text",
    ),
}
AFTER = {
    "pitch": ("people", "community_text", "more"),
    "story": ("community_text", "place_time", "bio", "check", "more"),
}
"""What is asked after the receipt."""
DRAFT_LINES = ("title", "dek", "excerpt", "byline", "content_warning")
DRAFT_BODIES = ("body", "bio")
_IN_A_MESSAGE = 40
DANGEROUS = frozenset(
    {"script", "img", "svg", "iframe", "object", "embed", "base", "style", "template", "math"}
)


def send_bytes(client: FlaskClient, address: str, values: Mapping[str, Any]) -> TestResponse:
    """Send a form; bytes go out as they are, percent-encoded, whatever they mean as UTF-8.

    Hours lie between two sendings: nobody has sent so much that the next one must wait.
    """
    with client.application.app_context(), transaction() as session:
        session.execute(delete(RateBucket))
    texts = {name: value for name, value in values.items() if not isinstance(value, bytes)}
    raw = [f"{name}={quote_plus(value)}" for name, value in values.items() if isinstance(value, bytes)]
    body = "&".join([urlencode(texts, doseq=True), *raw])
    return client.post(address, data=body, content_type="application/x-www-form-urlencoded")


def read_bytes(raw: bytes) -> str:
    """Return the text a server reads from raw bytes: what is no UTF-8 stays percent-encoded."""
    return raw.decode("utf-8", "werkzeug.url_quote")


def number_texts() -> list[tuple[str, bytes]]:
    """Return each hostile text with a word and a number behind it, so that no two clean to the same."""
    return [(name, raw + f" слово {number}".encode()) for number, (name, raw) in enumerate(HOSTILE.items())]


def number_parts() -> list[bytes]:
    """Return all of it in parts that fit into a message."""
    texts = [raw for _name, raw in number_texts()]
    return [b"\n".join(texts[at : at + _IN_A_MESSAGE]) for at in range(0, len(texts), _IN_A_MESSAGE)]


PARTS = range(len(number_parts()))


def find_danger(page: str) -> Counter[str]:
    """Count what could run or load something in a page, as a browser reads it."""
    found: Counter[str] = Counter()
    for element in html5lib.parse(page, namespaceHTMLElements=False).iter():
        name = str(element.tag).rpartition("}")[2]
        if name in DANGEROUS:
            found[name] += 1
        for attribute, value in element.attrib.items():
            if attribute.startswith("on") or attribute in ("style", "srcdoc"):
                found[attribute] += 1
            if value.strip().lower().startswith(("javascript:", "data:", "//")):
                found[value] += 1
    return found


def answer_after(client: FlaskClient, address: str, fields: Sequence[str], raw: bytes) -> TestResponse:
    """Answer with the same in every field of words what is asked after the receipt."""
    form = find_form(client.get(address).text, field="form_key")
    chosen = {**form["values"], "community": "elsewhere"}
    return send_bytes(client, form["action"], {**chosen, **dict.fromkeys(fields, raw)})


def use_desk(app: Flask, client: FlaskClient) -> None:
    """Open the session that a finished sign-in leaves, for an editor."""
    with app.app_context(), transaction() as session:
        known = make_staff(session, Role.EDITOR).fs_uniquifier
    enter(client, known)


def read_answers() -> dict[str, Any]:
    """Return the newest answers of the only submission, sealed ones opened."""
    submission = db.session.scalars(select(Submission)).one()
    latest = submission.latest
    place = answers_place(submission.public_id, latest.number)
    return {**latest.answers, **current_portal().instance.keys.open_map(latest.sealed, place)}


@pytest.fixture(scope="session")
def one_in(pytestconfig: pytest.Config) -> int:
    """Which part of the texts is sent one by one; all of them go through every form and page together."""
    return 1 if pytestconfig.getoption("full") else 12


@pytest.fixture(scope="session")
def texts(one_in: int) -> list[tuple[str, bytes]]:
    return number_texts()[::one_in]


@pytest.fixture(scope="session")
def markup(one_in: int) -> list[bytes]:
    """What a browser could run."""
    return list(MARKUP)[::one_in]


@pytest.fixture
def person(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Contributor]:
    """A contributor, at the moment the tests happen at."""
    with time_machine.travel(at, tick=False):
        yield Contributor(app, client, at)


@pytest.fixture
def page(app: Flask, client: FlaskClient) -> str:
    """The address of a pitch on the desk, with an editor before it."""
    with app.app_context(), transaction() as session:
        public_id = make_submission(session, datetime.now(UTC)).public_id
    use_desk(app, client)
    return f"/desk/submission/{public_id}"


@pytest.fixture
def draft_page(app: Flask, client: FlaskClient) -> str:
    """The address of a draft, with an editor before it."""
    with app.app_context(), transaction() as session:
        public_id = make_draft(session, datetime.now(UTC), by=make_staff(session, Role.EDITOR)).public_id
    use_desk(app, client)
    return f"/desk/coverages/draft/{public_id}"


@pytest.mark.parametrize("stage", ["pitch", "story"])
def test_what_is_sent_is_kept_clean(
    opened: Flask, client: FlaskClient, stage: str, texts: Sequence[tuple[str, bytes]]
) -> None:
    address = f"/uk/ukraine-taiwan/{stage}"
    form = find_form(client.get(address).text, field="form_key")
    wrong = []
    for name, raw in texts:
        values = {**form["values"], **CHOICES, **dict.fromkeys(TEXTS[stage], raw)}
        answer = send_bytes(client, address, values)
        with opened.app_context():
            kept = {key: read_answers().get(key) for key in TEXTS[stage]} if answer.status_code == 303 else {}
        one_line, lines = clean_line(read_bytes(raw)), clean_text(read_bytes(raw))
        if answer.status_code != 303 or not set(kept.values()) <= {one_line, lines}:
            wrong.append((name, answer.status_code, kept))
    assert wrong == []


@pytest.mark.parametrize("stage", Stage)
def test_what_is_answered_after_the_receipt_is_kept_clean(
    person: Contributor, stage: Stage, texts: Sequence[tuple[str, bytes]]
) -> None:
    person.send(stage)
    person.enter()
    expected: list[tuple[int, set[str]]] = []
    found: list[tuple[int, set[str]]] = []
    for _name, raw in texts:
        answer = answer_after(person.client, f"{MY}/questions", AFTER[stage], raw)
        with person.app.app_context():
            kept = {str(read_answers().get(key)) for key in AFTER[stage]}
        text = read_bytes(raw)
        found.append((answer.status_code, kept - {clean_line(text), clean_text(text)}))
        expected.append((303, set()))
    assert found == expected


def test_every_note_and_gist_is_kept_clean(
    app: Flask, client: FlaskClient, page: str, texts: Sequence[tuple[str, bytes]]
) -> None:
    form = find_form(client.get(page).text, action="/note")["values"]
    expected, found = [], []
    for number, (_name, raw) in enumerate(texts):
        gist = {**form, "seen": str(int(form["seen"]) + number), "lang": "en", "body": raw}
        answers = [
            send_bytes(client, f"{page}/note", {**form, "body": raw}),
            send_bytes(client, f"{page}/gist", gist),
        ]
        with app.app_context():
            note = read_notes(db.session())[-1]
            kept = db.session.scalar(select(GistVersion.body).where(GistVersion.is_current)) or ""
        found.append(([answer.status_code for answer in answers], note, kept))
        text = clean_text(read_bytes(raw))
        expected.append(([303, 303], text, text))
    assert found == expected


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("act", ["decline", "ask", "invite"])
def test_all_of_it_in_a_message_is_kept_clean(
    app: Flask, client: FlaskClient, page: str, act: str, part: int
) -> None:
    raw = number_parts()[part]
    form = find_form(client.get(page).text, action=f"/{act}")["values"]
    answer = send_bytes(client, f"{page}/{act}", {**form, "reason": "other", "body": raw})
    with app.app_context():
        kept = db.session.scalars(select(Message.body)).all()
    assert (answer.status_code, kept) == (303, [clean_text(read_bytes(raw))])


def test_every_answer_to_the_desk_is_kept_clean(
    person: Contributor, texts: Sequence[tuple[str, bytes]]
) -> None:
    person.send()
    person.decide(Act.ASK, body="Де це було?")
    person.enter()
    form = find_form(person.client.get(MY).text, action="/reply")
    expected = []
    for _name, raw in texts:
        send_bytes(person.client, form["action"], {**form["values"], "body": raw})
        person.decide(Act.ASK, body="Де це було?")
        expected.append(clean_text(read_bytes(raw)))
    assert person.messages()[1::2] == expected


@pytest.mark.parametrize("part", PARTS)
def test_all_of_it_in_an_objection_is_kept_clean(person: Contributor, part: int) -> None:
    raw = number_parts()[part]
    person.await_approval("Світло зникло.")
    form = find_form(person.client.get(f"{MY}/check").text, field="objections")
    answer = send_bytes(person.client, f"{MY}/check", {**form["values"], "objections": raw})
    assert (answer.status_code, person.check().objections) == (303, clean_text(read_bytes(raw)))


def test_every_field_of_a_draft_is_kept_clean(
    app: Flask, client: FlaskClient, draft_page: str, texts: Sequence[tuple[str, bytes]]
) -> None:
    form = find_form(client.get(draft_page).text, field="body")["values"]
    fields = (*DRAFT_LINES, *DRAFT_BODIES)
    expected, found = [], []
    for number, (_name, raw) in enumerate(texts):
        seen = str(int(form["seen"]) + number)
        answer = send_bytes(client, draft_page, {**form, "seen": seen, **dict.fromkeys(fields, raw)})
        with app.app_context():
            draft = db.session.scalars(select(Draft)).one()
            found.append([answer.status_code, *(getattr(draft, name) for name in fields)])
        text = read_bytes(raw)
        expected.append(
            [303, *(clean_line(text) for _ in DRAFT_LINES), *(clean_text(text) for _ in DRAFT_BODIES)]
        )
    assert found == expected


@ONE_DATABASE
@pytest.mark.parametrize("stage", ["pitch", "story"])
def test_no_page_runs_what_a_contributor_wrote(
    opened: Flask, client: FlaskClient, stage: str, markup: Sequence[bytes]
) -> None:
    address = f"/uk/ukraine-taiwan/{stage}"
    form = find_form(client.get(address).text, field="form_key")["values"]
    use_desk(opened, client)
    pages: list[list[Counter[str]]] = []
    for text in (b"plain", *markup):
        values = {**form, **CHOICES, **dict.fromkeys(TEXTS[stage], text)}
        refused = send_bytes(client, address, {**values, "c_use": ""})
        values["csrf_token"] = find_form(refused.text, field="form_key")["values"]["csrf_token"]
        assert send_bytes(client, address, values).status_code == 303
        assert answer_after(client, "/uk/my/questions", AFTER[stage], text).status_code == 303
        with opened.app_context():
            public_id = db.session.scalars(select(Submission.public_id)).one()
        shown = (f"/desk/submission/{public_id}", "/desk/", "/uk/my", "/uk/my/receipt", "/uk/my/questions")
        pages.append([find_danger(one) for one in (refused.text, *(client.get(at).text for at in shown))])
    assert pages == [pages[0]] * len(pages)


@ONE_DATABASE
def test_no_page_runs_what_the_desk_wrote(client: FlaskClient, page: str, markup: Sequence[bytes]) -> None:
    plain = find_danger(client.get(page).text)
    for text in markup:
        form = find_form(client.get(page).text, action="/note")["values"]
        send_bytes(client, f"{page}/note", {**form, "body": text})
        send_bytes(client, f"{page}/gist", {**form, "lang": "en", "body": text})
    assert find_danger(client.get(page).text) == plain


@ONE_DATABASE
def test_no_page_runs_what_stands_in_a_draft(
    client: FlaskClient, draft_page: str, markup: Sequence[bytes]
) -> None:
    plain = find_danger(client.get(draft_page).text)
    fields = (*DRAFT_LINES, *DRAFT_BODIES)
    found = []
    for text in markup:
        form = find_form(client.get(draft_page).text, field="body")["values"]
        send_bytes(client, draft_page, {**form, **dict.fromkeys(fields, text)})
        found.append(find_danger(client.get(draft_page).text))
    assert found == [plain] * len(markup)


@ONE_DATABASE
def test_no_author_is_shown_an_edited_text_that_runs(person: Contributor) -> None:
    person.await_approval("\n\n".join(text.decode() for text in MARKUP))
    assert find_danger(person.client.get(f"{MY}/check").text) == Counter(script=2)


@ONE_DATABASE
def test_no_thread_runs_what_both_sides_wrote(person: Contributor) -> None:
    text = "\n\n".join(one.decode() for one in MARKUP)
    person.send(Stage.STORY)
    person.decide(Act.ASK, body=text)
    person.enter()
    send_form(person.client, MY, {"body": text})
    assert (person.messages()[1], find_danger(person.client.get(MY).text)) == (
        clean_text(text),
        Counter(script=3),  # a press that counts once, besides those of every form
    )


@pytest.mark.parametrize(
    ("title", "flags"),
    [
        ("Тaiwan і ми", (1, 0)),
        ("Тайвань, Taipei і ми", (0, 0)),
        ("Світ\u00adло", (0, 1)),
        ("👨\u200d👩\u200d👧 і ми", (0, 0)),
    ],
)
def test_the_queue_says_that_letters_pass_for_others_or_cannot_be_seen(
    app: Flask, client: FlaskClient, title: str, flags: tuple[int, int]
) -> None:
    with app.app_context(), transaction() as session:
        make_submission(
            session, datetime.now(UTC), Stage.STORY, sending=make_sending(Stage.STORY, title=title)
        )
    use_desk(app, client)
    page = client.get("/desk/").text
    assert (page.count("look-alike letters"), page.count("hidden characters")) == flags
