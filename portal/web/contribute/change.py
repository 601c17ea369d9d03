"""A change of what was sent: in its form, from a file, in another language; and of the language it is in."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.database import transaction
from portal.domain.answers import may_change, may_name_language
from portal.domain.languages import language_name
from portal.domain.states import Stage
from portal.domain.ways_in import PageRight
from portal.extensions import now
from portal.forms.private import CorrectLanguageForm
from portal.operations.contribute.change import change, fix_language
from portal.operations.contribute.submit import SubmitOutcome
from portal.queries.calls import list_story_languages
from portal.web.contribute.form_target import make_change_target
from portal.web.contribute.further_text import take_further
from portal.web.contribute.language_change import carry_over
from portal.web.contribute.story_upload import read_into_form
from portal.web.site.access import access
from portal.web.site.contributor_session import open_page
from portal.web.site.locale import find_locale

room = Blueprint("contribute_change", __name__, url_prefix="/<lang:lang>/my")

_TOLD = {
    SubmitOutcome.AS_VERSION: (
        _l("Your change is with us. It is kept as a new version beside what you sent before."),
        "success",
    ),
    SubmitOutcome.UNCHANGED: (
        _l("Nothing was changed, so there is no new version. What you sent is with us as it was."),
        "message",
    ),
}


@room.route("/change", methods=["GET", "POST"])
@access(PageRight.CHANGE)
def edit() -> ResponseReturnValue:
    """Show what was sent in its form, and keep what is changed in it as a new version."""
    return _edit()


@room.route("/change/send", methods=["GET", "POST"])
@access(PageRight.CHANGE)
def send() -> ResponseReturnValue:
    """Keep a change; who loads the address again is led to its form."""
    return _edit() if request.method == "POST" else redirect(url_for("contribute_change.edit"), 303)


@room.route("/change/language", methods=["GET", "POST"])
@access(PageRight.CHANGE)
def switch_language() -> ResponseReturnValue:
    """Show the form of a change in this language with what was typed in another one."""
    submission = open_page().submission
    if request.method != "POST" or not submission.revisions:
        return redirect(url_for("contribute_change.edit"), 303)
    return carry_over(make_change_target(submission))


def _edit() -> ResponseReturnValue:
    submission = open_page().submission
    shown = submission.state_shown(now())
    if not submission.revisions or (request.method == "GET" and not may_change(shown)):
        return redirect(url_for("private.enter"), 303)
    return take_further(make_change_target(submission), submission, shown=shown, keep=change, told=_TOLD)


@room.post("/change/file")
@access(PageRight.CHANGE)
def read_story_file() -> ResponseReturnValue:
    """Read a changed story from a file."""
    submission = open_page().submission
    is_story = bool(submission.revisions) and submission.latest.stage is Stage.STORY
    return (
        read_into_form(make_change_target(submission))
        if is_story
        else redirect(url_for("private.enter"), 303)
    )


@room.route("/language", methods=["GET", "POST"])
@access(PageRight.LANGUAGE)
def correct_language() -> ResponseReturnValue:
    """Correct the language a text is in."""
    submission = open_page().submission
    if request.method == "GET" and not may_name_language(submission.state_shown(now())):
        return redirect(url_for("private.enter"), 303)
    tag = find_locale().tag
    form = CorrectLanguageForm(languages=list_story_languages(tag), data={"lang": submission.lang})
    if request.method != "POST" or not form.validate():
        shown = render_template(
            "contribute/language.html", form=form, current=language_name(submission.lang, tag)
        )
        return (shown, 422) if request.method == "POST" else shown
    with transaction() as session:
        fix_language(session, submission, form.lang.data, by=None, at=now())
    flash(_("The language of your text is corrected."), "success")
    return redirect(url_for("private.enter"), 303)
