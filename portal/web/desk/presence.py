"""Presence: who else has a text on the screen, and whether a newer version was saved. A script asks."""

from collections.abc import Sequence

from flask import Blueprint, g, jsonify
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.permissions import Permission
from portal.extensions import current_portal, db, now
from portal.forms import desk as forms
from portal.models import Submission
from portal.operations.desk.presence import PresentColleague, give_sign, list_present
from portal.queries.desk.submission import list_events
from portal.web.desk.act import PAGE, load_submission, read_form, show_refused
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.form_faults import wants_script
from portal.web.site.form_guard import answer_refused_script
from portal.web.site.joined_words import join_sentences, join_words

_NO_CONTENT = 204


def add_routes(room: Blueprint) -> None:
    """Add the sign of life to the room of the desk."""
    room.add_url_rule(f"{PAGE}/presence", view_func=presence, methods=["POST"])


@access(Permission.QUEUE_READ)
def presence(public_id: str) -> ResponseReturnValue:
    """Take a page's sign of life, and answer who else is there and what was saved meanwhile."""
    if g.get("csrf_failed") and wants_script():
        return answer_refused_script(g.csrf_failed)
    submission, staff, at = load_submission(public_id), acting_staff(), now()
    form = read_form(forms.PresenceForm, submission)
    if not form.validate():
        return show_refused(submission, form)
    if not staff.shows_presence:
        return "", _NO_CONTENT
    secret = current_portal().instance.receipt_secret
    with transaction() as session:
        give_sign(session, submission, form.given, by=staff, at=at, secret=secret)
        present = list_present(session, submission, besides=staff, at=at, secret=secret)
    newer = _say_newer(submission) if form.carried.seen.data != submission.version else ""
    return jsonify(said=join_sentences([*_say_present(present), newer]), newer=bool(newer))


def _say_present(present: Sequence[PresentColleague]) -> list[str]:
    writing = [one.name for one in present if one.is_writing]
    reading = [one.name for one in present if not one.is_writing]
    said = []
    if writing:
        said.append(str(_("Writing here, not saved yet: %(names)s.", names=join_words(writing))))
    if reading:
        said.append(str(_("Also reading this: %(names)s.", names=join_words(reading))))
    return said


def _say_newer(submission: Submission) -> str:
    """Say that what stands on the screen is not the newest any more, and whose doing that is."""
    newest = next(iter(list_events(db.session(), submission)), None)
    if newest is not None and newest.staff is not None:
        return str(
            _("%(name)s has saved something since. Load the page again to see it.", name=newest.staff.name)
        )
    return str(_("Something was saved since. Load the page again to see it."))
