"""The page of a draft: what it shows besides its forms."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.domain.acts import Act
from portal.domain.consent import BylineMode, asks_for_consents, printed_byline
from portal.domain.editing import EXCERPT_WORDS
from portal.domain.embargo import is_embargoed
from portal.domain.languages import best_text, direction_of, language_name
from portal.domain.places import find_exact_place
from portal.domain.states import IN_COVERAGE, State
from portal.domain.transitions import TRANSITIONS, fits
from portal.extensions import db
from portal.forms.pushes import PushPressForm
from portal.models import Coverage, Draft
from portal.queries.answers import answers_by_role, awaits_own_answer
from portal.queries.consents import outdated_consents
from portal.queries.coverages.export import ExportSource, read_avoid, read_source
from portal.queries.coverages.overview import find_missing, read_original
from portal.queries.desk.queue import QueueFilter
from portal.queries.drafts import has_newer_text
from portal.queries.photos import find_photos_since
from portal.queries.take_downs import list_open_take_downs_of
from portal.sealing.keys import CannotOpen
from portal.story.count import count_source, count_units
from portal.story.html import to_html
from portal.web.coverages.draft_photos import illustrate_draft
from portal.web.coverages.export_stories import has_outdated_copies
from portal.web.coverages.pushes import describe_pushes_of
from portal.web.site.desk_addresses import RENEW, submission_address, versions_address
from portal.web.site.labels import byline_label, embargo_sentence, refusal_sentence, side_label, state_label
from portal.web.site.locale import find_locale
from portal.web.site.mail_preview import mail_line
from portal.web.site.text_length import write_length

_MISSING: Mapping[str, LazyString] = {
    "title": _l("headline"),
    "dek": _l("tagline (dek)"),
    "excerpt": _l("excerpt"),
    "body": _l("text"),
    "topics": _l("topics"),
    "permission": _l("permission to publish"),
    "licence": _l("consent to the licence"),
    "byline": _l("name to print"),
    "approval": _l("the author’s approval"),
}


def missing_label(name: str) -> str:
    """Return the name of something a draft still lacks, as it stands in a list after a colon."""
    return str(_MISSING[name])


EDITORIAL = (Act.SEND_FOR_APPROVAL, Act.WAIVE_APPROVAL, Act.REVISE, Act.PUBLISH, Act.CORRECT)


def describe_draft(
    draft: Draft, *, window: timedelta, at: datetime, printed: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the values of templates/coverages/draft.html; `window` is the time for undoing.

    `printed` are the fields to be shown as they would be printed; a text in editing is shown so only then.
    """
    coverage = draft.submission.call.coverage
    source = read_source(db.session(), draft, coverage, at=at)
    return {
        **_describe_origin(draft, coverage),
        **_describe_state(draft, window),
        **_describe_text(draft, printed),
        **_describe_person(draft),
        **_describe_leaving(source, at),
        **describe_pushes_of(draft, coverage),
        "send_form": PushPressForm(formdata=None),
        **_describe_news(draft),
    }


def _describe_origin(draft: Draft, coverage: Coverage) -> dict[str, Any]:
    """Return where the text comes from, and in which languages."""
    submission, reader = draft.submission, find_locale().tag
    return {
        "coverage": coverage,
        "coverage_title": best_text(coverage.title, [reader, coverage.primary_locale]),
        "topics": [
            best_text(topic["label"], [reader, coverage.primary_locale])[1]
            for topic in coverage.topics
            if topic["slug"] in draft.topics
        ],
        "original": read_original(submission),
        "direction": direction_of(draft.lang),
        "language": language_name(draft.lang, reader),
        "author_language": language_name(submission.locale, reader),
        "author_reads": language_name(submission.lang, reader),
    }


def _describe_state(draft: Draft, window: timedelta) -> dict[str, Any]:
    """Return how far the text is, and which mail each act would send."""
    submission, reader = draft.submission, find_locale().tag
    state, is_open = submission.state, is_in_editing(draft)
    return {
        "state": state,
        "state_label": state_label(state),
        "is_open": is_open,
        "last_check": draft.checks[-1] if is_open and draft.checks else None,
        "awaits_own_answer": state in TRANSITIONS[Act.WAIVE_APPROVAL].sources
        and awaits_own_answer(submission),
        "mail": {
            act.value: mail_line(submission, act, window=window, tag=reader)
            for act in EDITORIAL
            if fits(state, submission.stage, act)
        },
        "is_withdrawn": state is State.WITHDRAWN,
        "outdated": has_outdated_copies(draft) and state in IN_COVERAGE,
        "take_downs": len(list_open_take_downs_of(db.session(), submission.id)),
    }


