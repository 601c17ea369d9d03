"""A filled portal, kept for the next tests: to fill one takes half a second, to put it back no time."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask

from portal.domain.languages import Locale
from portal.extensions import current_portal, db
from tests.support.portal import build_world
from tests.support.world import World

Known = TypeVar("Known")
_YOUNG = timedelta(minutes=1)
"""What is older is filled anew: the minutes for which something can be undone run from when it was filled."""


class KeptPortal:
    """A copy of what a portal on SQLite holds: its database and its files lie in `folder`."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self._app = app
        self._database, self._files = folder / "database", folder / "files"

    def keep(self) -> None:
        """Copy what it holds now."""
        shutil.rmtree(self._files, ignore_errors=True)
        with self._open() as (own, kept, files):
            own.backup(kept)
            shutil.copytree(files, self._files)

    def put_back(self) -> None:
        """Let it hold again what was copied."""
        with self._open() as (own, kept, files):
            kept.backup(own)
            shutil.copytree(self._files, files, dirs_exist_ok=True)

    @contextmanager
    def _open(self) -> Iterator[tuple[Any, Any, Path]]:
        """Open the database of the portal, the copy, and the folder of files."""
        with self._app.app_context(), closing(db.engine.raw_connection()) as pooled:
            own: Any = pooled.driver_connection
            with closing(type(own)(self._database)) as kept:  # only connections of one driver copy to another
                yield own, kept, current_portal().instance.files_folder


class KeptWorld:
    """A portal on SQLite that is filled for one test and put back for those after it."""

    def __init__(self, app: Flask, locale: Locale, folder: Path) -> None:
        self._app, self._locale = app, locale
        self._portal = KeptPortal(app, folder)
        self._world: World | None = None
        self._filled_at = datetime.now(UTC)

    def fill(self) -> World:
        """Fill the empty portal, and return what stands in it."""
        if self._world is None or datetime.now(UTC) - self._filled_at > _YOUNG:
            self._filled_at = datetime.now(UTC)
            self._world = build_world(self._app, self._locale)
            self._portal.keep()
        else:
            self._portal.put_back()
        return copy_around(self._world, self._app)


def copy_around(known: Known, app: Flask) -> Known:
    """Copy what is known of a portal, but for the application itself."""
    return deepcopy(known, {id(app): app})
