"""Databases of a size, filled: made anew each time, or kept in a folder for the next."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import psycopg
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url

from tests.bench.filling import fill
from tests.bench.runs import start_server
from tests.conftest import close_connections, make_app


@dataclass(frozen=True)
class Filled:
    """An application, and the session id of its editor."""

    app: Flask
    staff: str
    folder: Path
    address: str


@contextmanager
def filled(kind: str, size: int, keep: Path | None) -> Iterator[Filled]:
    """Give a portal with so many submissions, from the folder where things are kept if it is there."""
    with nullcontext(str(keep)) if keep else tempfile.TemporaryDirectory() as made:
        place = Path(made) / kind / f"pages-{size}"
        place.parent.mkdir(parents=True, exist_ok=True)
        with start_server(place.parent) if kind == "postgresql" else nullcontext("") as server:
            note, address = place.with_name(f"{place.name}-filled"), _name(server, size)
            if not note.exists():
                shutil.rmtree(place, ignore_errors=True)
                if server:
                    _create(server, size)
            app = make_app(place, address)
            app.test_client_class = FlaskClient  # nobody checks headers here
            if not note.exists():
                note.write_text(fill(app, size), encoding="ascii")
            yield Filled(app, note.read_text(encoding="ascii"), place, address)
            close_connections(app)


def _create(server: str, size: int) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        for act in ("DROP DATABASE IF EXISTS", "CREATE DATABASE"):
            connection.execute(f"{act} pages_{size}".encode())


def _name(server: str, size: int) -> str:
    if not server:
        return ""
    url = make_url(server).set(drivername="postgresql+psycopg", database=f"pages_{size}")
    return url.render_as_string(hide_password=False)
