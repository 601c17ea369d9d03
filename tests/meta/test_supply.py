"""What the portal is made of: locked by hashes, listed, with licences; `.ci/renew` mends what is old here."""

import importlib.metadata
import json
import re
import tomllib
from datetime import date
from urllib.request import Request, urlopen

import pytest
from packaging.requirements import Requirement

from tests.supply.audit import LET_BE, WITHOUT_ANSWER, LetBe, judge, judge_failure, read_exceptions
from tests.supply.components import LICENCES, TABLES, list_components, write_bill
from tests.supply.holes import database
from tests.supply.locked import LOCKS, TREE, list_unmet, pick_needed, read_lock, read_project
from tests.supply.notices import write_notices

NAMES = sorted(path.name for path in LOCKS.iterdir())
TEXTS = {name: (LOCKS / name).read_text(encoding="utf-8") for name in NAMES}
PACKAGES = read_lock(TEXTS["packages.txt"])
WHEEL = TREE / "portal" / "licences"
SOME = f"""one==1.2 ; sys_platform == 'linux' \\
    --hash=sha256:{"a" * 64} \\
    --hash=sha256:{"b" * 64}
    # via story-portal (pyproject.toml), three
two==3 \\
    # via one
three==4 \\
    --hash=sha256:{"c" * 64}
"""


def test_what_the_project_asks_for_is_locked() -> None:
    in_use, postgres, others = read_project()
    locked = [*PACKAGES, *read_lock(TEXTS["build.txt"])]
    assert list(list_unmet([*in_use, *postgres, *others], locked)) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_locked_package_has_its_hashes(name: str) -> None:
    assert [package.name for package in read_lock(TEXTS[name]) if not package.hashes] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_lock_says_where_it_was_made_or_where_to_fetch(name: str) -> None:
    assert re.findall(r".*(?:://|--(?!hash=)|/(?:home|root|tmp|work)/).*", TEXTS[name]) == []


def test_what_builds_is_what_the_packages_are_locked_at() -> None:
    versions = {package.name: package.version for package in PACKAGES}
    building = read_lock(TEXTS["build.txt"])
    assert [p.name for p in building if versions.get(p.name, p.version) != p.version] == []


@pytest.mark.parametrize("name", ["build.txt", "packages.txt"])
def test_the_pipeline_installs_nothing_but_what_is_locked(name: str) -> None:
    lines = (TREE / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    installs = [line for line in lines if line.endswith(f" -r .ci/locked/{name}")]
    assert [line.split(" -r ")[0].split()[2:5] for line in installs] == [
        ["-q", "--require-hashes", "--no-deps"]
    ]


def test_the_list_of_components_is_that_of_the_locked_packages() -> None:
    assert (WHEEL / "components.cdx.json").read_text(encoding="utf-8") == write_bill(list_components())


def test_the_notice_of_licences_is_that_of_the_locked_packages() -> None:
    assert (WHEEL / "notices.txt").read_text(encoding="utf-8") == write_notices(list_components())


def test_every_package_of_a_portal_in_use_stands_in_both_with_its_licence() -> None:
    in_use, postgres, _ = read_project()
    licences = tomllib.loads(LICENCES.read_text(encoding="utf-8"))
    needed = {(p.name, p.version, licences[p.name]) for p in pick_needed([*in_use, *postgres], PACKAGES)}
    needed |= {(tables.name, tables.version, tables.licence) for tables in TABLES}
    bill = json.loads((WHEEL / "components.cdx.json").read_text(encoding="utf-8"))["components"]
    listed = {(c["name"], c["version"], c["licenses"][0]["expression"]) for c in bill}
    notice = (WHEEL / "notices.txt").read_text(encoding="utf-8")
    noted = set(re.findall(r"(?m)^(\S+) ([0-9]\S*) {2,}([^;\n]+)", notice))
    assert (listed, noted) == (needed, needed)


def test_no_licence_is_kept_for_a_package_that_is_gone() -> None:
    in_use = {component.package.name for component in list_components()}
    assert set(tomllib.loads(LICENCES.read_text(encoding="utf-8"))) == in_use


def test_a_package_that_names_its_licence_is_believed() -> None:
    said = {}
    for component in list_components():
        try:
            metadata = importlib.metadata.metadata(component.package.name)
        except importlib.metadata.PackageNotFoundError:
            continue
        if "License-Expression" in metadata:
            said[component.package.name] = (metadata["License-Expression"], component.licence)
    assert {name: pair for name, pair in said.items() if pair[0] != pair[1]} == {}


def test_a_lock_is_read_with_markers_hashes_and_reasons() -> None:
    one, two, three = read_lock(SOME)
    assert (one.version, one.marker, sorted(one.wanted_by)) == (
        "1.2",
        "sys_platform == 'linux'",
        ["story-portal", "three"],
    )
    assert [len(package.hashes) for package in (one, two, three)] == [2, 0, 1]


def test_a_package_that_is_not_pinned_is_refused() -> None:
    with pytest.raises(ValueError, match="not a pinned package: one>=1"):
        read_lock("one>=1\n")


@pytest.mark.parametrize(
    ("asked", "unmet"),
    [("one>=1,<2", []), ("one>=2", ["one>=2 (locked: 1.2)"]), ("four", ["four (locked: None)"])],
)
def test_a_requirement_that_the_lock_does_not_meet_is_found(asked: str, unmet: list[str]) -> None:
    assert list(list_unmet([Requirement(asked)], read_lock(SOME))) == unmet


def test_what_is_needed_is_followed_all_the_way() -> None:
    needed = pick_needed([Requirement("One[extra]")], read_lock(SOME))
    assert [package.name for package in needed] == ["one", "two"]


TODAY = date(2026, 12, 1)
ASKED = {"name": "one", "version": "1", "vulns": []}
HOLED = ASKED | {"vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2", "3"]}]}
UNASKED = {"name": "two", "skip_reason": "not found"}
CLEAN = "Audit of packages: no other known hole in 1 of 2."
HOLE = "one 1: PYSEC-1, mended in 2 3"


