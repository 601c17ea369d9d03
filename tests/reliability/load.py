"""People who send stories while something goes wrong again and again, and what must be there afterwards."""

import hashlib
import random
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, create_engine, delete, func, select, text
from sqlalchemy.exc import OperationalError

from portal.app import create_app
from portal.config import Settings
from portal.database import engine_options
from portal.domain.receipt_code import hash_code
from portal.domain.states import State
from portal.extensions import current_portal, db
from portal.models import Attachment, OutboxMail, RateBucket, Revision, Submission
from tests.conftest import close_connections
from tests.reliability.serving import Visitor, is_kept, read_code
from tests.support.factories import STORY_ANSWERS
from tests.support.photos import make_picture
from tests.support.plain_browser import find_form

COVERAGE = "ukraine-taiwan"
REQUESTS_BETWEEN_STRIKES = (8, 24)
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
    """Contributors who send until everything has gone wrong that was to go wrong."""

    port: int
    database: str
    strike: Callable[[random.Random], bool]
    """What goes wrong; false when there was nothing to hit."""
    strikes: int
    clients: int = 6
    kept: list[Kept] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)
    moved: threading.Condition = field(default_factory=threading.Condition)
    started: int = 0
    repeats: int = 0
    """Requests that had to be sent again."""
    failed: Counter[int] = field(default_factory=Counter)
    """Statuses of failures that the server told."""
    goes_on: bool = False
    """Whether it strikes on until a request had to be sent again: ten times as often at most."""
    pause: float = 0.0
    """Seconds a contributor waits before sending again."""
    host: str = "127.0.0.1"
    """Name by which the portal is asked."""

    def run(self) -> None:
        """Send and strike; return when the last strike is done and every contributor has an answer."""
        senders = [threading.Thread(target=self._send_many, args=(number,)) for number in range(self.clients)]
        for sender in senders:
            sender.start()
        try:
            self._strike_often()
        finally:
            self.done.set()
            for sender in senders:
                sender.join()

    def _note_start(self) -> None:
        with self.moved:
            self.started += 1
            self.moved.notify_all()

    def _strike_often(self) -> None:
        """Strike each time a few more requests are on their way."""
        choose = random.Random(SEED)
        hits, at = 0, 0
        while not self.faults and (hits < self.strikes or self._misses_all(hits)):
            at += choose.randint(*REQUESTS_BETWEEN_STRIKES)
            with self.moved:
                self.moved.wait_for(lambda: self.started >= at or bool(self.faults))  # noqa: B023  # at once
                at = max(at, self.started)
            hits += self.strike(choose)

    def _misses_all(self, hits: int) -> bool:
        """Say whether no request was under way at any strike yet, and it is to go on."""
        return self.goes_on and not self.repeats and hits < 10 * self.strikes

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
        visitor = Visitor(self.port, on_start=self._note_start, pause=self.pause, host=self.host)
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
        self._go_on(visitor, kept, choose)
        with self.moved:
            self.kept.append(kept)
            self.repeats += visitor.repeats
            self.failed += visitor.failed

    def _go_on(self, visitor: Visitor, kept: Kept, choose: random.Random) -> None:
        """Do what people do once a text is sent: now and then they add a photo."""
        if choose.randrange(PHOTO_EVERY) == 0:
            kept.has_photo = self._add_photo(visitor, choose)

    def _let_hours_pass(self) -> None:
        """Empty the buckets: hundreds write within a minute here, and none of it is what they are for.

        A database that is just starting again is asked by the next sending that has to wait.
        """
        engine = create_engine(self.database, **{**engine_options(self.database), "poolclass": NullPool})
        with suppress(OperationalError), engine.begin() as connection:
            connection.execute(delete(RateBucket))

    def _add_photo(self, visitor: Visitor, choose: random.Random) -> bool:
        form = find_form(visitor.get("/en/my/photos").text, field="photo")
        photo = make_picture(colour=f"#{choose.randrange(2**24):06x}")
        added = visitor.upload(form["action"] or "/en/my/photos", form["values"], "photo", photo)
        if not is_kept(added):
            self._fail(f"photo refused with {added.status}")
        return True


MAIL = {"reply": "email", "reply_text": "olena@example.org"}


def fingerprint(story: str) -> str:
    return hashlib.sha256(story.encode()).hexdigest()


@dataclass(frozen=True)
class Stock:
    """What a database holds after a load: what is missing of it, and how much there is."""

    lost: list[Kept]
    sent: int
    revisions: int
    letters: int
    missing_files: list[str]
    integrity: str


def take_stock(instance: Path, database_url: str, kept: list[Kept]) -> Stock:
    """Compare what was acknowledged with what is there."""
    app = create_app(Settings(instance=instance, database_url=database_url))
    with app.app_context():
        stock = count_stock(kept)
    close_connections(app)
    return stock


def count_stock(kept: list[Kept]) -> Stock:
    """Compare what was acknowledged with what the portal of this context holds."""
    return Stock(
        [one for one in kept if not _is_whole(one)],
        _count(Submission),
        _count(Revision),
        _count(OutboxMail),
        _list_missing_files(),
        _check_integrity(),
    )


def full_stock(kept: list[Kept]) -> Stock:
    """Return the stock in which nothing is lost and nothing is there twice."""
    return Stock([], len(kept), len(kept), sum(one.has_mail for one in kept), [], "ok")


def _is_whole(one: Kept) -> bool:
    """Say whether the submission of this code is there with the very text, and its photo."""
    secret = current_portal().instance.receipt_secret
    submission = db.session.scalar(
        select(Submission).where(Submission.receipt_hash == hash_code(secret, one.code))
    )
    return (
        submission is not None
        and submission.state is State.SUBMITTED
        and fingerprint(submission.latest.answers["story"]) == one.fingerprint
        and len(submission.attachments) == one.has_photo
    )


def _count(table: type[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def _list_missing_files() -> list[str]:
    """Return the names of photos whose file is not there, or holds other bytes than its row says."""
    folder = current_portal().instance.files_folder
    return [
        row.public_id
        for row in db.session.scalars(select(Attachment))
        if not (folder / row.public_id).is_file()
        or hashlib.sha256((folder / row.public_id).read_bytes()).hexdigest() != row.sha256
    ]


def _check_integrity() -> str:
    if db.engine.dialect.name != "sqlite":
        return "ok"
    return str(db.session.scalar(text("PRAGMA integrity_check")))
