"""Fits: queued, taken by the worker, kept apart from edits; corrections survive; on both databases."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.db.tables import ThemeFitRow
from api.themes import fits
from tests.api.conftest import MovedClock
from tests.api.theme_calls import change, changed, post, table, theme_worker

PAIRS = [
    ("アプリの決済が失敗した", "The payment in the app failed"),
    ("返品の手続きがわからない", "How do I return it"),
    ("味が薄いと思いました", "The taste is too weak for me"),
    ("配送が遅い", "The delivery is late"),
    ("請求が二重でした", "I was charged twice on the bill"),
]


def fill_more(client: TestClient) -> list[str]:
    """Store eight comments of each of five topics, half of them in English."""
    return [
        post(client, f"{topic}-{copy}-{lang}", f"{text}{'。' * copy}")["comment"]["id"]
        for topic, pair in enumerate(PAIRS)
        for copy in range(4)
        for lang, text in zip(("ja", "en"), pair, strict=True)
    ]


def ask(client: TestClient, body: object, **query: object) -> dict[str, Any]:
    response = change(client, "POST", "/fit", body, **query)
    assert response.status_code == 202, response.text
    queued: dict[str, Any] = response.json()
    assert response.headers["location"] == f"/v1/themes/fits/{queued['id']}"
    assert int(response.headers["retry-after"]) > 0
    assert queued["state"] == "queued"
    return queued


def read(client: TestClient, fit: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"/v1/themes/fits/{fit['id']}").json()
    return answer


def test_a_fit_keeps_what_people_did(client: TestClient, clock: MovedClock) -> None:
    ids = fill_more(client)
    changed(client, "PATCH", "/theme-001", {"label": {"ja": "遅配"}})
    changed(client, "POST", "/corrections", {"comment_id": ids[0], "theme_id": "theme-001"})
    changed(client, "POST", "", {"kind": "rule", "label": {"en": "tea"}, "query": "味 OR taste"})
    fit = ask(client, {})
    assert theme_worker(client, clock).run_once().done == 1
    done = read(client, fit)
    assert (done["state"], done["error"], done["revision"]) == ("succeeded", None, 5)
    assert done["receipt"]["comments"] == done["changes"]["comments"] == 40
    assert done["lineage"]
    placed = table(client)
    assert placed[ids[0]][0] == "theme-001"
    body = client.get("/v1/themes/theme-001").json()
    assert (body["label"]["ja"], body["revision"]) == ("遅配", 5)
    assert sum("rule-001" in themes for themes in placed.values()) == 8
    assert all(themes for comment_id, themes in placed.items() if comment_id in ids[:8])
    actions = [one["action"] for one in client.get("/v1/themes/lineage").json()["revisions"]]
    assert actions == ["shipped", "change", "correct", "add", "fit"]


def test_new_themes_are_added_without_moving_the_others(client: TestClient, clock: MovedClock) -> None:
    ids = fill_more(client)
    before = table(client)
    fit = ask(client, {"add_only": True})
    theme_worker(client, clock).run_once()
    done = read(client, fit)
    assert done["state"] == "succeeded", done
    after = table(client)
    kept = {comment_id for comment_id in ids if before[comment_id]}
    assert kept
    assert all(after[comment_id][0] == before[comment_id][0] for comment_id in kept)


def test_a_dry_run_of_a_fit_tells_and_changes_nothing(client: TestClient, clock: MovedClock) -> None:
    fill_more(client)
    before = (table(client), client.get("/v1/themes").json())
    fit = ask(client, {}, dry_run=True)
    theme_worker(client, clock).run_once()
    done = read(client, fit)
    assert (done["state"], done["dry_run"], done["revision"]) == ("succeeded", True, None)
    assert done["changes"]["changed"] > 0
    assert (table(client), client.get("/v1/themes").json()) == before


def test_too_few_comments_fail_with_a_reason(client: TestClient, clock: MovedClock) -> None:
    post(client, "1", "配送が遅い")
    fit = ask(client, {})
    theme_worker(client, clock).run_once()
    done = read(client, fit)
    assert (done["state"], done["error"]["code"]) == ("failed", "fit_refused")
    assert "at least 10" in done["error"]["message"]
    assert client.get("/v1/themes").json()["revision"] == 1


def test_a_tenant_has_one_fit_at_a_time(client: TestClient, make_key: Callable[..., str]) -> None:
    fit = ask(client, {})
    second = change(client, "POST", "/fit", {})
    assert (second.status_code, second.json()["code"]) == (409, "fit_in_progress")
    other = {"Authorization": f"Bearer {make_key(client, tenant='other', scopes='read,admin')}"}
    assert client.get(f"/v1/themes/fits/{fit['id']}", headers=other).status_code == 404
    assert client.get("/v1/themes/fits/nonsense").status_code == 404
    allowed = client.post("/v1/themes/fit", json={}, headers={**other, "If-Match": '"1"'})
    assert allowed.status_code == 202
    assert client.post("/v1/themes/fit", json={}).status_code == 428
    assert client.post("/v1/themes/fit", json={}, headers={"If-Match": '"7"'}).status_code == 412


def test_an_edit_during_a_fit_is_not_lost(
    client: TestClient, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_more(client)
    fit = ask(client, {})
    first = fits._work_out
    edits: list[int] = []

    def work_out_and_be_overtaken(*arguments: Any) -> Any:
        plan = first(*arguments)
        if not edits:
            edits.append(1)
            changed(client, "PATCH", "/theme-002", {"label": {"en": "billing"}})
        return plan

    monkeypatch.setattr(fits, "_work_out", work_out_and_be_overtaken)
    theme_worker(client, clock).run_once()
    done = read(client, fit)
    assert (done["state"], done["revision"]) == ("succeeded", 3)
    assert client.get("/v1/themes/theme-002").json()["label"]["en"] == "billing"


def test_a_fit_of_a_lost_worker_is_taken_again(client: TestClient, clock: MovedClock) -> None:
    fill_more(client)
    fit = ask(client, {})
    app = client.app
    assert isinstance(app, FastAPI)
    with app.state.database.writing() as session:
        session.get_one(ThemeFitRow, fit["id"]).state = "running"
        session.get_one(ThemeFitRow, fit["id"]).started_at = clock()
    worker = theme_worker(client, clock)
    assert worker.run_once().done == 0
    clock.now += fits.LOST_AFTER + timedelta(seconds=1)
    assert worker.run_once().done == 1
    assert read(client, fit)["state"] == "succeeded"


def test_a_split_makes_parts_below(client: TestClient) -> None:
    for number in range(8):
        post(client, f"lost-{number}", "荷物が届かない" + "。" * number)
        post(client, f"app-{number}", "The delivery app payment" + "." * number)
    answer = changed(client, "POST", "/theme-001/split", {"parts": 2})
    parts = [theme for theme in answer["themes"] if theme["parent"] == "theme-001"]
    assert len(parts) == 2
    listed = {item["id"]: item for item in client.get("/v1/themes").json()["items"]}
    assert (listed["theme-001"]["kind"], listed["theme-001"]["comments"]) == ("group", 16)
    assert sum(listed[part["id"]]["comments"] for part in parts) >= 16


@pytest.mark.parametrize(
    ("words", "code"),
    [({"stop_words": ["本日"], "synonyms": {"本日": "今日"}}, "stop_and_synonym"), ({}, None)],
)
def test_a_dictionary_is_read_as_it_was_put(
    client: TestClient, words: dict[str, Any], code: str | None
) -> None:
    answer = changed(client, "PUT", "/dictionary", words)
    read_back = client.get("/v1/themes/dictionary", headers={"Accept-Language": "ja"}).json()
    assert read_back["dictionary"] == answer["dictionary"]
    expected = {"stop_words": [], "synonyms": {}, "compounds": [], **words}
    assert {key: read_back["dictionary"][key] for key in expected} == expected
    assert {conflict["code"] for conflict in read_back["conflicts"]} == ({code} if code else set())


def test_a_dictionary_travels_as_csv(client: TestClient) -> None:
    content = (
        "kind,word,stands_for\r\nstop,本日,\r\nsynonym,ポイカ,ポイントカード\r\ncompound,ポイントカード,\r\n"
    )
    for encoding in ("utf-8-sig", "cp932"):
        headers = {"If-Match": "*", "Content-Type": "text/csv"}
        put = client.put("/v1/themes/dictionary", content=content.encode(encoding), headers=headers)
        assert put.status_code == 200, put.text
        assert put.json()["dictionary"]["synonyms"] == {"ポイカ": "ポイントカード"}
    read_back = client.get("/v1/themes/dictionary", headers={"Accept": "text/csv"}, params={"bom": True})
    assert read_back.headers["content-type"].startswith("text/csv")
    assert sorted(read_back.content.decode("utf-8-sig").split()) == sorted(content.split())


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"kind,word\r\n", "text/csv", 422, "invalid_dictionary"),
        ("kind,word,stands_for\r\nverb,走る,\r\n".encode(), "text/csv", 422, "invalid_dictionary"),
        (b"\xff\xfe\x00\x01", "text/csv", 422, "invalid_dictionary"),
        (b"{", "application/json", 400, "invalid_json"),
        (b"[" * 100_000, "application/json", 400, "invalid_json"),
        (b"[]", "application/json", 422, "invalid_dictionary"),
        (json.dumps({"stop_words": ["\x00a"]}).encode(), "application/json", 422, "invalid_dictionary"),
        (json.dumps({"stop_words": "a"}).encode(), "application/json", 422, "invalid_dictionary"),
        (b"word", "text/plain", 415, "unsupported_media_type"),
    ],
)
def test_a_broken_dictionary_is_refused(
    client: TestClient, content: bytes, kind: str, status: int, code: str
) -> None:
    headers = {"If-Match": "*", "Content-Type": kind}
    response = client.put("/v1/themes/dictionary", content=content, headers=headers)
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    assert client.get("/v1/themes").json()["revision"] == 1
