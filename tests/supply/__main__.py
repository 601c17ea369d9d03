"""Write the lists of components and licences: `python -m tests.supply`; with `audit FILE` judge a report."""

import json
import sys
from pathlib import Path

from tests.supply.audit import judge
from tests.supply.components import list_components, write_bill
from tests.supply.locked import TREE
from tests.supply.notices import write_notices

FOLDER = TREE / "portal" / "licences"


def main(arguments: list[str]) -> int:
    """Do what the arguments say and return the exit code."""
    if arguments[:1] == ["audit"]:
        code, words = judge(json.loads(Path(arguments[1]).read_text(encoding="utf-8")))
        print(words)
        return code
    components = list_components()
    (FOLDER / "components.cdx.json").write_text(write_bill(components), encoding="utf-8")
    (FOLDER / "notices.txt").write_text(write_notices(components), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
