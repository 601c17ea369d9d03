"""Versions of a draft: every save, the reader's unsaved states, what brings one back; reasons of changes."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.author_checks import spot_key
from portal.domain.editing import OF_THE_PERSON
from portal.domain.languages import language_name
from portal.domain.permissions import Permission
from portal.domain.states import State
from portal.extensions import db, now
from portal.forms.coverages import ReasonsForm, VersionForm, make_reasons_form
from portal.models import Draft
from portal.operations.coverages.change_reasons import explain_changes
from portal.operations.coverages.draft_fields import readable_fields_of
from portal.operations.coverages.versions import restore_version
from portal.operations.desk.notices import end_own
from portal.operations.desk.triage import renew_claim
from portal.queries.coverages.overview import find_draft
from portal.queries.coverages.unsaved_edits import find_autosave, list_autosaves
from portal.story.diff import diff_texts
from portal.web.coverages.draft_loading import draft_address, load_draft
from portal.web.coverages.unsaved_edits import label_fields, read_unsaved, write_fields
from portal.web.site.access import access
from portal.web.site.checked_changes import CheckedChange, list_changes
from portal.web.site.current_staff import acting_staff
from portal.web.site.locale import find_locale

_COMPARED = ("title", "dek", "excerpt", "body", "slug", "photos", "byline", "bio", "content_warning")


def add_routes(room: Blueprint) -> None:
    """Add the pages of a draft's versions and changes to the room of the coverages."""
    address = "/draft/<public_id:public_id>"
    room.add_url_rule(f"{address}/revisions", view_func=revisions)
    room.add_url_rule(f"{address}/bring-back", view_func=bring_back_version, methods=["POST"])
    room.add_url_rule(f"{address}/changes", view_func=changes)
    room.add_url_rule(f"{address}/changes", view_func=explain, methods=["POST"])


@access(Permission.DRAFT_EDIT)
def revisions(public_id: str) -> ResponseReturnValue:
    """List every save and the reader's own unsaved states, also of a draft that is set aside.

    `?new=` shows what changed from the save before, `?state=` from what is saved to an unsaved state.
    """
    session, actor = db.session(), acting_staff()
    found = find_draft(session, actor, public_id, with_saves=True) or find_draft(
        session, actor, public_id, set_aside=True, with_saves=True
    )
    if found is None:
        abort(404)
    return _show_versions(found)


def _show_versions(found: Draft, form: VersionForm | None = None) -> str:
    numbered = {revision.number: revision for revision in found.revisions}
    new = request.args.get("new", found.revision, type=int)
    later, earlier = numbered.get(new), numbered.get(new - 1)
    autosaves = list_autosaves(db.session(), found, acting_staff())
    state = next((one for one in autosaves if one.public_id == request.args.get("state")), None)
    compared: list[tuple[str, Any]] = []
    is_shut = False
    if state is not None:
        is_shut = state.is_shut or found.is_shut
        saved = readable_fields_of(found)
        compared = _compare(saved, {**saved, **state.readable_fields}, is_shut=is_shut)
    elif later and earlier:
        is_shut = earlier.is_shut or later.is_shut
        compared = _compare(earlier.readable_fields, later.readable_fields, is_shut=is_shut)
    is_open = found.set_aside_at is None and found.submission.state is State.ACCEPTED and not found.is_shut
    return render_template(
        "coverages/revisions.html",
        draft=found,
        saves=list(reversed(found.revisions)),
        autosaves=autosaves,
        state=state,
        new=later,
        old=earlier,
        changes=compared,
        is_shut=is_shut,
        unsaved=read_unsaved(found),
        labels=label_fields(),
        form=form or VersionForm(formdata=None, data={"seen": found.version}),
        is_open=is_open,
    )


