"""Exporting by the command line."""

from pathlib import Path

import pytest
from flask import Flask

from tests.support.commands import run_command
from tests.support.leaving_stories import Exporter


@pytest.mark.either_database
def test_the_command_writes_the_ready_story_and_names_the_others(
    app: Flask, exporter: Exporter, tmp_path: Path
) -> None:
    out = tmp_path / "stories.zip"
    options = ["--coverage", "ukraine-taiwan", "--format", "bundle", "--out", str(out), "--all-approved"]
    result = run_command(app, "export", *options)
    assert (result.exit_code, result.stderr, [path.name for path in tmp_path.iterdir()]) == (
        0,
        f"Not exported: {exporter.kept}: the author has not approved the edited text\n",
        ["stories.zip"],
    )


@pytest.mark.either_database
def test_the_command_writes_the_same_bytes_twice(app: Flask, exporter: Exporter, tmp_path: Path) -> None:
    written = []
    for name in ("one.zip", "two.zip"):
        out = tmp_path / name
        options = ["--coverage", "ukraine-taiwan", "--format", "bundle", "--out", str(out), "--all-approved"]
        run_command(app, "export", *options)
        written.append(out.read_bytes())
    assert written[0] == written[1]


@pytest.mark.either_database
def test_the_command_writes_the_sheets(app: Flask, exporter: Exporter, tmp_path: Path) -> None:
    out = tmp_path / "sheets.html"
    options = [
        "--coverage",
        "ukraine-taiwan",
        "--format",
        "handoff",
        "--out",
        str(out),
        "--draft",
        exporter.ready,
    ]
    result = run_command(app, "export", *options)
    assert (result.exit_code, out.read_text(encoding="utf-8").count("<section>")) == (0, 1)


@pytest.mark.either_database
def test_the_command_writes_nothing_when_no_story_may_leave(
    app: Flask, exporter: Exporter, tmp_path: Path
) -> None:
    out = tmp_path / "stories.zip"
    options = [
        "--coverage",
        "ukraine-taiwan",
        "--format",
        "bundle",
        "--out",
        str(out),
        "--draft",
        exporter.kept,
    ]
    result = run_command(app, "export", *options)
    assert (result.exit_code, out.exists()) == (1, False)
