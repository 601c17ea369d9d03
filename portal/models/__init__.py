"""Tables: columns, constraints, relations. They decide nothing."""

from portal.models.attachment import Attachment
from portal.models.audit import AuditEntry, AuditHead
from portal.models.base import Base
from portal.models.conversation import Message, Note
from portal.models.coverage import Call, Coverage, LeadPicture
from portal.models.desk_code import DeskCode
from portal.models.desk_notice import DeskNotice
from portal.models.editorial import (
    AuthorCheck,
    Autosave,
    Draft,
    DraftComment,
    DraftRevision,
    Publication,
    StoryCard,
    UnsavedEdit,
)
from portal.models.export_file import ExportFile
from portal.models.gist import GistVersion
from portal.models.housekeeping import Installation, JobRun, RateBucket, RemovedFile, SweepRequest, UsedProof
from portal.models.original import OriginalFile
from portal.models.outbox import OutboxMail
from portal.models.presence import Presence
from portal.models.push import Push
from portal.models.recommendation import Recommendation
from portal.models.remote_copy import RemoteCopy
from portal.models.same_story import ComparisonDue, SameStory, StoryMark
from portal.models.saved_view import SavedView
from portal.models.search import SearchDue, StorySearch, is_search_structure
from portal.models.staff import Invitation, Passkey, Staff, StaffLanguage, StaffSession
from portal.models.submission import (
    AccessLink,
    Consent,
    ContributorSession,
    Event,
    PageWords,
    Revision,
    Submission,
    UnsentVersion,
)
from portal.models.tag import SubmissionTag, Tag
from portal.models.take_down import TakeDown
from portal.models.target import Target

__all__ = [
    "AccessLink",
    "Attachment",
    "AuditEntry",
    "AuditHead",
    "AuthorCheck",
    "Autosave",
    "Base",
    "Call",
    "ComparisonDue",
    "Consent",
    "ContributorSession",
    "Coverage",
    "DeskCode",
    "DeskNotice",
    "Draft",
    "DraftComment",
    "DraftRevision",
    "Event",
    "ExportFile",
    "GistVersion",
    "Installation",
    "Invitation",
    "JobRun",
    "LeadPicture",
    "Message",
    "Note",
    "OriginalFile",
    "OutboxMail",
    "PageWords",
    "Passkey",
    "Presence",
    "Publication",
    "Push",
    "RateBucket",
    "Recommendation",
    "RemoteCopy",
    "RemovedFile",
    "Revision",
    "SameStory",
    "SavedView",
    "SearchDue",
    "Staff",
    "StaffLanguage",
    "StaffSession",
    "StoryCard",
    "StoryMark",
    "StorySearch",
    "Submission",
    "SubmissionTag",
    "SweepRequest",
    "Tag",
    "TakeDown",
    "Target",
    "UnsavedEdit",
    "UnsentVersion",
    "UsedProof",
    "is_search_structure",
]
