"""Deliveries in the tables: taken with a lease, and their outcome written down.

Nothing here sends. Lock order: the tenant's chain, the endpoint, the delivery.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session, aliased

from api.audit import chain
from api.audit.chain import Entry
from api.db.ids import new_id
from api.db.tables import (
    EventRow,
    SinkReferenceRow,
    WebhookAttemptRow,
    WebhookDeliveryRow,
    WebhookEndpointRow,
)
from api.sinks.registry import sink_of
from api.webhooks.events import WEBHOOK, DeliveryState, EventType, Subject, tell
from api.webhooks.parcels import Parcel
from api.webhooks.schedule import next_delay, read_retry_after
from api.webhooks.secrets import SealedSecretError, SecretBox
from api.webhooks.sending import Answer, Outcome

WORKER = "worker"
"""Actor of what the delivery does by itself."""
_MAX_REFERENCE = 200
_FAILING_SLOTS = 1
"""Attempts at once to an endpoint that fails: it must not keep the others' places."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is sent at once and how long a lease holds; a lease outlives the longest attempt."""

    overall: int = 100
    per_endpoint: int = 4
    lease: timedelta = timedelta(seconds=35)
    disable_after: timedelta = timedelta(days=5)


def take(
    session: Session, box: SecretBox, now: datetime, limits: Limits, running: Mapping[str, int]
) -> list[Parcel]:
    """Take deliveries that are due, at most as many as there are free places.

    Of one subject on one endpoint only the earliest unfinished delivery is taken. Several
    workers may take at once: none takes what another holds.

    Parameters
    ----------
    session : Session
        A writing session; the leases are committed with it.
    box : SecretBox
        Opens addresses and secrets.
    now : datetime
        The present.
    limits : Limits
        The places.
    running : Mapping[str, int]
        How many deliveries of each endpoint this worker is sending.

    Returns
    -------
    list[Parcel]
        What is to be sent; a secret that cannot be opened leaves `secrets` empty.
    """
    free = limits.overall - sum(running.values())
    parcels: list[Parcel] = []
    for endpoint_id in due_endpoints(session, now, limits, running):
        if free <= 0:
            break
        endpoint = session.get(WebhookEndpointRow, endpoint_id)
        if endpoint is None:
            continue
        places = min(free, _places(endpoint, limits) - running.get(endpoint_id, 0))
        for row, event in _lease(session, endpoint_id, now, limits, places):
            parcels.append(_parcel(session, box, endpoint, row, event, now))
            free -= 1
    return parcels


def due_endpoints(session: Session, now: datetime, limits: Limits, running: Mapping[str, int]) -> list[str]:
    """Find the endpoints that wait for something and have a free place; who waits longest comes first.

    Parameters
    ----------
    session : Session
        Any session; nothing is locked.
    now : datetime
        The present.
    limits : Limits
        The places.
    running : Mapping[str, int]
        How many deliveries of each endpoint this worker is sending.

    Returns
    -------
    list[str]
        Ids, at most `limits.overall`.
    """
    if sum(running.values()) >= limits.overall:
        return []
    full = [
        endpoint.id
        for endpoint in session.scalars(
            select(WebhookEndpointRow).where(WebhookEndpointRow.id.in_(list(running)))
        )
        if running[endpoint.id] >= _places(endpoint, limits)
    ]
    query = (
        select(WebhookDeliveryRow.endpoint_id)
        .join(WebhookEndpointRow, WebhookEndpointRow.id == WebhookDeliveryRow.endpoint_id)
        .where(
            _is_due(now, limits),
            _is_first(),
            WebhookEndpointRow.state == "enabled",
            WebhookEndpointRow.deleted_at.is_(None),
            or_(WebhookEndpointRow.paused_until.is_(None), WebhookEndpointRow.paused_until <= now),
            WebhookDeliveryRow.endpoint_id.not_in(full),
        )
        .group_by(WebhookDeliveryRow.endpoint_id)
        .order_by(func.min(WebhookDeliveryRow.next_attempt_at), WebhookDeliveryRow.endpoint_id)
        .limit(limits.overall)
    )
    return list(session.scalars(query))


