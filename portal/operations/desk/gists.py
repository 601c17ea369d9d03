"""Gists: written, brought back, and asked for."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from portal.domain.acts import HistoryAct
from portal.models import GistVersion, Staff, Submission
from portal.models.base import new_public_id
from portal.operations.desk import notices
from portal.operations.desk.triage import require_moderation, require_version
from portal.operations.transitions import record_event
from portal.queries.desk.gists import find_current_gist


def set_gist(
    session: Session, submission: Submission, *, by: Staff, body: str, lang: str, seen: int, at: datetime
) -> None:
    """Write the gist in one language of the desk, or take it away there with an empty text.

    Gists in other languages stay. What stood there before stays readable, and `restore_gist` brings it back.
    The same once more is nothing.
    """
    require_moderation(by)
    require_version(submission, seen)
    before = find_current_gist(session, submission, lang)
    if body == (before.body if before is not None else ""):
        return
    if before is not None:
        before.is_current = False
        session.flush()  # one row of a language may say so
    version = GistVersion(
        public_id=new_public_id(),
        submission_id=submission.id,
        body=body,
        lang=lang,
        staff_id=by.id,
        written_at=at,
        is_current=True,
    )
    session.add(version)
    record_event(session, submission, HistoryAct.SET_GIST, by=by, at=at, detail={"gist": version.public_id})
    if body:
        notices.end_asking_for_gist(session, submission, lang, at=at)
    flag_modified(submission, "state")  # to the next version: who has the gist of before is told


def restore_gist(
    session: Session, submission: Submission, version: GistVersion, *, by: Staff, seen: int, at: datetime
) -> None:
    """Bring a gist back that was overwritten; raises as `set_gist`."""
    set_gist(session, submission, by=by, body=version.body, lang=version.lang, seen=seen, at=at)


def ask_for_gist(
    session: Session, submission: Submission, *, by: Staff, lang: str, at: datetime
) -> Collection[Staff]:
    """Ask the colleagues who read a text for a gist in a language of the desk; return whom, maybe nobody."""
    require_moderation(by)
    readers = notices.ask_readers(session, submission, by=by, lang=lang, at=at)
    if readers:
        record_event(session, submission, HistoryAct.ASK_GIST, by=by, at=at, detail={"lang": lang})
    return readers
