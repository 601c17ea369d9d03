"""Faults a tired person makes in Python: every place of a source where one can be planted."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace

from tests.mutants.faults import Fault
from tests.mutants.scopes import name_scopes

_OTHER: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_EMPTY = {"bool": "", "str": '""', "int": "0"}
_NOTHING_TOLD = frozenset({"connect", "debug", "info", "warning", "exception"})
"""Calls whose removal is seen at once, or by nobody."""


def find_python_faults(path: str, source: str, optional: Mapping[str, frozenset[str]]) -> Iterator[Fault]:
    """Give every fault for this source.

    `optional` names by function the arguments that may be left out; without another one nothing would run.
    """
    starts, scopes = _find_starts(source), name_scopes(source)
    finder = _Finder(optional)
    finder.visit(ast.parse(source))
    for node, kind, instead in finder.found:
        start = _place(source, starts, node.lineno, node.col_offset)
        end = _place(source, starts, node.end_lineno or node.lineno, node.end_col_offset or 0)
        fault = Fault(path, start, end, kind, instead, scopes.get(node.lineno, ""), source[start:end])
        yield replace(fault, line=node.lineno)


def list_optional(sources: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Return by name of a function or class of ours the arguments that have a default wherever it is made."""
    found: dict[str, frozenset[str]] = {}
    for source in sources.values():
        for node in ast.walk(ast.parse(source)):
            named = _read_optional(node)
            if named is not None:
                name, arguments = named
                found[name] = found.get(name, arguments) & arguments
    return found


def _read_optional(node: ast.AST) -> tuple[str, frozenset[str]] | None:
    if isinstance(node, ast.FunctionDef):
        given = node.args
        placed = given.args[len(given.args) - len(given.defaults) :]
        named = [arg for arg, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default]
        return node.name, frozenset(arg.arg for arg in (*placed, *named))
    if isinstance(node, ast.ClassDef) and any("dataclass" in ast.unparse(one) for one in node.decorator_list):
        fields = [one for one in node.body if isinstance(one, ast.AnnAssign) and one.value is not None]
        return node.name, frozenset(one.target.id for one in fields if isinstance(one.target, ast.Name))
    return None


def _find_starts(source: str) -> list[int]:
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _place(source: str, starts: list[int], line: int, column: int) -> int:
    """Return a place in code points; Python counts columns in bytes of UTF-8."""
    text = source[starts[line - 1] : starts[line]]
    return starts[line - 1] + len(text.encode()[:column].decode())


def _is_member(node: ast.expr) -> bool:
    """Say whether it is a member of a class, as State.SPAM is of its enumeration."""
    root = node.value if isinstance(node, ast.Attribute) else None
    return isinstance(root, ast.Name) and root.id.lstrip("_")[:1].isupper()


class _Finder(ast.NodeVisitor):
    """Walks what runs: no annotations, no words inside of f-strings, no docstrings."""

    def __init__(self, optional: Mapping[str, frozenset[str]]) -> None:
        self.optional = optional
        self.found: list[tuple[ast.expr | ast.stmt | ast.keyword, str, str]] = []
        self._returns: ast.expr | None = None

    def _add(self, node: ast.expr | ast.stmt, kind: str, instead: ast.expr | str) -> None:
        text = instead if isinstance(instead, str) else f"({ast.unparse(instead)})"
        self.found.append((node, kind, text))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:  # the names are of the ast module
        """Go into the body; what an argument is by default runs as well."""
        outer, self._returns = self._returns, node.returns
        for part in (*node.decorator_list, *node.args.defaults, *node.args.kw_defaults, *node.body):
            if part is not None:
                self.visit(part)
        self._returns = outer

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Leave out the annotation."""
        if node.value is not None:
            self.visit(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Leave it: before Python 3.12 its parts have no places of their own."""

    def visit_Compare(self, node: ast.Compare) -> None:
        """Turn the first comparison round."""
        other = _OTHER[type(node.ops[0])]()
        self._add(node, "compare", ast.Compare(node.left, [other, *node.ops[1:]], node.comparators))
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """Drop a `not`."""
        if isinstance(node.op, ast.Not):
            self._add(node, "drop not", node.operand)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        """Take the other word, and leave one part out."""
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        self._add(node, "and or", ast.BoolOp(other, node.values))
        for place in range(len(node.values)):
            rest = [*node.values[:place], *node.values[place + 1 :]]
            self._add(node, "drop condition", rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest))
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        """Take the other branch."""
        self._add(node, "other branch", ast.IfExp(node.test, node.orelse, node.body))
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """Turn minus into plus."""
        if isinstance(node.op, ast.Sub) and not isinstance(node.right, ast.Set):
            self._add(node, "plus", ast.BinOp(node.left, ast.Add(), node.right))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Count one more; say the opposite."""
        if isinstance(node.value, bool):
            self._add(node, "opposite", str(not node.value))
        elif isinstance(node.value, int):
            self._add(node, "one more", str(node.value + 1))

    def visit_Set(self, node: ast.Set) -> None:
        """Leave a member out."""
        self._drop_members(node, "drop member")

    def visit_Tuple(self, node: ast.Tuple) -> None:
        """Leave a member out of several that are alike."""
        self._drop_members(node, "drop member")

    def visit_List(self, node: ast.List) -> None:
        """Leave a member out of several that are alike."""
        self._drop_members(node, "drop member")

    def _drop_members(self, node: ast.Set | ast.Tuple | ast.List, kind: str) -> None:
        few = 1 if isinstance(node, ast.Set) else 2
        if all(_is_member(one) for one in node.elts) and len(node.elts) >= few:
            for place in range(len(node.elts)):
                rest = ast.parse(ast.unparse(node), mode="eval").body
                assert isinstance(rest, ast.Set | ast.Tuple | ast.List)
                del rest.elts[place]
                self._add(node, kind, ast.unparse(rest))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """Leave out a named argument that has a default."""
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called == "dataclass":  # frozen or not is nothing a user meets
            return
        for given in node.keywords:
            known = self.optional.get(called)
            if given.arg is not None and (known is None or given.arg in known):
                rest = [one for one in node.keywords if one is not given]
                self._add(
                    node, f"drop argument {given.arg}", ast.unparse(ast.Call(node.func, node.args, rest))
                )
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        """Do not do it."""
        if isinstance(node.value, ast.Constant):
            return
        called = getattr(getattr(node.value, "func", None), "attr", "")
        if isinstance(node.value, ast.Call) and called not in _NOTHING_TOLD:
            self._add(node, "drop call", "pass")
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        """Take a guard away."""
        if len(node.body) == 1 and isinstance(node.body[0], ast.Raise | ast.Return) and not node.orelse:
            self._add(node.test, "drop guard", "False")
        self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        """Return something else of the same type."""
        told = ast.unparse(self._returns) if self._returns is not None else ""
        if node.value is not None and not isinstance(node.value, ast.Constant):
            if told == "bool":
                self._add(node.value, "return", ast.UnaryOp(ast.Not(), node.value))
            elif told.endswith("| None"):
                self._add(node.value, "return", "None")
            elif told in _EMPTY:
                self._add(node.value, "return", _EMPTY[told])
        self.generic_visit(node)
