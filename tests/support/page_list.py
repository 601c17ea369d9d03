"""Every page of a portal in the middle of its work, and who opens it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from flask import Flask

from portal.domain.bulk_acts import BulkAct
from portal.domain.languages import Locale
from portal.domain.permissions import Role
from portal.domain.states import State
from portal.queries.desk.queue import View
from tests.support.error_pages import AGAIN, FAULTS, FORM
from tests.support.factories import STORY
from tests.support.front_portal import PAUSED, build_front_world
from tests.support.quiet_portals import (
    build_bare_world,
    build_closed_world,
    build_early_world,
    build_mute_world,
    build_quiet_world,
)
from tests.support.world import HALFWAY, LATE, PASSER_BY, World
from tests.support.world_words import EMAIL, NO_LINK, REASON, SAID


@dataclass(frozen=True)
class Visit:
    """A page and who opens it.

    With `form`, which says how the address of a form ends, that form is sent as it stands but for `values`.
    """

    who: str
    path: str
    form: str = ""
    values: dict[str, str] = field(default_factory=dict)


def public_pages(world: World) -> list[Visit]:
    """Return the pages everybody can open, in the language of the world."""
    home = f"/{world.locale.url}"
    coverage = f"{home}/{world.slug}"
    return [
        Visit(PASSER_BY, "/"),
        Visit(PASSER_BY, f"{home}/"),
        Visit(PASSER_BY, f"{coverage}/"),
        Visit(PASSER_BY, f"{coverage}/pitch"),
        Visit(PASSER_BY, f"{coverage}/story"),
        Visit(PASSER_BY, f"{coverage}/pitch", form="/pitch/send", values={"idea": " "}),
        Visit(PASSER_BY, f"{coverage}/story", form="/story/send", values={"story": " "}),
        Visit(PASSER_BY, f"{home}/safety"),
        Visit(PASSER_BY, f"{home}/help"),
        Visit(PASSER_BY, f"{home}/my"),
        Visit(PASSER_BY, f"{home}/my", form="/my", values={"code": "1234"}),
        Visit(PASSER_BY, f"{home}/my/lost"),
        Visit(PASSER_BY, f"{home}/my/lost", form="/lost", values={"email": "no address"}),
        Visit(PASSER_BY, f"{home}/my/lost", form="/lost", values={"email": EMAIL}),
        Visit(PASSER_BY, f"{home}/my/link/{NO_LINK}"),
        Visit(PASSER_BY, f"{home}/my/link/{NO_LINK}", form=NO_LINK),
        Visit(PASSER_BY, f"{home}/nowhere/to/go"),
    ]


def private_pages(world: World) -> list[Visit]:
    """Return the private page in every state, with the pages behind it."""
    my = f"/{world.locale.url}/my"
    pitch = f"/{world.locale.url}/{world.slug}/pitch"
    return [
        *(Visit(who, my) for who in world.codes),
        Visit("received", f"{my}/receipt"),
        *(Visit(who, f"{my}/receipt") for who in world.form_keys),
        Visit("just sent", f"{my}/receipt", form="/receipt", values={"code": "1234"}),
        Visit("just sent", f"{my}/code"),
        Visit("just sent", f"{my}/code", form="/code"),
        Visit("received", f"{my}/withdraw"),
        Visit("published", f"{my}/take-down"),
        Visit("received", f"{my}/data"),
        Visit("just saved", my),
        Visit("just saved", f"{my}/erase"),
        Visit("just saved", f"{my}/saved"),
        Visit("just saved", f"{my}/write"),
        Visit("just saved", f"{my}/write", form="/pitch/send"),
        Visit("saved in vain", my, form="/delete"),
        Visit("received", f"{my}/change"),
        Visit("received", f"{my}/change", form="/change/send", values={"idea": " "}),
        Visit("received", f"{my}/change", form="/change/send"),
        Visit("received", pitch),
        Visit("received", pitch, form="/pitch/send", values={"idea": " "}),
        Visit("received", f"{my}/language"),
        Visit("received", f"{my}/language", form="/language", values={"lang": "none"}),
        Visit("story received", f"{my}/change"),
        Visit("received", f"{my}/questions"),
        Visit("story received", f"{my}/questions"),
        Visit("story received", f"{my}/questions", form="/questions/send", values={"embargo": "spring"}),
        Visit("new words", f"{my}/consents"),
        Visit("new words", f"{my}/consents", form="/consents"),
        Visit("published", f"{my}/erase"),
        Visit("to be erased", f"{my}/erase", form="/erase"),
        Visit("asked", my, form="/reply", values={"body": " "}),
        Visit("invited", f"{my}/story"),
        Visit("story received", f"{my}/photos"),
        Visit("story received", f"{my}/photos", form="/photos"),
        Visit("declined", f"{my}/photos"),
        Visit("story received", f"{my}/documents"),
        Visit("story received", f"{my}/documents", form="/documents"),
        Visit("declined", f"{my}/documents"),
        Visit("code found", my, form="/prove", values={"answer": "no such answer"}),
        Visit("with its author", f"{my}/check"),
        Visit("with its author", f"{my}/check", form="/check/send", values={"objections": " "}),
    ]


def desk_pages(world: World) -> list[Visit]:
    """Return the queue and the submissions."""
    submission = "/desk/submission/"
    undoable = world.submissions["undoable"]
    question = SAID[world.locale.tag]["city"]
    return [
        *(Visit(Role.MODERATOR, f"/desk/?view={view.value}") for view in View),
        Visit(Role.EDITOR, "/desk/?q=nothing+like+it"),
        Visit(Role.MODERATOR, f"/desk/?done={undoable}"),
        *(Visit(Role.EDITOR, f"{submission}{public_id}") for public_id in world.submissions.values()),
        Visit(Role.MODERATOR, f"{submission}{world.submissions['worked on']}"),
        Visit(Role.MODERATOR, f"{submission}{undoable}"),
        Visit(
            Role.EDITOR,
            f"{submission}{world.submissions['story received']}/document/{world.files['document']}",
        ),
        Visit(Role.EDITOR, f"{submission}{world.submissions['received']}?reason=other"),
        Visit(Role.EDITOR, f"{submission}{world.submissions['received']}?find=полиця"),
        Visit(Role.EDITOR, f"{submission}{world.submissions['received']}", form="/decline"),
        Visit(Role.MODERATOR, f"{submission}{world.submissions['received']}", form="/ask"),
        Visit(Role.MODERATOR, f"{submission}{world.submissions['received']}", form="/recommend"),
        Visit(Role.MODERATOR, f"{submission}{world.submissions['received']}", "/tags", {"names": "2000"}),
        Visit(Role.EDITOR, f"{submission}{world.submissions['worked on']}", "/identity", {"reason": REASON}),
        Visit(Role.EDITOR, f"{submission}{world.submissions['worked on']}", "/identity", {"reason": " "}),
        Visit(Role.MODERATOR, f"{submission}{world.submissions['received']}", "/message", {"body": " "}),
        Visit(
            Role.EDITOR,
            f"{submission}{world.submissions['received']}",
            "/ask",
            {"body": question},
        ),
        Visit(Role.EDITOR, f"{submission}{world.submissions['new words']}?write=renew"),
        Visit(Role.EDITOR, f"{submission}{world.submissions['written again']}/versions?from=1&to=2"),
        Visit(Role.MODERATOR, f"{submission}{world.submissions['received']}/versions"),
        Visit(Role.MODERATOR, "/desk/notices"),
        Visit(Role.EDITOR, "/desk/notices"),
        Visit(Role.MODERATOR, "/desk/take-downs"),
        Visit(Role.EDITOR, "/desk/take-downs"),
        Visit(Role.EDITOR, "/desk/?view=open&lang=pl&back=1&risk=1"),
        Visit(Role.MODERATOR, "/desk/views"),
        Visit(Role.EDITOR, "/desk/views/new?view=open&kind=story&due=late"),
        Visit(Role.EDITOR, "/desk/views/new?view=open", form="/new", values={"view_name": " "}),
        Visit(Role.MODERATOR, f"/desk/views/{world.view}"),
        Visit(Role.MODERATOR, "/desk/spam?view=unverified"),
        Visit(Role.MODERATOR, "/desk/spam", form="/spam", values={"submissions": ""}),
        *(
            Visit(Role.EDITOR, "/desk/", form="/desk/bulk", values={"all_rows": "y", "act": act.value})
            for act in BulkAct
        ),
        Visit(Role.MODERATOR, "/desk/spam?view=mine"),
        Visit(Role.MODERATOR, f"{submission}{world.submissions['code lost']}/code"),
        Visit(Role.MODERATOR, f"{submission}{world.submissions['code lost']}/code", "/code", {"reason": " "}),
        Visit(
            Role.MODERATOR, f"{submission}{world.submissions['code lost']}/code", "/code", {"reason": REASON}
        ),
        Visit(Role.EDITOR, f"{submission}{world.submissions['code asked for']}/code"),
        Visit(Role.EDITOR, f"{submission}{world.submissions['code asked for']}/code", "/confirm"),
        Visit(Role.MODERATOR, f"{submission}{world.submissions['code given']}/code"),
        Visit(Role.MODERATOR, "/desk/settings/"),
    ]


def coverage_pages(world: World) -> list[Visit]:
    """Return the coverage with its drafts, their saves and the export."""
    coverage = f"/desk/coverages/{world.slug}"
    draft = "/desk/coverages/draft/"
    ready, edited = world.drafts["approved"], world.drafts["edited"]
    return [
        Visit(Role.MODERATOR, "/desk/coverages/"),
        Visit(Role.EDITOR, coverage),
        *(
            Visit(Role.EDITOR, f"{coverage}?state={state.value}")
            for state in (State.APPROVED, State.DECLINED)
        ),
        *(Visit(Role.EDITOR, f"{draft}{public_id}") for public_id in world.drafts.values()),
        Visit(
            Role.EDITOR,
            f"{draft}{world.drafts['edited']}",
            form=world.drafts["edited"],
            values={"title": " "},
        ),
        Visit(Role.EDITOR, f"{draft}{world.drafts['edited']}", form="/waive"),
        Visit(Role.EDITOR, f"{draft}{edited}/changes"),
        Visit(Role.EDITOR, f"{draft}{edited}/revisions"),
        Visit(Role.EDITOR, f"{draft}{ready}/changes"),
        Visit(Role.EDITOR, f"{draft}{ready}/revisions"),
        Visit(Role.EDITOR, f"{draft}{ready}/revisions?new=2"),
        Visit(Role.EDITOR, f"{draft}{ready}/card"),
        Visit(Role.EDITOR, f"{draft}{ready}/card", form="/card", values={"marked": "another | title"}),
        Visit(Role.EDITOR, f"{coverage}/front-page"),
        Visit(Role.EDITOR, f"{coverage}/front-page", form="/front-page", values={"title_en": " "}),
        Visit(Role.EDITOR, f"{coverage}/tags"),
        Visit(Role.EDITOR, f"{coverage}/tags", form="/tags", values={"tag_name": "2022"}),
        Visit(Role.EDITOR, f"{coverage}/tags/{world.tag}"),
        Visit(Role.EDITOR, f"{coverage}/tags/{world.tag}", form="/merge", values={"into": ""}),
        Visit(Role.EDITOR, f"{coverage}/tags/{world.tag}", form="/remove"),
        Visit(Role.EDITOR, f"{coverage}/export"),
        Visit(Role.EDITOR, f"{coverage}/handoff?draft={ready}&draft={edited}"),
        Visit(Role.EDITOR, f"{coverage}/pushes"),
        Visit(Role.EDITOR, f"{coverage}/pushes/{world.pushes['changed']}"),
        *(Visit(Role.EDITOR, f"{coverage}/export/{public_id}") for public_id in world.exports.values()),
        Visit(Role.EDITOR, f"{coverage}/targets"),
        Visit(Role.EDITOR, f"{coverage}/targets/new"),
        Visit(Role.EDITOR, f"{coverage}/targets/new", form="/new", values={"address": "http://site.example"}),
        *(Visit(Role.EDITOR, f"{coverage}/targets/{public_id}") for public_id in world.targets.values()),
    ]


def settings_pages(world: World) -> list[Visit]:
    """Return what admins see."""
    settings = "/desk/settings/"
    return [
        Visit(Role.ADMIN, settings),
        Visit(Role.ADMIN, f"{settings}calls/"),
        Visit(Role.ADMIN, f"{settings}mail"),
        Visit(Role.ADMIN, f"{settings}invite"),
        Visit(Role.ADMIN, f"{settings}invite", form="/invite", values={"email": "no address"}),
        Visit(LATE, f"{settings}invite", form="/invite", values={"email": EMAIL}),
        *(Visit(Role.ADMIN, f"{settings}staff/{public_id}") for public_id in world.people.values()),
        Visit(Role.ADMIN, f"{settings}staff/{world.people[Role.MODERATOR]}", form="/new-link"),
    ]


def account_pages(world: World) -> list[Visit]:
    """Return signing in and one's own account; without a session they follow the browser's language."""
    account = "/account/"
    return [
        Visit(PASSER_BY, f"{account}sign-in"),
        Visit(PASSER_BY, f"{account}sign-in", form="/sign-in"),
        Visit(PASSER_BY, f"{account}recovery-code"),
        Visit(PASSER_BY, f"{account}code/lost"),
        Visit(PASSER_BY, f"{account}second-factor/choose"),
        Visit(HALFWAY, f"{account}code"),
        Visit(HALFWAY, f"{account}recovery-code"),
        *(Visit(PASSER_BY, f"{account}invitation/{token}") for token in world.tokens.values()),
        Visit(PASSER_BY, f"{account}invitation/spent"),
        Visit(PASSER_BY, f"{account}invitation/{world.tokens['new']}", form=world.tokens["new"]),
        Visit(Role.EDITOR, account),
        Visit(Role.EDITOR, account, form=account, values={"name": " "}),
        Visit(Role.EDITOR, f"{account}password"),
        Visit(Role.EDITOR, f"{account}password", form="/password"),
        Visit(Role.EDITOR, f"{account}confirm"),
        Visit(Role.EDITOR, f"{account}second-factor"),
        Visit(Role.EDITOR, f"{account}second-factor", form="/second-factor"),
        Visit(Role.EDITOR, f"{account}recovery-codes"),
        Visit(Role.EDITOR, f"{account}passkeys/"),
        Visit(Role.EDITOR, f"{account}passkeys/", form="/passkeys/", values={"passkey_name": " "}),
        Visit(Role.EDITOR, f"{account}recovery-codes", form="/recovery-codes"),
    ]


def error_pages(world: World) -> list[Visit]:
    """Return what people see when something goes wrong, for a portal with tests.support.error_pages."""
    fault = f"/{world.locale.url}/fault"
    return [
        *(Visit(PASSER_BY, f"{fault}/{name}") for name in FAULTS),
        Visit(PASSER_BY, f"{fault}/{FORM}", form="/409", values={"text": STORY}),
        Visit(PASSER_BY, f"{fault}/{AGAIN}", form="/again", values={"text": STORY, "code": "1234"}),
    ]


def quiet_pages(world: World) -> list[Visit]:
    """Return the pages that list something, when there is nothing to list."""
    coverage = f"/desk/coverages/{world.slug}"
    return [
        *(Visit(Role.EDITOR, f"/desk/?view={view.value}") for view in View),
        Visit(Role.EDITOR, "/desk/spam"),
        Visit(Role.EDITOR, "/desk/coverages/"),
        Visit(Role.EDITOR, coverage),
        Visit(Role.EDITOR, f"{coverage}/export"),
        Visit(Role.EDITOR, f"{coverage}/handoff"),
        Visit(Role.ADMIN, "/desk/settings/mail"),
    ]


def bare_pages(world: World) -> list[Visit]:
    """Return the pages of a portal without a coverage."""
    return [
        Visit(PASSER_BY, f"/{world.locale.url}/"),
        Visit(Role.EDITOR, "/desk/"),
        Visit(Role.EDITOR, "/desk/coverages/"),
    ]


def closed_pages(world: World) -> list[Visit]:
    """Return the pages of a call that does not take texts now."""
    home = f"/{world.locale.url}"
    return [
        Visit(PASSER_BY, f"{home}/{world.slug}/"),
        Visit(PASSER_BY, f"{home}/{world.slug}/pitch"),
        Visit(PASSER_BY, f"{home}/{world.slug}/story"),
        *(Visit(who, f"{home}/my{page}") for who in world.form_keys for page in ("", "/write")),
    ]


def front_pages(world: World) -> list[Visit]:
    """Return the front pages where there is much to read, and where there is nothing."""
    home = f"/{world.locale.url}"
    coverage = f"{home}/{world.slug}/"
    return [
        Visit(PASSER_BY, f"{home}/"),
        Visit(PASSER_BY, coverage),
        Visit(PASSER_BY, f"{coverage}?page=2"),
        Visit(PASSER_BY, f"{coverage}?language=en"),
        Visit(PASSER_BY, f"{home}/{PAUSED}/"),
    ]


def mute_pages(world: World) -> list[Visit]:
    """Return the pages of a call whose consents are not there in the reader's language."""
    home = f"/{world.locale.url}"
    return [
        Visit(PASSER_BY, f"{home}/{world.slug}/pitch"),
        Visit(PASSER_BY, f"{home}/{world.slug}/story"),
        Visit("new words", f"{home}/my/consents"),
    ]


