"""Packages that somebody installs beside the portal."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from portal.export.formats import GROUP, installed_formats

KEEPS_ALL = """
from portal.export.formats import Format

def meanwhile(): pass

class Writer:
    def __init__(self, out, uids): self.out = out
    def add(self, record): self.out.write(record.uid.encode())
    def finish(self): meanwhile()
    def leave_out(self, uids): raise KeyError(*uids)
    def close(self): pass

FORMAT = Format(Writer, "txt", "text/plain", "Download trouble", "It breaks.")
"""
"""A format that cannot take a story out again; `meanwhile` is what happens when its file is whole."""


@contextmanager
def format_that_keeps_all(folder: Path, meanwhile: Callable[[], None]) -> Iterator[str]:
    """Have it installed until the end of the block, under the name that is given."""

    def act_elsewhere() -> None:
        elsewhere = Thread(target=meanwhile)
        elsewhere.start()
        elsewhere.join()

    with installed_package(folder, "keeping_format", KEEPS_ALL, {"keeping": "keeping_format:FORMAT"}):
        assert "keeping" in installed_formats().usable
        vars(sys.modules["keeping_format"])["meanwhile"] = act_elsewhere
        yield "keeping"


@contextmanager
def installed_package(folder: Path, name: str, code: str, formats: Mapping[str, str]) -> Iterator[None]:
    """Have a package of one module, which declares formats, until the end of the block."""
    (folder / f"{name}.py").write_text(code, encoding="utf-8")
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    declared = "".join(f"{key} = {value}\n" for key, value in formats.items())
    (about / "entry_points.txt").write_text(f"[{GROUP}]\n{declared}", encoding="utf-8")
    sys.path.insert(0, str(folder))
    installed_formats.cache_clear()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop(name, None)
        installed_formats.cache_clear()
