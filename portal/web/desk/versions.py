"""Two versions of what an author sent, and what changed between them."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.domain.languages import language_name
from portal.domain.permissions import Permission
from portal.extensions import current_portal
from portal.models import Revision, Staff, Submission
from portal.queries.desk.submission import find_versions, has_sealed_changed
from portal.story.diff import diff_texts
from portal.web.desk.act import PAGE, load_submission
from portal.web.desk.submission_texts import answers_for
from portal.web.site.access import access
from portal.web.site.claims import keep_claim
from portal.web.site.current_staff import acting_staff
from portal.web.site.dates import write_moment
from portal.web.site.desk_addresses import read_filter, submission_address, versions_address
from portal.web.site.labels import stage_label, state_label
from portal.web.site.locale import find_locale


def add_routes(room: Blueprint) -> None:
    """Add the comparison to the room of the desk."""
    room.add_url_rule(f"{PAGE}/versions", view_func=versions, methods=["GET"])


@access(Permission.QUEUE_READ)
def versions(public_id: str) -> ResponseReturnValue:
    """List the versions and show what changed between two of them: `?from=` and `?to=` are their numbers."""
    submission, tag = load_submission(public_id), find_locale().tag
    pair = find_versions(submission, request.args.get("from", type=int), request.args.get("to", type=int))
    page = render_template(
        "desk/versions.html",
        submission=submission,
        kind=stage_label(submission.stage),
        language=language_name(submission.lang, tag),
        state=state_label(submission.state),
        back_href=submission_address(submission.public_id, read_filter(request.args)),
        sendings=[_describe_version(submission, one, pair) for one in reversed(submission.revisions)],
        compared=_compare(submission, *pair, reader=acting_staff(), tag=tag) if pair else None,
        desk_section="queue",
    )
    keep_claim(submission)
    return page


def _describe_version(
    submission: Submission, one: Revision, pair: tuple[Revision, Revision] | None
) -> dict[str, Any]:
    number = one.number
    return {
        "number": number,
        "kind": stage_label(one.stage),
        "when": write_moment(one.received_at),
        "iso": one.received_at.isoformat(),
        "href": versions_address(submission.public_id, number - 1, number) if number > 1 else "",
        "current": pair is not None and (number - 1, number) == (pair[0].number, pair[1].number),
    }


def _compare(
    submission: Submission, old: Revision, new: Revision, *, reader: Staff, tag: str
) -> dict[str, Any]:
    """Return the answers that differ, in the order of the form, each with its paragraphs of story.diff."""
    is_shut = old.is_shut or new.is_shut
    before = {one.key: one for one in answers_for(reader, submission, old.readable_answers)}
    after = {one.key: one for one in answers_for(reader, submission, new.readable_answers)}
    order = [*after, *(key for key in before if key not in after)]
    changes = []
    for key in order:
        texts = [found[key].text if key in found else "" for found in (before, after)]
        if texts[0] != texts[1] and (not is_shut or _stand_open(key, old, new)):
            named = after.get(key) or before[key]
            changes.append({"answer": named, "paragraphs": diff_texts(*texts)})
    names = [language_name(one.lang, tag) for one in (old, new)]
    return {
        "old": old.number,
        "new": new.number,
        "when": write_moment(new.received_at),
        "changes": changes,
        "languages": names if names[0] != names[1] else None,
        "is_shut": is_shut,
        "sealed": not is_shut
        and has_sealed_changed(submission, old, new, keys=current_portal().instance.keys),
    }


def _stand_open(key: str, *versions: Revision) -> bool:
    """Say whether an answer is among those that are not sealed: the others of one version may be missing."""
    return any(key in one.open_answers for one in versions)
