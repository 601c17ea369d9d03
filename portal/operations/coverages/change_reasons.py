"""Why an editor made one change, in words for its author."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.editing import EditAct
from portal.domain.errors import IllegalTransition, NotPermitted
from portal.domain.permissions import Permission
from portal.domain.states import State
from portal.models import Draft, Staff
from portal.operations.locking import lock_draft


def explain_changes(
    session: Session, draft: Draft, reasons: Mapping[str, tuple[str, str]], *, by: Staff, at: datetime
) -> int:
    """Keep with the newest save why changes were made; return how many reasons are others now.

    `reasons` maps of each change what domain.author_checks.spot_key gives to the words the page showed and
    those that stand there now. Where a colleague has written others meanwhile, both stay. Nothing that is
    printed changes, so nobody's yes does. Raises NotPermitted, and IllegalTransition where the text is with
    its author or further.
    """
    if not by.may(Permission.DRAFT_EDIT):
        raise NotPermitted(EditAct.EXPLAIN)
    lock_draft(session, draft)
    if draft.submission.state is not State.ACCEPTED:
        raise IllegalTransition(draft.submission.state, EditAct.EXPLAIN)
    newest = draft.revisions[-1]
    session.refresh(newest, ["change_reasons"])
    given = dict(newest.change_reasons)
    for spot, (shown, words) in reasons.items():
        now = given.get(spot, "")
        if words in (shown, now):
            continue
        given[spot] = words if now == shown else "\n".join(filter(None, (now, words)))
    kept = {spot: words for spot, words in given.items() if words}
    changed = {*kept.items()} ^ {*newest.change_reasons.items()}
    newest.change_reasons = kept
    return len({spot for spot, _words in changed})
