"""The coverages of the desk: the room, its list, and one coverage with its drafts."""

from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.domain.consent import ExportRefusal
from portal.domain.languages import best_text, shortened_name
from portal.domain.permissions import Permission
from portal.domain.states import IN_COVERAGE, State
from portal.extensions import db, now
from portal.models import Draft
from portal.queries.coverages.export import ExportSource, load_block
from portal.queries.coverages.overview import (
    count_drafts,
    find_missing,
    list_coverages,
    list_draft_page,
)
from portal.queries.photos import PhotosSince, list_photos_since
from portal.story.search.highlight import mark_hits, show_hits
from portal.story.search.query import SearchQuery, read_query
from portal.web.coverages import (
    draft_versions,
    drafts,
    drafts_table,
    export,
    export_files,
    front_page,
    handoff,
    pushes,
    tags,
    targets,
)
from portal.web.coverages.draft_filter import describe_draft_filter, list_args, read_draft_filter, read_order
from portal.web.coverages.draft_page import missing_label
from portal.web.coverages.export_stories import has_outdated_copies, load_coverage
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.joined_words import join_words
from portal.web.site.labels import count_label, state_label
from portal.web.site.locale import find_locale
from portal.web.site.text_length import write_length

room = Blueprint("coverages", __name__, url_prefix="/desk/coverages")
drafts.add_routes(room)
draft_versions.add_routes(room)
drafts_table.add_routes(room)
export.add_routes(room)
handoff.add_routes(room)
export_files.add_routes(room)
targets.add_routes(room)
pushes.add_routes(room)
front_page.add_routes(room)
tags.add_routes(room)

_KINDS = {State.AUTHOR_CHECK: "accent", State.APPROVED: "ok", State.PUBLISHED: "ok"}
_ORDER = tuple(state for state in State if state in IN_COVERAGE)


@room.get("/")
@access(Permission.QUEUE_READ)
def index() -> ResponseReturnValue:
    """List the coverages one works on, with the number of drafts in each state."""
    reader = find_locale().tag
    rows = [
        {
            "slug": row.coverage.slug,
            "title": best_text(row.coverage.title, [reader, row.coverage.primary_locale]),
            "total": row.total,
            "counts": [
                (state_label(state), row.by_state[state]) for state in _ORDER if state in row.by_state
            ],
        }
        for row in list_coverages(db.session(), acting_staff())
    ]
    return render_template("coverages/index.html", rows=rows)


@room.get("/<slug>")
@access(Permission.QUEUE_READ)
def coverage(slug: str) -> ResponseReturnValue:
    """List the drafts of a coverage, a page of them; `?state=` shows one state."""
    found, session = load_coverage(slug), db.session()
    reader = find_locale().tag
    in_drafts = acting_staff().may(Permission.DRAFT_EDIT)
    wanted = replace(read_draft_filter(), is_new=False, reader="", in_drafts=in_drafts)
    order = read_order()
    after = request.args.get("after", "")
    counted = count_drafts(session, found, wanted)
    page = list_draft_page(session, found, IN_COVERAGE, after=after, wanted=wanted, order=order)
    sources = load_block(session, found, page.numbers, at=now())
    photos = list_photos_since(session, [source.draft.submission for source in sources])
    anywhere = partial(
        url_for, "coverages.coverage", slug=slug, **list_args(replace(wanted, state=None), order)
    )
    address = partial(url_for, "coverages.coverage", slug=slug, **list_args(wanted, order))
    return render_template(
        "coverages/coverage.html",
        coverage=found,
        title=best_text(found.title, [reader, found.primary_locale]),
        rows=[
            _describe_row(source, photos.get(source.draft.submission_id), searched=read_query(wanted.text))
            for source in sources
        ],
        views=[
            _link_view(anywhere(), _("All accepted"), sum(counted.values()), is_current=wanted.state is None),
            *(
                _link_view(
                    anywhere(state=state.value),
                    state_label(state),
                    counted[state],
                    is_current=wanted.state is state,
                )
                for state in _ORDER
            ),
        ],
        **describe_draft_filter(found, wanted, order),
        may_export=acting_staff().may(Permission.COVERAGE_EXPORT),
        may_edit=acting_staff().may(Permission.DRAFT_EDIT),
        may_set_tags=acting_staff().may(Permission.COVERAGE_TAGS),
        may_set_targets=acting_staff().may(Permission.COVERAGE_TARGETS),
        first_href=address() if after else "",
        next_href=address(after=page.after) if page.after else "",
    )


def _link_view(href: str, text: str, count: int, *, is_current: bool) -> dict[str, Any]:
    return {"href": href, "text": text, "count": count_label(count), "current": is_current}


def _describe_row(
    source: ExportSource, photos: PhotosSince | None, *, searched: SearchQuery
) -> dict[str, Any]:
    """Return a draft as a row of the desk's lists: language, length, state and what is missing."""
    draft = source.draft
    state = draft.submission.state
    missing = [missing_label(name) for name in find_missing(source)]
    meta = [shortened_name(draft.lang, find_locale().tag), write_length(draft.body)]
    if missing:
        meta.append(_("Missing: %(parts)s", parts=join_words(missing)))
    flags = [(state_label(state), _KINDS.get(state, "neutral"))]
    if source.refusal is ExportRefusal.CANNOT_OPEN:
        flags.append((_("This cannot be opened now"), "warn"))
    if has_outdated_copies(draft):
        flags.append((_("Exported copies are outdated"), "warn"))
    if photos is PhotosSince.EXPORT:
        flags.append((_("Photos changed since the last export"), "warn"))
    elif photos is PhotosSince.APPROVAL:
        flags.append((_("Photos changed since the approval"), "neutral"))
    if acting_staff().may(Permission.DRAFT_EDIT):
        href = url_for("coverages.draft", public_id=draft.public_id)
    else:
        href = url_for("desk.submission", public_id=draft.submission.public_id)
    return {
        "href": href,
        "title": draft.title,
        "lang": draft.lang,
        "meta": meta,
        "flags": flags,
        "found": _find_hits(draft, searched) if searched.wanted else None,
    }


def _find_hits(draft: Draft, searched: SearchQuery) -> dict[str, Any]:
    """Return the title in pieces, and the stretch of the text that has most of what was searched for.

    Who may not open drafts sees no more than their titles.
    """
    parts = (draft.dek, draft.excerpt, draft.body)
    words = show_hits(parts, searched) if acting_staff().may(Permission.DRAFT_EDIT) else ()
    return {"title": mark_hits(draft.title, searched), "words": words}
