"""Own data: the contributor takes everything along that we hold; made for this answer, kept nowhere."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from typing import IO

from flask import Blueprint, Response, abort, render_template, request, send_file
from flask.typing import ResponseReturnValue

from portal.domain.deadlines import round_to_hour
from portal.domain.ways_in import PageRight
from portal.export.own_data import describe_own_data, list_own_files, pack_own_data, write_own_data
from portal.extensions import current_portal, db, now
from portal.forms.private import DataForm
from portal.queries.private.own_data import load_own_data
from portal.queries.private.page import PrivatePage, load_private_page
from portal.storage import is_kept
from portal.web.private.own_data_page import (
    DOCUMENT,
    PAGE,
    README,
    list_contents,
    write_data_html,
    write_readme,
)
from portal.web.private.page import load_page
from portal.web.site.access import access

room = Blueprint("private_own_data", __name__, url_prefix="/<lang:lang>/my")

_NAME = "data.zip"
"""Whoever sees a list of downloads learns nothing from it."""


@room.route("/data", methods=["GET", "POST"])
@access(PageRight.OWN_DATA)
def download() -> ResponseReturnValue:
    """Say what is in the file, and make it; files that are missing are named before it leaves."""
    page = load_page()
    form = DataForm()
    if request.method != "POST" or not form.validate():
        shown = _show(form, _find_lost(page))
        return (shown, 422) if request.method == "POST" else shown
    folder = current_portal().instance.files_folder
    # Without a name from the start: whatever stops us, nothing of it stays.
    out = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # closed when it was sent
    try:
        missing = _pack(out, page)
    except BaseException:
        out.close()
        raise
    if missing and not form.incomplete.data:
        out.close()
        return _show(form, missing), 409
    return _send(out)


def _show(form: DataForm, missing: Sequence[str]) -> str:
    form.incomplete.data = "yes" if missing else ""
    return render_template("private/data.html", form=form, contents=list_contents(), missing=missing)


def _find_lost(page: PrivatePage) -> list[str]:
    """Return the paths of files that are seen to be gone, without reading one."""
    folder = current_portal().instance.files_folder
    return [
        path
        for path, one in list_own_files(page.submission).items()
        if not is_kept(folder, one.name, one.size)
    ]


def _pack(out: IO[bytes], page: PrivatePage) -> Sequence[str]:
    """Write the zip; return what could not be read."""
    instance, at, submission_id = current_portal().instance, now(), page.submission.id
    files = list_own_files(page.submission)

    def write_texts(missing: Sequence[str]) -> Mapping[str, bytes]:
        read = load_private_page(db.session(), submission_id, at=at)
        if read is None:
            abort(404)
        # What was added while files were read is told, and not in here.
        lost = sorted({*missing, *(set(list_own_files(read.submission)) - set(files))})
        data = load_own_data(db.session(), read, at=at)
        return {
            README: write_readme(lost),
            DOCUMENT: write_own_data(describe_own_data(data, instance.keys, missing=lost)),
            PAGE: write_data_html(data, instance.keys, at=round_to_hour(at), missing=lost),
        }

    # No transaction is open while files are read: on SQLite every writer would wait for it.
    db.session.rollback()
    return pack_own_data(out, files, write_texts, folder=instance.files_folder)


def _send(out: IO[bytes]) -> Response:
    size = out.tell()
    out.seek(os.SEEK_SET)
    answer = send_file(out, mimetype="application/zip", as_attachment=True, download_name=_NAME)
    answer.content_length = size
    return answer
