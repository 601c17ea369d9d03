"""The export of a coverage: what may leave, the file, and the hand-off sheet."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from portal.database import snapshot, transaction
from portal.domain.errors import StaleEdit
from portal.domain.languages import best_text, language_name
from portal.domain.permissions import Permission
from portal.export.formats import FORMATS
from portal.export.gathering import gather_records, list_contents
from portal.export.handoff import fill_sheet
from portal.export.pictures import may_leave_now, name_picture
from portal.export.record import ExportRecord
from portal.extensions import current_portal, db
from portal.forms.editing import ExportForm
from portal.models import Coverage, Draft
from portal.operations.editing import record_export
from portal.operations.holding import hold_texts_of
from portal.queries.coverages import find_coverage
from portal.queries.exporting import ExportSource, load_sources
from portal.queries.pictures import find_photos_since
from portal.queries.unsaved_edits import list_unsaved
from portal.storage import is_kept
from portal.web.access import access
from portal.web.actor import acting_staff
from portal.web.clock import now
from portal.web.locale import find_locale
from portal.web.words import refusal_sentence, state_label

HANDOFF = "handoff"


def add_routes(room: Blueprint) -> None:
    """Add the export's pages to the room of the coverages."""
    room.add_url_rule("/<slug>/export", view_func=show_export)
    room.add_url_rule("/<slug>/export", view_func=export_drafts, methods=["POST"])
    room.add_url_rule("/<slug>/handoff", view_func=handoff)


def is_outdated(draft: Draft) -> bool:
    """Say whether copies outside the portal show an older text than the draft."""
    return draft.exported_revision is not None and draft.exported_revision != draft.revision


def _load_coverage(slug: str) -> Coverage:
    return find_coverage(db.session(), acting_staff(), slug) or abort(404)


@access(Permission.COVERAGE_EXPORT)
def show_export(slug: str) -> ResponseReturnValue:
    """Show which drafts may leave, and why the others may not."""
    coverage = _load_coverage(slug)
    sources = load_sources(db.session(), coverage, at=now())
    return _render_export(coverage, sources, _make_form(sources))


@access(Permission.COVERAGE_EXPORT, fresh=True)
def export_drafts(slug: str) -> ResponseReturnValue:
    """Send the file, or lead to the sheet; both are remembered with the revision that left.

    A story that somebody changes meanwhile stays, and the others with it.
    """
    # Nobody who writes waits while photos are read and the file is made.
    with snapshot():
        coverage = _load_coverage(slug)
        sources = load_sources(db.session(), coverage, at=now())
        form = _make_form(sources)
        if not form.validate():
            return _render_export(coverage, sources, form), 422
        chosen = [
            one
            for one in _exportable(sources)
            if form.all_approved.data or one.draft.public_id in form.drafts.data
        ]
        if not chosen:
            form.drafts.errors = [refusal_sentence("not_approved")]
            return _render_export(coverage, sources, form), 422
        contents = list_contents(chosen)
        records = build_records(chosen)
        if any(record.missing_files for record in records) and not form.incomplete.data:
            return _render_export(coverage, sources, form, lost=_name_lost(records)), 409
    made = FORMATS[form.format.data]
    # What cannot be written has not left: nothing is recorded then.
    content = made.write(records) if form.format.data != HANDOFF else b""
    with transaction() as session:
        hold_texts_of(session, contents)
        again = _exportable(load_sources(session, _load_coverage(slug), list(contents), at=now()))
        if list_contents(again) != contents:
            raise StaleEdit
        record_export(session, [source.draft for source in again], by=acting_staff(), at=now())
    if form.format.data == HANDOFF:
        return redirect(
            url_for("coverages.handoff", slug=slug, draft=[record.uid for record in records]), 303
        )
    return send_file(
        BytesIO(content),
        mimetype=made.media_type,
        as_attachment=True,
        download_name=f"{slug}.{made.suffix}",
    )


@access(Permission.COVERAGE_EXPORT)
def handoff(slug: str) -> ResponseReturnValue:
    """Show the hand-off sheet of the drafts named by `?draft=`; consent is asked again at every opening."""
    coverage = _load_coverage(slug)
    sources = load_sources(db.session(), coverage, request.args.getlist("draft"), at=now())
    reader = find_locale().tag
    return render_template(
        "coverages/handoff.html",
        coverage=coverage,
        title=best_text(coverage.title, [reader, coverage.primary_locale]),
        sheets=[fill_sheet(record, names_in=reader) for record in build_records(_exportable(sources))],
        waited_for={source.draft.public_id: source.embargo for source in sources if source.embargo},
        refused=_describe_refused(sources),
    )


def _name_lost(records: Sequence[ExportRecord]) -> list[tuple[str, str, str]]:
    """Return the photos that could not be read: title of the story, its language, place in the bundle."""
    return [(record.title, record.lang, file) for record in records for file in record.missing_files]


def _find_lost(sources: Sequence[ExportSource]) -> list[tuple[str, str, str]]:
    """Return the same for what may leave, looked up without reading a file."""
    folder = current_portal().instance.files_folder
    return [
        (source.draft.title, source.draft.lang, name_picture(one))
        for source in _exportable(sources)
        for one in source.draft.submission.attachments
        if may_leave_now(one) and not is_kept(folder, one.public_id, one.size)
    ]


def _exportable(sources: Sequence[ExportSource]) -> list[ExportSource]:
    return [source for source in sources if source.refusal is None]


def build_records(sources: Sequence[ExportSource]) -> list[ExportRecord]:
    """Return the records with their photos. Raises ExportRefused."""
    return gather_records(sources, current_portal().instance.files_folder)


def _describe_refused(sources: Sequence[ExportSource]) -> list[dict[str, Any]]:
    return [
        {
            "public_id": source.draft.public_id,
            "title": source.draft.title,
            "lang": source.draft.lang,
            "state": state_label(source.draft.submission.state),
            "reason": refusal_sentence(source.refusal, source.embargo),
        }
        for source in sources
        if source.refusal is not None
    ]


def _make_form(sources: Sequence[ExportSource]) -> ExportForm:
    choices = [(source.draft.public_id, source.draft.title) for source in _exportable(sources)]
    return ExportForm(draft_choices=choices, formats=list(FORMATS))


def _render_export(
    coverage: Coverage,
    sources: Sequence[ExportSource],
    form: ExportForm,
    *,
    lost: Sequence[tuple[str, str, str]] | None = None,
) -> str:
    """Render the page; `lost` are photos that were found unreadable, else those that are seen to be gone."""
    reader = find_locale().tag
    unsaved: dict[int, list[str]] = {}
    for row in list_unsaved(db.session(), [source.draft.id for source in sources]):
        unsaved.setdefault(row.draft_id, []).append(row.staff.name if row.staff else "")
    return render_template(
        "coverages/export.html",
        coverage=coverage,
        title=best_text(coverage.title, [reader, coverage.primary_locale]),
        form=form,
        lost=_find_lost(sources) if lost is None else lost,
        ready=[
            {
                "public_id": source.draft.public_id,
                "title": source.draft.title,
                "lang": source.draft.lang,
                "language": language_name(source.draft.lang, reader),
                "exported_at": source.draft.exported_at,
                "outdated": is_outdated(source.draft),
                "unsaved": unsaved.get(source.draft.id, []),
                "photos_since": find_photos_since(db.session(), source.draft.submission),
            }
            for source in _exportable(sources)
        ],
        refused=_describe_refused(sources),
    )
