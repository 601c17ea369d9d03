"""Audit of the locked packages: what a database of known holes says of them, and what of it is let be."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.supply.locked import LOCKS

LET_BE = LOCKS.parent / "let-be.toml"
WITHOUT_ANSWER = "Audit of packages skipped: no database of holes answered."
_SECONDS = 120
_NOBODY_THERE = re.compile(
    r"your network may be blocking|(?:Connect|Read)Timeout"
    r"|(?:Connection|Proxy|SSL|Timeout|Service|JSONDecode)Error"
)
"""How pip-audit ends where nothing answers, or nothing that knows."""


@dataclass(frozen=True)
class LetBe:
    """A hole that is let be: why, and until when."""

    reason: str
    until: date


def read_exceptions(text: str) -> dict[str, LetBe]:
    """Return the holes that are let be, by id. Raises ValueError for one without reason or last day."""
    found = {}
    for hole, said in tomllib.loads(text).items():
        match said:
            case {"reason": str(reason), "until": date() as until, **rest} if reason.strip() and not rest:
                found[hole] = LetBe(reason, until)
            case _:
                raise ValueError(f"{hole} needs a reason, and the last day on which it is let be")
    return found


def audit(lock: Path, exceptions: Mapping[str, LetBe], *, today: date, database: str = "") -> tuple[int, str]:
    """Ask about the packages of a lock; return the exit code and words. pip-audit is that of this Python.

    `database` is an address that is asked as OSV is; without one it is the one pip-audit knows, or that its
    variables name.
    """
    chosen = {"PIP_AUDIT_VULNERABILITY_SERVICE": "osv", "PIP_AUDIT_OSV_URL": database} if database else {}
    with TemporaryDirectory() as folder:
        report = Path(folder, "found.json")
        command = ["--disable-pip", "--require-hashes", "-r", str(lock), "-f", "json", "-o", str(report)]
        try:
            ended = subprocess.run(
                [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", "--aliases", "on", *command],
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
                env={**os.environ, **chosen},
            )
        except subprocess.TimeoutExpired:
            return 0, WITHOUT_ANSWER
        if report.exists():
            return judge(json.loads(report.read_text(encoding="utf-8")), exceptions, today=today)
        return judge_failure(ended.stderr)


def judge_failure(said: str) -> tuple[int, str]:
    """Return how an audit without a report ends: well only where nobody answered."""
    if _NOBODY_THERE.search(said):
        return 0, WITHOUT_ANSWER
    return 1, f"The audit of packages failed:\n{said}"


def judge(found: dict[str, Any], exceptions: Mapping[str, LetBe], *, today: date) -> tuple[int, str]:
    """Return how the audit ends, and its words, from the report of pip-audit."""
    packages = found["dependencies"]
    asked = [package for package in packages if "skip_reason" not in package]
    if not asked:
        return 0, WITHOUT_ANSWER
    holes, let_be = [], []
    for package in asked:
        for hole in package["vulns"]:
            words = f"{package['name']} {package['version']}: {hole['id']}, mended in {_list_mends(hole)}"
            exception = next((exceptions[i] for i in (hole["id"], *hole["aliases"]) if i in exceptions), None)
            if exception is None:
                holes.append(words)
            elif exception.until < today:
                holes.append(f"{words}; let be until {exception.until}")
            else:
                let_be.append(f"Let be until {exception.until}: {words}. {exception.reason}")
    if not holes:
        let_be.append(f"Audit of packages: no other known hole in {len(asked)} of {len(packages)}.")
    return int(bool(holes)), "\n".join([*holes, *let_be])


def _list_mends(hole: dict[str, Any]) -> str:
    return " ".join(hole["fix_versions"]) or "no version"
