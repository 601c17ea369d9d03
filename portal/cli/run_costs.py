"""Costs of the last bulk runs, in words."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from portal.domain.bulk_runs import RunKind
from portal.instance import list_costs

_NAMES: Mapping[RunKind, str] = {
    RunKind.EXPORT: "export",
    RunKind.CLEARING: "clearing away of what is over",
    RunKind.ERASING: "erasing by the clock",
    RunKind.KEY_ROTATION: "rotation of keys",
    RunKind.BACKUP: "backup",
    RunKind.MOVE: "move to PostgreSQL",
    RunKind.ONLINE_REWRITE: "rewriting of tables after erasing, by pg_repack",
    RunKind.LOCKED_REWRITE: "rewriting of tables after erasing, by VACUUM FULL",
    RunKind.INDEXING: "reading of texts for the search",
    RunKind.TELLING: "telling of promises and of what must come back",
}


def describe_costs(folder: Path) -> Iterator[str]:
    """Yield a line for each kind of run that has been through in this instance folder."""
    for kind, (at, cost) in list_costs(folder).items():
        longest = f", others held up for at most {cost.longest:.2f} s" if cost.longest else ""
        yield (
            f"Last {_NAMES[kind]}: {at:%Y-%m-%d %H:%M} UTC, {cost.seconds:.1f} s, blocks: {cost.blocks}, "
            f"at most {cost.memory} MiB of memory{longest}"
        )
