"""A language added by commands alone: from nothing to a site that is walked from page to page."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import find_chromium
from tests.reliability.serving import find_command

CHECKOUT = Path(__file__).resolve().parents[3]
WALK = "tests.support.added_language"
ADD = """
import sys
from click.testing import CliRunner
from portal.cli import portal
print(*(CliRunner().invoke(portal, ["i18n", "add", tag]).exit_code for tag in sys.argv[1:]))
"""
"""All in one process: each start reads half of the portal."""
NEGOTIATE = """
import sys
from portal.domain.languages import negotiate
print(*(negotiate(tag).tag for tag in sys.argv[1:]))
"""
JOURNEY = "tests/browser/test_journey.py::test_a_story_travels_from_a_phone_to_the_bundle"
SIX_FORMS_RIGHT_TO_LEFT = "ar"
UNTRANSLATED = "ro"


def run(copy: Path, *words: str) -> str:
    """Run a program that finds the copy of the portal before ours; return what it prints."""
    own = {"PYTHONPATH": f"{copy}:{CHECKOUT}", "PORTAL_INSTANCE": str(copy / "instance")}
    environ = {**os.environ, **own, "ADDED_LANGUAGE": SIX_FORMS_RIGHT_TO_LEFT}
    done = subprocess.run(words, cwd=copy, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of the portal of its own, with what is compiled already."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copy(CHECKOUT / "pyproject.toml", folder)
    for name in ("portal", "templates", "translations"):
        shutil.copytree(CHECKOUT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def added(copy: Path) -> str:
    """What the command says that adds the language."""
    return run(copy, find_command(), "i18n", "add", SIX_FORMS_RIGHT_TO_LEFT)


@pytest.fixture(scope="module")
def walked(copy: Path, added: str, fresh_folder: Path) -> Mapping[str, Any]:
    """What a walk over every page in the language finds, once it is translated."""
    assert added
    run(copy, sys.executable, "-m", WALK, "fill", SIX_FORMS_RIGHT_TO_LEFT)
    return walk(copy, "walk", SIX_FORMS_RIGHT_TO_LEFT, fresh_folder)


def walk(copy: Path, task: str, tag: str, fresh: Path) -> Mapping[str, Any]:
    """Walk over pages in a language, in an instance of its own; return what was found."""
    instance = shutil.copytree(fresh, copy / f"instance-{tag}")
    said = run(copy, sys.executable, "-m", WALK, task, tag, str(instance))
    found: Mapping[str, Any] = json.loads(said.splitlines()[-1])
    return found


def test_a_language_is_added_with_catalogues_and_texts(copy: Path, added: str) -> None:
    written = [Path(line).relative_to(copy).as_posix() for line in added.splitlines()[:3]]
    assert written == [
        "translations/ar/LC_MESSAGES/messages.po",
        "translations/ar/LC_MESSAGES/flask_security.po",
        "portal/data/added/ar.toml",
    ]


def test_every_page_of_the_new_language_is_in_it(walked: Mapping[str, Any]) -> None:
    assert walked == {
        "pages": True,
        "broken": [],
        "misnamed": [],
        "unmarked": [],
        "forms": ["0", "1", "2", "3", "4", "5"],
    }


@pytest.mark.browser
def test_a_story_is_told_in_the_new_language(copy: Path, walked: Mapping[str, Any]) -> None:
    assert walked  # it is translated
    find_chromium()
    journey = f"{CHECKOUT / JOURNEY}[{SIX_FORMS_RIGHT_TO_LEFT} with scripts]"
    ours = [
        "-c",
        str(CHECKOUT / "pyproject.toml"),
        "-o",
        f"pythonpath={copy}",
        "-p",
        "tests.support.added_journey",
    ]
    kept = ["--basetemp", str(copy / "run")]
    said = run(copy, sys.executable, "-m", "pytest", "-q", "-n", "0", "--full", *ours, *kept, journey)
    assert said.splitlines()[-1].startswith("1 passed")


def test_what_is_not_translated_is_english_and_says_so(
    copy: Path, walked: Mapping[str, Any], fresh_folder: Path
) -> None:
    assert walked  # the copy has grown a language before
    run(copy, find_command(), "i18n", "add", UNTRANSLATED)
    found = walk(copy, "gaps", UNTRANSLATED, fresh_folder)
    assert found == {"pages": True, "broken": [], "misnamed": [], "marks": [], "unnamed": []}


@pytest.fixture(scope="module")
def ends(copy: Path, added: str) -> Mapping[str, str]:
    """With which code the command ends that adds a language, by its tag."""
    assert added  # one of them is spoken already
    tags = (SIX_FORMS_RIGHT_TO_LEFT, "zz9", "zh-Hans", "pt-BR", "sr-Latn")
    return dict(zip(tags, run(copy, sys.executable, "-c", ADD, *tags).split(), strict=True))


def test_a_language_that_is_spoken_is_not_added_again(ends: Mapping[str, str]) -> None:
    assert ends[SIX_FORMS_RIGHT_TO_LEFT] == "1"


def test_what_is_no_language_is_not_added(ends: Mapping[str, str]) -> None:
    assert ends["zz9"] == "1"


def test_a_new_language_is_found_by_what_browsers_of_its_readers_send(
    copy: Path, ends: Mapping[str, str]
) -> None:
    assert [ends[tag] for tag in ("zh-Hans", "pt-BR", "sr-Latn")] == ["0", "0", "0"]
    found = {
        "zh-CN": "zh-Hans",
        "zh-SG": "zh-Hans",
        "zh": "zh-Hans",
        "zh-TW": "zh-Hant-TW",
        "zh-HK": "zh-Hant-TW",
        "nan": "zh-Hant-TW",
        "pt": "pt-BR",
        "sr-Latn-RS": "sr-Latn",
    }
    said = run(copy, sys.executable, "-c", NEGOTIATE, *found)
    assert dict(zip(found, said.split(), strict=True)) == found
