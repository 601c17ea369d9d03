"""Where a text is rooted: the desk knows it as soon as its author says so, and no longer than the text."""

from datetime import datetime

import pytest
from flask import Flask

from portal.domain.answers import SubmittedAnswers
from portal.domain.questions import AskedWhen
from portal.extensions import current_portal, db
from portal.operations.contribute.change import answer_after
from portal.operations.contribute.submit import FormSecrets
from portal.operations.erasure import erase
from tests.support.factories import make_form_key, make_submission

pytestmark = pytest.mark.either_database


def test_it_is_kept_as_its_author_ticked_it_and_goes_with_the_text(app: Flask, at: datetime) -> None:
    with app.app_context():
        session, portal = db.session(), current_portal()
        submission = make_submission(session, at)
        kept = [submission.sides]
        for chosen in (["ukraine", "taiwan"], ["elsewhere"]):
            asked = frozenset({"community"})
            told = SubmittedAnswers(
                submission.stage,
                submission.lang,
                {"community": chosen},
                asked=asked,
                when=AskedWhen.AFTER,
            )
            secrets = FormSecrets(portal.instance.keys, portal.instance.receipt_secret, make_form_key())
            answer_after(session, submission, told, secrets, at=at)
            kept.append(submission.sides)
        erase(session, submission, by=None, at=at)
        kept.append(submission.sides)
        session.rollback()
    assert kept == ["", "tw ua", "elsewhere", ""]