def record(
    session: Session, parcel: Parcel, answer: Answer, *, limits: Limits, random: Random, now: datetime
) -> str | None:
    """Write down what came of an attempt.

    Parameters
    ----------
    session : Session
        A writing session.
    parcel : Parcel
        What was sent.
    answer : Answer
        What came of it.
    limits : Limits
        Says how long an endpoint may fail.
    random : Random
        Source of the jitter.
    now : datetime
        The present.

    Returns
    -------
    str | None
        Why the endpoint has to be disabled (`disable`, in a transaction of its own), if it has to be.
    """
    delivered = answer.outcome is Outcome.DELIVERED
    retry_after = read_retry_after(answer.retry_after, now) if answer.status in (429, 503) else None
    failing_since = _note_health(session, parcel.endpoint_id, delivered, retry_after, now)
    row = session.scalars(
        select(WebhookDeliveryRow).where(WebhookDeliveryRow.id == parcel.delivery_id).with_for_update()
    ).one_or_none()
    if row is None:  # erased meanwhile, with its event
        return None
    session.add(
        WebhookAttemptRow(
            id=new_id("att"),
            tenant_id=parcel.tenant_id,
            delivery_id=row.id,
            at=now,
            outcome=answer.outcome.value,
            status=answer.status,
            ms=answer.ms,
            answer_bytes=len(answer.content),
        )
    )
    if row.lease_token == parcel.lease_token:
        row.lease_token = row.leased_until = None
        row.attempts += 1
        row.last_status, row.last_error = answer.status, None if delivered else answer.outcome.value
        _decide(row, answer.outcome, next_delay(row.attempts, retry_after, random), now)
        if delivered and parcel.kind != WEBHOOK:
            _keep_reference(session, parcel, answer.content)
    if answer.outcome is Outcome.GONE:
        return "gone"
    if failing_since is not None and now - failing_since >= limits.disable_after:
        return "failing"
    return None


def cancel(session: Session, parcel: Parcel, now: datetime) -> None:
    """Write down that there was nothing to send.

    Parameters
    ----------
    session : Session
        A writing session.
    parcel : Parcel
        What was taken.
    now : datetime
        The present.
    """
    session.execute(
        update(WebhookDeliveryRow)
        .where(
            WebhookDeliveryRow.id == parcel.delivery_id, WebhookDeliveryRow.lease_token == parcel.lease_token
        )
        .values(state=DeliveryState.CANCELLED.value, ended_at=now, lease_token=None, leased_until=None)
    )


def disable(session: Session, tenant_id: str, endpoint_id: str, reason: str, now: datetime) -> bool:
    """Disable an endpoint, with an entry in the audit and an event for the tenant's other endpoints.

    Parameters
    ----------
    session : Session
        A writing session.
    tenant_id : str
        Whose.
    endpoint_id : str
        Which.
    reason : str
        ``gone`` or ``failing``.
    now : datetime
        The present.

    Returns
    -------
    bool
        False when it was not enabled any more.
    """
    chain.hold(session, tenant_id)
    endpoint = session.scalars(
        select(WebhookEndpointRow).where(WebhookEndpointRow.id == endpoint_id).with_for_update()
    ).one()
    if endpoint.state != "enabled" or endpoint.deleted_at is not None:
        return False
    endpoint.state, endpoint.state_reason, endpoint.updated_at = "disabled", reason, now
    endpoint.version += 1
    bury(session, endpoint_id, DeliveryState.DEAD, now)
    entry = Entry(
        WORKER,
        "disabled",
        WEBHOOK,
        endpoint_id,
        before={"state": "enabled"},
        after={"state": "disabled"},
        reason={"code": reason},
    )
    chain.append(session, tenant_id, entry, now)
    payload = {"webhook": {"id": endpoint_id, "state": "disabled", "reason": reason}}
    subject = Subject(WEBHOOK, endpoint_id)
    tell(session, EventType.WEBHOOK_DISABLED, subject, tenant_id=tenant_id, payload=payload, now=now)
    return True


