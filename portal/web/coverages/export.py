"""The export of a coverage: what may leave, and the file."""

import os
from collections.abc import Iterable, Sequence
from contextlib import closing
from functools import partial
from tempfile import TemporaryFile
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.bulk_run import BulkRun
from portal.database import snapshot, transaction
from portal.domain.bulk_runs import RunKind
from portal.domain.consent import ExportRefusal
from portal.domain.errors import StaleEdit
from portal.domain.export_files import MOST_AT_ONCE
from portal.domain.languages import best_text, language_name, shortened_name
from portal.domain.permissions import Permission
from portal.domain.states import IN_COVERAGE
from portal.export.departures import (
    KeptStory,
    LostPicture,
    record_stories,
    taking_back_on_failure,
    write_stories,
)
from portal.export.file_making import make_export, write_choice
from portal.export.formats import Format, installed_formats
from portal.export.photo_addresses import choose_addresses
from portal.export.photos import may_leave_now, name_picture
from portal.extensions import current_portal, db, now
from portal.forms.coverages import ExportForm
from portal.models import Coverage, ExportFile
from portal.operations.coverages.export_files import ask_export
from portal.queries.coverages.export import SETTLED, ExportSource, list_drafts, load_block
from portal.queries.coverages.overview import count_drafts, list_draft_page
from portal.queries.coverages.pushes import count_leaving, count_without_site, has_pushes
from portal.queries.coverages.targets import list_targets
from portal.queries.coverages.unsaved_edits import list_unsaved
from portal.queries.drafts import DraftFilter
from portal.queries.photos import list_photos_since
from portal.storage import LentFile, is_kept
from portal.web.coverages.draft_filter import describe_draft_filter, list_args, read_draft_filter, read_order
from portal.web.coverages.export_files import describe_exports, export_address, word_photos
from portal.web.coverages.export_stories import (
    describe_refused,
    has_outdated_copies,
    list_exportable,
    load_coverage,
)
from portal.web.coverages.handoff import HANDOFF, sheet_address
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff, was_confirmed_now
from portal.web.site.labels import count_label, refusal_sentence
from portal.web.site.locale import find_locale
from portal.web.site.push_texts import word_categories
from portal.web.site.tables import send_made


def add_routes(room: Blueprint) -> None:
    """Add the export's pages to the room of the coverages."""
    room.add_url_rule("/<slug>/export", view_func=show_export)
    room.add_url_rule("/<slug>/export", view_func=export_drafts, methods=["POST"])


@access(Permission.COVERAGE_EXPORT)
def show_export(slug: str) -> ResponseReturnValue:
    """Show which drafts may leave, and why the others may not, a page of them."""
    return _render_export(slug, _make_form(()))


@access(Permission.COVERAGE_EXPORT, fresh=True)
def export_drafts(slug: str) -> ResponseReturnValue:
    """Send the file, or lead to the sheet; both are remembered with the revision that left.

    A story that somebody changes meanwhile stays.
    """
    run, wanted = BulkRun(RunKind.EXPORT), read_draft_filter()
    # Before the snapshot, which has everything read anew, the account with its coverages first of all.
    coverage_id, _language = load_coverage(slug).id, find_locale()
    with snapshot() as session:
        drafts = list_drafts(session, session.get_one(Coverage, coverage_id), matching=wanted)
    form = _make_form(drafts)
    if not form.validate():
        return _render_export(slug, form), 422
    chosen = {name: drafts[name] for name in form.drafts.data or []}
    if form.all_approved.data:
        chosen = _list_all(coverage_id, installed_formats().usable[form.format.data], wanted)
    is_sheet = form.format.data == HANDOFF
    if len(chosen) > MOST_AT_ONCE or (was_confirmed_now() and not is_sheet):
        return _leave_to_worker(slug, form, coverage_id, len(chosen))
    folder = current_portal().instance.files_folder
    made = installed_formats().usable[form.format.data].for_stories(len(chosen))
    # Without a name from the start: whatever stops us, nothing of it stays.
    with TemporaryFile(dir=folder) as out, closing(made.begin(out, chosen)) as writer:
        at = now()
        written = write_stories(
            run,
            writer,
            coverage_id,
            list(chosen.values()),
            folder=folder,
            at=at,
            find_address=choose_addresses(current_portal(), at=at) if made.fetches_photos else None,
        )
        refused = [] if form.all_approved.data else written.kept
        if refused or not written.stories:
            form.drafts.errors = [_word_refusal(refused)]
            return _render_export(slug, form), 422
        if written.lost and not form.incomplete.data:
            return _render_export(slug, form, lost=_name_lost(written.lost)), 409
        # What cannot be written has not left: nothing is recorded then.
        writer.finish()
        by = acting_staff()
        recorded = record_stories(run, coverage_id, chosen, written.stories, by=by, at=now())
        if not recorded.earlier:
            raise StaleEdit
        if recorded.changed:
            with taking_back_on_failure(run, recorded, by=by, clock=now):
                writer.leave_out(recorded.changed)
        run.end(current_portal().instance.folder)
        if form.format.data == HANDOFF:
            return redirect(url_for("coverages.handoff", slug=slug, draft=list(recorded.earlier)), 303)
        return send_made(LentFile(os.dup(out.fileno())), f"{slug}.{made.suffix}", made.media_type)


