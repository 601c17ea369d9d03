"""Settings: read once from the environment, and refused when they cannot be meant."""

from dataclasses import FrozenInstanceError
from datetime import timedelta
from pathlib import Path

import pytest

from portal.config import BadSetting, Settings, default_instance, find_checkout


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


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("BASE_URL", "ftp://example.org", "takes a web address, like https://example.org"),
        ("BASE_URL", "https://exa mple.org", "takes a web address, like https://example.org"),
        ("BASE_URL", "https://example.org:99999", "takes a web address, like https://example.org"),
        ("BASE_URL", "https://[example.org", "takes a web address, like https://example.org"),
        ("SMTP_URL", "smtp://example.org:99999", "takes smtp://host:port or smtps://host:port"),
        ("SMTP_URL", "smtp://example.org:mail", "takes smtp://host:port or smtps://host:port"),
        ("SMTP_URL", "http://example.org", "takes smtp://host:port or smtps://host:port"),
        ("MAIL_FROM", "the desk", "takes an e-mail address, like stories@example.org"),
        ("MAIL_FROM", "", "takes an e-mail address, like stories@example.org"),
        ("MAIL_FROM", "desk@exa mple.org", "takes an e-mail address, like stories@example.org"),
        (
            "TRUSTED_HOSTS",
            "a.example b.example",
            "takes host names with commas between them, like stories.example.org",
        ),
        (
            "TRUSTED_HOSTS",
            "https://a.example",
            "takes host names with commas between them, like stories.example.org",
        ),
        ("SITE_NAME", "", "takes a name, like Story portal"),
        ("SITE_NAME", "; uk=Голоси", "takes a name, like Story portal"),
        ("UNDO_MINUTES", "10081", "takes 10080 at most, not '10081'"),
        ("THREADS", "1000000", "takes 1000 at most, not '1000000'"),
        ("WORKERS", "1001", "takes 1000 at most, not '1001'"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_runs(name: str, text: str, said: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_env({f"PORTAL_{name}": text})
    assert str(refused.value) == f"PORTAL_{name} {said}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("base_url", "https://портал.укр"),
        ("base_url", "http://[::1]:8000"),
        ("base_url", "https://example.org/stories"),
        ("smtp_url", "smtps://desk:p%40ss@mail.example.org:465"),
        ("mail_from", "Портал <stories@example.org>"),
        ("trusted_hosts", "a.example, b.example:8443, ::1"),
        ("site_tagline", ""),
        ("undo_minutes", "10080"),
    ],
)
def test_what_can_be_meant_is_taken(name: str, text: str) -> None:
    assert str(getattr(Settings.from_env({f"PORTAL_{name.upper()}": text}), name)) == text


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
def test_cookies_are_bound_to_an_encrypted_address(address: str, *, expected: bool) -> None:
    assert Settings(base_url=address).is_https is expected


def test_the_server_answers_to_its_own_address() -> None:
    assert Settings(base_url="https://stories.example.org:8443").hosts == ["stories.example.org"]


def test_further_hosts_are_named_with_commas() -> None:
    settings = Settings(base_url="https://a.example", trusted_hosts=" b.example, ,a.example ")
    assert settings.hosts == ["b.example", "a.example"]


def test_a_site_has_a_name_in_each_language() -> None:
    settings = Settings.from_env({"PORTAL_SITE_NAME": "Voices; uk=Голоси; zh-tw=聲音"})
    assert [settings.site_names[tag] for tag in ("en", "uk", "zh-Hant-TW")] == ["Voices", "Голоси", "聲音"]


def test_one_name_is_the_name_in_every_language() -> None:
    settings = Settings.from_env({"PORTAL_SITE_NAME": "Voices"})
    assert {settings.site_names[tag] for tag in ("en", "uk", "zh-Hant-TW")} == {"Voices"}


def test_a_tagline_is_shown_in_no_other_language() -> None:
    settings = Settings.from_env({"PORTAL_SITE_TAGLINE": "In your words; uk=Своїми словами"})
    assert [settings.site_taglines[tag] for tag in ("en", "uk", "zh-Hant-TW")] == [
        "In your words",
        "Своїми словами",
        "",
    ]


@pytest.mark.parametrize("text", ["Voices; Голоси", "Voices; xx=Głosy", "Voices; uk="])
def test_a_name_in_no_language_of_the_portal_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match=r"PORTAL_SITE_NAME: .* names no language of the portal"):
        Settings.from_env({"PORTAL_SITE_NAME": text})


def test_settings_do_not_change_while_the_portal_runs() -> None:
    settings = Settings()
    with pytest.raises(FrozenInstanceError):
        settings.threads = 9  # type: ignore[misc]  # that it is frozen is tried


ROOT = Path(__file__).resolve().parents[2]
SOMEBODY = 1000


def test_a_checkout_keeps_its_instance_beside_the_code() -> None:
    assert default_instance({"STATE_DIRECTORY": "/var/lib/other", "HOME": "/root"}) == ROOT / "instance"


@pytest.mark.parametrize(
    ("environ", "user", "expected"),
    [
        ({"STATE_DIRECTORY": "/var/lib/stories"}, SOMEBODY, "/var/lib/stories"),
        ({"STATE_DIRECTORY": "/var/lib/stories:/var/lib/more"}, 0, "/var/lib/stories"),
        ({"STATE_DIRECTORY": "", "HOME": "/root"}, 0, "/var/lib/portal"),
        ({"XDG_DATA_HOME": "/data", "HOME": "/root"}, 0, "/var/lib/portal"),
        ({"XDG_DATA_HOME": "/data", "HOME": "/home/desk"}, SOMEBODY, "/data/portal"),
        ({"XDG_DATA_HOME": "", "HOME": "/home/desk"}, SOMEBODY, "/home/desk/.local/share/portal"),
        ({"XDG_DATA_HOME": "data", "HOME": "/home/desk"}, SOMEBODY, "/home/desk/.local/share/portal"),
        ({"STATE_DIRECTORY": "stories", "HOME": "/home/desk"}, SOMEBODY, "/home/desk/.local/share/portal"),
    ],
)
def test_a_wheel_keeps_its_instance_outside_of_the_environment(
    environ: dict[str, str], user: int, expected: str
) -> None:
    assert default_instance(environ, checkout=None, user=user) == Path(expected)


def test_a_wheel_is_no_checkout_even_beside_a_project(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "portal").mkdir()
    assert (find_checkout(tmp_path / "portal"), find_checkout(ROOT / "portal")) == (None, ROOT)


def test_a_folder_that_is_named_counts_before_every_other() -> None:
    environ = {"PORTAL_INSTANCE": "/srv/stories", "STATE_DIRECTORY": "/var/lib/stories"}
    assert Settings.from_env(environ).instance == Path("/srv/stories")


@pytest.mark.parametrize("text", ["", " "])
def test_an_empty_name_of_a_folder_is_none(text: str) -> None:
    assert Settings.from_env({"PORTAL_INSTANCE": text}) == Settings()


@pytest.mark.parametrize(
    "text",
    [
        "mysql://db/stories",
        "sqlite:////srv/a",
        "postgresql://desk@db:port/stories",
        "postgresql+asyncpg://db/a",
    ],
)
def test_a_database_the_portal_cannot_use_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_env({"PORTAL_DATABASE_URL": text})
    assert str(refused.value) == (
        "PORTAL_DATABASE_URL takes a PostgreSQL address, like postgresql://portal@localhost/portal"
    )
