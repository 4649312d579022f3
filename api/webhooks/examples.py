"""Examples of the calls under /v1/webhooks, each in Japanese and in English."""

from typing import Any

from api.examples import JsonObject

_ID = "whk_019d52a000007000a1b2c3d4e5f60801"
_EVENT = "evt_019d52a000007000a1b2c3d4e5f60802"
_DELIVERY = "dlv_019d52a000007000a1b2c3d4e5f60803"
_TICKET = "tkt_019d52a000007000a1b2c3d4e5f60804"
_AT = "2026-04-03T07:30:00Z"
_SECRET = "whsec_" + "example" * 6


def _webhook(description: str, **fields: Any) -> JsonObject:
    return {
        "id": _ID,
        "kind": "webhook",
        "url": "https://crm.example.com/voc",
        "types": ["ticket.escalated", "ticket.opened"],
        "description": description,
        "language": "ja",
        "state": "enabled",
        "state_reason": None,
        "failing_since": None,
        "previous_secret_until": None,
        "created_at": _AT,
        "updated_at": _AT,
        **fields,
    }


def _in(description: str, language: str) -> JsonObject:
    return {
        "url": "https://crm.example.com/voc",
        "types": ["ticket.escalated", "ticket.opened"],
        "description": description,
        "language": language,
    }


def _delivery(**fields: Any) -> JsonObject:
    return {
        "id": _DELIVERY,
        "event_id": _EVENT,
        "event_type": "ticket.opened",
        "subject_type": "ticket",
        "subject_id": _TICKET,
        "sequence": 1,
        "state": "delivered",
        "attempts": 2,
        "next_attempt_at": None,
        "last_status": 204,
        "last_error": None,
        "created_at": _AT,
        "ended_at": "2026-04-03T07:30:06Z",
        "log": [
            {
                "at": "2026-04-03T07:30:01Z",
                "outcome": "rejected",
                "status": 500,
                "ms": 81,
                "answer_bytes": 12,
            },
            {
                "at": "2026-04-03T07:30:06Z",
                "outcome": "delivered",
                "status": 204,
                "ms": 44,
                "answer_bytes": 0,
            },
        ],
        **fields,
    }


WEBHOOK_IN_JA = _in("基幹システムへの連携", "ja")
WEBHOOK_IN_EN = _in("to the CRM", "en")
WEBHOOK_JA = _webhook("基幹システムへの連携")
WEBHOOK_EN = _webhook("to the CRM", language="en")
NEW_JA: JsonObject = {**WEBHOOK_JA, "secret": _SECRET}
NEW_EN: JsonObject = {**WEBHOOK_EN, "secret": _SECRET}
PAGE_JA: JsonObject = {"items": [WEBHOOK_JA], "next_cursor": None}
PAGE_EN: JsonObject = {"items": [WEBHOOK_EN], "next_cursor": None}
CHANGE_JA: JsonObject = {"description": "基幹システム(検証環境)", "enabled": False}
CHANGE_EN: JsonObject = {"description": "CRM, staging", "enabled": False}
CHANGED_JA = _webhook("基幹システム(検証環境)", state="disabled", state_reason="by_request")
CHANGED_EN = _webhook("CRM, staging", language="en", state="disabled", state_reason="by_request")
ROTATION: JsonObject = {"overlap_hours": 48}
REPLAY_JA: JsonObject = {"since": "2026-04-01T00:00:00+09:00"}
REPLAY_EN: JsonObject = {"dead": True}
REPLAYED: JsonObject = {"queued": 17, "next_since": None}
QUEUED = _delivery(
    event_type="webhook.test",
    subject_type="webhook",
    subject_id=_ID,
    state="pending",
    attempts=0,
    next_attempt_at=_AT,
    last_status=None,
    ended_at=None,
    log=[],
)
DELIVERIES: JsonObject = {"items": [_delivery()], "next_cursor": None}
