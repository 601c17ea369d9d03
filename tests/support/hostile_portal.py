"""The world of tests/support/portal.py after people who mean harm have written every word of it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from flask import Flask
from sqlalchemy import JSON, Column, Enum, LargeBinary, String, Table, select, update
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.author_checks import spot_key
from portal.domain.languages import LOCALES, Locale
from portal.domain.permissions import Role
from portal.domain.questions import Question, QuestionType, parse_question
from portal.domain.take_downs import Recall, TakeDownOutcome
from portal.domain.unsent_words import UnsentPlace, UnsentWords
from portal.extensions import current_portal, db
from portal.models import Base, Call, Draft, SameStory, Staff, Submission, TakeDown
from portal.operations.coverages.draft_fields import fields_of
from portal.operations.coverages.unsaved_edits import keep_unsaved
from portal.operations.key_rotation import SEALED, SealedColumn, select_envelopes
from portal.operations.private.unsent import keep_words
from portal.sealing.keys import (
    comment_place,
    page_words_place,
    picture_words_place,
    saved_view_place,
    target_account_place,
    unsent_version_place,
)
from portal.story.normalise import clean_line, clean_text
from portal.story.same_story.facts import FactKind
from portal.web.site.checked_changes import list_changes
from tests.support.hostile_text import clean_texts, soften
from tests.support.portal import build_world
from tests.support.world import World

TAGS = frozenset(locale.tag for locale in LOCALES)
LABEL, NAME, SHORT, LONG = 90, 200, 300, 800
"""Most characters of a label, a name, a line and a text: together they hold every hostile text many times."""

MADE_BY_DEVICES = frozenset({"passkey.credential_id", "passkey.public_key"})
OPEN_BYTES = MADE_BY_DEVICES | {"lead_picture.content"}
"""Columns of bytes without envelopes: what a device makes, and a picture that everybody is shown."""
PUBLIC_IDS = frozenset(
    f"{table.name}.public_id" for table in Base.metadata.sorted_tables if "public_id" in table.columns
)
FIXED: Mapping[str, frozenset[str]] = {
    "an id or a name of ours": PUBLIC_IDS
    | frozenset(
        {
            "coverage.slug", "staff.fs_uniquifier", "call.slug", "consent.key", "outbox_mail.dedupe_key",
            "job_run.name", "rate_bucket.name", "push.problem", "push.detail", "removed_file.name",
            "installation.instance_id", "event.batch", "desk_notice.about", "export_file.lost",
        }
    ),
    "a hash or a key": frozenset(
        {
            "audit_head.mac", "used_proof.proof_hash", "presence.mark",
            "export_file.sha256", "export_file.sealed_key",
            "invitation.token_hash", "submission.receipt_hash",
            "submission.replacement_hash", "desk_code.code_hash",
            "submission.address_hash", "access_link.token_hash",
            "contributor_session.token_hash", "staff_session.token_hash",
            "contributor_session.sealed_form_key",
            "revision.form_key_hash", "revision.content_hash", "submission_draft.sealed_form_key",
            "lead_picture.sha256", "attachment.sha256", "attachment.sealed_key", "attachment.sealed_facts",
            "remote_copy.sent_hash", "remote_copy.media", "remote_copy.slug", "remote_copy.modified",
            "remote_copy.fingerprint", "remote_copy.key",
            "original_file.sha256", "original_file.sealed_key", "original_file.sealed_facts",
            "staff.password", "staff.tf_primary_method", "staff.tf_totp_secret",
            "staff.mf_recovery_codes",
        }
    ),
    "a language tag or a time zone, chosen from a list": frozenset(
        {
            "coverage.primary_locale", "staff.locale", "staff.time_zone",
            "invitation.locale", "staff_language.tag",
            "submission.lang", "submission.locale", "consent.locale", "draft.lang",
            "revision.lang", "submission_draft.lang", "message.lang", "outbox_mail.locale",
            "publication.lang", "gist_version.lang", "take_down.lang", "target.lang",
        }
    ),
    "one of a few values of ours": frozenset(
        {
            "submission.signals", "submission.sides", "export_file.format",
            "submission.sealed_risk", "submission.decline_reason", "draft.topics",
            "event.act", "staff_session.browser", "message.act", "outbox_mail.kind",
            "attachment.format", "author_check.paragraphs", "passkey.transports",
        }
    ),
    "made from what was typed, and shown to nobody": frozenset(
        {"export_file.choice", "tag.folded", "story_search.body_terms", "story_search.extra_terms"}
    ),
    "bytes that a device makes, which nobody is shown": MADE_BY_DEVICES,
    "the audit log holds no word that anybody wrote, and refuses changes": frozenset(
        {
            "audit_entry.actor", "audit_entry.act", "audit_entry.about", "audit_entry.detail",
            "audit_entry.prev", "audit_entry.mac",
        }
    ),
}  # fmt: skip
"""Why a column keeps what it holds. Every other column for text is written by people."""

EMAILS = frozenset({"staff.email", "invitation.email"})
ADDRESSES = frozenset(
    {
        "publication.url",
        "take_down.url",
        "coverage.licence_uri",
        "target.address",
        "remote_copy.url",
        "remote_copy.edit_url",
    }
)
APPENDED = frozenset({"staff.name", "consent.text"})
"""What stands there decides the order of lists or what may leave: it stays in front."""

EVENT_WORDS = frozenset({"reason", "note", "taken_from"})
EVENT_TAGS = frozenset({"on", "off"})
"""Tags that were put on a text and taken off, under their ids the names they had."""
DRAFT_WORDS = frozenset({"title", "dek", "excerpt", "body", "byline", "bio", "place", "content_warning"})
PHOTO_WORDS = ("description", "caption", "credit")
_WORD = re.compile(r"[^\W\d_]+")
_MORE = frozenset({"reply_text"})


class Hand:
    """Writes hostile texts, each call other ones; a soft hand writes harmless ones of the same length."""

    def __init__(self, *, soft: bool = False) -> None:
        self._finish: Callable[[str], str] = soften if soft else str
        self._lines, self._texts = clean_texts(clean_line), clean_texts(clean_text)
        self._turn = 0

    def begin(self, name: str) -> None:
        """Go on at a place of this table's own: rows that are new elsewhere change no text of it."""
        self._turn = crc32(name.encode())

    def write_line(self, most: int = SHORT) -> str:
        return self._finish(" ".join(self._take(self._lines, most)))

    def write_text(self, most: int = LONG) -> str:
        return self._finish("\n\n".join(self._take(self._texts, most, 2)))

    def write_email(self, number: int) -> str:
        self._turn += 1
        return self._finish("o'n`&{{7*7}}|%0a=").replace("·", "x") + f"{number}@example.org"

    def write_address(self) -> str:
        self._turn += 1
        return "https://example.org/" + self._finish("\"><img/src=x/onerror=alert(1)>'{{7*7}}")

    def _take(self, texts: Sequence[str], most: int, between: int = 1) -> list[str]:
        """Return as many texts as fit, the one after those of the last call first; each at most once."""
        taken: list[str] = []
        for offset in range(len(texts)):
            text = texts[(self._turn + offset) % len(texts)]
            if sum(map(len, taken)) + between * len(taken) + len(text) > most:
                break
            taken.append(text)
        self._turn += max(len(taken), 1)
        return taken


