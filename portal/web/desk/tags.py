"""Tags of one submission, put on by name and taken off by a press."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.domain.permissions import Permission
from portal.extensions import db
from portal.forms.desk import PressForm
from portal.forms.tags import TagForm
from portal.operations.coverages.tags import BadName, CoverageFull
from portal.operations.desk.tags import NoSuchTag, TextFull, change_tags, find_or_make
from portal.queries.desk.tags import find_tags
from portal.web.desk.act import PAGE, load_submission, read_form, return_to_submission, run_act, show_refused
from portal.web.desk.advice_texts import word_tag_problem
from portal.web.site.access import access


def add_routes(room: Blueprint) -> None:
    """Add these acts to the room of the desk."""
    room.add_url_rule(f"{PAGE}/tags", view_func=put_tags_on, methods=["POST"])
    room.add_url_rule(f"{PAGE}/tags/<public_id:tag_id>/off", view_func=take_tag_off, methods=["POST"])


@access(Permission.SUBMISSION_MODERATE)
def put_tags_on(public_id: str) -> ResponseReturnValue:
    """Put tags on the text; one that is not there yet is made, by who may."""
    submission = load_submission(public_id)
    form = read_form(TagForm, submission)

    def run(session: Session, given: Mapping[str, Any]) -> None:
        tags = find_or_make(session, submission.call.coverage, form.wanted, **given)
        if change_tags(session, [submission], on=tags, **given).full:
            raise TextFull(public_id)

    try:
        refused = run_act(submission, form, run)
    except (NoSuchTag, BadName, CoverageFull, TextFull) as problem:
        form.names.errors = [word_tag_problem(problem)]
        return show_refused(load_submission(public_id), form)
    return (
        refused if refused is not None else return_to_submission(submission, form, _("The tags are saved."))
    )


@access(Permission.SUBMISSION_MODERATE)
def take_tag_off(public_id: str, tag_id: str) -> ResponseReturnValue:
    """Take one tag off the text."""
    submission = load_submission(public_id)
    form = read_form(PressForm, submission, name="untag")
    tags = find_tags(db.session(), submission.call.coverage_id, [tag_id]) or abort(404)
    refused = run_act(
        submission, form, lambda session, given: change_tags(session, [submission], off=tags, **given)
    )
    return (
        refused if refused is not None else return_to_submission(submission, form, _("The tags are saved."))
    )
