"""A story on two newsrooms' sites, for all tests of what becomes of it there."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.newsroom_site import NewsroomSite
from tests.support.two_sites import TwoSites, run_sites, send_to_sites


@pytest.fixture(scope="module")
def newsroom_sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[NewsroomSite, ...]]:
    with run_sites(tmp_path_factory.mktemp("sites")) as sites:
        yield sites


@pytest.fixture
def two_sites(
    app: Flask, client: FlaskClient, at: datetime, newsroom_sites: tuple[NewsroomSite, ...]
) -> Iterator[TwoSites]:
    with send_to_sites(app, client, at, newsroom_sites) as sent:
        yield sent
