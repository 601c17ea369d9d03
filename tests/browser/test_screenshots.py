"""Translators get a picture of the page a message is on."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import find_chromium

pytestmark = pytest.mark.browser

ROOM = "bare"
MESSAGE = "We collect stories people lived through themselves."


def test_every_message_of_a_page_has_its_picture(tmp_path: Path) -> None:
    assert find_chromium()
    words = ["-m", "tests.screenshots", str(tmp_path), "--language", "uk", "--rooms", ROOM]
    said = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True).stdout
    with (tmp_path / "messages.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    pictures = {row["source"]: row["screenshot"] for row in rows}
    made = sorted(path.name for path in tmp_path.glob("*.png"))
    assert (pictures[MESSAGE], sorted(set(pictures.values()))) == (f"{ROOM}-001.png", made)
    assert said.endswith(f"messages are on {len(made)} pictures.\n")
