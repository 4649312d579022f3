"""The calls under /v1/webhooks."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Query, Request, Response

from api.db.tables import WebhookAttemptRow, WebhookDeliveryRow, WebhookEndpointRow
from api.deps import MayAdminister, MayRead, Now, ReadSession, WriteSession
from api.examples import request_examples, response_examples
from api.idempotency.route import SecretRoute
from api.paging import DEFAULT_LIMIT, CursorQuery, LimitQuery, read_page
from api.problems import documented
from api.webhooks import endpoints, examples
from api.webhooks import replay as replays
from api.webhooks.endpoints import Desk, etag_of
from api.webhooks.events import DeliveryState, EventType
from api.webhooks.schemas import (
    DeliveryOut,
    DeliveryPage,
    ReplayIn,
    ReplayOut,
    RotationIn,
    WebhookChange,
    WebhookIn,
    WebhookOut,
    WebhookPage,
    WebhookWithSecretOut,
    Words,
)

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=SecretRoute)
_ETAG = {"ETag": {"description": "Version of the webhook / 版", "schema": {"type": "string"}}}
IfMatch = Annotated[
    str | None, Header(alias="If-Match", description='ETag that you saw, e.g. `"3"` / 取得時の ETag')
]


def get_desk(request: Request) -> Desk:
    """Hand out what endpoints are checked and sealed with.

    Parameters
    ----------
    request : Request
        The request.

    Returns
    -------
    Desk
        Of the application.
    """
    state = request.app.state
    return Desk(state.secret_box, state.address_rules, state.resolver)


DeskDep = Annotated[Desk, Depends(get_desk)]


def _answers(ja: dict[str, Any], en: dict[str, Any], description: str, **more: Any) -> dict[str, Any]:
    """Describe a success."""
    return {"description": description, "content": response_examples(ja, en), **more}


@router.post(
    "",
    status_code=201,
    summary="Add a webhook / Webhook を登録する",
    responses={
        201: _answers(
            examples.NEW_JA,
            examples.NEW_EN,
            "With its secret, shown once / 署名鍵は一度だけ表示",
            headers=_ETAG,
        ),
        **documented(400, 413, 415),
    },
)
def add_webhook(
    body: Annotated[
        WebhookIn,
        Body(openapi_examples=request_examples(examples.WEBHOOK_IN_JA, examples.WEBHOOK_IN_EN)),
    ],
    response: Response,
    caller: MayAdminister,
    desk: DeskDep,
    session: WriteSession,
    now: Now,
) -> WebhookWithSecretOut:
    """Add an endpoint that events are sent to, signed as Standard Webhooks says.

    The address must be of the public internet and https, unless the operator allows others.
    """
    row, secret = endpoints.add(session, desk, caller, body, now)
    response.headers["ETag"] = etag_of(row)
    response.headers["Location"] = f"/v1/webhooks/{row.id}"
    return WebhookWithSecretOut(**webhook_out(row).model_dump(), secret=secret)


@router.get(
    "",
    summary="List webhooks, newest first / Webhook の一覧",
    responses={200: _answers(examples.PAGE_JA, examples.PAGE_EN, "A page / 1 ページ"), **documented(400)},
)
def list_webhooks(
    caller: MayRead, session: ReadSession, cursor: CursorQuery = None, limit: LimitQuery = DEFAULT_LIMIT
) -> WebhookPage:
    """List the tenant's endpoints; secrets are never shown again."""
    rows, next_cursor = endpoints.list_page(session, caller.tenant_id, read_page(limit, cursor, "whk"))
    return WebhookPage(items=[webhook_out(row) for row in rows], next_cursor=next_cursor)


@router.get(
    "/{webhook_id}",
    summary="Read a webhook / Webhook を取得する",
    responses={
        200: _answers(examples.WEBHOOK_JA, examples.WEBHOOK_EN, "The webhook / Webhook", headers=_ETAG),
        **documented(404),
    },
)
def read_webhook(webhook_id: str, response: Response, caller: MayRead, session: ReadSession) -> WebhookOut:
    """Read one endpoint; `ETag` is its version."""
    row = endpoints.find(session, caller.tenant_id, webhook_id)
    response.headers["ETag"] = etag_of(row)
    return webhook_out(row)


@router.patch(
    "/{webhook_id}",
    summary="Change a webhook / Webhook を変更する",
    responses={
        200: _answers(examples.CHANGED_JA, examples.CHANGED_EN, "As it is now / 変更後", headers=_ETAG),
        **documented(400, 404, 412, 413, 415),
    },
)
def change_webhook(
    webhook_id: str,
    body: Annotated[
        WebhookChange, Body(openapi_examples=request_examples(examples.CHANGE_JA, examples.CHANGE_EN))
    ],
    response: Response,
    caller: MayAdminister,
    desk: DeskDep,
    session: WriteSession,
    now: Now,
    if_match: IfMatch = None,
) -> WebhookOut:
    """Change address, types, description or language; enable or disable.

    Disabling gives up what waits; a replay sends it after enabling again.
    """
    row = endpoints.change(session, desk, caller, webhook_id, body, if_match, now)
    response.headers["ETag"] = etag_of(row)
    return webhook_out(row)


@router.delete(
    "/{webhook_id}",
    status_code=204,
    summary="Delete a webhook / Webhook を削除する",
    responses={204: {"description": "Deleted / 削除済み"}, **documented(404, 412)},
)
def delete_webhook(
    webhook_id: str, caller: MayAdminister, session: WriteSession, now: Now, if_match: IfMatch = None
) -> None:
    """Delete an endpoint with its secrets; what waits for it is cancelled."""
    endpoints.remove(session, caller, webhook_id, if_match, now)


