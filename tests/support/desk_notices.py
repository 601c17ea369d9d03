"""Notices of colleagues: given by what people do, listed, and written to those who wait for mail."""

from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.desk_notices import TOLD_BY_CLOCK, NoticeKind
from portal.domain.mail_notices import Notice
from portal.extensions import current_portal
from portal.mail.deliver import choose_carrier, deliver_due
from portal.models import OutboxMail, Staff, Submission
from portal.operations.desk import notices, triage
from portal.queries.desk.notices import count_unread_of, list_mail_readers, list_notices, list_untold

WINDOW = timedelta(minutes=10)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TITLE = "Канарка заголовка"


def list_told(session: Session, staff: Staff) -> list[NoticeKind]:
    return [one.kind for one in list_notices(session, staff)]


def count_unread(session: Session, staff: Staff) -> int | None:
    return session.scalar(select(count_unread_of(Staff)).where(Staff.id == staff.id))


def find_desk_mail(session: Session) -> list[str]:
    return list(session.scalars(select(OutboxMail.public_id).where(OutboxMail.kind == Notice.DESK)))


def make_responsible(
    session: Session, submission: Submission, to: Staff | None, by: Staff, at: datetime
) -> None:
    triage.assign(session, submission, by=by, to=to, seen=submission.version, at=at)
    session.flush()


def leave_note(session: Session, submission: Submission, body: str, by: Staff, at: datetime) -> object:
    keys = current_portal().instance.keys
    note = triage.add_note(session, submission, by=by, at=at, body=body, keys=keys)
    return notices.tell_mentioned(session, submission, note, body, by=by)


def run_round(session: Session, at: datetime) -> list[EmailMessage]:
    """Do what the worker does, and return what has left by then, the oldest first."""
    session.commit()
    with transaction() as writing:
        tell_by_clock(writing, at)
    return send_mail(at)


def tell_by_clock(session: Session, at: datetime) -> None:
    """Tell what the worker tells in blocks."""
    for kind in TOLD_BY_CLOCK:
        notices.tell_untold(session, kind, list_untold(session, kind, at=at), at=at)
    notices.follow_clock(session, at=at)


def queue_all_mail(session: Session, at: datetime) -> int:
    """Put mail into the outbox for everybody who is to hear of something; return how many there are."""
    readers = list_mail_readers(session, at=at, delay=WINDOW)
    return sum(notices.queue_desk_mail(session, one, at=at, delay=WINDOW) for one in readers)


def send_mail(at: datetime) -> list[EmailMessage]:
    """Write to those who wait for it, and return what has left, the oldest first."""
    with transaction() as writing:
        queue_all_mail(writing, at)
    folder = current_portal().instance.mail_folder
    for old in folder.glob("*.eml"):
        old.unlink()
    deliver_due(current_portal(), choose_carrier("", folder), clock=lambda: at)
    letters = [message_from_bytes(one.read_bytes(), policy=default) for one in sorted(folder.glob("*.eml"))]
    return [one for one in letters if isinstance(one, EmailMessage) and "/desk/notices" in one.get_content()]
