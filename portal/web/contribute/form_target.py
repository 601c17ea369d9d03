"""Which call and stage a form is for, what is filled in, and whether what was sent may be taken."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import abort, g, request, url_for
from werkzeug.datastructures import MultiDict

from portal.domain.acts import Act
from portal.domain.consent import BylineMode
from portal.domain.deadlines import is_call_open
from portal.domain.errors import IllegalTransition
from portal.domain.languages import Locale
from portal.domain.questions import (
    AskedWhen,
    QuestionRole,
    keys_with_role,
    parse_consent,
    parse_question,
    sealed_keys,
)
from portal.domain.receipt_code import form_key_begun, is_form_key, issue_form_key
from portal.domain.states import Stage
from portal.domain.ways_in import PageRight
from portal.extensions import current_portal, db, now
from portal.forms.call_form import make_call_form
from portal.forms.contribute import ContributorForm
from portal.models import Call, Coverage, Revision, Submission, UnsentVersion
from portal.operations.contribute.submit import FormSecrets, find_by_form_key
from portal.operations.contribute.unsent import read_form_key, read_typed
from portal.queries.answers import open_sealed_answers
from portal.queries.calls import call_in_language, find_current_call, is_offered_in
from portal.web.site.contributor_session import may_here
from portal.web.site.locale import find_locale
from portal.web.site.page_owner import mark_owner


class FormPurpose(StrEnum):
    """The purpose a form is filled in for."""

    NEW = "new"
    FULL_STORY = "full_story"
    """The story of an invited pitch."""
    CHANGE = "change"
    """Something else in place of what was sent."""
    AFTER = "after"
    """Answers to the questions after the receipt."""


_COPY_ID = 12
"""Characters of a call's id, or of a form's key, that tell copies on one device apart.

