"""Payloads of survey systems become comments."""

from typing import Any

import pytest

from api.incoming.mapping import comment_of, is_meant, is_pointer, look_up

FORMBRICKS_LIKE: dict[str, Any] = {
    "webhookId": "wh1",
    "event": "responseFinished",
    "data": {
        "id": "resp-1",
        "createdAt": "2026-04-03T16:29:00+09:00",
        "contact": {"userId": 4711},
        "language": "ja-JP",
        "data": {"nps": 2, "理由": "荷物が届かない。", "wish": " 電話をつながりやすく ", "skipped": None},
        "meta": {"url": "https://shop.example.com/a~b"},
        "tags": [{"name": "配送"}, {"name": "late"}],
    },
}
QUALTRICS_LIKE: dict[str, Any] = {
    "responseId": "R_1",
    "values": {"QID1": "9", "QID2_TEXT": "The staff were great.", "recordedDate": "2026-04-03T07:30:00Z"},
    "labels": {"QID1": "9 - Very likely"},
}


@pytest.mark.parametrize(
    ("payload", "mapping", "expected"),
    [
        (
            FORMBRICKS_LIKE,
            {
                "external_id": ["/data/id"],
                "text": ["/data/data/理由", "/data/data/skipped", "/data/data/wish"],
                "nps": ["/data/data/nps"],
                "customer_id": ["/data/contact/userId"],
                "lang": ["/data/language"],
                "created_at": ["/data/createdAt"],
                "channel": ["/data/nothing", "/data/tags/1/name"],
                "page": ["/data/meta/url"],
            },
            {
                "external_id": "resp-1",
                "text": "荷物が届かない。\n電話をつながりやすく",
                "nps": 2,
                "customer_id": "4711",
                "lang": "ja",
                "created_at": "2026-04-03T16:29:00+09:00",
                "channel": "late",
                "page": "https://shop.example.com/a~b",
            },
        ),
        (
            QUALTRICS_LIKE,
            {
                "external_id": ["/responseId"],
                "text": ["/values/QID2_TEXT"],
                "nps": ["/values/QID1"],
                "lang": ["/labels/QID1"],
            },
            {"external_id": "R_1", "text": "The staff were great.", "nps": "9", "lang": "auto"},
        ),
        (QUALTRICS_LIKE, {"text": ["/values/QID3_TEXT"]}, {}),
        ({"a": "  "}, {"text": ["/a"]}, {}),
        ({"a": {"b": 1}}, {"text": ["/a"], "extra": ["/a"]}, {"extra": {"b": 1}}),
        ([{"t": "配送"}], {"text": ["/0/t"]}, {"text": "配送"}),
        ("text", {"text": ["/0"]}, {}),
        (None, {"text": ["/a"]}, {}),
    ],
)
def test_fields_are_found_by_pointers(payload: Any, mapping: Any, expected: Any) -> None:
    assert comment_of(payload, mapping) == expected


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/a~1b", 1),
        ("/c~0d", 2),
        ("/~01", 3),
        ("/", 4),
        ("/list/1", "y"),
        ("/list/2", None),
        ("/list/-", None),
        ("/list/-1", None),
        ("/list/１", None),
        ("/list/9999999999", None),
        ("/a~1b/deeper", None),
    ],
)
def test_pointers_of_rfc_6901(pointer: str, value: object) -> None:
    assert look_up({"a/b": 1, "c~d": 2, "~1": 3, "": 4, "list": ["x", "y"]}, pointer) == value


@pytest.mark.parametrize("text", ["", "a", "a/b", "/a~", "/a~2", "/" + "a" * 300])
def test_other_texts_are_no_pointers(text: str) -> None:
    assert not is_pointer(text)


def test_only_what_is_meant_is_taken() -> None:
    assert is_meant(FORMBRICKS_LIKE, {})
    assert is_meant(FORMBRICKS_LIKE, {"/event": ["responseFinished", "responseUpdated"]})
    assert not is_meant(FORMBRICKS_LIKE, {"/event": ["responseCreated"]})
    assert not is_meant(FORMBRICKS_LIKE, {"/event": ["responseFinished"], "/data/data/nps": [3]})
