"""The portal as a wheel lays it out: its instance lies outside of the Python environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages with the portal in it, templates and catalogues inside (pyproject.toml)."""
    folder = tmp_path_factory.mktemp("site")
    junk = shutil.ignore_patterns("__pycache__", "*.mo")
    shutil.copytree(ROOT / "portal", folder / "portal", ignore=junk)
    for name in ("templates", "translations"):
        shutil.copytree(ROOT / name, folder / "portal" / name, ignore=junk)
    return folder


def run(site: Path, *command: str, **environ: str) -> tuple[int, str]:
    """Run a command of the installed portal; return its exit code and all it said."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "XDG_"))}
    done = subprocess.run(
        [sys.executable, "-c", "from portal.cli import main; main()", *command],
        cwd=site,
        env={**kept, "PYTHONPATH": str(site), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_an_installed_portal_keeps_everything_where_systemd_says(site: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    made = run(site, "upgrade", STATE_DIRECTORY=f"{state}:{tmp_path / 'more'}")
    assert made == (0, "The database is up to date.\n")
    assert sorted(path.name for path in state.iterdir() if path.is_file() and "-" not in path.name) == [
        "instance.json",
        "keyring.json",
        "portal.sqlite3",
        "secrets.json",
    ]
    assert (list(tmp_path.iterdir()), (site / "instance").exists()) == ([state], False)


def test_without_a_name_the_folder_is_said(site: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    words = (
        f"Error: There is no portal in {state}. Set PORTAL_INSTANCE to the folder of yours, or begin a new "
        "one with: portal serve\n"
    )
    assert run(site, "staff", "list", STATE_DIRECTORY=str(state)) == (1, words)
