"""What becomes of a story on newsrooms' sites is told as it is: found gone, moved, or there once more."""

from datetime import timedelta
from html import unescape

import pytest
import time_machine
from sqlalchemy import select

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.pushes import LOOKED_AT_FOR
from portal.domain.take_downs import TakeDownOutcome
from portal.export.look_back import look_next
from portal.extensions import db
from portal.models import Event, RemoteCopy, Staff, Submission, TakeDown, Target
from portal.operations.coverages.targets import close_target
from portal.operations.recalls import end_embargoes
from portal.operations.transitions import undo_decision
from tests.support.contributor import MY
from tests.support.sent_story import SENT
from tests.support.two_sites import NAMES, TwoSites

pytestmark = pytest.mark.either_database

DAY = "2026-06-01"
BEGUN = timedelta(days=90)
"""After it that day has come everywhere on earth."""
HOUR, LONG, YEAR = timedelta(hours=1), timedelta(days=8), timedelta(days=365)


@pytest.fixture
def desk(two_sites: TwoSites) -> TwoSites:
    return two_sites


def publish(desk: TwoSites, which: int = 0) -> str:
    """Publish it on a site, and let the time pass in which that can be undone; return where it is read."""
    desk.publish(which)
    desk.at += HOUR
    return desk.sites[which].address_of(desk.post(which))


def is_told(desk: TwoSites, address: str) -> tuple[bool, bool]:
    """Say whether the front page, and the author's page, lead to an address."""
    with time_machine.travel(desk.at, tick=False):
        pages = desk.app.test_client().get("/uk/ukraine-taiwan/"), desk.author.client.get(MY)
    front, own = (f'href="{address}"' in page.text for page in pages)
    return front, own


def read_acts(desk: TwoSites) -> list[str]:
    """Return what the history tells of its places."""
    with desk.app.app_context():
        acts = db.session.scalars(select(Event.act).order_by(Event.id)).all()
    return [one.value for one in acts if one.value in ("publish", "add_address", "drop_address")]


def state_of(desk: TwoSites) -> str:
    with desk.app.app_context():
        return db.session.scalars(select(Submission)).one().state.value


def delete(desk: TwoSites) -> None:
    """Delete it for good, as people do from the trash of a site."""
    desk.sites[0].posts.clear()


@pytest.mark.parametrize("status", ["draft", "pending", "private", "future", "trash", "deleted"])
def test_off_the_pages_of_a_site_nobody_is_led_to_it_any_more(desk: TwoSites, status: str) -> None:
    address = publish(desk)
    before, mails = is_told(desk, address), desk.mails()
    post = desk.post(0)
    if status == "deleted":
        delete(desk)
    else:
        desk.sites[0].set_status(post, status)
    for _look in range(2):
        desk.look(0)
    assert (before, is_told(desk, address)) == ((True, True), (False, False))
    assert (desk.mails() - mails, read_acts(desk)) == (1, ["publish", "drop_address"])


def test_a_post_that_cannot_be_looked_at_keeps_nobody_from_looking_at_the_next(desk: TwoSites) -> None:
    publish(desk, 0)
    publish(desk, 1)
    desk.at += LONG
    with desk.app.app_context():
        with transaction() as session:
            broken = session.scalars(select(RemoteCopy).order_by(RemoteCopy.id)).first()
            assert broken is not None
            broken.media, broken.looked_at = {"photo": {}}, None
        with pytest.raises(KeyError):
            look_next(clock=lambda: desk.at)
        with transaction() as session:
            seen = session.scalars(select(RemoteCopy.looked_at).order_by(RemoteCopy.id)).all()
        assert (seen[0], look_next(clock=lambda: desk.at)) == (desk.at, True)


def test_its_author_reads_that_it_is_on_no_page_and_the_desk_where_it_was(desk: TwoSites) -> None:
    address = publish(desk)
    delete(desk)
    desk.look(0)
    with desk.app.app_context():
        its = db.session.scalars(select(Submission.public_id)).one()
    with time_machine.travel(desk.at, tick=False):
        own = unescape(desk.author.client.get(MY).text)
    history = unescape(desk.client.get(f"/desk/submission/{its}").text)
    assert "As far as we know, your story is not on any page at the moment." in own
    assert ("No longer published at this address" in history, address in history) == (True, True)


def test_there_once_more_it_is_led_to_again(desk: TwoSites) -> None:
    address = publish(desk)
    post = desk.post(0)
    delete(desk)
    desk.look(0)
    mails = desk.mails()
    desk.sites[0].posts[post.id] = post  # out of a backup of the site
    desk.at += HOUR
    for _look in range(2):
        desk.look(0)
    assert (is_told(desk, address), desk.mails() - mails) == ((True, True), 1)
    assert read_acts(desk) == ["publish", "drop_address", "add_address"]


def test_it_comes_back_although_who_sent_it_has_left_the_desk(desk: TwoSites) -> None:
    address = publish(desk)
    desk.sites[0].set_status(desk.post(0), "draft")
    desk.look(0)
    with desk.app.app_context(), transaction() as session:
        for one in session.scalars(select(Staff)):
            one.active = False
    desk.publish(0)
    assert is_told(desk, address) == (True, True)


