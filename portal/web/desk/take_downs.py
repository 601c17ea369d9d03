"""Take-downs: the desk's list of what has left and must come back, and what was done about each place."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.database import snapshot, transaction
from portal.domain.acts import HistoryAct
from portal.domain.errors import StaleEdit
from portal.domain.languages import language_name
from portal.domain.permissions import Permission
from portal.domain.states import State
from portal.domain.take_downs import PARTS, WHOLE, Recall, TakeDownOutcome
from portal.domain.targets import NOT_THERE, UNREAD
from portal.export.look_back import TakenDown, take_down_there
from portal.extensions import db, now
from portal.forms.take_downs import OutcomeForm, TakeDownPressForm
from portal.models import TakeDown
from portal.operations.coverages.pushes import ask_pushes
from portal.operations.take_downs import record_outcome
from portal.queries.desk.queue import QueueFilter
from portal.queries.take_downs import find_take_down, list_done_take_downs, list_open_take_downs
from portal.web.desk.corrections import describe_correction, find_refusal, tell_by_hand
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.dates import write_moment
from portal.web.site.desk_addresses import submission_address
from portal.web.site.joined_words import join_sentences
from portal.web.site.locale import find_locale
from portal.web.site.push_texts import word_problem, word_status
from portal.web.site.take_down_texts import name_exported_copy, outcome_label, reason_sentence

_FAULTY, _STALE = 422, 409


def add_routes(room: Blueprint) -> None:
    """Add the list to the room of the desk."""
    room.add_url_rule("/take-downs", view_func=take_downs)
    room.add_url_rule("/take-downs/<public_id:public_id>", view_func=record_take_down, methods=["POST"])
    room.add_url_rule("/take-downs/<public_id:public_id>/site", view_func=take_down_on_site, methods=["POST"])
    room.add_url_rule(
        "/take-downs/<public_id:public_id>/correct", view_func=send_correction, methods=["POST"]
    )


@access(Permission.QUEUE_READ)
def take_downs() -> ResponseReturnValue:
    """List every place that waits, and what was done about others lately."""
    return _render()


@access(Permission.SUBMISSION_DECIDE)
def record_take_down(public_id: str) -> ResponseReturnValue:
    """Write down what was done about a place."""
    task = find_take_down(db.session(), acting_staff(), public_id) or abort(404)
    form = OutcomeForm(name=task.public_id, reason=task.reason)
    if not form.validate():
        return _render(form), _FAULTY
    is_erased = task.submission.state is State.ERASED
    try:
        with transaction() as session:
            record_outcome(
                session,
                task,
                outcome=TakeDownOutcome(form.outcome.data),
                note=form.note.data,
                by=acting_staff(),
                at=now(),
            )
    except StaleEdit:
        form.form_errors.append(_("A colleague has already recorded what was done here."))
        return _render(form), _STALE
    if is_erased:
        flash(_("Recorded. The text is erased, so there is no one to tell."), "ok")
    else:
        flash(_("Recorded. The author can read the result on the private page."), "ok")
    return redirect(url_for("desk.take_downs"), 303)


@access(Permission.SUBMISSION_DECIDE)
def take_down_on_site(public_id: str) -> ResponseReturnValue:
    """Have the site take a post from its pages, and say what it answers: that closes the task, or it stays.

    The whole of it goes into the trash; for a name, a photo or a day a draft is made of it.
    """
    with snapshot():  # nobody waits for a site to answer
        task = find_take_down(db.session(), acting_staff(), public_id) or abort(404)
        form = TakeDownPressForm()
        if not form.validate():
            return _render(press=form), _FAULTY
        if task.copy_id is None or task.closed_at is not None:
            raise StaleEdit(HistoryAct.TAKE_DOWN)
        copy_id = task.copy_id
        reason = task.reason
    _say_result(take_down_there(copy_id, whole=reason in WHOLE, clock=now, by=acting_staff()), reason)
    return redirect(url_for("desk.take_downs"), 303)


@access(Permission.COVERAGE_EXPORT)
def send_correction(public_id: str) -> ResponseReturnValue:
    """Send the text as it may be printed now over the one on a site; its answer closes the task."""
    task = find_take_down(db.session(), acting_staff(), public_id) or abort(404)
    form = TakeDownPressForm()
    if not form.validate():
        return _render(press=form), _FAULTY
    if task.copy is None or task.closed_at is not None or task.reason not in PARTS:
        raise StaleEdit(HistoryAct.TAKE_DOWN)
    with transaction() as session:
        if find_refusal(session, task.copy, at=now()) is not None:
            raise StaleEdit(HistoryAct.TAKE_DOWN)
        ask_pushes(session, task.copy.target, [task.submission_id], by=acting_staff(), at=now())
    flash(_("The corrected text is on its way. The site’s answer closes the task."), "success")
    return redirect(url_for("desk.take_downs"), 303)


def _say_result(result: TakenDown, reason: Recall) -> None:
    by_hand = tell_by_hand(reason)
    if result.problem:
        flash(join_sentences((word_problem(result.problem), by_hand)), "error")
    elif result.status in NOT_THERE:
        flash(_("The site says that the post is no longer on its pages. The task is closed."), "success")
    elif reason is Recall.EMBARGO and result.status in UNREAD:
        flash(
            _(
                "On the site it is now: %(status)s. Nobody reads it on its pages. The task is closed.",
                status=word_status(result.status),
            ),
            "success",
        )
    elif by_hand and result.status not in UNREAD:
        there = _("On the site it is now: %(status)s.", status=word_status(result.status))
        flash(f"{there} {by_hand}", "error")
    elif by_hand:
        flash(
            _(
                "On the site it is now: %(status)s. Nobody reads it on its pages. The task stays until the "
                "corrected text is there.",
                status=word_status(result.status),
            ),
            "success",
        )
    else:
        flash(
            _(
                "On the site it is now: %(status)s. The account cannot delete it: put it into the "
                "trash there by hand, then press again.",
                status=word_status(result.status),
            ),
            "warn",
        )
    if result.pictures_left:
        flash(
            ngettext(
                "%(num)s photo is still in the library of the site: delete it there by hand.",
                "%(num)s photos are still in the library of the site: delete them there by hand.",
                result.pictures_left,
            ),
            "warn",
        )


def _render(refused: OutcomeForm | None = None, press: TakeDownPressForm | None = None) -> str:
    session, actor = db.session(), acting_staff()
    tasks = [_describe(task, refused) for task in list_open_take_downs(session, actor)]
    is_shown = any(task["form"] is refused for task in tasks)
    return render_template(
        "desk/take_downs.html",
        tasks=tasks,
        done=[_describe(task, None) for task in list_done_take_downs(session, actor)],
        form=refused,
        typed="" if refused is None or is_shown else refused.note.data,
        press=TakeDownPressForm(formdata=None),
        faulty=refused or press,
        may_record=actor.may(Permission.SUBMISSION_DECIDE),
        desk_section="queue",
    )


def _describe(task: TakeDown, refused: OutcomeForm | None) -> dict[str, Any]:
    submission = task.submission
    is_sent = refused is not None and refused.name == task.public_id
    return {
        "url": task.url,
        "place": task.url or name_exported_copy(task),
        "language": language_name(task.lang, find_locale().tag),
        "reason": reason_sentence(task),
        "opened": write_moment(task.opened_at),
        "closed": write_moment(task.closed_at) if task.closed_at else "",
        "outcome": outcome_label(task.outcome or "", task.reason),
        "note": task.note,
        "by": task.staff.name if task.closed_at and task.staff else "",
        "heading": submission.heading,
        "lang": submission.lang,
        "href": ""
        if submission.state is State.ERASED
        else submission_address(submission.public_id, QueueFilter()),
        "action": url_for("desk.record_take_down", public_id=task.public_id),
        "there": word_status(task.copy.status) if task.copy is not None else "",
        "there_href": task.copy.edit_url if task.copy is not None else "",
        "site_action": url_for("desk.take_down_on_site", public_id=task.public_id)
        if task.copy is not None and task.reason in WHOLE and task.copy.target.closed_at is None
        else "",
        "correction": describe_correction(task, acting_staff(), at=now()),
        "form": refused if is_sent else OutcomeForm(name=task.public_id, reason=task.reason, formdata=None),
    }