def _compare(before: Mapping[str, Any], after: Mapping[str, Any], *, is_shut: bool) -> list[tuple[str, Any]]:
    """Return what differs, by field."""
    old, new = write_fields(before), write_fields(after)
    names = [name for name in _COMPARED if not (is_shut and name in OF_THE_PERSON)]
    return [
        (name, diff_texts(old.get(name, ""), new.get(name, "")))
        for name in names
        if old.get(name, "") != new.get(name, "")
    ]


@access(Permission.DRAFT_EDIT)
def bring_back_version(public_id: str) -> ResponseReturnValue:
    """Save the draft as it was: as a save told by its number, or as an unsaved state."""
    found, at = load_draft(public_id), now()
    form = VersionForm(formdata=request.form)
    if not form.validate():
        return _show_versions(found, form), 422
    fields = _find_fields(found)
    with transaction() as session:
        renew_claim(session, found.submission, by=acting_staff(), at=at)
        saved = restore_version(session, found, fields, by=acting_staff(), at=at, seen=form.seen.data)
        end_own(session, found.submission, by=acting_staff(), at=at)
    if saved is None:
        flash(_("The draft is as it was then. Nothing was changed."), "message")
    else:
        said = _("Brought back as save %(number)s. All earlier saves are still here.", number=saved.number)
        flash(said, "success")
    return redirect(draft_address(found), 303)


def _find_fields(found: Draft) -> Mapping[str, Any]:
    """Return the fields of the version that was asked for."""
    number = request.form.get("save", 0, type=int)
    save = next((one for one in found.revisions if one.number == number), None)
    if save is not None:
        return save.readable_fields
    asked = request.form.get("state", "")
    state = find_autosave(db.session(), found, acting_staff(), asked) if asked else None
    return state.readable_fields if state is not None else abort(404)


@access(Permission.DRAFT_EDIT)
def changes(public_id: str) -> ResponseReturnValue:
    """Show each change as the author will be asked about it, with the reason for it."""
    return _show_changes(load_draft(public_id))


@access(Permission.DRAFT_EDIT)
def explain(public_id: str) -> ResponseReturnValue:
    """Keep why each change was made."""
    found, at = load_draft(public_id), now()
    spots = [name.removesuffix("-shown") for name in request.form if name.endswith("-shown")]
    form = make_reasons_form(spots)()
    if not form.validate():
        return _show_changes(found, form), 422
    with transaction() as session:
        renew_claim(session, found.submission, by=acting_staff(), at=at)
        explain_changes(session, found, form.reasons, by=acting_staff(), at=at)
        end_own(session, found.submission, by=acting_staff(), at=at)
    flash(_("Saved. The author reads the reasons beside the changes."), "success")
    return redirect(url_for("coverages.changes", public_id=found.public_id), 303)


def _show_changes(found: Draft, form: ReasonsForm | None = None) -> str:
    listed = [] if found.is_shut or found.submission.latest.is_shut else _list_changes(found)
    if form is None:
        form = make_reasons_form([spot for spot, _one in listed])(formdata=None)
        own = found.revisions[-1].change_reasons
        for spot, _one in listed:
            form.words_field(spot).data = form[f"{spot}-shown"].data = own.get(spot, "")
    return render_template(
        "coverages/changes.html",
        draft=found,
        form=form,
        changes=[
            {
                "change": one,
                "compared": diff_texts(one.old, one.new),
                "words": form.words_field(spot) if spot in form.changes else None,
                "of_saves": [] if spot in found.revisions[-1].change_reasons else one.reasons,
            }
            for spot, one in listed
        ],
        is_shut=found.is_shut or found.submission.latest.is_shut,
        is_open=found.submission.state is State.ACCEPTED,
        author_reads=language_name(found.submission.lang, find_locale().tag),
    )


def _list_changes(found: Draft) -> list[tuple[str, CheckedChange]]:
    """Return the changes from the author's newest text, each with what it is recognised by."""
    return [(spot_key(one.spot), one) for one in list_changes(found, found.revision, found.submission.latest)]
