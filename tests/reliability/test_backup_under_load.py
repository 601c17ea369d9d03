"""Backups made beside people at work and killed in the middle: what is restored is one moment of them."""

import random
import shutil
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import make_url

from portal.backup_store import hash_file, list_backups
from portal.config import Settings
from portal.database import transaction
from portal.domain.acts import Act, HistoryAct
from portal.domain.receipt_code import hash_code
from portal.domain.states import State
from portal.extensions import current_portal
from portal.models import Base
from tests.conftest import run_outside
from tests.reliability.dying import Place, place_of
from tests.reliability.load import Kept, Load
from tests.reliability.portals import MOVED_TO, Rows, ask, end_early, read_typed, settings_of
from tests.reliability.serving import Visitor, serve, serve_web
from tests.support.bad_input import OPENED
from tests.support.factories import make_call
from tests.support.plain_browser import find_form

OF_ERASING = frozenset({"audit_entry", "audit_head", "removed_file", "sweep_request"})
"""Tables in which a text that is erased again leaves more than rows of its own."""

BY_THE_WORKER = ("outbox_mail", "search_due", "story_search", "comparison_due", "story_mark")
"""Letters leave by themselves, and texts are read for the search and for who tells the same story."""


@dataclass(frozen=True)
class Size:
    """How often a backup is made and restored, and how often each of both is killed before."""

    rounds: int
    kills: int
    clients: int


@pytest.fixture
def size(pytestconfig: pytest.Config) -> Size:
    return Size(20, 3, 4) if pytestconfig.getoption("full") else Size(1, 1, 2)


@dataclass
class People(Load):
    """Contributors of whom many add a photo, and some remove it or have an earlier text erased."""

    seen: list[tuple[Visitor, Kept]] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    """Codes of texts that somebody began to erase, or to remove the photo of."""
    erased: set[str] = field(default_factory=set)

    def _go_on(self, visitor: Visitor, kept: Kept, choose: random.Random) -> None:
        if choose.random() < 0.5:
            kept.has_photo = self._add_photo(visitor, choose)
        with self.moved:
            self.seen.append((visitor, kept))
            if choose.random() < 0.5:
                return
            visitor, kept = self.seen.pop(choose.randrange(len(self.seen)))
            self.touched.add(kept.code)
        if kept.has_photo and choose.random() < 0.5:
            self._remove_photo(visitor)
        else:
            self._erase(visitor, kept)

    def _remove_photo(self, visitor: Visitor) -> None:
        page = visitor.get("/en/my/photos").text
        form = find_form(page, field="remove")
        photo = page.partition('name="remove" value="')[2].partition('"')[0]
        fields = {**form["values"], "remove": photo}
        self._press(visitor, form["action"] or "/en/my/photos", fields, done=303, already=404)

    def _erase(self, visitor: Visitor, kept: Kept) -> None:
        form = find_form(visitor.get("/en/my/erase").text, action="/erase")
        self._press(visitor, form["action"], form["values"], done=200, already=401)
        with self.moved:
            self.erased.add(kept.code)

    def _press(
        self, visitor: Visitor, path: str, fields: Mapping[str, str], *, done: int, already: int
    ) -> None:
        """Press a button; pressed again because no answer came, it finds that it was done already."""
        repeats = visitor.repeats
        answer = visitor.post(path, fields)
        if answer.status != done and (answer.status, visitor.repeats > repeats) != (already, True):
            self._fail(f"{path} refused with {answer.status}")

    def look(self) -> tuple[set[str], set[str]]:
        """Return what has been acknowledged by now: the texts that were sent, and those that are erased."""
        with self.moved:
            return {one.code for one in self.kept}, set(self.erased)


@dataclass(frozen=True)
class Moment:
    """What had been acknowledged when a backup began, what is in it, and in the portal made from it."""

    sent: set[str]
    erased: set[str]
    backed: Rows
    restored: Rows
    files: Mapping[str, str]
    """Sums of the files, by name."""


