"""Audit: the history of tickets becomes part of one hash-chained log a tenant."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)
_AUDIT = sa.table(
    "audit_log",
    sa.column("tenant_id"),
    sa.column("sequence"),
    sa.column("at", _TIME),
    sa.column("actor"),
    sa.column("action"),
    sa.column("object_type"),
    sa.column("object_id"),
    sa.column("before", _JSON),
    sa.column("after", _JSON),
    sa.column("reason", _JSON),
    sa.column("previous_hash"),
    sa.column("hash"),
)
_HEADS = sa.table("audit_heads", sa.column("tenant_id"), sa.column("sequence"), sa.column("hash"))
_HISTORY = sa.table(
    "ticket_history",
    sa.column("id"),
    sa.column("tenant_id"),
    sa.column("ticket_id"),
    sa.column("at", _TIME),
    sa.column("actor"),
    sa.column("action"),
    sa.column("before", _JSON),
    sa.column("after", _JSON),
    sa.column("reason", _JSON),
)


def upgrade() -> None:
    """Create the log, carry the history over, drop its table."""
    op.create_table(
        "audit_log",
        sa.Column("tenant_id", sa.String(64), primary_key=True),
        sa.Column("sequence", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("object_type", sa.String(32), nullable=False),
        sa.Column("object_id", sa.String(64), nullable=False),
        sa.Column("before", _JSON, nullable=False),
        sa.Column("after", _JSON, nullable=False),
        sa.Column("reason", _JSON, nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("ix_audit_log_object_id_sequence", "audit_log", ["object_id", "sequence"])
    op.create_index("ix_audit_log_tenant_id_at", "audit_log", ["tenant_id", "at"])
    op.create_table(
        "audit_heads",
        sa.Column("tenant_id", sa.String(64), primary_key=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    rows = op.get_bind().execute(sa.select(_HISTORY).order_by(_HISTORY.c.id)).mappings()
    heads: dict[str, tuple[int, str]] = {}
    _fill_audit(rows, heads)
    for tenant_id, (sequence, last) in heads.items():
        op.execute(_HEADS.insert().values(tenant_id=tenant_id, sequence=sequence, hash=last))
    _drop_history()
    _forbid_changes("audit_log", "audit_log_append_only", "voc_refuse_audit_change")


def downgrade() -> None:
    """Give the tickets their history table back; what the log holds beside it is lost."""
    op.create_table(
        "ticket_history",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("ticket_id", sa.String(40), sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("before", _JSON, nullable=False),
        sa.Column("after", _JSON, nullable=False),
        sa.Column("reason", _JSON, nullable=False),
    )
    op.create_index("ix_ticket_history_ticket_id_id", "ticket_history", ["ticket_id", "id"])
    query = (
        sa.select(_AUDIT)
        .where(_AUDIT.c.object_type == "ticket")
        .order_by(_AUDIT.c.at, _AUDIT.c.tenant_id, _AUDIT.c.sequence)
    )
    for number, row in enumerate(op.get_bind().execute(query).mappings().all()):
        kept = {name: row[name] for name in ("tenant_id", "at", "actor", "before", "after", "reason")}
        values = {
            **kept,
            "id": f"his_{number:032x}",
            "ticket_id": row["object_id"],
            "action": row["action"][:32],
        }
        op.execute(_HISTORY.insert().values(**values))
    _forbid_changes("ticket_history", "ticket_history_append_only", "voc_refuse_change")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_log_append_only ON audit_log")
        op.execute("DROP TRIGGER audit_log_append_only_as_a_whole ON audit_log")
        op.execute("DROP FUNCTION voc_refuse_audit_change()")
    op.drop_table("audit_heads")
    op.drop_table("audit_log")


def _fill_audit(rows: Iterable[Any], heads: dict[str, tuple[int, str]]) -> None:
    """Write the entries of the tickets, tenant by tenant in one chain each."""
    for row in list(rows):
        sequence, previous = heads.get(row["tenant_id"], (0, "0" * 64))
        entry = {
            name: row[name] for name in ("tenant_id", "at", "actor", "action", "before", "after", "reason")
        }
        entry |= {"sequence": sequence + 1, "object_type": "ticket", "object_id": row["ticket_id"]}
        entry["previous_hash"] = previous
        told = {**entry, "at": _utc(row["at"]).isoformat(timespec="microseconds")}
        canonical = json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
        entry["hash"] = hashlib.sha256(canonical.encode()).hexdigest()
        op.execute(_AUDIT.insert().values(**entry))
        heads[row["tenant_id"]] = (sequence + 1, entry["hash"])


def _utc(at: datetime) -> datetime:
    """Give a time its zone: SQLite keeps none."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _drop_history() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER ticket_history_append_only ON ticket_history")
        op.execute("DROP TRIGGER IF EXISTS ticket_history_append_only_as_a_whole ON ticket_history")
        op.execute("DROP FUNCTION voc_refuse_change()")
    op.drop_table("ticket_history")


def _forbid_changes(table: str, trigger: str, function: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
        op.execute(
            f"CREATE TRIGGER {trigger}_as_a_whole BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )
        return
    prefix = trigger.removesuffix("_append_only")
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {prefix}_no_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
