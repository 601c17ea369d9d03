"""The child process that opens a file: it limits itself first, and knows two file names and what it is told.

Called as `python -m portal.media.worker <task> <in> <out> [<hint> …]`. Prints what there is to say about the
written file as a JSON object, or leaves with an exit code of media.child_process.Outcome.
"""

import gc
import importlib
import json
import sys
from pathlib import Path

from portal.media.child_process import ExitCode, Refused, Task
from portal.media.limits import empty_environment, forbid_reaching_out, leave_network, limit_process

_MODULES = {
    Task.PICTURE: "portal.media.pixels",
    Task.STORY: "portal.media.story_text",
    Task.PAPERS: "portal.media.pdf_pages",
}


def main(task: str, source: str, target: str, *hints: str) -> int:
    """Do one task and return the exit code. Parsers are loaded when the limits stand."""
    gc.disable()  # this process lives for one file: looking through its tree takes longer than reading it
    limit_process()
    leave_network()
    empty_environment()
    try:
        module = importlib.import_module(_MODULES[Task(task)])
        forbid_reaching_out()
        said = module.run(Path(source), Path(target), *hints)
    except Refused as refused:
        return refused.outcome
    except MemoryError:
        return ExitCode.NO_MEMORY
    # Whatever a parser stumbles over: the file is not one we read.
    except Exception:
        return ExitCode.NOT_READ
    sys.stdout.write(json.dumps(said))
    return ExitCode.DONE


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
