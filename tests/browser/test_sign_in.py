"""Signing in with scripts: a proof opens the door while strangers knock, a passkey in place of the code."""

from datetime import UTC, datetime

import pytest

from portal.database import transaction
from portal.domain.admission import SIGN_INS
from portal.domain.languages import ENGLISH
from portal.domain.permissions import Role
from portal.models import RateBucket
from tests.browser.conftest import Doors, make_account
from tests.browser.hands import Keys
from tests.browser.people import Portal, Staff, Words
from tests.support.staff import PASSWORD

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


KEY_WITH_PIN = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_colleague_adds_a_passkey_and_signs_in_with_it_by_the_keys_alone(
    doors: Doors, portal: Portal
) -> None:
    email = make_account(portal.app, Role.EDITOR, ENGLISH)
    page = doors.open()
    plug = page.context.new_cdp_session(page)
    plug.send("WebAuthn.enable")
    plug.send("WebAuthn.addVirtualAuthenticator", {"options": KEY_WITH_PIN})
    keys = Keys(page)
    staff = Staff(page, Words(portal.app, ENGLISH), keys)
    staff.sign_in(email)
    page.goto("/account/")
    staff.follow("Add or remove passkeys")
    staff.write({"passkey_name": "Blue key"})
    staff.press("Add the passkey")
    staff.write({"passkey_name": "Blue key once more"})
    keys.press(staff.find_button("Add the passkey"))
    page.get_by_text("This device has a passkey for your account already.").wait_for()
    names = page.locator("main li > bdi").all_inner_texts()
    page.goto("/desk/")
    staff.press("Sign out")
    page.goto("/desk/")
    staff.write({"email": email, "password": PASSWORD})
    staff.press("Sign in")
    staff.press("Use a passkey")
    assert (names, page.url, keys.faults) == (["Blue key"], f"{portal.address}/desk/", set())