@dataclass
class Trial:
    """A portal with a place for its backups, and one to restore it to."""

    settings: Settings
    to: Path
    new: Path
    target: str
    """Address of the database to restore into, which is empty; SQLite without one."""
    kills: int
    took: dict[str, float] = field(default_factory=dict)
    moments: list[Moment] = field(default_factory=list)
    killed: int = 0

    def take(self, people: People, choose: random.Random) -> bool:
        """Make a backup and a portal from it, both killed before."""
        back_up = partial(self._run, self.settings.instance, "backup", str(self.to), "--secrets-apart")
        for _ in range(self.kills):
            back_up(url=self.settings.database_url, choose=choose)
        sent, erased = people.look()
        back_up(url=self.settings.database_url)
        backed = self._read_backup()
        restore = partial(
            self._run, self.new, "restore", str(self.to), "--secrets", str(self.settings.instance)
        )
        for _ in range(self.kills):
            if not self._is_there():
                restore(url=self.target, choose=choose)
        if not self._is_there():
            restore(url=self.target)
        elif self.target:
            self._run(self.new, "move", "--to", self.target, url=self.target)
        files = {path.name: hash_file(path) for path in (self.new / "files").iterdir()}
        restored = read_typed(settings_of(self.new, self.target).database)
        self.moments.append(Moment(sent, erased, backed, restored, files))
        self._clear()
        return True

    def _run(self, folder: Path, *command: str, url: str, choose: random.Random | None = None) -> None:
        """Run a command to its end, or kill it at a moment of the time it took last."""
        if choose is not None:
            after = choose.uniform(0, self.took.get(command[0], 1))
            self.killed += end_early(folder, *command, url=url, after=after)
            return
        began = time.monotonic()
        ran = ask(folder, *command, url=url)
        self.took[command[0]] = time.monotonic() - began
        assert ran.exit_code == 0, ran.output

    def _is_there(self) -> bool:
        return (self.new / "secrets.json").exists()

    def _read_backup(self) -> Rows:
        """Return the rows of the newest backup, from a copy: nobody else touches a backup."""
        copied = self.to.with_name("copied")
        copied.mkdir(exist_ok=True)
        shutil.copy(list_backups(self.to)[-1].database, copied)
        return read_typed(settings_of(copied).database)

    def _clear(self) -> None:
        shutil.rmtree(self.new)
        if self.target:
            server = make_url(self.target).set(database="postgres")
            run_outside(server, f"DROP DATABASE {MOVED_TO} WITH (FORCE)")
            run_outside(server, f"CREATE DATABASE {MOVED_TO}")


def name_columns(rows: Rows, table: str) -> Sequence[Mapping[str, Any]]:
    columns = [one.name for one in Base.metadata.tables[table].columns]
    return [dict(zip(columns, row, strict=True)) for row in rows[table]]


def select_rows(rows: Rows, texts: Collection[int]) -> dict[str, Sequence[Mapping[str, Any]]]:
    """Return the rows of these texts, by table, of all that say which text they belong to."""
    owned = (name for name, one in Base.metadata.tables.items() if "submission_id" in one.columns)
    keys = {"submission": "id", **dict.fromkeys(owned, "submission_id")}
    return {
        name: [row for row in name_columns(rows, name) if row[key] in texts] for name, key in keys.items()
    }


def find_texts(rows: Rows, codes: Collection[str], secret: bytes) -> set[int]:
    """Return the texts that these codes open."""
    hashes = {hash_code(secret, code) for code in codes}
    return {row["id"] for row in name_columns(rows, "submission") if row["receipt_hash"] in hashes}


