"""The making of exports beside the worker, in a process of its own: mail does not wait for them."""

import gc
import multiprocessing
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess

from flask import Flask

from portal.app import create_app
from portal.bulk_run import let_others_first
from portal.config import Settings
from portal.database import snapshot
from portal.export.file_making import clear_exports, make_export
from portal.extensions import current_portal
from portal.queries.coverages.export_files import is_export_waiting


@dataclass
class ExportMaker:
    """Begins to make files when somebody waits for one, and the last ones are through."""

    app: Flask
    settings: Settings
    running: BaseProcess | None = None

    def begin_if_wanted(self, *, at: datetime) -> None:
        """Begin. A daemon ends with the worker: what it was at is taken up again by the next one."""
        if self.running is not None and self.running.is_alive():
            return
        with self.app.app_context(), snapshot() as session:
            is_wanted = is_export_waiting(session, at=at)
        if is_wanted:
            self.running = multiprocessing.get_context("spawn").Process(
                target=make_exports, args=(self.settings,), daemon=True
            )
            self.running.start()

    def clear(self, *, at: datetime) -> None:
        """Let go of files whose day is over."""
        with self.app.app_context():
            clear_exports(current_portal().instance, at=at)


def make_exports(settings: Settings) -> None:
    """Make all files that are asked for, in a process for nothing else."""
    app = create_app(settings)
    let_others_first()
    gc.freeze()  # what an application is made of is no garbage: looking there was a twentieth of a large run
    with app.app_context():
        while make_export(current_portal().instance, clock=_now):
            pass


def _now() -> datetime:
    return datetime.now(UTC)
