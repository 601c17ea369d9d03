"""Web workers are killed while people send: what was acknowledged is there, whole, and there once."""

import hashlib
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, delete, func, make_url, select, text

from portal.app import create_app
from portal.config import Settings
from portal.database import engine_options
from portal.domain.receipt import hash_code
from portal.domain.states import State
from portal.extensions import current_portal, db
from portal.models import Attachment, OutboxMail, RateBucket, Revision, Submission
from tests.conftest import DATABASES, close_connections
from tests.photographs import make_picture
from tests.reliability.serving import Served, Visitor, is_kept, read_code, serve
from tests.walk import find_form

COVERAGE = "ukraine-taiwan"
CLIENTS = 6
REQUESTS_BETWEEN_KILLS = (8, 24)
LETTERS = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя台灣烏克蘭故事媽媽電力 "
PHOTO_EVERY = 6
SEED = 20260314
TOO_MANY = 429


@dataclass
class Kept:
    """What the server has acknowledged: the code, and the fingerprint of the text that was sent."""

    code: str
    fingerprint: str
    has_mail: bool
    has_photo: bool = False


@dataclass
class Load:
    """Contributors who send until the killer has done its work."""

    served: Served
    database: str
    kills: int
    kept: list[Kept] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)
    moved: threading.Condition = field(default_factory=threading.Condition)
    started: int = 0
    repeats: int = 0
    """Requests that had to be sent again."""

    def run(self) -> None:
        """Send and kill; return when every kill is done and every contributor has an answer."""
        senders = [threading.Thread(target=self._send_many, args=(number,)) for number in range(CLIENTS)]
        for sender in senders:
            sender.start()
        try:
            self._kill_many()
        finally:
            self.done.set()
            for sender in senders:
                sender.join()

    def _note_start(self) -> None:
        with self.moved:
            self.started += 1
            self.moved.notify_all()

    def _kill_many(self) -> None:
        """Kill a worker each time a few more requests are on their way."""
        choose = random.Random(SEED)
        left, at = self.kills, 0
        while left and not self.faults:
            at += choose.randint(*REQUESTS_BETWEEN_KILLS)
            with self.moved:
                self.moved.wait_for(lambda: self.started >= at or bool(self.faults))  # noqa: B023  # at once
                at = max(at, self.started)
            left -= self.served.kill_one(choose)

    def _send_many(self, number: int) -> None:
        choose = random.Random(SEED + number)
        try:
            while not self.done.is_set():
                self._send_one(choose)
        except Exception as error:  # a thread's failure is the test's failure
            self._fail(f"{type(error).__name__}: {error}")

    def _fail(self, fault: str) -> None:
        with self.moved:
            self.faults.append(fault)
            self.moved.notify_all()

    def _send_one(self, choose: random.Random) -> None:
        visitor = Visitor(self.served.port, on_start=self._note_start)
        path = f"/en/{COVERAGE}/story"
        form = find_form(visitor.get(path).text, field="story")
        story = "".join(choose.choices(LETTERS, k=choose.choice((10, 400, 4_000, 7_500)))).strip() or "так"
        has_mail = choose.random() < 0.5
        answers = {**form["values"], **STORY_ANSWERS, "story": story, **(MAIL if has_mail else {})}
        answer = visitor.post(form["action"] or path, answers)
        while answer.status == TOO_MANY:
            self._let_hours_pass()
            answer = visitor.post(form["action"] or path, answers)
        if not is_kept(answer):
            self._fail(f"refused with {answer.status}")
            return
        code = read_code(visitor.get("/en/my/receipt").text)
        kept = Kept(code, fingerprint(story), has_mail)
        if choose.randrange(PHOTO_EVERY) == 0:
            kept.has_photo = self._add_photo(visitor, choose)
        with self.moved:
            self.kept.append(kept)
            self.repeats += visitor.repeats

    def _let_hours_pass(self) -> None:
        """Empty the buckets: hundreds write within a minute here, and none of it is what they are for."""
        engine = create_engine(self.database, **engine_options(self.database), poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(delete(RateBucket))

    def _add_photo(self, visitor: Visitor, choose: random.Random) -> bool:
        form = find_form(visitor.get("/en/my/photos").text, field="photo")
        photo = make_picture(colour=f"#{choose.randrange(2**24):06x}")
        added = visitor.upload(form["action"] or "/en/my/photos", form["values"], "photo", photo)
        if not is_kept(added):
            self._fail(f"photo refused with {added.status}")
        return True


STORY_ANSWERS: dict[str, Any] = {
    "lang": "uk",
    "whose": "mine",
    "before": "no",
    "tools": "no",
    "byline": "none",
    "others": "no_one",
    "risk": "no",
    "may": "after_approval",
    "reply": "private_page",
    "c_use": "y",
    "c_age": "y",
    "c_own": "y",
    "c_lic": "y",
}
MAIL = {"reply": "email", "reply_text": "olena@example.org"}


def fingerprint(story: str) -> str:
    return hashlib.sha256(story.encode()).hexdigest()


@pytest.fixture(params=DATABASES)
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database apart from that of other tests; no address means SQLite."""
    if request.param == "sqlite":
        yield ""
        return
    base = make_url(request.getfixturevalue("postgres_address")).set(drivername="postgresql+psycopg")
    engine = create_engine(base, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE kills"))
        yield base.set(database="kills").render_as_string(hide_password=False)
        connection.execute(text("DROP DATABASE kills WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """30 of them, or 200 with --full."""
    return 200 if request.config.getoption("--full") else 30


def test_killed_workers_lose_nothing_that_was_acknowledged(address: str, kills: int, tmp_path: Path) -> None:
    with serve(tmp_path, database_url=address) as served:
        load = Load(served, Settings(instance=tmp_path, database_url=address).database, kills)
        load.run()
    assert load.faults == []
    assert len(load.kept) >= kills
    assert load.repeats >= 1
    app = create_app(Settings(instance=tmp_path, database_url=address))
    with app.app_context():
        assert [one for one in load.kept if not _is_whole(one)] == []
        assert _count_sent() == (len(load.kept), len(load.kept))
        assert _list_missing_files() == []
        assert _count_letters() == sum(one.has_mail for one in load.kept)
        assert _check_integrity() == "ok"
    close_connections(app)


def _is_whole(one: Kept) -> bool:
    """Say whether the submission of this code is there with the very text, and its photo."""
    secret = current_portal().instance.receipt_secret
    piece = db.session.scalar(
        select(Submission).where(Submission.receipt_hash == hash_code(secret, one.code))
    )
    return (
        piece is not None
        and piece.state is State.SUBMITTED
        and fingerprint(piece.latest.answers["story"]) == one.fingerprint
        and len(piece.attachments) == one.has_photo
    )


def _count_sent() -> tuple[int, int]:
    """Return how many submissions and how many revisions there are."""
    pieces = db.session.scalar(select(func.count()).select_from(Submission)) or 0
    return pieces, db.session.scalar(select(func.count()).select_from(Revision)) or 0


def _list_missing_files() -> list[str]:
    """Return the names of photos whose file is not there, or holds other bytes than its row says."""
    folder = current_portal().instance.files_folder
    return [
        row.public_id
        for row in db.session.scalars(select(Attachment))
        if not (folder / row.public_id).is_file()
        or hashlib.sha256((folder / row.public_id).read_bytes()).hexdigest() != row.sha256
    ]


def _count_letters() -> int:
    return db.session.scalar(select(func.count()).select_from(OutboxMail)) or 0


def _check_integrity() -> str:
    if db.engine.dialect.name != "sqlite":
        return "ok"
    return str(db.session.scalar(text("PRAGMA integrity_check")))
