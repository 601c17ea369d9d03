"""Tables: columns, constraints, relations. They decide nothing."""

from portal.models.attachment import Attachment
from portal.models.base import Base
from portal.models.conversation import Message, Note
from portal.models.coverage import Call, Coverage
from portal.models.editorial import AuthorCheck, Draft, DraftRevision, Publication
from portal.models.history import Event
from portal.models.outbox import OutboxMail
from portal.models.staff import Invitation, Staff, StaffLanguage
from portal.models.submission import Consent, ContributorSession, Revision, Submission

__all__ = [
    "Attachment",
    "AuthorCheck",
    "Base",
    "Call",
    "Consent",
    "ContributorSession",
    "Coverage",
    "Draft",
    "DraftRevision",
    "Event",
    "Invitation",
    "Message",
    "Note",
    "OutboxMail",
    "Publication",
    "Revision",
    "Staff",
    "StaffLanguage",
    "Submission",
]
