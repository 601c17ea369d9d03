"""The history of a submission: one row for each act, written in the act's own transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.states import State
from portal.models.base import NUMBERED_ONCE, Base, Json, Moment, value_enum
from portal.models.staff import Staff

BEFORE = "before"
"""Key of an event's detail: the submission as the act found it, for undoing it."""

FILE = "file"
"""Key of an event's detail: public id of the photo or document that was removed."""

BATCH = "batch"
"""Key of an event's detail: which act on many it was part of."""


SET_ASIDE = "set_aside"
"""Key of an event's detail: how many saves went aside with the draft of an acceptance that was undone."""

BROUGHT_BACK = "brought_back"
"""Key of an event's detail: how many saves came back with the draft of an acceptance."""


BY_DESK_CODE = "by_desk_code"
"""Key of an event's detail: done by whoever came with a code of the desk, unproved."""


class Event(Base):
    """One act. `staff_id` is empty when the contributor did it. `detail` holds no text of theirs."""

    __tablename__ = "event"
    __table_args__ = NUMBERED_ONCE

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    act: Mapped[str] = mapped_column(String(32))
    from_state: Mapped[State | None] = mapped_column(value_enum(State))
    to_state: Mapped[State] = mapped_column(value_enum(State))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    by_author: Mapped[bool] = mapped_column(default=False)
    """Done on a page that only the author opens (domain.ways_in.is_author), or with the author's form."""
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    at: Mapped[datetime] = mapped_column(Moment)

    staff: Mapped[Staff | None] = relationship()