@router.post(
    "/{webhook_id}/rotate-secret",
    summary="Change the secret / 署名鍵を更新する",
    responses={
        200: _answers(
            examples.NEW_JA, examples.NEW_EN, "With the new secret, shown once / 新しい署名鍵", headers=_ETAG
        ),
        **documented(400, 404, 413, 415),
    },
)
def rotate_secret(
    webhook_id: str,
    response: Response,
    caller: MayAdminister,
    desk: DeskDep,
    session: WriteSession,
    now: Now,
    body: Annotated[
        RotationIn, Body(openapi_examples=request_examples(examples.ROTATION, examples.ROTATION))
    ] = RotationIn(),  # noqa: B008 - frozen by nobody changing it
) -> WebhookWithSecretOut:
    """Make a new secret; for `overlap_hours` messages are signed by both."""
    overlap = timedelta(hours=body.overlap_hours)
    row, secret = endpoints.rotate(session, desk, caller, webhook_id, overlap, now)
    response.headers["ETag"] = etag_of(row)
    return WebhookWithSecretOut(**webhook_out(row).model_dump(), secret=secret)


@router.post(
    "/{webhook_id}/test",
    status_code=202,
    summary="Send a test event / テストイベントを送信する",
    responses={
        202: _answers(examples.QUEUED, examples.QUEUED, "Queued / 受付済み"),
        **documented(404),
    },
)
def send_test_event(webhook_id: str, caller: MayAdminister, session: WriteSession, now: Now) -> DeliveryOut:
    """Queue an event `webhook.test` for this endpoint alone; the log of deliveries tells what came of it."""
    return delivery_out(endpoints.send_test(session, caller, webhook_id, now), [])


@router.get(
    "/{webhook_id}/deliveries",
    summary="List deliveries, newest first / 配信履歴の一覧",
    responses={
        200: _answers(examples.DELIVERIES, examples.DELIVERIES, "A page / 1 ページ"),
        **documented(400, 404),
    },
)
def list_deliveries(
    webhook_id: str,
    caller: MayRead,
    session: ReadSession,
    state: Annotated[DeliveryState | None, Query(description="State / 状態")] = None,
    event_type: Annotated[EventType | None, Query(description="Type of the event / 種類")] = None,
    event_id: Annotated[Words | None, Query(max_length=40, description="One event / イベント ID")] = None,
    cursor: CursorQuery = None,
    limit: LimitQuery = DEFAULT_LIMIT,
) -> DeliveryPage:
    """List what was sent or waits, each with its attempts: status, time and size, never a body."""
    filters = replays.Filters(state, event_type, event_id)
    page = read_page(limit, cursor, "dlv")
    rows, next_cursor = replays.list_deliveries(session, caller.tenant_id, webhook_id, page, filters)
    log = replays.attempts_of(session, [row.id for row in rows])
    return DeliveryPage(items=[delivery_out(row, log[row.id]) for row in rows], next_cursor=next_cursor)


@router.post(
    "/{webhook_id}/replay",
    status_code=202,
    summary="Send events again / イベントを再送する",
    responses={
        202: _answers(examples.REPLAYED, examples.REPLAYED, "Queued / 受付済み"),
        **documented(400, 404, 413, 415),
    },
)
def replay_events(
    webhook_id: str,
    body: Annotated[
        ReplayIn, Body(openapi_examples=request_examples(examples.REPLAY_JA, examples.REPLAY_EN))
    ],
    caller: MayAdminister,
    session: WriteSession,
    now: Now,
) -> ReplayOut:
    """Queue events again with their old ids: all since a time, some by id, or all that were given up."""
    done = replays.replay(session, caller, webhook_id, body, now)
    return ReplayOut(queued=done.queued, next_since=done.next_since)


def webhook_out(row: WebhookEndpointRow) -> WebhookOut:
    """Put an endpoint on the wire.

    Parameters
    ----------
    row : WebhookEndpointRow
        The endpoint.

    Returns
    -------
    WebhookOut
        What the caller sees.
    """
    return WebhookOut.model_validate(
        {
            "id": row.id,
            "kind": row.kind,
            "url": row.url,
            "types": row.types or None,
            "description": row.description,
            "language": row.language,
            "state": row.state,
            "state_reason": row.state_reason,
            "failing_since": row.failing_since,
            "previous_secret_until": row.previous_until,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
        }
    )


def delivery_out(row: WebhookDeliveryRow, log: list[WebhookAttemptRow]) -> DeliveryOut:
    """Put a delivery on the wire.

    Parameters
    ----------
    row : WebhookDeliveryRow
        The delivery.
    log : list[WebhookAttemptRow]
        Its attempts, oldest first.

    Returns
    -------
    DeliveryOut
        What the caller sees.
    """
    pending = row.state == DeliveryState.PENDING.value
    return DeliveryOut.model_validate(
        {
            "id": row.id,
            "event_id": row.event_id,
            "event_type": row.event_type,
            "subject_type": row.subject_type,
            "subject_id": row.subject_id,
            "sequence": row.sequence,
            "state": row.state,
            "attempts": row.attempts,
            "next_attempt_at": row.next_attempt_at if pending else None,
            "last_status": row.last_status,
            "last_error": row.last_error,
            "created_at": row.created_at,
            "ended_at": row.ended_at,
            "log": [
                {
                    "at": attempt.at,
                    "outcome": attempt.outcome,
                    "status": attempt.status,
                    "ms": attempt.ms,
                    "answer_bytes": attempt.answer_bytes,
                }
                for attempt in log
            ],
        }
    )
