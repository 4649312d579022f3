"""Examples for the OpenAPI document, each in Japanese and in English."""

from collections.abc import Mapping
from typing import Any

JsonObject = dict[str, Any]

_VERSION = "2026.1"
_RECEIVED_AT = "2026-04-03T07:30:00Z"


def _analysis_ja(analysis_id: str) -> JsonObject:
    """Analyse 「荷物が届きません。電話もつながらず、もう解約します。」."""
    return {
        "id": analysis_id,
        "language": "ja",
        "meaningful": True,
        "sentiment": {
            "label": "negative",
            "score": -0.94,
            "probabilities": {"positive": 0.01, "neutral": 0.03, "negative": 0.95, "mixed": 0.01},
        },
        "sentences": [
            {"start": 0, "end": 9, "label": "negative", "score": -0.9},
            {"start": 9, "end": 26, "label": "negative", "score": -0.96},
        ],
        "aspects": [
            {
                "term": "荷物",
                "start": 0,
                "end": 2,
                "category": "logistics",
                "label": "negative",
                "score": -0.9,
                "opinions": [{"start": 3, "end": 8}],
            },
            {
                "term": "電話",
                "start": 9,
                "end": 11,
                "category": "customer_support",
                "label": "negative",
                "score": -0.8,
                "opinions": [{"start": 12, "end": 17}],
            },
        ],
        "intent": {
            "label": "complaint",
            "probabilities": {
                "complaint": 0.96,
                "praise": 0.0,
                "suggestion": 0.01,
                "question": 0.02,
                "other": 0.01,
            },
        },
        "urgency": {
            "level": "high",
            "reasons": [{"code": "leaving", "start": 18, "end": 25}],
            "probabilities": {"low": 0.01, "normal": 0.13, "high": 0.86},
        },
        "churn": {"at_risk": True, "probability": 0.97, "reasons": [{"start": 20, "end": 22}]},
        "departments": [
            {"id": "logistics", "probability": 0.91},
            {"id": "customer_support", "probability": 0.62},
        ],
        "abstained": False,
        "themes": [{"id": "t-01", "label": "荷物が届かない", "similarity": 0.78}],
        "pii": [],
        "model_version": _VERSION,
        "runner_up": {"id": "sales", "probability": 0.06},
        "deciding_sentence": {"start": 0, "end": 9},
        "masked_complaint": [],
        "contradiction": None,
    }


def _analysis_en(analysis_id: str) -> JsonObject:
    """Analyse "I was charged twice. Please call me on 03-1234-5678."."""
    return {
        "id": analysis_id,
        "language": "en",
        "meaningful": True,
        "sentiment": {
            "label": "negative",
            "score": -0.81,
            "probabilities": {"positive": 0.02, "neutral": 0.14, "negative": 0.82, "mixed": 0.02},
        },
        "sentences": [
            {"start": 0, "end": 20, "label": "negative", "score": -0.86},
            {"start": 21, "end": 52, "label": "neutral", "score": -0.12},
        ],
        "aspects": [
            {
                "term": "charged",
                "start": 6,
                "end": 13,
                "category": "billing",
                "label": "negative",
                "score": -0.8,
                "opinions": [{"start": 14, "end": 19}],
            }
        ],
        "intent": {
            "label": "complaint",
            "probabilities": {
                "complaint": 0.9,
                "praise": 0.0,
                "suggestion": 0.03,
                "question": 0.05,
                "other": 0.02,
            },
        },
        "urgency": {
            "level": "normal",
            "reasons": [],
            "probabilities": {"low": 0.05, "normal": 0.84, "high": 0.11},
        },
        "churn": {"at_risk": False, "probability": 0.08, "reasons": []},
        "departments": [{"id": "billing", "probability": 0.95}],
        "abstained": False,
        "themes": [{"id": "t-04", "label": "charged twice", "similarity": 0.81}],
        "pii": [{"type": "phone", "start": 39, "end": 51}],
        "model_version": _VERSION,
        "runner_up": None,
        "deciding_sentence": {"start": 0, "end": 20},
        "masked_complaint": [],
        "contradiction": None,
    }


TEXT_JA = "荷物が届きません。電話もつながらず、もう解約します。"
TEXT_EN = "I was charged twice. Please call me on 03-1234-5678."

COMMENT_IN_JA: JsonObject = {
    "source": "survey-2026-04",
    "external_id": "r-1001",
    "text": TEXT_JA,
    "lang": "ja",
    "channel": "survey",
    "industry": "ecommerce",
    "customer_id": "C-1001",
    "nps": 1,
    "created_at": "2026-04-03T16:20:00+09:00",
    "店舗": "渋谷",
}
COMMENT_IN_EN: JsonObject = {
    "source": "survey-2026-04",
    "external_id": "r-1002",
    "text": TEXT_EN,
    "channel": "email",
    "customer_id": "C-1002",
    "nps": 3,
}


