"""The filter of the queue as a form: what is gone is said and can be changed; the list is found as left."""

import re
from urllib.parse import urlencode

import pytest

from portal.domain.permissions import Role
from portal.extensions import db
from portal.server.reading import MOST_LINE_BYTES
from tests.support.bad_input import Desk
from tests.support.factories import make_staff
from tests.support.plain_browser import find_form
from tests.support.staff import enter_as

pytestmark = pytest.mark.either_database
GONE = "0" * 32


def find_way_back(page: str) -> str:
    """Return where the desk's own navigation leads to the queue."""
    found = re.search(r'<nav class="desk-nav".*?href="([^"]+)"', page, re.DOTALL)
    assert found is not None
    return found[1].replace("&amp;", "&")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("tag", GONE, "The tag this list is for was removed"),
        ("assignee", GONE, "The colleague this list is for is no longer on the desk."),
        ("lang", "pl", "There is no text in Polish any more."),
    ],
)
def test_what_is_gone_is_said_and_stays_chosen(moderator: Desk, name: str, value: str, said: str) -> None:
    page = moderator.client.get(f"/desk/?{name}={value}").text
    assert (page.count(said), find_form(page, field="sort")["values"][name]) == (1, value)


def test_what_is_there_is_not_said_to_be_gone(moderator: Desk) -> None:
    page = moderator.client.get("/desk/?lang=uk&assignee=me&place=tw&photos=some").text
    assert ('class="queue-gone"' in page, "Nothing matches these filters." in page) == (False, True)


def test_the_list_is_found_as_it_was_left_but_for_words_and_page(moderator: Desk) -> None:
    asked = "/desk/?view=open&kind=story&q=чайник&sort=newest&after=W10"
    shown = moderator.client.get(asked).text
    moderator.client.get(moderator.page(moderator.pitch))
    left = find_way_back(moderator.client.get("/desk/take-downs").text)
    assert (find_way_back(shown), left) == ("/desk/", "/desk/?view=open&kind=story&sort=newest")


def test_the_list_of_another_person_at_the_same_computer_is_their_own(moderator: Desk) -> None:
    moderator.client.get("/desk/?view=closed")
    with moderator.app.app_context():
        other = make_staff(db.session(), Role.EDITOR).email
        db.session.commit()
    enter_as(moderator.client, other)
    assert find_way_back(moderator.client.get("/desk/take-downs").text) == "/desk/"


def test_an_address_says_what_is_listed_whatever_was_used_last(moderator: Desk) -> None:
    moderator.client.get("/desk/?view=closed")
    page = moderator.client.get("/desk/").text
    assert find_form(page, field="sort")["values"]["view"] == "triage"


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("чайник", ["Titles first, then newest"]),
        ("", ["Due first", "Oldest first", "Newest first"]),
    ],
)
def test_a_search_says_its_own_order_and_keeps_that_of_the_list(
    moderator: Desk, words: str, offered: list[str]
) -> None:
    page = moderator.client.get("/desk/", query_string={"q": words, "sort": "newest"}).text
    options = re.findall(r"<option[^>]*>([^<]+)", page[page.index('name="sort"') :].partition("</select>")[0])
    assert (options, find_form(page, field="sort")["values"]["sort"]) == (offered, "newest")


@pytest.mark.parametrize("name", ["q", "find"])
def test_the_longest_search_is_found_again_after_signing_in(editor: Desk, name: str) -> None:
    page = editor.page(editor.pitch)
    shown = editor.client.get(page).text
    form, box = find_form(shown, field=name), re.search(rf'name="{name}" maxlength="(\d+)"', shown)
    assert box is not None
    asked = f"{form['action']}?{urlencode({**form['values'], name: '茶' * int(box[1])})}"
    to_sign_in = editor.app.test_client().get(asked).headers["Location"]
    lengths = [len(f"GET {address} HTTP/1.1") for address in (asked, to_sign_in)]
    assert [length <= MOST_LINE_BYTES for length in lengths] == [True, True], lengths
