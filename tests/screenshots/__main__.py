"""Make pictures of every page for translators: `python -m tests.screenshots FOLDER --language uk`.

It opens the pages of a portal in the middle of its work, made for this, and takes a picture of each that says
something no picture before it says. `messages.csv` beside them names for each message of the interface its
picture, for tools such as Weblate that show it beside the message; those without one are on no page (mail,
commands).
"""

import argparse
import csv
import logging
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from flask import Flask
from playwright.sync_api import ViewportSize, sync_playwright
from werkzeug.serving import make_server

from portal.cli.schema import upgrade
from portal.config import Settings
from portal.domain.languages import LOCALES, Locale
from portal.domain.release_texts import SOURCE
from portal.i18n.catalogues import extract_template, ids_of, messages_of
from tests.browser.conftest import ARGS, QuietHandler
from tests.browser.looks import Screen
from tests.conftest import close_connections, empty_tables, make_own
from tests.screenshots.messages import Message, hear_messages
from tests.support.error_pages import add_faults
from tests.support.html_pages import Page, open_page
from tests.support.page_list import ROOMS, STATES, Visit
from tests.support.portal import build_world
from tests.support.ports import find_free_port
from tests.support.world import World
from tests.support.world_words import SAID

CHECKOUT = Path(__file__).resolve().parents[2]
SIZE: ViewportSize = {"width": 390, "height": 844}
Heard = tuple[str, Page, set[Message]]
"""The room of a page, the page, and the messages it says."""


def read_pages(app: Flask, locale: Locale, rooms: Sequence[str]) -> Iterator[Heard]:
    """Yield the pages of these rooms and states in one language."""
    with hear_messages() as heard:
        world = build_world(app, locale)
        for room in (one for one in ROOMS if one in rooms):
            yield from _hear(world, room, ROOMS[room](world), heard)
        for state in (one for one in STATES if one in rooms):
            build, list_visits = STATES[state]
            empty_tables(app)
            world = build(app, locale)
            yield from _hear(world, state, list_visits(world), heard)


def _hear(world: World, room: str, visits: Sequence[Visit], heard: set[Message]) -> Iterator[Heard]:
    clients = {who: world.open_client(who) for who in {visit.who for visit in visits}}
    for visit in visits:
        heard.clear()
        page = open_page(clients[visit.who], visit, world.locale)
        yield room, page, set(heard)


def take_pictures(screen: Screen, pages: Iterator[Heard], folder: Path) -> dict[Message, str]:
    """Write a picture of each page that says something new; return of each message the picture's name."""
    shown: dict[Message, str] = {}
    for number, (room, page, heard) in enumerate(pages, 1):
        new = heard - shown.keys()
        if not new:
            continue
        name = f"{room}-{number:03}.png"
        screen.show(page.text)
        screen.page.screenshot(path=folder / name, full_page=True)
        shown |= dict.fromkeys(new, name)
    return shown


def write_index(folder: Path, shown: dict[Message, str]) -> tuple[int, int]:
    """Write which message stands on which picture; return how many do, and how many there are."""
    messages = [(one.context or "", ids_of(one)[0]) for one in messages_of(extract_template(CHECKOUT))]
    placed = [(*message, shown[message]) for message in messages if message in shown]
    with (folder / "messages.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("context", "source", "screenshot"), *placed])
    return len(placed), len(messages)


@contextmanager
def open_screen(app: Flask, port: int) -> Iterator[Screen]:
    """Yield a phone's screen that finds the styles of the portal; scripts of the pages do not run on it."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=QuietHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with closing(server.socket), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        tab = browser.new_page(
            base_url=f"http://localhost:{port}", viewport=SIZE, bypass_csp=True, reduced_motion="reduce"
        )
        tab.goto("/en/help")
        yield Screen(tab)
        browser.close()
        server.shutdown()


def picture_pages(folder: Path, locale: Locale, rooms: Sequence[str]) -> tuple[int, int]:
    """Make pictures and index in a folder; return how many messages have one, and how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    SAID.setdefault(locale.tag, SAID[SOURCE])  # what the desk of the example writes
    port = find_free_port()
    with tempfile.TemporaryDirectory() as instance:
        made = Settings(instance=Path(instance), base_url=f"http://localhost:{port}", undo_minutes=0)
        app = make_own(made)
        with app.app_context():
            upgrade()
        add_faults(app)
        with open_screen(app, port) as screen:
            shown = take_pictures(screen, read_pages(app, locale, rooms), folder)
        close_connections(app)
    return write_index(folder, shown)


def main(arguments: Sequence[str]) -> int:
    """Make the pictures, say how many messages have one, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--language", default=SOURCE, choices=[locale.tag for locale in LOCALES])
    parser.add_argument("--rooms", nargs="+", default=[*ROOMS, *STATES], choices=[*ROOMS, *STATES])
    asked = parser.parse_args(arguments)
    logging.disable()  # pages of faults are among those that are opened
    locale = next(one for one in LOCALES if one.tag == asked.language)
    placed, number = picture_pages(asked.folder, locale, asked.rooms)
    print(f"{placed} of {number} messages are on {len(list(asked.folder.glob('*.png')))} pictures.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
