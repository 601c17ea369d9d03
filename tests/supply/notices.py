"""The notice of licences: what the portal is made of, under which terms, and what these ask."""

from collections.abc import Sequence
from pathlib import Path

from tests.supply.components import TABLES, Component

NOTES = Path(__file__).with_name("notes.txt")
"""What a person has to know besides the table."""


def write_notices(components: Sequence[Component]) -> str:
    """Return the notice: a line for each package, then what the licences ask of whoever passes it on."""
    rows = [(f"{c.package.name} {c.package.version}", _say_licence(c)) for c in components]
    rows += [(f"{t.name} {t.version}", f"{t.licence}; tables inside the portal: {t.files}") for t in TABLES]
    width = max(len(name) for name, _ in rows) + 2
    table = "\n".join(f"{name:<{width}}{licence}" for name, licence in rows)
    head, rest = NOTES.read_text(encoding="utf-8").split("[table]\n")
    return f"{head}{table}\n{rest}"


def _say_licence(component: Component) -> str:
    return f"{component.licence}; with PostgreSQL only" if component.optional else component.licence
