"""The doctor's look into an open database: keys, audit log, mail, clock."""

import smtplib
import ssl
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.cli.belonging import newest_schema, word_damaged, word_no_answer
from portal.cli.counted import counted
from portal.cli.doctor.findings import Finding, Kind
from portal.cli.doctor.settings import LOCAL
from portal.config import PREFIX, Settings
from portal.database import snapshot
from portal.domain.audit import derive_audit_key
from portal.domain.data_inventory import TABLES_OF_TEXTS
from portal.domain.deadlines import round_to_hour
from portal.domain.sweeps import SMALL_BYTES, is_sweep_late
from portal.extensions import current_portal, db
from portal.mail.deliver import SmtpCarrier, choose_carrier, name_error
from portal.operations.audit_guards import list_missing_guards
from portal.operations.audit_log import is_written_with, read_newest_time, verify_chain
from portal.operations.belonging import read_schema
from portal.operations.key_rotation import count_uses, list_newest_keys
from portal.operations.search_fts5 import is_sound, list_damage, read_fill
from portal.operations.search_index import count_left, count_marked, list_unreadable_texts
from portal.pg_repack import Lack, find_lack, list_abandoned
from portal.queries.outbox import count_failed, count_overdue
from portal.queries.retention import read_oldest_sweep, read_stop
from portal.table_rewrite import measure_tables

_LACKS: Mapping[Lack, str] = {
    Lack.EXTENSION: "the database has no extension pg_repack, with which nobody waits. Install it, and say "
    "as a superuser: CREATE EXTENSION pg_repack",
    Lack.RIGHTS: "the portal's role may not use pg_repack. Say as a superuser, with its name: GRANT USAGE, "
    "CREATE ON SCHEMA repack TO portal; GRANT SELECT ON ALL TABLES IN SCHEMA repack TO portal",
    Lack.PROGRAM: "the database has pg_repack, but this machine has no program pg_repack. Install it.",
    Lack.RELEASE: "the program pg_repack, the server's library and the extension are of different releases. "
    "Install the same, and say as a superuser: DROP EXTENSION pg_repack CASCADE; CREATE EXTENSION pg_repack",
    Lack.OWNER: "this pg_repack serves superusers alone. From 1.5.2 on it serves the portal's role.",
}
_OVERDUE = timedelta(minutes=15)
_CLOCK_MAY_DIFFER = timedelta(minutes=10)
_MARKED_BY_NOW = 50
_NAMED = 5


def examine_database(app: Flask, *, at: datetime | None = None) -> list[Finding]:
    """Return everything that is wrong inside the database. Needs no application context."""
    moment = at or datetime.now(UTC)
    with app.app_context():
        try:
            if _is_broken():
                return [word_damaged(current_portal().settings)]
            if _is_behind():
                return [
                    Finding(
                        Kind.DATABASE_BEHIND,
                        "The database is not at this release's state. Run: portal upgrade",
                    )
                ]
            with snapshot() as session:
                return [
                    *_examine_keys(session, set(count_uses(session))),
                    *_examine_log(session),
                    *_examine_role(session),
                    *_examine_clock(session, moment),
                    *_examine_remnants(session, moment),
                    *_examine_rewriting(session),
                    *_examine_search(session),
                    *_examine_outbox(session, moment),
                ]
        except SQLAlchemyError as error:
            return [word_no_answer(current_portal().settings, error)]
        finally:
            db.session.remove()
            db.engine.dispose()


def examine_before_upgrading(app: Flask) -> list[Finding]:
    """Return what must keep the schema from being changed: a ring that opens nothing of what is sealed.

    Steps seal what lay open before. With another ring than that of the database, putting the right one back
    would lose it.
    """
    with app.app_context():
        try:
            with snapshot() as session:
                named = list_newest_keys(session)
                keys = current_portal().instance.keys.keys
                return _word_lost(named) if named.isdisjoint(keys) else []
        finally:
            db.session.remove()


