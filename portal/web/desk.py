"""The desk: the moderation queue, one submission, and what staff do to it."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.languages import language_name
from portal.domain.permissions import Permission
from portal.domain.states import Act, Stage, State
from portal.extensions import current_portal, db
from portal.forms import desk as forms
from portal.models import Staff, Submission
from portal.operations import deciding, erasing
from portal.queries.queue import (
    HIDDEN,
    NOBODY,
    QueueFilter,
    View,
    count_views,
    find_colleagues,
    find_next,
    languages_in_queue,
    languages_nobody_reads,
    queue_page,
)
from portal.queries.submissions import find_original
from portal.storage import remove_files
from portal.web import desk_photos, desk_work
from portal.web.access import access
from portal.web.actor import acting_staff
from portal.web.clock import now
from portal.web.desk_page import (
    Shown,
    describe_undo,
    find_recent,
    load_submission,
    render_submission,
)
from portal.web.desk_work import PAGE, AnyForm, read_form, show_again
from portal.web.locale import find_locale
from portal.web.queue_words import (
    describe_row,
    empty_sentence,
    queue_address,
    read_filter,
    read_place,
    submission_address,
    view_label,
)
from portal.web.submission_words import prepared_message
from portal.web.words import done_label, stage_label, state_label

room = Blueprint("desk", __name__, url_prefix="/desk")
desk_work.add_routes(room)
desk_photos.add_routes(room)

_FORBIDDEN = 403


@room.get("/")
@access(Permission.QUEUE_READ)
def queue() -> ResponseReturnValue:
    """Show the queue under the filter of the address."""
    actor, at, session, tag = acting_staff(), now(), db.session(), find_locale().tag
    wanted = read_filter(request.args)
    page = queue_page(session, actor, wanted, at=at, after=request.args.get("after", ""))
    counts = count_views(session, actor, at=at)
    unread = languages_nobody_reads(session, actor)
    leaving = page.rows if wanted.view is View.OUTBOX else []
    undoable = [describe_undo(piece, actor=actor, wanted=wanted, at=at) for piece in leaving]
    return render_template(
        "desk/queue.html",
        wanted=wanted,
        heading=view_label(wanted.view),
        views=[
            {
                "href": queue_address(QueueFilter(view=view)),
                "text": view_label(view),
                "count": counts[view],
                "current": view is wanted.view,
            }
            for view in View
        ],
        rows=[describe_row(piece, wanted=wanted, tag=tag, at=at, unread=unread) for piece in page.rows],
        undoable=[entry for entry in undoable if entry is not None],
        empty=empty_sentence(wanted),
        unread=[language_name(one, tag) for one in unread],
        choices=_filter_choices(session, actor, tag),
        first_href=queue_address(wanted) if request.args.get("after") else "",
        next_href=queue_address(wanted, after=page.after) if page.after else "",
        recent=None if wanted.view is View.OUTBOX else find_recent(actor, wanted, at),
        desk_section="queue",
    )


def _filter_choices(session: Session, actor: Staff, tag: str) -> dict[str, list[tuple[str, str]]]:
    """Return the options of the filter form: (value, label)."""
    return {
        "state": [(state.value, state_label(state)) for state in State if state not in HIDDEN],
        "kind": [(kind.value, stage_label(kind)) for kind in Stage],
        "lang": [(one, language_name(one, tag)) for one in languages_in_queue(session, actor)],
        "assignee": [
            (NOBODY, _("Nobody")),
            *((person.public_id, person.name) for person in find_colleagues(session, actor)),
        ],
    }


@room.get(PAGE)
@access(Permission.QUEUE_READ)
def submission(public_id: str) -> ResponseReturnValue:
    """Show one submission with what may be done to it."""
    piece = load_submission(public_id)
    return render_submission(Shown(piece, acting_staff(), read_filter(request.args), now()))


def _decide(
    piece: Submission, form: AnyForm, act: Act, run: Callable[[Session, dict[str, Any]], object]
) -> ResponseReturnValue:
    """Do the act of a valid form and go on to the next submission of the queue one came from."""
    if not form.validate():
        return show_again(piece, form)
    actor, at, wanted = acting_staff(), now(), read_place(form.place.data or "")
    following = find_next(db.session(), actor, wanted, piece, at=at)
    with transaction() as session:
        run(session, {"by": actor, "at": at, "seen": form.seen.data})
        waits = piece.announce_at is not None
    more = {"done": piece.public_id} if waits else {}
    if not waits:
        flash(_("%(act)s: %(heading)s", act=done_label(act), heading=piece.heading), "ok")
    target = submission_address(following, wanted, **more) if following else queue_address(wanted, **more)
    return redirect(target, 303)


def _windowed(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "window": current_portal().settings.undo_window}


@room.post(f"{PAGE}/ask")
@access(Permission.SUBMISSION_MODERATE)
def ask(public_id: str) -> ResponseReturnValue:
    """Put a question to the author."""
    piece = load_submission(public_id)
    form = read_form(forms.AskForm, piece)
    return _decide(
        piece,
        form,
        Act.ASK,
        lambda session, values: deciding.ask(session, piece, body=form.body.data, **_windowed(values)),
    )


@room.post(f"{PAGE}/invite")
@access(Permission.SUBMISSION_MODERATE)
def invite(public_id: str) -> ResponseReturnValue:
    """Invite the full story."""
    piece = load_submission(public_id)
    form = read_form(forms.InviteForm, piece)
    return _decide(
        piece,
        form,
        Act.INVITE,
        lambda session, values: deciding.invite(
            session, piece, body=form.body.data, due=form.due_at, **_windowed(values)
        ),
    )


@room.post(f"{PAGE}/accept")
@access(Permission.SUBMISSION_DECIDE)
def accept(public_id: str) -> ResponseReturnValue:
    """Accept the story into the coverage."""
    piece = load_submission(public_id)
    form = read_form(forms.AcceptForm, piece)
    return _decide(
        piece,
        form,
        Act.ACCEPT,
        lambda session, values: deciding.accept(session, piece, body=form.body.data, **_windowed(values)),
    )


@room.post(f"{PAGE}/decline")
@access(Permission.SUBMISSION_MODERATE)
def decline(public_id: str) -> ResponseReturnValue:
    """Decline with a reason and words; without words the prepared ones are offered first."""
    piece = load_submission(public_id)
    form = read_form(forms.DeclineForm, piece)
    if not deciding.may_judge(acting_staff(), piece):
        form.form_errors.append(
            _("You do not read this language well enough to decline the text. Ask a colleague who does.")
        )
        return show_again(piece, form, _FORBIDDEN)
    if not form.validate():
        if not form.body.data:
            form.body.data = prepared_message(piece, form.reason.data or "")
        return show_again(piece, form)
    return _decide(
        piece,
        form,
        Act.DECLINE,
        lambda session, values: deciding.decline(
            session, piece, reason=form.reason.data, body=form.body.data, **_windowed(values)
        ),
    )


@room.post(f"{PAGE}/spam")
@access(Permission.SUBMISSION_MODERATE)
def mark_spam(public_id: str) -> ResponseReturnValue:
    """Put it aside as spam."""
    piece = load_submission(public_id)
    form = read_form(forms.PressForm, piece, name=Act.MARK_SPAM.value)
    return _decide(
        piece,
        form,
        Act.MARK_SPAM,
        lambda session, values: deciding.mark_spam(session, piece, **_windowed(values)),
    )


@room.post(f"{PAGE}/duplicate")
@access(Permission.SUBMISSION_MODERATE)
def mark_duplicate(public_id: str) -> ResponseReturnValue:
    """Close it as a second copy of another submission of the same call."""
    piece = load_submission(public_id)
    form = read_form(forms.DuplicateForm, piece)
    valid = form.validate()
    original = find_original(db.session(), acting_staff(), piece, form.original_id) if valid else None
    if original is None:
        if valid:
            form.address.errors = [_("There is no such submission in this call. Check the address.")]
        return show_again(piece, form)
    return _decide(
        piece,
        form,
        Act.MARK_DUPLICATE,
        lambda session, values: deciding.mark_duplicate(
            session, piece, original=original, **_windowed(values)
        ),
    )


@room.post(f"{PAGE}/withdraw")
@access(Permission.SUBMISSION_DECIDE)
def withdraw(public_id: str) -> ResponseReturnValue:
    """Withdraw for an author who asked elsewhere."""
    piece = load_submission(public_id)
    form = read_form(forms.WithdrawForm, piece)
    return _decide(
        piece,
        form,
        Act.WITHDRAW,
        lambda session, values: deciding.withdraw_on_request(session, piece, note=form.note.data, **values),
    )


@room.post(f"{PAGE}/reopen")
@access(Permission.SUBMISSION_DECIDE)
def reopen(public_id: str) -> ResponseReturnValue:
    """Take a closed submission back into the queue."""
    piece = load_submission(public_id)
    form = read_form(forms.PressForm, piece, name=Act.REOPEN.value)
    return _decide(piece, form, Act.REOPEN, lambda session, values: deciding.reopen(session, piece, **values))


@room.post(f"{PAGE}/erase")
@access(Permission.SUBMISSION_ERASE)
def erase(public_id: str) -> ResponseReturnValue:
    """Erase everything of a submission because its author asked for it."""
    piece = load_submission(public_id)
    form = read_form(forms.EraseForm, piece)
    if not form.validate():
        return show_again(piece, form)
    with transaction() as session:
        files = erasing.erase(session, piece, by=acting_staff(), at=now(), seen=form.seen.data)
    remove_files(current_portal().instance.files_folder, files)
    flash(_("Everything is erased. Only a number, the month and the language remain."), "ok")
    return redirect(queue_address(read_place(form.place.data or "")), 303)
