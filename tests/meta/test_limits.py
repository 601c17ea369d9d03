"""Every limit of the portal in one table: how much, how many, how long; and each at -1, 0 and +1.

A limit is a promise or a guard, so it is written in two places. One that is new is added to the table.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from wtforms import Form
from wtforms.fields.core import UnboundField

import portal.domain
import portal.export
import portal.forms
import portal.media
import portal.operations
import portal.queries
import portal.server
import portal.story
import portal.web
from portal.domain.admission import BucketRule, add_to_bucket
from portal.domain.limits import Limit, ScriptBucket, is_too_long
from portal.forms.base import MaxLength

LAYERS = (
    portal.domain,
    portal.operations,
    portal.queries,
    portal.forms,
    portal.web,
    portal.export,
    portal.media,
    portal.story,
    portal.server,
)
AT = datetime(2026, 3, 14, 9, tzinfo=UTC)
TABLE: Mapping[str, str] = {
    "domain.audit.KEPT": "1825 days, 0:00:00",
    "domain.autosaves.STEP": "0:05:00",
    "domain.backup.DAYS": "7",
    "domain.backup.WEEKS": "4",
    "domain.backup.KEPT_FOR": "30 days, 0:00:00",
    "domain.backup.PROOF_LASTS": "2 days, 0:00:00",
    "domain.belonging.ID_LENGTH": "32",
    "domain.desk_codes.WAIT": "2 days, 0:00:00",
    "domain.desk_codes.LAPSES_AFTER": "7 days, 0:00:00",
    "domain.desk_codes.SHORTEST_PROOF": "6",
    "domain.documents.MOST_DOCUMENT_BYTES": "26214400",
    "domain.documents.MOST_PAGES": "40",
    "domain.documents.MOST_CHARACTERS": "400000",
    "domain.documents.MOST_FILES": "10",
    "domain.documents.MOST_STORED_BYTES": "62914560",
    "domain.documents.MOST_ORIGINALS": "10",
    "domain.documents.MOST_STORY_ORIGINAL_BYTES": "1073741824",
    "domain.editing.EXCERPT_WORDS": "30",
    "domain.permissions.REASON_LENGTH": "300",
    "domain.admission.MIN_RENDER": "0:00:05",
    "domain.admission.UPPER_LANE": "1200/400",
    "domain.admission.READ_AFTER": "0:01:00",
    "domain.admission.ANSWERED": "240/120",
    "domain.admission.RETURNING": "20/20 hourly",
    "domain.admission.SAME_FORM": "60/60 hourly",
    "domain.admission.SAVES_OF_FORM": "720/720 hourly",
    "domain.admission.SAVES_OF_PROOF": "10/10 hourly",
    "domain.admission.WRONG_CODES": "600/120",
    "domain.admission.SIGN_INS": "3600/120",
    "domain.admission.PROVED_SIGN_INS": "3600/120",
    "domain.admission.OF_BROWSER": "120/20",
    "domain.admission.OF_HALFWAY": "120/20",
    "domain.admission.CONFIRMATIONS": "300/5",
    "domain.admission.PROOFS_OF_AUTHOR": "5/5 hourly",
    "domain.admission.FILES_READ": "240/60",
    "domain.admission.FILES_OF_PAGE": "30/30 hourly",
    "domain.languages.MAXIMAL_HEADER_ENTRIES": "50",
    "domain.limits.MOST_UNSENT": "20",
    "domain.receipt_code.LINK_OPENS_FOR": "1:00:00",
    "domain.receipt_code.MOST_LINKS": "3",
    "domain.receipt_code.MOST_SUBMISSIONS": "3",
    "domain.passkeys.LONGEST_ID": "1023",
    "domain.passkeys.MOST_PASSKEYS": "10",
    "domain.passkeys.QUESTION_STANDS": "0:10:00",
    "domain.pushes.MOST_ATTEMPTS": "7",
    "domain.pushes.LEASE": "0:10:00",
    "domain.desk_notices.DUE_WITHIN": "1 day, 0:00:00",
    "domain.desk_notices.MAIL_DELAY": "0:10:00",
    "domain.desk_notices.KEPT_READ": "14 days, 0:00:00",
    "domain.desk_notices.KEPT_DONE": "1 day, 0:00:00",
    "domain.desk_notices.DEFAULT_DIGEST_HOUR": "8",
    "domain.note_mentions.MOST_MENTIONS": "20",
    "queries.desk.notices.NOTICES_ON_PAGE": "50",
    "queries.desk.notices.MOST_COUNTED": "100",
    "queries.desk.notices.MOST_AT_ONCE": "200",
    "domain.presence.STEP_SECONDS": "15",
    "domain.presence.SEEN_WITHIN": "0:01:00",
    "domain.presence.KEPT": "0:01:15",
    "domain.export_files.MOST_AT_ONCE": "20",
    "domain.export_files.FETCHED_FOR": "1 day, 0:00:00",
    "domain.export_files.LISTED_FOR": "7 days, 0:00:00",
    "domain.export_files.LEASE": "0:05:00",
    "domain.export_files.FARTHEST_LEASE": "1:00:00",
    "domain.export_files.POSTPONED_FOR": "0:00:10",
    "domain.export_files.MOST_ATTEMPTS": "3",
    "domain.photo_edits.FEATURED_WIDTH": "800",
    "domain.shared_photos.SHARED_FOR": "1 day, 0:00:00",
    "domain.pushes.LOOKED_AT_FOR": "180 days, 0:00:00",
    "export.wxr.LARGEST_FILE": "8388608",
    "forms.targets.NAME_LENGTH": "100",
    "forms.targets.ADDRESS_LENGTH": "500",
    "forms.targets.ACCOUNT_LENGTH": "100",
    "forms.targets.PASSWORD_LENGTH": "200",
    "forms.targets.TargetForm.target_name": "100",
    "forms.targets.TargetForm.address": "500",
    "forms.targets.TargetForm.account": "100",
    "forms.targets.TargetForm.password": "200",
    "forms.targets.TargetForm.dek_key": "100",
    "forms.targets.TargetForm.author_name": "100",
    "domain.photos.MOST_PICTURES": "5",
    "domain.photos.MOST_BYTES": "12582912",
    "domain.photos.MOST_PIXELS": "52000000",
    "domain.photos.DESCRIPTION_LIMIT": "300/120",
    "domain.photos.CAPTION_LIMIT": "400/160",
    "domain.photos.CREDIT_LIMIT": "120/50",
    "domain.receipt_code.CODE_DIGITS": "20",
    "domain.recommendations.REASON_LENGTH": "1000",
    "domain.bulk_acts.MOST_AT_ONCE": "50",
    "domain.tags.NAME_LENGTH": "40",
    "domain.tags.MOST_IN_COVERAGE": "100",
    "domain.tags.MOST_ON_TEXT": "10",
    "domain.retention.LONGEST_PAUSE": "7 days, 0:00:00",
    "domain.retention.IN_SIGHT": "14 days, 0:00:00",
    "domain.retention.ORIGINALS_KEPT": "14 days, 0:00:00",
    "domain.deadlines.GRACE": "1:00:00",
    "domain.deadlines.CLAIM_TIME": "0:05:00",
    "domain.deadlines.CLAIM_STEP": "0:00:30",
    "domain.answers.FINGERPRINT_LENGTH": "32",
    "domain.slugs.MAXIMAL_LENGTH": "60",
    "domain.sweeps.GONE_WITHIN": "1 day, 0:00:00",
    "domain.sweeps.SMALL_BYTES": "16777216",
    "domain.unsent_words.MOST_LETTERS": "60000",
    "operations.coverages.draft_fields.TITLE_LENGTH": "300",
    "operations.coverages.draft_fields.BYLINE_LENGTH": "200",
    "operations.outbox.LEASE": "0:05:00",
    "operations.outbox.MOST_ATTEMPTS": "10",
    "operations.outbox.KEPT": "14 days, 0:00:00",
    "operations.staff.passkeys.LONGEST_ANSWER": "20000",
    "operations.contribute.admission.PROOF_LIFE": "0:10:00",
    "operations.file_removal.MOST": "200",
    "operations.key_rotation.BATCH": "50",
    "operations.desk.bulk_spam.MOST_AT_ONCE": "2000",
    "domain.sign_in.FIRST_ADMIN_VALID": "1 day, 0:00:00",
    "domain.sign_in.INVITATION_VALID": "7 days, 0:00:00",
    "domain.sign_in.ATTEMPTS": "5",
    "domain.sign_in.ATTEMPT_WINDOW": "0:01:00",
    "domain.sign_in.LONGEST_SESSION": "12:00:00",
    "domain.sign_in.LONGEST_IDLE": "0:30:00",
    "domain.sign_in.FRESH": "0:15:00",
    "operations.private.access.OPEN_FOR": "2:00:00",
    "queries.desk.bulk_spam.MOST_HELD": "50",
    "queries.outbox.MOST_SHOWN": "100",
    "queries.desk.queue.PAGE_SIZE": "50",
    "domain.saved_views.NAME_LENGTH": "60",
    "domain.saved_views.MOST_OWN": "20",
    "domain.saved_views.MOST_SHARED": "20",
    "forms.saved_views.SavedViewForm.view_name": "60",
    "queries.desk.saved_views.MOST_LOOKED_AT": "1000",
    "queries.desk.saved_views.MOST_OPENED_TO_COUNT": "200",
    "web.site.desk_addresses.QUEUE_KEPT_FOR": "90 days, 0:00:00",
    "queries.desk.queue_filter.SOON": "3 days, 0:00:00",
    "queries.desk.queue_statements.MOST_COUNTED": "1000",
    "queries.desk.queue_risk.MOST_OPENED": "2000",
    "forms.tags.TYPED_LENGTH": "420",
    "forms.desk.MESSAGE_LENGTH": "4000",
    "forms.desk.NOTE_LENGTH": "4000",
    "forms.desk.GIST_LENGTH": "600",
    "forms.desk.GIST_LINES": "3",
    "forms.front_page.TITLE_LENGTH": "200",
    "forms.front_page.SUMMARY_LENGTH": "400",
    "forms.front_page.ALT_LENGTH": "300",
    "forms.front_page.CREDIT_LENGTH": "200",
    "forms.front_page.MARKED_LENGTH": "400",
    "forms.coverages.TITLE_LENGTH": "300",
    "forms.coverages.CommentForm.comment": "4000",
    "forms.coverages.LINE_LENGTH": "500",
    "forms.coverages.BYLINE_LENGTH": "200",
    "forms.coverages.PLACE_LENGTH": "80",
    "forms.coverages.TEXT_LENGTH": "4000",
    "forms.coverages.BODY_LENGTH": "200000",
    "forms.coverages.ADDRESS_LENGTH": "500",
    "forms.photo_edits.PHOTO_LINE_LENGTH": "500",
    "forms.private.ANSWER_LIMIT": "4000/1600",
    "forms.passwords.PASSWORD_MINIMUM": "15",
    "forms.passwords.PASSWORD_MAXIMUM": "128",
    "forms.take_downs.NOTE_LENGTH": "2000",
    "web.public.front_page.PAGE_SIZE": "9",
    "web.coverages.handoff.SHEETS": "20",
    "web.staff.known_browsers.KNOWN_FOR": "180 days, 0:00:00",
    "web.site.uploads.FAULTY": "422",
    "web.site.uploads.NO_STORAGE": "507",
    "forms.text_file.MOST_HELD_BYTES": "65536",
    "export.record.SHORT_ID": "8",
    "media.preview.CARD_WIDTH": "640",
    "media.preview.LEAD_WIDTH": "1600",
    "queries.desk.search.FOUND_SIZE": "20",
    "queries.desk.search.MOST_FOUND": "500",
    "queries.story_search.BLOCK": "4096",
    "web.site.desk_addresses.TEXT_LENGTH": "200",
    "story.search.query.MOST_WORDS": "16",
    "story.search.terms.TOKENIZER_VERSION": "3",
    "story.search.terms.SET_ASIDE": "-3",
    "media.zip_checks.MOST_MEMBERS": "2000",
    "media.zip_checks.MOST_XML": "50331648",
    "media.zip_checks.MOST_RATIO": "100",
    "media.zip_checks.MOST_DEPTH": "200",
    "media.child_process.WALL_SECONDS": "30",
    "media.limits.MEMORY": "1073741824",
    "media.limits.CPU_SECONDS": "20",
    "media.limits.FILE_BYTES": "67108864",
    "media.limits.OPEN_FILES": "64",
    "media.pdf_pages.RESOLUTION": "150",
    "media.pixels.LONG_EDGE": "2560",
    "story.heading.HEADING_LENGTH": "120",
    "server.lines.LEAST_BYTES": "15000",
    "server.lines.LOOK_SECONDS": "1",
    "server.reading.MOST_HEAD_BYTES": "12288",
    "server.reading.MOST_LINE_BYTES": "4094",
    "forms.bulk.BulkTagForm.gone": "420",
    "forms.bulk.BulkTagForm.names": "420",
    "forms.recommendations.AdviceForm.reason": "1000",
    "forms.tags.TagForm.names": "420",
    "forms.tags.TagNameForm.tag_name": "40",
    "forms.account._LanguagesForm.name": "120",
    "forms.account.AcceptInvitationForm.email": "255",
    "forms.account.PasskeyForm.passkey_name": "60",
    "forms.desk_codes.AskCodeForm.reason": "300",
    "forms.desk.AskForm.body": "4000",
    "forms.desk.InviteForm.body": "4000",
    "forms.desk.AcceptForm.body": "4000",
    "forms.desk.DeclineForm.body": "4000",
    "forms.desk.WithdrawOnRequestForm.note": "300",
    "forms.desk.IdentityForm.reason": "300",
    "forms.desk.WriteForm.body": "4000",
    "forms.desk.NoteForm.body": "4000",
    "forms.desk.GistForm.body": "600",
    "forms.coverages.DraftForm.title": "300",
    "forms.coverages.DraftForm.dek": "500",
    "forms.coverages.DraftForm.excerpt": "500",
    "forms.coverages.DraftForm.body": "200000",
    "forms.coverages.DraftForm.byline": "200",
    "forms.coverages.DraftForm.bio": "4000",
    "forms.coverages.DraftForm.change_reason": "4000",
    "forms.coverages.DraftForm.place": "80",
    "forms.front_page.FrontPageForm.credit": "200",
    "forms.front_page.StoryCardForm.marked": "400",
    "forms.coverages.DraftForm.content_warning": "4000",
    "forms.photo_edits.PhotoWordsForm.alt": "500",
    "forms.photo_edits.PhotoWordsForm.caption": "500",
    "forms.photo_edits.PhotoWordsForm.credit": "500",
    "forms.photo_edits.PhotoWordsForm.licence_line": "500",
    "forms.coverages.SendForApprovalForm.message": "4000",
    "forms.coverages.ReasonForm.reason": "4000",
    "forms.invitations.MakeInvitationForm.email": "255",
    "forms.take_downs.OutcomeForm.note": "2000",
}
"""Times as Python writes them; letters/Han; an hour/at once, hourly if by full hours only."""


def list_modules() -> Iterator[ModuleType]:
    for layer in LAYERS:
        for found in pkgutil.walk_packages(layer.__path__, f"{layer.__name__}."):
            yield importlib.import_module(found.name)


def write(value: Any) -> str:
    """Return a limit in words; empty for what is none."""
    if isinstance(value, Limit):
        return f"{value.letters}/{value.han}"
    if isinstance(value, BucketRule):
        return f"{value.per_hour}/{value.burst}{' hourly' if value.hourly else ''}"
    is_number = isinstance(value, int | timedelta) and not isinstance(value, bool)
    return str(value) if is_number else ""


def find_constants() -> Iterator[tuple[str, Any]]:
    """Give every number, time, limit and rule that a module names for others."""
    for module in list_modules():
        own = {line.partition(" ")[0].rstrip(":") for line in inspect.getsource(module).splitlines()}
        for name, value in vars(module).items():
            if name in own and not name.startswith("_") and write(value):
                yield f"{module.__name__.removeprefix('portal.')}.{name}", value


def find_fields() -> Iterator[tuple[str, str]]:
    """Give the most characters of every field that says so in its form."""
    for module in list_modules():
        for name, made in vars(module).items():
            if inspect.isclass(made) and issubclass(made, Form) and made.__module__ == module.__name__:
                for field, unbound in vars(made).items():
                    given = unbound.kwargs.get("validators", ()) if isinstance(unbound, UnboundField) else ()
                    for one in given:
                        if isinstance(one, MaxLength):
                            yield f"{module.__name__.removeprefix('portal.')}.{name}.{field}", str(one.most)


CONSTANTS = dict(find_constants())
RULES = [name for name, value in CONSTANTS.items() if isinstance(value, BucketRule)]
LIMITS = [name for name, value in CONSTANTS.items() if isinstance(value, Limit)]


def test_every_limit_is_that_of_the_table() -> None:
    found = {name: write(value) for name, value in CONSTANTS.items()} | dict(find_fields())
    assert found == TABLE


@pytest.mark.parametrize("name", RULES)
def test_a_bucket_takes_just_as_many_as_its_rule_says(name: str) -> None:
    rule: BucketRule = CONSTANTS[name]
    left = [
        add_to_bucket(level, since=AT, at=AT, rule=rule).wait is None
        for level in (rule.burst - 2, rule.burst - 1, rule.burst)
    ]
    later = AT + timedelta(hours=1)
    leaked = add_to_bucket(float(rule.burst), since=AT, at=later, rule=rule).level
    assert (left, leaked) == ([True, True, False], max(rule.burst - rule.per_hour, 0) + 1)


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("bucket", ["letters", "han"])
def test_a_text_of_just_the_limit_fits(name: str, bucket: ScriptBucket) -> None:
    limit: Limit = CONSTANTS[name]
    most = limit.letters if bucket == "letters" else limit.han
    assert [is_too_long(length, limit, bucket) for length in (most - 1, most, most + 1)] == [
        False,
        False,
        True,
    ]
