"""Exports that were asked for, and their files."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, defer, joinedload

from portal.domain.export_files import FARTHEST_LEASE, ExportState
from portal.models import Coverage, ExportFile

_LISTED = 10


def is_export_waiting(session: Session, *, at: datetime) -> bool:
    """Say whether a file is to be made, or its worker has died."""
    return session.scalar(select(ExportFile.id).where(is_to_be_made(at)).limit(1)) is not None


def is_to_be_made(at: datetime) -> ColumnElement[bool]:
    """Say of a file that somebody waits for it and nobody makes it."""
    lease = ExportFile.lease_until
    is_left = and_(ExportFile.state == ExportState.RUNNING, or_(lease < at, lease > at + FARTHEST_LEASE))
    return or_(ExportFile.state == ExportState.WAITING, is_left)


def find_export(session: Session, coverage: Coverage, public_id: str) -> ExportFile | None:
    """Return an export of a coverage."""
    return session.scalar(
        select(ExportFile).where(ExportFile.coverage_id == coverage.id, ExportFile.public_id == public_id)
    )


def list_exports(session: Session, coverage: Coverage) -> Sequence[ExportFile]:
    """Return the exports of a coverage, the newest first, some."""
    return session.scalars(
        select(ExportFile)
        .where(ExportFile.coverage_id == coverage.id)
        .options(joinedload(ExportFile.staff), defer(ExportFile.choice))
        .order_by(ExportFile.id.desc())
        .limit(_LISTED)
    ).all()
