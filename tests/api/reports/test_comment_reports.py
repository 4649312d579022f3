"""GET /v1/metrics/nps and /sentiment: figures, intervals, changes, periods, segments; on both databases."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.reports import comment_examples as examples
from api.reports.comment_schemas import NpsReport, SentimentReport
from voc_nlp.topics.statistics.nps import estimate_nps


def post(client: TestClient, external_id: str, text: str, day: str, **fields: object) -> None:
    sent = {"source": "s", "external_id": external_id, "text": text, "created_at": day, **fields}
    assert client.post("/v1/comments", json=sent).status_code == 201


def get(client: TestClient, name: str, **query: object) -> dict[str, Any]:
    params: Any = {key.strip("_"): value for key, value in query.items()}
    response = client.get(f"/v1/metrics/{name}", params=params)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


@pytest.fixture
def filled(client: TestClient) -> TestClient:
    """Return a client whose tenant has answers in January and March 2026."""
    answers = {"2026-01-15": (10, 9, 8, 0), "2026-03-31": (10, 3, 2, None)}
    for day, given in answers.items():
        for number, nps in enumerate(given):
            text = ("配送が最悪です", "great")[number % 2] if number else "特になし"
            post(client, f"{day}-{number}", text, day, nps=nps, channel="app" if number < 2 else "web")
    return client


def test_nps_by_month_counts_wordless_answers_and_compares(filled: TestClient) -> None:
    body = get(filled, "nps", period="month")
    assert (body["period"], body["by"], body["outside"]) == ("month", None, 0)
    january, february, march = body["items"]
    assert (january["start"], january["end"]) == ("2026-01-01", "2026-01-31")
    counts = ("answers", "promoters", "passives", "detractors", "unanswered")
    assert [january[name] for name in counts] == [4, 2, 1, 1, 0]
    expected = estimate_nps(2, 1, 4)
    assert expected is not None
    assert january["nps"] == {"value": 25.0, "low": expected.low, "high": expected.high}
    assert january["change"] is None
    assert (february["nps"], february["change"], february["answers"]) == (None, None, 0)
    assert [march[name] for name in counts] == [3, 1, 0, 2, 1]
    assert march["change"] is None  # nothing was answered the month before


def test_the_change_is_told_with_its_interval(filled: TestClient) -> None:
    _, first, second = get(filled, "nps", period="quarter", from_="2025-10-01", to="2026-06-30")["items"]
    assert first["nps"]["value"] == pytest.approx(0.0)
    assert (second["nps"], second["change"]) == (None, None)
    post(filled, "new", "great", "2026-05-01", nps=10)
    _, first, second = get(filled, "nps", period="quarter", from_="2025-10-01", to="2026-06-30")["items"]
    change = second["change"]
    assert change["value"] == pytest.approx(100.0)
    assert change["low"] < 100.0 <= change["high"]


def test_nps_by_segment_and_fiscal_year(filled: TestClient) -> None:
    post(filled, "april", "great", "2026-04-01", nps=9, channel="shop")
    rows = get(filled, "nps", period="fiscal_year", by="channel")["items"]
    assert [(row["start"], row["segment"], row["answers"]) for row in rows] == [
        ("2025-04-01", "app", 4),
        ("2025-04-01", "shop", 0),
        ("2025-04-01", "web", 3),
        ("2026-04-01", "app", 0),
        ("2026-04-01", "shop", 1),
        ("2026-04-01", "web", 0),
    ]


def test_first_and_last_day(filled: TestClient) -> None:
    body = get(filled, "nps", period="month", from_="2026-01-10", to="2026-01-31")
    [january] = body["items"]
    assert (january["answers"], january["complete"], body["outside"]) == (4, False, 4)
    assert get(filled, "nps", period="month", from_="2026-01-01", to="2026-01-31")["items"][0]["complete"]


def test_sentiment_by_quarter(filled: TestClient) -> None:
    [row] = get(filled, "sentiment", period="fiscal_quarter")["items"]
    assert row["comments"] == 6  # without the two that say nothing
    labels = {label: one["comments"] for label, one in row["labels"].items()}
    assert labels == {"positive": 4, "neutral": 0, "negative": 2, "mixed": 0}
    share = row["labels"]["positive"]["share"]
    assert share["value"] == pytest.approx(4 / 6)
    assert share["low"] < 4 / 6 < share["high"]
    assert row["sentiment"]["value"] == 0.0


def test_without_comments_there_are_no_rows(client: TestClient) -> None:
    for name in ("nps", "sentiment"):
        assert get(client, name) == {"period": "month", "by": None, "items": [], "outside": 0}


@pytest.mark.parametrize("name", ["nps", "sentiment"])
@pytest.mark.parametrize(
    "query",
    [
        {"period": "hour"},
        {"from": "2026-02-01", "to": "2026-01-01"},
        {"period": "day", "from": "1900-01-01", "to": "2200-01-01"},
        {"by": ""},
    ],
)
def test_unusable_parameters(plain_client: TestClient, name: str, query: dict[str, str]) -> None:
    response = plain_client.get(f"/v1/metrics/{name}", params=query)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


def test_examples_have_the_published_shape() -> None:
    assert NpsReport.model_validate(examples.NPS).model_dump(mode="json") == examples.NPS
    assert SentimentReport.model_validate(examples.SENTIMENT).model_dump(mode="json") == examples.SENTIMENT
