"""What a bare application would ask a database for our pages: raw SQL, no more than their bytes need.

The conditions on who may read are left out, and every count stops where ours stops.
"""

from collections.abc import Iterator

Statements = tuple[str, ...]

CALL: Statements = ("SELECT * FROM coverage", "SELECT * FROM call")
DRAFTS: Statements = ("SELECT * FROM draft JOIN submission ON submission.id = draft.submission_id",)
_SIGNED_IN: Statements = (
    "SELECT * FROM staff JOIN staff_session ON staff_id = staff.id ORDER BY staff_session.id LIMIT 1",
    "SELECT * FROM staff_language WHERE staff_id = 1",
)
_ROW = (
    "SELECT id, public_id, heading, lang, stage, state, words, characters, sealed_risk, lane, signals, "
    "due_at, assignee_id, claimed_by_id, claimed_at, unread_letter_id FROM submission"
)
_WAITING = "state = 'submitted'"
_OPEN = "state IN ('submitted', 'needs_reply', 'invited', 'accepted', 'author_check', 'approved')"
_VIEWS = (
    _WAITING,
    f"{_WAITING} AND lang IN ('uk', 'en', 'zh-Hant-TW')",
    f"{_WAITING} AND due_at <= '2026-01-01'",
    "unread_letter_id IS NOT NULL",
    "state IN ('needs_reply', 'invited', 'author_check')",
    f"assignee_id = 1 AND {_OPEN}",
    f"{_WAITING} AND lane = 'unverified'",
    "announce_at > '2099-01-01'",
    _OPEN,
    "state IN ('published', 'declined', 'spam', 'duplicate', 'withdrawn')",
)
_LANGUAGES = ("uk", "zh-Hant-TW", "en", "pl")


def ask_queue(*conditions: str) -> Statements:
    """Return the statements behind a page of the queue."""
    wanted = " AND ".join(conditions or (_WAITING, "lane = 'verified'"))
    counts = ", ".join(f"({_count(view)})" for view in _VIEWS)
    return (
        *_SIGNED_IN,
        f"{_ROW} WHERE {wanted} ORDER BY due_at, id LIMIT 51",
        f"SELECT {counts}",
        " UNION ALL ".join(_find_languages()),
        "SELECT public_id, name FROM staff WHERE active ORDER BY name",
    )


def ask_filtered() -> Statements:
    """Return the statements behind a filtered page: open stories in Ukrainian."""
    return ask_queue(_OPEN, "lang = 'uk'", "stage = 'story'")


def ask_submission(public_id: str) -> Statements:
    """Return the statements behind the page of one submission."""
    piece = f"(SELECT id FROM submission WHERE public_id = '{public_id}')"
    joined = "submission JOIN call ON call.id = call_id JOIN coverage ON coverage.id = coverage_id"
    tables = ("revision", "consent", "attachment", "event", "message", "note")
    return (
        *_SIGNED_IN,
        f"SELECT * FROM {joined} WHERE submission.public_id = '{public_id}'",
        *(f"SELECT * FROM {table} WHERE submission_id = {piece}" for table in tables),
        _count(_WAITING),
        "SELECT public_id, name FROM staff WHERE active ORDER BY name",
    )


def _count(condition: str) -> str:
    return f"SELECT count(*) FROM (SELECT 1 AS one FROM submission WHERE {condition} LIMIT 1000) AS found"


def _find_languages() -> Iterator[str]:
    """Yield the search for one submission of each language."""
    for lang in _LANGUAGES:
        found = f"SELECT lang FROM submission WHERE call_id = 1 AND {_WAITING} AND lang = '{lang}' LIMIT 1"
        yield f"SELECT * FROM ({found}) AS {lang.partition('-')[0]}"