def _comment_out(sent: JsonObject, comment_id: str, text: str, extra: JsonObject) -> JsonObject:
    """Return the stored form of a comment."""
    names = ("channel", "industry", "touchpoint", "customer_id", "nps", "csat", "ces")
    return {
        "id": comment_id,
        "source": sent["source"],
        "external_id": sent["external_id"],
        "text": text,
        "lang": sent.get("lang", "auto"),
        **{name: sent.get(name) for name in names},
        "created_at": "2026-04-03T07:20:00Z" if "created_at" in sent else None,
        "extra": extra,
        "received_at": _RECEIVED_AT,
    }


TICKET_JA: JsonObject = {
    "id": "tkt_019d52a1f5c07000a1b2c3d4e5f60718",
    "department": "logistics",
    "department_name": {"ja": "物流・配送", "en": "Logistics"},
    "level": "frontline",
    "status": "open",
    "urgency": "high",
    "due_at": "2026-04-06T02:30:00Z",
    "customer_id": "C-1001",
    "comment_count": 1,
    "reason": {"rule": "urgent-complaint", "policy_version": "2026-01", "model_version": _VERSION},
    "opened_at": _RECEIVED_AT,
    "updated_at": _RECEIVED_AT,
    "breached_at": None,
    "resolved_at": None,
    "first_answer_due_at": "2026-04-06T02:30:00Z",
    "first_answered_at": None,
    "first_answer_breached_at": None,
    "resolution_due_at": "2026-04-09T06:30:00Z",
    "resolution_breached_at": None,
    "waiting_since": None,
    "closed_at": None,
    "root_cause": None,
    "disposition": None,
    "satisfaction": None,
    "reopen_count": 0,
    "note_count": 0,
    "version": 1,
}
TICKET_EN: JsonObject = {
    **TICKET_JA,
    "id": "tkt_019d52a1f5c17000b1b2c3d4e5f60719",
    "department": "billing",
    "department_name": {"ja": "請求・決済", "en": "Billing"},
    "urgency": "normal",
    "due_at": "2026-04-06T07:30:00Z",
    "first_answer_due_at": "2026-04-06T07:30:00Z",
    "resolution_due_at": "2026-04-15T07:30:00Z",
    "customer_id": "C-1002",
    "reason": {"rule": "detractor", "policy_version": "2026-01", "model_version": _VERSION},
}
_ID_JA = "cmt_019d52a1f5b07000a1b2c3d4e5f60711"
_ID_EN = "cmt_019d52a1f5b17000a1b2c3d4e5f60712"
_STORED_TEXT_EN = "I was charged twice. Please call me on [PHONE1]."
ANSWER_JA: JsonObject = {
    "comment": _comment_out(COMMENT_IN_JA, _ID_JA, TEXT_JA, {"店舗": "渋谷"}),
    "analysis": _analysis_ja(_ID_JA),
    "ticket": TICKET_JA,
}
ANSWER_EN: JsonObject = {
    "comment": _comment_out(COMMENT_IN_EN, _ID_EN, _STORED_TEXT_EN, {}),
    "analysis": _analysis_en(_ID_EN),
    "ticket": TICKET_EN,
}
READ_EN: JsonObject = {
    **ANSWER_EN,
    "analysis": {
        **ANSWER_EN["analysis"],
        "sentences": [
            {"start": 0, "end": 20, "label": "negative", "score": -0.86},
            {"start": 21, "end": 48, "label": "neutral", "score": -0.12},
        ],
        "pii": [{"type": "phone", "start": 39, "end": 47}],
    },
}
BATCH_IN_JA: JsonObject = {
    "comments": [
        COMMENT_IN_JA,
        {"source": "survey-2026-04", "external_id": "r-1003", "text": "Какой-то текст"},
    ]
}
BATCH_IN_EN: JsonObject = {"comments": [COMMENT_IN_EN]}
BATCH_OUT_JA: JsonObject = {
    "results": [{"index": 0, "status": 201, **ANSWER_JA}],
    "errors": [
        {
            "index": 1,
            "source": "survey-2026-04",
            "external_id": "r-1003",
            "error": {
                "code": "unsupported_language",
                "message": "対応していない言語です。日本語または英語のコメントを送信してください。",
            },
        }
    ],
    "succeeded": 1,
    "failed": 1,
}
BATCH_OUT_EN: JsonObject = {
    "results": [{"index": 0, "status": 201, **ANSWER_EN}],
    "errors": [],
    "succeeded": 1,
    "failed": 0,
}
COMMENTS_PAGE_JA: JsonObject = {"items": [ANSWER_JA], "next_cursor": None}
COMMENTS_PAGE_EN: JsonObject = {"items": [READ_EN], "next_cursor": None}

