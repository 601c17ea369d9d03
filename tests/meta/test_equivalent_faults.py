"""Faults that nobody could see are faults of the code as it is now."""

from tests.mutants.__main__ import TREE, list_equivalent
from tests.mutants.choosing import find_faults


def test_every_fault_that_nobody_could_see_can_still_be_planted() -> None:
    rows = list_equivalent()
    named = {(row["name"], row["fault"].split(" ")[0]) for row in rows}
    files = {path: (TREE / path).read_text(encoding="utf-8") for _name, path in named}
    assert named - {(fault.name, fault.path) for fault in find_faults(TREE, files)} == set()
