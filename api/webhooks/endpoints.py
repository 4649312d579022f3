"""Adds, changes and removes the endpoints of a tenant; every change is an entry of the audit."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.audit import chain
from api.audit.chain import Entry
from api.db.ids import is_id, new_id
from api.db.tables import WebhookDeliveryRow, WebhookEndpointRow
from api.errors import Bilingual, Fault, InvalidRequestError, NotFoundError, RequestError
from api.keys.service import Caller
from api.paging import Page, newest_first
from api.webhooks.addresses import (
    AddressRules,
    RefusedAddressError,
    Resolver,
    Target,
    check_resolved,
    read_url,
)
from api.webhooks.delivery import bury
from api.webhooks.events import WEBHOOK, DeliveryState, EventType, Subject, delivery_of, store_event
from api.webhooks.schemas import Kind, WebhookChange, WebhookIn
from api.webhooks.secrets import SecretBox, new_secret

MAX_ENDPOINTS = 100
"""Endpoints of a tenant; every event is fanned out to them in its own transaction."""


class WebhookChangedError(RequestError):
    """Somebody else changed the endpoint since it was read."""

    status = 412
    code = "webhook_changed"
    title = Bilingual("The webhook has changed", "Webhook が更新されています")

    def __init__(self) -> None:
        super().__init__(
            Bilingual(
                "If-Match names another version of this webhook; nothing was changed. Read it again, and "
                "repeat your change if it still makes sense.",
                "If-Match が現在の版と一致しません。変更は行われていません。"
                "再取得し、必要であればやり直してください。",
            )
        )


@dataclass(frozen=True, slots=True)
class Desk:
    """What the service needs to check and store an endpoint."""

    box: SecretBox
    rules: AddressRules
    resolver: Resolver


def find(session: Session, tenant_id: str, endpoint_id: str) -> WebhookEndpointRow:
    """Find an endpoint.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    endpoint_id : str
        What the caller sent as its id.

    Returns
    -------
    WebhookEndpointRow
        Enabled or disabled; `NotFoundError` when it is not there, was deleted, or is another tenant's.
    """
    return _find(session, tenant_id, endpoint_id, lock=False)


def list_page(
    session: Session, tenant_id: str, page: Page
) -> tuple[Sequence[WebhookEndpointRow], str | None]:
    """List a page of endpoints, newest first.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    page : Page
        Which part.

    Returns
    -------
    tuple[Sequence[WebhookEndpointRow], str | None]
        The endpoints, and the cursor of the next page or None.
    """
    query = select(WebhookEndpointRow).where(
        WebhookEndpointRow.tenant_id == tenant_id, WebhookEndpointRow.deleted_at.is_(None)
    )
    return newest_first(session, query, WebhookEndpointRow.id, page)


def checked_target(desk: Desk, url: str) -> Target:
    """Check the URL of an endpoint, and the addresses of its name; asks the name server.

    Parameters
    ----------
    desk : Desk
        What the operator allows.
    url : str
        What the caller sent.

    Returns
    -------
    Target
        In its canonical form.

    Raises
    ------
    InvalidRequestError
        If it must not be called.
    """
    try:
        target = read_url(url, desk.rules)
        check_resolved(target, desk.rules, desk.resolver)
    except RefusedAddressError as error:
        raise InvalidRequestError([Fault("/url", error.why)]) from None
    return target


def add(
    session: Session, desk: Desk, caller: Caller, body: WebhookIn, now: datetime
) -> tuple[WebhookEndpointRow, str]:
    """Add an endpoint.

    Parameters
    ----------
    session : Session
        A writing session, not used yet.
    desk : Desk
        Checks and seals.
    caller : Caller
        Who.
    body : WebhookIn
        The endpoint.
    now : datetime
        The present.

    Returns
    -------
    tuple[WebhookEndpointRow, str]
        The endpoint, and its secret.

    Raises
    ------
    InvalidRequestError
        If the URL must not be called, or the tenant has too many endpoints.
    """
    target = checked_target(desk, body.url)
    secret = new_secret()
    chain.hold(session, caller.tenant_id)
    count = session.scalar(
        select(func.count())
        .select_from(WebhookEndpointRow)
        .where(WebhookEndpointRow.tenant_id == caller.tenant_id, WebhookEndpointRow.deleted_at.is_(None))
    )
    if (count or 0) >= MAX_ENDPOINTS:
        detail = Bilingual(
            f"there are {MAX_ENDPOINTS} webhooks, the most there may be; delete one first",
            f"Webhook は {MAX_ENDPOINTS} 件までです。不要なものを削除してください",
        )
        raise InvalidRequestError([Fault("", detail)])
    row = WebhookEndpointRow(
        id=new_id("whk"),
        tenant_id=caller.tenant_id,
        kind=body.kind.value,
        url=_shown(body.kind.value, target),
        target=desk.box.seal(target.url.encode()),
        types=_types(body.types),
        description=body.description,
        language=body.language,
        state="enabled",
        created_at=now,
        updated_at=now,
        secret=desk.box.seal(secret.encode()),
        version=1,
    )
    session.add(row)
    session.flush()
    after = {"kind": row.kind, "types": row.types, "state": row.state, **_address(target)}
    _note(session, caller, row, "created", {}, after, now)
    return row, secret


def change(
    session: Session,
    desk: Desk,
    caller: Caller,
    endpoint_id: str,
    body: WebhookChange,
    if_match: str | None,
    now: datetime,
) -> WebhookEndpointRow:
    """Change an endpoint; enabling it forgets its failures, disabling it ends what waits for it.

    Parameters
    ----------
    session : Session
        A writing session, not used yet.
    desk : Desk
        Checks and seals.
    caller : Caller
        Who.
    endpoint_id : str
        What the caller sent as its id.
    body : WebhookChange
        What to change.
    if_match : str | None
        ETag of the endpoint that the caller saw.
    now : datetime
        The present.

    Returns
    -------
    WebhookEndpointRow
        As it is now.
    """
    target = checked_target(desk, body.url) if body.url is not None else None
    row = _locked(session, caller, endpoint_id, if_match)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}

    def tell_change(name: str, old: object, new: object) -> None:
        if old != new:
            before[name], after[name] = old, new

    if target is not None:
        row.url, row.target = _shown(row.kind, target), desk.box.seal(target.url.encode())
        after |= _address(target)
    if "types" in body.model_fields_set:
        tell_change("types", row.types, _types(body.types))
        row.types = _types(body.types)
    if body.description is not None:
        row.description = body.description
    if body.language is not None:
        tell_change("language", row.language, body.language)
        row.language = body.language
    if body.enabled is not None:
        tell_change("state", row.state, "enabled" if body.enabled else "disabled")
        _switch(session, row, body.enabled, now)
    row.version += 1
    row.updated_at = now
    session.flush()
    _note(session, caller, row, "changed", before, after, now)
    return row


def remove(session: Session, caller: Caller, endpoint_id: str, if_match: str | None, now: datetime) -> None:
    """Remove an endpoint; its secrets are wiped and what waits for it is cancelled.

    Parameters
    ----------
    session : Session
        A writing session, not used yet.
    caller : Caller
        Who.
    endpoint_id : str
        What the caller sent as its id.
    if_match : str | None
        ETag of the endpoint that the caller saw.
    now : datetime
        The present.
    """
    row = _locked(session, caller, endpoint_id, if_match)
    row.deleted_at = row.updated_at = now
    row.state, row.state_reason = "disabled", "by_request"
    row.secret = row.target = b""
    row.previous_secret, row.previous_until, row.url, row.description = None, None, "", ""
    bury(session, row.id, DeliveryState.CANCELLED, now)
    _note(session, caller, row, "deleted", {}, {}, now)


def rotate(
    session: Session, desk: Desk, caller: Caller, endpoint_id: str, overlap: timedelta, now: datetime
) -> tuple[WebhookEndpointRow, str]:
    """Give an endpoint a new secret; the old one signs beside it for a while.

    Parameters
    ----------
    session : Session
        A writing session, not used yet.
    desk : Desk
        Seals.
    caller : Caller
        Who.
    endpoint_id : str
        What the caller sent as its id.
    overlap : timedelta
        How long both sign.
    now : datetime
        The present.

    Returns
    -------
    tuple[WebhookEndpointRow, str]
        The endpoint, and its new secret.
    """
    row = _locked(session, caller, endpoint_id, None)
    secret = new_secret()
    row.previous_secret, row.previous_until = row.secret, now + overlap
    if not overlap:
        row.previous_secret = row.previous_until = None
    row.secret = desk.box.seal(secret.encode())
    row.version += 1
    row.updated_at = now
    session.flush()
    _note(session, caller, row, "secret_rotated", {}, {}, now)
    return row, secret


def send_test(session: Session, caller: Caller, endpoint_id: str, now: datetime) -> WebhookDeliveryRow:
    """Queue an event of the type ``webhook.test`` for one endpoint, enabled or not.

    Parameters
    ----------
    session : Session
        A writing session, not used yet.
    caller : Caller
        Who.
    endpoint_id : str
        What the caller sent as its id.
    now : datetime
        The present.

    Returns
    -------
    WebhookDeliveryRow
        The queued delivery.

    Raises
    ------
    InvalidRequestError
        If the endpoint is disabled.
    """
    row = _locked(session, caller, endpoint_id, None)
    if row.state != "enabled":
        detail = Bilingual(
            "the webhook is disabled; enable it first", "Webhook が無効です。先に有効にしてください"
        )
        raise InvalidRequestError([Fault("", detail)])
    event = store_event(
        session,
        EventType.WEBHOOK_TEST,
        Subject(WEBHOOK, row.id),
        tenant_id=caller.tenant_id,
        payload={"webhook": {"id": row.id, "state": row.state}},
        now=now,
    )
    delivery = delivery_of(event, row.id, now)
    session.add(delivery)
    session.flush()
    return delivery


def etag_of(row: WebhookEndpointRow) -> str:
    """Write the ETag of an endpoint.

    Parameters
    ----------
    row : WebhookEndpointRow
        The endpoint.

    Returns
    -------
    str
        Its version, in quotes.
    """
    return f'"{row.version}"'


def _find(session: Session, tenant_id: str, endpoint_id: str, *, lock: bool) -> WebhookEndpointRow:
    """Find an endpoint of a tenant; what is not an id is not there either."""
    if not is_id("whk", endpoint_id):
        raise NotFoundError()
    query = select(WebhookEndpointRow).where(
        WebhookEndpointRow.tenant_id == tenant_id,
        WebhookEndpointRow.id == endpoint_id,
        WebhookEndpointRow.deleted_at.is_(None),
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFoundError()
    return row


def _locked(session: Session, caller: Caller, endpoint_id: str, if_match: str | None) -> WebhookEndpointRow:
    """Take the tenant's chain, then the endpoint; refuse when the caller saw another version."""
    chain.hold(session, caller.tenant_id)
    row = _find(session, caller.tenant_id, endpoint_id, lock=True)
    tags = [tag.strip() for tag in (if_match or "*").split(",")]
    if "*" not in tags and etag_of(row) not in tags:
        raise WebhookChangedError()
    return row