def examine_before_serving(app: Flask) -> list[Finding]:
    """Return what must keep the portal from running, looking at little: a start must not take long."""
    with app.app_context():
        try:
            with snapshot() as session:
                return _examine_keys(session, list_newest_keys(session))
        finally:
            db.session.remove()


def _is_broken() -> bool:
    """Say whether SQLite finds a page that is not as it was written; PostgreSQL says so when it reads one.

    Of the index of the search that is said by itself.
    """
    if db.engine.dialect.name != "sqlite":
        return False
    with closing(db.engine.connect()) as connection:
        return bool(list_damage(connection))


def _is_behind() -> bool:
    with closing(db.engine.connect()) as connection:
        return read_schema(connection) != newest_schema()


def _examine_keys(session: Session, named: set[bytes]) -> list[Finding]:
    """Find a database that was written with other secrets and keys than this instance has."""
    instance = current_portal().instance
    if not is_written_with(session, key=derive_audit_key(instance.receipt_secret)):
        return [
            Finding(
                Kind.OTHER_SECRETS,
                f"The database was written with another {instance.folder / 'secrets.json'}: codes of "
                "contributors would open nothing. Put it back from your copy.",
            )
        ]
    return _word_lost(named - set(instance.keys.keys))


def _word_lost(keys: Collection[bytes]) -> list[Finding]:
    if not keys:
        return []
    path, lost = current_portal().instance.ring_file.path, ", ".join(sorted(one.hex() for one in keys))
    return [
        Finding(
            Kind.LOST_KEY,
            f"{path} lacks the key {lost}: what it sealed cannot be opened. "
            "Put the ring back from your copy.",
        )
    ]


def _examine_log(session: Session) -> Iterator[Finding]:
    key = derive_audit_key(current_portal().instance.receipt_secret)
    # With other secrets the whole log looks damaged.
    damage = verify_chain(session, key=key) if is_written_with(session, key=key) else None
    if damage is not None:
        yield Finding(
            Kind.AUDIT_DAMAGED, f"The audit log is damaged at entry {damage.seq}. Run: portal audit verify"
        )
    if list_missing_guards(session):
        yield Finding(
            Kind.AUDIT_UNGUARDED,
            "Somebody has taken away what keeps the audit log from being changed. "
            "Run: portal audit verify, then: portal upgrade",
        )


def _examine_role(session: Session) -> Iterator[Finding]:
    if session.get_bind().dialect.name != "postgresql":
        return
    if session.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
        yield Finding(
            Kind.MIGHTY_ROLE,
            "The portal's role in PostgreSQL is a superuser, whom the audit log's guards do not stop. "
            "Give the portal a role of its own.",
        )


def _examine_clock(session: Session, at: datetime) -> Iterator[Finding]:
    newest = read_newest_time(session)
    if newest is not None and newest > at + _CLOCK_MAY_DIFFER:
        yield Finding(
            Kind.CLOCK_BEHIND,
            f"This machine says it is {at:%Y-%m-%d %H:%M} UTC, but the audit log has an entry of "
            f"{newest:%Y-%m-%d %H:%M} UTC. Set the clock.",
        )
    stopped = read_stop(session)
    if stopped is not None:
        yield Finding(
            Kind.ERASING_STOPPED,
            f"Since {stopped:%Y-%m-%d %H:%M} UTC nothing is erased by the clock, because it may be wrong. "
            "Check it, then run: portal erase-due",
        )


def _examine_remnants(session: Session, at: datetime) -> Iterator[Finding]:
    since = read_oldest_sweep(session)
    if since is None or not is_sweep_late(since, at=at):
        return
    larger = (
        " Tables that are too large for the worker's night are rewritten with: portal erase-due --rewrite, "
        "or by pg_repack"
        if session.get_bind().dialect.name == "postgresql"
        else ""
    )
    yield Finding(
        Kind.REMNANTS_LEFT,
        f"Since {since:%Y-%m-%d %H:%M} UTC files of the database hold remnants of erased texts, and their "
        "authors were told a day: the worker does not run, or a program has read from the database without "
        f"an end.{larger}",
    )


