"""Changes of a submission behind somebody's back, in sentences that say who did it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.domain.acts import HistoryAct
from portal.models import Event, Submission
from portal.models.submission import BY_DESK_CODE
from portal.web.site.dates import write_moment
from portal.web.site.desk_addresses import versions_address
from portal.web.site.labels import done_label

_BY_AUTHOR: Mapping[HistoryAct, LazyString] = {
    HistoryAct.NEW_VERSION: _l("The author sent a new version on %(when)s, after you opened this page."),
    HistoryAct.ANSWER_AFTER: _l(
        "The author answered the questions after the receipt on %(when)s, after you opened this page."
    ),
    HistoryAct.SEND_STORY: _l("The author sent the full story on %(when)s, after you opened this page."),
    HistoryAct.REPLY: _l("The author answered on %(when)s, after you opened this page."),
    HistoryAct.MESSAGE: _l("The author wrote on %(when)s, after you opened this page."),
    HistoryAct.WITHDRAW: _l("The author withdrew it on %(when)s, after you opened this page."),
    HistoryAct.ASK_TAKE_DOWN: _l(
        "On %(when)s, after you opened this page, the author asked for the text to be taken down."
    ),
    HistoryAct.ADD_PICTURE: _l(
        "The author added a photo or document on %(when)s, after you opened this page."
    ),
    HistoryAct.CHANGE_PICTURE: _l(
        "The author changed a photo or document on %(when)s, after you opened this page."
    ),
    HistoryAct.REMOVE_PICTURE: _l(
        "The author removed a photo or document on %(when)s, after you opened this page."
    ),
}
_SENDINGS = frozenset({HistoryAct.NEW_VERSION, HistoryAct.SEND_STORY})


def describe_stale(submission: Submission, events: Sequence[Event], since: int | None) -> dict[str, Any]:
    """Return who did what since the page was opened, oldest first, and where the texts are compared.

    `events` is the history, newest first; `since` the newest act the page knew, None when it does not say.
    """
    missed = [event for event in events if since is not None and event.id > since]
    return {
        "sentences": [_word_change(event) for event in reversed(missed)],
        "href": _compare_address(submission, _count_sendings(missed)),
    }


def describe_news(submission: Submission, events: Sequence[Event]) -> dict[str, Any] | None:
    """Return the newest version of the text when the desk has not acted since it came, else None."""
    fresh: list[Event] = []
    for event in events:
        if event.staff_id is not None and event.act not in (HistoryAct.ASSIGN, HistoryAct.SET_GIST):
            break
        fresh.append(event)
    newest = next((event for event in fresh if event.act == HistoryAct.NEW_VERSION), None)
    if newest is None:
        return None
    return {
        "text": _("The author sent a new version on %(when)s.", when=write_moment(newest.at)),
        "href": _compare_address(submission, _count_sendings(fresh)),
    }


def _compare_address(submission: Submission, back: int) -> str:
    """Return where the newest version is compared with the one `back` before it; nothing without such."""
    newest = submission.latest.number
    if back < 1 or newest - back < 1:
        return ""
    return versions_address(submission.public_id, newest - back, newest)


def _count_sendings(events: Sequence[Event]) -> int:
    """Each of these acts has added one version; answers after the receipt only where there were some."""
    return sum(
        event.by_author
        and (event.act in _SENDINGS or (event.act == HistoryAct.ANSWER_AFTER and "revision" in event.detail))
        for event in events
    )


def _word_change(event: Event) -> str:
    when = write_moment(event.at)
    if event.by_author and event.act in _BY_AUTHOR:
        return str(_BY_AUTHOR[event.act]) % {"when": when}
    if event.by_author:
        who = _("the author")
    elif BY_DESK_CODE in event.detail:
        who = _("someone with a code from the desk")
    else:
        who = event.staff.name if event.staff else _("a former colleague")
    return str(_("%(when)s, by %(name)s: %(act)s", when=when, name=who, act=done_label(event.act)))