def is_in_editing(draft: Draft) -> bool:
    """Say whether the text is edited."""
    return draft.submission.state is State.ACCEPTED and not draft.is_shut


def _describe_text(draft: Draft, printed: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the text as it would be printed, where that is shown, and how long it is."""
    shown = illustrate_draft(draft, printed) if printed or not is_in_editing(draft) else None
    place = find_exact_place(f"{draft.title}\n{draft.body}")
    excerpt_words = count_units(draft.excerpt).words
    return {
        "preview": to_html(shown.blocks, figures=shown.figures) if shown else "",
        "printed": printed or {"title": draft.title, "dek": draft.dek},
        "count": count_source(draft.body),
        "length": write_length(draft.body),
        "excerpt_words": excerpt_words,
        "excerpt_too_long": excerpt_words >= EXCERPT_WORDS,
        "excerpt_limit": EXCERPT_WORDS,
        "exact_place": place.text if place else "",
    }


def _describe_leaving(source: ExportSource, at: datetime) -> dict[str, Any]:
    """Return what keeps the text here, and what is not to be printed."""
    submission, embargo = source.draft.submission, source.embargo
    is_shut = submission.latest.is_shut
    return {
        "may_leave": source.refusal is None,
        "refusal": refusal_sentence(source.refusal, embargo) if source.refusal else "",
        "missing": [missing_label(name) for name in find_missing(source)],
        "embargo": embargo_sentence(embargo) if embargo and is_embargoed(embargo, at=at) else "",
        "waited_for": embargo,
        "is_shut": is_shut,
        "avoid": "" if is_shut else read_avoid(answers_by_role(submission)),
        "avoided": [one for one in source.avoided if one.is_exact],
        "perhaps_avoided": [one for one in source.avoided if not one.is_exact],
        "avoided_confirmed": source.avoided_confirmed,
    }


def _describe_news(draft: Draft) -> dict[str, Any]:
    """Return what the author has sent since, and where a consent is asked for anew."""
    submission, is_shut = draft.submission, draft.submission.latest.is_shut
    return {
        "newer": _find_newer(draft),
        "begun_anew": _find_new_beginning(draft),
        "photos_since": find_photos_since(db.session(), submission)
        if submission.state in IN_COVERAGE
        else None,
        "renewal_href": submission_address(submission.public_id, QueueFilter(), write=RENEW)
        if asks_for_consents(submission.state) and not is_shut and outdated_consents(submission)
        else "",
    }


def _describe_person(draft: Draft) -> dict[str, Any]:
    """Return what the draft says about its author, and whether no key opens that."""
    try:
        person = draft.person
    except CannotOpen:
        nothing = dict.fromkeys(("byline_label", "byline", "bio", "side", "place"), "")
        return {"is_person_shut": True, "byline_open": False, **nothing}
    mode = person["byline_mode"]
    return {
        "is_person_shut": False,
        "byline_label": byline_label(mode),
        "byline_open": mode == BylineMode.LATER,
        "byline": printed_byline(mode, person["byline"]),
        "bio": person["bio"],
        "side": side_label(person["side"]) if person["side"] else "",
        "place": person["place"],
    }


def _find_newer(draft: Draft) -> str:
    """Return where what the author sent after the draft was made is compared; empty without such."""
    submission, known = draft.submission, draft.source_revision
    if known is None or not has_newer_text(draft, submission):
        return ""
    return versions_address(submission.public_id, known, submission.latest.number)


def _find_new_beginning(draft: Draft) -> int | None:
    """Return the revision with which a text in editing began anew, after edits of the one before."""
    if draft.submission.state is not State.ACCEPTED:
        return None
    copies = [one.number for one in draft.revisions if one.sent_number is not None]
    return copies[-1] if copies and copies[-1] != draft.revisions[0].number else None
