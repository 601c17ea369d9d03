"""Packages that somebody installs beside the portal."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from portal.export.formats import GROUP, installed_formats


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
