"""What undoing an editorial act gives back besides the state: checks, approvals, published addresses."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.editing import Verdict
from portal.domain.states import Act, State
from portal.models import AuthorCheck, Event
from portal.queries.drafts import find_standing, list_saves


def restore_draft(session: Session, undone: Event, *, at: datetime) -> int:
    """Put the draft back to where it was before the undone act; doing it twice changes nothing more.

    An undone acceptance sets it aside with everything that was saved in it: the next one brings it back.
    Returns how many saves were set aside.
    """
    if undone.act not in (Act.ACCEPT, Act.SEND_FOR_APPROVAL, Act.WAIVE_APPROVAL, Act.PUBLISH, Act.CORRECT):
        return 0
    draft = find_standing(session, undone.submission_id)
    if draft is None:
        return 0
    if undone.act == Act.ACCEPT:
        draft.set_aside_at = at
        session.flush()
        return len(list_saves(draft))
    if undone.act == Act.CORRECT:
        draft.approved_revision = undone.detail["approved_revision"]
    elif undone.act == Act.PUBLISH:
        draft.publications[:] = [one for one in draft.publications if one.recorded_at != undone.at]
    else:
        draft.checks[:] = [check for check in draft.checks if _stays(check, undone)]
        draft.approved_revision = None
    session.flush()
    return 0


def _stays(check: AuthorCheck, undone: Event) -> bool:
    if undone.act == Act.SEND_FOR_APPROVAL:
        return check.verdict is not None
    if check.verdict is not Verdict.WAIVED or check.answered_at != undone.at:
        return True
    if undone.from_state is not State.AUTHOR_CHECK:
        return False
    # The author had been asked and can answer again.
    check.verdict, check.reason, check.answered_at = None, "", None
    return True
