"""Examples of the calls that move a ticket, for the OpenAPI document."""

from typing import Any

from api import examples
from api.examples import JsonObject, request_examples, response_examples

ETAG: JsonObject = {"ETag": {"schema": {"type": "string"}, "description": 'Version, e.g. `"3"`'}}

CHANGE_JA: JsonObject = {"status": "waiting"}
CHANGE_EN: JsonObject = {"department": "billing", "urgency": "high"}
NOTE_JA: JsonObject = {"kind": "answer", "text": "遅延をお詫びし、明日の午前中に届くことをお伝えした。"}
NOTE_EN: JsonObject = {"kind": "internal", "text": "The carrier confirms: charged by mistake."}
ESCALATE_JA: JsonObject = {"reason": "3 回目の遅延で、責任者との話を希望されている。", "level": "executive"}
ESCALATE_EN: JsonObject = {"reason": "The customer asks for the manager."}
RESOLVE_JA: JsonObject = {
    "root_cause": "carrier_delay",
    "action": "再配送を手配し、送料を返金した。",
    "disposition": "compensated",
    "told": "再配送の日時と返金をメールでお伝えした。",
}
RESOLVE_EN: JsonObject = {
    "root_cause": "billing_error",
    "action": "The second charge was reversed.",
    "disposition": "fixed",
}
REOPEN_JA: JsonObject = {"reason": "再配送の荷物も届いていないとのこと。"}
REOPEN_EN: JsonObject = {"reason": "The refund did not arrive."}
FOLLOW_UP_JA: JsonObject = {"told": "荷物が届いたことを電話で確認した。", "satisfaction": 5}
FOLLOW_UP_EN: JsonObject = {"satisfaction": 2}

CHANGE = request_examples(CHANGE_JA, CHANGE_EN)
NOTE = request_examples(NOTE_JA, NOTE_EN)
ESCALATE = request_examples(ESCALATE_JA, ESCALATE_EN)
RESOLVE = request_examples(RESOLVE_JA, RESOLVE_EN)
REOPEN = request_examples(REOPEN_JA, REOPEN_EN)
FOLLOW_UP = request_examples(FOLLOW_UP_JA, FOLLOW_UP_EN)

_RESOLVED: JsonObject = {
    "status": "resolved",
    "first_answered_at": "2026-04-03T08:00:00Z",
    "resolved_at": "2026-04-06T02:00:00Z",
    "updated_at": "2026-04-06T02:00:00Z",
    "note_count": 2,
    "version": 3,
}
FOLLOWED_UP_JA: JsonObject = {
    **examples.TICKET_JA,
    **_RESOLVED,
    "status": "closed",
    "closed_at": "2026-04-07T01:00:00Z",
    "root_cause": "carrier_delay",
    "disposition": "compensated",
    "satisfaction": 5,
    "outcome": "closed",
    "other_ticket_id": None,
}
FOLLOWED_UP_EN: JsonObject = {
    **examples.TICKET_EN,
    "level": "department",
    "reopen_count": 1,
    "note_count": 2,
    "version": 5,
    "outcome": "reopened",
    "other_ticket_id": None,
}
FOLLOWED_UP = (FOLLOWED_UP_JA, FOLLOWED_UP_EN)
_CAUSE: JsonObject = {
    "items": [
        {
            "id": "delivery",
            "parent": None,
            "name": {"ja": "配送・委託先", "en": "Delivery and contractors"},
            "path": ["delivery"],
        },
        {
            "id": "carrier_delay",
            "parent": "delivery",
            "name": {"ja": "配送会社の遅延・誤配", "en": "Late or wrong delivery by the carrier"},
            "path": ["carrier_delay", "delivery"],
        },
    ]
}
ROOT_CAUSES = (_CAUSE, _CAUSE)


def answers(pair: tuple[JsonObject, JsonObject]) -> Any:
    """Describe the content of an answer by its two examples.

    Parameters
    ----------
    pair : tuple[JsonObject, JsonObject]
        In Japanese and in English.

    Returns
    -------
    Any
        Content by media type.
    """
    return response_examples(*pair)


def ticket_answer() -> JsonObject:
    """Describe the answer of a move: the ticket after it.

    Returns
    -------
    JsonObject
        For FastAPI's `responses`.
    """
    return {
        "description": "The ticket after it; the ETag is its version / 変更後のチケット。ETag は版",
        "content": answers((examples.TICKET_JA, examples.TICKET_EN)),
        "headers": ETAG,
    }
