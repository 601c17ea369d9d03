"""A whole journey with words nobody else uses: where they must not turn up, they do not."""

import io
import logging
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.permissions import Role
from portal.extensions import current_portal, db
from portal.mail.deliver import choose_carrier, deliver_due
from portal.models import Draft, Staff, Submission
from portal.operations.coverages import drafts
from portal.operations.desk import decisions
from portal.operations.desk.sealed_answers import open_identity
from portal.operations.private import author_acts
from tests.conftest import DATABASES, empty_tables
from tests.support.canaries import find_in_files
from tests.support.factories import make_call, make_staff
from tests.support.form_writer import ANSWERS, STORY_ANSWERS
from tests.support.photos import make_picture
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import sign_in

OPENED = datetime(2020, 1, 1, tzinfo=UTC)
FORM = "/uk/ukraine-taiwan/story"
MY = "/uk/my"
EXPORT = "/desk/coverages/ukraine-taiwan/export"
ADDRESS = "kanarka-pyshe@canary.example"
BROWSER = "KanarkaBrowser/7193"
NETWORK = "203.0.113.193"
PRINTED = {
    "title": "Канарка заголовка",
    "story": "Канарка оповіді співала о шостій. Ми сиділи в темряві.",
    "byline_text": "Канарка Підписна",
    "bio": "Канарка біографії",
}
"""What the author has agreed to see printed."""

AFTER = ("bio", "place_time", "check", "more")
"""What is asked after the receipt."""

INSIDE = {
    "place_time": "Канарка місця, березень 2022",
    "risk_text": "Канарка ризику",
    "avoid": "Канарка заборони",
    "check": "Канарка перевірки",
    "others_text": "Канарка третіх осіб",
    "before_text": "Канарка давнини",
    "more": "Канарка додатку",
    "reply_text": ADDRESS,
}
"""What stays with the desk, or is sealed."""

DESK = {"note": "Канарка нотатки", "reason": "Канарка підстави", "message": "Канарка листування"}
FILE_NAME = "kanarka-pashport.jpg"


class WatchedClient(FlaskClient):
    """A browser that remembers where it was, and the titles it saw."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.history: list[str] = []
        self.environ_base.update(REMOTE_ADDR=NETWORK, HTTP_USER_AGENT=BROWSER)

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        for one in (*answer.history, answer):
            self.history += [one.request.url, one.location or ""]
            if one.mimetype == "text/html":
                self.history += [
                    unescape(title) for title in re.findall(r"<title>(.*?)</title>", one.text, re.DOTALL)
                ]
        return answer


@dataclass
class Journey:
    """What came of it."""

    code: str = ""
    public_id: str = ""
    """Of the submission."""
    staff: list[str] = field(default_factory=list)
    """Public id, name and address of the editor's account."""
    contributor: list[str] = field(default_factory=list)
    """Addresses and titles of the pages the contributor saw."""
    letters: list[tuple[str, str]] = field(default_factory=list)
    """Addressee, and everything else of a letter."""
    log: str = ""
    """Everything that was logged meanwhile, by libraries too."""
    own_log: list[str] = field(default_factory=list)
    bundle: str = ""
    sheet: str = ""


def send_and_look_around(app: Flask, journey: Journey) -> None:
    """Send a story, keep the code, come back with it, write, add a photo."""
    client = WatchedClient(app, app.response_class)
    shared = {key: value for key, value in ANSWERS.items() if key not in ("idea", "link", "you")}
    chosen = {"others": "agreed", "before": "offered", "byline": "pen", "risk": "yes"}
    typed = {**shared, **STORY_ANSWERS, **PRINTED, **INSIDE, **chosen}
    receipt = send_form(client, FORM, {key: value for key, value in typed.items() if key not in AFTER})
    journey.code = "".join(re.findall(r'id="receipt-code"[^>]*>\s*([\d\s]+)<', receipt.text)[0].split())
    client.get(MY)
    send_form(client, f"{MY}/questions", {key: typed[key] for key in AFTER})
    fresh = WatchedClient(app, app.response_class)
    send_form(fresh, MY, {"code": journey.code})
    photos = fresh.get(f"{MY}/photos")
    form = find_form(photos.text, field="photo")
    content = (io.BytesIO(make_picture()), FILE_NAME)
    fresh.post(form["action"], data={**form["values"], "photo": content}, content_type="multipart/form-data")
    send_form(fresh, f"{MY}/lost", {"email": ADDRESS}, field="email")
    journey.contributor = [*client.history, *fresh.history]


