"""A site that takes nothing from us gets nothing: a story that never came so far has not left."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from portal.database import transaction
from portal.domain.acts import HistoryAct
from portal.domain.permissions import Role
from portal.domain.pushes import DELAYS, PushState
from portal.extensions import db
from portal.models import Draft, Event, Push, RemoteCopy, Staff, Target
from portal.operations.coverages.targets import make_target
from tests.support.newsroom_site import ACCOUNT, PASSWORD, NewsroomSite, Post, run_newsroom_site
from tests.support.sent_story import SENT
from tests.support.targets import describe_target
from tests.support.two_sites import TwoSites

pytestmark = pytest.mark.either_database

NAME = "Monthly"
NOBODY = "https://localhost:1"
UNKNOWN = "https://newsroom.invalid"


@pytest.fixture
def desk(two_sites: TwoSites) -> TwoSites:
    return two_sites


@pytest.fixture(scope="module")
def third_site(newsroom_sites: tuple[NewsroomSite, ...]) -> Iterator[NewsroomSite]:
    with run_newsroom_site(newsroom_sites[0].authority) as site:
        yield site


@pytest.fixture
def third(third_site: NewsroomSite) -> NewsroomSite:
    third_site.empty()
    return third_site


def add_target(desk: TwoSites, address: str) -> None:
    values = describe_target(address, NAME, account=ACCOUNT, password=PASSWORD)
    with desk.app.app_context(), transaction() as session:
        editor = session.scalars(select(Staff).where(Staff.role == Role.EDITOR).limit(1)).one()
        make_target(session, desk.story(session).call.coverage, values, by=editor, at=desk.at)


def read_push(desk: TwoSites) -> tuple[PushState, str]:
    with desk.app.app_context():
        push = db.session.scalars(select(Push).join(Target).where(Target.name == NAME)).one()
        return push.state, push.problem


def count_departures(desk: TwoSites) -> tuple[int, int]:
    """Return on how many sites the story may be, and how often the history says that it was sent."""
    with desk.app.app_context():
        sent = select(Event.id).where(Event.act == HistoryAct.PUSH)
        return len(db.session.scalars(select(RemoteCopy.id)).all()), len(db.session.scalars(sent).all())


@contextmanager
def down(site: NewsroomSite) -> Iterator[None]:
    site.is_down = True
    yield
    site.is_down = False


@pytest.mark.parametrize(
    ("address", "problem"),
    [(NOBODY, "down"), (UNKNOWN, "name_unknown")],
    ids=["nobody there", "no such name"],
)
def test_what_never_reached_a_site_has_not_left_and_is_tried_again(
    desk: TwoSites, address: str, problem: str
) -> None:
    add_target(desk, address)
    desk.send()
    assert (read_push(desk), count_departures(desk)) == ((PushState.WAITING, problem), (2, 2))
    desk.withdraw()
    assert desk.tasks() == ["Daily", "Weekly"]


def test_once_the_site_answers_it_arrives_there_once(desk: TwoSites, third: NewsroomSite) -> None:
    add_target(desk, third.address)
    with down(third):
        desk.send()
        waits = read_push(desk), count_departures(desk)
    desk.at += DELAYS[0]
    desk.work()
    assert waits == ((PushState.WAITING, "server_error"), (2, 2))
    assert (read_push(desk)[0], count_departures(desk), len(third.posts)) == (PushState.DONE, (3, 3), 1)


def test_where_somebody_elses_post_has_its_slug_nothing_of_it_has_left(
    desk: TwoSites, third: NewsroomSite
) -> None:
    add_target(desk, third.address)
    with desk.app.app_context():
        slug = db.session.scalars(select(Draft.slug)).one()
    theirs = Post(1, slug, 1, status="publish", texts={"title": "Ours", "content": "Theirs.", "excerpt": ""})
    third.posts[1] = theirs
    desk.send()
    assert (read_push(desk), count_departures(desk)) == ((PushState.FAILED, "slug_taken"), (2, 2))
    assert ([*third.posts.values()], third.media) == ([theirs], {})


def test_only_what_waits_is_said_to_be_tried_again_and_what_does_not_to_be_sent_again(
    desk: TwoSites,
) -> None:
    add_target(desk, NOBODY)
    desk.send()
    waiting = desk.client.get(SENT).text
    with desk.app.app_context(), transaction() as session:
        push = session.scalars(select(Push).join(Target).where(Target.name == NAME)).one()
        push.state = PushState.FAILED
    given_up = desk.client.get(SENT).text
    sentences = (
        "The site does not answer.",
        "The portal tries again by itself",
        "The portal has stopped trying",
    )
    told = [[page.count(one) for one in sentences] for page in (waiting, given_up)]
    assert told == [[1, 1, 0], [1, 0, 1]]
