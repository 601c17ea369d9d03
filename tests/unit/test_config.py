"""Settings: read once from the environment, and refused when they cannot be meant."""

from dataclasses import FrozenInstanceError
from datetime import timedelta
from pathlib import Path

import pytest

from portal.config import BadSetting, Settings, default_instance


def test_an_empty_environment_gives_working_defaults() -> None:
    assert Settings.from_env({}) == Settings()


def test_other_names_of_the_environment_are_left_alone() -> None:
    assert Settings.from_env({"PATH": "/usr/bin", "MY_PORTAL_THREADS": "x"}) == Settings()


@pytest.mark.parametrize("name", ["PORTAL_DATABASE", "PORTAL_", "PORTAL_THREAD", "PORTAL_UNDO_WINDOW"])
def test_an_unknown_name_is_refused_by_name(name: str) -> None:
    with pytest.raises(BadSetting, match=f"^{name} is not a setting of the portal$"):
        Settings.from_env({name: "1"})


@pytest.mark.parametrize("text", ["", "four", "-1", "1.5", "1e3", "0x10", "²", "4 4"])
def test_a_number_is_a_whole_number(text: str) -> None:
    with pytest.raises(BadSetting, match=r"^PORTAL_THREADS takes a whole number"):
        Settings.from_env({"PORTAL_THREADS": text})


def test_a_number_is_read_with_spaces_around_it() -> None:
    assert Settings.from_env({"PORTAL_THREADS": " 8 "}).threads == 8


@pytest.mark.parametrize("name", ["PORTAL_BASE_URL", "PORTAL_SMTP_URL", "PORTAL_DATABASE_URL"])
@pytest.mark.parametrize("text", ["stories.example.org", "localhost:5432/stories", "//example.org"])
def test_an_address_needs_its_scheme(name: str, text: str) -> None:
    with pytest.raises(BadSetting, match=f"^{name} takes an address with a scheme"):
        Settings.from_env({name: text})


def test_a_refused_address_does_not_repeat_its_password() -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_env({"PORTAL_SMTP_URL": "desk:secret@mail.example.org"})
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("name", ["PORTAL_WORKERS", "PORTAL_THREADS"])
def test_a_server_nobody_works_in_is_refused(name: str) -> None:
    with pytest.raises(BadSetting, match=f"^{name} takes 1 or more, not '0'$"):
        Settings.from_env({name: "0"})


def test_an_address_can_be_left_empty() -> None:
    assert Settings.from_env({"PORTAL_SMTP_URL": ""}).smtp_url == ""


def test_a_folder_is_a_path() -> None:
    assert Settings.from_env({"PORTAL_INSTANCE": "/srv/stories"}).instance == Path("/srv/stories")


def test_without_an_address_the_database_is_a_file_of_the_instance(tmp_path: Path) -> None:
    assert Settings(instance=tmp_path).database == f"sqlite:///{tmp_path.resolve()}/portal.sqlite3"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://desk@db/stories", "postgresql+psycopg://desk@db/stories"),
        ("postgresql://desk@db/stories", "postgresql+psycopg://desk@db/stories"),
        ("postgresql+psycopg://desk@db/stories", "postgresql+psycopg://desk@db/stories"),
        ("postgresql://desk@/stories?host=/run/a", "postgresql+psycopg://desk@/stories?host=/run/a"),
        ("sqlite:////srv/stories.sqlite3", "sqlite:////srv/stories.sqlite3"),
    ],
)
def test_every_spelling_of_a_database_address_uses_our_driver(given: str, used: str) -> None:
    assert Settings(database_url=given).database == used


def test_the_undo_window_is_ten_minutes() -> None:
    assert Settings().undo_window == timedelta(minutes=10)


def test_the_undo_window_can_be_closed() -> None:
    assert Settings.from_env({"PORTAL_UNDO_MINUTES": "0"}).undo_window == timedelta(0)


def test_the_public_address_ends_without_a_slash() -> None:
    assert Settings.from_env({"PORTAL_BASE_URL": "https://example.org/"}).base_url == "https://example.org"


@pytest.mark.parametrize(
    ("address", "expected"), [("https://example.org", True), ("http://127.0.0.1:8000", False)]
)
def test_cookies_are_bound_to_an_encrypted_address(address: str, expected: bool) -> None:  # noqa: FBT001
    assert Settings(base_url=address).is_https is expected


def test_the_server_answers_to_its_own_address() -> None:
    assert Settings(base_url="https://stories.example.org:8443").hosts == ["stories.example.org"]


def test_further_hosts_are_named_with_commas() -> None:
    settings = Settings(base_url="https://a.example", trusted_hosts=" b.example, ,a.example ")
    assert settings.hosts == ["b.example", "a.example"]


def test_settings_do_not_change_while_the_portal_runs() -> None:
    settings = Settings()
    with pytest.raises(FrozenInstanceError):
        settings.threads = 9  # type: ignore[misc]


def test_a_checkout_keeps_its_instance_beside_the_code() -> None:
    assert default_instance() == Path(__file__).resolve().parents[2] / "instance"
