"""Debian's LibreOffice and Hugo: people who get our files open them with these."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

NEEDED = "TESTS_NEED_READERS"
AS_ITSELF = {".docx": "fodt", ".csv": "fods", ".xlsx": "fods"}
"""What LibreOffice would save a file as that it keeps nothing back of, in one file of XML."""
_COMPLAINT = "Error"


def find_reader(name: str) -> str:
    """Return where a program is; without it tests skip, or fail where TESTS_NEED_READERS asks."""
    if found := shutil.which(name):
        return found
    if os.environ.get(NEEDED) == "1":
        pytest.fail(f"{name} is not installed, and {NEEDED} asks for it")
    pytest.skip(f"{name} is not installed")


def open_in_libreoffice(files: Sequence[Path], folder: Path, *options: str) -> dict[str, Path]:
    """Open files of one kind, and return what LibreOffice saves of each that it could open, by their names.

    A damaged file is none: without a window nobody can be asked whether it is to be repaired.
    """
    (suffix,) = {file.suffix for file in files}
    command = [find_reader("soffice"), f"-env:UserInstallation=file://{folder}/profile", "--headless"]
    command += [*options, "--convert-to", AS_ITSELF[suffix], "--outdir", str(folder / "saved")]
    done = subprocess.run(
        [*command, *map(str, files)], check=True, capture_output=True, text=True, timeout=600
    )
    saved = {file.stem: file for file in (folder / "saved").glob(f"*.{AS_ITSELF[suffix]}")}
    assert (_COMPLAINT in done.stdout + done.stderr) == (len(saved) != len(files))
    return saved


def build_with_hugo(site: Path) -> None:
    """Build a site with the texts that wait; any warning fails."""
    asked = ["--panicOnWarning", "--printPathWarnings", "--printI18nWarnings", "--printUnusedTemplates"]
    command = [find_reader("hugo"), "--buildDrafts", *asked]
    done = subprocess.run(command, cwd=site, check=True, capture_output=True, text=True, timeout=300)
    assert (done.stderr, "WARN" in done.stdout) == ("", False)
