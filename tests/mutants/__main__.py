"""Plant small faults and count how many the tests see: `python -m tests.mutants`."""

import argparse
import csv
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from tests.mutants.choosing import SHARES, choose, list_faults
from tests.mutants.faults import Fault
from tests.mutants.noticing import Noticing, notice
from tests.mutants.trying import Outcome, Tried, copy_tree, try_fault

TREE = Path(__file__).parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent.csv")
"""Faults that change nothing anybody could see, each with the reason."""
SEED = 1
COUNT = 100


def list_equivalent() -> list[dict[str, str]]:
    """Return the rows of the table: name, fault, reason. What the fault says begins with its file."""
    with EQUIVALENT.open(newline="") as file:
        return list(csv.DictReader(file))


def try_all(faults: Sequence[Fault], noticing: Noticing, folder: Path, jobs: int) -> Iterator[Tried]:
    """Try one fault after another, `jobs` of them at the same time, each in a copy of its own."""
    known = {row["name"]: row["reason"] for row in list_equivalent()}
    copies: SimpleQueue[Path] = SimpleQueue()
    for number in range(jobs):
        copies.put(copy_tree(TREE, folder / f"copy-{number}"))

    def try_one(fault: Fault) -> Tried:
        if fault.name in known:
            return Tried(fault, Outcome.EQUIVALENT, known[fault.name])
        copy = copies.get()
        try:
            return try_fault(fault, noticing, copy)
        finally:
            copies.put(copy)

    with ThreadPoolExecutor(jobs) as pool:
        for done in as_completed([pool.submit(try_one, fault) for fault in faults]):
            yield done.result()


def print_table(tried: Sequence[Tried]) -> None:
    """Print what came of the faults of each layer, and the share that was seen of all that could be."""
    print(f"\n{'layer':20} {' '.join(f'{outcome:>10}' for outcome in Outcome)}")
    for layer in SHARES:
        counted = Counter(one.outcome for one in tried if one.fault.path.startswith(f"{layer}/"))
        print(f"{layer:20} {' '.join(f'{counted[outcome]:>10}' for outcome in Outcome)}")
    counted = Counter(one.outcome for one in tried)
    seen = counted[Outcome.KILLED] + counted[Outcome.HANGS]
    visible = seen + counted[Outcome.SURVIVED]
    print(f"\n{seen} of {visible} faults were seen: {seen / max(visible, 1):.0%}")


def main() -> None:
    """Read what is wanted, try it, print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED, help="Other faults with another one.")
    parser.add_argument("--count", type=int, default=COUNT, help="How many.")
    parser.add_argument("--only", default="", help="Those whose name or path begins so.")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="How many at the same time.")
    parser.add_argument("--list", action="store_true", help="Print them and plant none.")
    parser.add_argument(
        "--map", type=Path, default=TREE / ".mutants" / "map.json", help="Where is kept which tests run what."
    )
    given = parser.parse_args()
    chosen = choose(list_faults(TREE), seed=given.seed, count=given.count)
    chosen = [one for one in chosen if one.name.startswith(given.only) or one.path.startswith(given.only)]
    if given.list:
        for fault in chosen:
            print(fault.name, fault.describe())
        return
    with TemporaryDirectory() as name:
        folder = Path(name)
        noticing = notice(copy_tree(TREE, folder / "watched"), given.map, processes=given.jobs)
        tried = []
        for one in try_all(chosen, noticing, folder, given.jobs):
            tried.append(one)
            print(f"{len(tried):3} {one.outcome:10} {one.fault.name} {one.fault.describe()}")
            print(f"    {one.said}", flush=True)
    print_table(tried)


if __name__ == "__main__":
    main()
