"""POST /v1/score: analyses in order, errors beside them, nothing stored."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.doubles import WordAnalyzer

JSON = {"Content-Type": "application/json"}


def score(client: TestClient, comments: list[Any], **headers: str) -> Any:
    return client.post("/v1/score", content=json.dumps({"comments": comments}), headers=JSON | headers)


def test_results_keep_order_and_ids_and_errors_stand_beside(
    plain_client: TestClient, analyzer: WordAnalyzer
) -> None:
    response = score(
        plain_client,
        [
            {"id": "b", "text": "配送が最悪です", "lang": "ja", "会員": 3},
            {"id": "surrogate", "text": "壊れた\ud800文字"},
            {"id": "nul", "text": "a\x00b"},
            {"id": "a", "text": "great staff"},
            {"id": "number", "text": 5},
            {"id": "none", "text": None},
            {"id": "untexted"},
            {"id": "long", "text": "x" * 20_001},
            {"id": "other", "text": "배송이 늦어요"},
            {"id": "lang", "text": "Bonjour", "lang": "fr"},
            {"id": "nps", "text": "x", "nps": -1},
            {"id": "empty", "text": ""},
        ],
    )
    assert response.status_code == 200, response.text
    body = response.json()
    assert [each["id"] for each in body["results"]] == ["b", "a", "empty"]
    assert [(each["index"], each["id"], each["error"]["code"]) for each in body["errors"]] == [
        (1, "surrogate", "invalid_text"),
        (2, "nul", "invalid_text"),
        (4, "number", "invalid_record"),
        (5, "none", "invalid_record"),
        (6, "untexted", "invalid_record"),
        (7, "long", "text_too_long"),
        (8, "other", "unsupported_language"),
        (9, "lang", "unsupported_language"),
        (10, "nps", "invalid_record"),
    ]
    assert body["errors"][6]["language"] == "other"
    assert (body["succeeded"], body["failed"], body["truncated"]) == (3, 9, False)
    assert body["results"][2]["meaningful"] is False
    assert plain_client.get("/v1/comments").json()["items"] == []
    assert analyzer.batches == [5]


def test_errors_are_told_in_the_callers_language(plain_client: TestClient) -> None:
    bad = [{"id": "1", "text": "x" * 20_001}, {"id": "2", "text": "\ud800"}]
    english = score(plain_client, bad, **{"Accept-Language": "en"}).json()["errors"]
    japanese = score(plain_client, bad, **{"Accept-Language": "ja-JP,ja;q=0.9,en;q=0.5"}).json()["errors"]
    assert "20000" in english[0]["error"]["message"]
    assert "20,000 文字" in japanese[0]["error"]["message"]
    assert "サロゲート" in japanese[1]["error"]["message"]
    assert "surrogate" in english[1]["error"]["message"]


@pytest.mark.parametrize(
    ("comments", "pointer", "named"),
    [
        (
            [{"id": "1", "text": "a"}, {"id": "1", "text": "b"}],
            "/comments/1/id",
            "comment 1 has the id of comment 0",
        ),
        ([{"id": "1", "text": "a"}, {"text": "b"}], "/comments/1/id", "comment 1"),
        ([{"id": 7, "text": "a"}], "/comments/0/id", "comment 0"),
        ([{"id": "", "text": "a"}], "/comments/0/id", "comment 0"),
        ([None], "/comments/0/id", "comment 0"),
        ([], "/comments", "at least 1"),
        ([{"id": str(number), "text": "a"} for number in range(101)], "/comments", "at most 100"),
    ],
)
def test_a_wrong_envelope_is_422_and_names_the_index(
    plain_client: TestClient, comments: list[Any], pointer: str, named: str
) -> None:
    response = score(plain_client, comments)
    assert response.status_code == 422
    problem = response.json()
    assert problem["code"] == "invalid_request"
    assert problem["errors"][0]["pointer"] == pointer
    assert named in problem["errors"][0]["detail"]


def test_one_hundred_comments_are_one_batch(plain_client: TestClient, analyzer: WordAnalyzer) -> None:
    comments = [{"id": str(number), "text": "配送が遅い"} for number in range(100)]
    assert score(plain_client, comments).json()["succeeded"] == 100
    assert analyzer.batches == [100]
