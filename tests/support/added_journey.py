"""A plugin of pytest: journeys of a story in a language that was added, too, which ADDED_LANGUAGE names.

FRESH_FOLDER names an instance with an empty database."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from portal.domain.languages import locale_by_tag
from portal.i18n.catalogues import pseudo_text
from tests.browser.stories import TELLINGS

_added = locale_by_tag(os.environ["ADDED_LANGUAGE"])
assert _added is not None
_topic, _other = TELLINGS["en"].topic_names
TELLINGS[_added.url] = replace(TELLINGS["en"], topic_names=(pseudo_text(_topic), pseudo_text(_other)))


@pytest.fixture(scope="session", autouse=True)
def known_database(run_folder: Path) -> None:
    """The empty database of the run that asks, which another run would make anew."""
    shutil.copytree(os.environ["FRESH_FOLDER"], run_folder / "fresh" / "instance")
