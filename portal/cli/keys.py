"""Commands for the key ring that closes the sealed answers."""

from collections.abc import Mapping

import click

from portal.bulk_run import BulkRun
from portal.cli.staff import in_portal
from portal.database import snapshot
from portal.domain.bulk_runs import RunKind
from portal.extensions import current_portal
from portal.operations.key_rotation import SEALED, count_uses, seal_batch, write_batch
from portal.sealing.keys import KeyRing
from portal.sealing.ring_file import RingBusy, RingFile

SETTLED_SECONDS = 600
"""A request that began before the ring changed has ended by then, and with it the last use of an old key."""


@click.group("keys")
def keys() -> None:
    """Look after the keys that close answers, names, notes, unsent words, captions and files."""


@keys.command("list")
@in_portal
def list_keys() -> None:
    """List the keys of the ring: id, which one seals, how many envelopes each closes."""
    held, current = current_portal().instance.ring_file.read()
    uses = _count_all()
    for key_id in (*held, *sorted(set(uses) - set(held))):
        role = "current" if key_id == current else "old" if key_id in held else "not in the ring"
        click.echo(f"{key_id.hex()}\t{role}\t{uses.get(key_id, 0)}")


@keys.command("rotate")
@click.option("--drop-old", is_flag=True, help="Make no new key; take out the old ones that nothing uses.")
@in_portal
def rotate(*, drop_old: bool) -> None:
    """Make a new key and seal everything again with it.

    The site may run meanwhile. Stopped at any point, run it again: it goes on where it was. The old key stays
    in the ring until --drop-old. Backups made before need it even then: keep a copy of the ring with them.
    """
    ring_file = current_portal().instance.ring_file
    try:
        with ring_file.lock():
            _drop_old(ring_file) if drop_old else _rotate(ring_file)
    except RingBusy as error:
        raise click.ClickException("The ring is being changed by another command. Wait for it.") from error


def _rotate(ring_file: RingFile) -> None:
    held, current = ring_file.read()
    if any(key_id != current and key_id in held for key_id in _count_all()):
        click.echo("Going on with the rotation that was begun.")
    else:
        click.echo(f"New key: {ring_file.add_key().hex()}")
    _reseal_all(ring_file.open())
    click.echo(
        "The old key stays in the ring for requests under way. "
        "Ten minutes from now or later, run: portal keys rotate --drop-old"
    )


def _drop_old(ring_file: RingFile) -> None:
    if ring_file.age() < SETTLED_SECONDS:
        raise click.ClickException(
            "The ring was changed less than ten minutes ago, so a request may still be using the old key. "
            "Nothing was changed. Wait and repeat."
        )
    _reseal_all(ring_file.open())
    held, current = ring_file.read()
    uses = _count_all()
    unused = [key_id for key_id in held if key_id != current and not uses.get(key_id)]
    if unused:
        ring_file.drop_keys(unused)
    for key_id in unused:
        click.echo(f"Taken out: {key_id.hex()}")
    if not unused:
        click.echo("There is no old key that nothing uses.")


def _reseal_all(ring: KeyRing) -> None:
    """Seal everything with the current key of the ring, each batch in a transaction of its own."""
    run = BulkRun(RunKind.KEY_ROTATION)
    resealed = shut = 0
    for sealed in SEALED:
        after: int | None = 0
        while after is not None:
            with snapshot() as reading:
                batch = seal_batch(reading, sealed, keys=ring, after=after)
            if batch.fresh:
                with run.write_block() as session:
                    write_batch(session, sealed, batch)
            resealed, shut, after = resealed + len(batch.fresh), shut + batch.shut, batch.last
    run.end(current_portal().instance.folder)
    click.echo(f"Sealed again: {resealed}")
    if shut:
        click.echo(f"Opened by no key, and left as they are: {shut}", err=True)


def _count_all() -> Mapping[bytes, int]:
    with snapshot() as session:
        return count_uses(session)
