"""Which function a line of a source belongs to."""

import ast

_HOLDERS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def name_scopes(source: str) -> dict[int, str]:
    """Return the qualified name of the function each line stands in; lines outside of all are left out."""
    found: dict[int, str] = {}

    def walk(node: ast.AST, holder: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, _HOLDERS):
                name = f"{holder}.{child.name}" if holder else child.name
                # The head of a function runs where it is defined, and says nothing about who calls it.
                body = child.body[0].lineno
                if not isinstance(child, ast.ClassDef):
                    found.update(dict.fromkeys(range(body, (child.end_lineno or body) + 1), name))
                walk(child, name)
            else:
                walk(child, holder)

    walk(ast.parse(source), "")
    return found