ROOMS: dict[str, Callable[[World], list[Visit]]] = {
    "public": public_pages,
    "private": private_pages,
    "desk": desk_pages,
    "coverages": coverage_pages,
    "settings": settings_pages,
    "account": account_pages,
}
"""The rooms of a portal in the middle of its work."""
STATES: dict[str, tuple[Callable[[Flask, Locale], World], Callable[[World], list[Visit]]]] = {
    "errors": (build_quiet_world, error_pages),
    "quiet": (build_quiet_world, quiet_pages),
    "bare": (build_bare_world, bare_pages),
    "closed": (build_closed_world, closed_pages),
    "early": (build_early_world, closed_pages),
    "mute": (build_mute_world, mute_pages),
    "front": (build_front_world, front_pages),
}
"""Portals in which something else is to be seen, and what."""
NOT_PAGES = {
    "private_photos.picture": "a photo",
    "desk.photo": "a photo",
    "public_shared_photos.shared_photo": "a photo",
    "public_cards.coverage_card": "the picture of a link",
    "public_cards.page_card": "the picture of a link",
    "public_calendar.deadline": "a date for calendars",
    "public_feeds.atom": "for programs",
    "public_feeds.json_feed": "for programs",
    "public_crawlers.robots": "for programs",
    "public_crawlers.sitemap": "for programs",
    "public_pictures.lead": "a picture",
    "public_pictures.card_photo": "a photo",
    "private_documents.file": "a file of the contributor",
    "private_documents.original_file": "a file of the contributor",
    "private_documents.first_page": "a page of a document as a picture",
    "desk.document_file": "a file of the contributor",
    "desk.queue_table": "a table as a file",
    "coverages.drafts_table": "a table as a file",
    "coverages.export_file": "an export as a file",
    "contribute_receipt.save_text": "the receipt as a file",
    "contribute_receipt.save_picture": "the receipt as a picture",
    "contribute_save.token": "a token for a script",
    "contribute_save.download_version": "a text as a file",
    "contribute_proof_of_work.challenge": "a task for a script",
    "contribute.switch_language": "the way back to a form",
    "contribute.switch_full_story_language": "the way back to a form",
    "contribute_change.switch_language": "the way back to a form",
    "contribute_after.switch_language": "the way back to a form",
    "contribute.send": "the way back to a form",
    "contribute.send_full_story": "the way back to a form",
    "contribute_change.send": "the way back to a form",
    "contribute_after.send": "the way back to a form",
    "private_approval.send": "the way back to a form",
    "coverages.preview": "the way back to a draft",
    "coverages.comment": "the way back to a draft",
    "desk.open_notice": "the way to what a notice is about",
    "static": "stylesheets, scripts, icons",
}
"""What answers a GET with something other than a page."""


def all_pages(world: World) -> list[Visit]:
    """Return every page of every room."""
    return [visit for pages in ROOMS.values() for visit in pages(world)]


def find_unvisited(app: Flask, paths: Iterable[str]) -> list[str]:
    """Return the endpoints that answer GET with a page which none of these paths opens."""
    adapter = app.url_map.bind("localhost")
    answering = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    visited = {adapter.match(path.partition("?")[0])[0] for path in paths if "/nowhere/" not in path}
    return sorted((answering - visited - NOT_PAGES.keys()) | (NOT_PAGES.keys() & visited))
