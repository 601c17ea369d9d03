"""What every page says and asks, compared with what people have read and approved.

Whoever changes a page on purpose runs `pytest tests/integration/site/test_approved_pages.py --approve` and
reads the difference in tests/approved before it is committed.
"""

from pathlib import Path

import pytest

from portal.domain.languages import DEFAULT
from tests.support.approved_pages import describe_pages
from tests.support.html_pages import Site, read_site
from tests.support.page_list import ROOMS, STATES

APPROVED = Path(__file__).parents[2] / "approved"


@pytest.fixture(scope="module")
def site(site_folder: Path, fresh_folder: Path) -> Site:
    """Every page, in the language its texts are written in first."""
    return read_site(site_folder, DEFAULT, fresh_folder)


@pytest.mark.parametrize("room", [*ROOMS, *STATES])
def test_every_page_says_and_asks_what_was_approved(
    site: Site, room: str, pytestconfig: pytest.Config
) -> None:
    approved = APPROVED / f"{room}.txt"
    described = describe_pages(site[room])
    if pytestconfig.getoption("approve"):
        approved.write_text(described)
    assert described.splitlines() == approved.read_text().splitlines()


def test_nothing_is_approved_that_no_page_is_compared_with() -> None:
    assert {path.stem for path in APPROVED.iterdir()} == {*ROOMS, *STATES}
