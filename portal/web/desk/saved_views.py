"""Saved views of the queue: kept from its filter, shared, called otherwise, deleted."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.languages import best_text
from portal.domain.permissions import Permission
from portal.domain.saved_views import may_change_view
from portal.extensions import db
from portal.forms.saved_views import DeleteViewForm, NewViewForm, SavedViewForm
from portal.models import Coverage, SavedView, Staff
from portal.operations.desk.saved_views import TooManyViews, change_view, delete_view, save_view
from portal.queries.desk.filter_options import find_options
from portal.queries.desk.queue import QueueFilter
from portal.queries.desk.saved_views import OpenedView, list_desks, list_saved_views
from portal.web.desk.queue_filter import describe_filter, word_filter
from portal.web.desk.queue_texts import view_label
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.desk_addresses import filter_args, queue_address, read_filter
from portal.web.site.locale import find_locale

_FAULTY = 422


def add_routes(room: Blueprint) -> None:
    """Add the pages of saved views to the room of the desk."""
    one = "/views/<public_id:public_id>"
    room.add_url_rule("/views", view_func=saved_views, methods=["GET"])
    room.add_url_rule("/views/new", view_func=new_view, methods=["GET", "POST"])
    room.add_url_rule(one, view_func=saved_view, methods=["GET", "POST"])
    room.add_url_rule(f"{one}/delete", view_func=remove_view, methods=["POST"])


@access(Permission.QUEUE_READ)
def saved_views() -> ResponseReturnValue:
    """List one's own views and those shared with one's desk."""
    session, actor = db.session(), acting_staff()
    views = list_saved_views(session, actor)
    words = _FilterWords(session, actor)
    deleted: dict[str, Any] = {**filter_args(read_filter(request.args)), "name": request.args.get("name", "")}
    return render_template(
        "desk/saved_views.html",
        views=[words.describe(one) for one in views],
        again_href=url_for("desk.new_view", **deleted) if deleted["name"] else "",
        delete_form=DeleteViewForm(),
        desk_section="queue",
    )


@access(Permission.QUEUE_READ)
def new_view() -> ResponseReturnValue:
    """Keep the filter of the address under a name, in place of another view if wanted."""
    session, actor, wanted = db.session(), acting_staff(), read_filter(request.args)
    views = [one for one in list_saved_views(session, actor) if may_manage(actor, one.view)]
    desks = _list_desks(session, actor)
    form = NewViewForm(
        desks=_name_desks(desks),
        views=[("", _("A new view")), *((one.view.public_id, one.name) for one in views if not one.is_shut)],
        data={"view_name": request.args.get("name", "")},
    )
    if request.method != "POST":
        return _render_new(form, wanted)
    if form.validate():
        replaced = next((one.view for one in views if one.view.public_id == form.replaces.data), None)
        shared_with = _find_desk(desks, form.shared.data)
        try:
            with transaction() as writing:
                if replaced is None:
                    save_view(
                        writing,
                        by=actor,
                        name=form.view_name.data,
                        arguments=filter_args(wanted),
                        shared_with=shared_with,
                    )
                else:
                    change_view(
                        writing,
                        replaced,
                        by=actor,
                        name=form.view_name.data,
                        shared_with=shared_with,
                        arguments=filter_args(wanted),
                    )
        except TooManyViews as full:
            form.view_name.errors = [_word_full(full)]
        else:
            flash(_("Saved."), "ok")
            return redirect(queue_address(wanted), 303)
    return _render_new(form, wanted), _FAULTY


@access(Permission.QUEUE_READ)
def saved_view(public_id: str) -> ResponseReturnValue:
    """Call a view otherwise, or show it to others."""
    session, actor = db.session(), acting_staff()
    found = _load(public_id)
    desks = _list_desks(session, actor, found.view.coverage)
    shared = found.view.coverage.public_id if found.view.coverage is not None else ""
    form = SavedViewForm(desks=_name_desks(desks), data={"view_name": found.name, "shared": shared})
    if request.method != "POST":
        return _render_one(form, found)
    if form.validate():
        try:
            with transaction() as writing:
                shared_with = _find_desk(desks, form.shared.data)
                change_view(writing, found.view, by=actor, name=form.view_name.data, shared_with=shared_with)
        except TooManyViews as full:
            form.view_name.errors = [_word_full(full)]
            found = _load(public_id)
        else:
            flash(_("Saved."), "ok")
            return redirect(url_for("desk.saved_views"), 303)
    return _render_one(form, found), _FAULTY


@access(Permission.QUEUE_READ)
def remove_view(public_id: str) -> ResponseReturnValue:
    """Delete a view, and lead to where it can be kept again."""
    found, form = _load(public_id), DeleteViewForm()
    if not form.validate():
        return redirect(url_for("desk.saved_views"), 303)
    values: dict[str, Any] = {**filter_args(read_filter(found.arguments)), "name": found.name}
    with transaction() as session:
        delete_view(session, found.view, by=acting_staff())
    flash(_("The view was deleted. The texts it listed are where they were."), "ok")
    return redirect(url_for("desk.saved_views", **values), 303)


def may_manage(actor: Staff, view: SavedView) -> bool:
    """Say whether somebody may rename or delete a view."""
    return may_change_view(
        is_own=view.owner_id == actor.id,
        is_shared=view.coverage_id is not None,
        may_share=actor.may(Permission.VIEWS_SHARE),
    )


def _load(public_id: str) -> OpenedView:
    """Return a view that the actor sees, or answer 404; 403 for one that is not theirs to change."""
    views = list_saved_views(db.session(), acting_staff())
    found = next((one for one in views if one.view.public_id == public_id), None) or abort(404)
    return found if may_manage(acting_staff(), found.view) else abort(403)


def _list_desks(session: Session, actor: Staff, now: Coverage | None = None) -> list[Coverage]:
    """Return the coverages a view can be shared with, and the one it is shared with already."""
    desks = list(list_desks(session, actor)) if actor.may(Permission.VIEWS_SHARE) else []
    return desks if now is None or now in desks else [*desks, now]


def _name_desks(desks: list[Coverage]) -> list[tuple[str, str]]:
    reader = find_locale().tag
    named = [
        (
            one.public_id,
            _(
                "Everybody on the desk of “%(coverage)s”",
                coverage=best_text(one.title, [reader, one.primary_locale])[1],
            ),
        )
        for one in desks
    ]
    return [("", _("Only me")), *named]


def _find_desk(desks: list[Coverage], public_id: str) -> Coverage | None:
    return next((one for one in desks if one.public_id == public_id), None)


def _word_full(full: TooManyViews) -> str:
    return str(
        _("There are %(number)s such views already. Delete one, or take the place of one.", number=full.most)
    )


class _FilterWords:
    """What filters ask, in words of the reader."""

    def __init__(self, session: Session, actor: Staff) -> None:
        self._actor, self._tag = actor, find_locale().tag
        self._options = find_options(session, actor)

    def write(self, wanted: QueueFilter) -> tuple[list[str], list[str]]:
        """Return what a filter asks, the view first, and what of it is gone, in sentences."""
        form = describe_filter(wanted, self._options, tag=self._tag)
        return [view_label(wanted.view), *word_filter(form, wanted)], list(form.gone)

    def describe(self, one: OpenedView) -> dict[str, Any]:
        """Return a view as its list shows it."""
        wanted = read_filter(one.arguments)
        asked, gone = self.write(wanted)
        coverage, is_own = one.view.coverage, one.view.owner_id == self._actor.id
        return {
            "public_id": one.view.public_id,
            "name": one.name,
            "is_shut": one.is_shut,
            "href": queue_address(wanted),
            "asked": asked,
            "gone": gone,
            "owner": "" if is_own else one.view.owner.name,
            "desk": best_text(coverage.title, [self._tag, coverage.primary_locale]) if coverage else None,
            "may_change": may_manage(self._actor, one.view),
        }


def _render_new(form: NewViewForm, wanted: QueueFilter) -> str:
    asked, gone = _FilterWords(db.session(), acting_staff()).write(wanted)
    values: dict[str, Any] = filter_args(wanted)
    return render_template(
        "desk/saved_view.html",
        heading=_("Save as a view"),
        form=form,
        asked=asked,
        gone=gone,
        action=url_for("desk.new_view", **values),
        back_href=queue_address(wanted),
        desk_section="queue",
    )


def _render_one(form: SavedViewForm, found: OpenedView) -> str:
    wanted = read_filter(found.arguments)
    asked, gone = _FilterWords(db.session(), acting_staff()).write(wanted)
    return render_template(
        "desk/saved_view.html",
        heading=_("Saved view"),
        form=form,
        asked=asked,
        gone=gone,
        action=url_for("desk.saved_view", public_id=found.view.public_id),
        back_href=queue_address(wanted),
        desk_section="queue",
    )
