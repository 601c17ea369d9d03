"""Texts that seem to tell the same story, in words for the desk: which they are, and what they share."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.domain.languages import direction_of, language_name
from portal.models import Submission
from portal.queries.desk.same_story import FoundStory
from portal.story.same_story.facts import FactKind, name_place
from portal.web.site.dates import write_moment
from portal.web.site.labels import stage_label, state_label

_LABELS: Final[Mapping[FactKind, LazyString]] = {
    FactKind.PLACE: _l("Places"),
    FactKind.NAME: _l("Names"),
    FactKind.DATE: _l("Dates"),
    FactKind.NUMBER: _l("Numbers"),
    FactKind.WORD: _l("Words"),
}


def describe_same_stories(
    found: Sequence[FoundStory], submission: Submission, tag: str, address: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Return each of the texts as the page shows it; `address` gives the page of a public id.

    Of those that were told apart `apart` says by whom and when; it is empty of the others.
    """
    return [
        {
            "public_id": one.submission.public_id,
            "href": address(one.submission.public_id),
            "title": one.submission.heading,
            "lang": one.submission.lang,
            "dir": direction_of(one.submission.lang),
            "meta": [
                stage_label(one.submission.stage),
                language_name(one.submission.lang, tag),
                state_label(one.submission.state),
            ],
            "is_copy": one.is_copy,
            "is_older": one.is_older,
            "may_be_original": one.submission.call_id == submission.call_id
            and one.submission.duplicate_of_id is None,
            "shared": _describe_shared(one, submission, tag),
            "apart": _describe_apart(one),
        }
        for one in found
    ]


def _describe_apart(found: FoundStory) -> str:
    if found.told_apart_at is None:
        return ""
    name = found.told_apart_by.name if found.told_apart_by is not None else _("a former colleague")
    when = write_moment(found.told_apart_at)
    return str(_("%(name)s said on %(when)s that these are different stories.", name=name, when=when))


def _describe_shared(
    found: FoundStory, submission: Submission, tag: str
) -> list[tuple[LazyString, str, str]]:
    """Return what both say: label, words, their language. Places in the reader's, the rest as written."""
    told = []
    for kind in FactKind:
        shared = found.shared.get(kind, ())
        if kind is FactKind.PLACE:
            lang, words = tag, [name_place(key, tag.partition("-")[0]) for key, _written in shared]
        else:
            lang, words = submission.lang, [written for _key, written in shared]
        if words:
            told.append((_LABELS[kind], " · ".join(_drop_parts(words)), lang))
    return told


def _drop_parts(words: Sequence[str]) -> list[str]:
    """Return words without those that stand in a longer one: a name is found whole and in parts."""
    once = list(dict.fromkeys(words))
    return [one for one in once if not any(one != other and one in other for other in once)]
