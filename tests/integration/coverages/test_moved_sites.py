"""A site whose address an editor changes: its posts are recognised there before anything is done to them."""

import pytest
from sqlalchemy import select

from portal.database import transaction
from portal.domain.pushes import DELAYS, PushProblem, PushState
from portal.domain.remote_sites import SiteProblem
from portal.extensions import db
from portal.models import Push, RemoteCopy, Target
from tests.support.interrupting import interrupt
from tests.support.newsroom_site import Post
from tests.support.two_sites import NAMES, TwoSites

pytestmark = pytest.mark.either_database

STATUSES = ("publish", "draft", "trash")


@pytest.fixture
def desk(two_sites: TwoSites) -> TwoSites:
    return two_sites


def change_address(desk: TwoSites) -> str:
    """Have an editor name another address of the first site, as when it has moved; return it."""
    moved_to = f"https://127.0.0.1:{desk.sites[0].port}"
    with desk.app.app_context(), transaction() as session:
        session.scalars(select(Target).where(Target.name == NAMES[0])).one().address = moved_to
    return moved_to


def put_another_there(desk: TwoSites) -> Post:
    """Let another post have the number, as on a site that is not the one the story was sent to."""
    ours = desk.post(0)
    another = Post(ours.id, "of-somebody-else", 99, status="publish")
    another.texts["content"] = "<p>Theirs.</p>"
    desk.sites[0].posts[ours.id] = another
    return another


def read_copy(desk: TwoSites) -> RemoteCopy:
    with desk.app.app_context():
        its = select(RemoteCopy).join(Target).where(Target.name == NAMES[0])
        return db.session.scalars(its).one()


def send_changed(desk: TwoSites) -> tuple[PushState, str]:
    """Send the story to the first site once more; return what comes of it."""
    with desk.app.app_context(), transaction() as session:
        row = session.scalars(select(Push).join(Target).where(Target.name == NAMES[0])).one()
        row.state, row.attempts = PushState.WAITING, 0
    desk.work()
    with desk.app.app_context():
        row = db.session.scalars(select(Push).join(Target).where(Target.name == NAMES[0])).one()
        return row.state, row.problem


@pytest.mark.parametrize("status", STATUSES)
def test_a_site_that_has_moved_is_looked_at_and_edited_where_it_is_now(desk: TwoSites, status: str) -> None:
    moved_to = change_address(desk)
    desk.sites[0].set_status(desk.post(0), status)
    desk.look(0)
    copy = read_copy(desk)
    assert copy.status is not None
    assert copy.status.value.startswith(status)
    assert copy.edit_url == f"{moved_to}/wp-admin/post.php?post={copy.remote_id}&action=edit"


def test_a_post_made_anew_at_the_same_address_needs_no_recognising(desk: TwoSites) -> None:
    with desk.app.app_context(), transaction() as session:
        copy = session.scalars(select(RemoteCopy).join(Target).where(Target.name == NAMES[0])).one()
        copy.edit_url = copy.edit_url.replace("post=", "post=9")  # of the one before, which was deleted
    desk.post(0).slug = "as-people-there-like-it"
    desk.sites[0].edit(desk.post(0), "<p>As people there like it.</p>")
    desk.publish(0)
    assert desk.addresses() == [desk.sites[0].address_of(desk.post(0))]


def test_a_story_is_sent_once_more_to_a_site_that_has_moved(desk: TwoSites) -> None:
    change_address(desk)
    assert (send_changed(desk), len(desk.sites[0].posts)) == ((PushState.DONE, ""), 1)


def test_a_story_goes_to_the_site_as_it_is_when_it_leaves(desk: TwoSites) -> None:
    def move() -> None:
        change_address(desk)

    interrupt("lock_texts_of", move)
    at_first, sent_to = send_changed(desk), read_copy(desk).edit_url
    desk.work(later=DELAYS[0])
    assert (at_first, sent_to.startswith("https://localhost")) == (
        (PushState.WAITING, PushProblem.CHANGED_MEANWHILE),
        True,
    )
    assert read_copy(desk).edit_url.startswith("https://127.0.0.1")


def test_another_post_under_the_number_is_not_taken_for_the_story(desk: TwoSites) -> None:
    before = read_copy(desk).status
    change_address(desk)
    put_another_there(desk)
    desk.look(0)
    assert (read_copy(desk).status, desk.addresses()) == (before, [])


def test_another_post_under_the_number_is_not_taken_down_and_the_task_stays(desk: TwoSites) -> None:
    change_address(desk)
    another = put_another_there(desk)
    desk.withdraw()
    desk.press("site", 0)
    assert (another.status, desk.tasks()) == ("publish", sorted(NAMES))


def test_nothing_under_the_number_is_no_sign_that_it_is_gone(desk: TwoSites) -> None:
    change_address(desk)
    desk.sites[0].posts.clear()
    desk.withdraw()
    desk.press("site", 0)
    assert desk.tasks() == sorted(NAMES)


def test_another_post_under_the_number_is_not_written_over(desk: TwoSites) -> None:
    change_address(desk)
    another = put_another_there(desk)
    told = send_changed(desk), another.texts["content"]
    assert told == ((PushState.FAILED, SiteProblem.NOT_RECOGNISED), "<p>Theirs.</p>")