def find_torn(rows: Rows, files: Mapping[str, str]) -> list[str]:
    """Return what is not as the audit log has it, row by row, and file by file not as the rows have it."""
    acts = Counter((row["about"], row["act"]) for row in name_columns(rows, "audit_entry"))
    kept = Counter(row["submission_id"] for row in name_columns(rows, "attachment"))
    texts = {row["public_id"]: row for row in name_columns(rows, "submission")}
    written = {row["submission_id"] for row in name_columns(rows, "revision")}
    torn = [f"{about} is not there" for about, act in acts if act == Act.SUBMIT and about not in texts]
    for name, row in texts.items():
        is_erased, number = row["state"] is State.ERASED, kept[row["id"]]
        if (acts[name, Act.SUBMIT], acts[name, Act.ERASE]) != (1, is_erased):
            torn.append(f"{name} is {row['state']}")
        if (row["id"] in written) == is_erased:
            torn.append(f"{name} is {row['state']} and its words are not")
        if number != (
            0 if is_erased else acts[name, HistoryAct.ADD_PICTURE] - acts[name, HistoryAct.REMOVE_PICTURE]
        ):
            torn.append(f"{name} has {number} photos")
    sums = {row["public_id"]: row["sha256"] for row in name_columns(rows, "attachment")}
    return torn + [f"the file {name} is another" for name, _ in set(sums.items()) ^ set(files.items())]


def find_faults(moment: Moment, live: Rows, people: People, secret: bytes) -> list[str]:
    """Return how a restored portal differs from its backup, and the backup from the portal it was made of.

    What people have changed since, and what is erased again, is held against the audit log alone.
    """
    faults = find_torn(moment.restored, moment.files)
    if back := find_texts(moment.restored, moment.erased, secret):
        faults.append(f"erased and there again: {back}")
    sent = find_texts(live, moment.sent - people.touched, secret)
    then, now = (select_rows(one, sent) for one in (moment.backed, live))
    for name in BY_THE_WORKER:
        del then[name], now[name]
    faults += compare("sent before", then, now)
    left = find_texts(moment.backed, {one.code for one in people.kept} - people.touched, secret)
    faults += compare("in the backup", *(select_rows(one, left) for one in (moment.backed, moment.restored)))
    others = [
        name
        for name, table in Base.metadata.tables.items()
        if name not in OF_ERASING | {"installation", "submission"} and "submission_id" not in table.columns
    ]
    backed, restored = ({name: one[name] for name in others} for one in (moment.backed, moment.restored))
    faults += compare("of others", backed, restored)
    logs = [sorted(one["audit_entry"]) for one in (moment.backed, moment.restored, live)]
    return faults + [f"{len(log)} entries go another way" for log in logs if log[: len(logs[0])] != logs[0]]


def compare(whose: str, one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    return [f"rows of {name} {whose} differ" for name in one if one[name] != other[name]]


@contextmanager
def open_portal(place: Place, *, is_full: bool) -> Iterator[tuple[int, str]]:
    """Serve the portal, with --full as an operator does, its worker beside it; give port and name."""
    if is_full:
        with serve(place.instance, database_url=place.database_url, workers=2) as served:
            yield served.port, "127.0.0.1"
    else:
        with serve_web(place, workers=2) as served:
            yield served.port, "localhost"


@pytest.mark.either_database
def test_what_is_restored_is_the_portal_of_one_moment(
    own_app: Flask, size: Size, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with own_app.app_context(), transaction() as session:
        make_call(session, OPENED)
        secret = current_portal().instance.receipt_secret
    place = place_of(own_app)
    target = request.getfixturevalue("url") if place.database_url else ""
    trial = Trial(place.settings, tmp_path / "backups", tmp_path / "new", target, size.kills)
    database = place.settings.database
    with open_portal(place, is_full=request.config.getoption("full")) as (port, host):
        people = People(port, database, lambda _: False, size.rounds, clients=size.clients, host=host)
        people.strike = partial(trial.take, people)
        people.run()
    live = read_typed(database)
    assert people.faults == []
    assert [find_faults(one, live, people, secret) for one in trial.moments] == [[]] * size.rounds
    assert trial.killed >= size.rounds - 1
