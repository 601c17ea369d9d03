"""Every route with everybody who could ask for it: who they are, what they ask for, what they got."""

import csv
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.desk_notices import NoticeKind
from portal.domain.languages import LOCALES
from portal.domain.permissions import PERSONAL, Permission, Role, has_permission
from portal.domain.recommendations import Advice
from portal.domain.take_downs import Recall
from portal.extensions import current_portal, db
from portal.models import (
    DeskCode,
    DeskNotice,
    GistVersion,
    Message,
    OutboxMail,
    Recommendation,
    SavedView,
    Staff,
    StaffSession,
    Submission,
    TakeDown,
)
from portal.models.base import new_public_id
from portal.operations.desk.notices import notify
from portal.operations.staff.sign_in import open_session
from portal.queries.staff import list_passkeys
from portal.sealing.keys import recommendation_place
from tests.support.factories import make_staff, make_unsent
from tests.support.photos import keep_pages, keep_sent
from tests.support.portal import build_world
from tests.support.staff import enter
from tests.support.world import World

TABLE = Path(__file__).with_name("routes.csv")
OWN = "story received"
OTHER = "answered"
PASSERS_BY = (
    "anonymous",
    "contributor",
    "other contributor",
    "desk code",
    "closed account",
    "ended session",
)
INSIDE: dict[str, Role] = {role.value: role for role in Role}
"""Staff who work on the coverage, or on every one."""
OUTSIDE: dict[str, Role] = {
    f"{role.value} outside": role for role in Role if not has_permission(role, Permission.COVERAGE_ALL)
}
"""Staff who work on other coverages."""
OF_STAFF = INSIDE | OUTSIDE
PEOPLE = (
    *PASSERS_BY[:4],
    *sorted(OF_STAFF, key=lambda who: list(Role).index(OF_STAFF[who])),
    *PASSERS_BY[4:],
)
NAMED = frozenset({"editor", "editor outside"})
"""Whom a permission was given by name."""
METHODS = frozenset({"GET", "POST"})
_TWELVE_HOURS = 12 * 3600
_SEE_OTHER = 303


@dataclass(frozen=True)
class Row:
    """One route by one method."""

    endpoint: str
    method: str
    rule: str


@dataclass
class Visitors:
    """A portal in the middle of its work, and a browser for everybody."""

    world: World
    known: Mapping[str, tuple[str, int]]
    """Staff: whom the session names, and how many seconds ago they signed in."""
    clients: Mapping[str, FlaskClient]
    """The others."""
    objects: Mapping[str, str]
    """Public ids by what they are ids of."""
    cookies: dict[str, str] = field(default_factory=dict)
    """Sign-ins of staff, made when they are first needed."""
    addresses: dict[tuple[Row, str], str] = field(default_factory=dict)
    """Addresses of things that are there."""

    def address(self, row: Row, *, missing: bool = False, submission: str = "") -> str:
        """Return the address of a route with the ids of things that are there, or of nothing."""
        if missing:
            return self._write_address(row, submission, missing=True)
        if (row, submission) not in self.addresses:
            self.addresses[row, submission] = self._write_address(row, submission, missing=False)
        return self.addresses[row, submission]

    def _write_address(self, row: Row, submission: str, *, missing: bool) -> str:
        rules = self.world.app.url_map.iter_rules(row.endpoint)
        rule = next(rule for rule in rules if _is(rule, row))
        values = {name: self._value(rule, name, submission) for name in rule.arguments}
        if missing:
            values = {
                name: secrets.token_hex(16) if name.endswith("id") else value
                for name, value in values.items()
            }
        with self.world.app.test_request_context():
            adapter = self.world.app.url_map.bind("localhost")
            return adapter.build(row.endpoint, values, method=row.method)

    def _value(self, rule: Rule, name: str, submission: str) -> object:
        fixed = {
            "lang": LOCALES[0],
            "coverage": self.world.slug,
            "slug": self.world.slug,
            "kind": "pitch",
            "page": "safety",
            "suffix": "csv",
            "place": "thread",
            "token": "nothing",
            "filename": "css/portal.css",
            "number": 1,
            "name": "0123456789ab",
            "act": "tag",
            "fingerprint": "0123456789ab",
        }
        if name in fixed:
            return fixed[name]
        if name != "public_id":
            return self.objects[name]
        if rule.rule.startswith("/desk/submission/"):
            return submission or self.objects["submission"]
        prefixes = {
            "/desk/coverages/draft/": "draft",
            "/desk/coverages/<slug>/targets/": "target",
            "/desk/coverages/<slug>/pushes/": "push",
            "/desk/coverages/<slug>/tags/": "tag_id",
            "/desk/settings/calls/": "call",
            "/desk/coverages/<slug>/export/": "export",
            "/desk/settings/staff/": "staff",
            "/desk/settings/mail/": "mail",
            "/<lang:lang>/my/photos/": "photo_id",
            "/picture/story/": "photo_id",
            "/<lang:lang>/my/documents/originals/": "original_id",
            "/<lang:lang>/my/documents/": "file_id",
            "/<lang:lang>/my/unsent/": "unsent",
            "/<lang:lang>/my/words/": "unsent",
            "/<lang:lang>/my/code/": "code_id",
            "/desk/take-downs/": "take_down",
            "/desk/views/": "view_id",
            "/account/sessions/": "session",
            "/account/passkeys/": "passkey",
        }
        return next(self.objects[kind] for start, kind in prefixes.items() if rule.rule.startswith(start))

    def ask(self, who: str, row: Row, *, missing: bool = False, submission: str = "") -> TestResponse:
        """Ask for a route as somebody; what is sent is empty and has no token, so that nothing is done."""
        client = self.client_of(who)
        return client.open(
            self.address(row, missing=missing, submission=submission), method=row.method, buffered=True
        )

    def client_of(self, who: str) -> FlaskClient:
        """Return a browser of somebody; staff get another one each time, with the same sign-in in it."""
        if who not in self.known:
            return self.clients[who]
        client = self.world.app.test_client()
        if who not in self.cookies:
            known, ago = self.known[who]
            cookie = enter(client, known, ago=ago).get_cookie("portal")
            assert cookie is not None
            self.cookies[who] = cookie.value
        client.set_cookie("portal", self.cookies[who])
        return client


