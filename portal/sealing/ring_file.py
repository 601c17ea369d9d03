"""The key ring's file: read, followed while it changes, and only ever replaced as a whole."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.sealing.keys import KEY_BYTES, KEY_ID_BYTES, KeyRing
from portal.whole_file import write_whole

KEYRING = "keyring.json"
_CURRENT = "current"


class RingBusy(Exception):
    """Another process is changing the ring."""


@dataclass(frozen=True)
class RingFile:
    """The file with the keys: a JSON object from key id to key in hexadecimal, and the id under `current`."""

    path: Path

    def read(self) -> tuple[Mapping[bytes, bytes], bytes]:
        """Return keys by id, and the id of the current one."""
        kept: dict[str, str] = json.loads(self.path.read_text(encoding="utf-8"))
        keys = {bytes.fromhex(one): bytes.fromhex(key) for one, key in kept.items() if one != _CURRENT}
        return keys, bytes.fromhex(kept[_CURRENT])

    def open(self) -> KeyRing:
        """Return the ring; it reads the file again when that has changed."""
        seen = self._mark()

        def renew() -> tuple[Mapping[bytes, bytes], bytes] | None:
            nonlocal seen
            try:
                mark = self._mark()
                if mark == seen:
                    return None
                renewed = self.read()
            except (
                OSError
            ):  # a disk that does not answer must not cost anybody a text: the keys here still work
                return None
            seen = mark
            return renewed

        keys, current = self.read()
        return KeyRing(keys, current, renew=renew)

    def age(self) -> float:
        """Return for how many seconds the file has been as it is."""
        return time.time() - self.path.stat().st_mtime

    def add_key(self) -> bytes:
        """Make a new key the current one, keep the others, and return its id."""
        keys, _current = self.read()
        added = secrets.token_bytes(KEY_ID_BYTES)
        while added in keys:
            added = secrets.token_bytes(KEY_ID_BYTES)
        self._replace({**keys, added: secrets.token_bytes(KEY_BYTES)}, added)
        return added

    def drop_keys(self, dropped: Collection[bytes]) -> None:
        """Take keys out of the ring. ValueError for the current one."""
        keys, current = self.read()
        if current in dropped:
            raise ValueError("the current key stays")
        self._replace({one: key for one, key in keys.items() if one not in dropped}, current)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes from changing the ring meanwhile. Raises RingBusy when one is at it.

        A file beside the ring is held: the ring's own is replaced, and whoever serves the portal
        holds the folder.
        """
        handle = os.open(self.path.with_suffix(".lock"), os.O_RDONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            raise RingBusy from error
        try:
            yield
        finally:
            os.close(handle)

    def _mark(self) -> tuple[int, int, int]:
        found = self.path.stat()
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _replace(self, keys: Mapping[bytes, bytes], current: bytes) -> None:
        content = {_CURRENT: current.hex(), **{one.hex(): key.hex() for one, key in keys.items()}}
        write_whole(self.path, json.dumps(content))
