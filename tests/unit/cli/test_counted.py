"""What commands count."""

import pytest

from portal.cli.counted import counted


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 files were"), (1, "1 file was"), (2, "2 files were"), (21, "21 files were")]
)
def test_one_is_said_apart_from_several(number: int, said: str) -> None:
    assert counted(number, "file was", "files were") == said
