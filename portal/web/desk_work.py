"""What staff do with a submission without deciding: take it, note, sum up, undo, open a contact."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.permissions import Permission
from portal.extensions import current_portal, db
from portal.forms import desk as forms
from portal.models import Staff, Submission
from portal.operations import identity, moving, triaging
from portal.web.access import access
from portal.web.actor import acting_staff
from portal.web.clock import now
from portal.web.desk_page import (
    Shown,
    form_values,
    list_people,
    load_submission,
    render_identity,
    render_submission,
)
from portal.web.locale import find_locale
from portal.web.queue_words import read_place, submission_address

PAGE = "/submission/<public_id:public_id>"
AnyForm = TypeVar("AnyForm", bound=forms.DeskForm)


def add_routes(room: Blueprint) -> None:
    """Add these acts to the room of the desk."""
    for name, view in (
        ("undo", undo),
        ("claim", claim),
        ("release", release),
        ("assign", assign),
        ("note", note),
        ("identity", open_identity),
        ("gist", gist),
    ):
        room.add_url_rule(f"{PAGE}/{name}", view_func=view, methods=["POST"])


def read_form(kind: type[AnyForm], piece: Submission, **more: Any) -> AnyForm:
    """Return the form of an act as it was sent."""
    return kind(formdata=request.form, **form_values(kind, piece, acting_staff()), **more)


def show_again(piece: Submission, form: forms.DeskForm, status: int = 0) -> ResponseReturnValue:
    """Show the submission with the form that was sent and what is wrong with it."""
    wanted = read_place(form.place.data or "")
    return render_submission(Shown(piece, acting_staff(), wanted, now(), form), status=status)


def _work(
    piece: Submission, form: forms.DeskForm, run: Callable[[Session, Staff], object], said: str
) -> ResponseReturnValue:
    """Do what a valid form asks and stay on the submission."""
    if not form.validate():
        return show_again(piece, form)
    with transaction() as session:
        run(session, acting_staff())
    flash(said, "ok")
    return redirect(submission_address(piece.public_id, read_place(form.place.data or "")), 303)


@access(Permission.SUBMISSION_MODERATE)
def undo(public_id: str) -> ResponseReturnValue:
    """Take the newest decision back before it leaves the desk."""
    piece = load_submission(public_id)
    form = read_form(forms.PressForm, piece, name="undo")
    return _work(
        piece,
        form,
        lambda session, actor: moving.undo(session, piece, by=actor, at=now(), seen=form.seen.data),
        _("The decision is undone. Nothing has left the desk."),
    )


@access(Permission.SUBMISSION_MODERATE)
def claim(public_id: str) -> ResponseReturnValue:
    """Say that one is on it; a second time renews it."""
    piece = load_submission(public_id)
    form = read_form(forms.PressForm, piece, name="claim")
    return _work(
        piece,
        form,
        lambda session, actor: triaging.claim(session, piece, by=actor, at=now()),
        _("Colleagues see for five minutes that you are on it."),
    )


@access(Permission.SUBMISSION_MODERATE)
def release(public_id: str) -> ResponseReturnValue:
    """Let go of it."""
    piece = load_submission(public_id)
    form = read_form(forms.PressForm, piece, name="release")
    return _work(
        piece,
        form,
        lambda session, actor: triaging.release(session, piece, by=actor),
        _("You have let go of it."),
    )


@access(Permission.SUBMISSION_MODERATE)
def assign(public_id: str) -> ResponseReturnValue:
    """Make a colleague responsible."""
    piece = load_submission(public_id)
    form = read_form(forms.AssignForm, piece)
    people = {person.public_id: person for person in list_people(db.session(), acting_staff(), piece)}
    return _work(
        piece,
        form,
        lambda session, actor: triaging.assign(
            session, piece, by=actor, to=people.get(form.person.data), seen=form.seen.data
        ),
        _("Saved who is responsible."),
    )


@access(Permission.SUBMISSION_MODERATE)
def note(public_id: str) -> ResponseReturnValue:
    """Leave a note for colleagues."""
    piece = load_submission(public_id)
    form = read_form(forms.NoteForm, piece)
    return _work(
        piece,
        form,
        lambda session, actor: triaging.add_note(session, piece, by=actor, at=now(), body=form.body.data),
        _("The note is saved. Only the desk sees it."),
    )


@access(Permission.IDENTITY_READ)
def open_identity(public_id: str) -> ResponseReturnValue:
    """Open contact and risk answers for a reason; they stand in this answer only."""
    piece = load_submission(public_id)
    form = read_form(forms.IdentityForm, piece)
    if not form.validate():
        return show_again(piece, form)
    keys, actor, reason = current_portal().instance.keys, acting_staff(), form.reason.data
    with transaction() as session:
        opened = identity.open_identity(session, piece, by=actor, reason=reason, keys=keys, at=now())
    return render_identity(piece, opened, read_place(form.place.data or ""))


@access(Permission.SUBMISSION_MODERATE)
def gist(public_id: str) -> ResponseReturnValue:
    """Sum the text up for colleagues who cannot read it."""
    piece = load_submission(public_id)
    form = read_form(forms.GistForm, piece)
    return _work(
        piece,
        form,
        lambda session, actor: triaging.set_gist(
            session, piece, by=actor, body=form.body.data, lang=find_locale().tag, seen=form.seen.data
        ),
        _("The gist is saved. It is never published."),
    )
