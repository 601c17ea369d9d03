"""Languages added by commands alone: from nothing to a site that is walked from page to page."""

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
print(*(CliRunner().invoke(portal, ["i18n", "add", *tags.split()]).exit_code for tags in sys.argv[1:]))
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
WITH_SCRIPTS_AND_REGIONS = ("zh-Hans", "pt-BR", "sr-Latn")


def run(copy: Path, *words: str, **more: str) -> str:
    """Run a program that finds the copy of the portal before ours; return what it prints."""
    own = {"PYTHONPATH": f"{copy}:{CHECKOUT}", "PORTAL_INSTANCE": str(copy / "instance")}
    done = subprocess.run(
        words, cwd=copy, env={**os.environ, **own, **more}, capture_output=True, text=True, check=False
    )
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
    """What the command says that adds the languages."""
    return run(
        copy, find_command(), "i18n", "add", SIX_FORMS_RIGHT_TO_LEFT, UNTRANSLATED, *WITH_SCRIPTS_AND_REGIONS
    )


@pytest.fixture(scope="module")
def translated(copy: Path, added: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with two of the languages, the first one translated: each one more makes pages longer."""
    assert added
    others = [f"{tag.replace('-', '?')}*" for tag in WITH_SCRIPTS_AND_REGIONS]
    folder = tmp_path_factory.mktemp("translated") / "checkout"
    shutil.copytree(copy, folder, ignore=shutil.ignore_patterns(*others))
    run(folder, sys.executable, "-m", WALK, "fill", SIX_FORMS_RIGHT_TO_LEFT)
    return folder


@pytest.fixture(scope="module")
def walked(translated: Path, fresh_folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """What a walk over every page finds, by language; both in one process, which reads the portal once."""
    tags = (SIX_FORMS_RIGHT_TO_LEFT, UNTRANSLATED)
    folders = [shutil.copytree(fresh_folder, translated / f"instance-{tag}") for tag in tags]
    asked = [word for tag, folder in zip(tags, folders, strict=True) for word in (tag, str(folder))]
    said = run(translated, sys.executable, "-m", WALK, "walk", *asked)
    return dict(zip(tags, json.loads(said.splitlines()[-1]), strict=True))


def test_a_language_is_added_with_catalogues_and_texts(copy: Path, added: str) -> None:
    written = [Path(line).relative_to(copy).as_posix() for line in added.splitlines()[:3]]
    assert written == [
        "translations/ar/LC_MESSAGES/messages.po",
        "translations/ar/LC_MESSAGES/flask_security.po",
        "portal/data/added/ar.toml",
    ]


def test_every_page_of_the_new_language_is_in_it(walked: Mapping[str, Mapping[str, Any]]) -> None:
    assert walked[SIX_FORMS_RIGHT_TO_LEFT] == {
        "pages": True,
        "broken": [],
        "misnamed": [],
        "unmarked": [],
        "forms": ["0", "1", "2", "3", "4", "5"],
    }


def test_what_is_not_translated_is_english_and_says_so(walked: Mapping[str, Mapping[str, Any]]) -> None:
    assert walked[UNTRANSLATED] == {"pages": True, "broken": [], "misnamed": [], "marks": [], "unnamed": []}


@pytest.mark.browser
@pytest.mark.long_run
def test_a_story_is_told_in_the_new_language(translated: Path, fresh_folder: Path) -> None:
    find_chromium()
    journey = f"{CHECKOUT / JOURNEY}[{SIX_FORMS_RIGHT_TO_LEFT} with scripts]"
    ours = [
        "-c",
        str(CHECKOUT / "pyproject.toml"),
        "-o",
        f"pythonpath={translated}",
        "-p",
        "tests.support.added_journey",
    ]
    kept = ["--basetemp", str(translated / "run")]
    said = run(
        translated,
        *(sys.executable, "-m", "pytest", "-q", "-n", "0", "--full", *ours, *kept, journey),
        ADDED_LANGUAGE=SIX_FORMS_RIGHT_TO_LEFT,
        FRESH_FOLDER=str(fresh_folder),
    )
    assert said.splitlines()[-1].startswith("1 passed")


@pytest.fixture(scope="module")
def ends(copy: Path, added: str) -> Mapping[str, str]:
    """With which code the command ends that adds languages, by their tags."""
    assert added  # one of them is spoken already
    asked = (SIX_FORMS_RIGHT_TO_LEFT, "zz9", "pl zz9")
    return dict(zip(asked, run(copy, sys.executable, "-c", ADD, *asked).split(), strict=True))


def test_a_language_that_is_spoken_is_not_added_again(ends: Mapping[str, str]) -> None:
    assert ends[SIX_FORMS_RIGHT_TO_LEFT] == "1"


def test_what_is_no_language_is_not_added(ends: Mapping[str, str]) -> None:
    assert ends["zz9"] == "1"


def test_beside_what_is_no_language_none_is_added(copy: Path, ends: Mapping[str, str]) -> None:
    written = [*copy.glob("translations/pl/**/*.po"), *copy.glob("portal/data/added/pl.toml")]
    assert (ends["pl zz9"], written) == ("1", [])


def test_a_new_language_is_found_by_what_browsers_of_its_readers_send(copy: Path, added: str) -> None:
    assert added
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
