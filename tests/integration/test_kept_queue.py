"""The queue's lines and the page around them are kept: each visit finds what would be rendered anew."""

import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
import time_machine
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.lanes import Lane
from portal.domain.permissions import Role
from portal.domain.states import State
from portal.domain.take_downs import Recall
from portal.memory import Kept
from portal.models import Staff, StaffLanguage, Submission, TakeDown
from portal.models.base import new_public_id
from portal.queries.queue import PAGE_SIZE
from portal.web.desk_queue import Frame
from portal.web.kept_pages import KeptPages, init_kept_pages
from portal.web.queue_words import Line
from tests.bad_input import ONE_DATABASE, Desk
from tests.factories import make_staff
from tests.staff import enter
from tests.walk import watch_rendering

TOKEN = re.compile(r'(?<=name="csrf_token" value=")[^"]+')
SEARCH = "/desk/?q=Незабутність"
BEGUN = datetime.now(UTC).replace(microsecond=0)

Change = Callable[[Session], object]


def nothing(_session: Session) -> None:
    """Nobody does anything."""


@dataclass(frozen=True)
class Visit:
    """Something happens, then a page is opened; `after` is since the first visit."""

    change: Change = nothing
    address: str = "/desk/"
    root: str = ""
    after: timedelta = timedelta(0)
    by_colleague: bool = False


def change_account(**values: Any) -> Change:
    """The person at the desk is called otherwise, or may do more, or reads another language."""
    return lambda session: session.execute(update(Staff).where(Staff.role != Role.ADMIN).values(**values))


def change_piece(**values: Any) -> Change:
    """Somebody has done something with the first submission."""

    def change(session: Session) -> None:
        first = session.scalars(select(Submission.id).order_by(Submission.id)).first()
        session.execute(update(Submission).where(Submission.id == first).values(**values))

    return change


def tell_of_risk(session: Session) -> None:
    """The author of the first submission has told of a risk."""
    session.scalars(select(Submission).order_by(Submission.id).limit(1)).one().at_risk = True


def give_to(column: str, **values: Any) -> Change:
    """A colleague is responsible for the first submission, or is on it."""
    first = select(Staff.id).order_by(Staff.id).limit(1).scalar_subquery()
    return change_piece(**{column: first}, **values)


def close_one(session: Session) -> None:
    """One that no longer waits is in a language nothing else is in."""
    session.execute(update(Submission).where(Submission.state == State.ACCEPTED).values(lang="pl"))


def lose_readers(session: Session) -> None:
    """Nobody reads Ukrainian any more."""
    session.execute(delete(StaffLanguage).where(StaffLanguage.tag == "uk"))


def fill_page(session: Session) -> None:
    """More arrive than one page holds."""
    table = Submission.__table__
    row = dict(session.execute(select(table).limit(1)).mappings().one())
    del row["id"]
    own = ({"public_id": new_public_id(), "receipt_hash": new_public_id()} for _ in range(PAGE_SIZE))
    session.execute(insert(Submission), [{**row, **one} for one in own])


def call_back(session: Session) -> None:
    """Something has left and must come back."""
    first = session.scalars(select(Submission.id).order_by(Submission.id)).first()
    own = {"reason": Recall.WITHDRAWN, "lang": "uk", "url": "", "note": "", "opened_at": BEGUN}
    session.execute(insert(TakeDown), [{"public_id": new_public_id(), "submission_id": first, **own}])


def make_responsible(session: Session) -> None:
    """A colleague has made the one who looks responsible for the last submission."""
    last = session.scalars(select(Submission.id).order_by(Submission.id.desc())).first()
    mine = select(func.max(Staff.id)).where(Staff.role != Role.ADMIN)
    values = {"assignee_id": mine.scalar_subquery(), "assignment_is_new": True}
    session.execute(update(Submission).where(Submission.id == last).values(**values))


VISITS = (
    Visit(change_piece(due_at=BEGUN + timedelta(days=5, hours=12))),
    Visit(change_account(locale="uk")),
    Visit(change_account(locale="zh-Hant-TW")),
    Visit(change_account(locale="en")),
    Visit(change_account(role=Role.EDITOR)),
    Visit(by_colleague=True),
    Visit(change_account(name="Оксана & <b>")),
    Visit(change_account(shortcuts=False)),
    Visit(root="/portal"),
    Visit(),
    Visit(call_back),
    Visit(make_responsible),
    Visit(address="/desk/?view=open"),
    Visit(address="/desk/?lang=uk&kind=pitch&mine=1&assignee=none&state=submitted"),
    Visit(close_one),
    Visit(lambda session: make_staff(session, Role.ADMIN, languages=())),
    Visit(address=SEARCH),
    Visit(change_piece(haystack="незабутність"), SEARCH),
    Visit(),
    Visit(lose_readers),
    Visit(address="/desk/?after=x"),
    Visit(after=timedelta(days=1)),
    Visit(after=timedelta(days=20)),
    Visit(give_to("claimed_by_id", claimed_at=BEGUN)),
    Visit(after=timedelta(minutes=6)),
    Visit(give_to("assignee_id")),
    Visit(change_account(name="Богдан")),
    Visit(address="/desk/?view=messages"),
    Visit(change_piece(unread_letter_id=1), "/desk/?view=messages"),
    Visit(),
    Visit(tell_of_risk),
    Visit(change_piece(heading="Тaiwan <b>")),
    Visit(change_piece(lane=Lane.UNVERIFIED, state_before=State.WRITING, signals=["too_fast"])),
    Visit(change_piece(lang="zh-Hant-TW", characters=7)),
    Visit(fill_page),
    Visit(change_piece(state=State.NEEDS_REPLY), "/desk/?view=open"),
)


