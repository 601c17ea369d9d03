"""A draft as its pages find it: one that stands, in a coverage of whoever asks."""

from flask import abort, redirect, request, url_for

from portal.domain.editing import EditAct
from portal.domain.errors import IllegalTransition
from portal.domain.states import State
from portal.extensions import db
from portal.models import Draft
from portal.queries.coverages.overview import find_draft
from portal.web.site.current_staff import acting_staff


def load_draft(public_id: str) -> Draft:
    """Return a draft that stands. Of one that is set aside the submission says so.

    Raises IllegalTransition when something was sent to it: the page of the error gives the words back.
    """
    found = find_draft(db.session(), acting_staff(), public_id)
    if found is not None:
        return found
    aside = find_draft(db.session(), acting_staff(), public_id, set_aside=True) or abort(404)
    if request.method == "POST":
        raise IllegalTransition(aside.submission.state, EditAct.SAVE_DRAFT)
    return abort(redirect(original_address(aside)))


def require_open(found: Draft) -> None:
    """Raise IllegalTransition when a text was sent that is edited no more.

    The draft's page has no form then to show it in: that of the error gives the words back.
    """
    if found.submission.state is not State.ACCEPTED:
        raise IllegalTransition(found.submission.state, EditAct.SAVE_DRAFT)


def draft_address(found: Draft, *, anchor: str | None = None) -> str:
    """Return the address of a draft's page, or of a part of it."""
    return url_for("coverages.draft", public_id=found.public_id, _anchor=anchor)


def original_address(found: Draft) -> str:
    """Return the address of the submission a draft was made from."""
    return url_for("desk.submission", public_id=found.submission.public_id)
