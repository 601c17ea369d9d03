"""Leaving the portal: the contributor takes the text back, or has everything erased."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.errors import IllegalTransition
from portal.domain.states import IN_COVERAGE, State
from portal.domain.transitions import fits
from portal.domain.ways_in import PageRight
from portal.extensions import current_portal, db, now
from portal.forms.private import EraseForm, UndoForm, WithdrawForm
from portal.operations.erasure import erase as erase_submission
from portal.operations.private import author_acts
from portal.queries.contribute.same_browser import count_texts_beside
from portal.queries.drafts import find_draft_of
from portal.queries.private.page import PrivatePage
from portal.queries.take_downs import is_outside
from portal.traces import clear_at_once
from portal.web.private.page import load_page, show_page
from portal.web.private.same_browser import describe_beside
from portal.web.private.unsent import name_copies_of
from portal.web.site.access import access
from portal.web.site.contributor_session import forget_browser, noted_texts
from portal.web.site.erasure_texts import describe_coming_traces, describe_traces

_MINUTE = timedelta(minutes=1)

room = Blueprint("private_leaving", __name__, url_prefix="/<lang:lang>/my")


@room.route("/withdraw", methods=["GET", "POST"])
@access(PageRight.WITHDRAW)
def withdraw() -> ResponseReturnValue:
    """Say what withdrawing means, and do it; what was never sent is deleted instead."""
    page = load_page()
    if page.shown is State.WRITING:
        return redirect(url_for("private_leaving.erase"), 303)
    return _end(page, Act.WITHDRAW)


@room.route("/take-down", methods=["GET", "POST"])
@access(PageRight.WITHDRAW)
def ask_take_down() -> ResponseReturnValue:
    """Say what can be done about a published text, and ask the desk to do it."""
    return _end(load_page(), Act.ASK_TAKE_DOWN)


def _end(page: PrivatePage, act: Act) -> ResponseReturnValue:
    form = WithdrawForm()
    if request.method != "POST" and not fits(page.shown, page.submission.stage, act):
        return redirect(url_for("private.enter"), 303)
    if request.method != "POST" or not form.validate():
        shown = render_template(
            "private/withdraw.html",
            form=form,
            is_published=act is Act.ASK_TAKE_DOWN,
            days=page.submission.call.declined_kept_days,
            minutes=current_portal().settings.undo_window // _MINUTE,
            beside=describe_beside(page.submission),
            copies=name_copies_of(page.submission),
            **_describe_copies(page),
        )
        return (shown, 422) if request.method == "POST" else shown
    with transaction() as session:
        author_acts.withdraw(session, page.submission, at=now(), window=current_portal().settings.undo_window)
    return redirect(url_for("private.enter"), 303)


def _describe_copies(page: PrivatePage) -> dict[str, Any]:
    """Return what of this text is outside already: addresses, or the day it was handed over."""
    draft = find_draft_of(db.session(), page.submission.id) if _may_know(page) else None
    if draft is None or not is_outside(db.session(), draft, told_by=now()):
        return {"addresses": [], "handed_over": ""}
    return {
        "addresses": list({one.url: (one.lang, one.url) for one in page.told}.values()),
        "handed_over": format_date(draft.exported_at, "long") if draft.exported_at else "",
    }


@room.post("/withdraw/undo")
@access(PageRight.WITHDRAW)
def undo_withdrawal() -> ResponseReturnValue:
    """Take the withdrawal back while that is possible, else say what can be done."""
    page = load_page()
    form = UndoForm()
    if not form.validate():
        return show_page(page, form=form), 422
    try:
        with transaction() as session:
            author_acts.undo_withdrawal(session, page.submission, at=now())
    except IllegalTransition:
        flash(
            _(
                "You can no longer undo the withdrawal here. If you have changed your mind, write to "
                "us below."
            ),
            "error",
        )
    else:
        flash(_("Your text is with us again, as it was."), "success")
    return redirect(url_for("private.enter"), 303)


@room.route("/erase", methods=["GET", "POST"])
@access(PageRight.ERASE)
def erase() -> ResponseReturnValue:
    """Say what erasing means, and do it: the answer closes the page, so nothing is left to lead to."""
    page = load_page()
    form = EraseForm()
    has_left = _has_left(page)
    is_unsent = page.shown is State.WRITING
    staying = count_texts_beside(db.session(), page.submission, noted_texts())
    if request.method != "POST" or not form.validate():
        shown = render_template(
            "private/erase.html",
            form=form,
            has_left=has_left,
            is_unsent=is_unsent,
            traces=describe_coming_traces(),
            beside=describe_beside(page.submission),
            staying=staying,
        )
        return (shown, 422) if request.method == "POST" else shown
    with transaction() as session:
        erase_submission(session, page.submission, by=None, at=now())
    traces = describe_traces(is_clear=clear_at_once(at=now()))
    gone = "contribute/deleted.html" if is_unsent else "private/erased.html"
    return forget_browser(render_template(gone, has_left=has_left, staying=staying, traces=traces))


def _has_left(page: PrivatePage) -> bool:
    """Say whether copies are outside, without a word about what the author is not told of yet."""
    draft = find_draft_of(db.session(), page.submission.id) if _may_know(page) else None
    return is_outside(db.session(), draft, told_by=now())


def _may_know(page: PrivatePage) -> bool:
    """Say whether the author may know that the text was accepted, now or once."""
    return page.shown in IN_COVERAGE or page.submission.state not in IN_COVERAGE
