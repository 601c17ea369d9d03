"""The next step with a submission, and by when, in the words its contributor reads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from portal.domain.answers import may_answer_after
from portal.domain.deadlines import is_call_open
from portal.domain.states import PublicStatus
from portal.queries.answers import count_unanswered
from portal.queries.private.page import PrivatePage
from portal.web.site.dates import write_deadline

_KINDS = {
    PublicStatus.WRITING: "warn",
    PublicStatus.QUESTION: "warn",
    PublicStatus.SEND_STORY: "warn",
    PublicStatus.PLEASE_APPROVE: "warn",
    PublicStatus.APPROVED: "ok",
    PublicStatus.PUBLISHED: "ok",
}


def status_kind(status: PublicStatus) -> str:
    """Return how the status line looks: info, ok, or warn where it is the contributor's turn."""
    return _KINDS.get(status, "info")


@dataclass(frozen=True)
class AskedStep:
    """Something the contributor is asked to do, as a button that leads there."""

    label: str
    href: str
    reason: str = ""
    """The sentence above it; empty where the next step says it."""


def list_asked(page: PrivatePage) -> Sequence[AskedStep]:
    """Return what the contributor is asked to do on other pages, what matters most first."""
    return list(_find_asked(page))


def _find_asked(page: PrivatePage) -> Iterator[AskedStep]:
    if page.status is PublicStatus.SEND_STORY:
        yield AskedStep(_("Send the full story"), url_for("contribute.full_story"))
    if page.status is PublicStatus.PLEASE_APPROVE:
        yield AskedStep(_("Read the edited text"), url_for("private_approval.show"))
    if page.outdated:
        yield AskedStep(
            _("Read the new terms"),
            url_for("private_consents.renew_consents"),
            _(
                "The terms you agreed to have changed. We can publish your text only when you agree to "
                "the new ones."
            ),
        )
    if page.submission.originals:
        yield AskedStep(
            _("Look at what we took from your files"),
            url_for("private_documents.index"),
            _("We took this text out of your file. Is this what you sent?"),
        )
    unanswered = count_unanswered(page.submission) if may_answer_after(page.shown) else 0
    if unanswered:
        label = ngettext("Answer %(num)s short question", "Answer %(num)s short questions", unanswered)
        yield AskedStep(label, url_for("contribute_after.edit"))


def next_step(page: PrivatePage, at: datetime) -> str:
    """Return what happens next, with the date that belongs to it."""
    due = format_date(page.due, "long") if page.due else ""
    is_late = page.due is not None and page.due < at
    match page.status:
        case PublicStatus.WRITING:
            return _word_unsent(page, at)
        case PublicStatus.RECEIVED:
            received = _word_received(due, is_late=is_late)
            return f"{received} {_word_outside()}" if _is_called_back(page) else received
        case PublicStatus.QUESTION | PublicStatus.SEND_STORY | PublicStatus.PLEASE_APPROVE if is_late:
            return _word_late_turn(page.status, due)
        case PublicStatus.QUESTION:
            return _word_turn(
                due,
                _("We have a question. We will continue when we have your answer."),
                _("We have a question. Please answer by %(date)s; then we will continue.", date=due),
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


def _word_unsent(page: PrivatePage, at: datetime) -> str:
    """Say that nobody has the text yet, until when it can be sent, and until when it is kept."""
    kept = format_date(page.erased_on, "long") if page.erased_on else ""
    call = page.submission.call
    if not is_call_open(opens=call.opens_at, closes=call.closes_at, at=at):
        closed = _(
            "This text has not been sent, and the call is closed now. It is kept until %(date)s and then "
            "erased. Copy what you want to keep.",
            date=kept,
        )
        return str(closed)
    if call.closes_at:
        dated = _(
            "This text has not been sent yet, and nobody has read it. You can send it until %(deadline)s. "
            "It is kept until %(date)s.",
            deadline=write_deadline(call.closes_at),
            date=kept,
        )
        return str(dated)
    undated = _(
        "This text has not been sent yet, and nobody has read it. Send it when it is ready. "
        "It is kept until %(date)s.",
        date=kept,
    )
    return str(undated)


def _word_received(due: str, *, is_late: bool) -> str:
    if is_late:
        late = _("We promised you an answer by %(date)s and are late. Your text is safe with us.", date=due)
        return str(late)
    return _word_turn(
        due,
        _("A person will read your text. We will reply here, even if the answer is no."),
        _("A person will read your text. We will reply by %(date)s, even if the answer is no.", date=due),
    )


def _word_late_turn(status: PublicStatus, due: str) -> str:
    """Say that a date has passed, and that nothing is lost by it."""
    sentences = {
        PublicStatus.QUESTION: _(
            "We have a question and asked for your answer by %(date)s. You can still answer.", date=due
        ),
        PublicStatus.SEND_STORY: _(
            "We asked for the full story by %(date)s. You can still send it.", date=due
        ),
        PublicStatus.PLEASE_APPROVE: _(
            "We asked you by %(date)s whether you agree to the edited text. You can still answer.", date=due
        ),
    }
    return str(sentences[status])


def _word_turn(due: str, without_date: str, with_date: str) -> str:
    return with_date if due else without_date


def _word_settled(page: PrivatePage) -> str:
    until = format_date(page.erased_on, "long") if page.erased_on else ""
    sentences = {
        PublicStatus.IN_EDITING: _(
            "We are editing your text. You will read the edited text here before it is published."
        ),
        PublicStatus.APPROVED: _(
            "There is nothing left for you to do. When your story is published, you will find its "
            "address here."
        ),
        PublicStatus.PUBLISHED: _("Your story can be read here:")
        if page.publications
        else _("As far as we know, your story is not on any page at the moment."),
        PublicStatus.NOT_THIS_TIME: _(
            "We are not taking this text further. It is kept until %(date)s and then erased.", date=until
        ),
        PublicStatus.WITHDRAWN: _word_withdrawn(page, until),
    }
    return str(sentences[page.status])


def _is_called_back(page: PrivatePage) -> bool:
    """Say whether something outside still has to come back."""
    return any(task.closed_at is None for task in page.take_downs)


def _word_outside() -> str:
    return str(
        _(
            "Copies of your text had already been exported or published. We are having them taken down. "
            "You can see the result below."
        )
    )


def _word_withdrawn(page: PrivatePage, until: str) -> str:
    """Say what is still done about a withdrawn text, and until when it is kept."""
    if _is_called_back(page):
        called = _(
            "Copies of your text had already been exported or published. We are having them taken down. "
            "You can see the result below. What we keep here is erased on %(date)s.",
            date=until,
        )
        return str(called)
    return str(
        _("We have stopped working on your text. It is kept until %(date)s and then erased.", date=until)
    )
