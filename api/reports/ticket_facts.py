"""Reads what the figures of the tickets are counted from."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql import ColumnElement

from api.db.tables import TicketResolutionRow, TicketRow
from api.reports.tickets import OpenedFact, ResolvedFact


def opened_facts(
    session: Session, tenant_id: str, zone: ZoneInfo, start: date | None, end: date | None
) -> list[OpenedFact]:
    """Read the tickets that were opened from one day to another.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose.
    zone : ZoneInfo
        Of the days.
    start : date | None
        First day; None for no bound.
    end : date | None
        Last day; None for no bound.

    Returns
    -------
    list[OpenedFact]
        In no order.
    """
    rows = session.execute(
        select(
            TicketRow.opened_at,
            TicketRow.department,
            TicketRow.level,
            TicketRow.root_cause,
            TicketRow.first_answer_business_s,
            TicketRow.first_answer_breached_at,
            TicketRow.resolved_at,
            TicketRow.resolution_breached_at,
        ).where(TicketRow.tenant_id == tenant_id, *_between(TicketRow.opened_at, zone, start, end))
    )
    return [
        OpenedFact(
            row.opened_at.astimezone(zone).date(),
            row.department,
            row.level,
            row.root_cause,
            None if row.first_answer_business_s is None else row.first_answer_business_s / 3600,
            row.first_answer_breached_at is not None,
            row.resolved_at is None and row.resolution_breached_at is not None,
        )
        for row in rows
    ]


def resolved_facts(
    session: Session, tenant_id: str, zone: ZoneInfo, start: date | None, end: date | None
) -> list[ResolvedFact]:
    """Read the resolutions from one day to another.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose.
    zone : ZoneInfo
        Of the days.
    start : date | None
        First day; None for no bound.
    end : date | None
        Last day; None for no bound.

    Returns
    -------
    list[ResolvedFact]
        In no order.
    """
    table = TicketResolutionRow
    rows = session.execute(
        select(
            table.resolved_at,
            table.department,
            table.level,
            table.root_cause,
            table.business_s,
            table.is_late,
            table.reopened_at,
            table.satisfaction,
        ).where(table.tenant_id == tenant_id, *_between(table.resolved_at, zone, start, end))
    )
    return [
        ResolvedFact(
            row.resolved_at.astimezone(zone).date(),
            row.department,
            row.level,
            row.root_cause,
            row.business_s / 3600,
            row.is_late,
            row.reopened_at is not None,
            row.satisfaction,
        )
        for row in rows
    ]


def _between(
    column: InstrumentedAttribute[datetime], zone: ZoneInfo, start: date | None, end: date | None
) -> list[ColumnElement[bool]]:
    """Bound a time by local days, both included."""
    bounds: list[ColumnElement[bool]] = []
    if start is not None:
        bounds.append(column >= _midnight(start, zone))
    if end is not None:
        bounds.append(column < _midnight(end + timedelta(days=1), zone))
    return bounds


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
