"""What we believe of a portal while people use it: its people, the clock, and the pages that stand open.

Beliefs come from what pages acknowledged, never from tables. The only thing that is looked up is the state a
submission is in: it decides which acts are worth trying, and no promise is judged by it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from flask import Flask
from sqlalchemy import select

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.receipt_code import hash_receipt
from portal.domain.states import State
from portal.extensions import current_portal, db
from portal.models import AuditEntry, Draft, Submission
from tests.model.browser import Browser
from tests.model.texts import Text
from tests.model.words import Words, words_of
from tests.support.factories import make_call, make_staff
from tests.support.newsroom_site import NewsroomSite
from tests.support.staff import enter

SLUG = "ukraine-taiwan"
WINDOW = timedelta(minutes=10)
"""In which the desk may undo."""
_BEGINNING = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
_SESSION = timedelta(minutes=10)
"""After which a colleague signs in anew: some acts ask for a fresh password after fifteen."""
_READER = "Rhea"
"""An editor who types nothing: who looks at a draft with her eyes reads what is saved."""
_PEOPLE = (
    ("Mia", Role.MODERATOR),
    ("Ming", Role.MODERATOR),
    ("Eda", Role.EDITOR),
    ("Egon", Role.EDITOR),
    (_READER, Role.EDITOR),
)


_READS = {"Ming": ("zh-Hant-TW",)}
"""Who does not read what authors write here, and goes by the gist."""
_READS_ALL = ("uk", "zh-Hant-TW", "en")


@dataclass(eq=False)
class DraftPage:
    """The page of a draft that stands open in an editor's browser."""

    text: Text
    person: str
    values: dict[str, Any]
    acts: tuple[str, ...]
    """What its buttons send along with the text."""


@dataclass(eq=False)
class Colleague:
    """Somebody on the desk."""

    name: str
    role: Role
    browser: Browser
    known: str
    entered: datetime