@dataclass
class Filler:
    """Goes through every table and writes over every text."""

    session: Session
    hand: Hand
    untouched: list[str] = field(default_factory=list)
    """Columns of which the world has no row."""
    questions: tuple[Question, ...] = ()

    def fill(self) -> None:
        call = self.session.scalars(select(Call)).one()
        self.questions = tuple(map(parse_question, call.questions))
        self._seal()
        for table in Base.metadata.sorted_tables:
            self.hand.begin(table.name)
            for column in list_written(table):
                if not isinstance(column.type, LargeBinary):
                    self._fill_column(table, column)
        self.session.expire_all()

    def _fill_column(self, table: Table, column: Column[Any]) -> None:
        keys = list(table.primary_key.columns)
        rows = self.session.execute(select(*keys, column).order_by(*keys)).all()
        filled = [row for row in rows if row[-1]] or rows
        for number, row in enumerate(filled):
            where = [key == value for key, value in zip(keys, row, strict=False)]
            written = self._write(f"{table.name}.{column.name}", column, row[-1], number)
            self.session.execute(update(table).where(*where).values({column.name: written}))
        if not filled:
            self.untouched.append(f"{table.name}.{column.name}")

    def _write(self, name: str, column: Column[Any], old: Any, number: int) -> Any:
        if isinstance(column.type, JSON):
            return self._write_json(name, old)
        if name in EMAILS:
            return self.hand.write_email(number)
        if name in ADDRESSES:
            return self.hand.write_address()
        length = getattr(column.type, "length", None)
        kept = f"{old} " if name in APPENDED else ""
        if length is None:
            return kept + self.hand.write_text()
        return kept + self.hand.write_line(length - len(kept))

    def _write_json(self, name: str, old: Any) -> Any:
        if name == "revision.open_answers":
            return self._write_answers(old)
        if name in ("draft_revision.open_fields", "unsaved_edit.open_fields", "autosave.open_fields"):
            return {
                key: self._write_field(key, old[key]) if key in DRAFT_WORDS else old[key]
                for key in sorted(old)
            }
        if name == "target.categories":
            return {slug: {**old[slug], "name": self.hand.write_line(LABEL)} for slug in sorted(old)}
        if name == "target.trial":
            account = {**old.get("account", {}), "name": self.hand.write_line(LABEL)}
            return {**old, "account": account} if "account" in old else old
        if name == "push.theirs":
            return {key: self.hand.write_text() if is_prose(old[key]) else old[key] for key in sorted(old)}
        if name == "same_story.shared":  # the first of each three is what the code compares
            return {
                kind: [[told[0], self.hand.write_line(LABEL), self.hand.write_line(LABEL)] for told in found]
                for kind, found in sorted(old.items())
            }
        if name == "event.detail":
            return {key: self._write_detail(key, old[key]) for key in sorted(old)}
        return self._write_localized(old, inside=False)

    def _write_detail(self, key: str, value: Any) -> Any:
        if key in EVENT_TAGS:
            return {public_id: self.hand.write_line(LABEL) for public_id in sorted(value)}
        return self.hand.write_line() if key in EVENT_WORDS and is_prose(value) else value

    def _write_field(self, key: str, value: Any) -> Any:
        return self.hand.write_text() if key == "body" else self.hand.write_line() if value else value

    def _write_localized(self, old: Any, *, inside: bool) -> Any:
        """Write over the texts filed under a language tag, however deep."""
        if isinstance(old, dict):
            return {key: self._write_localized(old[key], inside=inside or key in TAGS) for key in sorted(old)}
        if isinstance(old, list):
            return [self._write_localized(one, inside=inside) for one in old]
        return self.hand.write_line(LABEL) if inside and isinstance(old, str) else old

    def _write_answers(self, old: Mapping[str, Any]) -> dict[str, Any]:
        return {**old, **{key: self._write_answer(key) for key in sorted(self._words() & old.keys())}}

    def _write_answer(self, key: str) -> str:
        if key == "reply_text":
            return self.hand.write_email(0)
        if key == "avoid":  # names nothing that stands in the texts, or none could leave
            return _WORD.sub(lambda word: f"{word[0]}ґ", self.hand.write_text(1_000))
        return self.hand.write_text() if key in ("story", "idea") else self.hand.write_text(SHORT)

    def _words(self) -> frozenset[str]:
        """Return the keys of answers people type."""
        typed = {one.key for one in self.questions if one.type in (QuestionType.SHORT, QuestionType.LONG)}
        return frozenset(typed | {one.text_key for one in self.questions if one.takes_words} | _MORE)

    def _seal(self) -> None:
        """Write over what lies in envelopes."""
        for sealed in SEALED:
            name = f"{sealed.row_id.class_.__tablename__}.{sealed.column.key}"
            if name not in list_fixed():
                self._seal_column(name, sealed)
        self.session.flush()

    def _seal_column(self, name: str, sealed: SealedColumn) -> None:
        keys, table = current_portal().instance.keys, sealed.row_id.class_
        rows = select_envelopes(sealed).order_by(sealed.row_id)
        found = self.session.execute(rows).all()
        for row_id, envelope, *parts in found:
            place = sealed.place(*parts)
            held = keys.open(envelope, place) if envelope else b""
            written = self._write_held(sealed, held)
            changed = {sealed.column.key: keys.seal(written, place)}
            self.session.execute(update(table).where(sealed.row_id == row_id).values(changed))
        if not found:
            self.untouched.append(name)

    def _write_held(self, sealed: SealedColumn, held: bytes) -> bytes:
        """Return what lies in an envelope from now on: fields by their names, answers by keys, or words."""
        if sealed.place is page_words_place:  # each field of a page is typed
            written: dict[str, Any] = {key: self.hand.write_text() for key in sorted(json.loads(held))}
        elif sealed.place is picture_words_place:
            written = {name: self.hand.write_line() for name in PHOTO_WORDS}
        elif sealed.place is unsent_version_place:
            parts = sorted(json.loads(held).items())
            written = {
                part: self._write_answers(one) if isinstance(one, dict) else one for part, one in parts
            }
        elif sealed.place is comment_place:
            written = {key: old and self.hand.write_text() for key, old in sorted(json.loads(held).items())}
        elif sealed.place is saved_view_place:
            written = {**json.loads(held), "name": self.hand.write_line(LABEL)}
            written["arguments"] |= {"q": self.hand.write_line(LABEL)}
        elif sealed.place is target_account_place:
            written = {name: self.hand.write_line(LABEL) for name in ("account", "password")}
        elif sealed.column.key == "sealed_person":
            fields = sorted(json.loads(held or b"{}").items())
            written = {key: self._write_field(key, old) if key in DRAFT_WORDS else old for key, old in fields}
        elif held.startswith(b"{"):
            written = self._write_answers(json.loads(held))
        else:
            return self.hand.write_line(NAME).encode()
        return json.dumps(written).encode()


