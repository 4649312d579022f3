"""Trends, emerging themes and impact over stored comments; on both databases."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.themes import statistics
from tests.api.theme_calls import EN, JA, post

_KANA = "あいうえおかきくけこ"  # makes texts that differ


def fill_months(client: TestClient) -> None:
    """Store comments of two months: delivery in both, bills in the second, answers to NPS with all."""
    number = 0
    for month, texts in ((1, [JA[0], EN[0]] * 3), (2, [JA[0], JA[2], EN[2]] * 4)):
        for day, text in enumerate(texts, start=1):
            number += 1
            post(
                client,
                str(number),
                text,
                created_at=f"2026-{month:02}-{day:02}T23:30:00+09:00",
                channel="app" if number % 2 else "web",
                nps=1 if "配送" in text or "late" in text else 9,
                region="Kanto",
            )


def get(client: TestClient, path: str, **query: object) -> dict[str, Any]:
    response = client.get(
        f"/v1/themes/{path}", params={key.strip("_"): value for key, value in query.items()}
    )
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def test_trends_count_by_month(client: TestClient) -> None:
    fill_months(client)
    body = get(client, "trends", period="month", theme="theme-001")
    rows = [(row["start"], row["comments"], row["total"]) for row in body["items"]]
    assert rows == [("2026-01-01", 6, 6), ("2026-02-01", 4, 12)]
    assert body["items"][1]["share"]["low"] < 4 / 12 < body["items"][1]["share"]["high"]
    assert body["items"][1]["change"]["value"] == pytest.approx(4 / 12 - 1)
    groups = get(client, "trends", period="month", theme="group-001")
    assert [row["comments"] for row in groups["items"]] == [6, 12]


def test_days_are_those_of_the_calendars_zone(client: TestClient) -> None:
    post(client, "1", JA[0], created_at="2026-01-31T16:00:00Z")
    [row] = get(client, "trends", period="month", theme="theme-001")["items"]
    assert row["start"] == "2026-02-01"


@pytest.mark.parametrize(
    ("by", "values"),
    [("language", {"ja", "en"}), ("channel", {"app", "web"}), ("region", {"Kanto"}), ('a"b', {None})],
)
def test_trends_by_segment(client: TestClient, by: str, values: set[str | None]) -> None:
    fill_months(client)
    body = get(client, "trends", period="quarter", by=by, from_="2026-01-01", to="2026-03-31")
    assert {row["segment"] for row in body["items"]} == values
    assert body["outside"] == 0


def test_a_rising_theme_is_told_with_its_comments(client: TestClient) -> None:
    for month in range(1, 5):
        for day in range(1, 11):
            post(client, f"{month}-{day}", JA[3], created_at=f"2026-{month:02}-{day:02}")
    for day in range(1, 9):
        post(client, f"bill-{day}", EN[2], created_at=f"2026-04-{day + 10:02}")
    body = get(client, "emerging", window_days=30)
    [burst] = [one for one in body["bursts"] if one["theme"] == "theme-002"]
    assert (burst["emerging"], burst["comments"], burst["first_seen"]) == (True, 8, "2026-04-11")
    assert len(burst["comment_ids"]) == 8
    assert burst["ratio"]["value"] is None


def test_a_new_group_is_found_where_no_theme_is(client: TestClient) -> None:
    for month, text in enumerate((JA[0], JA[2], JA[3], "返品したい", "味が薄い"), start=1):
        for day in range(1, 9):
            written = {"created_at": f"2025-{month:02}-{day:02}"}
            post(client, f"{month}-{day}", text + _KANA[:day], **written)
    planted = [
        post(client, f"new-{n}", "アプリの決済" + _KANA[:n], created_at=f"2026-04-{n + 12:02}")["comment"][
            "id"
        ]
        for n in range(8)
    ]
    body = get(client, "emerging", window_days=30)
    assert body["groups"], body
    assert set(body["groups"][0]["comment_ids"]) <= set(planted)
    assert body["groups"][0]["first_seen"] >= "2026-04-01"


def test_impact_on_nps(client: TestClient) -> None:
    for number in range(12):
        post(client, f"late-{number}", JA[0], nps=number % 4)
        post(client, f"staff-{number}", EN[3], nps=8 + number % 3)
    body = get(client, "impact", outcome="nps")
    worst = body["items"][0]
    assert (worst["theme"], worst["n_with"], worst["n_without"]) in {
        ("theme-001", 12, 12),
        ("group-001", 12, 12),
    }
    assert worst["difference"]["high"] < 0
    assert body["n"] == 24
    assert get(client, "impact", outcome="score", by="language")["outcome"] == "score"


def test_nothing_stored_is_no_error(client: TestClient) -> None:
    assert get(client, "trends")["items"] == []
    assert get(client, "emerging") | {"revision": 0} == {
        "revision": 0,
        "bursts": [],
        "groups": [],
        "start": None,
        "end": None,
    }
    assert get(client, "impact")["n"] == 0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("trends?period=hour", 422),
        ("trends?from=2026-02-30", 422),
        ("trends?from=0001-01-01", 422),
        ("trends?from=2026-02-02&to=2026-02-01", 422),
        ("trends?theme=nowhere", 404),
        ("trends?by=", 422),
        ("trends?period=day&from=1900-01-01&to=2200-12-31", 422),
        ("emerging?window_days=0", 422),
        ("emerging?at=9999-12-31", 422),
        ("impact?outcome=money", 422),
        ("impact?by=%00", 422),
        ("trends?theme=%00", 422),
        ("%00", 404),
        ("x/comments", 404),
        ("unassigned/comments?limit=0", 422),
    ],
)
def test_bad_questions_are_told(client: TestClient, path: str, status: int) -> None:
    post(client, "1", JA[0], created_at="2026-01-09")
    response = client.get(f"/v1/themes/{path}")
    assert response.status_code == status, response.text


@pytest.mark.parametrize("theme", ["theme-001", "unassigned", None])
def test_a_segment_of_too_many_values_is_refused(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, theme: str | None
) -> None:
    for number, text in enumerate([JA[0], EN[0], JA[4], EN[4], JA[2], EN[2]]):
        post(client, str(number), text, order=f"order-{number}", nps=5, created_at="2026-01-05")
    query = {"by": "order", **({} if theme is None else {"theme": theme})}
    monkeypatch.setattr(statistics, "MOST_SEGMENTS", 5)
    impact = client.get("/v1/themes/impact", params={"by": "order"})
    assert (impact.status_code, impact.json()["code"]) == (422, "invalid_request")
    rows = get(client, "trends", **query)["items"]
    assert {row["theme"] for row in rows} >= {None if theme == "unassigned" else theme}
    assert theme is None or [sum(row["comments"] for row in rows), len(rows)] == [2, 6]
    monkeypatch.setattr(statistics, "MOST_ROWS", 5)
    refused = client.get("/v1/themes/trends", params=query)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert "expected at most" in refused.json()["detail"]
