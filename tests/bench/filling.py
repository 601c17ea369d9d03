"""A database as full as asked: a few submissions made by operations, the rest as varied copies of their rows.

What lies in it is an archive with a busy desk: most is closed, one in eight waits for somebody, the texts are
some hundred words in four languages, a few came unverified, some authors have written again. All of it is
indexed (index_rows). Of very many the oldest are copies the database itself makes: `_multiply`.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import Connection, FromClause, Table, func, insert, select, text
from sqlalchemy.orm import Session

from portal.data import content
from portal.database import transaction
from portal.domain.acts import HistoryAct
from portal.domain.admission import Lane
from portal.domain.consent import PublishWish
from portal.domain.permissions import ReadingLevel, Role
from portal.domain.questions import split_answers
from portal.domain.states import Stage, State
from portal.extensions import current_portal, db
from portal.models import Consent, Event, Message, Revision, Staff, StaffLanguage, StorySearch, Submission
from portal.operations.coverages.drafts import send_for_approval
from portal.operations.private.author_acts import approve
from portal.operations.search_rows import write_rows
from portal.sealing.keys import KeyRing, answers_place, desk_answers_place, risk_place
from tests.bench.index_rows import IndexRows
from tests.support.factories import make_draft, make_sending, make_staff, make_submission

DRAFTS = 100
LEAST = DRAFTS + 3
"""Fewer texts cannot be made: with these drafts one copy of another text at least."""
WRITTEN = 100_000
"""Of more submissions only so many have texts and envelopes of their own."""
_AT_ONCE = 2_000
_SENTENCES = 12
_YEARS = timedelta(days=3 * 365)

Row = dict[str, Any]
Weights = Sequence[tuple[Any, int]]

_LANGUAGES: Weights = (("uk", 45), ("zh-Hant-TW", 35), ("en", 15), ("pl", 5))
_STATES: Weights = (
    (State.SUBMITTED, 10),
    (State.NEEDS_REPLY, 1),
    (State.INVITED, 1),
    (State.ACCEPTED, 1),
    (State.PUBLISHED, 35),
    (State.DECLINED, 42),
    (State.SPAM, 8),
    (State.WITHDRAWN, 2),
)
_HAS_DUE_DATE = frozenset({State.SUBMITTED, State.NEEDS_REPLY, State.INVITED})
_WORDS = {
    "uk": "Світло зникло о шостій. Мама поставила чайник на газ. Я згадала Тайбей і дощ. "
    "Волонтери привезли хліб до Харкова. Війна змінила наш двір. Сусідка співала тихо.",
    "zh-Hant-TW": "傍晚六點停電了。媽媽把水壺放在瓦斯爐上。我想起台北的雨。"
    "志工把麵包送到哈爾科夫。戰爭改變了我們的院子。鄰居輕輕地唱歌。",
    "en": "The light went out at six. My mother put the kettle on the gas. I thought of Taipei and the rain. "
    "Volunteers brought bread to Kharkiv. The war has changed our yard. A neighbour sang softly.",
    "pl": "Światło zgasło o szóstej. Mama postawiła czajnik na gazie. Pomyślałam o Tajpej i deszczu. "
    "Wolontariusze przywieźli chleb do Charkowa. Wojna zmieniła nasze podwórko. Sąsiadka cicho śpiewała.",
}


def fill(app: Flask, number: int) -> str:
    """Make `number` submissions, 100 approved drafts and an editor; return the editor's session id."""
    at = datetime.now(UTC)
    with app.app_context():
        with transaction() as session:
            samples = [make_submission(session, at), make_submission(session, at, Stage.STORY)]
            editor = make_staff(session, Role.EDITOR)
            editor.languages.append(StaffLanguage(tag="pl", reading=ReadingLevel.GIST))
            for _ in range(DRAFTS):
                sending = make_sending(Stage.STORY, may=PublishWish.AFTER_APPROVAL)
                draft = make_draft(session, at, by=editor, sending=sending)
                submission = draft.submission
                send_for_approval(session, draft, by=editor, at=at, seen=submission.version)
                approve(session, submission, revision=draft.revision, at=at)
            session.flush()
            keys = current_portal().instance.keys
            copies = _Copies([_read(session, submission) for submission in samples], editor.id, at, keys)
            first = (session.scalar(select(func.max(Submission.id))) or 0) + 1
        last = first + number - DRAFTS - len(samples)
        with _without_index():
            copies.write(range(max(first, last - WRITTEN), last))
            _multiply(range(first, last))
        _settle(last)
        with transaction() as session:
            return session.scalars(select(Staff.fs_uniquifier)).one()


