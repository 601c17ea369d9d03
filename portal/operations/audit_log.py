"""Writing and checking the audit log: one entry for every event, in the event's own transaction."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, event, insert, inspect, select, update
from sqlalchemy.orm import Mapper, Session, object_session

from portal.domain.audit import KEPT, AuditAct, ChainEntry, DamagedEntry, bind_entry, find_damage, is_bound
from portal.domain.deadlines import round_to_hour
from portal.models import AuditEntry, AuditHead, Base, Event, Staff, Submission
from portal.models.submission import BY_DESK_CODE

CONTRIBUTOR = "contributor"
HOLDER = "desk_code"
"""Whoever came with a code of the desk and had not proved to be the author."""
PORTAL = "portal"
_WAITING = "audit"
"""Where a session keeps what is to be written when it commits."""
_HEAD = 1
_ENTRIES, _HEADS = (Base.metadata.tables[one.__tablename__] for one in (AuditEntry, AuditHead))
_HOLD_HEAD = select(_HEADS.c.seq, _HEADS.c.mac).where(_HEADS.c.id == _HEAD).with_for_update()
_ADD_ENTRIES = insert(_ENTRIES)
_MOVE_HEAD = update(_HEADS).where(_HEADS.c.id == _HEAD)
_AT_ONCE = 1000
_NEWEST = 5


@dataclass(frozen=True)
class _Note:
    """An act that is no event of a submission."""

    act: AuditAct
    by: Staff | None
    about: str
    at: datetime
    detail: Mapping[str, Any]


def record_act(
    session: Session, act: AuditAct, *, by: Staff | None, about: str, at: datetime, **detail: str | int | bool
) -> None:
    """Have an act written into the log when the transaction commits; `about` is a public id.

    `detail` holds no text anybody wrote and nothing that names a contributor.
    """
    session.info.setdefault(_WAITING, []).append(_Note(act, by, about, at, detail))


@event.listens_for(Event, "after_insert")
def _note_event(_mapper: Mapper[Event], _connection: Connection, added: Event) -> None:
    """Remember every event of a submission, whoever adds it."""
    session = object_session(added)
    if session is not None:
        session.info.setdefault(_WAITING, []).append(added)


def seal_acts(session: Session, *, key: bytes) -> None:
    """Add what has been done to the chain; call it last before the commit.

    What was taken back to a savepoint is not written.
    """
    session.flush()
    waiting = session.info.pop(_WAITING, [])
    acts = [one for one in waiting if isinstance(one, _Note) or inspect(one).persistent]
    if not acts:
        return
    connection = session.connection()
    head = connection.execute(_HOLD_HEAD).one()
    seq, mac, entries = head.seq, head.mac, []
    for act in acts:
        values = _describe_note(act) if isinstance(act, _Note) else _describe_event(session, act)
        seq, prev = seq + 1, mac
        mac = bind_entry(key, prev, seq=seq, **values)
        entries.append({"seq": seq, "prev": prev, "mac": mac, **values})
    connection.execute(_ADD_ENTRIES, entries)
    connection.execute(_MOVE_HEAD, {"seq": seq, "mac": mac})


def discard_acts(session: Session) -> None:
    """Drop what was to be written: its transaction failed."""
    session.info.pop(_WAITING, None)


def verify_chain(session: Session, *, key: bytes) -> DamagedEntry | None:
    """Return the first damage of the whole log, or None.

    Asked outside of a snapshot, entries that are added meanwhile can look like damage.
    """
    head = read_head(session)
    head_seq, head_mac = head.seq, head.mac
    return find_damage(key, _read_links(session), head_seq=head_seq, head_mac=head_mac)


def read_head(session: Session) -> AuditHead:
    """Return the newest entry's number and mac: kept elsewhere, they show a log that was cut short."""
    return session.scalars(select(AuditHead).where(AuditHead.id == _HEAD)).one()


def read_newest_time(session: Session) -> datetime | None:
    """Return when the newest entry says it was written, or None of an empty log."""
    return session.scalar(select(AuditEntry.at).order_by(AuditEntry.seq.desc()).limit(1))


def is_written_with(session: Session, *, key: bytes) -> bool:
    """Say whether one of the newest entries is bound with this key; an empty log fits every key."""
    columns = (getattr(AuditEntry, one.name) for one in fields(ChainEntry))
    newest = session.execute(select(*columns).order_by(AuditEntry.seq.desc()).limit(_NEWEST)).all()
    return not newest or any(is_bound(key, ChainEntry(*row)) for row in newest)


def list_old_entries(session: Session, *, at: datetime) -> Sequence[int]:
    """Return the numbers of the entries whose time is over, in order."""
    over = select(AuditEntry.seq).where(AuditEntry.at < at - KEPT)
    return session.scalars(over.order_by(AuditEntry.seq)).all()


def delete_entries(session: Session, numbers: Sequence[int], *, at: datetime) -> None:
    """Delete entries whose time is over, and say so in the log; the database keeps younger ones."""
    session.execute(delete(AuditEntry).where(AuditEntry.seq.in_(numbers), AuditEntry.at < at - KEPT))
    record_act(session, AuditAct.FORGET_OLD, by=None, about="", at=at, through=max(numbers))


def _read_links(session: Session) -> Iterator[ChainEntry]:
    """Read the log in order, a part at a time."""
    columns = (getattr(AuditEntry, one.name) for one in fields(ChainEntry))
    entries = select(*columns).order_by(AuditEntry.seq).limit(_AT_ONCE)
    rows = session.execute(entries).all()  # from wherever it begins: there may be entries before the first
    while rows:
        for row in rows:
            yield ChainEntry(*row)
        rows = session.execute(entries.where(AuditEntry.seq > rows[-1][0])).all()


def _describe_note(note: _Note) -> dict[str, Any]:
    return {
        "at": round_to_minute(note.at),
        "actor": note.by.public_id if note.by else PORTAL,
        "act": note.act.value,
        "about": note.about,
        "detail": dict(note.detail),
    }


def round_to_minute(at: datetime) -> datetime:
    """Return the time that the log keeps of what the portal or its staff did."""
    return at.replace(second=0, microsecond=0)


def _describe_event(session: Session, added: Event) -> dict[str, Any]:
    if added.by_author:
        actor = CONTRIBUTOR
    elif added.staff_id is None:
        actor = HOLDER if added.detail.get(BY_DESK_CODE) else PORTAL
    else:
        actor = session.get_one(Staff, added.staff_id).public_id
    about = session.get_one(Submission, added.submission_id).public_id
    minute = added.at.replace(second=0, microsecond=0)
    return {
        "at": round_to_hour(minute).replace(hour=0) if actor in (CONTRIBUTOR, HOLDER) else minute,
        "actor": actor,
        "act": str(added.act),
        "about": about,
        "detail": {"from": added.from_state, "to": added.to_state},
    }
