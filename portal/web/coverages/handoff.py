"""The hand-off sheet: every field of a story to be copied, and the whole post with its photos."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.domain.languages import best_text
from portal.domain.permissions import Permission
from portal.export.file_making import pick_drafts
from portal.export.handoff import fill_sheet
from portal.export.post import WHOLE_POST, compose_post, licence_paragraph, write_post
from portal.export.record import ExportRecord
from portal.extensions import db, now
from portal.models import ExportFile
from portal.queries.coverages.export import SETTLED, ExportSource, load_block, load_sources
from portal.queries.coverages.export_files import find_export
from portal.queries.coverages.overview import list_draft_page
from portal.queries.drafts import DraftFilter
from portal.story.html import to_html
from portal.story.picture_marks import make_photo_key
from portal.web.coverages.draft_filter import draft_filter_args, read_draft_filter
from portal.web.coverages.export_stories import (
    build_records,
    describe_refused,
    has_current_copies,
    list_exportable,
    load_coverage,
)
from portal.web.site.access import access
from portal.web.site.locale import find_locale

HANDOFF = "handoff"
"""Name of the format."""
APPROVED = "approved"
"""Says in the address of a sheet that it is of all approved stories."""
SHEETS = 20
"""Stories on a page of that sheet."""


def add_routes(room: Blueprint) -> None:
    """Add the sheet to the room of the coverages."""
    room.add_url_rule("/<slug>/handoff", view_func=handoff)


@access(Permission.COVERAGE_EXPORT)
def handoff(slug: str) -> ResponseReturnValue:
    """Show the hand-off sheet of the drafts named by `?draft=`; consent is asked again at every opening.

    `?all=approved` is that of all that have left as they are now and match the filter, `?made=` that of what
    the worker was asked for, a page of them: their names would be too many for an address.
    """
    coverage, after, next_href = load_coverage(slug), request.args.get("after", ""), ""
    wanted = read_draft_filter()
    first_href = sheet_address(slug, wanted)
    if request.args.get("all") == APPROVED:
        page = list_draft_page(db.session(), coverage, SETTLED, after=after, size=SHEETS, wanted=wanted)
        found = load_block(db.session(), coverage, page.numbers, at=now())
        sources = [one for one in list_exportable(found) if has_current_copies(one.draft)]
        next_href = sheet_address(slug, wanted, page.after) if page.after else ""
    elif made := request.args.get("made"):
        asked = find_export(db.session(), coverage, made) or abort(404)
        numbers, following = _cut_page(pick_drafts(db.session(), coverage, asked.choice), after)
        sources = list(load_block(db.session(), coverage, numbers, at=now()))
        next_href = made_sheet_address(slug, asked, following) if following else ""
        first_href = made_sheet_address(slug, asked)
    else:
        sources = list(load_sources(db.session(), coverage, request.args.getlist("draft"), at=now()))
    reader = find_locale().tag
    leaving = list_exportable(sources)
    records = build_records(leaving)
    return render_template(
        "coverages/handoff.html",
        coverage=coverage,
        title=best_text(coverage.title, [reader, coverage.primary_locale]),
        sheets=[fill_sheet(record, names_in=reader) for record in records],
        posts={
            record.uid: _show_post(number, source, record)
            for number, (source, record) in enumerate(zip(leaving, records, strict=True), 1)
        },
        waited_for={source.draft.public_id: source.embargo for source in sources if source.embargo},
        refused=describe_refused(sources),
        first_href=first_href if after else "",
        next_href=next_href,
    )


def sheet_address(slug: str, wanted: DraftFilter, after: str | None = None) -> str:
    """Return the address of the sheet of all that match and have left as they are now: new they are not."""
    left = draft_filter_args(replace(wanted, is_new=False, reader=""))
    return url_for("coverages.handoff", slug=slug, all=APPROVED, after=after, **left)


def made_sheet_address(slug: str, asked: ExportFile, after: str | None = None) -> str:
    """Return the address of the sheet of what the worker was asked for."""
    return url_for("coverages.handoff", slug=slug, made=asked.public_id, after=after)


def _cut_page(chosen: Mapping[str, int], after: str) -> tuple[Sequence[int], str]:
    """Return the numbers of one page of drafts, and the one after which the next page begins, if any."""
    names = list(chosen)
    start = names.index(after) + 1 if after in chosen else 0
    page = names[start : start + SHEETS]
    return [chosen[name] for name in page], page[-1] if start + SHEETS < len(names) else ""


def _show_post(number: int, source: ExportSource, record: ExportRecord) -> dict[str, Any]:
    """Return the whole post twice: as the page shows it, and as HTML to be pasted elsewhere.

    `number` tells its notes from those of the other posts of the page.
    """
    submission, licence = source.draft.submission, record.licence.name
    addresses = {
        make_photo_key(one.public_id): url_for(
            "desk.photo", public_id=submission.public_id, photo_id=one.public_id
        )
        for one in submission.attachments
    }
    shown = {one.key: one.show(licence, addresses[one.key]) for one in record.pictures}
    blocks = (*compose_post(record, WHOLE_POST), licence_paragraph(record))
    return {
        "body": to_html(
            blocks,
            figures=shown,
            note_prefix=f"post-{number}-note",
            back_label=_("Back to the text"),
            back_lang=find_locale().tag,
        ),
        "html": write_post(
            record, WHOLE_POST, sources={one.file: addresses[one.key] for one in record.pictures}
        ),
    }
