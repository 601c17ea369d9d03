"""Commands for accounts: invite, list, renew, deactivate. The way in when nobody can sign in."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import wraps
from typing import ParamSpec

import click

from portal.cli.belonging import keep_record
from portal.cli.clock_alarm import print_alarms
from portal.cli.database import open_portal
from portal.database import snapshot, transaction
from portal.domain.languages import LOCALES
from portal.domain.permissions import Role
from portal.extensions import current_portal, db
from portal.models import Coverage, Staff
from portal.operations.staff.accounts import (
    EmailTaken,
    LastAdmin,
    deactivate,
    grant_identity_reading,
    invitation_address,
    invite_staff,
    issue_renewal_link,
)
from portal.queries.staff import find_coverages, find_staff_by_email, list_all_coverages, list_staff

P = ParamSpec("P")


def in_portal(command: Callable[P, None]) -> Callable[P, None]:
    """Run a command inside the portal that the settings name, its database brought up to date."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        app = open_portal()
        with app.app_context():
            try:
                print_alarms()
                command(*args, **kwargs)
                with snapshot() as session:
                    keep_record(session)
            finally:
                db.session.remove()
                db.engine.dispose()

    return run


@click.group("staff")
def staff() -> None:
    """Invite members of staff, list them, renew or close their accounts."""


@staff.command("invite")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), required=True, help="What they may do."
)
@click.option("--email", default="", help="Only this address can be used for the account. No e-mail is sent.")
@click.option(
    "--locale",
    type=click.Choice([one.tag for one in LOCALES]),
    help="Language of their desk; without it, that of their browser.",
)
@click.option("--coverage", "slugs", multiple=True, metavar="SLUG", help="One they work on; without it, all.")
@in_portal
def invite_person(role: str, email: str, locale: str | None, slugs: tuple[str, ...]) -> None:
    """Print a one-time link that makes an account."""
    try:
        with transaction() as session:
            token = invite_staff(
                session,
                role=Role(role),
                by=None,
                at=datetime.now(UTC),
                email=email,
                locale=locale or "",
                coverages=_find_all(slugs),
            )
    except EmailTaken as error:
        raise click.ClickException(f"There is already an account with the address {email}.") from error
    _print_link(token)


def _find_all(slugs: Sequence[str]) -> Sequence[Coverage]:
    """Return the coverages with these slugs, all of them without slugs; ClickException for an unknown one."""
    if not slugs:
        return list_all_coverages(db.session())
    found = find_coverages(db.session(), slugs)
    if missing := set(slugs) - {one.slug for one in found}:
        raise click.ClickException(f"There is no coverage {', '.join(sorted(missing))}.")
    return found


def _print_link(token: str) -> None:
    click.echo(invitation_address(current_portal().settings.base_url, token))


@staff.command("list")
@in_portal
def list_people() -> None:
    """List the accounts: address, role, open or closed."""
    for one in list_staff(db.session()):
        click.echo(f"{one.email}\t{one.role}\t{'active' if one.active else 'deactivated'}")


@staff.command("renew")
@click.argument("email")
@in_portal
def renew_person(email: str) -> None:
    """Print a one-time link that sets an account's password and second factor anew."""
    with transaction() as session:
        token = issue_renewal_link(session, _find_one(email), by=None, at=datetime.now(UTC))
    _print_link(token)


@staff.command("deactivate")
@click.argument("email")
@in_portal
def deactivate_person(email: str) -> None:
    """Close an account and end its sessions."""
    try:
        with transaction() as session:
            deactivate(session, _find_one(email), by=None, at=datetime.now(UTC))
    except LastAdmin as error:
        raise click.ClickException("This is the only admin. Make another admin first.") from error
    click.echo(f"{email} is deactivated.")


@staff.command("identity")
@click.argument("email")
@click.option(
    "--grant/--revoke", "grants", default=None, help="Give the right, or take it back; one is needed."
)
@in_portal
def name_person(email: str, *, grants: bool | None) -> None:
    """Name somebody who may open contact and risk answers, or end that. Every opening is logged."""
    if grants is None:
        raise click.UsageError("Say --grant or --revoke.")
    with transaction() as session:
        grant_identity_reading(session, _find_one(email), reads=grants, at=datetime.now(UTC))
    click.echo(f"{email} {'may' if grants else 'may not'} open contact and risk answers.")


def _find_one(email: str) -> Staff:
    found = find_staff_by_email(db.session(), email)
    if found is None:
        raise click.ClickException(f"There is no account with the address {email}.")
    return found
