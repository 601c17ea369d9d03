"""A story on two newsrooms' sites is sent to each, changed on each, and called back from each by itself."""

import json
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.database import transaction
from portal.domain.permissions import Role
from portal.extensions import db
from portal.models import Draft, Publication, Push, RemoteCopy, Staff, TakeDown, Target
from portal.operations.coverages.targets import close_target
from portal.operations.erasure import erase
from portal.operations.recalls import end_embargoes
from portal.operations.transitions import undo_decision
from tests.support.sent_story import SENT
from tests.support.two_sites import NAMES, TwoSites

pytestmark = pytest.mark.either_database

DAY = "2026-06-01"


@pytest.fixture
def desk(two_sites: TwoSites) -> TwoSites:
    return two_sites


def test_one_press_brings_it_to_both(desk: TwoSites) -> None:
    assert [desk.post(which).status for which in (0, 1)] == ["draft", "draft"]


def test_what_is_edited_on_one_is_asked_about_there_alone(desk: TwoSites) -> None:
    desk.sites[0].edit(desk.post(0), "<p>Theirs.</p>")
    desk.send("all_approved")
    assert (desk.states(), desk.post(0).texts["content"]) == (["asking", "done"], "<p>Theirs.</p>")


def test_where_one_of_them_fails_the_page_of_it_says_why(desk: TwoSites) -> None:
    desk.sites[0].is_down = True
    try:
        desk.send("all_approved")
    finally:
        desk.sites[0].is_down = False
    with desk.app.app_context():
        its = select(Push.public_id).join(Target).where(Target.name == NAMES[0])
        failed = db.session.scalars(its).one()
    page = desk.client.get(f"{SENT}/{failed}").text
    assert desk.states() == ["waiting", "done"]
    assert "The site has an error of its own." in page


def test_withdrawn_it_is_taken_down_from_one_after_the_other(desk: TwoSites) -> None:
    desk.withdraw()
    seen = [desk.tasks()]
    for which in (1, 0):
        desk.press("site", which)
        seen.append(desk.tasks())
    assert seen == [["Daily", "Weekly"], ["Daily"], []]
    assert [(desk.post(which).status, len(desk.sites[which].media)) for which in (0, 1)] == [("trash", 0)] * 2


def test_a_refused_photo_goes_from_each_with_the_text_that_is_sent_there(desk: TwoSites) -> None:
    desk.refuse_photo()
    desk.press("correct", 0)
    desk.work()
    after_one = desk.tasks(), [len(site.media) for site in desk.sites]
    desk.press("correct", 1)
    desk.work()
    assert after_one == (["Weekly"], [0, 1])
    assert (desk.tasks(), [len(site.media) for site in desk.sites]) == ([], [0, 0])


def test_published_on_both_it_is_read_at_both_and_called_back_from_both(desk: TwoSites) -> None:
    for which in (0, 1):
        desk.publish(which)
    desk.withdraw()
    read_at = [desk.sites[which].address_of(desk.post(which)) for which in (0, 1)]
    assert (desk.addresses(), desk.tasks()) == (read_at, ["Daily", "Weekly"])


def test_the_front_page_leads_to_each_site_by_its_name_and_its_feeds_to_the_first(desk: TwoSites) -> None:
    for which in (1, 0):
        desk.publish(which)
    with time_machine.travel(desk.at + timedelta(hours=1), tick=False):
        page = desk.app.test_client().get("/en/ukraine-taiwan/").text
        first = json.loads(page.partition('type="application/ld+json">')[2].partition("</script>")[0])
        feed = desk.app.test_client().get("/en/ukraine-taiwan/feed.json").get_json()
    canonical, second = desk.addresses()
    places = (
        f'<span>Ukrainian (Weekly)</span><span><a href="{second}" hreflang="uk">Ukrainian (Daily)</a></span>'
    )
    assert places in page
    assert [first["hasPart"][0]["url"], feed["items"][0]["url"]] == [canonical] * 2


def test_the_author_is_told_of_the_second_site_as_of_the_first(desk: TwoSites) -> None:
    desk.publish(0)
    before = desk.mails()
    desk.at += timedelta(hours=1)
    with time_machine.travel(desk.at, tick=False):
        desk.publish(1)
        page = desk.author.client.get("/en/my").text
        desk.look(1)
    told = [
        f'<li>Ukrainian · {name}<br><a href="{url}"' in page
        for name, url in zip(NAMES, desk.addresses(), strict=True)
    ]
    assert (told, desk.mails() - before) == ([True, True], 1)


