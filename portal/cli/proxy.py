"""Ready-made files for web servers in front of the portal."""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

import click

from portal.config import PREFIX, Settings
from portal.resources import PACKAGE

FILES: Mapping[str, str] = {"nginx": "nginx.conf", "caddy": "Caddyfile", "haproxy": "haproxy.cfg"}
"""The file of each program that is known."""
_HTTPS = 443
_PORT = click.IntRange(1, 65535)


@click.command("proxy")
@click.argument("program", type=click.Choice(sorted(FILES)))
@click.option("--port", default=8000, show_default=True, type=_PORT, help="Port of `portal serve`.")
@click.option("--certificate", default="", help="Its file; else where certbot puts it.")
@click.option("--key", default="", help="The file of its key.")
def proxy(program: str, port: int, certificate: str, key: str) -> None:
    """Print a ready-made file for nginx, Caddy or HAProxy in front of the portal."""
    settings = Settings.from_env(os.environ)
    address = urlsplit(settings.base_url)
    if address.scheme != "https" or not address.hostname:
        raise click.ClickException(f"Set {PREFIX}BASE_URL to the https address people will open.")
    kept = f"/etc/letsencrypt/live/{address.hostname}"
    values = {
        "BASE_URL": settings.base_url,
        "SITE": address.netloc,
        "NAME": address.hostname,
        "LISTEN": str(address.port or _HTTPS),
        "PORT": str(port),
        "CERTIFICATE": certificate or f"{kept}/fullchain.pem",
        "KEY": key or f"{kept}/privkey.pem",
    }
    text = (PACKAGE / "data" / "proxies" / FILES[program]).read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    click.echo(text, nl=False)
