"""Examples of the calls under /v1/jobs, in Japanese and in English."""

from typing import Any

from api.examples import SCORE_IN_EN, SCORE_IN_JA, SCORE_OUT_EN, SCORE_OUT_JA, JsonObject

_JOB = "job_019d52a000007000a1b2c3d4e5f60710"

JOB_IN_JA: JsonObject = {"kind": "score", **SCORE_IN_JA}
JOB_IN_EN: JsonObject = {"kind": "score", **SCORE_IN_EN}
RESCORE_IN: JsonObject = {
    "kind": "rescore",
    "filter": {"from": "2026-01-01", "language": "ja"},
    "tickets": "leave",
    "dry_run": True,
}
LINES_JA = '{"id": "1", "text": "配送が遅いです。"}\n{"id": "2", "text": "店員さんが親切でした。"}\n'
LINES_EN = '{"id": "1", "text": "The parcel never came."}\n{"id": "2", "text": "The staff were great."}\n'

JOB_QUEUED: JsonObject = {
    "id": _JOB,
    "kind": "score",
    "state": "queued",
    "total": 10000,
    "done": 0,
    "succeeded": 0,
    "failed": 0,
    "model_version": None,
    "asked": None,
    "created_at": "2026-04-03T07:30:00Z",
    "started_at": None,
    "ended_at": None,
    "expires_at": None,
    "error": None,
}
JOB_DONE: JsonObject = {
    **JOB_QUEUED,
    "state": "partial",
    "done": 10000,
    "succeeded": 9998,
    "failed": 2,
    "model_version": "2026.1",
    "started_at": "2026-04-03T07:30:02Z",
    "ended_at": "2026-04-03T07:30:41Z",
    "expires_at": "2026-04-10T07:30:41Z",
}
JOB_CANCELLED: JsonObject = {
    **JOB_DONE,
    "state": "cancelled",
    "done": 500,
    "succeeded": 500,
    "failed": 0,
}
JOBS_PAGE: JsonObject = {"items": [JOB_QUEUED, {**JOB_DONE, "id": _JOB[:-1] + "1"}], "next_cursor": None}


def _results(analysis: JsonObject, message: str) -> JsonObject:
    error = {"code": "text_too_long", "message": message}
    return {
        "state": "partial",
        "items": [
            {"index": 0, "line": 1, **analysis},
            {"index": 1, "line": 2, "id": "c-2", "error": error},
        ],
        "next_cursor": None,
    }


RESULTS_JA = _results(
    SCORE_OUT_JA["results"][0], "テキストが上限の 20,000 文字を超えています。分割して送信してください。"
)
RESULTS_EN = _results(
    SCORE_OUT_EN["results"][0], "20001 characters; at most 20000 are accepted: split the text"
)


def _task(changed: int, old: str, new: str) -> JsonObject:
    return {
        "total": 4000,
        "changed": changed,
        "reasons": {"model": changed},
        "pairs": [{"before": old, "after": new, "comments": changed}] if changed else [],
        "examples": [
            {
                "id": "cmt_019d52a000007000a1b2c3d4e5f60710",
                "before": old,
                "after": new,
                "reasons": ["model"],
                "text": "[氏名1]さんの対応は丁寧でしたが、配送が遅いです。",
            }
        ]
        if changed
        else [],
    }


REPORT: JsonObject = {
    "job_id": _JOB,
    "state": "succeeded",
    "dry_run": True,
    "scored": 4000,
    "changed": 121,
    "failed": 0,
    "left_out": 1,
    "model_versions_before": {"2026.1": 4000},
    "model_versions_after": {"2026.2": 4000},
    "texts": {"sent": 3800, "masked": 200},
    "reasons": {"model": 121},
    "mean_score_before": -0.112,
    "mean_score_after": -0.118,
    "tickets": {"deserving": 0, "opened": 0, "joined": 0},
    "tasks": {
        "sentiment": _task(90, "mixed", "negative"),
        "intent": _task(0, "", ""),
        "urgency": _task(0, "", ""),
        "churn": _task(0, "", ""),
        "departments": _task(40, "store_operations", "logistics"),
        "abstained": _task(0, "", ""),
        "themes": _task(0, "", ""),
    },
    "departments": [
        {
            "id": "logistics",
            "before": 800,
            "after": 840,
            "gained": 40,
            "lost": 0,
            "changed": {"departments": 40, "sentiment": 12},
            "mean_score_before": -0.41,
            "mean_score_after": -0.42,
        }
    ],
    "themes": [],
}


def body(json_schema: dict[str, Any]) -> dict[str, Any]:
    """Describe the two forms of an upload for OpenAPI.

    Parameters
    ----------
    json_schema : dict[str, Any]
        Schema of the JSON form.

    Returns
    -------
    dict[str, Any]
        FastAPI's `openapi_extra`.
    """
    lines = {
        "ja": {"summary": "日本語", "value": LINES_JA},
        "en": {"summary": "English", "value": LINES_EN},
    }
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": json_schema,
                    "examples": {
                        "ja": {"summary": "日本語", "value": JOB_IN_JA},
                        "en": {"summary": "English", "value": JOB_IN_EN},
                        "rescore": {"summary": "Score stored comments again / 再分析", "value": RESCORE_IN},
                    },
                },
                "application/x-ndjson": {"schema": {"type": "string"}, "examples": lines},
            },
        }
    }
