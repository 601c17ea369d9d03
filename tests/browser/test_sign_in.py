"""While strangers knock, a page with scripts brings the proof that opens the door."""

from datetime import UTC, datetime

import pytest

from portal.database import transaction
from portal.domain.lanes import SIGN_INS
from portal.domain.languages import ENGLISH
from portal.domain.permissions import Role
from portal.models import RateBucket
from tests.browser.conftest import Doors, make_account
from tests.browser.people import Portal, Staff, Words

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]


def test_a_colleague_in_a_new_browser_signs_in_beside_a_flood(doors: Doors, portal: Portal) -> None:
    email = make_account(portal.app, Role.EDITOR, ENGLISH)
    with portal.app.app_context(), transaction() as session:
        # Two hours' worth: it stays full while the browser starts.
        session.add(RateBucket(name="sign_in", level=SIGN_INS.per_hour * 2.0, updated_at=datetime.now(UTC)))
    staff = Staff(doors.open(), Words(portal.app, ENGLISH))
    staff.sign_in(email)
    assert staff.page.url == f"{portal.address}/desk/"
