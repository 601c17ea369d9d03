"""Comments of colleagues beside the paragraphs of a draft, as its page shows and sends them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.domain.note_mentions import Mentions, join_mentions
from portal.extensions import db
from portal.forms.coverages import CommentForm, make_comment_form
from portal.models import Draft, DraftComment
from portal.operations.coverages.comments import add_comment, reopen_comment, resolve_comment
from portal.operations.desk.notices import tell_mentioned_in_comment
from portal.queries.coverages.comments import list_comments
from portal.sealing.keys import CannotOpen
from portal.story.anchors import find_anchor, name_stretch, pick_stretch
from portal.story.changes import split_stretches, write_words
from portal.web.site.current_staff import acting_staff
from portal.web.site.dates import write_moment

RESOLVE, REOPEN = "resolve", "reopen"
"""Names of the buttons that say whether something is left to do; their value is the comment."""
_FIRST_WORDS = 60
_PARTS = frozenset({"comment", RESOLVE, REOPEN})


@dataclass(frozen=True)
class Thread:
    """A comment with its answers as the page shows them."""

    public_id: str
    lines: Sequence[Mapping[str, Any]]
    """Author, moment and words of each, the comment first."""
    place: str
    """Which paragraph it is about; empty for the whole text."""
    paragraph: str
    """How the paragraph began when somebody spoke of it."""
    number: int
    """Of the paragraph in the text now, counted from 1; 0 where it is gone, or none was meant."""
    is_resolved: bool


@dataclass(frozen=True)
class SentComments:
    """What was sent about comments along with something else: nothing, or a form with the buttons pressed."""

    form: CommentForm | None = None
    comments: Sequence[DraftComment] = field(default_factory=list)

    def validate(self) -> bool:
        """Say whether all of it can be kept."""
        return self.form is None or bool(self.form.validate())

    def keep(self, session: Session, found: Draft, body: str, *, at: datetime) -> Mentions | None:
        """Keep it: new comments, answers, what is resolved or open again.

        Return who is mentioned, None where nothing was kept. `body` is the text of the page the paragraphs
        are of. The same words once more are nothing.
        """
        if self.form is None:
            return None
        by, known = acting_staff(), {one.public_id: one for one in self.comments}
        words, said = self.form.comment.data or "", _read_said(self.comments)
        paragraph = pick_stretch(self.form.comment_on.data or "", split_stretches(body))
        is_new = bool(words.strip()) and (None, by.id, words) not in said
        mentioned = []
        if is_new:
            comment = add_comment(session, found, by=by, at=at, words=words, paragraph=paragraph)
            mentioned.append(_tell_mentioned(session, found, comment, words, thread=comment))
        answered = [
            (known[key], given)
            for key, given in self.form.replies.items()
            if (known[key].id, by.id, given) not in said
        ]
        for thread, given in answered:
            answer = add_comment(session, found, by=by, at=at, words=given, answers=thread)
            mentioned.append(_tell_mentioned(session, found, answer, given, thread=thread))
        resolved, reopened = (known.get(request.form.get(name, "")) for name in (RESOLVE, REOPEN))
        if resolved is not None:
            resolve_comment(resolved, by=by, at=at)
        if reopened is not None:
            reopen_comment(reopened, by=by)
        return join_mentions(mentioned) if mentioned or resolved or reopened else None


def _tell_mentioned(
    session: Session, found: Draft, comment: DraftComment, words: str, *, thread: DraftComment
) -> Mentions:
    by = acting_staff()
    return tell_mentioned_in_comment(session, found, comment, words, thread=thread.public_id, by=by)


NOTHING_SAID = SentComments()


def read_sent(found: Draft) -> SentComments:
    """Return what the request says about comments."""
    names = {name for name, value in request.form.items() if value.strip()}
    if not (names & _PARTS or any(name.endswith("-reply") for name in names)):
        return NOTHING_SAID
    comments = list_comments(db.session(), found)
    return SentComments(_make_form(comments)(), comments)


def describe_comments(
    comments: Sequence[DraftComment], body: str, *, lang: str, sent: bool
) -> tuple[list[Thread], CommentForm]:
    """Return the comments in the order of their paragraphs in `body`, and the form to answer them.

    `lang`: the language of the body.

    `sent`: the form holds what the request says, which was not kept.
    """
    stretches = split_stretches(body)
    threads = [_describe(one, comments, stretches) for one in comments if one.answers_id is None]
    threads.sort(key=lambda one: (one.is_resolved, one.number or len(stretches) + 1))
    form = _make_form(comments)(**({} if sent else {"formdata": None}))
    paragraphs = [
        (name_stretch(number, words), f"{number}. {_shorten(words)}", {"lang": lang})
        for number, words in enumerate(stretches, 1)
    ]
    form.comment_on.choices = [("", _("The whole text"), {}), *paragraphs]
    return threads, form


def _make_form(comments: Sequence[DraftComment]) -> type[CommentForm]:
    return make_comment_form([one.public_id for one in comments if one.answers_id is None])


def _read_said(comments: Sequence[DraftComment]) -> set[tuple[int | None, int | None, str]]:
    """Return who has said what in answer to which comment."""
    return {(one.answers_id, one.staff_id, _open(one)[0]) for one in comments}


def _describe(comment: DraftComment, all_of_them: Sequence[DraftComment], stretches: Sequence[str]) -> Thread:
    _words, paragraph = _open(comment)
    at = find_anchor(paragraph, stretches) if paragraph else None
    number = 0 if at is None else at + 1
    place = _("Paragraph %(number)s", number=number) if number else _("A paragraph that is gone")
    lines = [one for one in all_of_them if comment.id in (one.id, one.answers_id)]
    return Thread(
        public_id=comment.public_id,
        lines=[_describe_line(one) for one in lines],
        place=str(place) if paragraph else "",
        paragraph=_shorten(paragraph),
        number=number,
        is_resolved=comment.resolved_at is not None,
    )


def _describe_line(comment: DraftComment) -> Mapping[str, Any]:
    return {
        "author": comment.staff.name if comment.staff else _("a former colleague"),
        "when": write_moment(comment.written_at),
        "iso": comment.written_at.isoformat(),
        "text": _open(comment)[0],
    }


def _open(comment: DraftComment) -> tuple[str, str]:
    """Return the words of a comment and its paragraph; a sentence where no key opens them."""
    try:
        return comment.words, comment.paragraph
    except CannotOpen:
        return str(_("This note cannot be opened: its key is missing. Tell whoever runs the portal.")), ""


def _shorten(stretch: str) -> str:
    words = " ".join(write_words(stretch).split())
    return words if len(words) <= _FIRST_WORDS else words[:_FIRST_WORDS].rstrip() + "…"
