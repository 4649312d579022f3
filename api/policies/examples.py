"""Examples of opening rules and back-tests for the OpenAPI document, in Japanese and in English."""

from typing import Any

JsonObject = dict[str, Any]

_SHA256 = "8f4343466486dd8d05e5a7a1f6ac4f2c07f0d7f7f2e8f5e2b8c6bb1c9b6d0a11"
RULES_JA: JsonObject = {
    "match": "first",
    "rules": [
        {
            "id": "vip-gold",
            "note": "ゴールド会員の不満",
            "level": "department",
            "when": {"sentiment": ["negative", "mixed"], "extra": {"会員ランク": ["gold"]}},
        },
        {
            "id": "late-delivery",
            "level": "frontline",
            "department": "logistics",
            "when": {"themes": ["配送が遅い"], "nps_at_most": 6},
        },
    ],
}
RULES_EN: JsonObject = {
    "match": "all",
    "rules": [
        {"id": "test-accounts", "open": False, "when": {"channels": ["qa"]}},
        {
            "id": "refunds",
            "level": "frontline",
            "department": "billing",
            "from": "2026-04-01",
            "when": {"query": "refund OR (cancel* NOT subscription)"},
        },
    ],
}
POLICY_IN_JA: JsonObject = {**RULES_JA, "note": "4 月の見直し"}
POLICY_IN_EN: JsonObject = {**RULES_EN, "note": "April review", "effective_at": "2026-04-01T00:00:00+09:00"}
VERSION: JsonObject = {
    "version": "v3",
    "number": 3,
    "source": "stored",
    "sha256": _SHA256,
    "actor": "key:key_019d52a000007000a1b2c3d4e5f60700",
    "created_at": "2026-03-30T02:00:00Z",
    "effective_at": "2026-04-01T00:00:00Z",
    "note": "4 月の見直し",
}
POLICY_JA: JsonObject = {**VERSION, **RULES_JA}
POLICY_EN: JsonObject = {**VERSION, "note": "April review", **RULES_EN}
VERSIONS: JsonObject = {"items": [VERSION], "next_cursor": None}
_PERIOD: JsonObject = {"from": "2026-03-01T00:00:00+09:00", "to": "2026-04-01T00:00:00+09:00"}
BACK_TEST_IN_JA: JsonObject = {
    **_PERIOD,
    "policy": RULES_JA,
    "staff": {"logistics": {"people": 3, "handling_hours": 1.5}},
}
BACK_TEST_IN_EN: JsonObject = {**_PERIOD, "policy": None}
APPLY_IN: JsonObject = _PERIOD


def _back_test(assumption: str) -> JsonObject:
    """Return a back-test with what it assumes."""
    return {
        "policy_version": "draft",
        "from": "2026-02-28T15:00:00Z",
        "to": "2026-03-31T15:00:00Z",
        "complete": True,
        "next_cursor": None,
        "comments": 4120,
        "opened": {
            "comments": 96,
            "tickets": 88,
            "joined": 8,
            "by_rule": {"late-delivery": 71, "vip-gold": 25},
            "by_department": {"billing": 17, "logistics": 71},
            "by_level": {"department": 22, "frontline": 66},
        },
        "compared": {
            "both": {"count": 60, "comment_ids": ["cmt_019d52a1f5b07000a1b2c3d4e5f60711"]},
            "only_new": {"count": 36, "comment_ids": ["cmt_019d52a1f5b17000a1b2c3d4e5f60712"]},
            "only_old": {"count": 5, "comment_ids": ["cmt_019d52a1f5b17000a1b2c3d4e5f60713"]},
        },
        "load": [
            {
                "department": "logistics",
                "week": "2026-03-02",
                "tickets": 18,
                "joined": 2,
                "work_hours": 29.4,
                "available_hours": 105.0,
                "utilization": 0.28,
                "breaches": 1,
            }
        ],
        "breaches": {"expected": 3, "share": 0.0423, "by_department": {"logistics": 3}},
        "staff": [
            {
                "department": "logistics",
                "people": 3,
                "slots": 3,
                "handling_hours": 1.5,
                "spread": 0.5,
                "source": "given",
                "resolved_tickets": 0,
            }
        ],
        "assumptions": [assumption],
    }


BACK_TEST_JA = _back_test("期限の早いチケットから順に処理するとみなします。")
BACK_TEST_EN = _back_test("The ticket that is due first is taken first.")
PUT_JA: JsonObject = {"dry_run": False, "policy": POLICY_JA, "back_test": None}
PUT_EN: JsonObject = {"dry_run": True, "policy": None, "back_test": BACK_TEST_EN}
APPLIED: JsonObject = {
    "policy_version": "v3",
    "complete": True,
    "next_cursor": None,
    "comments": 4120,
    "matched": 96,
    "opened": 30,
    "joined": 6,
    "had_a_ticket": 60,
}
