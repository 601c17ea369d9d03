"""Notices: what waits for whoever looks, each leading to its thing, read or unread."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.exc import OperationalError

from portal.database import transaction, write_during_read
from portal.domain.desk_notices import NoticeKind, is_about_comment
from portal.domain.languages import written_name
from portal.domain.permissions import Permission
from portal.extensions import db, now
from portal.forms.base import PortalForm
from portal.models import DeskNotice
from portal.operations.desk.notices import mark_all_read, mark_notice
from portal.queries.desk.notices import NOTICES_ON_PAGE, find_notice, list_notices
from portal.queries.desk.queue import QueueFilter
from portal.queries.drafts import find_standing
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.dates import write_moment
from portal.web.site.desk_addresses import submission_address
from portal.web.site.locale import find_locale

_SENTENCES: Mapping[NoticeKind, LazyString] = {
    NoticeKind.ASSIGNED: _l("%(name)s has made you responsible."),
    NoticeKind.MENTIONED: _l("%(name)s mentions you in a note."),
    NoticeKind.ANSWERED: _l("The author has written."),
    NoticeKind.APPROVED: _l("The author has approved the edited text."),
    NoticeKind.OBJECTED: _l("The author objects to the edited text."),
    NoticeKind.GIST_ASKED: _l("%(name)s asks for a gist in %(language)s."),
    NoticeKind.DUE: _l("The promised answer is due within a day."),
    NoticeKind.LATE: _l("The promised answer is late."),
    NoticeKind.UNREAD_LANGUAGE: _l("It is written in %(language)s, which nobody on this coverage reads."),
    NoticeKind.TAKE_DOWN: _l("A copy outside the portal has to be taken down or corrected."),
}
_IN_COMMENT = _l("%(name)s mentions you in a comment on the draft.")
_PARTS = {NoticeKind.MENTIONED: "notes", NoticeKind.ANSWERED: "thread", NoticeKind.GIST_ASKED: "gist"}
"""Where on the page of its submission each leads."""
_NUMBER_LENGTH = 18


def add_routes(room: Blueprint) -> None:
    """Add the notices to the room of the desk."""
    one = "/notices/<public_id:notice_id>"
    room.add_url_rule("/notices", view_func=notices, methods=["GET"])
    room.add_url_rule("/notices/read", view_func=read_notices, methods=["POST"])
    room.add_url_rule(one, view_func=open_notice, methods=["GET"])
    room.add_url_rule(f"{one}/<any(read, unread):mark>", view_func=mark_one, methods=["POST"])


@access(Permission.QUEUE_READ)
def notices() -> ResponseReturnValue:
    """Show what somebody has been told, the newest first."""
    before = request.args.get("before", "")
    start = int(before) if before.isascii() and before.isdecimal() and len(before) < _NUMBER_LENGTH else None
    found = list_notices(db.session(), acting_staff(), before=start)
    shown = found[:NOTICES_ON_PAGE]
    has_more = len(found) > NOTICES_ON_PAGE
    return render_template(
        "desk/notices.html",
        notices=[_describe(one) for one in shown],
        form=PortalForm(formdata=None),
        first_href=url_for("desk.notices") if start is not None else "",
        next_href=url_for("desk.notices", before=shown[-1].id) if has_more else "",
        desk_section="notices",
    )


@access(Permission.QUEUE_READ)
def open_notice(notice_id: str) -> ResponseReturnValue:
    """Lead to what a notice is about. Whoever goes there has read it; a busy database keeps nobody away."""
    notice = find_notice(db.session(), acting_staff(), notice_id)
    if notice is None:  # the link may be an old one
        flash(_("That notice is gone: it was dealt with, or is not for you."), "info")
        return redirect(url_for("desk.notices"), 303)
    address = _address(notice)
    with suppress(OperationalError), write_during_read() as session:
        mark_notice(session, session.get_one(DeskNotice, notice.id), is_read=True, at=now())
    return redirect(address, 303)


@access(Permission.QUEUE_READ)
def mark_one(notice_id: str, mark: str) -> ResponseReturnValue:
    """Mark a notice as read, or as unread again."""
    notice = find_notice(db.session(), acting_staff(), notice_id)
    if PortalForm().validate() and notice is not None:
        with transaction() as session:
            mark_notice(session, notice, is_read=mark == "read", at=now())
    return redirect(url_for("desk.notices"), 303)


@access(Permission.QUEUE_READ)
def read_notices() -> ResponseReturnValue:
    """Mark everything as read."""
    if PortalForm().validate():
        with transaction() as session:
            mark_all_read(session, acting_staff(), at=now())
        flash(_("All notices are marked as read."), "ok")
    return redirect(url_for("desk.notices"), 303)


def _describe(notice: DeskNotice) -> dict[str, Any]:
    return {
        "href": url_for("desk.open_notice", notice_id=notice.public_id),
        "action": url_for(
            "desk.mark_one", notice_id=notice.public_id, mark="unread" if notice.is_read else "read"
        ),
        "title": notice.submission.heading,
        "lang": notice.submission.lang,
        "text": _write_sentence(notice),
        "when": write_moment(notice.made_at),
        "iso": notice.made_at.isoformat(),
        "is_read": notice.is_read,
    }


def _write_sentence(notice: DeskNotice) -> str:
    tag = find_locale().tag
    name = notice.by.name if notice.by is not None else str(_("a former colleague"))
    language = written_name(notice.about, tag) if notice.kind in _ABOUT_LANGUAGES else ""
    sentence = _IN_COMMENT if is_about_comment(notice.about) else _SENTENCES[notice.kind]
    return str(sentence) % {"name": name, "language": language}


_ABOUT_LANGUAGES = frozenset({NoticeKind.GIST_ASKED, NoticeKind.UNREAD_LANGUAGE})


def _address(notice: DeskNotice) -> str:
    if notice.kind is NoticeKind.TAKE_DOWN:
        return url_for("desk.take_downs")
    if is_about_comment(notice.about) and (draft := find_standing(db.session(), notice.submission_id)):
        return url_for("coverages.draft", public_id=draft.public_id, _anchor=notice.about)
    address = submission_address(notice.submission.public_id, QueueFilter())
    if notice.kind is NoticeKind.GIST_ASKED:
        address = f"{address}{'&' if '?' in address else '?'}gist={notice.about}"
    part = _PARTS.get(notice.kind)
    return f"{address}#{part}" if part else address
