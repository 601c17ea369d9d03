"""People use a portal in any order, and the promises hold after every step."""

import pytest
from flask import Flask

from tests.model.opening import walk

WALKS, STEPS = 6, 25
FULL_WALKS, FULL_STEPS = 500, 40
"""20,000 steps on each database."""


def test_the_promises_hold_in_any_order(app: Flask, pytestconfig: pytest.Config) -> None:
    begin = pytestconfig.getoption("walk")
    if pytestconfig.getoption("full"):
        walk(app, walks=FULL_WALKS, steps=FULL_STEPS, begin=begin)
    else:
        walk(app, walks=WALKS, steps=STEPS, begin=begin)
