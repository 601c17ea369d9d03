"""What time does: minutes and days pass, the worker makes its rounds, the portal is started anew."""

import os
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from portal.cli.retention import erase_what_is_due
from portal.cli.worker import clear_expired, compare_stories, look_at_promises, write_to_colleagues
from portal.domain.states import State
from portal.extensions import current_portal
from portal.mail.deliver import choose_carrier, deliver_due
from tests.model.originals import forget_over
from tests.model.promises import lock_files
from tests.model.room import Room, expect, expect_that
from tests.model.texts import Text, has_to_wait
from tests.support.commands import run_command

_SPANS = {
    "a minute": timedelta(minutes=1),
    "four minutes": timedelta(minutes=4),
    "eleven minutes": timedelta(minutes=11),
    "three hours": timedelta(hours=3),
    "a day": timedelta(days=1),
    "six days": timedelta(days=6),
}
"""Inside the undo window, past it, past an open private page, and less than a jump of the clock."""


_KEPT_UNSENT = timedelta(days=14)
_KEPT_CLOSED = timedelta(days=90)
"""As the first coverage promises it."""
_HOUR = timedelta(hours=1)
_ROUNDED = _HOUR
"""An author's acts are dated to their hour."""


class Clock(Room):
    """Rules of time. Between two steps some seconds pass (see machine.py)."""

    @precondition(lambda self: self.world.texts)
    @rule(span=st.sampled_from([*_SPANS, "eleven minutes"]))
    def pass_time(self, span: str) -> None:
        self.note(f"{span} pass")
        self.world.pass_time(_SPANS[span])
        self.make_round()
        for text in self.world.living():
            self.world.touch(text)

    @precondition(lambda self: self.world.texts)
    @rule()
    def pass_three_weeks(self) -> None:
        """Let the unfinished go, as a portal does that is never stopped for long."""
        self.note("three weeks pass")
        for _round in range(4):
            self.world.pass_time(_SPANS["six days"])
            self.make_round()
        for text in self.world.living():
            self.world.touch(text)

    @precondition(lambda self: self.world.texts)
    @rule()
    def restart(self) -> None:
        """Go on at a server that was started anew, or at the other one of two on the same instance."""
        self.note("the portal is started anew")
        self.world.move_to_other_server()

    @precondition(lambda self: self.world.texts)
    @rule()
    def look_into_the_files(self) -> None:
        self.note("the worker makes a round, and the files are looked into")
        self.make_round()
        lock_files(self)

    @precondition(lambda self: self.world.texts)
    @rule()
    def rotate_the_keys(self) -> None:
        """Seal everything with a new key, and take the old one out of the ring an hour later."""
        self.note("the keys are rotated")
        with self.world.app.app_context():
            ring = current_portal().instance.ring_file
        made = run_command(self.world.app, "keys", "rotate")
        earlier = self.world.at.timestamp() - _HOUR.total_seconds()
        os.utime(ring.path, (earlier, earlier))
        dropped = run_command(self.world.app, "keys", "rotate", "--drop-old")
        expect("Words", "the exits of a rotation", (made.exit_code, dropped.exit_code), (0, 0))
        with self.world.app.app_context():
            expect("Words", "how many keys the ring holds then", len(ring.read()[0]), 1)
        for text in self.world.living():
            self.world.touch(text)

    def make_round(self) -> None:
        """Make a round of the worker: same stories, notices, mail, clearing away, erasing."""
        app, at = self.world.app, self.world.at
        compare_stories(app, at=at)
        look_at_promises(app, at=at)
        write_to_colleagues(app, at=at)
        with app.app_context():
            portal = current_portal()
            carrier = choose_carrier(portal.settings.smtp_url, portal.instance.mail_folder)
            deliver_due(portal, carrier, clock=lambda: at, is_stopping=lambda: False)
        self.work_for_newsrooms()
        clear_expired(app, at=at)
        erase_what_is_due(app, at=at)
        self.believe_the_clock()

    def believe_the_clock(self) -> None:
        """Believe that what the clock ends is gone."""
        for text in self.world.living():
            forget_over(self, text)
            if not has_to_wait(text.now.get("embargo", ""), self.world.at):
                text.forget_day()
            if self.world.state_of(text) is State.ERASED:
                expect_that("Words", f"the time of {text.name} was over", self.is_over(text))
                text.believe_erased_by_clock()
                self.world.touch(text)
            elif text.sent and self.world.state_of(text) is not State.INVITED:
                self.believe_changes_gone(text)

    def believe_changes_gone(self, text: Text) -> None:
        """Believe that changes of a sent text go when their author was told they would."""
        for tab, words in list(text.kept.items()):
            if self.world.at >= text.kept_at[tab] + _KEPT_UNSENT - _ROUNDED:
                del text.kept[tab]
                text.outlived |= words

    def is_over(self, text: Text) -> bool:
        """Say whether a text has been kept as long as its author was told."""
        if not text.sent:
            return self.world.at >= text.saved_at + _KEPT_UNSENT - _ROUNDED
        return text.closed_at is not None and self.world.at >= text.closed_at + _KEPT_CLOSED - _ROUNDED
