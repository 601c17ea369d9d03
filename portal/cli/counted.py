"""Counts in what commands say: the number, with the words that follow one or several."""


def counted(number: int, one: str, many: str) -> str:
    """Return a number with the words that follow it: 1 file was, 2 files were."""
    return f"{number} {one if number == 1 else many}"
