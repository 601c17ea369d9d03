"""Sending stories to a newsroom's site by the command line."""

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from portal.cli import portal
from portal.database import transaction
from portal.domain.permissions import Role
from portal.extensions import current_portal, db
from portal.models import Draft, Push, RemoteCopy, Staff
from tests.support.factories import make_staff
from tests.support.pushed_story import PushDesk, choose_what_is_gone

pytestmark = pytest.mark.either_database


def run_push(push_desk: PushDesk, *more: str) -> Result:
    """Send everything by the command line."""
    with push_desk.app.app_context():
        settings = current_portal().settings
    environ = {
        "PORTAL_INSTANCE": str(settings.instance),
        "PORTAL_DATABASE_URL": settings.database_url,
        "PORTAL_TARGET_NETWORKS": settings.target_networks,
        "PORTAL_TARGET_CA_FILE": settings.target_ca_file,
    }
    asked = ["push", "--coverage", "ukraine-taiwan", "--target", "Site", "--all-approved", *more]
    return CliRunner(env=environ).invoke(portal, asked)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_the_command_line_sends_the_same_way(push_desk: PushDesk) -> None:
    done = run_push(push_desk)
    said = f"Sent: {push_desk.read(Draft).public_id}: {push_desk.read(RemoteCopy).edit_url}"
    assert (done.exit_code, done.stdout.splitlines()) == (0, [said, "1 of 1 sent to Site"])


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_the_command_line_names_what_is_gone_there(push_desk: PushDesk) -> None:
    choose_what_is_gone(push_desk)
    assert "It is about: Taiwan (ROC)." in run_push(push_desk).stderr


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_an_editor_can_be_named_who_sends_by_the_command_line(push_desk: PushDesk) -> None:
    with push_desk.app.app_context():
        editor = db.session.scalars(select(Staff)).first()
        assert editor is not None
    run_push(push_desk, "--as", editor.email)
    senders = push_desk.read(Push).staff_id, push_desk.read(RemoteCopy).staff_id
    assert senders == (editor.id, editor.id)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_nobody_sends_by_the_command_line_in_the_name_of_who_may_not(push_desk: PushDesk) -> None:
    with push_desk.app.app_context(), transaction() as session:
        email = make_staff(session, Role.MODERATOR).email
    done = run_push(push_desk, "--as", email)
    said = f"Error: Nobody with the address {email} may send stories of ukraine-taiwan.\n"
    assert (done.exit_code, done.stderr, push_desk.posts()) == (1, said, [])