def is_prose(value: Any) -> bool:
    """Say whether a value was typed by somebody: codes are one word in small letters."""
    return isinstance(value, str) and not re.fullmatch("[a-z_]+", value)


def list_fixed() -> frozenset[str]:
    """Return the columns that keep what they hold."""
    return frozenset().union(*FIXED.values())


def list_envelopes() -> set[str]:
    """Return every column of bytes that are envelopes."""
    columns = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    return columns - OPEN_BYTES


def list_written(table: Table) -> Iterator[Column[Any]]:
    """Give the columns whose text people write."""
    fixed = list_fixed()
    for column in table.columns:
        holds_text = isinstance(column.type, (String, JSON, LargeBinary))
        if holds_text and not isinstance(column.type, Enum) and f"{table.name}.{column.name}" not in fixed:
            yield column


def build_hostile_world(app: Flask, locale: Locale, *, soft: bool = False) -> tuple[World, Filler]:
    """Fill an empty portal and write over all of it; return it with what was done."""
    world = build_world(app, locale)
    with app.app_context(), transaction() as session:
        add_unsent(session, world)
        add_take_downs(session, world)
        add_likeness(session, world)
        session.flush()
        filler = Filler(session, Hand(soft=soft))
        filler.fill()
        explain_changes(session, filler.hand)
        # An export asks for a consent that names the licence.
        call = session.scalars(select(Call)).one()
        for submission in session.scalars(select(Submission)):
            for consent in submission.consents:
                consent.text += f" {call.coverage.licence} ({call.coverage.licence_uri})"
        world.emails = read_emails(world)
    return world, filler