def _examine_rewriting(session: Session) -> Iterator[Finding]:
    """Find large tables that are rewritten while everybody waits, and what a killed pg_repack has left."""
    if session.get_bind().dialect.name != "postgresql":
        return
    size = sum(measure_tables(session, TABLES_OF_TEXTS).values())
    lack = find_lack(session) if size > SMALL_BYTES else None
    if lack is not None:
        yield Finding(
            Kind.REWRITE_HOLDS,
            f"Tables with texts take {size // 1024**2} MiB. After erasing they are written anew at night by "
            f"VACUUM FULL, for which people wait up to 8 seconds a table: {_LACKS[lack]}",
        )
    if list_abandoned(session):
        yield Finding(
            Kind.REPACK_LEFT,
            "A pg_repack was cut off and has left tables that hold words of people. The worker clears them "
            "away every ten minutes, and portal erase-due does. Where another role has made them, say as a "
            "superuser: DROP EXTENSION pg_repack CASCADE; CREATE EXTENSION pg_repack",
        )


def _examine_search(session: Session) -> Iterator[Finding]:
    """Find an index that is damaged, and texts the search knows by an older release, by their ids, or not.

    A few that are marked were changed a moment ago: the worker reads them within seconds.
    """
    if read_fill(session).is_damaged or not is_sound(session):
        yield Finding(
            Kind.SEARCH_DAMAGED,
            "The index of the search is damaged. No text is: the worker makes it anew within minutes. "
            "At once: portal search reindex",
        )
    left, marked = count_left(session), count_marked(session)
    behind = left + (marked if marked > _MARKED_BY_NOW else 0)
    if behind:
        one, many = "text is not in the search as it is", "texts are not in the search as they are"
        yield Finding(
            Kind.SEARCH_BEHIND,
            f"{counted(behind, one, many)}. The worker goes on in small steps. At once: portal search "
            "reindex",
        )
    if aside := list_unreadable_texts(session, most=_NAMED + 1):
        named = ", ".join(aside[:_NAMED]) + (", and more" if len(aside) > _NAMED else "")
        yield Finding(
            Kind.SEARCH_LACKS,
            "What these texts say cannot be read for the search: they are found by their ids alone, until "
            f"they are changed, or read by portal search reindex: {named}",
        )


def _examine_outbox(session: Session, at: datetime) -> Iterator[Finding]:
    failed = count_failed(session)
    if failed:
        yield Finding(
            Kind.MAIL_GIVEN_UP,
            f"{counted(failed, 'e-mail was', 'e-mails were')} given up. An admin sees which under Settings.",
        )
    waiting = count_overdue(session, before=round_to_hour(at - _OVERDUE))
    if waiting:
        yield Finding(
            Kind.MAIL_WAITS,
            f"{counted(waiting, 'e-mail has', 'e-mails have')} been due for more than 15 minutes, or up to "
            "an hour more, as times lie on the hour: the worker does not run, or the mail server is too "
            "slow. `portal serve` starts a worker; without it run: portal worker",
        )


def examine_mail_server(settings: Settings) -> Iterator[Finding]:
    """Find a mail server that does not let us in, or would have addresses travel in the open."""
    carrier = choose_carrier(settings.smtp_url, settings.instance / "mail")
    if not isinstance(carrier, SmtpCarrier):
        return
    try:
        with carrier.open() as server:
            is_sealed = isinstance(server.sock, ssl.SSLSocket)
    except (OSError, smtplib.SMTPException) as error:
        yield Finding(
            Kind.MAIL_SERVER_AWAY,
            f"The server of {PREFIX}SMTP_URL does not take e-mails ({name_error(error)}). "
            "Until it does, e-mails wait.",
        )
        return
    if not is_sealed and carrier.host not in LOCAL:
        yield Finding(
            Kind.MAIL_IN_CLEAR,
            f"The server of {PREFIX}SMTP_URL offers no encryption: who listens reads the addresses of "
            "contributors. Use smtps.",
        )