class World:
    """The portal, its people and the clock."""

    def __init__(
        self, app: Flask, restart: Callable[[], Flask], newsrooms: Mapping[str, NewsroomSite]
    ) -> None:
        self.app, self._restart, self.newsrooms = app, restart, newsrooms
        self.has_targets = False
        """Whether an editor has named the sites that stories are sent to."""
        self.summary = ""
        """What editors have written at the head of the front page."""
        self._other: Flask | None = None
        self._states: dict[str, State] | None = None
        self.words = Words()
        self.log: list[str] = []
        self.texts: list[Text] = []
        self.touched: dict[Text, None] = {}
        """Texts that something happened to since the promises were last looked at."""
        self._travel = time_machine.travel(_BEGINNING, tick=False)
        self.clock = self._travel.start()
        self.draft_pages: list[DraftPage] = []
        self.passer_by = app.test_client()
        """A browser in which nobody has done anything."""
        self.browsers = [Browser(name, app.test_client()) for name in ("phone", "laptop")]
        self.desk = self._make_people()
        with app.app_context():
            newest = db.session.scalar(select(AuditEntry.seq).order_by(AuditEntry.seq.desc()).limit(1))
        self.audit_before = newest or 0
        """The log outlives the walk; earlier entries are of other walks."""

    def _make_people(self) -> list[Colleague]:
        with self.app.app_context(), transaction() as session:
            make_call(session, self.at - timedelta(days=1))
            made = [
                make_staff(session, role, name=name, languages=_READS.get(name, _READS_ALL))
                for name, role in _PEOPLE
            ]
            session.flush()
            marks = [staff.fs_uniquifier for staff in made]
        return [
            Colleague(name, role, Browser(name, self.app.test_client()), mark, self.at - timedelta(days=1))
            for (name, role), mark in zip(_PEOPLE, marks, strict=True)
        ]

    @property
    def at(self) -> datetime:
        """Return the time it is."""
        return datetime.now(UTC)

    def say(self, sentence: str) -> None:
        """Write down what somebody did."""
        self.log.append(f"{self.at:%d %b %H:%M:%S}  {sentence}")

    def touch(self, text: Text) -> None:
        """Have the promises looked at for this text after the step."""
        self.touched[text] = None

    def colleague(self, which: int, *, edits: bool = False) -> Colleague:
        """Return somebody of the desk, signed in; `edits` asks for an editor."""
        people = [one for one in self.desk if one.name != _READER]
        able = [one for one in people if one.role is Role.EDITOR] if edits else people
        return self.sign_in(able[which % len(able)])

    def reader(self) -> Colleague:
        """Return the editor who types nothing, signed in."""
        return self.named(_READER)

    def sign_in(self, found: Colleague) -> Colleague:
        """Return a colleague whose session is fresh."""
        if self.at - found.entered > _SESSION:
            found.browser.client = self.app.test_client()
            enter(found.browser.client, found.known)
            found.entered = self.at
        return found

    @property
    def has_left(self) -> bool:
        """Say whether a copy of any text was ever outside."""
        drafts = [one.draft for one in self.texts if one.draft is not None]
        return any(one.is_published or one.exports or one.standings for one in drafts) or any(
            one.recalls for one in self.texts
        )

    def named(self, name: str) -> Colleague:
        """Return a colleague by name, signed in."""
        return self.sign_in(next(one for one in self.desk if one.name == name))

    def pass_time(self, span: timedelta) -> None:
        """Let time pass."""
        self.clock.shift(span)

    def move_to_other_server(self) -> None:
        """Start the portal again on the same instance; the next time go back to the first one."""
        self.app, self._other = self._other or self._restart(), self.app
        readers = [one.reader for one in self.living() if one.reader is not None]
        for one in (*self.browsers, *readers, *(colleague.browser for colleague in self.desk)):
            one.move_to(self.app)

    def stop(self) -> None:
        """Let the clock go."""
        self._travel.stop()

    # What a code, a state and a draft are called inside

    def find_public_id(self, form_key: str) -> str:
        """Return the public id of what was kept of a form; empty when nothing was."""
        with self.app.app_context():
            wanted = hash_receipt(current_portal().instance.receipt_secret, form_key)
            found = select(Submission.public_id).where(Submission.receipt_hash == wanted)
            return db.session.scalar(found) or ""

    def state_of(self, text: Text) -> State:
        """Return the state a text is in, inside the desk."""
        with self.app.app_context():
            found = select(Submission.state).where(Submission.public_id == text.public_id)
            return db.session.scalars(found).one()

    def shown_of(self, text: Text) -> State:
        """Return the state its author knows."""
        with self.app.app_context():
            found = select(Submission).where(Submission.public_id == text.public_id)
            return db.session.scalars(found).one().state_shown(self.at)

    def draft_id_of(self, text: Text) -> str:
        """Return the public id of a text's draft; empty when it has none."""
        with self.app.app_context():
            found = select(Draft.public_id).join(Submission).where(Submission.public_id == text.public_id)
            return db.session.scalar(found) or ""

    def living(self) -> list[Text]:
        """Return the texts that are not erased, newest first."""
        return [one for one in reversed(self.texts) if not one.is_erased]

    def in_state(self, *states: State) -> list[Text]:
        """Return the texts that were in one of these states when the step began, newest first."""
        if self._states is None:
            with self.app.app_context():
                found = db.session.execute(select(Submission.public_id, Submission.state))
                self._states = {one.public_id: one.state for one in found}
        return [one for one in self.living() if self._states.get(one.public_id) in states]

    def forget_states(self) -> None:
        """Look states up anew: a step begins."""
        self._states = None

    def of_form(self, form_key: str) -> Text | None:
        """Return the text a form key belongs to."""
        return next((one for one in self.living() if one.form_key == form_key), None)


def only_words(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields in which something was written by us, with what stands in them."""
    return {name: one for name, one in values.items() if isinstance(one, str) and words_of({name: one})}