SCORE_IN_JA: JsonObject = {"comments": [{"id": "1", "text": TEXT_JA, "lang": "ja"}]}
SCORE_IN_EN: JsonObject = {"comments": [{"id": "1", "text": TEXT_EN}, {"id": "2", "text": 5}]}
SCORE_OUT_JA: JsonObject = {
    "results": [_analysis_ja("1")],
    "errors": [],
    "succeeded": 1,
    "failed": 0,
    "truncated": False,
}
SCORE_OUT_EN: JsonObject = {
    "results": [_analysis_en("1")],
    "errors": [
        {
            "index": 1,
            "id": "2",
            "error": {"code": "invalid_record", "message": "/text: Input should be a valid string"},
        }
    ],
    "succeeded": 1,
    "failed": 1,
    "truncated": False,
}

TICKETS_PAGE_JA: JsonObject = {"items": [TICKET_JA], "next_cursor": None}
TICKETS_PAGE_EN: JsonObject = {"items": [TICKET_EN], "next_cursor": None}
TICKET_DETAIL_JA: JsonObject = {**TICKET_JA, "comment_ids": [_ID_JA], "notes": [], "resolutions": []}
TICKET_DETAIL_EN: JsonObject = {
    **TICKET_EN,
    "note_count": 1,
    "comment_ids": [_ID_EN],
    "notes": [
        {
            "id": "nte_019d52a1f5d17000b1b2c3d4e5f60720",
            "at": _RECEIVED_AT,
            "actor": "key:key_019d52a000007000a1b2c3d4e5f60700",
            "kind": "internal",
            "text": "Asked the bank.",
        }
    ],
    "resolutions": [],
}

_MEMBER_ID = "mem_019d52a000007000a1b2c3d4e5f60802"
_OWNED: JsonObject = {
    "team_id": "tea_019d52a000007000a1b2c3d4e5f60801",
    "assignee_id": _MEMBER_ID,
    "assigned_at": "2026-04-03T07:35:00Z",
    "queue_reason": None,
}
ASSIGN_JA: JsonObject = {"member_id": _MEMBER_ID}
ASSIGN_EN: JsonObject = {}
ASSIGNED_JA: JsonObject = {**TICKET_JA, **_OWNED}
ASSIGNED_EN: JsonObject = {**TICKET_EN, **_OWNED}


def _history(ticket: JsonObject, comment_id: str) -> JsonObject:
    """Return the history of a ticket that was opened and then raised."""
    names = ("department", "level", "status", "urgency", "due_at", "breached_at", "comment_count")
    why = {**ticket["reason"], "comment_id": comment_id}
    return {
        "items": [
            {
                "at": _RECEIVED_AT,
                "actor": "key:key_019d52a000007000a1b2c3d4e5f60700",
                "action": "opened",
                "from": {},
                "to": {name: ticket[name] for name in names},
                "reason": why,
            },
            {
                "at": "2026-04-06T07:31:00Z",
                "actor": "worker",
                "action": "escalated",
                "from": {"level": "frontline", "due_at": ticket["due_at"], "breached_at": None},
                "to": {
                    "level": "department",
                    "due_at": "2026-04-07T01:31:00Z",
                    "breached_at": ticket["due_at"],
                },
                "reason": {"rule": "past-due", "policy_version": "2026-01", "from_level": "frontline"},
            },
        ]
    }


HISTORY_JA = _history(TICKET_JA, _ID_JA)
HISTORY_EN = _history(TICKET_EN, _ID_EN)


def request_examples(ja: JsonObject, en: JsonObject) -> dict[str, Any]:
    """Name the two examples of a request, for FastAPI's `openapi_examples`.

    Parameters
    ----------
    ja : JsonObject
        The request in Japanese.
    en : JsonObject
        The request in English.

    Returns
    -------
    dict[str, Any]
        Examples by name.
    """
    return {"ja": {"summary": "日本語", "value": ja}, "en": {"summary": "English", "value": en}}


def response_examples(ja: JsonObject, en: JsonObject) -> Mapping[str, Any]:
    """Describe the content of an answer by two examples, for FastAPI's `responses`.

    Parameters
    ----------
    ja : JsonObject
        The answer in Japanese.
    en : JsonObject
        The answer in English.

    Returns
    -------
    Mapping[str, Any]
        Content by media type.
    """
    return {"application/json": {"examples": request_examples(ja, en)}}
