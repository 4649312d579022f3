"""Examples of corrections for the OpenAPI document, in Japanese and in English."""

from api.examples import JsonObject

_COMMENT_JA = "cmt_019d52a1f5b07000a1b2c3d4e5f60711"
_COMMENT_EN = "cmt_019d52a1f5b17000a1b2c3d4e5f60712"
_MADE_AT = "2026-04-03T09:12:00Z"

IN_JA: JsonObject = {
    "comment_id": _COMMENT_JA,
    "task": "departments",
    "label": ["customer_support", "logistics"],
    "annotator": "佐藤 花子",
    "note": "電話がつながらないことが主な不満",
}
IN_EN: JsonObject = {
    "comment_id": _COMMENT_EN,
    "task": "aspects",
    "label": [{"term": "charged", "sentiment": "negative"}],
    "annotator": "alex",
}
OUT_JA: JsonObject = {
    "id": "cor_019d52a3f5b07000a1b2c3d4e5f60901",
    **IN_JA,
    "language": "ja",
    "model_label": ["logistics", "customer_support"],
    "model_version": "2026.1",
    "agreed": False,
    "created_at": _MADE_AT,
    "status": "standing",
    "ended_at": None,
}
_ASPECT: JsonObject = {"term": "charged", "start": 6, "end": 13, "sentiment": "negative"}
OUT_EN: JsonObject = {
    "id": "cor_019d52a3f5b07000a1b2c3d4e5f60902",
    "comment_id": _COMMENT_EN,
    "task": "aspects",
    "label": [_ASPECT],
    "annotator": "alex",
    "note": None,
    "language": "en",
    "model_label": [_ASPECT],
    "model_version": "2026.1",
    "agreed": True,
    "created_at": _MADE_AT,
    "status": "standing",
    "ended_at": None,
}
PAGE_JA: JsonObject = {"items": [OUT_JA], "next_cursor": None}
PAGE_EN: JsonObject = {"items": [OUT_EN], "next_cursor": None}
_SHARE: JsonObject = {"value": 0.75, "low": 0.5048, "high": 0.8995}
FIGURES: JsonObject = {
    "period": "month",
    "items": [
        {
            "start": "2026-04-01",
            "end": "2026-04-30",
            "task": "sentiment",
            "language": "ja",
            "comments": 17,
            "agreed": 12,
            "wrong": 4,
            "unknown": 1,
            "agreement": _SHARE,
        }
    ],
    "tasks": [
        {
            "task": "sentiment",
            "comments": 17,
            "agreed": 12,
            "wrong": 4,
            "unknown": 1,
            "agreement": _SHARE,
        }
    ],
    "confusions": [{"task": "sentiment", "model": "neutral", "person": "negative", "comments": 3}],
}
AGREEMENT: JsonObject = {
    "tasks": [
        {"task": "intent", "comments": 40, "annotators": 2, "agreement": _SHARE, "alpha": 0.63},
    ],
    "pairs": [
        {
            "task": "intent",
            "first": "alex",
            "second": "佐藤 花子",
            "comments": 40,
            "agreement": _SHARE,
            "kappa": 0.64,
        }
    ],
    "further_pairs": 0,
}
