"""What lets a run make hundreds of applications quickly: work done once, or when it is asked for."""

import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import CodeType

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

from portal.instance import TEMPLATES

KEPT_TEMPLATES = "TESTS_KEPT_TEMPLATES"
"""Variable that names the folder in which all processes of a run keep what templates became."""


class KeptCode(BytecodeCache):
    """What templates became in the first application of a run, for those made after it.

    To compile all of them takes two seconds of a processor. Where the run has no folder for them, each
    process keeps its own.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, CodeType]] = {}
        folder = os.environ.get(KEPT_TEMPLATES)
        self._files = FileSystemBytecodeCache(folder) if folder else None

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code of this very source, if it is known."""
        checksum, code = self._kept.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code
        elif self._files is not None:
            self._files.load_bytecode(bucket)
            self._keep(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self._keep(bucket)
        if self._files is not None:
            self._files.dump_bytecode(bucket)

    def _keep(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[bucket.key] = bucket.checksum, bucket.code


def lend_templates(instance: Path) -> None:
    """Put what templates became in this run where `portal serve` keeps it, which compiles the rest alone."""
    if folder := os.environ.get(KEPT_TEMPLATES):
        (instance / TEMPLATES).mkdir(mode=0o700, parents=True, exist_ok=True)
        _copy_code(Path(folder), instance / TEMPLATES)


def take_templates(instance: Path) -> None:
    """Keep for this run what templates became where a portal was started."""
    if folder := os.environ.get(KEPT_TEMPLATES):
        _copy_code(instance / TEMPLATES, Path(folder))


def _copy_code(source: Path, target: Path) -> None:
    """Copy what is not there yet, each file as a whole: others read it meanwhile."""
    for path in source.glob("*.cache"):
        if not (target / path.name).exists():
            whole = target / f"{path.name}.{os.getpid()}"
            shutil.copy(path, whole)
            whole.replace(target / path.name)


class LateRule(Rule):
    """A route that compiles how its address is written when an address is asked for.

    Werkzeug compiles it for all routes at once, which takes 70 of the 90 ms of making an application.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002  # as in Werkzeug
        @cache
        def compile_now() -> Callable[..., tuple[str, str]]:
            return super(LateRule, self)._compile_builder(append_unknown)

        def write(rule: Rule, **values: object) -> tuple[str, str]:
            return compile_now()(rule, **values)

        return write
