"""The data inventory: what every stored column holds, and when it goes: one entry for each.

A column without an entry, or an entry without a column, fails a test: whoever adds one says here whom it can
expose and what ends it. A time says the hour, unless its column stands among those that say why not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class DataClass(StrEnum):
    """Whom a column can expose, the gravest first. A column counts as the gravest thing it may hold."""

    IDENTITY = "identity"
    """Says, or helps to find out, who a contributor is or what threatens them. Sealed, or a keyed hash."""
    UNPUBLISHED = "unpublished"
    """Words, files and acts of a contributor that nobody outside the desk may see."""
    EDITORIAL = "editorial"
    """Work of the desk and accounts of its people."""
    PUBLIC = "public"
    """Stands on public pages anyway, or names something that does."""
    TECHNICAL = "technical"
    """Says nothing about anybody by itself: numbers, links between rows, locks, levels."""


class Retention(StrEnum):
    """The kinds of ends a stored value has."""

    TEXT = "text"
    """Goes when its submission is erased: by its author, on request, or by the clock (domain.retention)."""
    TOMBSTONE = "tombstone"
    """Stays of an erased submission: that there was one, its month, language and last state."""
    UNSENT = "unsent"
    """Goes when it is sent, deleted, or not saved again for a call's `unfinished_kept_days`."""
    ORIGINAL = "original"
    """Goes with its author's yes, the unsent text it was read into or its submission, else after 14 days."""
    VISIT = "visit"
    """Goes when a private page, a one-time link or a sign-in is over: after hours."""
    TAKEN_DOWN = "taken_down"
    """Goes when its submission is erased and it is written down what became of the place."""
    MAIL = "mail"
    """Goes 14 days after the mail left or was given up, and with its submission."""
    NOTICE = "notice"
    """Goes a day after it is dealt with, two weeks after it was read, and with its submission."""
    WEEK = "week"
    """Goes a week after it was asked for; what opens the file goes after a day."""
    MINUTES = "minutes"
    """Goes a minute or so after its last sign of life."""
    HOURS = "hours"
    """Goes when the bucket has leaked empty or the proof is too old."""
    AUDIT = "audit"
    """Goes after five years."""
    ACCOUNT = "account"
    """Stays as long as the account or the invitation: the history names who acted."""
    SWEEP = "sweep"
    """Goes when what it asks for is done: a file is gone, erased words are out of the database's files."""
    SITE = "site"
    """Stays as long as the coverage or the portal itself."""


@dataclass(frozen=True)
class ColumnRule:
    """The rule of a column: what it holds and what ends it."""

    data_class: DataClass
    retention: Retention


_Named = tuple[DataClass, Retention, str]
_C, _R = DataClass, Retention

