"""Mail an act sends to the author, said before it is done."""

from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.domain.acts import Act
from portal.domain.languages import written_name
from portal.domain.transitions import TRANSITIONS
from portal.models import Submission

_MINUTE = timedelta(minutes=1)


def mail_line(
    submission: Submission, act: Act, *, window: timedelta, tag: str, takes_back: bool = False
) -> str:
    """Return which mail goes out when and in which language, in the interface language `tag`.

    `takes_back`: the act only undoes a decision that has not gone out, so there is nothing to tell.
    """
    row = TRANSITIONS[act]
    if takes_back or row.notice is None:
        return str(_("No e-mail is sent for this."))
    return update_line(submission, window=window if row.has_window else timedelta(0), tag=tag)


def code_line(submission: Submission, *, tag: str) -> str:
    """Return whether a mail tells the author that a new code was given out."""
    if not submission.wants_mail:
        return str(
            _("No e-mail: the author left no address or does not want any. The private page shows it.")
        )
    language = written_name(submission.locale, tag)
    return str(
        _(
            "Sends an e-mail in %(language)s at once: a new code was given out, and what to do if it "
            "was for someone else.",
            language=language,
        )
    )


def update_line(submission: Submission, *, window: timedelta, tag: str) -> str:
    """Return which mail says that there is news: after `window`, if an address was left."""
    if not submission.wants_mail:
        return str(_("No e-mail: no address was left. The author sees it on the private page."))
    language = written_name(submission.locale, tag)
    minutes = window // _MINUTE
    if not minutes:
        return str(
            _(
                "Sends an e-mail in %(language)s at once: “There is an update.” The e-mail contains "
                "none of your text: that is on the private page.",
                language=language,
            )
        )
    return str(
        ngettext(
            "Sends an e-mail in %(language)s in %(num)s minute: “There is an update.” The e-mail "
            "contains none of your text: that is on the private page.",
            "Sends an e-mail in %(language)s in %(num)s minutes: “There is an update.” The e-mail "
            "contains none of your text: that is on the private page.",
            minutes,
            language=language,
        )
    )
