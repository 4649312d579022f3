"""A place to try deliveries: endpoints, events and a lane on a database, without the HTTP side."""

import ssl
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

from sqlalchemy import select

from api.audit import chain
from api.db.engine import Database
from api.db.tables import WebhookAttemptRow, WebhookDeliveryRow, WebhookEndpointRow
from api.keys.service import Caller, Scope
from api.vault.master import Vault
from api.webhooks import endpoints
from api.webhooks.addresses import AddressRules, Resolver
from api.webhooks.delivery import Limits
from api.webhooks.endpoints import Desk
from api.webhooks.events import EventType, Subject, tell
from api.webhooks.schemas import WebhookIn
from api.webhooks.secrets import VaultBox
from api.webhooks.sending import Sender
from api.worker.delivery import DeliveryLane

LOOPBACK = AddressRules(allow_http=True, allowed_networks=(ip_network("127.0.0.0/8"),))
_TLS = ssl.create_default_context()  # loaded once: the authorities take their time
ADMIN = Caller("tests", "default", frozenset(Scope))


class RealClock:
    """A clock that begins at the real present, because receivers compare, and is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        """Return the present."""
        return self.now

    def forward(self, **amount: float) -> None:
        """Move on, by the arguments of timedelta."""
        self.now += timedelta(**amount)


def by_name(**names: Sequence[str]) -> Resolver:
    """Return a resolver that knows a few names (underscores stand for dots) and no others."""
    known = {name.replace("_", "."): list(addresses) for name, addresses in names.items()}

    def resolve(host: str, _port: int) -> Sequence[str]:
        if host not in known:
            raise OSError("unknown")
        return known[host]

    return resolve


class Bench:
    """Endpoints, events and lanes on one database."""

    def __init__(self, database: Database, *, key: bytes | None = b"k" * 32) -> None:
        self.database = database
        self.clock = RealClock()
        self.box = VaultBox(Vault([key]) if key else None)
        self.resolver: Resolver = by_name()
        self.desk = Desk(self.box, LOOPBACK, lambda host, port: self.resolver(host, port))
        self.events = 0

    def endpoint(self, url: str, caller: Caller = ADMIN, **fields: Any) -> tuple[str, str]:
        """Add an endpoint; return its id and secret."""
        body = WebhookIn.model_validate({"url": url, **fields})
        with self.database.writing() as session:
            row, secret = endpoints.add(session, self.desk, caller, body, self.clock())
        return row.id, secret

    def happen(
        self,
        ticket: str = "a",
        kind: EventType = EventType.TICKET_OPENED,
        tenant: str = "default",
        **facts: Any,
    ) -> str:
        """Let something happen to a ticket; return the id of the event."""
        payload = {"ticket": {"id": ticket, "department": "logistics", **facts}, "reason": {"rule": "r"}}
        with self.database.writing() as session:
            chain.hold(session, tenant)
            event = tell(
                session, kind, Subject("ticket", ticket), tenant_id=tenant, payload=payload, now=self.clock()
            )
        return event.id

    def lane(
        self,
        *,
        timeout_s: float = 0.4,
        tls: ssl.SSLContext | None = None,
        stop: threading.Event | None = None,
        rules: AddressRules = LOOPBACK,
        **limits: Any,
    ) -> DeliveryLane:
        """Make a lane that sends to loopback."""
        sender = Sender(rules, lambda host, port: self.resolver(host, port), timeout_s, tls or _TLS)
        return DeliveryLane(self.database, self.box, sender, self.clock, Limits(**limits), stop)

    def deliveries(self) -> list[WebhookDeliveryRow]:
        """Return all deliveries, oldest first."""
        with self.database.reading() as session:
            return list(session.scalars(select(WebhookDeliveryRow).order_by(WebhookDeliveryRow.id)))

    def attempts(self) -> list[WebhookAttemptRow]:
        """Return all attempts, oldest first."""
        with self.database.reading() as session:
            return list(session.scalars(select(WebhookAttemptRow).order_by(WebhookAttemptRow.id)))

    def state(self, endpoint_id: str) -> WebhookEndpointRow:
        """Return an endpoint as it is."""
        with self.database.reading() as session:
            return session.scalars(
                select(WebhookEndpointRow).where(WebhookEndpointRow.id == endpoint_id)
            ).one()
