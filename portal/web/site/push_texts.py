"""Words about stories on their way to newsrooms' sites: why one has not arrived, and what stands there."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.domain.photo_edits import PhotoEdits
from portal.domain.pushes import PushProblem, PushState, is_retried
from portal.domain.remote_sites import RemoteStatus, SiteProblem
from portal.domain.targets import list_gone_categories
from portal.export.photos import sort_photos
from portal.models import Draft, Push, Target
from portal.web.site.joined_words import join_sentences, join_words
from portal.web.site.labels import refusal_sentence
from portal.web.site.remote_site_texts import problem_sentence, remote_status_label

_PROBLEMS: Mapping[PushProblem, LazyString] = {
    PushProblem.MAY_NOT_LEAVE: _l("The story cannot be sent yet."),
    PushProblem.CHANGED_MEANWHILE: _l(
        "The story or the settings of the site were changed here while it was about to be sent."
    ),
    PushProblem.PHOTO_LOST: _l(
        "A photo of the story cannot be read here. Whoever runs the portal has to look for the file."
    ),
    PushProblem.CLOSED: _l("The site was closed here, so nothing more is sent there."),
    PushProblem.NO_PASSWORD: _l(
        "There is no application password for the site. Enter it on the site’s page here."
    ),
    PushProblem.ABANDONED: _l("Every attempt was interrupted. Send it again."),
}
_UNKNOWN = _l("May have arrived on the site")


def word_push_problem(push: Push) -> str:
    """Return why a story has not arrived and what to do, and whether the portal tries again."""
    said = word_problem(push.problem, push.detail)
    if said and push.state is PushState.WAITING:
        return join_sentences((said, str(_("The portal tries again by itself; no post will be made twice."))))
    if said and push.state is PushState.FAILED and is_retried(push.problem):
        return join_sentences((said, str(_("The portal has stopped trying: send the story again later."))))
    return said


def word_problem(problem: str, detail: Mapping[str, Any] | None = None) -> str:
    """Return what went wrong and what to do; `detail` is that of the push. Empty without a problem."""
    told = detail or {}
    if problem == PushProblem.MAY_NOT_LEAVE and told.get("refusal"):
        day = told.get("day")
        return refusal_sentence(told["refusal"], date.fromisoformat(day) if day else None)
    if problem in set(PushProblem):
        return str(_PROBLEMS[PushProblem(problem)])
    return problem_sentence(SiteProblem(problem)) if problem in set(SiteProblem) else ""


def word_push_place(push: Push, draft: Draft) -> str:
    """Return what a problem of a push is about: a photo, categories, a host; empty where it names none."""
    place = str(push.detail.get("place", ""))
    if not place or push.problem == SiteProblem.CERTIFICATE:  # that is a file of the operator's
        return ""
    photos = list(sort_photos(draft.submission.attachments, PhotoEdits.read(draft.photos)))
    if place in photos:
        return str(_("It is about photo %(number)s of the story.", number=photos.index(place) + 1))
    if push.problem == SiteProblem.CATEGORY_GONE:
        chosen = {str(one["id"]): one["name"] for one in push.target.categories.values()}
        place = ", ".join(chosen.get(number, number) for number in place.split())
    return str(_("It is about: %(names)s.", names=place))


def word_categories(target: Target) -> str:
    """Return what is wrong with the categories of a site and what to do, as far as we know, or nothing."""
    if not target.categories:
        return word_no_categories(target)
    listed = target.trial.get("categories")
    there = None if listed is None else {number for number, _name in listed}
    gone = list_gone_categories(target.categories, there)
    if not gone:
        return ""
    about = str(_("It is about: %(names)s.", names=join_words(gone)))
    return join_sentences((problem_sentence(SiteProblem.CATEGORY_GONE), about))


def word_no_categories(target: Target) -> str:
    """Return that none is chosen for a site, and what to do."""
    return str(
        _(
            "No categories are chosen for %(site)s, so stories leave for it without any. Test the connection "
            "on the site’s page here, then choose the categories there.",
            site=target.name,
        )
    )


def word_status(status: RemoteStatus | None) -> str:
    """Return what stands of a story on a site, as far as we know."""
    return str(_UNKNOWN) if status is None else remote_status_label(status)
