"""Examples of the calls under /v1/incoming and /v1/incoming-sources, each in Japanese and in English."""

from typing import Any

from api.examples import JsonObject

_ID = "inc_019d52a000007000a1b2c3d4e5f60901"
_AT = "2026-04-03T07:30:00Z"


def _mapping() -> dict[str, list[str]]:
    return {
        "external_id": ["/data/id"],
        "text": ["/data/data/reason", "/data/data/wish"],
        "nps": ["/data/data/nps"],
        "customer_id": ["/data/contact/userId"],
        "created_at": ["/data/createdAt"],
    }


def _source(name: str, **fields: Any) -> JsonObject:
    return {
        "id": _ID,
        "kind": "generic",
        "name": name,
        "path": f"/v1/incoming/generic?source={_ID}",
        "mapping": _mapping(),
        "only": {"/event": ["responseFinished"]},
        "enabled": True,
        "previous_secret_until": None,
        "created_at": _AT,
        "updated_at": _AT,
        **fields,
    }


def _payload(reason: str, wish: str) -> JsonObject:
    return {
        "event": "responseFinished",
        "data": {
            "id": "r-1",
            "createdAt": "2026-04-03T16:29:00+09:00",
            "contact": {"userId": "C-1"},
            "data": {"nps": 2, "reason": reason, "wish": wish},
        },
    }


SOURCE_IN_JA: JsonObject = {
    "name": "NPS 調査",
    "mapping": _mapping(),
    "only": {"/event": ["responseFinished"]},
}
SOURCE_IN_EN: JsonObject = {**SOURCE_IN_JA, "name": "NPS survey"}
SOURCE_JA = _source("NPS 調査")
SOURCE_EN = _source("NPS survey")
NEW_JA: JsonObject = {**SOURCE_JA, "secret": "whsec_" + "example" * 6}
NEW_EN: JsonObject = {**SOURCE_EN, "secret": "whsec_" + "example" * 6}
PAGE_JA: JsonObject = {"items": [SOURCE_JA], "next_cursor": None}
PAGE_EN: JsonObject = {"items": [SOURCE_EN], "next_cursor": None}
CHANGE: JsonObject = {"enabled": False}
CHANGED_JA = _source("NPS 調査", enabled=False)
CHANGED_EN = _source("NPS survey", enabled=False)
PAYLOAD_JA = _payload("荷物が届きません。", "電話をもっとつながりやすくしてほしいです。")
PAYLOAD_EN = _payload("I was charged twice.", "Please call me back.")
TAKEN: JsonObject = {
    "comment_id": "cmt_019d52a000007000a1b2c3d4e5f60902",
    "ticket_id": "tkt_019d52a000007000a1b2c3d4e5f60903",
    "result": "stored",
}
SEEN: JsonObject = {**TAKEN, "ticket_id": None, "result": "seen_before"}
