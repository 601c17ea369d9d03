"""What lets a run make hundreds of applications quickly: work done once, or when it is asked for."""

from collections.abc import Callable
from functools import cache
from types import CodeType

from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule


class KeptCode(BytecodeCache):
    """What templates became in the first application of this process, for those made after it."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code of this very source, if it is known."""
        checksum, code = self._kept.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        if bucket.code is not None:
            self._kept[bucket.key] = bucket.checksum, bucket.code


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
