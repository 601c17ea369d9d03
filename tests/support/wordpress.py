"""A real WordPress with its own MariaDB, PHP and nginx, over TLS: Debian's, in a folder of the run."""

import http.client
import json
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from portal.wordpress.http import Policy
from portal.wordpress.networks import Networks
from portal.wordpress.site import Site
from tests.support.certificates import Authority
from tests.support.ports import find_free_port

NEEDED = "TESTS_NEED_WORDPRESS"
HOST = "localhost"
_DEBIAN = Path("/usr/share/wordpress")
_OURS = Path(__file__).parent / "wordpress_site"
_PROGRAMS = ("mariadbd", "nginx", "php-fpm[0-9]*")
_SECONDS = 60
_CATEGORIES = {
    "world": ("World", ""),
    "east-asia": ("East Asia & Pacific", "world"),
    "taiwan-roc": ("Taiwan (ROC)", "east-asia"),
    "topics": ("Topics", ""),
}
_INSTALL = """
$secret = 'only in tests';
wp_install('Newsroom', 'administrator', 'administrator@example.org', false, '', $secret);
update_option('permalink_structure', '/%year%/%monthnum%/%day%/%postname%/');
foreach (['author', 'editor', 'contributor', 'subscriber'] as $role) {
    $email = "$role@example.org";
    wp_insert_user(['user_login' => $role, 'user_pass' => $secret, 'role' => $role, 'user_email' => $email]);
}
$made = ['passwords' => [], 'users' => [], 'categories' => []];
foreach (get_users() as $user) {
    $password = WP_Application_Passwords::create_new_application_password($user->ID, ['name' => 'portal']);
    $made['users'][$user->user_login] = $user->ID;
    $made['passwords'][$user->user_login] = $password[0];
}
foreach (json_decode('CATEGORIES', true) as $slug => [$name, $parent]) {
    $place = ['slug' => $slug, 'parent' => $made['categories'][$parent] ?? 0];
    $made['categories'][$slug] = wp_insert_term($name, 'category', $place)['term_id'];
}
return $made;
"""
_EMPTY = """
global $wpdb;
foreach (['posts', 'postmeta', 'term_relationships'] as $table) {
    $wpdb->query("DELETE FROM {$wpdb->$table}");
}
"""
_NGINX = """
pid nginx.pid;
user {user};
worker_processes 1;
error_log nginx.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path body;
  fastcgi_temp_path fastcgi;
  proxy_temp_path proxy;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  types {{ image/jpeg jpg; text/css css; text/javascript js; image/svg+xml svg; font/woff2 woff2; }}
  ssl_certificate {certificate};
  ssl_certificate_key {certificate};
{servers}
}}
"""
_SERVER = """
  server {{
    listen 127.0.0.1:{port} ssl;
    root {folder}/site;
    client_max_body_size {most};
    index index.php;
    location / {{ try_files $uri $uri/ /index.php$is_args$args; }}
    location ~ \\.php$ {{
      fastcgi_pass unix:{folder}/php.sock;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param REQUEST_URI $request_uri;
      fastcgi_param SCRIPT_NAME $fastcgi_script_name;
      fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_param SERVER_NAME $host;
      fastcgi_param SERVER_PORT $server_port;
      fastcgi_param SERVER_PROTOCOL $server_protocol;
      fastcgi_param REMOTE_ADDR $remote_addr;
      fastcgi_param HTTPS on;
      fastcgi_param HTTP_AUTHORIZATION {authorization};
      fastcgi_param SITE_FOLDER {folder}/site;
      fastcgi_param SITE_ADDRESS {address};
      fastcgi_param DATABASE_SOCKET {folder}/sql.sock;
    }}
  }}
"""
_PHP = """
[global]
error_log = php.log
daemonize = no
[site]
user = {user}
listen = php.sock
pm = static
pm.max_children = 3
php_admin_value[auto_prepend_file] = {ours}/before.php
php_admin_value[upload_max_filesize] = 16M
php_admin_value[post_max_size] = 20M
php_admin_value[error_log] = {folder}/errors.log
php_admin_flag[display_errors] = off
"""


@dataclass
class WordPress:
    """A site that runs. What it holds is emptied after each test, but users, passwords and categories."""

    folder: Path
    authority: Authority
    port: int
    stripping_port: int
    """There the server in front keeps the account to itself."""
    narrow_port: int
    """There the server in front takes no more than 100 kilobytes."""
    passwords: dict[str, str] = field(default_factory=dict, repr=False)
    users: dict[str, int] = field(default_factory=dict)
    categories: dict[str, int] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"https://{HOST}:{self.port}"

    @property
    def uploads(self) -> Path:
        return self.folder / "site" / "wp-content" / "uploads"

    def policy(self, **more: Any) -> Policy:
        """What lets the portal speak to this machine."""
        here = Networks(networks=(ip_network("127.0.0.0/8"),))
        return Policy(networks=here, ca_file=self.authority.file, **more)

    def log_in(self, user: str = "author", *, port: int = 0, password: str = "", **more: Any) -> Site:
        """Return the site as one of its users sees it."""
        address = f"https://{HOST}:{port or self.port}"
        return Site(address, user, password or self.passwords[user], self.policy(**more))

    def run(self, code: str, query: str = "") -> Any:
        """Run PHP inside of the site and return what it returns."""
        trust = ssl.create_default_context(cafile=str(self.authority.file))
        with closing(http.client.HTTPSConnection(HOST, self.port, timeout=_SECONDS, context=trust)) as line:
            line.request("POST", f"/control.php{query}", code.encode())
            text = line.getresponse().read().decode()
        try:
            return json.loads(text)
        except ValueError:
            raise AssertionError(f"{text}\n{self._read_logs()}") from None

    @contextmanager
    def failing(self, **fault: Any) -> Iterator[None]:
        """Have the site fail in a way that faults.php knows, until the block ends."""
        path = self.folder / "site" / "fault.json"
        path.write_text(json.dumps(fault))
        try:
            yield
        finally:
            path.unlink()

    def empty(self) -> None:
        """Delete every post and picture."""
        self.run(_EMPTY)
        shutil.rmtree(self.uploads, ignore_errors=True)

    def _read_logs(self) -> str:
        return "\n".join(path.read_text() for path in self.folder.glob("*.log"))


