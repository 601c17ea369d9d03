"""The command that sends accepted stories to a newsroom's site: the same rules as the desk's own button."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import click
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.cli.staff import in_portal
from portal.database import snapshot, transaction
from portal.domain.languages import DEFAULT
from portal.domain.permissions import Permission
from portal.domain.pushes import UNDER_WAY, PushState
from portal.export.pushes import push_next
from portal.models import Coverage, Push, Staff, Target
from portal.operations.coverages.pushes import ask_pushes
from portal.queries.coverages.overview import find_coverage
from portal.queries.coverages.pushes import find_push, list_sendable
from portal.queries.staff import find_staff_by_email
from portal.web.site.push_texts import word_categories, word_push_place, word_push_problem

_SOME_WAIT = 3
_PAUSE_SECONDS = 1.0


@click.command("push")
@click.option(
    "--coverage", "slug", required=True, metavar="SLUG", help="The coverage, as its address names it."
)
@click.option("--target", "name", required=True, metavar="NAME", help="The site, as the desk calls it.")
@click.option("--all-approved", is_flag=True, help="Every story whose author approved the text.")
@click.option("--draft", "public_ids", multiple=True, metavar="ID", help="One draft by its id; repeatable.")
@click.option(
    "--as",
    "email",
    metavar="ADDRESS",
    help="The editor who sends: what the site publishes is then recorded by itself, in that name.",
)
@in_portal
def push(slug: str, name: str, *, all_approved: bool, public_ids: tuple[str, ...], email: str | None) -> None:
    """Send approved stories to a newsroom's site as drafts, a line for each.

    Stories in another language than the site's, and those not approved, stay. Exit code 1 when none could be
    sent, and 3 when some could not, or are tried again by the worker.
    """
    if all_approved == bool(public_ids):
        raise click.UsageError("Say either --all-approved or --draft with an id.")
    chosen = None if all_approved else set(public_ids)
    with transaction() as session:
        coverage, target = _find_target(session, slug, name)
        sendable = list_sendable(session, coverage, target.lang, chosen)
        by = _find_sender(session, coverage, email) if email else None
        ask_pushes(session, target, sendable, by=by, at=_now())
        ids = _list_pushes(session, target, sendable)
        coverage_id, warning = coverage.id, _word_categories(target)
    if not ids:
        raise click.ClickException(f"No approved story in the language of {name} was found.")
    if warning:
        click.echo(warning, err=True)
    sent = _send(coverage_id, ids)
    click.echo(f"{sent} of {len(ids)} sent to {name}")
    if not sent:
        raise click.exceptions.Exit(1)
    if sent < len(ids):
        raise click.exceptions.Exit(_SOME_WAIT)


def _find_target(session: Session, slug: str, name: str) -> tuple[Coverage, Target]:
    coverage = session.scalar(select(Coverage).where(Coverage.slug == slug))
    if coverage is None:
        raise click.ClickException(f"There is no coverage {slug}.")
    named = select(Target).where(
        Target.coverage_id == coverage.id, Target.name == name, Target.closed_at.is_(None)
    )
    target = session.scalar(named)
    if target is None:
        raise click.ClickException(f"The coverage {slug} sends nothing to a site called {name}.")
    return coverage, target


def _find_sender(session: Session, coverage: Coverage, email: str) -> Staff:
    """Return a colleague who may send stories of this coverage."""
    found = find_staff_by_email(session, email)
    may = found is not None and found.active and found.may(Permission.COVERAGE_EXPORT)
    if found is None or not may or find_coverage(session, found, coverage.slug) is None:
        raise click.ClickException(f"Nobody with the address {email} may send stories of {coverage.slug}.")
    return found


def _word_categories(target: Target) -> str:
    with force_locale(DEFAULT.babel):
        return word_categories(target)


def _list_pushes(session: Session, target: Target, sendable: Sequence[int]) -> list[int]:
    wanted = set(sendable)
    found = session.execute(select(Push.id, Push.submission_id).where(Push.target_id == target.id))
    return [row.id for row in found if row.submission_id in wanted]


def _send(coverage_id: int, ids: Sequence[int]) -> int:
    """Send them, beside a worker that may take some of them; return how many have arrived."""
    told: set[int] = set()
    while True:
        with force_locale(DEFAULT.babel):
            is_busy = push_next(clock=_now, only=ids)
            sent, waits = _tell(coverage_id, ids, told)
        if not is_busy and not waits:
            return sent
        if not is_busy:
            time.sleep(_PAUSE_SECONDS)


def _tell(coverage_id: int, ids: Sequence[int], told: set[int]) -> tuple[int, bool]:
    """Print a line for each that has ended, or waits for its next try; say whether others are under way."""
    sent, waits = 0, False
    with snapshot() as session:
        coverage = session.get_one(Coverage, coverage_id)
        rows = session.scalars(select(Push).where(Push.id.in_(ids)).options(joinedload(Push.target))).all()
        for one in rows:
            sent += one.state is PushState.DONE
            is_later = one.state is PushState.WAITING and bool(one.problem)
            waits = waits or (one.state in UNDER_WAY and not is_later)
            if one.id in told or (one.state in UNDER_WAY and not is_later):
                continue
            told.add(one.id)
            row = find_push(session, coverage, one.public_id)
            about = row.draft.public_id if row is not None else one.public_id
            if one.state is PushState.DONE:
                place = row.copy.edit_url if row is not None and row.copy is not None else ""
                click.echo(f"Sent: {about}: {place}")
            else:
                place = word_push_place(one, row.draft) if row is not None else ""
                why = " ".join(filter(None, (word_push_problem(one), place)))
                click.echo(f"Not sent: {about}: {why}", err=True)
    return sent, waits


def _now() -> datetime:
    return datetime.now(UTC)