def bury(session: Session, endpoint_id: str, state: DeliveryState, now: datetime) -> None:
    """End all that waits for an endpoint.

    Parameters
    ----------
    session : Session
        A writing session that holds the endpoint.
    endpoint_id : str
        Which.
    state : DeliveryState
        ``dead`` can be replayed, ``cancelled`` ends with the endpoint.
    now : datetime
        The present.
    """
    session.execute(
        update(WebhookDeliveryRow)
        .where(
            WebhookDeliveryRow.endpoint_id == endpoint_id,
            WebhookDeliveryRow.state == DeliveryState.PENDING.value,
        )
        .values(state=state.value, ended_at=now)
    )


def sweep(session: Session, now: datetime) -> int:
    """End deliveries that a change wrote while their endpoint was being disabled or deleted.

    Parameters
    ----------
    session : Session
        A writing session.
    now : datetime
        The present.

    Returns
    -------
    int
        How many.
    """
    swept = 0
    for endpoint_id, deleted in stranded(session):
        state = DeliveryState.CANCELLED if deleted else DeliveryState.DEAD
        bury(session, endpoint_id, state, now)
        swept += 1
    return swept


def stranded(session: Session) -> list[tuple[str, bool]]:
    """Find endpoints that are told nothing any more and for which something waits.

    Parameters
    ----------
    session : Session
        Any session.

    Returns
    -------
    list[tuple[str, bool]]
        Id, and whether the endpoint was deleted.
    """
    waiting = exists().where(
        WebhookDeliveryRow.state == DeliveryState.PENDING.value,
        WebhookDeliveryRow.endpoint_id == WebhookEndpointRow.id,
    )
    rows = session.execute(
        select(WebhookEndpointRow.id, WebhookEndpointRow.deleted_at).where(
            or_(WebhookEndpointRow.state != "enabled", WebhookEndpointRow.deleted_at.is_not(None)), waiting
        )
    )
    return [(row.id, row.deleted_at is not None) for row in rows]


def _places(endpoint: WebhookEndpointRow, limits: Limits) -> int:
    """Return how many attempts an endpoint may have at once."""
    return limits.per_endpoint if endpoint.failing_since is None else _FAILING_SLOTS


def _is_due(now: datetime, limits: Limits) -> ColumnElement[bool]:
    """Select what may be sent now; a lease far ahead was taken before the clock was set back."""
    lease_end = WebhookDeliveryRow.leased_until
    return and_(
        WebhookDeliveryRow.state == DeliveryState.PENDING.value,
        WebhookDeliveryRow.next_attempt_at <= now,
        or_(lease_end.is_(None), lease_end <= now, lease_end > now + 2 * limits.lease),
    )


def _is_first() -> ColumnElement[bool]:
    """Select what no earlier event of the same subject waits before."""
    earlier = aliased(WebhookDeliveryRow)
    return ~exists().where(
        earlier.endpoint_id == WebhookDeliveryRow.endpoint_id,
        earlier.subject_id == WebhookDeliveryRow.subject_id,
        earlier.subject_type == WebhookDeliveryRow.subject_type,
        earlier.sequence < WebhookDeliveryRow.sequence,
        earlier.state == DeliveryState.PENDING.value,
    )


