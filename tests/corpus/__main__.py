"""Read every file of a folder as if it were sent: `python -m tests.corpus FOLDER`.

Each file is read in a process of its own, so a folder of files of others can be tried. The exit code is 1
when letters were lost and nobody was told, or a text was taken that is none.
"""

import sys
from pathlib import Path

from tests.corpus.judging import BAD, judge_files, sum_up


def main(arguments: list[str]) -> int:
    """Print a line for each file and one for all; return the exit code."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print(__doc__)
        return 2
    judged = []
    for one in judge_files(path for path in sorted(Path(arguments[0]).rglob("*")) if path.is_file()):
        print(one, flush=True)
        judged.append(one)
    print(sum_up(judged))
    return int(any(one.verdict in BAD for one in judged))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
