"""Words in everything that is stored, and a look at all files of database and instance for them."""

import os
import struct
import subprocess
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import text

from portal.data import content
from portal.database import transaction
from portal.domain.consent import BylineMode
from portal.domain.permissions import Role
from portal.domain.photos import PictureWords
from portal.domain.questions import Audience, Question, QuestionType, list_searched, parse_question
from portal.domain.states import Stage
from portal.extensions import current_portal, db
from portal.media.letter_count import LetterCount
from portal.operations.coverages.comments import add_comment
from portal.operations.coverages.draft_fields import fields_of
from portal.operations.coverages.drafts import save_draft
from portal.operations.coverages.unsaved_edits import delete_unsaved, keep_unsaved
from portal.operations.desk.decisions import accept
from portal.operations.private.originals import TakenContent
from portal.operations.private.photos import describe_picture
from tests.support.factories import make_sending, make_staff, make_submission, make_unsent
from tests.support.photos import keep_picture, keep_sent
from tests.support.search import read_in_session

_EPOCH_OF_POSTGRESQL = datetime(2000, 1, 1, tzinfo=UTC)
QUESTIONS = [parse_question(row) for row in content.questions()]
SEARCHED = frozenset(list_searched(content.questions()))
MORE = {
    "typed": "Друга Підписна",
    "saved": "Третя Підписна",
    "credit": "Світлила Канарка",
    "sent": "Незнайдена Канарка",
    "left": "Четверта Підписна",
    "comment": "Сказана Канарка",
}
"""Names in what an editor has typed, saved and let go of, in what a colleague has said of it, of who took a
photo, and in a file as sent."""


def make_canary(key: str) -> str:
    return f"канарка {key}."


def answer(stage: Stage) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return open and sealed answers to a form in which somebody says something of their own everywhere."""
    given: dict[Audience, dict[str, Any]] = {audience: {} for audience in Audience}
    for question in QUESTIONS:
        if stage in question.forms and question.type is not QuestionType.LANGUAGE:
            given[question.audience][question.key] = _answer_one(question)
            if question.takes_words:
                audience = question.text_audience or question.audience
                given[audience][question.text_key] = make_canary(question.text_key)
    return {**given[Audience.DESK], **given[Audience.EDITOR]}, given[Audience.SEALED]


def _answer_one(question: Question) -> Any:
    if question.key == "byline":
        return BylineMode.PEN.value
    return [make_canary(question.key)] if question.type is QuestionType.CHOICES else make_canary(question.key)


def send_everything(app: Flask, at: datetime) -> dict[str, Any]:
    """Let words go everywhere they can: sent, begun anew, accepted, edited, typed, said of a photo.

    Returns all answers.
    """
    answers, sealed = answer(Stage.STORY)
    with app.app_context(), transaction() as session:
        sending = replace(make_sending(Stage.STORY), answers=answers, sealed=sealed)
        submission = make_submission(session, at, sending=sending)
        make_unsent(session, submission, at, Stage.STORY, **{**answers, "story": make_canary("unsent")})
        picture = keep_picture(session, submission, at=at)
        describe_picture(session, submission, picture, PictureWords("Хто", MORE["credit"], None, None), at=at)
        lost = TakenContent(LetterCount(unplaced=(MORE["sent"],)))
        keep_sent(session, submission, at=at, content=MORE["sent"].encode(), name=MORE["sent"], taken=lost)
        editor = make_staff(session, Role.EDITOR)
        draft = accept(session, submission, by=editor, at=at, seen=submission.version)
        session.flush()
        saved = {**fields_of(draft), "byline": MORE["saved"]}
        save_draft(session, draft, saved, by=editor, at=at, seen=draft.version)
        for name in ("left", "typed"):
            delete_unsaved(session, draft, by=editor, at=at, known=None)
            typed = {**fields_of(draft), "byline": MORE[name]}
            keep_unsaved(session, draft, typed, by=editor, at=at, revision=draft.revision, known=0)
        add_comment(session, draft, by=editor, at=at, words=MORE["comment"], paragraph=MORE["comment"])
        read_in_session(session)
    return {**answers, **sealed, "unsent": ""}


def list_hidden(answers: Collection[str]) -> list[str]:
    """Return the words that no copy may hold, of answers by their keys."""
    return [*(make_canary(key) for key in answers if key not in SEARCHED | {"byline"}), *MORE.values()]


def read_copy(app: Flask, words: Collection[str]) -> set[str]:
    """Return which of the words stand in some file of database and instance.

    The log a PostgreSQL writes ahead is left out: it holds what was written, until it comes round.
    """
    looked_for = [part for word in words for part in ("-e", word)]
    return set(_look(app, "-F", *looked_for).decode().splitlines())


def holds_moment(app: Flask, at: datetime) -> bool:
    """Say whether some file of database and instance holds a moment, spelt as that database does."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            return bool(_look(app, "-F", "-e", f"{at:%Y-%m-%d %H:%M:%S.%f}"))
    spelt = struct.pack("<q", (at - _EPOCH_OF_POSTGRESQL) // timedelta(microseconds=1))
    return bool(_look(app, "-P", "-e", "".join(f"\\x{byte:02x}" for byte in spelt)))


def _look(app: Flask, *looked_for: str) -> bytes:
    with app.app_context():
        folders = [current_portal().instance.folder]
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text("CHECKPOINT"))
            folders.append(Path(db.session.execute(text("SHOW data_directory")).scalar_one()))
        db.session.remove()
    # Read by another process, as tests.support.canaries.read_apart.
    command = ["grep", "-raoh", "--exclude-dir=pg_wal", *looked_for, *map(str, folders)]
    return subprocess.run(command, capture_output=True, check=False, env={**os.environ, "LC_ALL": "C"}).stdout
