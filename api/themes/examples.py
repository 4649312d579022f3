"""Examples of the calls under /v1/themes, each in Japanese and in English."""

from typing import Any

from api.examples import JsonObject, request_examples, response_examples

_AT = "2026-04-03T07:30:00Z"
_COMMENT = "cmt_019d52a000007000a1b2c3d4e5f60701"
_OTHER = "cmt_019d52a000007000a1b2c3d4e5f60702"
_FIT = "fit_019d52a000007000a1b2c3d4e5f60709"
_LATE = {"ja": "配送が遅い", "en": "late delivery"}
_DELIVERY = {"ja": "配送", "en": "delivery"}

_BRIEF: JsonObject = {
    "id": "theme-001",
    "kind": "learnt",
    "label": _LATE,
    "parent": "group-001",
    "query": None,
    "keywords": {"ja": ["配送", "遅い", "届く"], "en": ["delivery", "late", "parcel"]},
    "renamed": True,
    "pinned": False,
    "archived": False,
}
_RULE: JsonObject = {
    "id": "rule-001",
    "kind": "rule",
    "label": {"ja": "配送料への不満", "en": "complaints about delivery fees"},
    "parent": None,
    "query": "(配送料 OR 送料) AND sentiment:negative",
    "keywords": {"ja": [], "en": []},
    "renamed": True,
    "pinned": True,
    "archived": False,
}
_THEME: JsonObject = {
    **_BRIEF,
    "comments": 412,
    "share": 0.1034,
    "languages": {"ja": 260, "en": 152},
    "sentiment": -0.61,
    "sentiment_by_language": {"en": -0.58, "ja": -0.63},
}
_MOVEMENT: JsonObject = {
    "comments": 3985,
    "changed": 97,
    "moves": [{"from": "theme-014", "to": "theme-001", "comments": 97, "comment_ids": [_COMMENT, _OTHER]}],
    "themes": [
        {"id": "theme-001", "before": 412, "after": 509, "gained": 97, "lost": 0, "comment_ids": [_COMMENT]},
        {"id": "theme-014", "before": 97, "after": 0, "gained": 0, "lost": 97, "comment_ids": [_COMMENT]},
    ],
    "unassigned": {"before": 371, "after": 371},
}
_DESCENT: JsonObject = {
    "revision": 7,
    "theme": "theme-001",
    "kind": "merged",
    "sources": {"theme-001": 1.0, "theme-014": 1.0},
    "label": _LATE,
}

THEMES: JsonObject = {
    "revision": 7,
    "comments": 3985,
    "not_meaningful": 112,
    "unassigned": {"comments": 371, "share": 0.0931},
    "items": [_THEME],
    "usable": True,
}
THEME_DETAIL: JsonObject = {
    **_THEME,
    "revision": 7,
    "representatives": [_COMMENT, _OTHER],
    "lineage": [_DESCENT],
}
CHANGE: JsonObject = {"revision": 8, "dry_run": False, "themes": [_BRIEF], "changes": _MOVEMENT}
LINEAGE: JsonObject = {
    "items": [_DESCENT],
    "revisions": [
        {"revision": 7, "action": "merge", "actor": f"key:{_FIT.replace('fit', 'key')}", "at": _AT}
    ],
}
THEME_IN_JA: JsonObject = {
    "kind": "rule",
    "label": {"ja": "配送料への不満", "en": "complaints about delivery fees"},
    "query": "(配送料 OR 送料) AND sentiment:negative",
}
THEME_IN_EN: JsonObject = {"kind": "group", "label": {"en": "delivery", "ja": "配送"}, "parent": None}
THEME_CHANGE_JA: JsonObject = {"label": {"ja": "配送が遅い"}, "pinned": True}
THEME_CHANGE_EN: JsonObject = {"label": {"en": "late delivery"}, "parent": "group-001"}
MERGE_JA: JsonObject = {"themes": ["theme-001", "theme-014"], "label": {"ja": "配送が遅い"}}
MERGE_EN: JsonObject = {"themes": ["theme-001", "theme-014"], "label": {"en": "late delivery"}}
SPLIT: JsonObject = {"parts": 2}
CORRECTION_JA: JsonObject = {"comment_id": _COMMENT, "theme_id": "theme-001"}
CORRECTION_EN: JsonObject = {"comment_id": _COMMENT, "theme_id": None}
DICTIONARY_JA: JsonObject = {
    "stop_words": ["本日"],
    "synonyms": {"ポイカ": "ポイントカード"},
    "compounds": ["ポイントカード"],
}
DICTIONARY_EN: JsonObject = {
    "stop_words": ["today"],
    "synonyms": {"loyalty card": "points card"},
    "compounds": ["points card"],
}


def _dictionary_answer(words: JsonObject, message: str) -> JsonObject:
    stop_word = words["stop_words"][0]
    return {
        "revision": 8,
        "dictionary": {"version": "5f0c2d8be1a94c37", **words},
        "conflicts": [
            {"code": "stop_and_synonym", "words": [stop_word], "message": message, "lines": [2, 5]}
        ],
    }


