"""Triage: what staff do with a submission without deciding: take it, note, undo, open a contact."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from portal.database import snapshot, transaction
from portal.domain.errors import AccountClosed
from portal.domain.languages import written_name
from portal.domain.permissions import Permission
from portal.extensions import current_portal, db, now
from portal.forms import desk as forms
from portal.models import Event, Staff, Submission
from portal.models.submission import SET_ASIDE
from portal.operations import transitions
from portal.operations.contribute.change import fix_language
from portal.operations.desk import gists, notices, sealed_answers, triage
from portal.operations.desk.decisions import may_judge
from portal.operations.desk.same_story import compare_now, read_ahead, take_back_apart, tell_apart
from portal.queries.desk.submission import find_claimant, find_submission
from portal.queries.readers import find_reader
from portal.web.desk.act import PAGE, load_submission, read_form, return_to_submission, run_act, show_refused
from portal.web.desk.submission import render_identity
from portal.web.desk.submission_texts import describe_set_aside_draft
from portal.web.site.access import access
from portal.web.site.claims import describe_claim
from portal.web.site.current_staff import acting_staff
from portal.web.site.desk_addresses import read_place
from portal.web.site.form_faults import wants_script
from portal.web.site.form_guard import answer_refused_script
from portal.web.site.joined_words import join_sentences
from portal.web.site.locale import find_locale
from portal.web.site.mention_texts import word_mentions

_NO_CONTENT = 204


Given = Mapping[str, Any]
"""`by` and `at`, as the operations name them."""


@dataclass(frozen=True)
class Work:
    """An act of triage: its name in the address, its form, what it does and what is said then."""

    name: str
    form: type[forms.DeskForm]
    run: Callable[[Session, Submission, Any, Given], object]
    said: LazyString


def _claim(session: Session, submission: Submission, _form: forms.PressForm, given: Given) -> None:
    triage.claim(session, submission, **given)


def _release(session: Session, submission: Submission, _form: forms.PressForm, given: Given) -> None:
    triage.release(session, submission, by=given["by"])


def _mark_read(session: Session, submission: Submission, form: forms.PressForm, given: Given) -> None:
    triage.mark_read(session, submission, seen=form.carried.seen.data, **given)


def _leave_as_it_is(
    _session: Session, _submission: Submission, _form: forms.PressForm, _given: Given
) -> None:
    """Do nothing besides what every act does: whoever was made responsible has noted it."""


def _fix_language(session: Session, submission: Submission, form: forms.LanguageForm, given: Given) -> None:
    fix_language(session, submission, form.lang.data, seen=form.carried.seen.data, **given)


def _set_gist(session: Session, submission: Submission, form: forms.GistForm, given: Given) -> None:
    lang = form.lang.data
    gists.set_gist(session, submission, body=form.body.data, lang=lang, seen=form.carried.seen.data, **given)


_WORKS = (
    Work(
        "claim",
        forms.PressForm,
        _claim,
        _l(
            "Colleagues see that you are working on it while you use its page, and for about five minutes "
            "afterwards."
        ),
    ),
    Work("release", forms.PressForm, _release, _l("You are no longer working on it.")),
    Work("read", forms.PressForm, _mark_read, _l("The messages are marked as read.")),
    Work("noted", forms.PressForm, _leave_as_it_is, _l("Noted.")),
    Work(
        "language",
        forms.LanguageForm,
        _fix_language,
        _l("The language is corrected. The queue follows it; the author sees it on the private page."),
    ),
    Work("gist", forms.GistForm, _set_gist, _l("The gist is saved. It is never published.")),
)


PairRun = Callable[..., bool]
"""Does something about two texts, and says whether it was there to be done."""
_PAIRINGS: Mapping[str, tuple[PairRun, LazyString]] = {
    "different": (
        tell_apart,
        _l(
            "Marked as different stories, for everyone on the desk. If one of the texts changes a lot, they "
            "are compared again."
        ),
    ),
    "not-different": (take_back_apart, _l("Undone. The two texts were compared again.")),
}


def add_routes(room: Blueprint) -> None:
    """Add these acts to the room of the desk."""
    for work in _WORKS:
        room.add_url_rule(f"{PAGE}/{work.name}", work.name, _make_view(work), methods=["POST"])
    for name, (run, said) in _PAIRINGS.items():
        room.add_url_rule(f"{PAGE}/{name}", name, _make_pair_view(run, said), methods=["POST"])
    room.add_url_rule(f"{PAGE}/same", view_func=same, methods=["POST"])
    room.add_url_rule(f"{PAGE}/hold", view_func=hold, methods=["POST"])
    room.add_url_rule(f"{PAGE}/assign", view_func=assign, methods=["POST"])
    room.add_url_rule(f"{PAGE}/note", view_func=note, methods=["POST"])
    room.add_url_rule(f"{PAGE}/undo", view_func=undo, methods=["POST"])
    room.add_url_rule(f"{PAGE}/identity", view_func=open_identity, methods=["POST"])


def _make_view(work: Work) -> Callable[[str], ResponseReturnValue]:
    @access(Permission.SUBMISSION_MODERATE)
    def do(public_id: str) -> ResponseReturnValue:
        submission = load_submission(public_id)
        named = {"name": work.name} if work.form is forms.PressForm else {}
        form = read_form(work.form, submission, **named)
        refused = run_act(submission, form, lambda session, given: work.run(session, submission, form, given))
        return refused if refused is not None else return_to_submission(submission, form, str(work.said))

    return do


def _make_pair_view(run: PairRun, said: LazyString) -> Callable[[str], ResponseReturnValue]:
    @access(Permission.SUBMISSION_MODERATE)
    def do(public_id: str) -> ResponseReturnValue:
        submission = load_submission(public_id, other=forms.read_other_id(request.form))
        form = read_form(forms.PairForm, submission)
        other = find_submission(db.session(), acting_staff(), form.other.data or "")
        done: list[bool] = []
        refused = run_act(
            submission,
            form,
            lambda session, given: done.append(
                other is not None and run(session, submission, other, seen=form.carried.seen.data, **given)
            ),
        )
        if refused is not None:
            return refused
        over = _("Nothing was changed: the texts have been compared since you opened the page.")
        return return_to_submission(submission, form, str(said) if all(done) else over)

    return do


@access(Permission.SUBMISSION_MODERATE)
def same(public_id: str) -> ResponseReturnValue:
    """Compare a text at once with all others of its coverage, which are read before anybody has to wait."""
    submission = load_submission(public_id)
    form = read_form(forms.PressForm, submission, name="same")
    if not form.validate():
        return show_refused(submission, form)
    with snapshot() as session:
        known = read_ahead(session, submission.id)
    refused = run_act(submission, form, lambda session, _given: compare_now(session, submission, known))
    said = _("Compared with every text of this coverage.")
    return refused if refused is not None else return_to_submission(submission, form, said)


@access(Permission.SUBMISSION_MODERATE)
def hold(public_id: str) -> ResponseReturnValue:
    """Keep the claim of somebody whose page is in use; a script asks for it, and gets a token that holds.

    Who is on it no more is told so, and who is.
    """
    if g.get("csrf_failed") and wants_script():
        return answer_refused_script(g.csrf_failed)
    submission = load_submission(public_id)
    form = read_form(forms.PressForm, submission, name="hold")
    if not form.validate():
        return show_refused(submission, form)
    with transaction() as session:
        triage.renew_claim(session, submission, by=acting_staff(), at=now())
        reader = find_claimant(submission, at=now())
        held = describe_claim(submission, actor=acting_staff(), at=now())
        is_own = reader is not None and reader.id == acting_staff().id
    if is_own:
        return "", _NO_CONTENT
    return jsonify(
        said=held or _("You are no longer shown as working on it: this page was not used for five minutes.")
    )


@access(Permission.SUBMISSION_MODERATE)
def assign(public_id: str) -> ResponseReturnValue:
    """Make a colleague responsible; who does not read the language is named with that."""
    submission = load_submission(public_id)
    form = read_form(forms.AssignForm, submission)
    said = [_("Saved who is responsible.")]

    def run(session: Session, given: Mapping[str, Any]) -> None:
        to = _find_chosen(session, submission, form)
        triage.assign(session, submission, to=to, seen=form.carried.seen.data, **given)
        if to is not None and not may_judge(to, submission):
            language = written_name(submission.lang, find_locale().tag)
            said.append(_("%(name)s does not read %(language)s.", name=to.name, language=language))

    try:
        refused = run_act(submission, form, run)
    except AccountClosed:
        form.refuse_person()
        refused = show_refused(load_submission(public_id), form)
    return refused if refused is not None else return_to_submission(submission, form, join_sentences(said))


def _find_chosen(session: Session, submission: Submission, form: forms.AssignForm) -> Staff | None:
    """Return who was chosen, None for nobody. Raises AccountClosed: nobody was not chosen then."""
    if not form.person.data:
        return None
    found = find_reader(session, submission, form.person.data)
    if found is None:
        raise AccountClosed
    return found


@access(Permission.SUBMISSION_MODERATE)
def note(public_id: str) -> ResponseReturnValue:
    """Leave a note for colleagues, and tell those whom it names."""
    submission = load_submission(public_id)
    form = read_form(forms.NoteForm, submission)
    said = [_("The note is saved. Only the desk sees it.")]

    def run(session: Session, given: Mapping[str, Any]) -> None:
        body = form.body.data
        left = triage.add_note(session, submission, body=body, keys=current_portal().instance.keys, **given)
        mentions = notices.tell_mentioned(session, submission, left, body, by=given["by"])
        said.extend(word_mentions(mentions))

    refused = run_act(submission, form, run)
    return refused if refused is not None else return_to_submission(submission, form, join_sentences(said))


@access(Permission.SUBMISSION_MODERATE)
def undo(public_id: str) -> ResponseReturnValue:
    """Take the newest decision back, and say what became of the draft if it had one."""
    submission = load_submission(public_id)
    form = read_form(forms.PressForm, submission, name="undo")
    undone: list[Event] = []
    refused = run_act(
        submission,
        form,
        lambda session, given: undone.append(
            transitions.undo_decision(session, submission, seen=form.carried.seen.data, **given)
        ),
    )
    if refused is not None:
        return refused
    said = _("The decision is undone. Nothing was sent.")
    saves = undone[0].detail.get(SET_ASIDE, 0)
    return return_to_submission(
        submission, form, f"{said} {describe_set_aside_draft(saves)}" if saves else said
    )


@access(Permission.IDENTITY_READ, fresh=True)
def open_identity(public_id: str) -> ResponseReturnValue:
    """Open contact and risk answers for a reason; they stand in this answer only."""
    submission = load_submission(public_id)
    form = read_form(forms.IdentityForm, submission)
    if not form.validate():
        return show_refused(submission, form)
    keys, actor, reason = current_portal().instance.keys, acting_staff(), form.reason.data
    with transaction() as session:
        opened = sealed_answers.open_identity(
            session, submission, by=actor, reason=reason, keys=keys, at=now()
        )
    return render_identity(submission, opened, read_place(form.carried.queue.data or ""))
