"""Whatever is sent, the answer is a problem that says what to do; never a 500, never the text."""

import json
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

JSON = {"Content-Type": "application/json"}
SECRET = "ひみつの言葉"


def sent(**fields: object) -> str:
    return json.dumps({"source": "s", "external_id": "1", "text": "配送が遅い", **fields})


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (sent(text="壊れた\ud800"), 422, "invalid_text"),
        (sent(text="a\x00b"), 422, "invalid_text"),
        (sent(text="あ" * 20_001), 422, "text_too_long"),
        (sent(text="x" * 60_000), 422, "text_too_long"),
        (sent(text="あ" * 100_000), 422, "text_too_long"),
        (sent(text="Доставка"), 422, "unsupported_language"),
        (sent(lang="fr"), 422, "unsupported_language"),
        (sent(lang=5), 422, "invalid_record"),
        (sent(text=None), 422, "invalid_record"),
        (sent(text=["配送"]), 422, "invalid_record"),
        (sent(source="\ud800"), 422, "invalid_record"),
        (sent(external_id="\x00"), 422, "invalid_record"),
        (sent(external_id=""), 422, "invalid_record"),
        (sent(external_id=1), 422, "invalid_record"),
        (sent(customer_id="\udfff"), 422, "invalid_record"),
        (sent(customer_id="x" * 201), 422, "invalid_record"),
        (sent(channel={"a": 1}), 422, "invalid_record"),
        (sent(nps=11), 422, "invalid_record"),
        (sent(nps=10**30), 422, "invalid_record"),
        (sent(csat=float("nan")), 422, "invalid_record"),
        (sent(csat=float("inf")), 422, "invalid_record"),
        ('{"source": "s", "external_id": "1", "text": "x", "ces": 1e999}', 422, "invalid_record"),
        (sent(created_at="gestern"), 422, "invalid_record"),
        (sent(created_at=5), 422, "invalid_record"),
        (sent(created_at="0001-01-01T00:00:00+14:00"), 422, "invalid_record"),
        (sent(created_at="9999-12-31T23:59:59-14:00"), 422, "invalid_record"),
        (sent(more={"deep": "\x00"}), 422, "invalid_record"),
        (sent(more={"\ud800": 1}), 422, "invalid_record"),
        (sent(more=float("-inf")), 422, "invalid_record"),
        (
            '{"source": "s", "external_id": "1", "text": "x", "more": ' + "[" * 500 + "]" * 500 + "}",
            422,
            "invalid_record",
        ),
        (json.dumps({"\ud800": 1}), 422, "invalid_record"),
        ("{}", 422, "invalid_record"),
        ("[]", 422, "invalid_record"),
        ("5", 422, "invalid_record"),
        ('"text"', 422, "invalid_record"),
        ("null", 422, "invalid_record"),
        ("", 422, "invalid_request"),
        ("{", 400, "invalid_json"),
        ("[" * 100_000, 400, "invalid_json"),
        ('{"text": ' + "9" * 5_000 + "}", 400, "invalid_json"),
        (b"\xff\xfe\x00", 400, "invalid_json"),
        ("text=a", 400, "invalid_json"),
    ],
)
def test_one_comment(plain_client: TestClient, content: str | bytes, status: int, code: str) -> None:
    response = plain_client.post("/v1/comments", content=content, headers=JSON)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (problem["code"], problem["status"]) == (code, status)
    assert all(problem[name] for name in ("detail", "title", "request_id"))
    assert plain_client.get("/v1/comments").json()["items"] == []


@pytest.mark.parametrize("path", ["/v1/score", "/v1/comments/batch"])
@pytest.mark.parametrize(
    ("content", "status"),
    [
        ("{}", 422),
        ("[]", 422),
        ('{"comments": 5}', 422),
        ('{"comments": {}}', 422),
        ('{"comments": null}', 422),
        ('{"comments": [[]]}', 422),
        ('{"comments": ["\\ud800"]}', 422),
        ('{"\\ud800": 1}', 422),
        ("{", 400),
        ("[" * 100_000, 400),
    ],
)
def test_envelopes(plain_client: TestClient, path: str, content: str, status: int) -> None:
    response = plain_client.post(path, content=content, headers=JSON)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