@pytest.mark.parametrize(
    ("packages", "let_be", "end"),
    [
        ([UNASKED, UNASKED], {}, (0, WITHOUT_ANSWER)),
        ([ASKED, UNASKED], {}, (0, CLEAN)),
        ([HOLED, UNASKED], {}, (1, HOLE)),
        ([HOLED, UNASKED], {"PYSEC-2": LetBe("So.", TODAY)}, (1, HOLE)),
        (
            [HOLED, UNASKED],
            {"CVE-1": LetBe("So.", TODAY)},
            (0, f"Let be until {TODAY}: {HOLE}. So.\n{CLEAN}"),
        ),
        ([HOLED], {"PYSEC-1": LetBe("So.", date(2026, 11, 30))}, (1, f"{HOLE}; let be until 2026-11-30")),
    ],
)
def test_an_audit_fails_at_every_hole_that_is_not_let_be_today(
    packages: list[object], let_be: dict[str, LetBe], end: tuple[int, str]
) -> None:
    assert judge({"dependencies": packages}, let_be, today=TODAY) == end


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("requests.exceptions.ConnectionError: HTTPSConnectionPool(host='pypi.org')", 0),
        ("ERROR:pip_audit._cli:Tip: your network may be blocking this service.", 0),
        ("ERROR:pip_audit._cli:requirement one is missing a hash", 1),
    ],
)
def test_an_audit_without_a_report_ends_well_only_where_nobody_answered(said: str, code: int) -> None:
    assert judge_failure(said)[0] == code


@pytest.mark.parametrize(
    "said",
    [
        'reason = "So."',
        "until = 2026-12-31",
        'reason = " "\nuntil = 2026-12-31',
        'reason = "So."\nuntil = "soon"',
    ],
)
def test_a_hole_is_let_be_with_a_reason_and_a_last_day_only(said: str) -> None:
    with pytest.raises(ValueError, match="PYSEC-1 needs a reason, and the last day on which it is let be"):
        read_exceptions(f"[PYSEC-1]\n{said}\n")


def test_what_is_let_be_says_why_and_until_when() -> None:
    assert read_exceptions('[PYSEC-1]\nreason = "So."\nuntil = 2026-12-01\n') == {
        "PYSEC-1": LetBe("So.", TODAY)
    }
    assert all(hole.isascii() for hole in read_exceptions(LET_BE.read_text(encoding="utf-8")))


@pytest.mark.parametrize(("holed", "answer"), [("one", 1), ("three", 0)])
def test_the_database_of_the_proof_knows_its_hole(holed: str, answer: int) -> None:
    asked = json.dumps({"package": {"name": "one", "ecosystem": "PyPI"}, "version": "1.2"}).encode()
    with database(holed=holed) as address, urlopen(Request(address, asked), timeout=10) as found:
        assert len(json.load(found).get("vulns", [])) == answer
