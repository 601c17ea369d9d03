"""The page of one export: how far it is, and its file, which can be fetched for a day."""

from collections.abc import Mapping
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wsgi import wrap_file

from portal.database import transaction
from portal.domain.export_files import FETCHED_FOR, UNDER_WAY, ExportProblem, ExportState, LeftOut
from portal.domain.languages import best_text
from portal.domain.permissions import Permission
from portal.export.file_making import awaits_search, exports_folder
from portal.export.formats import Format, installed_formats
from portal.export.photo_addresses import shares_photos
from portal.extensions import current_portal, db, now
from portal.forms.coverages import ExportAgainForm
from portal.models import Coverage, ExportFile
from portal.operations.coverages.export_files import ask_export
from portal.queries.coverages.export_files import find_export, list_exports
from portal.sealing.keys import CannotOpen
from portal.storage import open_file
from portal.web.coverages.export_stories import load_coverage
from portal.web.coverages.handoff import HANDOFF, made_sheet_address
from portal.web.site.access import access
from portal.web.site.current_staff import acting_staff
from portal.web.site.dates import write_moment
from portal.web.site.labels import refusal_sentence
from portal.web.site.locale import find_locale

_TICKET_SECONDS = 15 * 60
_LOOK_AGAIN_SECONDS = 5
_STATES: Mapping[ExportState, LazyString] = {
    ExportState.WAITING: _l("Waiting to be made"),
    ExportState.RUNNING: _l("Being prepared"),
    ExportState.READY: _l("Ready"),
    ExportState.FAILED: _l("Could not be made"),
    ExportState.DROPPED: _l("Discarded: an author has withdrawn something in the meantime. Make it again."),
    ExportState.OVER: _l("It was kept for a day and then deleted. Make it again."),
}
_PROBLEMS: Mapping[ExportProblem, LazyString] = {
    ExportProblem.NOTHING: _l("None of the chosen stories can be exported now. The export page says why."),
    ExportProblem.PHOTOS_LOST: _l(
        "These photos belong to the stories and could not be read. Whoever runs the portal has to look for "
        "the files; the backup may hold a copy."
    ),
    ExportProblem.NO_ROOM: _l("The disk of the portal is full. Tell whoever runs it, then make it again."),
    ExportProblem.FORMAT: _l(
        "The package of this format is broken. Tell whoever runs the portal, or choose another format."
    ),
    ExportProblem.ABANDONED: _l(
        "It was begun several times and never finished. Tell whoever runs the portal."
    ),
}
_AWAITS_SEARCH = _l(
    "The search is still reading all the texts again. As soon as it has, the file is made by itself; you can "
    "leave this page."
)
_LEFT_OUT: Mapping[str, LazyString] = {
    LeftOut.CHANGED: _l("Somebody changed it while the file was made."),
    LeftOut.NOT_FOUND: _l("By then it no longer matched what was chosen."),
}


def add_routes(room: Blueprint) -> None:
    """Add the pages of made exports to the room of the coverages."""
    place = "/<slug>/export/<public_id:public_id>"
    room.add_url_rule(place, view_func=show_export_file)
    room.add_url_rule(f"{place}/fetch", view_func=fetch_export, methods=["POST"])
    room.add_url_rule(f"{place}/again", view_func=make_export_again, methods=["POST"])
    room.add_url_rule(f"{place}/file", view_func=export_file)


def export_address(slug: str, found: ExportFile, *, is_fetched: bool = False) -> str:
    """Return the address of the page; with `is_fetched` it begins the download by itself."""
    ticket = _sign(found) if is_fetched else None
    return url_for("coverages.show_export_file", slug=slug, public_id=found.public_id, ticket=ticket)


def describe_exports(slug: str, coverage: Coverage) -> list[dict[str, str]]:
    """Return what the export page says about the exports made last."""
    return [
        {
            "href": export_address(slug, one),
            "format": _name_format(one),
            "state": str(_STATES[one.state]),
            "when": write_moment(one.asked_at),
            "by": one.staff.name if one.staff else "",
        }
        for one in list_exports(db.session(), coverage)
    ]


