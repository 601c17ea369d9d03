"""The answer of a database of known holes: what it knows, and whether it answered at all."""

from typing import Any

WITHOUT_ANSWER = "Audit of packages skipped: no database of holes answered."


def judge(found: dict[str, Any]) -> tuple[int, str]:
    """Return how the audit ends, and its words, from the report of pip-audit."""
    packages = found["dependencies"]
    asked = [package for package in packages if "skip_reason" not in package]
    holes = [
        f"{package['name']} {package['version']}: {hole['id']}, mended in {_list_mends(hole)}"
        for package in asked
        for hole in package["vulns"]
    ]
    if not asked:
        return 0, WITHOUT_ANSWER
    if holes:
        return 1, "\n".join(holes)
    return 0, f"Audit of packages: no known hole in {len(asked)} of {len(packages)}."


def _list_mends(hole: dict[str, Any]) -> str:
    return " ".join(hole["fix_versions"]) or "no version"
