"""Housekeeping of the portal: buckets, used proofs, jobs, whose database it is, what has to go."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.belonging import ID_LENGTH, DatabaseStanding
from portal.models.base import Base, Moment, value_enum


class RateBucket(Base):
    """A bucket of a rate limit. Its name is a lane or an account, never a visitor's address."""

    __tablename__ = "rate_bucket"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    level: Mapped[float] = mapped_column(default=0.0)
    updated_at: Mapped[datetime] = mapped_column(Moment)


class UsedProof(Base):
    """A proof of work that was presented: each counts once."""

    __tablename__ = "used_proof"

    proof_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)


class JobRun(Base):
    """The last run of a job: a clock that has jumped shows in the distance."""

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    ran_at: Mapped[datetime] = mapped_column(Moment)


class Installation(Base):
    """The installation of this database. One row: it names the instance folder it belongs to."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    instance_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    standing: Mapped[DatabaseStanding] = mapped_column(
        value_enum(DatabaseStanding), default=DatabaseStanding.HERE
    )
    since: Mapped[datetime] = mapped_column(Moment)


class RemovedFile(Base):
    """A file whose row is gone and that has to go with it: a photo, a document, an original or a letter.

    Triggers of the database add it, whatever deletes the row (portal.operations.file_removal).
    """

    __tablename__ = "removed_file"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)


class SweepRequest(Base):
    """A request to sweep after something was erased: its remnants have to leave the files of the database.

    Erasing adds a row of its own each time, so that no two wait for each other; it goes when that is done.
    """

    __tablename__ = "sweep_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(Moment)
