"""The form again where more arrives than there is room for: everything in it, and the time to wait."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.domain.answers import EnteredAnswers
from portal.domain.errors import TooBusy, TooManyVersions
from portal.forms.contribute import ContributorForm
from portal.web.contribute.form_page import show_form
from portal.web.contribute.form_target import FormTarget
from portal.web.contribute.unsent import KeptUnsent, keep_unsent
from portal.web.site.error_texts import answer_later, write_wait


def show_busy(
    target: FormTarget, form: ContributorForm, typed: EnteredAnswers, busy: TooBusy
) -> ResponseReturnValue:
    """Show the form to be sent again with its button, and keep the text unsent if there is room for that.

    `typed` is what stood in the form before it was validated.
    """
    kept = _keep(target, form, typed)
    form.form_errors.append(
        _(
            "So much is arriving right now that this is not sent yet. Everything you wrote is still in the "
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


def _keep(target: FormTarget, form: ContributorForm, typed: EnteredAnswers) -> KeptUnsent | None:
    """Save the text and have the form go on with that version; None when there is no room for it either."""
    try:
        kept = keep_unsent(target, form, typed)
    except (TooBusy, TooManyVersions):
        return None
    form.writing.data, form.sequence.data = kept.saved.writing, str(kept.saved.sequence)
    return kept