DICTIONARY_OUT_JA = _dictionary_answer(DICTIONARY_JA, "「本日」はストップワードと同義語の両方にあります。")
DICTIONARY_OUT_EN = _dictionary_answer(DICTIONARY_EN, "today is a stop word and a synonym: keep one.")
DICTIONARY_CHANGE_JA: JsonObject = {**DICTIONARY_OUT_JA, "dry_run": False, "changes": _MOVEMENT}
DICTIONARY_CHANGE_EN: JsonObject = {**DICTIONARY_OUT_EN, "dry_run": True, "changes": _MOVEMENT}

FIT_IN_JA: JsonObject = {"add_only": True}
FIT_IN_EN: JsonObject = {"add_only": False, "most_themes": 60}
FIT_QUEUED: JsonObject = {
    "id": _FIT,
    "state": "queued",
    "add_only": True,
    "most_themes": None,
    "dry_run": False,
    "requested_at": _AT,
    "started_at": None,
    "ended_at": None,
    "revision": None,
    "changes": None,
    "lineage": [],
    "receipt": None,
    "error": None,
}
FIT_DONE: JsonObject = {
    **FIT_QUEUED,
    "state": "succeeded",
    "started_at": "2026-04-03T07:30:04Z",
    "ended_at": "2026-04-03T07:30:51Z",
    "revision": 9,
    "changes": _MOVEMENT,
    "lineage": [_DESCENT],
    "receipt": {"comments": 4097, "usable": 3985, "read": 3985, "sampled": False, "seed": 0},
}
_ESTIMATE: JsonObject = {"value": 0.1034, "low": 0.0943, "high": 0.1132}
TRENDS: JsonObject = {
    "revision": 7,
    "period": "month",
    "by": "channel",
    "items": [
        {
            "start": "2026-03-01",
            "end": "2026-03-31",
            "theme": "theme-001",
            "segment": "app",
            "comments": 41,
            "total": 396,
            "share": _ESTIMATE,
            "sentiment": {"value": -0.61, "low": -0.7, "high": -0.52},
            "change": {"value": 0.021, "low": -0.008, "high": 0.05},
            "complete": True,
        }
    ],
    "outside": 0,
}
EMERGING: JsonObject = {
    "revision": 7,
    "bursts": [
        {
            "theme": "theme-001",
            "emerging": False,
            "first_seen": "2025-04-02",
            "start": "2026-03-05",
            "end": "2026-04-03",
            "comments": 61,
            "comments_before": 351,
            "expected": 29.4,
            "ratio": {"value": 2.07, "low": 1.55, "high": 2.73},
            "p_adjusted": 0.0004,
            "comment_ids": [_COMMENT],
        }
    ],
    "groups": [
        {
            "first_seen": "2026-03-18",
            "comments": 15,
            "comments_before": 1,
            "expected": 1.2,
            "by_chance": 0.0003,
            "comment_ids": [_OTHER],
        }
    ],
    "start": "2026-03-05",
    "end": "2026-04-03",
}
IMPACT: JsonObject = {
    "revision": 7,
    "outcome": "nps",
    "items": [
        {
            "theme": "theme-001",
            "segment": None,
            "with_theme": -48.2,
            "without_theme": 12.6,
            "n_with": 139,
            "n_without": 1204,
            "difference": {"value": -60.8, "low": -72.1, "high": -49.5},
            "contribution": {"value": -6.3, "low": -7.5, "high": -5.1},
            "p_adjusted": 0.0,
        }
    ],
    "not_measured": [
        {"theme": "theme-031", "segment": None, "reason": "too_few_with", "n_with": 4, "n_without": 1339}
    ],
    "n": 1343,
    "unanswered": 2642,
}
_PAGE: JsonObject = {
    "items": [
        {
            "id": _COMMENT,
            "text": "荷物が届きません。電話もつながらず、もう解約します。",
            "language": "ja",
            "created_at": "2026-04-03T07:10:00Z",
            "received_at": _AT,
            "themes": [
                {"id": "theme-001", "label": "配送が遅い", "similarity": 0.71, "origin": "learnt"},
            ],
        }
    ],
    "next_cursor": None,
}
_PAGE_EN: JsonObject = {
    "items": [
        {
            **_PAGE["items"][0],
            "text": "The parcel never came. Call me at [PHONE1].",
            "language": "en",
            "themes": [
                {"id": "theme-001", "label": "late delivery", "similarity": 0.68, "origin": "learnt"},
            ],
        }
    ],
    "next_cursor": None,
}
THEME_PAGE_JA, THEME_PAGE_EN = _PAGE, _PAGE_EN


def answers(ja: JsonObject, en: JsonObject | None = None) -> Any:
    """Describe an answer that holds both languages, or one of each.

    Parameters
    ----------
    ja : JsonObject
        The answer, in Japanese where there are two.
    en : JsonObject | None
        The answer in English.

    Returns
    -------
    Any
        Content by media type.
    """
    return response_examples(ja, ja if en is None else en)


def requests(ja: JsonObject, en: JsonObject | None = None) -> dict[str, Any]:
    """Name the two examples of a request.

    Parameters
    ----------
    ja : JsonObject
        The request in Japanese.
    en : JsonObject | None
        The request in English; the same when None.

    Returns
    -------
    dict[str, Any]
        Examples by name.
    """
    return request_examples(ja, ja if en is None else en)