def find_programs() -> Mapping[str, str]:
    """Return where the programs are; without them tests skip, or fail where TESTS_NEED_WORDPRESS asks."""
    found = {name: next(iter(sorted(Path("/usr/sbin").glob(name))), None) for name in _PROGRAMS}
    if all(found.values()) and _DEBIAN.is_dir():
        return {name: str(path) for name, path in found.items()}
    missing = ", ".join(name for name, path in found.items() if path is None) or str(_DEBIAN)
    if os.environ.get(NEEDED) == "1":
        pytest.fail(f"{missing} is not installed, and {NEEDED} asks for it")
    pytest.skip(f"{missing} is not installed")


@contextmanager
def run_wordpress(folder: Path) -> Iterator[WordPress]:
    """Install a site in a folder and run it until the block ends."""
    programs = find_programs()
    made = WordPress(folder, Authority(folder), find_free_port(), find_free_port(), find_free_port())
    _lay_out(made)
    place = str(folder)
    commands = (
        (programs["mariadbd"], *_database_options(folder)),
        (programs["php-fpm[0-9]*"], "-R", "-p", place, "-y", f"{folder}/php.conf"),
        (programs["nginx"], "-e", "nginx.log", "-p", place, "-c", "nginx.conf", "-g", "daemon off;"),
    )
    with ExitStack() as stack:
        for command in commands:
            stack.enter_context(_start(folder, *command))
        for name in ("sql.sock", "php.sock", made.port):
            _wait_for(folder, name)
        told = made.run(_INSTALL.replace("CATEGORIES", json.dumps(_CATEGORIES)), "?install")
        made.passwords, made.users, made.categories = told["passwords"], told["users"], told["categories"]
        yield made


def _lay_out(made: WordPress) -> None:
    folder, user = made.folder, pwd.getpwuid(os.geteuid()).pw_name
    site, content = folder / "site", folder / "site" / "wp-content"
    (content / "mu-plugins").mkdir(parents=True)
    for path in _DEBIAN.iterdir():
        if path.name not in ("wp-config.php", "wp-content"):
            (site / path.name).symlink_to(path)
    for name in ("wp-config.php", "control.php"):
        (site / name).symlink_to(_OURS / name)
    (content / "mu-plugins" / "faults.php").symlink_to(_OURS / "faults.php")
    servers = (
        (made.port, "20m", "$http_authorization"),
        (made.stripping_port, "20m", '""'),
        (made.narrow_port, "100k", "$http_authorization"),
    )
    blocks = (
        _SERVER.format(port=port, most=most, authorization=passed, folder=folder, address=made.address)
        for port, most, passed in servers
    )
    certificate = made.authority.certify(HOST, "127.0.0.1")
    whole = _NGINX.format(user=user, certificate=certificate, servers="".join(blocks))
    (folder / "nginx.conf").write_text(whole)
    (folder / "php.conf").write_text(_PHP.format(user=user, ours=_OURS, folder=folder))
    # Where nobody signs in, the server needs no tables of its own: it starts in an empty folder.
    (folder / "sql" / "wordpress").mkdir(parents=True)


def _database_options(folder: Path) -> list[str]:
    return [
        "--no-defaults",
        f"--datadir={folder}/sql",
        f"--socket={folder}/sql.sock",
        f"--pid-file={folder}/sql.pid",
        f"--user={pwd.getpwuid(os.geteuid()).pw_name}",
        "--skip-networking",
        "--skip-grant-tables",
        "--skip-log-bin",
        "--performance-schema=off",
        "--innodb-use-native-aio=0",
        "--innodb-flush-method=nosync",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-doublewrite=0",
        "--innodb-buffer-pool-size=16M",
        "--innodb-log-file-size=4M",
        "--aria-log-file-size=8M",
        "--character-set-server=utf8mb4",
        "--collation-server=utf8mb4_unicode_ci",
    ]


@contextmanager
def _start(folder: Path, program: str, *arguments: str) -> Iterator[None]:
    with (folder / f"{Path(program).name}.said.log").open("w") as said:
        process = subprocess.Popen([program, *arguments], cwd=folder, stdout=said, stderr=said)
    try:
        yield
    finally:
        process.terminate()
        process.wait(_SECONDS)


def _wait_for(folder: Path, name: str | int) -> None:
    """Wait until somebody listens at a socket of the folder or at a port."""
    is_port = isinstance(name, int)
    place = ("127.0.0.1", name) if is_port else str(folder / str(name))
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        with socket.socket(socket.AF_INET if is_port else socket.AF_UNIX) as trial:
            if trial.connect_ex(place) == 0:
                return
        time.sleep(0.02)
    said = "\n".join(path.read_text() for path in folder.glob("*.log"))
    raise AssertionError(f"nobody listens at {name}:\n{said}")
