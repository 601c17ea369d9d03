"""How fast this machine is: a loop that is timed first, so that budgets mean the same everywhere."""

import json
import time
from statistics import median

LOOP_MS = 5.0
"""What the loop takes of a processor on a machine of 1.0, where commit 14cbfa0 gave the queue in 3.9 ms.

Measured roughly: where the loop took 7.5 to 8.8, that commit took 5.6 for the queue and 29.5
for a submission, instead of 3.9 and 14.2."""
_ROUNDS = 60
_ROWS = [{"id": number, "title": f"Story {number}", "tags": ["uk", "zh"]} for number in range(400)]


def measure_machine() -> float:
    """Return how many times longer than there a page may take here."""
    return median(_time_loop() for _ in range(_ROUNDS)) / LOOP_MS


def _time_loop() -> float:
    begun = time.process_time()
    for _ in range(5):
        _work()
    return (time.process_time() - begun) * 1000


def _work() -> int:
    """Do what pages do: read and write JSON, join, fold and count."""
    total = 0
    for row in json.loads(json.dumps(_ROWS)):
        total += len(" ".join((row["title"].casefold(), *row["tags"])))
        total += sum(ord(letter) for letter in row["title"])
    return total
