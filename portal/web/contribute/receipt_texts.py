"""What a receipt says happens next, the same on the page, on paper and in a file; and the file."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from flask_babel import format_date
from flask_babel import gettext as _

from portal.domain.deadlines import answer_due, kept_until
from portal.domain.states import PUBLIC_STATUS, PublicStatus, State
from portal.models import Submission
from portal.web.site.answer_texts import WordedAnswer


def list_steps(submission: Submission, *, at: datetime) -> list[str]:
    """Return what happens next, in order."""
    return list(
        _steps_of_saved(submission) if submission.state is State.WRITING else _steps_of_sent(submission, at)
    )


def lost_code_sentence(submission: Submission) -> str:
    """Say what helps who loses the code."""
    if submission.state is State.WRITING:
        return str(
            _(
                "A text that you saved but did not send cannot be opened without its code. "
                "Nobody but you knows of it."
            )
        )
    if submission.wants_mail:
        return str(
            _(
                "We cannot tell you the code a second time. If you lose it, "
                "ask for a one-time link to the e-mail address you gave us."
            )
        )
    return str(
        _(
            "We cannot tell you the code a second time. If you lose it, only the desk can issue another one, "
            "and it has to be sure first that the text is yours."
        )
    )


def _steps_of_sent(submission: Submission, at: datetime) -> Iterator[str]:
    yield _("A person will read what you sent.")
    if PUBLIC_STATUS[submission.state_shown(at)] is PublicStatus.RECEIVED:
        due = answer_due(submission.latest.received_at, submission.call.answer_days)
        yield _("We will reply by %(date)s, even if the answer is no.", date=format_date(due, "long"))
    if submission.wants_mail:
        yield _(
            "The answer waits on your private page. "
            "An e-mail tells you that there is an update, and nothing more."
        )
    else:
        yield _("The answer waits on your private page. We send no e-mail, so look there from time to time.")


def _steps_of_saved(submission: Submission) -> Iterator[str]:
    yield _("Nobody reads the text before you send it.")
    yield _(
        "Your private page opens with the code. There you can go on writing, and send the text "
        "when it is ready."
    )
    if submission.writings:
        saved = max(row.saved_at for row in submission.writings)
        until = kept_until(saved, submission.call.unfinished_kept_days)
        yield _(
            "The text is kept until %(date)s, and longer whenever you save it again. Then it is erased.",
            date=format_date(until, "long"),
        )


def write_notes(
    submission: Submission,
    *,
    code: str,
    address: str,
    steps: Sequence[str],
    versions: Sequence[Sequence[WordedAnswer]],
) -> str:
    """Return the receipt as plain text: code, address, next steps, and everything that was sent or saved."""
    heading = _("What you have saved") if submission.state is State.WRITING else _("What you sent")
    blocks = [
        _block(_("Your receipt code"), code),
        _block(_("The address of your private page"), address),
        _block(_("What happens next"), *(f"{number}. {step}" for number, step in enumerate(steps, 1))),
    ]
    for answers in versions:
        blocks.append(heading)
        blocks.extend(_block(answer.label, answer.text) for answer in answers)
    if submission.consents:
        blocks.append(_block(_("What you agreed to"), *(f"- {one.text}" for one in submission.consents)))
    return "\n\n".join(blocks) + "\n"


def _block(heading: str, *lines: str) -> str:
    return "\n".join([heading, *lines])
