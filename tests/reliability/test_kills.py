"""Web workers are killed while people send: what was acknowledged is there, whole, and there once."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, delete, make_url, text, update
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.database import transaction
from portal.domain.receipt_code import derive_code
from portal.domain.states import Stage, State
from portal.extensions import current_portal
from portal.models import OutboxMail, Revision, Submission
from portal.storage import remove_files
from tests.conftest import DATABASES
from tests.reliability.load import Kept, Load, count_stock, fingerprint, full_stock, take_stock
from tests.reliability.serving import serve
from tests.support.factories import STORY, make_form_key, make_submission
from tests.support.photos import keep_picture


@pytest.fixture(params=DATABASES)
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database apart from that of other tests; no address means SQLite."""
    if request.param == "sqlite":
        yield ""
        return
    base = make_url(request.getfixturevalue("postgres_address")).set(drivername="postgresql+psycopg")
    engine = create_engine(base, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE kills"))
        yield base.set(database="kills").render_as_string(hide_password=False)
        connection.execute(text("DROP DATABASE kills WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """3 of them, or 200 with --full."""
    return 200 if request.config.getoption("--full") else 3


@pytest.mark.either_database
def test_killed_workers_lose_nothing_that_was_acknowledged(address: str, kills: int, tmp_path: Path) -> None:
    with serve(tmp_path, database_url=address) as served:
        database = Settings(instance=tmp_path, database_url=address).database
        load = Load(served.port, database, served.kill_one, kills, goes_on=True)
        load.run()
    assert load.faults == []
    assert len(load.kept) >= kills
    assert load.repeats >= 1
    assert take_stock(tmp_path, address, load.kept) == full_stock(load.kept)


Damage = Callable[[Session, Submission], object]


def lose_text(session: Session, _submission: Submission) -> None:
    """Leave the row of the submission and no word of it."""
    session.connection().execute(update(Revision).values(open_answers={"story": ""}))


def lose_file(_session: Session, submission: Submission) -> None:
    """Leave the row of the photo alone."""
    remove_files(current_portal().instance.files_folder, [submission.attachments[0].public_id])


DAMAGES: Mapping[str, Damage] = {
    "a dropped letter": lambda session, _: session.execute(delete(OutboxMail)),
    "a lost text": lose_text,
    "a lost file": lose_file,
    "a lost photo": lambda session, submission: session.delete(submission.attachments[0]),
    "a state from before": lambda _, submission: setattr(submission, "state", State.WRITING),
    "a doubled text": lambda session, _: make_submission(session, datetime.now(UTC)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_a_load_has_lost_or_doubled_is_found(app: Flask, damage: str) -> None:
    with app.app_context():
        with transaction() as session:
            form_key = make_form_key()
            submission = make_submission(session, datetime.now(UTC), Stage.STORY, form_key=form_key)
            keep_picture(session, submission, at=datetime.now(UTC))
            code = derive_code(current_portal().instance.receipt_secret, form_key)
            kept = [Kept(code, fingerprint(STORY), has_mail=True, has_photo=True)]
        whole = count_stock(kept)
        with transaction() as session:
            DAMAGES[damage](session, submission)
        damaged = count_stock(kept)
    assert (whole, damaged == full_stock(kept)) == (full_stock(kept), False)