def test_the_second_site_is_told_of_with_the_first_while_that_can_be_undone(desk: TwoSites) -> None:
    before = desk.mails()
    for which in (0, 1):
        desk.publish(which)
    mails = desk.mails() - before
    with desk.app.app_context(), transaction() as session:
        told = session.scalars(select(Publication.visible_at).distinct()).all()
        story = desk.story(session)
        by = session.scalars(select(Staff).where(Staff.role == Role.EDITOR).limit(1)).one()
        undo_decision(session, story, by=by, at=desk.at, seen=story.version)
    assert (len(told), mails, desk.addresses()) == (1, 1, [])


def test_an_address_by_hand_takes_the_place_of_one_that_no_site_has_published(desk: TwoSites) -> None:
    desk.publish(0)
    desk.sites[0].set_status(desk.post(0), "draft")
    desk.look(0)
    with desk.app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft)).one()
        places = {"visible_at": desk.at, "recorded_at": desk.at, "lang": "uk"}
        draft.publications.append(Publication(url="https://example.org/moved", **places))
        session.flush()
        assert [one.url for one in draft.addresses] == ["https://example.org/moved"]


def test_before_its_day_it_goes_off_the_pages_of_the_one_that_has_published_it(desk: TwoSites) -> None:
    desk.publish(0)
    desk.send_again(embargo=DAY)
    asked = desk.tasks()
    desk.press("site", 0)
    assert (asked, desk.tasks()) == (["Daily", "Weekly"], ["Weekly"])
    assert [desk.post(which).status for which in (0, 1)] == ["draft", "draft"]


def test_a_draft_of_which_the_newsroom_knows_the_day_is_called_back_once_it_is_published(
    desk: TwoSites,
) -> None:
    desk.send_again(embargo=DAY)
    desk.look(0)
    asked = desk.tasks()
    for _place in NAMES:
        desk.record("corrected")
    told = desk.tasks()
    desk.publish(1)
    with desk.app.app_context():
        read_at = db.session.scalars(select(TakeDown.url).where(TakeDown.closed_at.is_(None))).all()
    assert (asked, told) == (["Daily", "Weekly"], [])
    assert (desk.tasks(), read_at) == (["Weekly"], [desk.sites[1].address_of(desk.post(1))])


def test_once_published_again_on_its_day_it_is_read_there(desk: TwoSites) -> None:
    desk.publish(0)
    desk.send_again(embargo=DAY)
    desk.press("site", 0)
    with desk.app.app_context(), transaction() as session:
        end_embargoes(session, at=desk.at + timedelta(days=90))
        without_a_day = session.scalars(select(Publication.url)).all()
    assert (desk.tasks(), without_a_day) == ([], [])


def test_gone_from_a_site_ends_all_that_was_asked_for_there(desk: TwoSites) -> None:
    desk.send_again(may="no")
    desk.withdraw()
    desk.sites[0].set_status(desk.post(0), "trash")
    desk.look(0)
    assert desk.tasks() == ["Weekly", "Weekly"]


def test_erased_the_ledger_keeps_the_closed_site_until_somebody_has_done_it_by_hand(desk: TwoSites) -> None:
    with desk.app.app_context(), transaction() as session:
        closed = session.scalars(select(Target).where(Target.name == NAMES[0])).one()
        by = session.scalars(select(Staff).where(Staff.role == Role.EDITOR).limit(1)).one()
        close_target(session, closed, by=by, at=desk.at, seen=closed.version)
        erase(session, desk.story(session), by=None, at=desk.at)
    desk.press("site", 1)
    with desk.app.app_context():
        left = db.session.scalars(select(Target.name).join(RemoteCopy, RemoteCopy.target_id == Target.id))
        kept = left.all()
    desk.record("removed")
    with desk.app.app_context():
        rest = [db.session.scalars(select(one)).first() for one in (RemoteCopy, TakeDown, Push)]
    assert (kept, rest) == ([NAMES[0]], [None, None, None])
