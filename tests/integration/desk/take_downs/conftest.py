"""A story that was approved, and the same one published."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.approved_story import PLACE, ApprovedStory, open_approved_story


@pytest.fixture
def story(app: Flask, client: FlaskClient, at: datetime) -> Iterator[ApprovedStory]:
    with open_approved_story(app, client, at) as story:
        yield story


@pytest.fixture
def published(story: ApprovedStory) -> ApprovedStory:
    story.export()
    story.author.publish(PLACE)
    return story
