"""Who can speak to other machines: few files, each for one kind of machine."""

import ast
from collections.abc import Iterator
from pathlib import Path

import portal

CLIENTS = {
    "urllib3",
    "http",
    "urllib.request",
    "requests",
    "smtplib",
    "ftplib",
    "xmlrpc",
    "asyncio",
    "socket",
}


def list_speakers(folder: Path) -> dict[str, str]:
    """Return the files that import what opens a line, with what they import."""
    found = {
        path.relative_to(folder).as_posix(): " ".join(sorted(set(find_clients(path))))
        for path in folder.rglob("*.py")
    }
    return {name: clients for name, clients in found.items() if clients}


def find_clients(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        yield from (one for one in CLIENTS for name in names if f"{name}.".startswith(f"{one}."))


def test_only_these_files_could_speak_to_another_machine() -> None:
    assert list_speakers(Path(portal.__file__).parent) == {
        "cli/doctor/database.py": "smtplib",
        "cli/serve.py": "socket",
        "mail/deliver.py": "smtplib socket",
        "server/lines.py": "socket",
        "wordpress/http.py": "http socket urllib3",
        "wordpress/networks.py": "socket",
    }


def test_a_file_that_speaks_is_found(tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text("import urllib.request\nfrom http.client import x\n", encoding="utf-8")
    assert list_speakers(tmp_path) == {"page.py": "http urllib.request"}
