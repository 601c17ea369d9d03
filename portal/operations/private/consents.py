"""A contributor agrees again, to words that have changed since."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.answers import GivenConsent
from portal.domain.deadlines import round_to_hour
from portal.domain.errors import IllegalTransition
from portal.domain.renewal import asks_for_consents
from portal.models import Consent, Event, Submission
from portal.operations.locking import hold_submission

RENEW_CONSENT = "renew_consent"


def renew_consents(
    session: Session, piece: Submission, given: Sequence[GivenConsent], *, at: datetime
) -> None:
    """Keep the boxes ticked now beside the earlier ones; what is given already in these words is not doubled.

    Raises IllegalTransition when the text is published, or no longer being worked on.
    """
    hold_submission(session, piece)
    shown = piece.state_shown(at)
    if not asks_for_consents(shown):
        raise IllegalTransition(shown, RENEW_CONSENT)
    known = {(one.key, one.text_version, one.text) for one in piece.consents}
    new = [one for one in given if (one.key, one.version, one.text) not in known]
    if not new:
        return
    hour = round_to_hour(at)
    piece.consents.extend(
        Consent(key=one.key, text_version=one.version, locale=one.locale, text=one.text, given_at=hour)
        for one in new
    )
    session.add(
        Event(
            submission_id=piece.id,
            act=RENEW_CONSENT,
            from_state=piece.state,
            to_state=piece.state,
            by_author=True,
            detail={"consents": {one.key: one.version for one in new}},
            at=hour,
        )
    )
    session.flush()
