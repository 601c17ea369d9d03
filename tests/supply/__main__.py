"""Write the lists of components and licences: `python -m tests.supply`; with `audit` ask about holes.

`prove-audit` shows that the audit would notice one. Both need pip-audit beside this Python.
"""

import sys
from datetime import date

from tests.supply.audit import LET_BE, audit, read_exceptions
from tests.supply.components import list_components, write_bill
from tests.supply.holes import prove_audit
from tests.supply.locked import LOCKS, TREE
from tests.supply.notices import write_notices

FOLDER = TREE / "portal" / "licences"


def main(arguments: list[str]) -> int:
    """Do what the arguments say and return the exit code."""
    if arguments[:1] == ["audit"]:
        exceptions = read_exceptions(LET_BE.read_text(encoding="utf-8"))
        today = date.today()  # noqa: DTZ011  # the day of whoever runs it
        code, words = audit(LOCKS / "packages.txt", exceptions, today=today)
        print(words)
        return code
    if arguments[:1] == ["prove-audit"]:
        faults = list(prove_audit())
        print("\n".join(faults) or "The audit notices what it must.")
        return int(bool(faults))
    components = list_components()
    (FOLDER / "components.cdx.json").write_text(write_bill(components), encoding="utf-8")
    (FOLDER / "notices.txt").write_text(write_notices(components), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
