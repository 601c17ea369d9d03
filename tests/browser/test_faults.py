"""What the browsers of the tests note: each fault, seeded, is noted, and nothing else is."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from flask import Response
from playwright.sync_api import Browser

from portal.web.site.access import access
from tests.browser.conftest import Doors
from tests.browser.people import Portal

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]
PAGES = {
    "a script in the page": ("<script>1</script>", "console"),
    "a style in the page": ('<p style="color: red">', "console"),
    "a picture from elsewhere": ('<img src="https://evil.example/x.png" alt="">', "elsewhere"),
    "a file of ours that is not there": ('<link rel="stylesheet" href="/static/none.css">', "console"),
}


@pytest.fixture
def watched(chromium: Browser, portal: Portal) -> Iterator[Doors]:
    """Browsers whose faults the test reads itself."""
    with ExitStack() as stack:
        yield Doors(chromium, portal, stack)


@pytest.mark.parametrize("fault", PAGES)
def test_a_fault_of_a_page_is_noted(portal: Portal, watched: Doors, fault: str) -> None:
    body, kind = PAGES[fault]

    @access("open")
    def show(**_named: object) -> Response:
        return Response(f"<!doctype html><title>Seeded</title>{body}", mimetype="text/html")

    whole = portal.app.view_functions["public.help_page"]
    portal.app.view_functions["public.help_page"] = show
    try:
        page = watched.open()
        page.goto("/en/help")
        page.wait_for_load_state("networkidle")
    finally:
        portal.app.view_functions["public.help_page"] = whole
    found = watched.find_unexpected(breaks_network=True)
    assert {one.partition(":")[0] for one in found} >= {kind}


def test_a_page_that_refuses_something_is_no_fault(watched: Doors) -> None:
    watched.open().goto("/en/nowhere/at/all")
    assert watched.find_unexpected(breaks_network=False) == []
