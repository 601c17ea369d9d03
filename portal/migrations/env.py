"""Runs the migrations on the engine of the running application."""

from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy import JSON, Connection

from portal.models.base import Base, Moment
from portal.models.search import is_search_structure


def _render_item(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    if kind == "type" and isinstance(item, Moment):
        autogen.imports.add("from portal.models.base import Moment")
        return "Moment()"
    if kind == "type" and isinstance(item, JSON):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def _enforce_references(connection: Connection, *, on: bool) -> None:
    """Switch foreign keys of SQLite. A changed table is dropped and made anew: its children must not go.

    The setting counts outside of transactions only, so it goes past SQLAlchemy, which would begin one.
    """
    if connection.dialect.name == "sqlite":
        connection.connection.cursor().execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


def _check_references(connection: Connection) -> None:
    """Fail, and with it the migration, when a row points to one that is not there."""
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"the migration would leave {len(broken)} rows without what they belong to")


def _run() -> None:
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        _enforce_references(connection, on=False)
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_item=_render_item,
            render_as_batch=engine.dialect.name == "sqlite",
            compare_type=True,
            transactional_ddl=True,
            include_object=lambda _found, name, *_more: not is_search_structure(name),
        )
        try:
            with context.begin_transaction():
                context.run_migrations()
                _check_references(connection)
        finally:
            _enforce_references(connection, on=True)


_run()
