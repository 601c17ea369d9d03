"""What admins set about a call: who decides in it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.audit import AuditAct
from portal.domain.errors import NotPermitted
from portal.domain.permissions import Permission
from portal.models import Call, Staff
from portal.operations.audit_log import record_act


def let_moderators_decide(session: Session, call: Call, *, wanted: bool, by: Staff, at: datetime) -> bool:
    """Let moderators invite and decline in this call, or leave that to editors; say whether that is new.

    Raises NotPermitted.
    """
    if not by.may(Permission.CALL_SETTINGS):
        raise NotPermitted(AuditAct.CHANGE_CALL)
    held = select(Call).where(Call.id == call.id).with_for_update()
    session.scalars(held.execution_options(populate_existing=True)).one()
    if call.moderators_decide == wanted:
        return False
    call.moderators_decide = wanted
    record_act(session, AuditAct.CHANGE_CALL, by=by, about=call.public_id, at=at, moderators_decide=wanted)
    return True