def _list_all(coverage_id: int, made: Format, wanted: DraftFilter) -> dict[str, int]:
    """Return the approved drafts that match, for a format that takes all of them."""
    with snapshot() as session:
        coverage = session.get_one(Coverage, coverage_id)
        return list_drafts(session, coverage, matching=made.narrow(wanted), states=SETTLED)


def show_export_again(slug: str, refusals: Sequence[str]) -> str:
    """Show the page with what was chosen, after stories could not be sent to a site."""
    form = _make_form(list_drafts(db.session(), load_coverage(slug)))
    form.drafts.errors = list(refusals)
    return _render_export(slug, form)


def _leave_to_worker(slug: str, form: ExportForm, coverage_id: int, total: int) -> ResponseReturnValue:
    """Have the worker make the file, and lead to the page that says how far it is.

    A few stories are made here and now: their file was asked for from the page that asks for the password,
    where an answer that is a file would leave the question open.
    """
    named: dict[str, object] = {"drafts": list(form.drafts.data or [])}
    choice = write_choice(read_draft_filter()) if form.all_approved.data else named
    with transaction() as session:
        asked = ask_export(
            session,
            session.get_one(Coverage, coverage_id),
            by=acting_staff(),
            at=now(),
            format_name=form.format.data,
            choice=choice,
            total=total,
            has_gaps=bool(form.incomplete.data),
        )
        number = asked.id
    if total <= MOST_AT_ONCE:
        make_export(current_portal().instance, clock=now, number=number)
    made = db.session().get_one(ExportFile, number)
    return redirect(export_address(slug, made, is_fetched=was_confirmed_now()), 303)


def _word_refusal(refused: Sequence[KeptStory]) -> str:
    if not refused:
        return refusal_sentence(ExportRefusal.NOT_APPROVED)
    return refusal_sentence(refused[0].refusal, refused[0].embargo)


def _name_lost(lost: Sequence[LostPicture]) -> list[tuple[str, str, str]]:
    """Return the photos that could not be read: title of the story, its language, place in the bundle."""
    return [(one.title, one.lang, one.file) for one in lost]


def _find_lost(source: ExportSource) -> list[tuple[str, str, str]]:
    """Return the same of what may leave, looked up without reading a file."""
    folder = current_portal().instance.files_folder
    return [
        (source.draft.title, source.draft.lang, name_picture(one))
        for one in source.draft.submission.attachments
        if may_leave_now(one) and not is_kept(folder, one.public_id, one.size)
    ]


def _make_form(drafts: Iterable[str]) -> ExportForm:
    return ExportForm(
        draft_choices=[(public_id, "") for public_id in drafts], formats=list(installed_formats().usable)
    )


