"""What is found: tables of a search, an index merged or damaged, and what waits for somebody who reads it."""

import csv
import io
import re

from flask.testing import FlaskClient
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from openpyxl import load_workbook
from sqlalchemy import text as sql

from portal.bulk_run import BulkRun
from portal.cli.search import examine_index, merge_index
from portal.database import transaction
from portal.domain.bulk_runs import RunKind
from portal.domain.states import State
from portal.extensions import db
from portal.operations.search_fts5 import is_sqlite
from tests.model.deciding import Deciders
from tests.model.looking import look_at_desk, search
from tests.model.promises import hold_search, searched_words
from tests.model.room import expect, expect_that
from tests.model.texts import Text
from tests.support.damaged_index import DAMAGES
from tests.support.search import read_for_search

_NO_READER = "Ming"
_NOT_NOW = 503
_ROW = re.compile(r'class="row-tick"[^>]*value="([0-9a-f]{32})\.\d+"')
_CONFIRM = "/confirm"
"""Where a button leads that makes advice from a gist one's own."""
_WAITING = (State.SUBMITTED, State.NEEDS_REPLY)


class Searchers(Deciders):
    """Rules on the index of the search, and on what is asked of colleagues who read a language."""

    def __init__(self) -> None:
        super().__init__()
        self.gists_asked: dict[Text, int] = {}
        """How many gists each text had had when one was asked for."""

    @precondition(lambda self: self.sent_texts())
    @rule()
    def merge_the_index(self) -> None:
        """Bring the index into one part, as the worker does before it erases: all is found as before."""
        self.note("the index of the search is merged")
        read_for_search(self.world.app)
        with self.world.app.app_context():
            merge_index(BulkRun(RunKind.ERASING))
        for one in self.sent_texts():
            hold_search(self, one)

    @precondition(lambda self: self.sent_texts())
    @rule(
        which=st.integers(0, 3),
        how=st.sampled_from(["", *DAMAGES]),
        suffix=st.sampled_from(["csv", "xlsx"]),
        is_read=st.booleans(),
    )
    def take_a_table_of_a_search(self, which: int, how: str, suffix: str, is_read: bool) -> None:  # noqa: FBT001  # drawn
        """Take what a word finds as a table: whole, or not at all until the worker has been there."""
        one, browser = self.choose(self.sent_texts(), which), self.world.colleague(0, edits=True).browser
        word = max(searched_words(one), default="")
        if not word:
            return
        read_for_search(self.world.app)
        address = f"/desk/table/{suffix}?view={{}}&q={word}"
        is_damaged = bool(how) and self._damage_the_index(how)
        self.note(f"a table of {word} as {suffix}, the index {how if is_damaged else 'as it should be'}")
        first = [browser.client.get(address.format(view)) for view in ("open", "closed")]
        is_refused = is_damaged and any(one.status_code == _NOT_NOW for one in first)
        if is_refused and not is_read:  # whoever comes next meets it so
            return
        if is_damaged:
            self._examine_the_index()
        answers = [browser.client.get(address.format(view)) for view in ("open", "closed")]
        whole = search(browser, word)
        expect_that("Words", f"the queue finds {one.name} by {word}", one.public_id in whole)
        for table in (answers, *(() if is_refused else (first,))):
            found = {name for answer in table for name in read_ids(answer.data, suffix)}
            expect("Words", f"the rows of {word}", found, whole)

    def _damage_the_index(self, how: str) -> bool:
        """Damage SQLite's index; say whether there is one."""
        with self.world.app.app_context():
            with transaction() as session:
                if not is_sqlite(session):
                    return False
                session.execute(sql(DAMAGES[how]))
            db.engine.dispose()  # what an open connection has read of it would do for a while
        return True

    def _examine_the_index(self) -> None:
        """Look whether the index is sound, and read what it lacks, as the worker does every ten minutes."""
        with self.world.app.app_context():
            examine_index(BulkRun(RunKind.INDEXING))
        read_for_search(self.world.app)

    @precondition(lambda self: self.texts_in(*_WAITING))
    @rule(which=st.integers(0, 3))
    def ask_for_a_gist(self, which: int) -> None:
        """Somebody who does not read the language asks those who do what a text says."""
        text = self.choose(self.texts_in(*_WAITING), which)
        if self.press(self.world.named(_NO_READER), text, "ask-gist", {}):
            self.gists_asked[text] = len(text.gists)


def read_ids(content: bytes, suffix: str) -> list[str]:
    """Return the first column of a table, without its head."""
    if suffix == "csv":
        lines = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        return [line[0] for line in lines][1:]
    rows = load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(min_row=2, values_only=True)
    return [str(row[0]) for row in rows]


def list_rows(client: FlaskClient, asked: str) -> frozenset[str]:
    """Return the public ids of the texts that the queue lists."""
    return frozenset(_ROW.findall(client.get(f"/desk/?view=open&{asked}").text))


def hold_waits_for_a_reader(room: Searchers) -> None:
    """The queue lists the texts whose gist was asked for and is not there, and advice nobody confirmed."""
    room.world.forget_states()
    client = room.world.named("Mia").browser.client
    texts = [one for one in room.texts_in(*_WAITING) if one.closed_at is None]
    asked = {one: room.gists_asked[one] for one in texts if one in room.gists_asked}
    waiting = [one.name for one, known in asked.items() if not any(one.gists[known:])]
    rows = list_rows(client, "reader=gist")
    listed = [one.name for one in texts if one.public_id in rows]
    expect("Told", "the texts that wait for a gist", sorted(listed), sorted(waiting))
    rows = list_rows(client, "reader=advice")
    listed = [one.name for one in texts if one.public_id in rows]
    pages = [
        (one, look_at_desk(room.world.named("Mia").browser, one.public_id)) for one in texts if one.advice
    ]
    unconfirmed = [one.name for one, page in pages if _CONFIRM in page]
    expect("Told", "the texts whose advice waits for a reader", sorted(listed), sorted(unconfirmed))