def _switch(session: Session, row: WebhookEndpointRow, enabled: bool, now: datetime) -> None:
    """Enable or disable an endpoint by request."""
    if enabled:
        row.state, row.state_reason = "enabled", None
        row.failing_since = row.paused_until = None
    elif row.state == "enabled":
        row.state, row.state_reason = "disabled", "by_request"
        session.flush()
        bury(session, row.id, DeliveryState.DEAD, now)


def _note(
    session: Session,
    caller: Caller,
    row: WebhookEndpointRow,
    action: str,
    before: dict[str, Any],
    after: dict[str, Any],
    now: datetime,
) -> None:
    """Write an entry of the audit; neither addresses nor descriptions stand in it."""
    entry = Entry(f"key:{caller.key_id}", action, WEBHOOK, row.id, before, after, {})
    chain.append(session, caller.tenant_id, entry, now)


def _address(target: Target) -> dict[str, str]:
    """Tell the audit which address it is, without what may be secret."""
    return {"host": target.host, "url_sha256": hashlib.sha256(target.url.encode()).hexdigest()}


def _shown(kind: str, target: Target) -> str:
    """Return what is shown of a URL: of a sink's the host alone."""
    return target.url if kind == Kind.WEBHOOK else target.shown()


def _types(types: Sequence[EventType] | None) -> list[str]:
    """Return the types as they are stored: none for all."""
    return sorted({kind.value for kind in types or ()})
