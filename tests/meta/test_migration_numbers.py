"""Migrations stand in one row: two that were written beside each other are noticed before any database is."""

import re

from portal.database import migrations_folder

_NUMBER = re.compile(r"^(revision|down_revision) = (?:'(\d{4})'|None)$", re.MULTILINE)


def test_each_migration_has_a_number_of_its_own_and_follows_the_one_before() -> None:
    files = sorted((migrations_folder() / "versions").glob("0*.py"))
    read = [dict(_NUMBER.findall(path.read_text(encoding="utf-8"))) for path in files]
    numbers = [f"{number:04}" for number in range(1, len(files) + 1)]
    assert [path.name[:4] for path in files] == numbers
    assert [(one["revision"], one["down_revision"]) for one in read] == list(
        zip(numbers, ["", *numbers[:-1]], strict=True)
    )
