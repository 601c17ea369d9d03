"""Compiles the catalogues while a wheel is built, so that an installed portal speaks all its languages."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileCatalogues(BuildHookInterface[Any]):
    """Writes each ``.mo`` beside its ``.po``; runs for editable installs too."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile all catalogues; the build fails when one cannot be read."""
        for source in sorted(Path(self.root, "translations").glob("*/LC_MESSAGES/*.po")):
            with source.open("rb") as po:
                catalogue = read_po(po, locale=source.parent.parent.name, abort_invalid=True)
            with source.with_suffix(".mo").open("wb") as mo:
                write_mo(mo, catalogue)
