"""Nobody can forget to say who may open a page."""

from pathlib import Path

import pytest
from flask import Flask

from portal.app import create_app
from portal.config import Settings
from portal.domain.permissions import Permission
from portal.domain.ways_in import PageRight
from portal.web.site.access import FOREIGN_RULES, UnguardedRoute, access, check_rules, rule_of

OPEN = {
    "staff_account.invitation",
    "contribute_reenter_code.enter",
    "contribute.switch_language",
    "contribute.pitch",
    "contribute.read_story_file",
    "contribute.story",
    "contribute.send",
    "private_lost_code.ask_for_link",
    "private_lost_code.link",
    "private.enter",
    "private.leave",
    "contribute_proof_of_work.challenge",
    "public.coverage",
    "public.coverages",
    "public.help_page",
    "public.safety",
    "public.start",
    "public_calendar.deadline",
    "public_cards.coverage_card",
    "public_cards.page_card",
    "public_crawlers.robots",
    "public_crawlers.sitemap",
    "public_feeds.atom",
    "public_feeds.json_feed",
    "public_pictures.lead",
    "public_pictures.card_photo",
    "public_shared_photos.shared_photo",
    "contribute_save.download_typed",
    "contribute_save.save",
    "contribute_save.token",
    *(endpoint for endpoint, rule in FOREIGN_RULES.items() if rule == "open"),
}
"""Every door that stands open. A name that is added here was looked at by two people."""


@pytest.fixture(scope="module")
def real_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    instance: Path = tmp_path_factory.mktemp("access-instance")
    return create_app(Settings(instance=instance))


def name_room(module: str) -> str:
    """Return what the blueprint of a module is called: folder and module, or the folder alone."""
    return "_".join(module.split(".")[2:])


def endpoints_of(app: Flask) -> set[str]:
    return {rule.endpoint for rule in app.url_map.iter_rules()}


def test_every_page_says_who_may_open_it(real_app: Flask) -> None:
    assert [one for one in endpoints_of(real_app) if rule_of(real_app, one) is None] == []


def test_only_the_known_pages_are_open_to_everybody(real_app: Flask) -> None:
    assert {one for one in endpoints_of(real_app) if rule_of(real_app, one) == "open"} == OPEN


def test_every_rule_is_one_of_the_three_kinds(real_app: Flask) -> None:
    kinds = {"open", *PageRight, *Permission}
    assert {rule_of(real_app, one) for one in endpoints_of(real_app)} - kinds == set()


def test_the_private_page_asks_for_its_rights_and_no_view_elsewhere_does(real_app: Flask) -> None:
    rules = list(real_app.url_map.iter_rules())
    private = {one.endpoint for one in rules if one.rule.startswith("/<lang:lang>/my")} - OPEN
    asking = {one.endpoint for one in rules if isinstance(rule_of(real_app, one.endpoint), PageRight)}
    assert asking == private


def test_every_right_of_the_private_page_is_asked_for(real_app: Flask) -> None:
    assert set(PageRight) - {rule_of(real_app, one) for one in endpoints_of(real_app)} == set()


def test_the_desk_is_closed_to_passers_by(real_app: Flask) -> None:
    desk = {rule.endpoint for rule in real_app.url_map.iter_rules() if rule.rule.startswith("/desk")}
    assert {one for one in desk if not isinstance(rule_of(real_app, one), Permission)} == set()


def test_no_rule_is_kept_for_a_page_that_is_gone(real_app: Flask) -> None:
    assert set(FOREIGN_RULES) - endpoints_of(real_app) == set()


def test_a_page_without_a_rule_stops_the_start() -> None:
    app = Flask("seeded", static_folder=None)
    app.add_url_rule("/forgotten", "forgotten", lambda: "")
    with pytest.raises(UnguardedRoute, match="forgotten"):
        check_rules(app)


def test_a_page_with_a_rule_does_not() -> None:
    app = Flask("seeded", static_folder=None)
    app.add_url_rule("/looked-after", "looked_after", access("open")(lambda: ""))
    check_rules(app)


def test_a_room_is_called_by_its_folder_and_module(real_app: Flask) -> None:
    rooms = [one for one in real_app.blueprints.values() if one.import_name.startswith("portal.")]
    odd = {one.name for one in rooms if one.name != name_room(one.import_name)}
    assert odd == {"contribute", "private", "desk", "coverages", "public"}
