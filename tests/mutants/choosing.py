"""Which faults are planted: as many from each layer as its share says, of every kind alike, by a seed."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.mutants.faults import Fault
from tests.mutants.python_faults import find_python_faults, list_optional
from tests.mutants.template_faults import find_template_faults

SHARES: Mapping[str, int] = {
    "portal/operations": 25,
    "portal/queries": 15,
    "portal/domain": 15,
    "portal/web": 25,
    "templates": 20,
}
"""Of a hundred."""
_HUNDRED = 100
_KIND = re.compile(r"(drop (?:argument|attribute)) .*")
"""The names of what is left out make no kinds of their own."""


def list_faults(tree: Path) -> list[Fault]:
    """Return every fault that can be planted in the tree, in its order."""
    sources = {
        path.relative_to(tree).as_posix(): path.read_text()
        for folder in SHARES
        for path in sorted((tree / folder).rglob("*.html" if folder == "templates" else "*.py"))
    }
    return sorted(find_faults(tree, sources))


def find_faults(tree: Path, sources: Mapping[str, str]) -> Iterator[Fault]:
    """Give the faults of these files of the tree, whose texts come by their paths."""
    python = {path: source for path, source in sources.items() if path.endswith(".py")}
    optional = list_optional({path.as_posix(): path.read_text() for path in (tree / "portal").rglob("*.py")})
    for path, source in python.items():
        yield from find_python_faults(path, source, optional)
    for path in sources.keys() - python.keys():
        yield from find_template_faults(path, sources[path])


def choose(faults: Sequence[Fault], *, seed: int, count: int) -> list[Fault]:
    """Return `count` different faults, the same for the same tree, seed and count."""
    chance = random.Random(seed)  # equal seeds must give equal faults
    chosen: list[Fault] = []
    for layer, share in SHARES.items():
        kinds: dict[str, list[Fault]] = {}
        for fault in faults:
            if fault.path.startswith(f"{layer}/"):
                kinds.setdefault(_KIND.sub(r"\1", fault.kind), []).append(fault)
        names = set()
        wanted = len(chosen) + round(count * share / _HUNDRED)
        while len(chosen) < wanted and kinds:
            kind = chance.choice(sorted(kinds))
            fault = kinds[kind].pop(chance.randrange(len(kinds[kind])))
            if not kinds[kind]:
                del kinds[kind]
            if fault.name not in names:
                names.add(fault.name)
                chosen.append(fault)
    return chosen
