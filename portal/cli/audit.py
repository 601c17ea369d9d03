"""The audit log: check that nobody changed it, and note its head elsewhere."""

import click
from sqlalchemy.orm import Session

from portal.cli.counted import counted
from portal.cli.staff import in_portal
from portal.database import snapshot
from portal.domain.audit import Damage, derive_audit_key
from portal.extensions import current_portal, db
from portal.models import AuditEntry
from portal.operations.audit_log import read_head, verify_chain

_WORDS = {
    Damage.CHANGED: "entry {seq} was changed",
    Damage.MISSING: "entry {seq} is missing",
    Damage.CUT: "the log ends before entry {seq}",
}


@click.group("audit")
def audit() -> None:
    """Check the log of everything that was done."""


@audit.command("verify")
@click.option("--head", default="", help="A head noted earlier: the log must still hold it.")
@in_portal
def verify(head: str) -> None:
    """Check every entry of the log. Ends with an error at the first damage."""
    with snapshot() as session:
        found = verify_chain(session, key=derive_audit_key(current_portal().instance.receipt_secret))
        if found is not None:
            raise click.ClickException(f"The log is damaged: {_WORDS[found.damage].format(seq=found.seq)}.")
        if head and not _holds(head):
            raise click.ClickException("The log is damaged: it does not hold the head you noted.")
        click.echo(f"The log is whole: {counted(read_head(session).seq, 'entry', 'entries')}.")


@audit.command("head")
@in_portal
def show_head() -> None:
    """Print the newest entry. Kept elsewhere, it shows later whether the end of the log was cut off."""
    click.echo(write_head(db.session()))


def write_head(session: Session) -> str:
    """Return number and seal of the newest entry, as `verify --head` takes them."""
    head = read_head(session)
    return f"{head.seq}:{head.mac}"


def _holds(noted: str) -> bool:
    seq, _, mac = noted.partition(":")
    if not seq.isdigit():
        raise click.BadParameter("A head looks like 12:ab34…, as `portal audit head` prints it.")
    if int(seq) == 0:
        return True
    found = db.session.get(AuditEntry, int(seq))
    return found is not None and found.mac == mac
