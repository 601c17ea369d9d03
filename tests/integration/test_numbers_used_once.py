"""The number of an act or message that is deleted goes to no other, wherever the rows are carried to."""

from datetime import datetime

from flask import Flask
from sqlalchemy import delete, select, text

from portal.database import transaction
from portal.extensions import db
from portal.models import Event
from portal.operations.row_copy import read_counters, set_counters
from tests.support.factories import make_submission


def test_a_counter_that_is_carried_over_gives_no_number_twice(app: Flask, at: datetime) -> None:
    """The database forgets its counter, as one does to which only rows are copied, and is told it again."""
    with app.app_context():
        with transaction() as session:
            make_submission(session, at)
            last = session.scalars(select(Event.id).order_by(Event.id.desc())).first() or 0
            session.execute(delete(Event))
        with db.engine.begin() as connection:
            counters = read_counters(connection)
            forget = "DELETE FROM sqlite_sequence" if connection.dialect.name == "sqlite" else None
            connection.execute(text(forget or "ALTER SEQUENCE event_id_seq RESTART"))
            set_counters(connection, counters)
        with transaction() as session:
            make_submission(session, at)
        assert db.session.scalars(select(Event.id)).all() == [last + 1]