def _lease(
    session: Session, endpoint_id: str, now: datetime, limits: Limits, places: int
) -> list[tuple[WebhookDeliveryRow, EventRow]]:
    """Lease what is due for an endpoint: PostgreSQL skips what others hold, SQLite compares and sets."""
    rows = session.scalars(
        select(WebhookDeliveryRow)
        .where(WebhookDeliveryRow.endpoint_id == endpoint_id, _is_due(now, limits), _is_first())
        .order_by(WebhookDeliveryRow.next_attempt_at, WebhookDeliveryRow.id)
        .limit(max(places, 0))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    taken: list[tuple[WebhookDeliveryRow, EventRow]] = []
    for row in rows:
        token = new_id("lse")
        result = session.execute(
            update(WebhookDeliveryRow)
            .where(WebhookDeliveryRow.id == row.id, _is_due(now, limits))
            .values(lease_token=token, leased_until=now + limits.lease)
            .execution_options(synchronize_session=False)
        )
        event = session.get(EventRow, row.event_id)
        if isinstance(result, CursorResult) and result.rowcount == 1 and event is not None:
            session.refresh(row)
            taken.append((row, event))
    return taken


def _parcel(
    session: Session,
    box: SecretBox,
    endpoint: WebhookEndpointRow,
    row: WebhookDeliveryRow,
    event: EventRow,
    now: datetime,
) -> Parcel:
    """Gather all that sending needs."""
    sealed = [endpoint.secret]
    until = endpoint.previous_until
    if endpoint.previous_secret is not None and until is not None and until > now:
        sealed.append(endpoint.previous_secret)
    try:
        url = box.open(endpoint.target).decode()
        secrets = tuple(box.open(one).decode() for one in sealed)
    except SealedSecretError:
        url, secrets = "", ()
    reference = None
    if endpoint.kind != WEBHOOK:
        found = session.get(SinkReferenceRow, (endpoint.id, row.subject_id))
        reference = found.reference if found is not None else None
    return Parcel(
        delivery_id=row.id,
        lease_token=str(row.lease_token),
        tenant_id=row.tenant_id,
        endpoint_id=endpoint.id,
        kind=endpoint.kind,
        event_id=event.id,
        event_type=event.type,
        subject=Subject(event.subject_type, event.subject_id),
        sequence=event.sequence,
        occurred_at=event.occurred_at,
        payload=event.payload,
        language=endpoint.language,
        reference=reference,
        url=url,
        secrets=secrets,
    )


def _note_health(
    session: Session, endpoint_id: str, delivered: bool, retry_after: timedelta | None, now: datetime
) -> datetime | None:
    """Keep since when an endpoint fails, and until when it wants to be left alone."""
    endpoint = WebhookEndpointRow
    if delivered:
        session.execute(
            update(endpoint)
            .where(endpoint.id == endpoint_id, endpoint.failing_since.is_not(None))
            .values(failing_since=None, paused_until=None)
        )
        return None
    values: dict[str, Any] = {"failing_since": func.coalesce(endpoint.failing_since, now)}
    if retry_after is not None:
        values["paused_until"] = now + retry_after
    session.execute(
        update(endpoint)
        .where(endpoint.id == endpoint_id)
        .values(values)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(select(endpoint.failing_since).where(endpoint.id == endpoint_id))


def _decide(row: WebhookDeliveryRow, outcome: Outcome, delay: timedelta | None, now: datetime) -> None:
    """Move a delivery on after an attempt."""
    if outcome is Outcome.DELIVERED:
        row.state, row.ended_at = DeliveryState.DELIVERED.value, now
    elif row.state != DeliveryState.PENDING.value:
        return
    elif outcome is Outcome.GONE or delay is None:
        row.state, row.ended_at = DeliveryState.DEAD.value, now
    else:
        row.next_attempt_at = now + delay


def _keep_reference(session: Session, parcel: Parcel, content: bytes) -> None:
    """Keep what the other system calls the ticket, when its answer told."""
    if parcel.event_type != EventType.TICKET_OPENED:
        return
    reference = sink_of(parcel.kind).read_reference(content)
    if not reference or len(reference) > _MAX_REFERENCE:
        return
    key = (parcel.endpoint_id, parcel.subject.id)
    session.execute(
        delete(SinkReferenceRow).where(
            SinkReferenceRow.endpoint_id == key[0], SinkReferenceRow.subject_id == key[1]
        )
    )
    session.add(SinkReferenceRow(endpoint_id=key[0], subject_id=key[1], reference=reference))
