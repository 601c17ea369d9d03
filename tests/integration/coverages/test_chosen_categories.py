"""Stories that leave without categories, as none is chosen for a site: said before, at and after that."""

from typing import Any

import pytest
from sqlalchemy import select

from portal.database import transaction
from portal.models import Target
from tests.support.html_pages import read_tree
from tests.support.plain_browser import find_form
from tests.support.sent_story import EXPORT, SENT
from tests.support.two_sites import TwoSites

CHOSEN = {"history": {"id": 7, "name": "History"}}
NONE_FOR_WEEKLY = (
    "No categories are chosen for Weekly, so stories leave for it without any. "
    "Test the connection on the site’s page here, then choose the categories there."
)
GONE = (
    "A category no longer exists on the site. Choose again in the table of categories for the site. "
    "It is about: History."
)
SENT_WITHOUT = (
    "Categories: sent without any, as none is chosen here for this story. "
    "Choose them on the site’s page here, then send the story again."
)

pytestmark = pytest.mark.either_database


@pytest.fixture
def desk(two_sites: TwoSites) -> TwoSites:
    remember(two_sites, "Daily", categories=CHOSEN)
    two_sites.client.get(SENT)  # where it has been told of the story that was sent
    return two_sites


def remember(desk: TwoSites, name: str, **values: Any) -> str:
    """Put into the row of a site what an editor has chosen; return the address of its page."""
    with desk.app.app_context(), transaction() as session:
        found = session.scalars(select(Target).where(Target.name == name)).one()
        for key, value in values.items():
            setattr(found, key, value)
        return f"{EXPORT.removesuffix('/export')}/targets/{found.public_id}"


def warnings(page: str) -> list[str]:
    """Return what the notices of a page say."""
    notices = read_tree(page).iterfind(".//div[@class='notice warn']")
    return ["".join(one.itertext()).removeprefix("!Important:").strip() for one in notices]


def test_a_site_without_chosen_categories_is_named_before_stories_are_sent(desk: TwoSites) -> None:
    assert warnings(desk.client.get(EXPORT).text) == [NONE_FOR_WEEKLY]


def test_so_is_one_whose_chosen_category_is_gone(desk: TwoSites) -> None:
    remember(desk, "Weekly", categories=CHOSEN, trial={"categories": [[8, "World"]]})
    assert warnings(desk.client.get(EXPORT).text) == [GONE]


def test_the_page_of_the_site_says_it_as_well(desk: TwoSites) -> None:
    daily, weekly = (remember(desk, name) for name in ("Daily", "Weekly"))
    told = [warnings(desk.client.get(one).text) for one in (daily, weekly)]
    assert told == [[], [NONE_FOR_WEEKLY]]


def test_it_is_said_at_the_press_and_of_each_story_that_left_so(desk: TwoSites) -> None:
    form = find_form(desk.client.get(EXPORT).text, field="drafts")
    pressed = desk.client.post(SENT, data={**form["values"], "all_approved": "y"}, follow_redirects=True)
    remember(desk, "Daily", categories={})
    desk.work()
    sent = [
        one.text for one in read_tree(desk.client.get(SENT).text).iterfind(".//li[@class='queue-row']/ul/li")
    ]
    assert (warnings(pressed.text), sent) == ([NONE_FOR_WEEKLY], [SENT_WITHOUT, SENT_WITHOUT])


def test_who_changes_the_address_of_a_site_is_told_that_its_categories_are_chosen_no_longer(
    desk: TwoSites,
) -> None:
    daily = remember(desk, "Daily")
    form = find_form(desk.client.get(daily).text, field="target_name")
    values = {**form["values"], "address": "https://elsewhere.example", "password": "of nobody"}
    page = desk.client.post(daily, data=values, follow_redirects=True).text
    told = "The categories chosen for the old address were cleared, as the new one has others."
    assert warnings(page) == [told, NONE_FOR_WEEKLY.replace("Weekly", "Daily")]


def test_a_story_that_some_category_is_chosen_for_says_nothing(desk: TwoSites) -> None:
    remember(desk, "Weekly", categories={"special": {"id": 7, "name": "Special"}})
    remember(desk, "Daily", categories={"special": {"id": 7, "name": "Special"}})
    desk.send("all_approved")
    assert (desk.states(), SENT_WITHOUT in desk.client.get(SENT).text) == (["done", "done"], False)
