"""Hostile names of files: one visible line without a path, whatever a browser says the file is called."""

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.domain.languages import UKRAINIAN
from portal.extensions import current_portal
from portal.models import Attachment, Submission
from portal.sealing.keys import file_name_place
from portal.story.normalise import clean_line
from portal.web.site.uploads import clean_name
from tests.integration.site.test_hostile_text import read_bytes
from tests.support.hostile_text import HOSTILE
from tests.support.plain_browser import find_form
from tests.support.portal import build_world

UPLOADS = 6
"""Files that are sent; each is cleaned in a process of its own."""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_name_becomes_one_visible_line_without_a_path(name: str) -> None:
    kept = clean_name(read_bytes(HOSTILE[name]))
    assert (clean_line(kept).rpartition("/")[2][:200].strip(), "\\" in kept) == (kept.strip(), False)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # names are sealed: no database sees them
def test_hostile_file_names_are_kept_clean(app: Flask, pytestconfig: pytest.Config) -> None:
    texts = [read_bytes(raw).encode("utf-8", "replace").decode() for raw in HOSTILE.values()]
    # As browsers write names into the header of a part; the server turns the quotes back.
    texts = [text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A") for text in texts]
    names = texts if pytestconfig.getoption("full") else texts[:: len(texts) // UPLOADS][:UPLOADS]
    world = build_world(app, UKRAINIAN)
    client, submission = world.open_client("story received"), world.submissions["story received"]
    kept = [upload(app, client, submission, number, f"{name}.txt") for number, name in enumerate(names)]
    assert kept == [clean_name(f"{name}.txt".replace("%22", '"')) for name in names]


def upload(app: Flask, client: FlaskClient, public_id: str, number: int, name: str) -> str:
    """Send a document; return the name it is kept under. It is taken away: a text has few of them."""
    form = find_form(client.get("/uk/my/documents").text, field="document")
    client.post(
        form["action"],
        data={**form["values"], "document": (io.BytesIO(f"Лист {number}".encode()), name)},
        content_type="multipart/form-data",
    )
    with app.app_context(), transaction() as session:
        mine = select(Attachment).join(Submission).where(Submission.public_id == public_id)
        kept = session.scalars(mine.order_by(Attachment.id.desc())).first()
        assert kept is not None
        assert kept.sealed_name is not None
        keys = current_portal().instance.keys
        session.delete(kept)
        return keys.open(kept.sealed_name, file_name_place(kept.public_id)).decode()
