"""What becomes of a colleague's work while the account is closed: it waits, and nobody is told meanwhile."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from portal.database import transaction
from portal.models import Staff
from portal.operations.staff.accounts import activate, deactivate
from tests.model.colleagues import Colleagues
from tests.model.room import expect
from tests.model.world import Colleague

_AWAY = timedelta(hours=3)


class AccountKeepers(Colleagues):
    """Rules on accounts of the desk."""

    @precondition(lambda self: self.sent_texts())
    @rule(who=st.integers(0, 3), which=st.integers(0, 5), decides=st.booleans())
    def close_an_account_for_a_while(self, who: int, which: int, decides: bool) -> None:  # noqa: FBT001  # drawn
        """Close an account, have a colleague go on, and open it again: of its work nothing is lost."""
        person = self.world.colleague(who)
        self._set_open(person, is_open=False)
        self.note(f"the account of {person.name} is closed for some hours")
        shut_out = person.browser.client.get("/desk/").status_code
        expect("Told", f"the answer to {person.name}, who works here no more", shut_out, 303)
        self.world.pass_time(_AWAY)
        self.make_round()
        if decides:
            self.decide(which, who + 1, which)
        self._set_open(person, is_open=True)
        for text in self.world.living():
            if text.is_told_to == person.name:
                text.is_told_to = ""
            self.mentioned.get(text, set()).discard(person.name)
            self.world.touch(text)

    def _set_open(self, person: Colleague, *, is_open: bool) -> None:
        """Close or open an account as an admin does; it signs in anew."""
        with self.world.app.app_context(), transaction() as session:
            staff = session.scalars(select(Staff).where(Staff.name == person.name)).one()
            (activate if is_open else deactivate)(session, staff, by=None, at=self.world.at)
            session.flush()
            person.known = staff.fs_uniquifier
        if is_open:
            person.entered = self.world.at - timedelta(days=1)
