"""Admins read under Settings whether the last backup was proven, and of how much."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal.database import transaction
from portal.domain.backup import BackupProof
from portal.domain.permissions import Role
from portal.extensions import current_portal
from portal.instance import PROOF, write_proof
from tests.support.factories import make_staff
from tests.support.staff import enter_as

pytestmark = pytest.mark.either_database

BROKEN = (
    "Broken The last backup could not be restored as a whole. 14 Mar 2026, 09:26 UTC Whoever looks after the "
    "server finds the reason with portal backup --prove."
)


@pytest.fixture
def instance(app: Flask) -> Iterator[Path]:
    with app.app_context():
        folder = current_portal().instance.folder
    yield folder
    (folder / PROOF).unlink(missing_ok=True)


def read_backups(app: Flask, client: FlaskClient) -> str:
    """Return what the settings say about backups, without the markup."""
    with app.app_context(), transaction() as session:
        email = make_staff(session, Role.ADMIN).email
    enter_as(client, email)
    page = client.get("/desk/settings/").text
    section = page.partition("<h2>Backups</h2>")[2].partition("<h2>")[0]
    return " ".join(re.sub("<[^>]+>", " ", section).split())


@pytest.mark.parametrize(
    ("faults", "days", "words"),
    [
        (0, 0, "Last proven by restoring it: 14 Mar 2026, 09:26 UTC 204 texts, 1 file"),
        (0, 3, "Last proven by restoring it: 11 Mar 2026, 09:26 UTC Too long ago 204 texts, 1 file"),
        (1, 0, BROKEN),
    ],
)
def test_the_settings_say_what_was_proven(
    app: Flask, client: FlaskClient, instance: Path, at: datetime, faults: int, days: int, words: str
) -> None:
    proof = BackupProof(at - timedelta(days=days), backup="b", texts=204, files=1, faults=faults)
    write_proof(instance, proof)
    with time_machine.travel(at, tick=False):
        assert read_backups(app, client) == words


def test_the_settings_say_that_nothing_was_proven(app: Flask, client: FlaskClient, instance: Path) -> None:
    (instance / PROOF).write_text("{")
    assert read_backups(app, client) == "No backup has been proven by restoring it yet."