The rest would only weigh; and a whole key would open what was typed with it.
"""


@dataclass(frozen=True)
class FormTarget:
    """A call with the form that is opened. `submission` is what was saved or sent from it before."""

    coverage: Coverage
    call: Call
    stage: Stage
    purpose: FormPurpose = FormPurpose.NEW
    submission: Submission | None = None

    @property
    def lang(self) -> str:
        """Return the language of the text where the form does not ask for it; empty for a new one."""
        if self.submission is None or self.purpose is FormPurpose.NEW:
            return ""
        # Answers after the receipt state no language: one that was corrected stays corrected.
        return self.submission.latest.lang if self.purpose is FormPurpose.AFTER else self.submission.lang

    @property
    def page_url(self) -> str:
        """Return where the form is opened."""
        match self.purpose:
            case FormPurpose.FULL_STORY:
                return url_for("contribute.full_story")
            case FormPurpose.CHANGE:
                return url_for("contribute_change.edit")
            case FormPurpose.AFTER:
                return url_for("contribute_after.edit")
            case FormPurpose.NEW:
                return url_for(f"contribute.{self.stage}", coverage=self.coverage.slug)

    @property
    def send_url(self) -> str:
        """Return where a form is sent that stands where it was opened."""
        match self.purpose:
            case FormPurpose.FULL_STORY:
                return url_for("contribute.send_full_story")
            case FormPurpose.CHANGE:
                return url_for("contribute_change.send")
            case FormPurpose.AFTER:
                return url_for("contribute_after.send")
            case FormPurpose.NEW:
                return url_for("contribute.send", coverage=self.coverage.slug, kind=self.stage)

    @property
    def action(self) -> str:
        """Return where the form is sent from here.

        Never to the address it stands at: a sending that fails would take the form's place in the history,
        and going back would not lead to what was typed. Both addresses take it.
        """
        return self.page_url if request.script_root + request.path == self.send_url else self.send_url

    def language_url(self, locale: Locale) -> str:
        """Return where everything typed is sent to go on with it in another language."""
        match self.purpose:
            case FormPurpose.FULL_STORY:
                return url_for("contribute.switch_full_story_language", lang=locale)
            case FormPurpose.CHANGE:
                return url_for("contribute_change.switch_language", lang=locale)
            case FormPurpose.AFTER:
                return url_for("contribute_after.switch_language", lang=locale)
            case FormPurpose.NEW:
                return url_for(
                    "contribute.switch_language", lang=locale, coverage=self.coverage.slug, kind=self.stage
                )

    @property
    def save_url(self) -> str:
        """Return where the form is saved."""
        match self.purpose:
            case FormPurpose.FULL_STORY:
                return url_for("contribute_save.save_full_story")
            case FormPurpose.CHANGE:
                return url_for("contribute_save.save_change")
            case FormPurpose.AFTER:
                return url_for("contribute_save.save_after")
            case FormPurpose.NEW:
                return url_for("contribute_save.save", coverage=self.coverage.slug, kind=self.stage)

    @property
    def file_back_url(self) -> str:
        """Return where everything typed comes back from as a file."""
        return url_for("contribute_save.download_typed", coverage=self.coverage.slug, kind=self.stage)

    @property
    def document_url(self) -> str:
        """Return where a file is read into the form; empty where the form has no story."""
        if self.stage is not Stage.STORY or self.purpose is FormPurpose.AFTER:
            return ""
        match self.purpose:
            case FormPurpose.FULL_STORY:
                return url_for("contribute.read_full_story_file")
            case FormPurpose.CHANGE:
                return url_for("contribute_change.read_story_file")
            case FormPurpose.NEW:
                return url_for("contribute.read_story_file", coverage=self.coverage.slug)

    @property
    def copy_key(self) -> str:
        """Return the name of the copy on the device; what goes with a sent text has that text's own.

        To that of a new text keep.mjs adds the beginning of the form's key.
        """
        beginning = name_copies(self.call, self.stage)
        if self.purpose is FormPurpose.NEW or self.submission is None:
            return beginning
        return ":".join((beginning, self.purpose, mark_owner(self.submission)))


def name_copies(call: Call, stage: Stage) -> str:
    """Return how the names of all copies of a form begin, whoever typed them."""
    return f"{call.public_id[:_COPY_ID]}:{stage}"


def name_sent_copies(submission: Submission, form_key: str | None) -> str:
    """Return how the names of this text's own copies begin: once it is sent, none of them is wanted.

    What somebody else has typed into the same form on the same device stays.
    """
    form = name_copies(submission.call, submission.stage)
    own = [form_key[:_COPY_ID]] if form_key else []
    purposes = (FormPurpose.FULL_STORY, FormPurpose.CHANGE, FormPurpose.AFTER)
    further = [f"{purpose}:{mark_owner(submission)}" for purpose in purposes]
    return " ".join(f"{form}:{one}" for one in (*own, *further))


def find_form_target(slug: str, stage: Stage) -> FormTarget:
    """Open a public form. What was begun in a call goes on in that call, whichever is open now."""
    call = find_current_call(db.session(), slug, at=now())
    if call is None:
        abort(404)
    begun = _find_begun()
    if begun is None:
        return FormTarget(call.coverage, call, stage)
    return FormTarget(begun.call.coverage, begun.call, stage, submission=begun)


def make_story_target(submission: Submission) -> FormTarget:
    """Return the form target of the full story of an invited pitch."""
    return FormTarget(
        submission.call.coverage, submission.call, Stage.STORY, FormPurpose.FULL_STORY, submission
    )


def make_change_target(submission: Submission) -> FormTarget:
    """Return the form target of another version of what was sent."""
    return FormTarget(
        submission.call.coverage, submission.call, submission.latest.stage, FormPurpose.CHANGE, submission
    )


def make_after_target(submission: Submission) -> FormTarget:
    """Return the form target of the questions after the receipt."""
    return FormTarget(
        submission.call.coverage, submission.call, submission.latest.stage, FormPurpose.AFTER, submission
    )


def make_unsent_target(submission: Submission, row: UnsentVersion) -> FormTarget:
    """Return the form target an unsent version belongs to: of a text never sent, or of answers after it."""
    if row.when is AskedWhen.AFTER:
        return make_after_target(submission)
    return FormTarget(submission.call.coverage, submission.call, row.stage, submission=submission)


def _find_begun() -> Submission | None:
    instance = current_portal().instance
    form_key = request.form.get("form_key", "") if request.method == "POST" else ""
    if not is_form_key(instance.receipt_secret, form_key):
        return None
    return find_by_form_key(db.session(), FormSecrets(instance.keys, instance.receipt_secret, form_key))


def make_contributor_form(
    target: FormTarget,
    *,
    row: UnsentVersion | None = None,
    asks_consent: bool = True,
    posted: MultiDict[str, str] | None = None,
) -> ContributorForm:
    """Build the form of a target for this reader: as posted, else filled in from `row` or the sending.

    `posted` stands for what came with the request, where only a part of the form came.
    """
    seen = call_in_language(db.session(), target.call, find_locale().tag)
    given = _find_given(target)
    if not asks_consent:
        given["agreed"] = frozenset((one.key, one.version) for one in seen.consents)
    kind = make_call_form(seen, target.stage, **given)
    kept = _read_sent(target) if target.purpose in (FormPurpose.CHANGE, FormPurpose.AFTER) else {}
    if request.method == "POST" and row is None:
        form = kind(kept=kept) if posted is None else kind(posted, kept=kept)
        form.note_posted()
        return form
    return kind(formdata=None, kept=kept, data=_fill_in(target, row, kept))


def _fill_in(target: FormTarget, row: UnsentVersion | None, kept: Mapping[str, Any]) -> dict[str, Any]:
    instance = current_portal().instance
    fresh = issue_form_key(instance.receipt_secret, at=now())
    if row is None:
        hidden = sealed_keys([parse_question(one) for one in target.call.questions])
        shown = {key: one for key, one in kept.items() if key not in hidden}
        if target.submission and kept:
            shown |= dict.fromkeys(
                keys_with_role(target.call.questions, QuestionRole.LANGUAGE), target.submission.lang
            )
        return {**shown, "form_key": fresh}
    typed = read_typed(row, instance.keys)
    return {
        **typed.answers,
        **typed.sealed,
        "form_key": read_form_key(row, instance.keys) or fresh,
        "writing": typed.writing,
        "sequence": str(typed.sequence),
    }


def _find_given(target: FormTarget) -> dict[str, Any]:
    """Return what needs not be asked: by keys of questions, and by key and version of consents."""
    submission = target.submission
    if submission is None or target.purpose is FormPurpose.NEW:
        return {}
    if target.purpose is FormPurpose.AFTER:
        return {"when": AskedWhen.AFTER}
    if target.purpose is FormPurpose.CHANGE:
        return {"agreed": frozenset((one.key, one.text_version) for one in submission.consents)}
    return _given_with_pitch(submission)


def _given_with_pitch(submission: Submission) -> dict[str, Any]:
    """Return what the newest pitch answered and agreed to.

    Whatever came after it does not count: a sending repeated after a lost answer is read by the same form.
    """
    pitches = [revision for revision in submission.revisions if revision.stage is Stage.PITCH]
    if not pitches:
        raise IllegalTransition(submission.state, Act.SEND_STORY)
    answers = _read_revision(submission, pitches[-1])
    named = keys_with_role(submission.call.questions, QuestionRole.BYLINE)
    undecided = {key for key in named if answers.get(key) == BylineMode.LATER}
    asked_with_pitch = {
        row.key for row in map(parse_consent, submission.call.consents) if Stage.PITCH in row.forms
    }
    return {
        "answered": frozenset(key for key, value in answers.items() if value) - undecided,
        "agreed": frozenset(
            (one.key, one.text_version) for one in submission.consents if one.key in asked_with_pitch
        ),
    }


def _read_sent(target: FormTarget) -> dict[str, Any]:
    return _read_revision(target.submission, target.submission.latest) if target.submission else {}


def _read_revision(submission: Submission, revision: Revision) -> dict[str, Any]:
    return {**revision.answers, **open_sealed_answers(submission, revision, current_portal().instance.keys)}


def is_sent_well(form: ContributorForm) -> bool:
    """Say whether the form was sent and is valid; with a form key that is not ours it is not."""
    if request.method != "POST":
        return False
    is_valid = form.validate()
    return has_our_key(form) and is_valid


def has_our_key(form: ContributorForm) -> bool:
    """Say whether the form carries a key we issued; else it gets a fresh one and says so."""
    secret = current_portal().instance.receipt_secret
    if is_form_key(secret, form.form_key.data or ""):
        return True
    form.renew_key(issue_form_key(secret, at=now()))
    return False


def is_token_refused() -> bool:
    """Say whether this request came with a token that does not hold: nothing may be written then."""
    return bool(g.get("csrf_failed"))


def find_opened(target: FormTarget) -> Submission | None:
    """Return the author's text for this call whose page this browser has open; None for the form's own."""
    page = g.get("private_page")
    if page is None or not may_here(PageRight.UNSENT) or page.submission.call_id != target.call.id:
        return None
    opened: Submission = page.submission
    return None if target.submission is not None and target.submission.id == opened.id else opened


def takes_form(target: FormTarget, form: ContributorForm) -> bool:
    """Say whether the call takes what was begun with this form now, its grace included."""
    form_key = form.form_key.data or ""
    is_ours = is_form_key(current_portal().instance.receipt_secret, form_key)
    begun = form_key_begun(form_key) if is_ours else None
    return is_call_open(opens=target.call.opens_at, closes=target.call.closes_at, at=now(), begun=begun)


def is_spoken(target: FormTarget) -> bool:
    """Say whether the form is there in the language of the page."""
    return is_offered_in(target.call, find_locale().tag, target.stage)