TABLES: Mapping[str, tuple[_Named, ...]] = {
    "submission": (
        (_C.TECHNICAL, _R.TOMBSTONE, "id public_id call_id version"),
        (_C.UNPUBLISHED, _R.TOMBSTONE, "kind stage state state_before lang received_at"),
        # Of an erased one the main language of the coverage stands here, and a random hash.
        (_C.UNPUBLISHED, _R.TEXT, "locale heading words characters lane signals"),
        # No finer than the language tells: Taiwan, Ukraine or elsewhere. What is finer is sealed.
        (_C.UNPUBLISHED, _R.TEXT, "sides"),
        (_C.IDENTITY, _R.TEXT, "receipt_hash replacement_hash address_hash sealed_risk wants_mail"),
        (_C.EDITORIAL, _R.TEXT, "due_at announced_state announce_at decline_reason duplicate_of_id"),
        (_C.UNPUBLISHED, _R.TEXT, "undo_until"),
        (
            _C.EDITORIAL,
            _R.TEXT,
            "assignee_id claimed_by_id claimed_since claimed_at",
        ),
        (
            _C.TECHNICAL,
            _R.TEXT,
            "begun_beside_id ending_seen_at thread_read_id desk_read_id unread_letter_id",
        ),
    ),
    "revision": (
        (_C.TECHNICAL, _R.TEXT, "id submission_id number form_key_hash content_hash"),
        (_C.UNPUBLISHED, _R.TEXT, "stage lang open_answers received_at"),
        (_C.IDENTITY, _R.TEXT, "sealed desk_answers"),
    ),
    "submission_draft": (
        (_C.TECHNICAL, _R.UNSENT, "id public_id submission_id sequence"),
        (_C.UNPUBLISHED, _R.UNSENT, "stage lang saved_at"),
        (_C.IDENTITY, _R.UNSENT, "sealed sealed_form_key"),
    ),
    "page_words": (
        (_C.TECHNICAL, _R.UNSENT, "id public_id submission_id sequence"),
        (_C.UNPUBLISHED, _R.UNSENT, "place saved_at"),
        (_C.IDENTITY, _R.UNSENT, "sealed"),
    ),
    "consent": (
        (_C.TECHNICAL, _R.TEXT, "id submission_id"),
        (_C.UNPUBLISHED, _R.TEXT, "key text_version locale text given_at"),
    ),
    "attachment": (
        # Sum and size are of the sealed file: what it holds has its own under sealed_facts.
        (_C.TECHNICAL, _R.TEXT, "id public_id submission_id message_id kind format sha256 size position"),
        (_C.UNPUBLISHED, _R.TEXT, "people licence changed_at received_at"),
        (_C.IDENTITY, _R.TEXT, "sealed_name sealed_words sealed_key sealed_facts"),
    ),
    "original_file": (
        (_C.TECHNICAL, _R.ORIGINAL, "id public_id submission_id attachment_id sha256 size"),
        (_C.UNPUBLISHED, _R.ORIGINAL, "received_at"),
        (_C.IDENTITY, _R.ORIGINAL, "sealed_key sealed_facts"),
    ),
    "message": (
        (_C.TECHNICAL, _R.TEXT, "id public_id submission_id event_id"),
        (_C.UNPUBLISHED, _R.TEXT, "from_desk staff_id act body lang sent_at visible_at by_desk_code"),
    ),
    "note": (
        (_C.TECHNICAL, _R.TEXT, "id public_id submission_id"),
        (_C.EDITORIAL, _R.TEXT, "staff_id written_at"),
        (_C.IDENTITY, _R.TEXT, "sealed"),
    ),
    "recommendation": (
        (_C.TECHNICAL, _R.TEXT, "id public_id submission_id sent_number"),
        (_C.EDITORIAL, _R.TEXT, "staff_id advice reads given_at ended_at"),
        (_C.IDENTITY, _R.TEXT, "sealed"),
    ),
    "tag": (
        (_C.TECHNICAL, _R.SITE, "id public_id coverage_id"),
        (_C.EDITORIAL, _R.SITE, "name folded made_at"),
    ),
    "submission_tag": ((_C.EDITORIAL, _R.TEXT, "submission_id tag_id"),),
    "desk_notice": (
        (_C.TECHNICAL, _R.NOTICE, "id public_id submission_id mail_id done_with about"),
        (_C.EDITORIAL, _R.NOTICE, "staff_id by_id kind made_at is_read is_done is_mailed changed_on"),
    ),
    "gist_version": (
        (_C.TECHNICAL, _R.TEXT, "id public_id submission_id is_current"),
        (_C.EDITORIAL, _R.TEXT, "lang staff_id written_at"),
        (_C.UNPUBLISHED, _R.TEXT, "body"),
    ),
    "event": (
        # Of an erased submission its erasing stays, and in which month who opened its sealed answers.
        (_C.TECHNICAL, _R.TOMBSTONE, "id submission_id batch"),
        (_C.EDITORIAL, _R.TOMBSTONE, "act from_state to_state staff_id by_author at"),
        (_C.EDITORIAL, _R.TEXT, "detail"),
    ),
    "draft": (
        (_C.TECHNICAL, _R.TEXT, "id public_id submission_id version revision approved_revision"),
        (_C.TECHNICAL, _R.TEXT, "source_revision"),
        (
            _C.UNPUBLISHED,
            _R.TEXT,
            "lang title dek excerpt slug body content_warning topics",
        ),
        (_C.IDENTITY, _R.TEXT, "sealed_person"),
        (_C.EDITORIAL, _R.TEXT, "accepted_at edited_at set_aside_at exported_revision exported_at"),
    ),
    "story_card": (
        (_C.TECHNICAL, _R.TEXT, "draft_id answers_id"),
        (_C.UNPUBLISHED, _R.TEXT, "title_breaks"),
    ),
    "story_search": (
        (_C.TECHNICAL, _R.TEXT, "submission_id tokenizer_version"),
        (_C.UNPUBLISHED, _R.TEXT, "body_terms extra_terms"),
    ),
    "search_due": ((_C.TECHNICAL, _R.TEXT, "id submission_id"),),
    "comparison_due": ((_C.TECHNICAL, _R.TEXT, "id submission_id"),),
    # Hashes of pairs of names, places and dates: whoever guesses a pair can see whether a text has it.
    "story_mark": (
        (_C.TECHNICAL, _R.TEXT, "submission_id"),
        (_C.UNPUBLISHED, _R.TEXT, "mark"),
    ),
    "same_story": (
        (_C.TECHNICAL, _R.TEXT, "id one_id other_id is_copy"),
        (_C.UNPUBLISHED, _R.TEXT, "shared"),
        (_C.EDITORIAL, _R.TEXT, "told_apart_at told_apart_by_id told_apart_score"),
    ),
    "draft_revision": (
        (_C.TECHNICAL, _R.TEXT, "id draft_id number by_author sent_number"),
        (_C.UNPUBLISHED, _R.TEXT, "open_fields reason change_reasons"),
        (_C.IDENTITY, _R.TEXT, "sealed_person"),
        (_C.EDITORIAL, _R.TEXT, "staff_id saved_at"),
    ),
    "unsaved_edit": (
        (_C.TECHNICAL, _R.TEXT, "id draft_id began_with sequence"),
        (_C.UNPUBLISHED, _R.TEXT, "open_fields"),
        (_C.IDENTITY, _R.TEXT, "sealed_person"),
        (_C.EDITORIAL, _R.TEXT, "staff_id saved_at open_at autosaved_at"),
    ),
    "autosave": (
        (_C.TECHNICAL, _R.TEXT, "id public_id draft_id"),
        (_C.UNPUBLISHED, _R.TEXT, "open_fields"),
        (_C.IDENTITY, _R.TEXT, "sealed_person"),
        (_C.EDITORIAL, _R.TEXT, "staff_id saved_at"),
    ),
    "draft_comment": (
        (_C.TECHNICAL, _R.TEXT, "id public_id draft_id answers_id"),
        (_C.EDITORIAL, _R.TEXT, "staff_id written_at resolved_at"),
        (_C.IDENTITY, _R.TEXT, "sealed"),
    ),
    "author_check": (
        (_C.TECHNICAL, _R.TEXT, "id draft_id revision"),
        (_C.UNPUBLISHED, _R.TEXT, "verdict objections paragraphs answers answered_at"),
        (_C.EDITORIAL, _R.TEXT, "answer_by sent_at reason"),
    ),
    "publication": (
        (_C.TECHNICAL, _R.TEXT, "id draft_id"),
        (_C.PUBLIC, _R.TEXT, "lang url recorded_at visible_at"),
    ),
    "take_down": (
        (_C.TECHNICAL, _R.TAKEN_DOWN, "id public_id submission_id revision copy_id"),
        (_C.PUBLIC, _R.TAKEN_DOWN, "lang url"),
        (_C.EDITORIAL, _R.TAKEN_DOWN, "reason exported_at opened_at closed_at outcome note staff_id"),
    ),
    "remote_copy": (
        (_C.TECHNICAL, _R.TAKEN_DOWN, "id public_id submission_id target_id remote_id revision modified"),
        # Of an erased text neither slug nor sums of what was sent stay.
        (_C.UNPUBLISHED, _R.TAKEN_DOWN, "slug key sent_hash fingerprint media"),
        (_C.PUBLIC, _R.TAKEN_DOWN, "url edit_url"),
        (_C.EDITORIAL, _R.TAKEN_DOWN, "status staff_id sent_at looked_at"),
    ),
    "push": (
        (_C.TECHNICAL, _R.TEXT, "id public_id submission_id target_id attempts run_at lease_until"),
        (_C.EDITORIAL, _R.TEXT, "state problem detail staff_id asked_at ended_at"),
        # Words of the story as somebody has changed them on the other site.
        (_C.UNPUBLISHED, _R.TEXT, "theirs"),
    ),
    "contributor_session": (
        (_C.TECHNICAL, _R.VISIT, "id submission_id unread_from expires_at way_in"),
        (_C.IDENTITY, _R.VISIT, "token_hash sealed_form_key"),
    ),
    "access_link": (
        (_C.TECHNICAL, _R.VISIT, "id public_id submission_id expires_at"),
        (_C.IDENTITY, _R.VISIT, "token_hash"),
    ),
    "desk_code": (
        (_C.TECHNICAL, _R.TEXT, "id public_id submission_id"),
        (_C.EDITORIAL, _R.TEXT, "state asked_by_id asked_at reason confirmed_by_id confirmed_at opens_at"),
        (_C.IDENTITY, _R.TEXT, "code_hash"),
    ),
    "outbox_mail": (
        (_C.TECHNICAL, _R.MAIL, "id public_id submission_id staff_id event_id dedupe_key attempts"),
        (_C.TECHNICAL, _R.MAIL, "lease_until queued_at run_at sent_at failed_at last_error"),
        # The address is not here, and the words name nobody.
        (_C.UNPUBLISHED, _R.MAIL, "kind locale subject body"),
    ),
    # Made with a secret that no database holds: it tells neither who nor what.
    "presence": ((_C.TECHNICAL, _R.MINUTES, "mark is_writing seen_at"),),
    "rate_bucket": ((_C.TECHNICAL, _R.HOURS, "name level updated_at"),),
    "used_proof": ((_C.TECHNICAL, _R.HOURS, "proof_hash expires_at"),),
    "removed_file": ((_C.TECHNICAL, _R.SWEEP, "name"),),
    "sweep_request": ((_C.TECHNICAL, _R.SWEEP, "id asked_at"),),
    "installation": ((_C.TECHNICAL, _R.SITE, "id instance_id standing since"),),
    "job_run": ((_C.TECHNICAL, _R.SITE, "name ran_at"),),
    "audit_entry": (
        (_C.EDITORIAL, _R.AUDIT, "seq at actor act about detail"),
        (_C.TECHNICAL, _R.AUDIT, "prev mac"),
    ),
    "audit_head": ((_C.TECHNICAL, _R.SITE, "id seq mac"),),
    "coverage": (
        (_C.TECHNICAL, _R.SITE, "id public_id"),
        (_C.PUBLIC, _R.SITE, "slug title introduction primary_locale licence licence_uri topics created_at"),
        (_C.PUBLIC, _R.SITE, "title_breaks summary"),
        (_C.EDITORIAL, _R.SITE, "decline_reasons"),
    ),
    "lead_picture": (
        (_C.TECHNICAL, _R.SITE, "coverage_id sha256 width height"),
        (_C.PUBLIC, _R.SITE, "content alt credit"),
    ),
    "export_file": (
        (_C.TECHNICAL, _R.WEEK, "id public_id coverage_id attempts lease_until sha256 size content_size"),
        (_C.EDITORIAL, _R.WEEK, "staff_id format choice has_gaps state problem total done written kept lost"),
        # What the key opens are texts that their authors have given out to be printed.
        (_C.EDITORIAL, _R.WEEK, "asked_at ended_at sealed_key"),
    ),
    "target": (
        (_C.TECHNICAL, _R.SITE, "id public_id coverage_id version"),
        (_C.EDITORIAL, _R.SITE, "lang name address markup wanted_status dek_key author_id author_name"),
        # Of the newsroom's own site: sealed, though it exposes no contributor.
        (_C.EDITORIAL, _R.SITE, "categories sealed_account tried_at trial closed_at"),
    ),
    "call": (
        (_C.TECHNICAL, _R.SITE, "id public_id coverage_id"),
        (_C.PUBLIC, _R.SITE, "slug title text looking_for promises questions consents statements sections"),
        (_C.PUBLIC, _R.SITE, "opens_at closes_at answer_days declined_kept_days unfinished_kept_days"),
        (_C.PUBLIC, _R.SITE, "unpublished_kept_months"),
        (_C.EDITORIAL, _R.SITE, "moderators_decide"),
    ),
    "staff": (
        (_C.TECHNICAL, _R.ACCOUNT, "id public_id fs_uniquifier shortcuts"),
        (_C.EDITORIAL, _R.ACCOUNT, "time_zone mail_choice quiet_from quiet_until shows_presence"),
        (_C.EDITORIAL, _R.ACCOUNT, "name role locale reads_identity email active"),
        (
            _C.EDITORIAL,
            _R.ACCOUNT,
            "password tf_primary_method tf_totp_secret last_totp_step mf_recovery_codes",
        ),
        (_C.EDITORIAL, _R.ACCOUNT, "failed_sign_ins failed_since"),
    ),
    "staff_language": (
        (_C.TECHNICAL, _R.ACCOUNT, "id staff_id"),
        (_C.EDITORIAL, _R.ACCOUNT, "tag reading"),
    ),
    "saved_view": (
        (_C.TECHNICAL, _R.ACCOUNT, "id public_id owner_id coverage_id"),
        # A colleague's words, as in their notes: sealed, since whom they look for can stand in them.
        (_C.EDITORIAL, _R.ACCOUNT, "sealed"),
    ),
    "staff_session": (
        (_C.TECHNICAL, _R.VISIT, "id public_id staff_id token_hash"),
        (_C.EDITORIAL, _R.VISIT, "signed_in_at browser"),
    ),
    "passkey": (
        (_C.TECHNICAL, _R.ACCOUNT, "id public_id staff_id transports"),
        (_C.EDITORIAL, _R.ACCOUNT, "name credential_id public_key sign_count added_on used_on"),
    ),
    "staff_coverage": ((_C.EDITORIAL, _R.ACCOUNT, "staff_id coverage_id"),),
    "invitation": (
        (_C.TECHNICAL, _R.ACCOUNT, "id token_hash staff_id invited_by_id"),
        (_C.EDITORIAL, _R.ACCOUNT, "role email locale created_at expires_at used_at"),
    ),
    "invitation_coverage": ((_C.EDITORIAL, _R.ACCOUNT, "invitation_id coverage_id"),),
}


