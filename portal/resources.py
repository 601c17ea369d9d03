"""Finds the folders that live beside the package in a checkout and inside it in an installed wheel."""

from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parent


def find_folder(name: str, *, package: Path = PACKAGE) -> Path:
    """Find a folder inside the package, else beside it; FileNotFoundError when it is in neither place."""
    for parent in (package, package.parent):
        folder = parent / name
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"{name}/ is neither in {package} nor beside it: reinstall the portal")


def templates_folder() -> Path:
    """Find the Jinja templates."""
    return find_folder("templates")


def translations_folder() -> Path:
    """Find the gettext catalogues."""
    return find_folder("translations")
