"""What happens next with a submission and by when, in the words its contributor reads."""

from datetime import datetime

from flask_babel import format_date
from flask_babel import gettext as _

from portal.domain.states import PublicStatus
from portal.queries.private_page import PrivatePage

_KINDS = {
    PublicStatus.QUESTION: "warn",
    PublicStatus.SEND_STORY: "warn",
    PublicStatus.PLEASE_APPROVE: "warn",
    PublicStatus.APPROVED: "ok",
    PublicStatus.PUBLISHED: "ok",
}


def status_kind(status: PublicStatus) -> str:
    """Return how the status line looks: info, ok, or warn where it is the contributor's turn."""
    return _KINDS.get(status, "info")


def next_step(page: PrivatePage, at: datetime) -> str:
    """Return what happens next, with the date that belongs to it."""
    due = format_date(page.due, "long") if page.due else ""
    is_late = page.due is not None and page.due < at
    match page.status:
        case PublicStatus.RECEIVED:
            return _word_received(due, is_late=is_late)
        case PublicStatus.QUESTION:
            return _word_turn(
                due,
                _("We have a question. Our work goes on when your answer is here."),
                _("We have a question. Please answer by %(date)s; then we go on.", date=due),
            )
        case PublicStatus.SEND_STORY:
            return _word_turn(
                due,
                _("We would like to read the full story. Send it when it is ready."),
                _("We would like to read the full story. Please send it by %(date)s.", date=due),
            )
        case PublicStatus.PLEASE_APPROVE:
            return _word_turn(
                due,
                _("The edited text is ready. Please read it and tell us whether you agree."),
                _(
                    "The edited text is ready. Please read it and tell us by %(date)s whether you agree.",
                    date=due,
                ),
            )
        case _:
            return _word_settled(page)


def _word_received(due: str, *, is_late: bool) -> str:
    if is_late:
        late = _("We promised you an answer by %(date)s and are late. Your text is safe with us.", date=due)
        return str(late)
    return _word_turn(
        due,
        _("A person reads your text. You hear from us here, also if the answer is no."),
        _("A person reads your text. You hear from us by %(date)s, also if the answer is no.", date=due),
    )


def _word_turn(due: str, without_date: str, with_date: str) -> str:
    return with_date if due else without_date


def _word_settled(page: PrivatePage) -> str:
    until = format_date(page.erased_on, "long") if page.erased_on else ""
    sentences = {
        PublicStatus.WRITING: _("This text has not been sent yet."),
        PublicStatus.IN_EDITING: _(
            "We are editing your text. You read the edited text here before it is published."
        ),
        PublicStatus.APPROVED: _(
            "Nothing is left for you to do. When your story is published, you find its address here."
        ),
        PublicStatus.PUBLISHED: _("Your story can be read here:"),
        PublicStatus.NOT_THIS_TIME: _(
            "We do not take this text further. It is kept until %(date)s and then erased.", date=until
        ),
        PublicStatus.WITHDRAWN: _(
            "We have stopped working on your text. It is kept until %(date)s and then erased.", date=until
        ),
    }
    return str(sentences[page.status])
