"""Sending a pitch, a story, or the full story of an invited pitch: what is sent arrives here."""

from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.answers import EnteredAnswers
from portal.domain.errors import CallClosed, TooBusy
from portal.domain.states import Stage, State
from portal.domain.ways_in import PageRight
from portal.extensions import current_portal, now
from portal.forms.contribute import ContributorForm
from portal.models import Submission
from portal.operations.contribute.same_browser import note_beside
from portal.operations.contribute.submit import FormSecrets, SubmitOutcome, send_story, submit
from portal.web.contribute.form_page import show_closed, show_empty, show_form, show_other_languages
from portal.web.contribute.form_target import (
    FormTarget,
    find_form_target,
    find_opened,
    is_sent_well,
    is_spoken,
    is_token_refused,
    make_contributor_form,
    make_story_target,
    takes_form,
)
from portal.web.contribute.further_text import take_further
from portal.web.contribute.language_change import carry_over
from portal.web.contribute.sent_texts import ask_for_new_code, flash_overtaken
from portal.web.contribute.story_upload import read_into_form
from portal.web.contribute.unsent import keep_unsent, show_busy
from portal.web.site.access import access
from portal.web.site.admission import judge_arrival
from portal.web.site.contributor_session import open_page, open_to_sender, remember_page
from portal.web.site.locale import find_locale

room = Blueprint("contribute", __name__)


@dataclass(frozen=True)
class _Kept:
    """What came of a sending."""

    submission: Submission
    outcome: SubmitOutcome
    token: str | None
    """Of the page that opens; None where the form opens none any more."""


@room.route("/<lang:lang>/<coverage>/pitch", methods=["GET", "POST"])
@access("open")
def pitch(coverage: str) -> ResponseReturnValue:
    """Take a pitch."""
    return _take(coverage, Stage.PITCH)


@room.route("/<lang:lang>/<coverage>/story", methods=["GET", "POST"])
@access("open")
def story(coverage: str) -> ResponseReturnValue:
    """Take a finished story."""
    return _take(coverage, Stage.STORY)


@room.route("/<lang:lang>/<coverage>/<any(pitch, story):kind>/send", methods=["GET", "POST"])
@access("open")
def send(coverage: str, kind: str) -> ResponseReturnValue:
    """Take a pitch or a story; who loads the address again is led to the form."""
    if request.method != "POST":
        return redirect(url_for(f"contribute.{kind}", coverage=coverage), 303)
    return _take(coverage, Stage(kind))


@room.route("/<lang:lang>/<coverage>/<any(pitch, story):kind>/language", methods=["GET", "POST"])
@access("open")
def switch_language(coverage: str, kind: str) -> ResponseReturnValue:
    """Show a form in this language with what was typed in another one."""
    if request.method != "POST":
        return redirect(url_for(f"contribute.{kind}", coverage=coverage), 303)
    return carry_over(find_form_target(coverage, Stage(kind)))


@room.route("/<lang:lang>/my/story/language", methods=["GET", "POST"])
@access(PageRight.SEND_STORY)
def switch_full_story_language() -> ResponseReturnValue:
    """Show the form of the full story in this language with what was typed in another one."""
    if request.method != "POST":
        return redirect(url_for("contribute.full_story"), 303)
    return carry_over(make_story_target(open_page().submission))


@room.route("/<lang:lang>/my/story", methods=["GET", "POST"])
@access(PageRight.SEND_STORY)
def full_story() -> ResponseReturnValue:
    """Take the full story of an invited pitch; what the pitch answered is not asked again."""
    return _take_full_story()


@room.route("/<lang:lang>/my/story/send", methods=["GET", "POST"])
@access(PageRight.SEND_STORY)
def send_full_story() -> ResponseReturnValue:
    """Take the full story; who loads the address again is led to its form."""
    if request.method != "POST":
        return redirect(url_for("contribute.full_story"), 303)
    return _take_full_story()


def _take_full_story() -> ResponseReturnValue:
    submission = open_page().submission
    shown = submission.state_shown(now())
    if request.method == "GET" and shown is not State.INVITED:
        return redirect(url_for("private.enter"), 303)
    return take_further(make_story_target(submission), submission, shown=shown, keep=send_story, told={})


@room.post("/<lang:lang>/<coverage>/story/file")
@access("open")
def read_story_file(coverage: str) -> ResponseReturnValue:
    """Read a finished story from a file."""
    return read_into_form(find_form_target(coverage, Stage.STORY))


@room.post("/<lang:lang>/my/story/file")
@access(PageRight.SEND_STORY)
def read_full_story_file() -> ResponseReturnValue:
    """Read the full story of an invited pitch from a file."""
    return read_into_form(make_story_target(open_page().submission))


def _take(slug: str, stage: Stage) -> ResponseReturnValue:
    if request.method != "POST":
        return show_empty(slug, stage)
    target = find_form_target(slug, stage)
    if not is_spoken(target):
        return show_other_languages(target)
    form = make_contributor_form(target)
    typed = form.to_typed(lang=target.lang)
    if not is_sent_well(form):
        if is_token_refused() or takes_form(target, form):
            return show_form(target, form)
        return _give_back(target, form, typed)
    # The operation refuses a closed call: what was sent in time and is repeated now gets its receipt.
    try:
        kept = _keep(target, form, typed)
    except CallClosed:
        return _give_back(target, form, typed)
    except TooBusy as busy:
        return show_busy(target, form, typed, busy)
    if kept.token is None:
        return ask_for_new_code()
    remember_page(kept.token)
    if kept.outcome is SubmitOutcome.OVERTAKEN:
        flash_overtaken(kept.submission)
    if kept.outcome is SubmitOutcome.AS_VERSION:
        flash(_("You had sent this before. What came now is kept as a new version of it."), "success")
    return redirect(url_for("contribute_receipt.show"), 303)


def _keep(target: FormTarget, form: ContributorForm, typed: EnteredAnswers) -> _Kept:
    instance, at, form_key = current_portal().instance, now(), form.form_key.data
    with transaction() as session:
        arrival = judge_arrival(form_key, is_first=target.submission is None)
        submission, outcome = submit(
            session,
            target.call,
            form.to_sending(),
            FormSecrets(instance.keys, instance.receipt_secret, form_key),
            at=at,
            locale=find_locale().tag,
            lane=arrival.lane,
            signals=arrival.signals,
            typed=typed,
            page=g.get("private_page"),
            is_known_new=target.submission is None,
        )
        opened = find_opened(target)
        if outcome is SubmitOutcome.FIRST and opened is not None:
            note_beside(session, submission, opened, form.to_sending(), instance.keys)
        return _Kept(submission, outcome, open_to_sender(session, submission, form_key))


def _give_back(target: FormTarget, form: ContributorForm, typed: EnteredAnswers) -> ResponseReturnValue:
    """Say that the call is closed; what was typed comes back, and is kept unsent."""
    kept = keep_unsent(target, form, typed)
    form.writing.data, form.sequence.data = kept.saved.writing, str(kept.saved.sequence)
    return show_closed(target, form, code=kept.code, kept=kept.until)
