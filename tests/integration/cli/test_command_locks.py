"""A command that changes nothing holds nobody up: it comes while others write."""

import pytest
from flask import Flask

from tests.support.commands import run_command
from tests.support.statements import listening


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_command_that_only_reads_checks_no_references(app: Flask) -> None:
    """SQLite takes half a second for that, of a hundred thousand texts."""
    with listening() as sent:
        run_command(app, "staff", "list")
    assert [one for one, _given in sent if "foreign_key_check" in one] == []
