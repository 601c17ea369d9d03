"""What the portal remembers about its own work: levels of buckets, proofs used up, the last run of a job."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Moment


class RateBucket(Base):
    """How full a bucket is. Its name is a lane or an account, never a visitor's address."""

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
    """When a job ran last: a clock that has jumped shows in the distance."""

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    ran_at: Mapped[datetime] = mapped_column(Moment)
