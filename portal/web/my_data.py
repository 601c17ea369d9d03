"""The contributor takes everything along that we hold: made for this answer, kept nowhere."""

import os
import tempfile

from flask import Blueprint, Response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from portal.domain.schedule import round_to_hour
from portal.export.own_data import describe_own_data, name_files, pack_own_data, write_json
from portal.extensions import current_portal, db
from portal.forms.my import DataForm
from portal.queries.own_data import load_own_data
from portal.queries.private_page import PrivatePage
from portal.web.access import access
from portal.web.clock import now
from portal.web.data_words import DOCUMENT, PAGE, README, list_contents, write_page, write_readme
from portal.web.my_page import load_page

room = Blueprint("my_data", __name__, url_prefix="/<lang:lang>/my")

_NAME = "data.zip"
"""Whoever sees a list of downloads learns nothing from it."""


@room.route("/data", methods=["GET", "POST"])
@access("contributor")
def take() -> ResponseReturnValue:
    """Say what is in the file, and make it."""
    page = load_page()
    form = DataForm()
    if request.method != "POST" or not form.validate():
        shown = render_template("my/data.html", form=form, contents=list_contents())
        return (shown, 422) if request.method == "POST" else shown
    return _send_zip(page)


def _send_zip(page: PrivatePage) -> Response:
    instance, at = current_portal().instance, now()
    data = load_own_data(db.session(), page, at=at)
    texts = {
        README: write_readme(),
        DOCUMENT: write_json(describe_own_data(data, instance.keys)),
        PAGE: write_page(data, instance.keys, at=round_to_hour(at)),
    }
    paths = name_files(page.piece)
    files = {paths[one.id]: one.public_id for one in page.piece.attachments}
    # No transaction is open while files are read: on SQLite every writer would wait for it.
    db.session.rollback()
    # Without a name from the start: whatever stops us, nothing of it stays.
    out = tempfile.TemporaryFile(dir=instance.files_folder)  # noqa: SIM115  # closed when it was sent
    pack_own_data(out, texts, files, folder=instance.files_folder)
    size = out.tell()
    out.seek(os.SEEK_SET)
    answer = send_file(out, mimetype="application/zip", as_attachment=True, download_name=_NAME)
    answer.content_length = size
    return answer
