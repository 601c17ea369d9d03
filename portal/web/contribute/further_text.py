"""What is sent further to a text that we have: the full story of an invited pitch, or a change of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString

from portal.database import transaction
from portal.domain.answers import EnteredAnswers
from portal.domain.questions import AskedWhen
from portal.domain.states import State
from portal.extensions import current_portal, db, now
from portal.forms.contribute import ContributorForm
from portal.models import Submission
from portal.operations.contribute.submit import FormSecrets, SubmitOutcome
from portal.queries.contribute.unsent import list_unsent_versions
from portal.web.contribute.form_page import show_form, show_other_languages
from portal.web.contribute.form_target import (
    FormPurpose,
    FormTarget,
    is_sent_well,
    is_spoken,
    make_contributor_form,
)
from portal.web.contribute.sent_texts import flash_overtaken
from portal.web.contribute.unsent import choose_version
from portal.web.site.contributor_session import open_page
from portal.web.site.unsent_list import ListedVersion


@dataclass(frozen=True)
class _OpenedForm:
    """The form of a story or a change that goes with what was sent before."""

    form: ContributorForm
    typed: EnteredAnswers
    """What stands in it before it is validated."""
    others: Sequence[ListedVersion]
    """Unsent versions besides the one it is filled in with."""


def take_further(
    target: FormTarget,
    submission: Submission,
    *,
    shown: State,
    keep: Callable[..., SubmitOutcome],
    told: Mapping[SubmitOutcome, tuple[LazyString, str]],
) -> ResponseReturnValue:
    """Show the form until it is sent well, then have the operation `keep` take it, and lead to the receipt.

    `told` says by what came of it what its page says first, and of which kind that is.
    """
    if not is_spoken(target):
        return show_other_languages(target)
    opened = _open_form(target, submission, shown=shown)
    if not is_sent_well(opened.form):
        return show_form(target, opened.form, others=opened.others)
    instance = current_portal().instance
    with transaction() as session:
        outcome = keep(
            session,
            submission,
            opened.form.to_sending(lang=target.lang),
            FormSecrets(instance.keys, instance.receipt_secret, opened.form.form_key.data),
            at=now(),
            typed=opened.typed,
            page=open_page(),
        )
    if outcome is SubmitOutcome.OVERTAKEN:
        flash_overtaken(submission)
    elif outcome in told:
        sentence, kind = told[outcome]
        flash(str(sentence), kind)
    return redirect(url_for("contribute_receipt.show"), 303)


def _open_form(target: FormTarget, submission: Submission, *, shown: State) -> _OpenedForm:
    """Return the form of what is sent further; on the first visit an unsent version stands in it."""
    when = AskedWhen.AFTER if target.purpose is FormPurpose.AFTER else AskedWhen.FIRST
    saved = list_unsent_versions(db.session(), submission)
    rows = [row for row in saved if (row.stage, row.when) == (target.stage, when)]
    row, others = choose_version(submission, rows, shown=shown)
    form = make_contributor_form(target, row=row if request.method == "GET" else None)
    return _OpenedForm(form, form.to_typed(lang=target.lang), others)