class Found(NamedTuple):
    """The page of a visit, and what it would be had nothing been kept."""

    visit: Visit
    page: str
    anew: str


def walk(desk: Desk, keeping: KeptPages) -> Iterator[Found]:
    """Go through all visits with what is kept of the earlier ones."""
    with desk.app.app_context(), transaction() as session:
        accounts = {staff.role: staff.fs_uniquifier for staff in session.scalars(select(Staff))}
    for visit in VISITS:
        with time_machine.travel(BEGUN + visit.after, tick=False):
            with desk.app.app_context(), transaction() as session:
                visit.change(session)
            enter(desk.client, accounts[Role.EDITOR if visit.by_colleague else Role.MODERATOR])
            pages = [open_page(desk, visit, kept) for kept in (keeping, KeptPages())]
        yield Found(visit, *pages)


def open_page(desk: Desk, visit: Visit, keeping: KeptPages) -> str:
    """Return the page of a visit, made with what is kept there, but for the token of its forms."""
    desk.app.extensions["kept_pages"] = keeping
    answer = desk.client.get(visit.address, base_url=f"http://localhost{visit.root}")
    assert answer.status_code == 200
    return TOKEN.sub("", answer.text)


@pytest.fixture(autouse=True)
def nothing_kept(moderator: Desk) -> Iterator[None]:
    yield
    init_kept_pages(moderator.app)


class Forgetful(Kept[Any]):
    """Leaves a value out of what it keeps things by."""

    def __init__(self, forgotten: str) -> None:
        """Take the name of the value."""
        super().__init__(most=2000)
        self._forgotten = forgotten

    def find(self, made_from: Hashable) -> Any:
        """Return what was made from things equal but for that value."""
        return super().find(leave_out(self._forgotten, made_from))

    def keep(self, made_from: Hashable, made: Any) -> None:
        """Keep it by the other values."""
        super().keep(leave_out(self._forgotten, made_from), made)


def leave_out(name: str, made_from: Any) -> Hashable:
    """Return everything something was made from but the value of this name."""
    return tuple(value for field, value in made_from._asdict().items() if field != name)


class Noting(Kept[Any]):
    """Notes everything that is rendered and what it was made from."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__(most=2000)
        self.noted: list[tuple[Any, Any]] = []

    def keep(self, made_from: Hashable, made: Any) -> None:
        """Note it as well."""
        self.noted.append((made_from, made))
        super().keep(made_from, made)


def list_unneeded(noting: Noting, kind: type[Frame] | type[Line]) -> list[str]:
    """Return the values that could be left out without anybody noticing on these visits."""
    unneeded = []
    for name in kind._fields:
        found: dict[Hashable, set[Any]] = {}
        for made_from, made in noting.noted:
            found.setdefault(leave_out(name, made_from), set()).add(made)
        if all(len(made) == 1 for made in found.values()):
            unneeded.append(name)
    return unneeded


def test_every_visit_finds_the_queue_as_it_is_rendered_anew(moderator: Desk) -> None:
    differing = [found.visit for found in walk(moderator, KeptPages()) if found.page != found.anew]
    assert differing == []


@ONE_DATABASE
def test_the_visits_show_everything_a_page_is_kept_by(moderator: Desk) -> None:
    pages, lines = Noting(), Noting()
    for _found in walk(moderator, KeptPages(pages, lines)):
        pass
    assert [list_unneeded(pages, Frame), list_unneeded(lines, Line)] == [[], []]


@ONE_DATABASE
@pytest.mark.parametrize(
    ("forgetful", "noticed"),
    [
        (KeptPages(pages=Forgetful("name")), Visit(by_colleague=True)),
        (KeptPages(lines=Forgetful("due")), Visit(after=timedelta(days=20))),
    ],
)
def test_a_value_the_queue_is_not_kept_by_is_noticed(
    moderator: Desk, forgetful: KeptPages, noticed: Visit
) -> None:
    assert noticed in [found.visit for found in walk(moderator, forgetful) if found.page != found.anew]


def test_a_second_visit_renders_nothing(moderator: Desk) -> None:
    moderator.client.get("/desk/")
    with watch_rendering(moderator.app) as rendered:
        moderator.client.get("/desk/")
    assert rendered == []


def test_what_somebody_looks_for_is_kept_nowhere(moderator: Desk) -> None:
    open_page(moderator, Visit(address=SEARCH), KeptPages(pages=(noting := Noting())))
    assert noting.noted == []


def test_a_message_for_one_visit_is_shown_on_that_one_only(moderator: Desk) -> None:
    moderator.client.get("/desk/")
    with moderator.client.session_transaction() as cookie:
        cookie["_flashes"] = [("message", "for you alone")]
    pages = [moderator.client.get("/desk/").text for _visit in range(2)]
    assert [page.count("for you alone") for page in pages] == [1, 0]
