"""The chain of the audit log: how an entry is bound to the one before it, and what a broken chain shows."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

KEPT = timedelta(days=5 * 365)
"""Younger entries cannot be deleted, older ones may be."""


CHAIN_START = "0" * 64
"""What stands for the entry before the first one."""


class AuditAct(StrEnum):
    """Acts of the log that are no event of a submission."""

    EXPORT = "export"
    CALL_OFF_EXPORT = "call_off_export"
    """The file came to nothing: the entry of the departure that its detail names does not count."""
    INVITE_STAFF = "invite_staff"
    JOIN_STAFF = "join_staff"
    RENEW_ACCESS = "renew_access"
    ADD_PASSKEY = "add_passkey"
    REMOVE_PASSKEY = "remove_passkey"
    CHANGE_ROLE = "change_role"
    END_SESSIONS = "end_sessions"
    CLOSE_ACCOUNT = "close_account"
    OPEN_ACCOUNT = "open_account"
    NAME_IDENTITY_READER = "name_identity_reader"
    TAKE_MESSAGE_BACK = "take_message_back"
    """A message that never reached its author: nothing else says that it was written."""
    MAKE_TARGET = "make_target"
    CHANGE_TARGET = "change_target"
    CLOSE_TARGET = "close_target"
    CHANGE_FRONT_PAGE = "change_front_page"
    MAKE_TAG = "make_tag"
    CHANGE_TAG = "change_tag"
    MERGE_TAGS = "merge_tags"
    REMOVE_TAG = "remove_tag"
    CHANGE_CALL = "change_call"
    FAIL_SIGN_IN = "fail_sign_in"
    FORGET_OLD = "forget_old"
    """Entries whose time was over were deleted, up to the one its detail names."""


class Damage(StrEnum):
    """Kinds of damage of a chain."""

    CHANGED = "changed"
    MISSING = "missing"
    CUT = "cut"


@dataclass(frozen=True)
class ChainEntry:
    """An entry as it is read back."""

    seq: int
    at: datetime
    actor: str
    act: str
    about: str
    detail: Mapping[str, Any]
    prev: str
    mac: str


@dataclass(frozen=True)
class DamagedEntry:
    """The first damage of a chain, at the number of an entry."""

    damage: Damage
    seq: int


def derive_audit_key(secret: bytes) -> bytes:
    """Return the key of the chain. It is outside the database: who changes rows cannot bind them anew."""
    return hmac.new(secret, b"audit chain", hashlib.sha256).digest()


def bind_entry(
    key: bytes,
    prev: str,
    *,
    seq: int,
    at: datetime,
    actor: str,
    act: str,
    about: str,
    detail: Mapping[str, Any],
) -> str:
    """Return what binds an entry to the one before it: HMAC-SHA-256 over both, 64 hexadecimal characters."""
    row = [seq, at.astimezone(UTC).isoformat(), actor, act, about, dict(detail)]
    canonical = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, f"{prev}{canonical}".encode(), hashlib.sha256).hexdigest()


def find_damage(
    key: bytes, links: Iterable[ChainEntry], *, head_seq: int, head_mac: str
) -> DamagedEntry | None:
    """Return the first damage of a chain read in order, or None.

    The beginning may be gone when a later entry says that its time was over.
    """
    last: ChainEntry | None = None
    missing = 0
    for link in links:
        if last is None:
            missing = link.seq - 1
        elif link.seq != last.seq + 1:
            return DamagedEntry(Damage.MISSING, last.seq + 1)
        if not is_bound(key, link) or (last is not None and link.prev != last.mac):
            return DamagedEntry(Damage.CHANGED, link.seq)
        if link.act == AuditAct.FORGET_OLD and link.detail.get("through", 0) >= missing:
            missing = 0
        last = link
    if missing:
        return DamagedEntry(Damage.MISSING, 1)
    end = (last.seq, last.mac) if last else (0, CHAIN_START)
    return None if end == (head_seq, head_mac) else DamagedEntry(Damage.CUT, end[0] + 1)


def is_bound(key: bytes, link: ChainEntry) -> bool:
    """Say whether the entry is as this key has bound it."""
    expected = bind_entry(
        key,
        link.prev,
        seq=link.seq,
        at=link.at,
        actor=link.actor,
        act=link.act,
        about=link.about,
        detail=link.detail,
    )
    return hmac.compare_digest(expected, link.mac)