def _is(rule: Rule, row: Row) -> bool:
    return rule.rule == row.rule and row.method in (rule.methods or ())


def list_rows(app: Flask) -> list[Row]:
    """Return every route of the application by every method."""
    found = {
        Row(rule.endpoint, method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in METHODS & (rule.methods or set())
    }
    return sorted(found, key=lambda row: (row.rule, row.method))


def word_outcome(answer: TestResponse) -> str:
    """Return what an answer means: "yes", the way to a door that is closed, or the refusal."""
    where = answer.headers.get("Location", "").partition("?")[0]
    if answer.status_code in (302, _SEE_OTHER) and where.endswith("/account/sign-in"):
        return "sign in"
    if answer.status_code == _SEE_OTHER and where == "/en/my":
        return "code"
    if answer.status_code in (401, 403, 404):
        return str(answer.status_code)
    return "yes" if answer.status_code < 500 else "broken"


def _read_lines() -> dict[Row, dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {Row(line["endpoint"], line["method"], line["rule"]): line for line in csv.DictReader(file)}


def read_rules() -> dict[Row, str]:
    """Return what the reviewed table says every route asks for: a permission, a page's right, or nothing."""
    return {row: line["permission"] for row, line in _read_lines().items()}


def read_table() -> dict[Row, dict[str, str]]:
    """Return what everybody gets of every route.

    The reviewed table says it of passers-by and of staff who have the permission; who has it, say the grants.
    """
    return {
        row: {who: line[who] if who in PASSERS_BY else _word_staff(who, line) for who in PEOPLE}
        for row, line in _read_lines().items()
    }


def _word_staff(who: str, line: Mapping[str, str]) -> str:
    """Return what a member of staff gets of a line of the table."""
    if line["permission"] in set(Permission) and not _may(who, Permission(line["permission"])):
        return "403"
    return line["staff outside" if who in OUTSIDE else "staff"]


def _may(who: str, permission: Permission) -> bool:
    return who in NAMED if permission in PERSONAL else has_permission(OF_STAFF[who], permission)


def gather(app: Flask) -> Visitors:
    """Fill an empty portal and open a browser for everybody."""
    world = build_world(app, LOCALES[0])
    with app.app_context(), transaction() as session:
        elsewhere = {who: make_staff(session, role, member=False) for who, role in OUTSIDE.items()}
        for who in NAMED & set(elsewhere):
            elsewhere[who].reads_identity = True
        closed = make_staff(session, Role.EDITOR)
        closed.active = False
        submission = session.scalars(
            select(Submission).where(Submission.public_id == world.submissions[OWN])
        ).one()
        message = Message(
            submission_id=submission.id,
            from_desk=True,
            act="message",
            body="Вітаємо!",
            lang="uk",
            sent_at=datetime.now(UTC),
            visible_at=datetime.now(UTC),
        )
        session.add(message)
        session.flush()
        known = {role.value: (_uniquifier(world.emails[role]), 0) for role in Role}
        known |= {who: (staff.fs_uniquifier, 0) for who, staff in elsewhere.items()}
        known |= {
            "closed account": (closed.fs_uniquifier, 0),
            "ended session": (known["editor"][0], _TWELVE_HOURS + 60),
        }
        objects = {
            "submission": submission.public_id,
            "photo_id": submission.attachments[0].public_id,
            "file_id": keep_pages(session, submission, at=submission.received_at).public_id,
            "original_id": _add_original(session, submission),
            "message_id": message.public_id,
            "gist_id": _add_gist(session, submission),
            "given_id": _add_recommendation(session, submission),
            "notice_id": _add_notice(session, submission, known["editor"][0]),
            "mark": "read",
            "take_down": _add_take_down(session, submission),
            "target": world.targets["tried"],
            "push": world.pushes["changed"],
            "export": world.exports["ready"],
            "draft": world.drafts["edited"],
            "staff": world.people[Role.MODERATOR],
            "mail": session.scalars(select(OutboxMail.public_id)).first() or "",
            "unsent": _add_unsent(session, submission),
            "session": _add_session(session, known["editor"][0]),
            "passkey": list_passkeys(session, known["editor"][0])[0].public_id,
            "code_id": _add_code(session, submission),
            "tag_id": world.tag,
            "view_id": _share_view(session, world, submission),
            "call": submission.call.public_id,
        }
    clients = {
        "anonymous": app.test_client(),
        "contributor": world.open_client(OWN),
        "other contributor": world.open_client(OTHER),
        "desk code": world.open_client("code found"),
    }
    return Visitors(world, known, clients, objects)


def _add_gist(session: Session, submission: Submission) -> str:
    """Let the story have had a gist; return its public id."""
    written = GistVersion(
        submission_id=submission.id, body="A shelf.", lang="en", written_at=datetime.now(UTC)
    )
    session.add(written)
    session.flush()
    return written.public_id


def _add_recommendation(session: Session, submission: Submission) -> str:
    """Let somebody recommend the story from its gist; return its public id."""
    public_id = new_public_id()
    given = Recommendation(
        public_id=public_id,
        submission_id=submission.id,
        advice=Advice.ACCEPT,
        sealed=current_portal().instance.keys.seal(b"A shelf.", recommendation_place(public_id)),
        sent_number=submission.latest.number,
        reads=False,
        given_at=datetime.now(UTC),
    )
    session.add(given)
    session.flush()
    return public_id


def _share_view(session: Session, world: World, submission: Submission) -> str:
    """Show a view to everybody on the desk, as its table needs it: one's own nobody else is shown."""
    view = session.scalars(select(SavedView).where(SavedView.public_id == world.view)).one()
    view.coverage_id = submission.call.coverage_id
    return view.public_id


def _add_notice(session: Session, submission: Submission, known: str) -> str:
    """Tell an editor that somebody mentions them; return the notice's public id."""
    editor = session.scalars(select(Staff).where(Staff.fs_uniquifier == known)).one()
    notify(session, [editor], submission, NoticeKind.MENTIONED, at=datetime.now(UTC))
    its = DeskNotice.kind == NoticeKind.MENTIONED
    found: str = session.scalars(select(DeskNotice.public_id).where(its)).one()
    return found


def _add_code(session: Session, submission: Submission) -> str:
    """Have a new code for the story be asked for; return its public id."""
    asked = DeskCode(submission_id=submission.id, asked_at=datetime.now(UTC), reason="Call back")
    session.add(asked)
    session.flush()
    return asked.public_id


def _add_take_down(session: Session, submission: Submission) -> str:
    """Let a copy of the story be out there that must come back; return the public id of the task."""
    task = TakeDown(
        submission_id=submission.id,
        reason=Recall.NAME,
        lang="uk",
        url="https://example.org/uk/polytsia",
        opened_at=datetime.now(UTC),
    )
    session.add(task)
    session.flush()
    return task.public_id


def _add_original(session: Session, submission: Submission) -> str:
    """Have a file of the story lie as it was sent; return its public id."""
    kept = keep_sent(session, submission, at=datetime.now(UTC))
    assert kept is not None
    return kept.public_id


def _add_unsent(session: Session, submission: Submission) -> str:
    """Give the story a version that was not sent; return its public id."""
    return make_unsent(
        session, submission, submission.received_at, submission.stage, story="Світло є."
    ).public_id


def _add_session(session: Session, known: str) -> str:
    """Let somebody be signed in elsewhere, too; return the public id of that session."""
    staff = session.scalars(select(Staff).where(Staff.fs_uniquifier == known)).one()
    open_session(session, staff, at=datetime.now(UTC))
    return session.scalars(select(StaffSession.public_id).where(StaffSession.staff_id == staff.id)).one()


def _uniquifier(email: str) -> str:
    return db.session.scalars(select(Staff.fs_uniquifier).where(Staff.email == email)).one()