def work_at_the_desk(app: Flask, journey: Journey) -> None:
    """Ask, open the contact, accept, edit, get the yes, send the mail, export."""
    at = datetime.now(UTC)
    with app.app_context(), transaction() as session:
        submission, by = session.scalars(select(Submission)).one(), session.scalars(select(Staff)).one()
        decisions.ask(session, submission, by=by, at=at, seen=submission.version, body=DESK["message"])
        session.flush()
        author_acts.reply(session, submission, body=DESK["message"], at=at)
        by.reads_identity = True
        keys = current_portal().instance.keys
        open_identity(session, submission, by=by, reason=DESK["reason"], keys=keys, at=at)
        session.flush()
        draft = decisions.accept(session, submission, by=by, at=at, seen=submission.version)
        session.flush()
        values = {"dek": "Вечір", "excerpt": "О шостій.", "topics": ["history"]}
        drafts.save_draft(session, draft, values, by=by, at=at, seen=draft.version)
        drafts.send_for_approval(session, draft, by=by, at=at, seen=submission.version)
        author_acts.approve(session, submission, revision=draft.revision, at=at)
        email = by.email
    with app.app_context():
        portal = current_portal()
        carrier = choose_carrier("", portal.instance.mail_folder)
        deliver_due(portal, carrier, clock=lambda: datetime.now(UTC), is_stopping=lambda: False)
        for letter in portal.instance.mail_folder.glob("*.eml"):
            message = message_from_bytes(letter.read_bytes(), policy=default)
            to = str(message.get("To", ""))
            del message["To"]
            journey.letters.append((to, f"{message.items()}\n{message.get_content()}"))
            letter.unlink()
    editor = WatchedClient(app, app.response_class)
    sign_in(editor, email)
    with app.app_context():
        public_id = db.session.scalars(select(Draft.submission_id)).one()
        page = f"/desk/submission/{db.session.get_one(Submission, public_id).public_id}"
    send_form(editor, page, {"body": DESK["note"]}, action="/note")
    packed = send_form(editor, EXPORT, {"all_approved": "y", "format": "bundle"}, action="/export")
    archive = zipfile.ZipFile(io.BytesIO(packed.data))
    texts = [(name, archive.read(name).decode("utf-8", "replace")) for name in archive.namelist()]
    journey.bundle = "\n".join(f"{name}\n{text}" for name, text in texts)
    sheet = send_form(editor, EXPORT, {"all_approved": "y", "format": "handoff"}, action="/export")
    journey.sheet = sheet.text


