"""A small fault: one place in one file, and what stands there instead."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Fault:
    """What is changed where."""

    path: str
    """Within the tree, with slashes."""
    start: int
    end: int
    """Code points of the file."""
    kind: str
    instead: str
    scope: str = ""
    """Qualified name of the function around it; empty in a template and outside of functions."""
    before: str = ""
    """What stood there."""
    line: int = 0

    @property
    def name(self) -> str:
        """Return what it is called whatever line it stands in: eight hexadecimal characters.

        Equal faults twice in one function have one name.
        """
        told = "\0".join((self.path, self.scope, self.kind, self.before, self.instead))
        return hashlib.sha256(told.encode()).hexdigest()[:8]

    def plant(self, source: str) -> str:
        """Return the source with the fault in it."""
        return source[: self.start] + self.instead + source[self.end :]

    def describe(self) -> str:
        """Return it in one line."""
        before, instead = (" ".join(text.split()) for text in (self.before, self.instead))
        return f"{self.path}:{self.line} {self.kind}: {before[:70]} -> {instead[:70] or 'nothing'}"