@access(Permission.COVERAGE_EXPORT)
def show_export_file(slug: str, public_id: str) -> ResponseReturnValue:
    """Show how far an export is. The page comes again by itself until the file is there."""
    coverage, found = _load(slug, public_id)
    reader = find_locale().tag
    ticket, made = request.args.get("ticket", ""), _find_format(found)
    is_held_up = awaits_search(db.session(), found)
    is_fetched = found.state is ExportState.READY and _is_valid(found, ticket)
    file_href = _file_address(slug, found, ticket) if is_fetched else ""
    page = render_template(
        "coverages/export_file.html",
        coverage=coverage,
        title=best_text(coverage.title, [reader, coverage.primary_locale]),
        export=found,
        format=_name_format(found),
        state=str(_STATES[ExportState.WAITING if is_held_up else found.state]),
        problem=str(_PROBLEMS[found.problem]) if found.problem else "",
        is_under_way=found.state in UNDER_WAY,
        is_ready=found.state is ExportState.READY,
        progress=str(_AWAITS_SEARCH)
        if is_held_up
        else _("%(done)s of %(total)s looked at", done=found.done, total=found.total),
        written=ngettext(
            "%(done)s of %(num)s story", "%(done)s of %(num)s stories", found.total, done=found.written
        ),
        kept=_word_kept(found.kept),
        photo_hint=word_photos(made) if made else "",
        until=write_moment(found.ended_at + FETCHED_FOR) if found.ended_at else "",
        file_href=file_href,
        sheet_href=made_sheet_address(slug, found) if found.format == HANDOFF else "",
        again_form=ExportAgainForm(formdata=None),
    )
    answer = make_response(page)
    if found.state in UNDER_WAY:
        answer.headers["Refresh"] = str(_LOOK_AGAIN_SECONDS)
    elif file_href:
        answer.headers["Refresh"] = f"0; url={file_href}"
    return answer


@access(Permission.COVERAGE_EXPORT, fresh=True)
def fetch_export(slug: str, public_id: str) -> ResponseReturnValue:
    """Lead back to the page, which begins the download: an answer that is a file would leave none behind."""
    _coverage, found = _load(slug, public_id)
    return redirect(export_address(slug, found, is_fetched=ExportAgainForm().validate()), 303)


@access(Permission.COVERAGE_EXPORT, fresh=True)
def make_export_again(slug: str, public_id: str) -> ResponseReturnValue:
    """Ask for the same once more; without the photos that cannot be read, where that is wanted."""
    coverage, found = _load(slug, public_id)
    form = ExportAgainForm()
    if not form.validate():
        return redirect(export_address(slug, found), 303)
    with transaction() as session:
        asked = ask_export(
            session,
            coverage,
            by=acting_staff(),
            at=now(),
            format_name=found.format,
            choice=found.choice,
            total=found.total,
            has_gaps=found.has_gaps or bool(form.incomplete.data),
        )
    return redirect(export_address(slug, asked), 303)


@access(Permission.COVERAGE_EXPORT)
def export_file(slug: str, public_id: str) -> ResponseReturnValue:
    """Send the file to whoever entered the password for it a short while ago; else lead to its page."""
    _coverage, found = _load(slug, public_id)
    made = _find_format(found)
    if made is None or not _is_valid(found, request.args.get("ticket", "")):
        return redirect(export_address(slug, found), 303)
    try:
        file = found.file
        content = open_file(exports_folder(current_portal().instance), file) if file else None
    except (OSError, CannotOpen):
        abort(404)
    if file is None or content is None:
        return redirect(export_address(slug, found), 303)
    answer = Response(wrap_file(request.environ, content), mimetype=made.media_type, direct_passthrough=True)
    answer.content_length = file.content_size
    answer.headers["Content-Disposition"] = f"attachment; filename={slug}.{made.suffix}"
    return answer


def _word_kept(kept: Mapping[str, int]) -> list[str]:
    """Return how many stories were left out, for each reason a sentence."""
    return [
        ngettext(
            "%(num)s story was left out: %(reason)s",
            "%(num)s stories were left out: %(reason)s",
            number,
            reason=_LEFT_OUT.get(reason) or refusal_sentence(reason),
        )
        for reason, number in kept.items()
    ]


def word_photos(made: Format) -> str:
    """Return how what reads a file of this format gets the photos; empty where none are fetched."""
    if not made.fetches_photos:
        return ""
    if shares_photos(current_portal()):
        anybody = _("Within a day, what reads the file can fetch the photos from this portal.")
        return str(made.fetching_hint or anybody)
    nobody = _("The photos cannot be fetched from this portal: it has no public https address.")
    return str(made.no_fetching_hint or nobody)


def _load(slug: str, public_id: str) -> tuple[Coverage, ExportFile]:
    coverage = load_coverage(slug)
    return coverage, find_export(db.session(), coverage, public_id) or abort(404)


def _find_format(found: ExportFile) -> Format | None:
    made = installed_formats().usable.get(found.format)
    return made.for_stories(found.total) if made is not None else None


def _name_format(found: ExportFile) -> str:
    made = _find_format(found)
    return str(made.name or made.label) if made is not None else found.format


def _file_address(slug: str, found: ExportFile, ticket: str) -> str:
    return url_for("coverages.export_file", slug=slug, public_id=found.public_id, ticket=ticket)


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="export-file")


def _sign(found: ExportFile) -> str:
    return str(_signer().dumps([found.public_id, acting_staff().public_id]))


def _is_valid(found: ExportFile, ticket: str) -> bool:
    """Say whether a ticket was given to this person for this file a short while ago."""
    try:
        named: Any = _signer().loads(ticket, max_age=_TICKET_SECONDS)
    except BadSignature:
        return False
    return bool(named == [found.public_id, acting_staff().public_id])
