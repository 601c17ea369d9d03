"""Locked packages: what `.ci/locked` pins, by which hashes, and which of it a portal in use needs."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TREE = Path(__file__).parents[2]
LOCKS = TREE / ".ci" / "locked"
_PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[^ ;]+)(?: ; (?P<marker>.+))?")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
_VIA = "# via "


@dataclass(frozen=True)
class Package:
    """A package of one version, for the machines its marker names."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    wanted_by: frozenset[str]


def read_lock(text: str) -> tuple[Package, ...]:
    """Return the packages of a lock file; a line that is none of them raises."""
    return tuple(_read_entry(entry) for entry in re.split(r"\n(?=\S)", text.strip()))


def _read_entry(entry: str) -> Package:
    first, *rest = (line.strip().removesuffix("\\").strip() for line in entry.splitlines())
    pin = _PIN.fullmatch(first)
    if pin is None:
        raise ValueError(f"not a pinned package: {first}")
    wanted_by = frozenset(
        name.split(" ")[0] for line in rest if line.startswith(_VIA) for name in line[len(_VIA) :].split(", ")
    )
    hashes = tuple(line for line in rest if _HASH.fullmatch(line))
    return Package(pin["name"], pin["version"], pin["marker"] or "", hashes, wanted_by)


def read_project() -> tuple[list[Requirement], list[Requirement], list[Requirement]]:
    """Return what pyproject.toml asks for: in use, with PostgreSQL besides, for building and tests."""
    said = tomllib.loads((TREE / "pyproject.toml").read_text(encoding="utf-8"))
    extras = said["project"]["optional-dependencies"]
    rest = extras["test"] + said["build-system"]["requires"]
    asked = (said["project"]["dependencies"], extras["postgres"], rest)
    in_use, postgres, others = ([Requirement(line) for line in lines] for lines in asked)
    return in_use, postgres, others


def list_unmet(asked: Iterable[Requirement], packages: Sequence[Package]) -> Iterator[str]:
    """Give every requirement that no locked package meets."""
    versions = {package.name: package.version for package in packages}
    for requirement in asked:
        version = versions.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            yield f"{requirement} (locked: {version})"


def pick_needed(asked: Iterable[Requirement], packages: Iterable[Package]) -> list[Package]:
    """Return the packages asked for and all that these need, by name."""
    needed = {str(canonicalize_name(requirement.name)) for requirement in asked}
    while more := {p.name for p in packages if p.wanted_by & needed} - needed:
        needed |= more
    return [package for package in packages if package.name in needed]