def add_unsent(session: Session, world: World) -> None:
    """Let an author and an editor have typed what they have not sent."""
    at = datetime.now(UTC)
    submission = session.scalars(select(Submission).filter_by(public_id=world.submissions["answered"])).one()
    typed = UnsentWords(UnsentPlace.THREAD, {"body": "."})
    keep_words(session, submission, typed, keys=current_portal().instance.keys, at=at)
    draft = session.scalars(select(Draft).filter_by(public_id=world.drafts["edited"])).one()
    editor = session.scalars(select(Staff).filter_by(public_id=world.people[Role.EDITOR])).one()
    values = {**fields_of(draft), "title": "."}
    keep_unsaved(session, draft, values, by=editor, at=at, revision=draft.revision, known=0)


def explain_changes(session: Session, hand: Hand) -> None:
    """Let an editor have said of every change of every draft why it was made.

    Only then do as many reasons stand on the page: which change a save's reason is told beside goes by the
    words compared.
    """
    hand.begin("change_reasons")
    for draft in session.scalars(select(Draft).order_by(Draft.id)):
        found = list_changes(draft, draft.revision, draft.submission.latest)
        draft.revisions[-1].change_reasons = {spot_key(one.spot): hand.write_text() for one in found}


def add_likeness(session: Session, world: World) -> None:
    """Let two texts tell the same story."""
    names = [world.submissions[one] for one in ("received", "worked on")]
    one, other = session.scalars(
        select(Submission).where(Submission.public_id.in_(names)).order_by(Submission.id)
    )
    shared = {kind: [[".", ".", "."]] for kind in FactKind if kind is not FactKind.PLACE}
    session.add(SameStory(one_id=one.id, other_id=other.id, is_copy=False, shared=shared))


def add_take_downs(session: Session, world: World) -> None:
    """Let two copies be out there that must come back: one waits, and one could not be removed."""
    at = datetime.now(UTC)
    submission = session.scalars(select(Submission).filter_by(public_id=world.submissions["published"])).one()
    for lang in ("uk", "en"):
        url = f"https://example.org/{lang}/polytsia"
        session.add(
            TakeDown(submission_id=submission.id, reason=Recall.NAME, lang=lang, url=url, opened_at=at)
        )
    session.flush()
    done = session.scalars(select(TakeDown).filter_by(lang="en")).one()
    done.outcome, done.note, done.closed_at = TakeDownOutcome.NOT_REMOVED, ".", at


def read_emails(world: World) -> dict[str, str]:
    """Return the addresses people sign in with now, by the names the world knows them under."""
    table = Base.metadata.tables["staff"]
    rows = db.session.execute(select(table.c.public_id, table.c.email)).all()
    now = {row.public_id: row.email for row in rows}
    return {who: now[world.people[who]] for who in world.emails}
