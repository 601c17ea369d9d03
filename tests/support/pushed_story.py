"""An approved story that an editor sends to a WordPress, and what happens to it there and here."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from portal.database import transaction
from portal.extensions import db
from portal.models import Push, Target
from tests.support.plain_browser import find_form, send_form
from tests.support.sent_story import EXPORT, SENT, SentStory
from tests.support.wordpress import WordPress

POSTS = """
$every = ['post_type' => ['post', 'attachment'], 'post_status' => 'any,inherit,trash', 'numberposts' => -1];
return array_map(fn ($one) => "$one->post_type $one->post_status $one->post_title", get_posts($every));
"""
EDIT = """
$post = get_posts(['post_status' => 'any', 'numberposts' => 1])[0];
wp_update_post(['ID' => $post->ID, 'post_content' => '<p>Theirs.</p>']);
return get_post($post->ID)->post_content;
"""
CONTENT = "return get_posts(['post_status' => 'any', 'numberposts' => 1])[0]->post_content;"
SET_STATUS = """
$post = get_posts(['post_status' => 'any,trash', 'numberposts' => 1])[0];
wp_update_post(['ID' => $post->ID, 'post_status' => '%s']);
return get_post($post->ID)->post_status;
"""


@dataclass
class PushDesk(SentStory):
    """An editor with an approved story, and a WordPress to send it to."""

    wordpress: WordPress

    def press(self) -> str:
        """Press the button on the page of the export; return the page of what is sent."""
        page = self.client.get(EXPORT).text
        form = find_form(page, field="drafts")
        values = {"all_approved": "y", "target": self.read(Target).public_id}
        return self.client.post(SENT, data={**form["values"], **values}, follow_redirects=True).text

    def send(self) -> None:
        self.press()
        self.work()

    def read(self, table: type[Any]) -> Any:
        with self.app.app_context():
            return db.session.scalars(select(table)).one()

    def answer(self, act: str) -> None:
        """Press a button of a page about what was sent."""
        sent = self.read(Push).public_id
        page = self.client.get(f"{SENT}/{sent}").text
        form = find_form(page, action="/keep")
        self.client.post(f"{SENT}/{sent}/{act}", data=form["values"])

    def look(self) -> str:
        """Press “Look now”; return the page that comes."""
        form = find_form(self.client.get(SENT).text, action="/pushes")
        address = f"{SENT}/{self.read(Push).public_id}/look"
        return self.client.post(address, data=form["values"], follow_redirects=True).text

    def posts(self) -> list[str]:
        return sorted(self.wordpress.run(POSTS))


class Killed(BaseException):
    """The worker dies: no handler of its own runs."""


def choose_what_is_gone(push_desk: PushDesk) -> None:
    """Let the target name a category that is not on the site any more."""
    with push_desk.app.app_context(), transaction() as session:
        chosen = {"ukraine-taiwan": {"id": 99_999, "name": "Taiwan (ROC)"}}
        session.scalars(select(Target)).one().categories = chosen


def press_take_down(push_desk: PushDesk) -> str:
    return send_form(push_desk.client, "/desk/take-downs", {}, action="/site").text


def correct(push_desk: PushDesk) -> None:
    """Press “Send the corrected text”, and let the worker send it."""
    send_form(push_desk.client, "/desk/take-downs", {}, action="/correct")
    push_desk.work()
