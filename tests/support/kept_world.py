"""A filled portal, kept for the next tests: to fill one takes half a second, to put it back no time."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask

from portal.domain.languages import Locale
from portal.extensions import current_portal, db
from tests.support.portal import build_world
from tests.support.world import World

_YOUNG = timedelta(minutes=1)
"""What is older is filled anew: the minutes for which something can be undone run from when it was filled."""


class KeptWorld:
    """A filled portal on SQLite; in `folder` lies a copy of its database and its files."""

    def __init__(self, app: Flask, locale: Locale, folder: Path) -> None:
        self._app, self._locale = app, locale
        self._database, self._files = folder / "database", folder / "files"
        self._world: World | None = None
        self._filled_at = datetime.now(UTC)

    def fill(self) -> World:
        """Fill the empty portal, and return what stands in it."""
        if self._world is None or datetime.now(UTC) - self._filled_at > _YOUNG:
            self._filled_at = datetime.now(UTC)
            self._world = build_world(self._app, self._locale)
            self._keep()
        else:
            self._put_back()
        own: World = deepcopy(self._world, {id(self._app): self._app})  # all but the application
        return own

    def _keep(self) -> None:
        shutil.rmtree(self._files, ignore_errors=True)
        with self._open() as (own, kept, files):
            own.backup(kept)
            shutil.copytree(files, self._files)

    def _put_back(self) -> None:
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
