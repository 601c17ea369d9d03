"""Claims: who is on a submission, told on its pages before anybody acts, and kept while they are there."""

from contextlib import suppress
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.exc import OperationalError

from portal.database import write_during_read
from portal.extensions import now
from portal.models import Staff, Submission
from portal.operations.desk.triage import needs_renewal, renew_claim
from portal.queries.desk.submission import find_claimant
from portal.web.site.current_staff import acting_staff
from portal.web.site.dates import write_time


def find_other_claimant(submission: Submission, *, actor: Staff, at: datetime) -> Staff | None:
    """Return the colleague who is on it; None when nobody else is."""
    reader = find_claimant(submission, at=at)
    return None if reader is None or reader.id == actor.id else reader


def describe_claim(submission: Submission, *, actor: Staff, at: datetime) -> str:
    """Return who is on it and since when, for colleagues; empty when nobody else is."""
    holder, since = find_other_claimant(submission, actor=actor, at=at), submission.claimed_since
    if holder is None:
        return ""
    if since is None:
        return str(_("%(name)s is reading it now.", name=holder.name))
    time = write_time(since)
    return str(_("%(name)s has had this since %(time)s and is reading it.", name=holder.name, time=time))


def keep_claim(submission: Submission) -> None:
    """Keep the claim of who has just opened a page about it: without scripts no other sign of them comes.

    Call it when the page is made. A database that is busy keeps nobody from reading.
    """
    by_id, submission_id, at = acting_staff().id, submission.id, now()
    if not needs_renewal(submission, by=acting_staff(), at=at):
        return
    with suppress(OperationalError), write_during_read() as session:
        renew_claim(
            session, session.get_one(Submission, submission_id), by=session.get_one(Staff, by_id), at=at
        )