def _read() -> Iterator[tuple[str, ColumnRule]]:
    for table, rows in TABLES.items():
        for data_class, retention, names in rows:
            for name in names.split():
                yield f"{table}.{name}", ColumnRule(data_class, retention)


COLUMN_RULES: Mapping[str, ColumnRule] = dict(_read())
"""Every column of the database, as `table.column`."""

_GOES_WITH_A_TEXT = frozenset(
    {Retention.TEXT, Retention.UNSENT, Retention.ORIGINAL, Retention.MAIL, Retention.TAKEN_DOWN}
)
TABLES_OF_TEXTS: Sequence[str] = tuple(
    table for table, rows in TABLES.items() if any(end in _GOES_WITH_A_TEXT for _class, end, _names in rows)
)
"""Tables that hold something of a text until it is erased."""

FINER_TIMES: Mapping[str, str] = {
    "What people of the desk did or set. Of a contributor's act the same column holds the hour.": (
        "coverage.created_at call.opens_at call.closes_at invitation.created_at invitation.expires_at "
        "invitation.used_at staff.failed_since staff_session.signed_in_at submission.announce_at "
        "submission.claimed_since submission.claimed_at desk_code.asked_at desk_code.confirmed_at "
        "desk_code.opens_at draft.set_aside_at draft.accepted_at draft.edited_at draft.exported_at event.at "
        "gist_version.written_at note.written_at recommendation.given_at recommendation.ended_at tag.made_at "
        "take_down.exported_at take_down.closed_at "
        "author_check.sent_at author_check.answered_at draft_revision.saved_at message.sent_at "
        "message.visible_at publication.recorded_at publication.visible_at unsaved_edit.saved_at "
        "unsaved_edit.open_at unsaved_edit.autosaved_at autosave.saved_at draft_comment.written_at "
        "draft_comment.resolved_at target.tried_at target.closed_at remote_copy.sent_at push.asked_at "
        "push.ended_at desk_notice.made_at"
    ),
    "What the portal did by itself; in the log to the minute, of contributors to the day.": (
        "installation.since job_run.ran_at submission.ending_seen_at audit_entry.at remote_copy.looked_at"
    ),
    "When a page of the desk gave its last sign of life, in steps of fifteen seconds; whose and of what is a "
    "keyed hash. Gone a minute or so later.": "presence.seen_at",
    "The end of the ten minutes in which a withdrawal can be taken back: emptied within the hour after.": (
        "submission.undo_until"
    ),
    "When somebody last came into a lane of the whole site, who and with what is not said. Those of one form "
    "or page hold the hour. Gone after two hours.": "rate_bucket.updated_at",
    "When a story is tried again that could not be sent to a target, and how long a worker has it: what the "
    "portal does by itself after an editor's press.": "push.run_at push.lease_until",
    "When a mail is tried again that could not leave, and how long a worker has it: the hour, or nothing, "
    "once it has left or was given up, which is after six hours.": (
        "outbox_mail.run_at outbox_mail.lease_until"
    ),
}
"""Why a time stands there finer than to the hour, and which: others are full hours."""
