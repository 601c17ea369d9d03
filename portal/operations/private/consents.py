"""Consents given anew to changed words, and whether a contributor gets mail when there is news."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.answers import GivenConsent
from portal.domain.consent import asks_for_consents
from portal.domain.deadlines import round_to_hour
from portal.domain.errors import IllegalTransition, MissingText
from portal.domain.questions import read_address
from portal.models import Consent, ContributorSession, OutboxMail, Submission
from portal.operations.locking import lock_submission
from portal.operations.private.access import revoke_links
from portal.operations.transitions import record_event
from portal.queries.answers import open_current_answers
from portal.sealing.keys import KeyRing


def renew_consents(
    session: Session, submission: Submission, given: Sequence[GivenConsent], *, at: datetime
) -> None:
    """Keep the boxes ticked now beside the earlier ones; what is given already in these words is not doubled.

    Raises IllegalTransition when the text is published, or no longer being worked on.
    """
    lock_submission(session, submission)
    shown = submission.state_shown(at)
    if not asks_for_consents(shown):
        raise IllegalTransition(shown, HistoryAct.RENEW_CONSENT)
    known = {(one.key, one.text_version, one.text) for one in submission.consents}
    new = [one for one in given if (one.key, one.version, one.text) not in known]
    if not new:
        return
    hour = round_to_hour(at)
    submission.consents.extend(
        Consent(key=one.key, text_version=one.version, locale=one.locale, text=one.text, given_at=hour)
        for one in new
    )
    detail = {"consents": {one.key: one.version for one in new}}
    record_event(session, submission, HistoryAct.RENEW_CONSENT, by=None, at=hour, detail=detail)
    session.flush()


def find_address(submission: Submission, keys: KeyRing) -> str:
    """Return the address the newest answers name for mail, or an empty string."""
    return read_address(submission.call.questions, open_current_answers(submission, keys))


def switch_mail(
    session: Session,
    submission: Submission,
    *,
    wanted: bool,
    keys: KeyRing,
    at: datetime,
    page: ContributorSession | None = None,
) -> None:
    """Switch mail on or off. The same once more changes nothing.

    Off also drops what waits in the outbox, the links that were sent to the address, and the pages they have
    opened, besides `page`, on which it is switched.
    Raises MissingText when mail is wanted and no address is on file.
    """
    lock_submission(session, submission)
    if submission.wants_mail == wanted:
        return
    if wanted and not find_address(submission, keys):
        raise MissingText(HistoryAct.SWITCH_MAIL)
    submission.wants_mail = wanted
    if not wanted:
        unsent = OutboxMail.submission_id == submission.id, OutboxMail.sent_at.is_(None)
        session.execute(delete(OutboxMail).where(*unsent))
        revoke_links(session, submission, page=page)
    record_event(session, submission, HistoryAct.SWITCH_MAIL, by=None, at=at, detail={"wanted": wanted})
    session.flush()