class Listener(logging.StreamHandler[io.StringIO]):
    """Writes down all that any logger says until the block ends."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self.setFormatter(logging.Formatter(f"{logging.BASIC_FORMAT} %(pathname)s"))
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Write it down, and keep it."""
        self.records.append(record)
        super().emit(record)

    @contextmanager
    def listen(self) -> Iterator[None]:
        """Hear the root, and those that tell it nothing."""
        root = logging.getLogger()
        named = [one for one in root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
        heard, level = [root, *(one for one in named if not one.propagate)], root.level
        for logger in heard:
            logger.addHandler(self)
        root.setLevel(logging.DEBUG)
        try:
            yield
        finally:
            root.setLevel(level)
            for logger in heard:
                logger.removeHandler(self)


@pytest.fixture(scope="module", params=DATABASES)
def journey(request: pytest.FixtureRequest) -> Journey:
    """The whole journey on each database, with everything written to the log that any library would write.

    One journey is what all tests look at: none of them changes what came of it.
    """
    app: Flask = request.getfixturevalue(f"{request.param}_app")
    made = Journey()
    with app.app_context(), transaction() as session:
        make_call(session, OPENED)
        staff = make_staff(session, Role.EDITOR)
        session.flush()
        made.staff = [staff.public_id, staff.name, staff.email]
    listener = Listener()
    with listener.listen():
        send_and_look_around(app, made)
        work_at_the_desk(app, made)
    with app.app_context():
        made.public_id = db.session.scalars(select(Submission.public_id)).one()
    made.log = listener.stream.getvalue()
    made.own_log = [one.getMessage() for one in listener.records if one.name.startswith("portal.web")]
    empty_tables(app)
    return made


def find_words(text: str, *more: str) -> list[str]:
    """Return which of the words of the journey stand in a text, whatever their case."""
    words = [*PRINTED.values(), *INSIDE.values(), *DESK.values(), FILE_NAME, *more]
    return [word for word in words if word.casefold() in text.casefold()]


def test_no_log_holds_a_word_of_it(journey: Journey) -> None:
    grouped = " ".join(journey.code[at : at + 4] for at in range(0, 20, 4))
    assert (find_words(journey.log, journey.code, grouped, BROWSER, NETWORK), journey.log != "") == ([], True)


def test_the_log_says_who_signed_in_by_the_public_id_alone(journey: Journey) -> None:
    account, *person = journey.staff
    assert journey.own_log == [f"signed in: account {account}"]
    assert [word for word in person if word in journey.log] == []


def test_a_log_that_quotes_somebody_is_found(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("portal.web").warning("refused: %s", INSIDE["risk_text"])
    assert find_words(caplog.text) == [INSIDE["risk_text"]]


def test_the_journey_went_all_the_way(journey: Journey) -> None:
    found = find_words(journey.bundle + journey.sheet)
    assert (len(journey.code), sorted(found), len(journey.letters) > 1) == (
        20,
        sorted(PRINTED.values()),
        True,
    )


def test_no_export_holds_what_stays_inside(journey: Journey) -> None:
    kept = [*INSIDE.values(), *DESK.values(), FILE_NAME, BROWSER, NETWORK]
    assert [word for word in kept if word in journey.bundle + journey.sheet] == []


def test_no_export_holds_the_code_or_the_number_of_the_submission(journey: Journey) -> None:
    assert [one in journey.bundle + journey.sheet for one in (journey.code, journey.public_id)] == [
        False,
        False,
    ]


def test_no_address_and_no_title_of_the_contributors_pages_tells_anything(journey: Journey) -> None:
    assert find_words("\n".join(journey.contributor), journey.code) == []


def test_no_title_of_the_contributors_pages_names_the_submission(journey: Journey) -> None:
    assert [one for one in journey.contributor if journey.public_id in one] == []


def test_letters_go_to_the_address_and_say_nothing(journey: Journey) -> None:
    said = [find_words(text, journey.code, BROWSER, NETWORK) for _to, text in journey.letters]
    assert ({to for to, _text in journey.letters}, said) == ({ADDRESS}, [[]] * len(journey.letters))


def test_an_error_nobody_foresaw_quotes_nobody(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(**_values: Any) -> None:
        raise ValueError(PRINTED["story"])

    monkeypatch.setitem(app.view_functions, "public.safety", break_down)
    monkeypatch.setattr(break_down, "__access__", "open", raising=False)
    with caplog.at_level(logging.DEBUG):
        answer = WatchedClient(app, app.response_class).get("/uk/safety")
    lines = [
        record.getMessage().splitlines()[0] for record in caplog.records if record.levelno == logging.ERROR
    ]
    assert (answer.status_code, lines, find_words(caplog.text)) == (
        500,
        ["unexpected ValueError in public.safety"],
        [],
    )


def test_looking_for_words_leaves_the_database_its_log(sqlite_app: Flask) -> None:
    with sqlite_app.app_context(), transaction() as session:
        make_call(session, datetime.now(UTC))
    find_in_files(sqlite_app)
    with sqlite_app.app_context():
        kept = Path(db.engine.url.database or "")
    come_and_go = "import sys; from portal.database import sqlite_module as s; c = s().connect(sys.argv[1]); "
    subprocess.run(  # our own Python
        [sys.executable, "-c", f"{come_and_go}c.execute('SELECT count(*) FROM call'); c.close()", kept],
        check=True,
    )
    empty_tables(sqlite_app)
    assert kept.with_name(f"{kept.name}-wal").exists()