def _render_export(
    slug: str,
    form: ExportForm,
    *,
    lost: Sequence[tuple[str, str, str]] | None = None,
) -> str:
    """Render the page; `lost` are photos that were found unreadable, else those that are seen to be gone."""
    reader, after = find_locale().tag, request.args.get("after", "")
    wanted, order = read_draft_filter(), read_order()
    asked = list_args(wanted, order)
    address = partial(url_for, "coverages.show_export", slug=slug, **asked)
    formats = installed_formats().usable
    with snapshot() as session:
        coverage = load_coverage(slug)
        page = list_draft_page(session, coverage, IN_COVERAGE, after=after, wanted=wanted, order=order)
        counted = count_drafts(session, coverage, wanted)
        sources = load_block(session, coverage, page.numbers, at=now())
        exportable = list_exportable(sources)
        _name_all(form, wanted, sum(counted[state] for state in SETTLED))
        seen_lost = [one for source in exportable for one in _find_lost(source)]
        return render_template(
            "coverages/export.html",
            coverage=coverage,
            title=best_text(coverage.title, [reader, coverage.primary_locale]),
            form=form,
            send_action=url_for("coverages.send_stories", slug=slug, after=after or None, **asked),
            sites=_describe_sites(session, coverage, wanted, reader),
            without_site=_word_without_site(session, coverage, wanted, reader),
            has_pushes=has_pushes(session, coverage),
            formats=formats,
            photo_hints={name: word_photos(one) for name, one in formats.items()},
            lost=seen_lost if lost is None else lost,
            ready=_describe_ready(exportable, reader),
            refused=describe_refused(sources),
            action=url_for("coverages.export_drafts", slug=slug, after=after or None, **asked),
            sheet_href=sheet_address(slug, wanted),
            made=describe_exports(slug, coverage),
            is_one_page=not after and not page.after,
            **describe_draft_filter(coverage, wanted, order),
            first_href=address() if after else "",
            next_href=address(after=page.after) if page.after else "",
        )


def _name_all(form: ExportForm, wanted: DraftFilter, number: int) -> None:
    """Say beside the box for all of them how many that is."""
    count = count_label(number)
    if wanted.is_set:
        form.all_approved.label.text = _(
            "All approved stories that match the filter (%(count)s)", count=count
        )
    else:
        form.all_approved.label.text = _("All approved stories (%(count)s)", count=count)


def _describe_sites(
    session: Session, coverage: Coverage, wanted: DraftFilter, reader: str
) -> list[dict[str, Any]]:
    """Return the newsrooms' sites, and how many stories are new to each."""
    targets = list_targets(session, coverage, only_open=True)
    new = count_leaving(session, coverage, matching=wanted, at=now()) if targets else {}
    return [
        {
            "name": one.name,
            "language": language_name(one.lang, reader),
            "is_tried": one.tried_at is not None,
            "categories": word_categories(one),
            "new": new[one.id].number if one.id in new else 0,
            "is_exact": one.id not in new or new[one.id].is_exact,
        }
        for one in targets
    ]


def _word_without_site(session: Session, coverage: Coverage, wanted: DraftFilter, reader: str) -> list[str]:
    """Return the languages of approved stories that no site takes, each with how many there are."""
    counted = count_without_site(session, coverage, matching=wanted)
    return [
        _("%(language)s (%(count)s)", language=language_name(lang, reader), count=format_decimal(number))
        for lang, number in counted.items()
    ]


def _describe_ready(sources: Sequence[ExportSource], reader: str) -> list[dict[str, Any]]:
    """Return what the page says about stories that may leave."""
    session = db.session()
    photos = list_photos_since(session, [source.draft.submission for source in sources])
    unsaved: dict[int, list[str]] = {}
    for row in list_unsaved(session, [source.draft.id for source in sources]):
        unsaved.setdefault(row.draft_id, []).append(row.staff.name if row.staff else "")
    return [
        {
            "public_id": source.draft.public_id,
            "title": source.draft.title,
            "lang": source.draft.lang,
            "language": shortened_name(source.draft.lang, reader),
            "exported_at": source.draft.exported_at,
            "outdated": has_outdated_copies(source.draft),
            "unsaved": unsaved.get(source.draft.id, []),
            "photos_since": photos.get(source.draft.submission_id),
        }
        for source in sources
    ]
