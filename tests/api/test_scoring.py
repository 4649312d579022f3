"""POST /v1/score: analyses in order, errors beside them, nothing stored."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.analysis.answering import LOST
from api.db.tables import ApiKeyRow
from api.keys import service as keys
from api.keys.lately import CallersSeenLately
from tests.api.doubles import WordAnalyzer
from voc_nlp.schema import Analysis, Comment, Refusal

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


def test_only_the_loaded_models_can_be_asked_for(plain_client: TestClient) -> None:
    bodies = {
        "/v1/score": {"comments": [{"id": "1", "text": "great"}]},
        "/v1/comments": {"source": "s", "external_id": "1", "text": "great"},
        "/v1/comments/batch": {"comments": [{"source": "s", "external_id": "2", "text": "great"}]},
    }
    for path, body in bodies.items():
        for version in ("latest", "words-1"):
            assert plain_client.post(f"{path}?model_version={version}", json=body).status_code in (200, 201)
        for language, said in (("en", "the loaded one is words-1"), ("ja", "現在のバージョンは words-1")):
            refused = plain_client.post(
                f"{path}?model_version=words-0", json=body, headers={"Accept-Language": language}
            )
            assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
            assert refused.json()["errors"][0]["pointer"] == "/query/model_version"
            assert said in refused.json()["errors"][0]["detail"]


def test_at_most_ten_comments_are_explained(plain_client: TestClient) -> None:
    comments = [{"id": str(number), "text": "great"} for number in range(11)]
    refused = plain_client.post("/v1/score?explain=true", json={"comments": comments})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/comments"


@pytest.mark.parametrize(
    "comments",
    [
        [{"id": "1", "text": "配送が最悪です 090-1234-5678"}],
        [{"id": "1", "text": "great"}, {"id": "2", "text": "a\x00"}, {"id": "3", "text": "배송이 늦어요"}],
        [{"id": str(number), "text": "遅い", "nps": number} for number in range(12)],
    ],
)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_short_way_and_the_long_way_answer_alike(
    plain_client: TestClient, comments: list[Any], language: str
) -> None:
    sent = {"comments": comments}
    headers = {"Accept-Language": language}
    short = plain_client.post("/v1/score", json=sent, headers=headers)
    long = plain_client.post("/v1/score?offsets=codepoint", json=sent, headers=headers)
    assert short.status_code == long.status_code == 200
    assert short.json() == long.json()
    for name in ("content-type", "content-length"):
        assert short.headers[name] == long.headers[name]
    assert short.headers["x-request-id"] != long.headers["x-request-id"]


def test_a_key_is_looked_up_once_in_a_while_and_passes_for_so_long(
    plain_client: TestClient, make_key: Callable[..., str]
) -> None:
    app = plain_client.app
    assert isinstance(app, FastAPI)
    moved = [100.0]
    app.state.callers_seen = CallersSeenLately(5.0, lambda: moved[0])
    secret = make_key(plain_client, scopes="score")
    headers = {"Authorization": f"Bearer {secret}"}

    def status() -> int:
        return score(plain_client, [{"id": "1", "text": "great"}], **headers).status_code

    assert status() == 200
    with app.state.database.writing() as session:
        key_id = session.scalars(select(ApiKeyRow.id)).one()
        assert keys.revoke(session, key_id, datetime.now(UTC))
    assert plain_client.get("/v1/tickets", headers=headers).status_code == 401
    assert status() == 200
    moved[0] += 5
    assert status() == 401
    app.state.callers_seen = CallersSeenLately(0)
    assert status() == 401


def test_a_full_line_is_503_and_says_when_to_come_again(
    plain_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.analysis.line.WaitingLine.has_room", lambda *_: False)
    sent = {"source": "s", "external_id": "1", "text": "x"}
    for answer in (
        score(plain_client, [{"id": "1", "text": "x"}]),
        plain_client.post("/v1/comments", json=sent),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
        assert int(answer.headers["retry-after"]) >= 1
    japanese = score(plain_client, [{"id": "1", "text": "x"}], **{"Accept-Language": "ja"})
    assert "分析待ち" in japanese.json()["detail"]
    assert "voc_analysis_refused_requests_total 3.0" in plain_client.get("/metrics").text


def test_a_comment_that_was_lost_twice_is_503_alone_and_an_error_beside_others(
    plain_client: TestClient, analyzer: WordAnalyzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(comments: list[Comment]) -> list[Analysis | Refusal]:
        return [
            Refusal(one.id, LOST, "interrupted twice") if "落ちる" in one.text else found
            for one, found in zip(comments, WordAnalyzer().analyze(comments), strict=True)
        ]

    monkeypatch.setattr(analyzer, "analyze", lose)
    for alone in (
        score(plain_client, [{"id": "1", "text": "落ちる"}]),
        plain_client.post("/v1/comments", json={"source": "s", "external_id": "1", "text": "落ちる"}),
    ):
        assert (alone.status_code, alone.json()["code"]) == (503, "unavailable")
        assert alone.headers["retry-after"]
    beside = score(plain_client, [{"id": "1", "text": "落ちる"}, {"id": "2", "text": "great"}]).json()
    assert [each["error"]["code"] for each in beside["errors"]] == ["unavailable"]
    assert [each["id"] for each in beside["results"]] == ["2"]


def test_figures_of_the_line_are_published(plain_client: TestClient) -> None:
    score(plain_client, [{"id": str(number), "text": "great"} for number in range(9)])
    text = plain_client.get("/metrics").text
    assert "voc_analysis_queue_comments 0.0" in text
    assert "voc_analysis_batch_comments_sum 9.0" in text
    assert "voc_analysis_wait_seconds_count 1.0" in text
