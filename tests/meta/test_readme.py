"""Pages of documentation name what is there: settings, commands, state changes and files of the code."""

import dataclasses
import re
from pathlib import Path

import click
import pytest

from portal.cli import COMMANDS, portal
from portal.config import Settings
from portal.domain.acts import Act
from portal.domain.data_inventory import DataClass
from portal.domain.permissions import GRANTS, Role
from portal.domain.states import STANDINGS, State
from portal.domain.transitions import TRANSITIONS, MessageRule, Transition

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in (
        "README.md",
        "portal/README.md",
        "portal/cli/README.md",
        "portal/domain/README.md",
        "portal/export/README.md",
        "portal/sealing/README.md",
        "portal/wordpress/README.md",
        "tests/README.md",
    )
}
README = PAGES["README.md"]
STATES = re.compile(r"(?<=approve -->\n).*(?=<!-- /states -->)", re.DOTALL)
FILE = re.compile(r"`((?:portal|templates|tests|translations)/[\w./-]+\.\w+)`")
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)#]+)(?:#([\w-]+))?\)")


def rows_after(page: str, heading: str) -> list[str]:
    """Return the lines of the first table below a heading, without its head."""
    below = f"\n{PAGES[page]}".split(f"\n{heading}\n", 1)[1]
    lines = [line for line in below.split("\n#", 1)[0].splitlines() if line.startswith("|")]
    return lines[2:]


def describe_act(act: Act, row: Transition) -> str:
    """Return an act's line of the table of states."""
    everywhere = len(row.sources) == len(State) - 1
    sources = "any" if everywhere else ", ".join(state for state in State if state in row.sources)
    people = ["contributor"] if row.by_author else []
    if row.needs:
        people += [role for role in Role if row.needs in GRANTS[role]]
    if row.is_delegable:
        people.append("moderator if the call says so")
    target = row.target or "the state before"
    undo = "yes" if row.has_window else ""
    words = row.note.replace("_", " ") if row.note is not MessageRule.NONE else ""
    return f"| {act} | {sources} | {target} | {', '.join(people)} | {undo} | {words} | {row.notice or ''} |"


def describe_tables() -> str:
    """Return the tables of acts and of states."""
    acts = [describe_act(act, row) for act, row in TRANSITIONS.items()]
    states = [
        f"| {state} | {row.queue} | {row.status}{' (as ' + row.reads_as + ')' if row.reads_as else ''} |"
        for state, row in STANDINGS.items()
    ]
    return "\n".join(
        [
            "| act | from | to | who | undo | words | mail |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *acts,
            "",
            "| state | place in the queue | told its author |",
            "| --- | --- | --- |",
            *states,
            "",
        ]
    )


def describe_setting(field: "dataclasses.Field[object]") -> str:
    """Return a setting's line of the table of settings."""
    default = f"`{field.default}`" if field.default != "" else "empty"
    shown = "see below" if field.name == "instance" else default
    return f"| `PORTAL_{field.name.upper()}` | {shown} | {field.metadata['help']} |"


def list_commands(group: click.Group) -> list[tuple[str, click.Command]]:
    """Return the commands of a group with their names."""
    context = click.Context(group)
    found = ((name, group.get_command(context, name)) for name in group.list_commands(context))
    return [(name, command) for name, command in found if command is not None]


def describe_command(name: str, command: click.Command) -> list[str]:
    """Return a command's lines of the table of commands, those of a group one by one."""
    if isinstance(command, click.Group):
        return [
            line for sub, one in list_commands(command) for line in describe_command(f"{name} {sub}", one)
        ]
    first_paragraph = (command.help or "").split("\n\n", 1)[0]
    return [f"| `portal {name}` | {' '.join(first_paragraph.split())} |"]


def test_the_tables_of_acts_and_states_are_those_in_the_code(pytestconfig: pytest.Config) -> None:
    page = PAGES["portal/domain/README.md"]
    if pytestconfig.getoption("approve"):
        page = STATES.sub(lambda _found: describe_tables(), page)
        (ROOT / "portal" / "domain" / "README.md").write_text(page, encoding="utf-8")
    assert STATES.findall(page) == [describe_tables()]


def test_every_setting_is_explained() -> None:
    assert rows_after("README.md", "## Settings") == [
        describe_setting(field) for field in dataclasses.fields(Settings)
    ]


def test_every_command_is_explained() -> None:
    commands = [line for name, one in list_commands(portal) for line in describe_command(name, one)]
    assert rows_after("portal/cli/README.md", "## Commands") == commands


def test_the_list_of_commands_says_of_each_what_it_says_itself() -> None:
    own = {name: (one.help or "").split("\n\n", 1)[0] for name, one in list_commands(portal)}
    assert {name: one.sentence for name, one in COMMANDS.items()} == {
        name: " ".join(sentence.split()) for name, sentence in own.items()
    }


def test_every_class_of_data_has_its_protection() -> None:
    below = PAGES["portal/sealing/README.md"].split(
        "\nWhat each class of `portal/domain/data_inventory.py` asks for:\n", 1
    )[1]
    rows = [row.split(" | ") for row in below.strip().split("\n\n", 1)[0].splitlines()[2:]]
    assert [(row[0].removeprefix("| "), len(row)) for row in rows] == [(one, 4) for one in DataClass]


def test_the_pipeline_runs_the_test_command_of_the_readme() -> None:
    command = README.split("## Test it", 1)[1].split("```sh\n", 1)[1].split("\n```", 1)[0]
    pipeline = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in pipeline if line == command] == [command]


def list_headings(page: str) -> set[str]:
    """Return the headings of a page as links name them."""
    heads = [line.lstrip("# ") for line in page.splitlines() if line.startswith("#")]
    return {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}


def test_every_page_is_listed_here() -> None:
    found = {
        str(path.relative_to(ROOT))
        for folder in ("portal", "tests")
        for path in (ROOT / folder).rglob("README.md")
    }
    assert found | {"README.md"} == set(PAGES)


def test_every_file_that_is_named_is_there() -> None:
    named = {(page, name) for page, text in PAGES.items() for name in FILE.findall(text)}
    assert [(page, name) for page, name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_link_leads_to_a_page_and_its_heading() -> None:
    lost = []
    for page, text in PAGES.items():
        for target, heading in LINK.findall(text):
            path = (ROOT / page).parent / target
            if not path.exists() or (
                heading and heading not in list_headings(path.read_text(encoding="utf-8"))
            ):
                lost.append((page, target, heading))
    assert lost == []


def test_every_picture_is_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert [name for name in pictures if not (ROOT / name).exists()] == []


def test_the_pictures_stay_small() -> None:
    assert sum(picture.stat().st_size for picture in (ROOT / "tests" / "pictures").iterdir()) < 300_000