def test_gone_from_one_site_it_is_read_on_the_other(desk: TwoSites) -> None:
    first, second = publish(desk), publish(desk, 1)
    delete(desk)
    desk.look(0)
    assert (is_told(desk, first), is_told(desk, second)) == ((False, False), (True, True))


def test_moved_on_its_site_it_is_led_to_where_it_is_now(desk: TwoSites) -> None:
    before = publish(desk)
    desk.post(0).slug = "another-end"
    desk.look(0)
    assert desk.addresses() == [desk.sites[0].address_of(desk.post(0))]
    assert is_told(desk, before) == (False, False)


def test_while_a_site_does_not_answer_its_address_stays(desk: TwoSites) -> None:
    address = publish(desk)
    desk.sites[0].is_down = True
    try:
        desk.look(0)
    finally:
        desk.sites[0].is_down = False
    assert is_told(desk, address) == (True, True)


def test_a_clock_that_was_a_year_ahead_keeps_no_post_from_being_looked_at(desk: TwoSites) -> None:
    desk.at += YEAR
    for which in (0, 1):
        desk.look(which)
    desk.at -= YEAR
    desk.sites[0].set_status(desk.post(0), "publish")
    with desk.app.app_context():
        looks = [look_next(clock=lambda: desk.at) for _look in range(3)]
    assert (looks, desk.addresses()) == ([True, True, False], [desk.sites[0].address_of(desk.post(0))])


def read_rows(desk: TwoSites) -> list[tuple[bool, bool]]:
    """Say of each site whether the page names when it was asked last, and says that it is asked no more."""
    said = ("Site last asked: ", "The portal no longer asks this site by itself.")
    rows = desk.client.get(SENT).text.split('class="queue-row"')[1:]
    return [(said[0] in one, said[1] in one) for one in rows]


def test_the_page_says_when_a_site_was_asked_last_and_that_it_is_asked_no_more(desk: TwoSites) -> None:
    desk.publish(0)
    with desk.app.app_context(), transaction() as session:
        closed = session.scalars(select(Target).where(Target.name == NAMES[1])).one()
        by = session.scalars(select(Staff).where(Staff.role == Role.EDITOR).limit(1)).one()
        close_target(session, closed, by=by, at=desk.at, seen=closed.version)
    soon = read_rows(desk)
    with desk.app.app_context(), transaction() as session:
        for one in session.scalars(select(RemoteCopy)):
            one.sent_at -= LOOKED_AT_FOR
    assert (sorted(soon), read_rows(desk)) == ([(True, False), (True, True)], [(True, True)] * 2)


def test_taken_down_it_is_told_of_once(desk: TwoSites) -> None:
    publish(desk)
    desk.send_again(may="no")
    mails = desk.mails()
    desk.sites[0].set_status(desk.post(0), "trash")
    desk.look(0)
    desk.press("site", 1)
    assert (desk.tasks(), desk.mails() - mails, read_acts(desk)) == ([], 1, ["publish"])


def test_what_was_withdrawn_is_called_back_again_once_it_is_back_there(desk: TwoSites) -> None:
    desk.withdraw()
    for which in (0, 1):
        desk.press("site", which)
    done = desk.tasks()
    desk.sites[0].set_status(desk.post(0), "draft")
    for _look in range(2):
        desk.look(0)
    assert (done, desk.tasks()) == ([], ["Daily"])


def test_what_may_be_published_again_is_called_back_no_more_when_it_is_back(desk: TwoSites) -> None:
    desk.send_again(may="no")
    for which in (0, 1):
        desk.press("site", which)
    desk.send_again()
    desk.sites[0].set_status(desk.post(0), "draft")
    desk.look(0)
    assert desk.tasks() == []


def test_published_too_early_it_is_recorded_by_itself_once_its_day_has_come(desk: TwoSites) -> None:
    desk.send_again(embargo=DAY)
    desk.publish(0)
    with desk.app.app_context(), transaction() as session:
        for one in session.scalars(select(TakeDown)):
            one.outcome, one.closed_at = TakeDownOutcome.NOT_REMOVED, desk.at
            one.note = "Nobody answered."
    early = desk.addresses()
    desk.at += BEGUN
    with desk.app.app_context(), transaction() as session:
        end_embargoes(session, at=desk.at)
    desk.look(0)
    assert (early, desk.addresses()) == ([], [desk.sites[0].address_of(desk.post(0))])


def test_who_undid_that_it_is_published_is_not_overruled_by_an_ordinary_look(desk: TwoSites) -> None:
    desk.publish(0)
    with desk.app.app_context(), transaction() as session:
        story = desk.story(session)
        by = session.scalars(select(Staff).where(Staff.role == Role.EDITOR).limit(1)).one()
        undo_decision(session, story, by=by, at=desk.at, seen=story.version)
    desk.look(0)
    assert (state_of(desk), desk.addresses()) == ("approved", [])
