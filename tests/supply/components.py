"""The list of components: every package of a portal in use, as CycloneDX writes a bill of materials."""

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.supply.locked import LOCKS, Package, pick_needed, read_lock, read_project

LICENCES = Path(__file__).with_name("licences.toml")


class Component(NamedTuple):
    """A package with its licence; an optional one comes with PostgreSQL only."""

    package: Package
    licence: str
    optional: bool


class Tables(NamedTuple):
    """Tables inside the portal that are made from somebody else's."""

    name: str
    version: str
    licence: str
    files: str


TABLES = (
    Tables("opencc-python-reimplemented", "0.1.7", "Apache-2.0", "han_variants.txt, simplified_only.txt"),
    Tables("pypinyin", "0.55.0", "MIT", "han_readings.txt"),
)


def list_components() -> list[Component]:
    """Return the packages of a portal in use; one whose licence nobody has read raises."""
    in_use, postgres, _ = read_project()
    packages = read_lock((LOCKS / "packages.txt").read_text(encoding="utf-8"))
    always = {package.name for package in pick_needed(in_use, packages)}
    licences = tomllib.loads(LICENCES.read_text(encoding="utf-8"))
    return [
        Component(package, licences[package.name], package.name not in always)
        for package in pick_needed([*in_use, *postgres], packages)
    ]


def write_bill(components: Sequence[Component]) -> str:
    """Return the list as CycloneDX JSON: equal components give equal bytes, so no time and no number."""
    names = {component.package.name for component in components}
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "story-portal", "name": "story-portal"}},
        "components": [_describe(component) for component in components]
        + [_describe_tables(t) for t in TABLES],
        "dependencies": [
            {
                "ref": ref,
                "dependsOn": sorted(_purl(c.package) for c in components if wanted in c.package.wanted_by),
            }
            for wanted, ref in [
                ("story-portal", "story-portal"),
                *((c.package.name, _purl(c.package)) for c in components),
            ]
            if wanted == "story-portal" or wanted in names
        ],
    }
    return json.dumps(bill, indent=1) + "\n"


def _describe(component: Component) -> dict[str, Any]:
    package = component.package
    said: dict[str, Any] = {
        "type": "library",
        "bom-ref": _purl(package),
        "name": package.name,
        "version": package.version,
        "scope": "optional" if component.optional else "required",
        "licenses": [{"expression": component.licence}],
        "purl": _purl(package),
    }
    if package.marker:
        said["properties"] = [{"name": "marker", "value": package.marker}]
    return said


def _describe_tables(tables: Tables) -> dict[str, Any]:
    return {
        "type": "data",
        "bom-ref": f"data:{tables.name}",
        "name": tables.name,
        "version": tables.version,
        "description": f"Tables of Chinese characters in portal/data: {tables.files}",
        "scope": "required",
        "licenses": [{"expression": tables.licence}],
    }


def _purl(package: Package) -> str:
    return f"pkg:pypi/{package.name}@{package.version}"