def test_odd_texts_are_kept(client: TestClient) -> None:
    texts = [
        "",
        " \n\t",
        "😀😀",
        "。",
        "ー" * 20_000,
        "ﾊﾝｶｸ①㈱",
        "a\u200bb\ufeff",
        "\u202eabc",
        "👨\u200d👩\u200d👧",
    ]
    for number, text in enumerate(texts):
        response = client.post("/v1/comments", content=sent(text=text, external_id=str(number)), headers=JSON)
        assert response.status_code == 201
        assert response.json()["comment"]["text"] == text


def test_odd_extra_fields_are_kept_as_given(client: TestClient) -> None:
    extra: dict[str, Any] = {
        "空": None,
        "数": [1, 2.5, -(2**70), True],
        "深": {"い": {"と": "ころ"}},
        "model_version": "mine",
        "id": "x",
        "": "empty",
    }
    response = client.post("/v1/comments", content=sent(**extra), headers=JSON)
    assert response.status_code == 201, response.text
    read = client.get(f"/v1/comments/{response.json()['comment']['id']}")
    assert read.json()["comment"]["extra"] == extra


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonp"]
)
def test_a_body_that_is_not_json_is_415(plain_client: TestClient, media_type: str) -> None:
    response = plain_client.post("/v1/comments", content=sent(), headers={"Content-Type": media_type})
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "application/ld+json"])
def test_kinds_of_json_are_read(plain_client: TestClient, media_type: str) -> None:
    response = plain_client.post("/v1/comments", content=sent(), headers={"Content-Type": media_type})
    assert response.status_code == 201


def test_a_body_over_the_limit_is_413_and_says_the_limit(plain_client: TestClient) -> None:
    response = plain_client.post("/v1/score", content=b" " * 5_000_001, headers=JSON)
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")
    assert "5,000,000" in response.json()["detail"]
    streamed = plain_client.post("/v1/score", content=(b" " * 100_000 for _ in range(51)), headers=JSON)
    assert streamed.status_code == 413


def test_unknown_paths_and_methods_are_problems(plain_client: TestClient) -> None:
    for method, path, status, code in (
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/../etc/passwd", 404, "not_found"),
        ("DELETE", "/v1/comments", 405, "method_not_allowed"),
    ):
        response = plain_client.request(method, path)
        assert (response.status_code, response.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("ja", "ja"),
        ("ja-JP", "ja"),
        ("en-US,en;q=0.9,ja;q=0.8", "en"),
        ("fr,ja;q=0.5,en;q=0.4", "ja"),
        ("*", "en"),
        ("ja;q=zero, en;q=", "en"),
        ("de", "en"),
    ],
)
def test_problems_speak_the_callers_language(
    plain_client: TestClient, header: str | None, language: str
) -> None:
    headers = {"Accept-Language": header} if header else {"Accept-Language": ""}
    response = plain_client.get("/v1/tickets/tkt_0", headers=headers)
    assert response.headers["content-language"] == language
    assert ("見つかりません" in response.json()["detail"]) is (language == "ja")


def test_the_request_id_is_taken_over_or_made(plain_client: TestClient) -> None:
    given = plain_client.get("/v1/x", headers={"X-Request-Id": "abc-1"})
    assert given.headers["x-request-id"] == given.json()["request_id"] == "abc-1"
    forged = plain_client.get("/v1/x", headers={"X-Request-Id": "a b{}"})
    assert len(forged.headers["x-request-id"]) == 32


def test_the_text_is_never_repeated_in_errors_or_logs(
    plain_client: TestClient, capfd: pytest.CaptureFixture[str]
) -> None:
    answers = [
        plain_client.post("/v1/comments", content=content, headers=JSON).text
        for content in (
            sent(text=SECRET + "\ud800"),
            sent(text=SECRET, nps=SECRET),
            sent(text=[SECRET]),
            sent(text=SECRET, created_at=SECRET),
            '{"text": "' + SECRET,
            sent(text=SECRET * 5_000),
            sent(text="わからない言葉 Доставка " + SECRET),
        )
    ]
    logged = "".join(capfd.readouterr())
    assert SECRET not in "".join(answers)
    assert SECRET not in logged


def test_what_nobody_foresaw_is_a_500_problem_without_the_text(
    plain_client: TestClient, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_comments: object) -> None:
        raise RuntimeError(SECRET)

    app = plain_client.app
    assert isinstance(app, FastAPI)
    monkeypatch.setattr(app.state.analyzer, "analyze", broken)
    response = plain_client.post("/v1/comments", content=sent(text=SECRET), headers=JSON)
    logged = "".join(capfd.readouterr())
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert response.json()["request_id"] in logged
    assert "RuntimeError" in logged
    assert SECRET not in logged + response.text
