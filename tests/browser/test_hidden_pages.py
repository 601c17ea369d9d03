"""A browser that tells nobody which page it comes from: what is written there arrives all the same."""

import pytest
from playwright.sync_api import Route

from portal.domain.states import State
from tests.browser.conftest import Doors
from tests.browser.people import Portal
from tests.browser.writers import Writer, read_submissions

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]


def hide_page(route: Route) -> None:
    """Let the page ask to be told to nobody, as careful browsers and their extensions do for every page."""
    if route.request.method != "GET":
        route.continue_()
        return
    answer = route.fetch()
    route.fulfill(response=answer, headers={**answer.headers, "referrer-policy": "no-referrer"})


@pytest.mark.parametrize("scripts", [True, False])
def test_a_pitch_from_a_page_that_is_hidden_is_sent(doors: Doors, portal: Portal, *, scripts: bool) -> None:
    writer = Writer(doors.open(locale="en", java_script_enabled=scripts), portal)
    sent: list[tuple[str, str]] = []
    writer.page.on(
        "request",
        lambda asked: (
            sent.append((asked.all_headers().get("origin", ""), asked.all_headers().get("referer", "")))
            if asked.method == "POST" and asked.url.endswith("/pitch/send")
            else None
        ),
    )
    writer.page.route("**/ukraine-taiwan/pitch", hide_page)
    writer.open()
    writer.fill_in()
    writer.send()
    writer.page.wait_for_url("**/my/receipt")
    # Scripts that ask their own server say where they are from even then.
    origin = portal.address if scripts else "null"
    assert (sent[-1:], read_submissions(portal)) == ([(origin, "")], [(State.SUBMITTED, 1)])
