"""Queues deliveries again, and lists them with their attempts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import chain
from api.audit.chain import Entry
from api.db.tables import EventRow, WebhookAttemptRow, WebhookDeliveryRow
from api.errors import Bilingual, Fault, InvalidRequestError
from api.keys.service import Caller
from api.paging import Page, newest_first
from api.webhooks.endpoints import find
from api.webhooks.events import WEBHOOK, DeliveryState, EventType, delivery_of, wants
from api.webhooks.schemas import ReplayIn

BATCH = 5000
"""Most events of one replay."""
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay queued, and where the next one has to begin when not all fitted in."""

    queued: int
    next_since: datetime | None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which deliveries a list shall hold; None takes all."""

    state: DeliveryState | None = None
    event_type: str | None = None
    event_id: str | None = None


def replay(session: Session, caller: Caller, endpoint_id: str, body: ReplayIn, now: datetime) -> Replayed:
    """Queue events again for an endpoint, those too that it was never told of; ids and order stay.

    Parameters
    ----------
    session : Session
        A writing session, not used yet.
    caller : Caller
        Who.
    endpoint_id : str
        What the caller sent as its id.
    body : ReplayIn
        Which events.
    now : datetime
        The present.

    Returns
    -------
    Replayed
        What was queued; what waits already is left as it is.

    Raises
    ------
    InvalidRequestError
        If the endpoint is disabled, or an event is not there.
    """
    chain.hold(session, caller.tenant_id)
    endpoint = find(session, caller.tenant_id, endpoint_id)
    if endpoint.state != "enabled":
        detail = Bilingual(
            "the webhook is disabled; enable it first", "Webhook が無効です。先に有効にしてください"
        )
        raise InvalidRequestError([Fault("", detail)])
    events = _events(session, caller.tenant_id, endpoint_id, body)
    more = events[BATCH].occurred_at if len(events) > BATCH and body.since is not None else None
    chosen = [
        event
        for event in events[:BATCH]
        if body.since is None or wants(endpoint.kind, endpoint.types, event.type)
    ]
    queued = 0
    for start in range(0, len(chosen), _CHUNK):
        queued += _queue(session, endpoint_id, chosen[start : start + _CHUNK], now)
    after = {"queued": queued}
    entry = Entry(f"key:{caller.key_id}", "replayed", WEBHOOK, endpoint_id, {}, after, {})
    chain.append(session, caller.tenant_id, entry, now)
    return Replayed(queued, more)


def list_deliveries(
    session: Session, tenant_id: str, endpoint_id: str, page: Page, filters: Filters
) -> tuple[Sequence[WebhookDeliveryRow], str | None]:
    """List a page of the deliveries of an endpoint, newest first.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    endpoint_id : str
        What the caller sent as its id.
    page : Page
        Which part.
    filters : Filters
        Which deliveries.

    Returns
    -------
    tuple[Sequence[WebhookDeliveryRow], str | None]
        The deliveries, and the cursor of the next page or None.
    """
    endpoint = find(session, tenant_id, endpoint_id)
    query = select(WebhookDeliveryRow).where(WebhookDeliveryRow.endpoint_id == endpoint.id)
    if filters.state is not None:
        query = query.where(WebhookDeliveryRow.state == filters.state.value)
    if filters.event_type is not None:
        query = query.where(WebhookDeliveryRow.event_type == filters.event_type)
    if filters.event_id is not None:
        query = query.where(WebhookDeliveryRow.event_id == filters.event_id)
    return newest_first(session, query, WebhookDeliveryRow.id, page)


def attempts_of(session: Session, delivery_ids: Sequence[str]) -> dict[str, list[WebhookAttemptRow]]:
    """Find the log of deliveries.

    Parameters
    ----------
    session : Session
        Any session.
    delivery_ids : Sequence[str]
        Ids of deliveries.

    Returns
    -------
    dict[str, list[WebhookAttemptRow]]
        Attempts by delivery, oldest first; empty for none.
    """
    log: dict[str, list[WebhookAttemptRow]] = {delivery_id: [] for delivery_id in delivery_ids}
    rows = session.scalars(
        select(WebhookAttemptRow)
        .where(WebhookAttemptRow.delivery_id.in_(delivery_ids))
        .order_by(WebhookAttemptRow.id)
    )
    for row in rows:
        log[row.delivery_id].append(row)
    return log


def _events(session: Session, tenant_id: str, endpoint_id: str, body: ReplayIn) -> list[EventRow]:
    """Select what shall be sent again: one more than fits, to know whether that is all."""
    query = select(EventRow).where(EventRow.tenant_id == tenant_id)
    if body.since is not None:
        query = query.where(
            EventRow.occurred_at >= body.since, EventRow.type != EventType.WEBHOOK_TEST.value
        ).order_by(EventRow.occurred_at, EventRow.id)
        return list(session.scalars(query.limit(BATCH + 1)))
    if body.event_ids is not None:
        wanted = set(body.event_ids)
        found = list(session.scalars(query.where(EventRow.id.in_(wanted)).order_by(EventRow.id)))
        if len(found) < len(wanted):
            known = {event.id for event in found}
            detail = Bilingual("there is no such event", "該当するイベントがありません")
            raise InvalidRequestError(
                [
                    Fault(f"/event_ids/{index}", detail)
                    for index, event_id in enumerate(body.event_ids)
                    if event_id not in known
                ][:20]
            )
        return found
    dead = (
        query.join(WebhookDeliveryRow, WebhookDeliveryRow.event_id == EventRow.id)
        .where(
            WebhookDeliveryRow.endpoint_id == endpoint_id,
            WebhookDeliveryRow.state == DeliveryState.DEAD.value,
        )
        .order_by(EventRow.id)
        .limit(BATCH)
    )
    return list(session.scalars(dead))


def _queue(session: Session, endpoint_id: str, events: Sequence[EventRow], now: datetime) -> int:
    """Make deliveries pending, those that are there and those that are not."""
    rows = session.scalars(
        select(WebhookDeliveryRow)
        .where(
            WebhookDeliveryRow.endpoint_id == endpoint_id,
            WebhookDeliveryRow.event_id.in_([event.id for event in events]),
        )
        .order_by(WebhookDeliveryRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    known = {row.event_id: row for row in rows}
    queued = 0
    for event in events:
        row = known.get(event.id)
        if row is None:
            session.add(delivery_of(event, endpoint_id, now))
        elif row.state == DeliveryState.PENDING.value:
            continue
        else:
            row.state, row.attempts, row.next_attempt_at = DeliveryState.PENDING.value, 0, now
            row.ended_at = row.lease_token = row.leased_until = None
        queued += 1
    session.flush()
    return queued
