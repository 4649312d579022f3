"""One delivery on its way: all that sending it needs, and its wording, signed afresh each time."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from api.sinks.protocol import Call, Connection, TicketNews
from api.sinks.registry import sink_of, word
from api.webhooks.events import TICKET, WEBHOOK, Subject
from api.webhooks.signing import signed_headers


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery that was taken, with all that sending it needs; no session is open while it is sent."""

    delivery_id: str
    lease_token: str
    tenant_id: str
    endpoint_id: str
    kind: str
    event_id: str
    event_type: str
    subject: Subject
    sequence: int
    occurred_at: datetime
    payload: Mapping[str, Any]
    language: str
    reference: str | None
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


def call_of(parcel: Parcel, now: datetime) -> Call | None:
    """Word a delivery for sending, signed afresh.

    Parameters
    ----------
    parcel : Parcel
        What was taken.
    now : datetime
        Time of this attempt.

    Returns
    -------
    Call | None
        None when the sink has nothing to tell of this event.
    """
    if parcel.kind != WEBHOOK:
        connection = Connection(parcel.url, parcel.language, parcel.secrets[0])
        return word(sink_of(parcel.kind), connection, _news(parcel))
    body = message_of(parcel)
    headers = signed_headers(parcel.event_id, body, parcel.secrets, now)
    return Call("POST", parcel.url, {"Content-Type": "application/json", **headers}, body.encode())


def message_of(parcel: Parcel) -> str:
    """Write the message of an event: the same to the last byte with every attempt.

    Parameters
    ----------
    parcel : Parcel
        What was taken.

    Returns
    -------
    str
        ``{"type", "timestamp", "data"}``, as Standard Webhooks writes it.
    """
    subject = {"type": parcel.subject.type, "id": parcel.subject.id, "sequence": parcel.sequence}
    message = {
        "type": parcel.event_type,
        "timestamp": parcel.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "data": {"subject": subject, **parcel.payload},
    }
    return json.dumps(message, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _news(parcel: Parcel) -> TicketNews:
    """Hand an event of a ticket to a sink."""
    facts = dict(parcel.payload.get(TICKET, {}))
    return TicketNews(
        event_id=parcel.event_id,
        event_type=parcel.event_type,
        occurred_at=parcel.occurred_at,
        sequence=parcel.sequence,
        ticket_id=parcel.subject.id,
        facts=facts,
        reason=parcel.payload.get("reason", {}),
        reference=parcel.reference,
    )