@contextmanager
def _without_index() -> Iterator[None]:
    """Have PostgreSQL make the index of words when all of them are there: that takes a fifth of the time."""
    if db.engine.dialect.name != "postgresql":
        yield
        return
    with db.engine.begin() as connection:
        asked = text("SELECT indexdef FROM pg_indexes WHERE indexname = 'story_search_terms'")
        made = connection.scalars(asked).one()
        connection.execute(text("DROP INDEX story_search_terms"))
    yield
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL maintenance_work_mem = '2GB'"))
        connection.exec_driver_sql(made)
        connection.execute(text("ALTER INDEX story_search_terms ALTER COLUMN 1 SET STATISTICS 0"))


def _multiply(keys: range) -> None:
    """Fill the numbers below those that are written, in steps of `WRITTEN`, with copies of them.

    They are the oldest, so that lists and searches show written ones first, and have no envelope of a risk.
    """
    for shift in range(WRITTEN, len(keys), WRITTEN):
        with db.engine.begin() as connection:
            for name in (Submission.__tablename__, StorySearch.__tablename__):
                _copy_lower(connection, Submission.metadata.tables[name], shift, keys)


def _copy_lower(connection: Connection, table: Table, shift: int, keys: range) -> None:
    number = "id" if "id" in table.columns else "submission_id"
    own = {
        number: f"{number} - :shift",
        "public_id": "lower(substr(public_id, 1, 24)) || :mark",
        "receipt_hash": "substr(receipt_hash, 1, 56) || :mark",
        "body_terms": "substr(body_terms, 1, length(body_terms) - 8) || :mark",  # its id comes last
        "sealed_risk": "NULL",
        "unread_letter_id": "NULL",
    }
    names = [column.name for column in table.columns]
    asked = text(
        f"INSERT INTO {table.name} ({', '.join(names)}) "
        f"SELECT {', '.join(own.get(name, name) for name in names)} FROM {table.name} "
        f"WHERE {number} >= :first AND {number} - :shift >= :lowest"
    )
    given = {"shift": shift, "mark": f"{shift:08x}", "first": keys[-1] + 1 - WRITTEN, "lowest": keys[0]}
    unused = {name for name in given if f":{name}" not in asked.text}
    connection.execute(asked, {name: value for name, value in given.items() if name not in unused})


def _settle(last: int) -> None:
    """Have PostgreSQL count what is there, as a server does before long, and SQLite index what was copied."""
    if db.engine.dialect.name != "postgresql":
        with db.engine.begin() as connection:
            connection.execute(text("INSERT INTO story_search_words (story_search_words) VALUES ('rebuild')"))
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence('submission', 'id'), :last)"), {"last": last}
        )
        connection.execute(text("VACUUM ANALYZE"))


def _read(session: Session, submission: Submission) -> dict[str, Row]:
    """Return the rows of a submission that the desk reads, by table."""
    event = session.scalars(select(Event).where(Event.submission_id == submission.id)).first()
    rows = {
        "submission": submission,
        "revision": submission.latest,
        "event": event,
        "consent": submission.consents[0],
    }
    held = {name: _values(row.__table__, row) for name, row in rows.items() if row is not None}
    held["revision"]["desk_answers"] = submission.latest.answers  # each copy has an envelope of its own
    return held


def _values(table: FromClause, row: Any) -> Row:
    return {column.name: getattr(row, column.name) for column in table.columns if column.name != "id"}


