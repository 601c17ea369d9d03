"""Sealed files: AES-256-GCM block by block, each under a key of its own, filled up to steps of length.

One byte says the version; blocks of one size follow, each with its tag. The nonce of a block is its number
and whether it is the last: cut off, put into another order or mixed with those of another file, blocks open
no more. A nonce is used once, because a key closes one file. What is in the last block beyond the content is
zeros; where it ends stands with the key, in the row that names the file.
"""

import errno
import io
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.sealing.keys import KEY_BYTES

_VERSION = b"\x01"
_BLOCK, _TAG = 64 * 1024, 16
_NUMBER_BYTES = 11
_MIDDLE, _LAST = b"\x00", b"\x01"
_EIGHTH = 8
_NO_TRACE = getattr(os, "O_NOATIME", 0)
"""Reading would note on the disk when somebody was here. Only Linux knows it."""


@dataclass(frozen=True)
class SealedFile:
    """A file as its row knows it: name, SHA-256 and size of what lies there, and what opens it.

    Without a key it lies in the open, as releases before left it, and is its own content.
    """

    name: str
    sha256: str
    size: int
    content_size: int
    key: bytes | None = field(repr=False)


def make_file_key() -> bytes:
    """Return a key for one file."""
    return secrets.token_bytes(KEY_BYTES)


def count_blocks(size: int) -> int:
    """Return how many blocks so many bytes take: one or more, of many an eighth more at a time.

    Files of one number look alike, and most of the numbers are shared by thousands of lengths.
    """
    needed = max(-(-size // _BLOCK), 1)
    step = max((1 << (needed.bit_length() - 1)) // _EIGHTH, 1)
    return -(-needed // step) * step


def sealed_size(size: int) -> int:
    """Return the bytes that so many bytes take when they are sealed."""
    return len(_VERSION) + count_blocks(size) * (_BLOCK + _TAG)


def seal_content(content: IO[bytes], size: int, key: bytes) -> Iterator[bytes]:
    """Yield what is to be written for a content of `size` bytes. Raises OSError when it is shorter."""
    cipher, number = AESGCM(key), count_blocks(size)
    yield _VERSION
    for index in range(number):
        wanted = min(max(size - index * _BLOCK, 0), _BLOCK)
        part = content.read(wanted)
        if len(part) != wanted:
            raise _damaged()
        nonce = _nonce(index, is_last=index == number - 1)
        yield cipher.encrypt(nonce, part.ljust(_BLOCK, b"\0"), _VERSION)


def _nonce(index: int, *, is_last: bool) -> bytes:
    return index.to_bytes(_NUMBER_BYTES, "big") + (_LAST if is_last else _MIDDLE)


def _damaged() -> OSError:
    return OSError(errno.EIO, os.strerror(errno.EIO))


def open_quietly(path: Path) -> io.FileIO:
    """Open a file to be read without noting when, where the system lets us."""
    return io.FileIO(path, opener=_open_quietly)


def _open_quietly(path: str, flags: int) -> int:
    try:
        return os.open(path, flags | _NO_TRACE)
    except PermissionError:  # the file is another user's, and we may read it
        return os.open(path, flags)


def open_sealed_file(path: Path, file: SealedFile) -> io.BufferedReader:
    """Open the content of a sealed file.

    Raises FileNotFoundError, and OSError when key, length or first block show that it is not what was sealed.
    """
    if file.key is None:
        raise ValueError("a file in the open has no key")
    if len(file.key) != KEY_BYTES:
        raise _damaged()
    opened = OpenedFile(open_quietly(path), file.key, file.content_size)
    try:
        opened.check()
    except BaseException:
        opened.close()
        raise
    return io.BufferedReader(opened, _BLOCK)


class OpenedFile(io.RawIOBase):
    """The content of a sealed file, opened a block at a time where it is read.

    Reading raises OSError at a block that is not what was sealed.
    """

    def __init__(self, file: io.FileIO, key: bytes, size: int) -> None:
        """Take the file, which is closed with this, its key and the size of its content."""
        self.name = file.name
        self._file, self._cipher = file, AESGCM(key)
        self._size, self._number = size, count_blocks(size)
        self._at, self._held, self._block = 0, -1, b""

    def check(self) -> None:
        """Raise OSError when length or first block show that this is not what was sealed."""
        is_long = os.fstat(self._file.fileno()).st_size == sealed_size(self._size)
        if not is_long or self._file.read(len(_VERSION)) != _VERSION:
            raise _damaged()
        self._open_block(0)

    def _open_block(self, index: int) -> bytes:
        if index != self._held:
            start = len(_VERSION) + index * (_BLOCK + _TAG)
            sealed = os.pread(self._file.fileno(), _BLOCK + _TAG, start)
            nonce = _nonce(index, is_last=index == self._number - 1)
            try:
                self._block = self._cipher.decrypt(nonce, sealed, _VERSION)
            except InvalidTag as error:
                raise _damaged() from error
            self._held = index
        return self._block

    def readinto(self, buffer: Any) -> int:
        """Read on from where it stands, to the end of a block at most."""
        index, start = divmod(self._at, _BLOCK)
        end = min(start + len(buffer), _BLOCK, self._size - index * _BLOCK)
        if end <= start:
            return 0
        buffer[: end - start] = self._open_block(index)[start:end]
        self._at += end - start
        return end - start

    def readall(self) -> bytes:
        """Read everything that is left."""
        parts = []
        while part := self.read(_BLOCK):
            parts.append(part)
        return b"".join(parts)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(start + offset, 0)
        return self._at

    def tell(self) -> int:
        """Return where it stands."""
        return self._at

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def close(self) -> None:
        """Give the file back."""
        self._file.close()
        super().close()
