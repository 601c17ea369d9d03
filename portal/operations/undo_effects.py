"""Effects of undoing an editorial act besides the state: checks, approvals, addresses, their tasks."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.editing import Verdict
from portal.domain.states import State
from portal.domain.take_downs import Recall, TakeDownOutcome
from portal.models import AuthorCheck, Draft, Event
from portal.operations.recalls import open_take_downs
from portal.queries.drafts import find_standing, list_saves
from portal.queries.take_downs import is_handed_over, list_open_take_downs_of

_OF_DRAFTS = frozenset(
    {
        HistoryAct.ACCEPT,
        HistoryAct.SEND_FOR_APPROVAL,
        HistoryAct.WAIVE_APPROVAL,
        HistoryAct.PUBLISH,
        HistoryAct.CORRECT,
    }
)


def restore_draft(session: Session, undone: Event, *, at: datetime) -> int:
    """Put the draft back to where it was before the undone act; doing it twice changes nothing more.

    An undone acceptance sets it aside with everything that was saved in it: the next one brings it back.
    What had left by then is called back.
    Returns how many saves were set aside.
    """
    if undone.act not in _OF_DRAFTS:
        return 0
    draft = find_standing(session, undone.submission_id)
    if draft is None:
        return 0
    if undone.act is HistoryAct.ACCEPT:
        draft.set_aside_at = at
        open_take_downs(session, draft.submission, Recall.UNDONE, at=at)
        session.flush()
        return len(list_saves(draft))
    if undone.act is HistoryAct.CORRECT:
        draft.approved_revision = undone.detail["approved_revision"]
    elif undone.act is HistoryAct.PUBLISH:
        _forget_addresses(session, draft, undone.at, at=at)
    else:
        draft.checks[:] = [check for check in draft.checks if _stays(check, undone)]
        draft.approved_revision = None
    session.flush()
    return 0


def _forget_addresses(session: Session, draft: Draft, recorded_at: datetime, *, at: datetime) -> None:
    """Let go of addresses under which nothing was published after all, those of further sites included.

    What was asked for there meanwhile is asked for no more; of a copy that was handed over before, it is.
    """
    draft.publications[:] = [one for one in draft.publications if one.recorded_at < recorded_at]
    session.flush()
    places = {one.url for one in draft.publications}
    open_tasks = list_open_take_downs_of(session, draft.submission_id)
    asked = {one.reason for one in open_tasks if not one.url and one.copy_id is None}
    for one in open_tasks:
        if not one.url or one.url in places or one.copy_id is not None:
            continue
        if not places and one.reason not in asked and is_handed_over(session, draft):
            one.url, one.lang = "", draft.lang
            asked.add(one.reason)
        else:
            one.outcome, one.closed_at = TakeDownOutcome.MOOT, at


def _stays(check: AuthorCheck, undone: Event) -> bool:
    if undone.act is HistoryAct.SEND_FOR_APPROVAL:
        return check.verdict is not None
    if check.verdict is not Verdict.WAIVED or check.answered_at != undone.at:
        return True
    if undone.from_state is not State.AUTHOR_CHECK:
        return False
    # The author had been asked and can answer again.
    check.verdict, check.reason, check.answered_at = None, "", None
    return True