class _Copies:
    """Writes copies of a pitch and a story, each with a text, language and state of its own."""

    def __init__(self, samples: Sequence[dict[str, Row]], staff_id: int, at: datetime, keys: KeyRing) -> None:
        self._samples = samples
        self._keys = keys
        self._questions = content.questions()
        self._staff_id = staff_id
        self._at = at
        self._random = Random(4)
        self._index = IndexRows()
        self._sentences = {lang: _split(words) for lang, words in _WORDS.items()}

    def write(self, keys: range) -> None:
        """Add submissions with these ids, some thousands in one transaction."""
        for start in range(0, len(keys), _AT_ONCE):
            with transaction() as session:
                made = [self._copy(key) for key in keys[start : start + _AT_ONCE]]
                for table in (Submission, Revision, Event, Consent, Message):
                    rows = [row for submission in made for row in submission.get(table.__tablename__, ())]
                    if rows:
                        session.execute(insert(table), rows)
                write_rows(session, [row for submission in made for row in submission["story_search"]])

    def _copy(self, key: int) -> dict[str, list[Row]]:
        """Return the rows of one submission by table."""
        sample = self._samples[key % len(self._samples)]
        submission = {**sample["submission"], "id": key, "unread_letter_id": None, **self._vary()}
        answers = dict(sample["revision"]["open_answers"])
        field = "story" if submission["kind"] is Stage.STORY else "idea"
        sentences = self._choose_sentences(submission["lang"])
        story = _join(sentences, submission["lang"])
        answers[field] = story
        submission["sealed_risk"] = self._keys.seal_map(
            {"at_risk": False}, risk_place(submission["public_id"])
        )
        submission["heading"] = story[:60]
        submission["words"], submission["characters"] = len(story.split()), len(story)
        revision = {
            "lang": submission["lang"],
            "open_answers": answers,
            "desk_answers": self._seal(sample["revision"]["desk_answers"], submission),
            "sealed": self._seal_again(sample, submission),
            "received_at": submission["received_at"],
            "form_key_hash": secrets.token_hex(32),
            "content_hash": secrets.token_hex(32),
        }
        own = {"submission_id": key}
        rows = {
            "submission": [submission],
            "revision": [{**sample["revision"], **own, **revision}],
            "event": [{**sample["event"], **own, **self._close(submission), "at": submission["received_at"]}],
            "consent": [{**sample["consent"], **own, "given_at": submission["received_at"]}],
            "story_search": [self._index.make(key, submission["public_id"], sentences)],
        }
        if self._random.random() < 0.03:
            rows["message"] = [self._write_letter(submission)]
            submission["unread_letter_id"] = 1 if self._random.random() < 0.1 else None
        return rows

    @staticmethod
    def _close(submission: Row) -> Row:
        """Return what brought a text into its state."""
        return {"from_state": submission["state_before"], "to_state": submission["state"]}

    def _seal(self, answers: Row, submission: Row) -> bytes:
        _searched, inside = split_answers(self._questions, {**answers, "lang": submission["lang"]})
        return self._keys.seal_map(inside, desk_answers_place(submission["public_id"], 1))

    def _seal_again(self, sample: dict[str, Row], submission: Row) -> bytes | None:
        """Return the sealed answers of the sample, bound to the copy."""
        envelope = sample["revision"]["sealed"]
        if envelope is None:
            return None
        inside = self._keys.open_map(envelope, answers_place(sample["submission"]["public_id"], 1))
        return self._keys.seal_map(inside, answers_place(submission["public_id"], 1))

    def _vary(self) -> Row:
        state = self._choose(_STATES)
        received = self._at - _YEARS * self._random.random()
        due = self._at + timedelta(minutes=self._random.randint(-3_000, 20_000))
        is_unverified = state is State.SUBMITTED and self._random.random() < 0.05
        return {
            "public_id": secrets.token_hex(16),
            "receipt_hash": secrets.token_hex(32),
            "lang": self._choose(_LANGUAGES),
            "state": state,
            "state_before": State.WRITING if state is State.SUBMITTED else State.SUBMITTED,
            "lane": Lane.UNVERIFIED if is_unverified else Lane.VERIFIED,
            "received_at": received.replace(minute=0, second=0, microsecond=0),
            "due_at": due if state in _HAS_DUE_DATE else None,
            "assignee_id": self._staff_id if self._random.random() < 0.01 else None,
        }

    def _choose_sentences(self, lang: str) -> Sequence[str]:
        return self._random.choices(self._sentences[lang], k=_SENTENCES * self._random.randint(1, 5))

    def _write_letter(self, submission: Row) -> Row:
        """Return a message of the author."""
        return {
            "public_id": secrets.token_hex(16),
            "submission_id": submission["id"],
            "from_desk": False,
            "act": HistoryAct.MESSAGE,
            "body": _join(self._choose_sentences(submission["lang"]), submission["lang"]),
            "lang": submission["lang"],
            "sent_at": submission["received_at"],
            "visible_at": submission["received_at"],
        }

    def _choose(self, weights: Weights) -> Any:
        return self._random.choices([value for value, _ in weights], [weight for _, weight in weights])[0]


def _join(sentences: Sequence[str], lang: str) -> str:
    return ("" if lang.startswith("zh") else " ").join(sentences)


def _split(words: str) -> list[str]:
    """Return the sentences of a text."""
    mark = "。" if "。" in words else "."
    return [f"{sentence.strip()}{mark}" for sentence in words.split(mark) if sentence.strip()]
