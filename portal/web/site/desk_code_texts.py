"""Codes of the desk in words: for colleagues on the submission, for the author on the private page."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import format_date
from flask_babel import gettext as _

from portal.domain.deadlines import round_to_hour
from portal.domain.desk_codes import LAPSES_AFTER, CodeState
from portal.models import DeskCode, Message, Staff, Submission
from portal.operations.desk.desk_codes import may_confirm, may_give_code
from portal.queries.desk.desk_codes import is_under_way
from portal.web.site.dates import write_deadline, write_moment, write_time


def describe_code(code: DeskCode) -> dict[str, str]:
    """Return who asked for a code, when and why, who confirmed it, and until when or from when it counts."""
    return {
        "asked_by": _name(code.asked_by),
        "asked_at": write_moment(code.asked_at),
        "reason": code.reason,
        "lapses": write_moment(code.asked_at + LAPSES_AFTER),
        "confirmed_by": _name(code.confirmed_by) if code.confirmed_at else "",
        "opens_at": write_deadline(code.opens_at) if code.opens_at else "",
    }


def describe_notice(
    code: DeskCode | None, submission: Submission, actor: Staff, *, at: datetime
) -> dict[str, str] | None:
    """Return what the page of a submission says of its newest code, to who may give one; else None."""
    if code is None or not may_give_code(actor, submission):
        return None
    if code.state is CodeState.REFUSED:
        said = _("The author has refused the new code: it was someone else who asked you for it.")
        return {"kind": "warn", "text": said, "reason": "", "link": ""}
    if not is_under_way(code, at=at):
        return None
    if code.state is CodeState.ISSUED:
        said = _("A new code for the author was given out, and was not used yet.")
        return {"kind": "info", "text": said, "reason": "", "link": _("See its status")}
    if not may_confirm(actor, submission, code):
        said = _("A new code for the author was asked for. A second person has to confirm it.")
        return {"kind": "info", "text": said, "reason": code.reason, "link": _("See its status")}
    said = _(
        "%(name)s asked for a new code for the author on %(when)s, and a second person has to confirm it.",
        name=_name(code.asked_by),
        when=write_moment(code.asked_at),
    )
    return {"kind": "warn", "text": said, "reason": code.reason, "link": _("Confirm it or call it off")}


def describe_waiting_code(code: DeskCode | None, *, at: datetime) -> Mapping[str, Any] | None:
    """Return what the author reads of a code that was given out and not used, with where it is refused."""
    if code is None or code.state is not CodeState.ISSUED or code.opens_at is None:
        return None
    return {
        "opens": write_deadline(code.opens_at) if at < code.opens_at else "",
        "refuse_url": url_for("private_author_proof.refuse", public_id=code.public_id),
    }


def word_entries(hours: Sequence[datetime]) -> Iterator[str]:
    """Say when codes of the desk opened the page: to the hour, and never who held them."""
    for hour in map(round_to_hour, hours):
        yield str(
            _(
                "Your page was opened with a code from the desk on %(date)s at %(time)s.",
                date=format_date(hour, "long"),
                time=write_time(hour),
            )
        )


def word_writer(message: Message) -> str:
    """Return whom a message is from, as the author reads it."""
    if message.from_desk:
        return str(_("From the desk"))
    if message.by_desk_code:
        return str(_("From someone with a code from the desk"))
    return str(_("From you"))


def _name(person: Staff | None) -> str:
    return person.name if person is not None else str(_("a former colleague"))
