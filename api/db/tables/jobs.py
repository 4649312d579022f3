"""Tables of the jobs: what was asked for, its parts, what each part reads and what came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Base, Json, UtcDateTime

_KEYED = text("request_key IS NOT NULL")

RESCORING = "rescore"
"""`JobRow.kind` of jobs that score stored comments again."""


class JobRow(Base):
    """One job; `total`, `succeeded` and `failed` count its documents.

    `request_key` is the `Idempotency-Key` it was asked for with, `request_digest` the sha256 of
    what was asked, `asked` holds the options of a kind that has some. `touched_at` is when a part
    of it was received or taken last: jobs take turns by it.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint(
            "state IN ('receiving', 'queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled')",
            name="state",
        ),
        Index("ix_jobs_tenant_id_id", "tenant_id", "id"),
        Index("ix_jobs_state_ended_at", "state", "ended_at"),
        Index(
            "uq_jobs_request_key",
            "tenant_id",
            "request_key",
            unique=True,
            sqlite_where=_KEYED,
            postgresql_where=_KEYED,
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(100))
    language: Mapped[str] = mapped_column(String(8))
    request_key: Mapped[str | None] = mapped_column(String(255))
    request_digest: Mapped[str | None] = mapped_column(String(64))
    asked: Mapped[dict[str, Any] | None] = mapped_column(Json)
    total: Mapped[int]
    succeeded: Mapped[int]
    failed: Mapped[int]
    parts: Mapped[int]
    parts_left: Mapped[int]
    model_version: Mapped[str | None] = mapped_column(String(200))
    error: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    touched_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class JobPartRow(Base):
    """A part of a job, worked off by one worker at a time.

    A part may be taken when it is queued or running and `free_at` has come: for a running
    one that is the end of its lease, so that the part of a killed worker is taken again.
    """

    __tablename__ = "job_parts"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'cancelled')", name="state"),
        Index("ix_job_parts_state_free_at", "state", "free_at"),
    )

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(16))
    first_index: Mapped[int]
    first_line: Mapped[int]
    documents: Mapped[int]
    overlong: Mapped[list[int]] = mapped_column(Json)
    attempts: Mapped[int]
    free_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease: Mapped[str | None] = mapped_column(String(40))


class JobInputRow(Base):
    """What a part reads: lines as they were sent, compressed; deleted with the commit of its results."""

    __tablename__ = "job_inputs"
    __table_args__ = (ForeignKeyConstraint(["job_id", "number"], ["job_parts.job_id", "job_parts.number"]),)

    job_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class JobOutputRow(Base):
    """What came of a part: one JSON line a document, compressed; without a customer's text.

    `report` is the part's share of the job's report, compressed JSON, for kinds that have one.
    """

    __tablename__ = "job_outputs"
    __table_args__ = (ForeignKeyConstraint(["job_id", "number"], ["job_parts.job_id", "job_parts.number"]),)

    job_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    report: Mapped[bytes | None] = mapped_column(LargeBinary)
