"""Saving what stands in a form, and choosing which unsent version a form goes on with."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.database import transaction
from portal.domain.answers import STORY_FROM_FILE, EnteredAnswers
from portal.domain.errors import IllegalTransition, TooBusy, TooManyVersions
from portal.domain.questions import QuestionRole
from portal.domain.receipt_code import derive_code, group_code
from portal.domain.states import State
from portal.extensions import current_portal, now
from portal.forms.contribute import ContributorForm
from portal.models import Submission, UnsentVersion
from portal.operations.contribute.same_browser import repeats_open_text
from portal.operations.contribute.save import SaveAnswer, save_further, save_new
from portal.operations.contribute.submit import FormSecrets
from portal.web.contribute.form_page import show_form
from portal.web.contribute.form_target import FormPurpose, FormTarget, find_opened, make_contributor_form
from portal.web.site.admission import judge_save
from portal.web.site.error_texts import answer_later, write_wait
from portal.web.site.locale import find_locale
from portal.web.site.unsent_list import ListedVersion, describe_version, write_end

_FROM_FILE = (QuestionRole.TITLE, QuestionRole.BODY)
"""What a file answers."""


@dataclass(frozen=True)
class KeptUnsent:
    """The outcome of a save, for pages: the code that leads back and the day until which it is kept."""

    saved: SaveAnswer
    code: str
    until: str


def keep_unsent(target: FormTarget, form: ContributorForm, typed: EnteredAnswers) -> KeptUnsent:
    """Save what stands in a form with a key of ours, whatever is missing in it.

    `typed` is what stood there before the form was validated. Raises TooBusy, TooManyVersions,
    and IllegalTransition when the submission is withdrawn.
    """
    instance, at, form_key = current_portal().instance, now(), form.form_key.data
    secrets = FormSecrets(instance.keys, instance.receipt_secret, form_key)
    sending = form.to_sending(lang=target.lang) if form.validate() else None
    with transaction() as session:
        # Before the submission is held: who sends this form at the same time takes both in this order, too.
        if typed.has_words:
            judge_save(form_key, is_new=target.submission is None)
        if target.purpose is FormPurpose.NEW or target.submission is None:
            saved = save_new(
                session,
                target.call,
                typed,
                secrets,
                at=at,
                locale=find_locale().tag,
                sending=sending,
                opened=find_opened(target),
            )
        else:
            saved = save_further(session, target.submission, typed, secrets, at=at, sending=sending)
        return KeptUnsent(saved, _find_code(target, saved, form_key), _find_end(saved))


def keep_shown(target: FormTarget, form: ContributorForm, *, asks_consent: bool = True) -> KeptUnsent | None:
    """Keep the words of a form that is shown, which goes on with that version; None where that cannot be now.

    What was read from a file stands in `form` alone.
    """
    # A form of its own: saving validates it, and the one that is shown has no faults to tell yet.
    keeper = make_contributor_form(target, asks_consent=asks_consent)
    for name in (*filter(None, map(keeper.keys.get, _FROM_FILE)), STORY_FROM_FILE):
        if name in keeper:
            keeper[name].data = form[name].data
    typed = keeper.to_typed(lang=target.lang)
    if not typed.has_words or _is_sent(target, typed):
        return None
    try:
        kept = keep_unsent(target, keeper, typed)
    except (TooBusy, TooManyVersions, IllegalTransition):
        return None  # the words stand in the form, which says what is in the way when it is sent
    form.writing.data, form.sequence.data = kept.saved.writing, str(kept.saved.sequence)
    return kept


def _is_sent(target: FormTarget, typed: EnteredAnswers) -> bool:
    """Say whether a form that goes with what was sent holds nothing else yet."""
    if target.purpose is FormPurpose.NEW or target.submission is None:
        return False
    return repeats_open_text(target.submission, typed, None, current_portal().instance.keys)


def _find_code(target: FormTarget, saved: SaveAnswer, form_key: str) -> str:
    """Return the code in groups; empty when another one opens the page."""
    if (
        saved.submission is None
        or target.purpose is not FormPurpose.NEW
        or saved.submission.replacement_hash is not None
    ):
        return ""
    return group_code(derive_code(current_portal().instance.receipt_secret, form_key))


def _find_end(saved: SaveAnswer) -> str:
    submission = saved.submission
    if submission is None or not submission.writings:
        return ""
    return write_end(submission, submission.writings, shown=submission.state_shown(now()))


def choose_version(
    submission: Submission, rows: Sequence[UnsentVersion], *, shown: State
) -> tuple[UnsentVersion | None, list[ListedVersion]]:
    """Return the version the address names, else the newest, and the other ones as the form lists them."""
    named = request.args.get("version", "")
    row = next((one for one in rows if one.public_id == named), rows[0] if rows else None)
    others = [describe_version(submission, one, shown=shown) for one in rows if one is not row]
    return row, others


def show_busy(
    target: FormTarget, form: ContributorForm, typed: EnteredAnswers, busy: TooBusy
) -> ResponseReturnValue:
    """Show the form to be sent again with its button, and keep the text unsent if there is room for that.

    `typed` is what stood in the form before it was validated.
    """
    kept = _keep_if_room(target, form, typed)
    form.form_errors.append(
        _(
            "We are very busy, so this has not been sent yet. Everything you wrote is still in the "
            "form. Send it again %(when)s.",
            when=write_wait(busy.wait),
        )
    )
    if kept is not None and kept.code:
        form.form_errors.append(
            _(
                "It is also kept with us, unsent, until %(date)s. If you have to leave, this code opens it: "
                "%(code)s",
                date=kept.until,
                code=kept.code,
            )
        )
    return answer_later(show_form(target, form, status=429), busy.wait)


def _keep_if_room(target: FormTarget, form: ContributorForm, typed: EnteredAnswers) -> KeptUnsent | None:
    """Save the text and have the form go on with that version; None when there is no room for it either."""
    try:
        kept = keep_unsent(target, form, typed)
    except (TooBusy, TooManyVersions):
        return None
    form.writing.data, form.sequence.data = kept.saved.writing, str(kept.saved.sequence)
    return kept
