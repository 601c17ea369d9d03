"""Gists besides the one that is written on the page: an earlier one comes back, one is asked for."""

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.domain.languages import written_name
from portal.domain.permissions import Permission
from portal.extensions import db
from portal.forms import desk as forms
from portal.operations.desk import gists
from portal.queries.desk.gists import find_gist
from portal.web.desk.act import PAGE, load_submission, read_form, return_to_submission, run_act
from portal.web.site.access import access
from portal.web.site.joined_words import join_words
from portal.web.site.locale import find_locale


def add_routes(room: Blueprint) -> None:
    """Add these acts to the room of the desk."""
    room.add_url_rule(f"{PAGE}/ask-gist", view_func=ask_for_gist, methods=["POST"])
    room.add_url_rule(
        f"{PAGE}/gist/<public_id:gist_id>", "restore_gist", view_func=restore_gist, methods=["POST"]
    )


@access(Permission.SUBMISSION_MODERATE)
def ask_for_gist(public_id: str) -> ResponseReturnValue:
    """Ask those who read the text for a gist in one's own language of the desk."""
    submission, tag = load_submission(public_id), find_locale().tag
    form = read_form(forms.PressForm, submission, name="ask-gist")
    asked: list[str] = []
    refused = run_act(
        submission,
        form,
        lambda session, given: asked.extend(
            one.name for one in gists.ask_for_gist(session, submission, lang=tag, **given)
        ),
    )
    if refused is not None:
        return refused
    language = written_name(submission.lang, tag)
    said = (
        _("Asked for a gist: %(names)s.", names=join_words(asked))
        if asked
        else _("Nobody else on this coverage reads %(language)s, so nobody was asked.", language=language)
    )
    return return_to_submission(submission, form, said)


@access(Permission.SUBMISSION_MODERATE)
def restore_gist(public_id: str, gist_id: str) -> ResponseReturnValue:
    """Bring a gist back that was overwritten."""
    submission = load_submission(public_id)
    version = find_gist(db.session(), submission, gist_id) or abort(404)
    form = read_form(forms.PressForm, submission, name="restore-gist")
    refused = run_act(
        submission,
        form,
        lambda session, given: gists.restore_gist(
            session, submission, version, seen=form.carried.seen.data, **given
        ),
    )
    return (
        refused
        if refused is not None
        else return_to_submission(submission, form, _("The earlier gist is back."))
    )
