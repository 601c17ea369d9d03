"""What breaks on our side is said on its page, whoever is to be looked up for it."""

import pytest
from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from portal.domain.permissions import Role
from portal.extensions import db
from portal.web.site.access import access
from tests.support.bad_input import heading_of
from tests.support.staff import make_account, sign_in


@access("open")
def ask_for_nothing() -> ResponseReturnValue:
    db.session.execute(text("SELECT * FROM nothing"))
    return ""


@pytest.mark.parametrize("own_app", ["postgresql"], indirect=True)
def test_a_question_the_database_refuses_is_an_error_of_ours_and_breaks_no_other(own_app: Flask) -> None:
    own_app.add_url_rule("/<lang:lang>/nothing", "nothing", ask_for_nothing)
    client = own_app.test_client()
    sign_in(client, make_account(own_app, Role.EDITOR))
    answer = client.get("/en/nothing")
    assert (answer.status_code, heading_of(answer.text)) == (500, "Something broke on our side")
