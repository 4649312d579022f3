"""Changes of the themes: with If-Match, as a dry run, and what they move; on both databases."""

import threading
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.theme_calls import change, changed, counts, etag, fill, post, table

RAIN = {"kind": "rule", "label": {"ja": "雨", "en": "rain"}, "query": "雨 OR rainy"}


def test_a_change_without_if_match_is_refused(client: TestClient) -> None:
    for language, title in (("en", "If-Match required"), ("ja", "If-Match が必要です")):
        response = client.patch(
            "/v1/themes/theme-001", json={"pinned": True}, headers={"Accept-Language": language}
        )
        problem = response.json()
        assert (response.status_code, problem["code"], problem["title"]) == (428, "if_match_missing", title)
        assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("tag", ['"2"', 'W/"1"', "1", '""', "x", '"1', '"0.0"'])
def test_a_stale_or_broken_tag_is_refused(client: TestClient, tag: str) -> None:
    response = client.patch("/v1/themes/theme-001", json={"pinned": True}, headers={"If-Match": tag})
    assert (response.status_code, response.json()["code"]) == (412, "themes_changed")
    assert client.get("/v1/themes").json()["revision"] == 1


@pytest.mark.parametrize("tag", ['"1"', '"9", "1"', "*", '"1.17"'])
def test_a_tag_of_the_revision_is_taken(client: TestClient, tag: str) -> None:
    response = client.patch("/v1/themes/theme-001", json={"pinned": True}, headers={"If-Match": tag})
    assert (response.status_code, response.headers["etag"]) == (200, '"2"')


def test_of_two_analysts_at_once_one_is_told(client: TestClient) -> None:
    fill(client)
    tag = etag(client)
    answers: list[Any] = []
    start = threading.Barrier(2)

    def rename(name: str) -> None:
        start.wait()
        answers.append(
            client.patch("/v1/themes/theme-001", json={"label": {"en": name}}, headers={"If-Match": tag})
        )

    threads = [threading.Thread(target=rename, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    [won] = [answer.json() for answer in answers if answer.status_code == 200]
    body = client.get("/v1/themes/theme-001").json()
    assert (body["label"]["en"], body["revision"]) == (won["themes"][0]["label"]["en"], 2)


def test_a_new_name_moves_nobody(client: TestClient) -> None:
    ids = fill(client)
    before = table(client)
    answer = changed(client, "PATCH", "/theme-001", {"label": {"ja": "遅配"}})
    assert (answer["revision"], answer["changes"]["comments"], answer["changes"]["changed"]) == (2, 0, 0)
    assert answer["themes"][0]["label"] == {"ja": "遅配", "en": "late delivery"}
    assert table(client) == before
    shown = client.get(f"/v1/comments/{ids[0]}").json()["analysis"]["themes"]
    assert shown[0]["label"] == "遅配"
    assert post(client, "new", "配送が遅い")["analysis"]["themes"][0]["label"] == "遅配"


CHANGES = [
    ("PATCH", "/theme-001", {"label": {"en": "late"}}),
    ("PATCH", "/theme-001", {"archived": True}),
    ("PATCH", "/theme-001", {"parent": None, "pinned": True}),
    ("POST", "/merge", {"themes": ["theme-001", "theme-002"]}),
    ("POST", "", RAIN),
    ("POST", "", {"kind": "group", "label": {"ja": "その他"}}),
    ("PUT", "/dictionary", {"synonyms": {"雨": "配送", "rainy": "delivery"}}),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_a_dry_run_changes_nothing_and_tells_the_same(
    client: TestClient, method: str, path: str, body: dict[str, Any]
) -> None:
    fill(client)
    before = (table(client), client.get("/v1/themes").json(), client.get("/v1/themes/dictionary").json())
    told = changed(client, method, path, body, dry_run=True)
    after = (table(client), client.get("/v1/themes").json(), client.get("/v1/themes/dictionary").json())
    assert after == before
    assert (told["dry_run"], told["revision"]) == (True, 1)
    done = changed(client, method, path, body)
    assert (done["dry_run"], done["revision"]) == (False, 2)
    assert done["changes"] == told["changes"]


def test_a_merge_says_who_moves(client: TestClient) -> None:
    ids = fill(client)
    answer = changed(client, "POST", "/merge", {"themes": ["theme-001", "theme-002"]})
    moved = sorted((ids[2], ids[7]))
    assert answer["changes"]["moves"] == [
        {"from": "theme-002", "to": "theme-001", "comments": 2, "comment_ids": moved}
    ]
    assert answer["changes"]["themes"] == [
        {"id": "theme-001", "before": 4, "after": 6, "gained": 2, "lost": 0, "comment_ids": moved},
        {"id": "theme-002", "before": 2, "after": 0, "gained": 0, "lost": 2, "comment_ids": moved},
    ]
    assert answer["changes"]["unassigned"] == {"before": 2, "after": 2}
    assert counts(client) == {"theme-001": 6, "group-001": 6, "theme-003": 2}
    assert client.get("/v1/themes/theme-002").status_code == 404
    lineage = client.get("/v1/themes/lineage").json()
    assert lineage["items"][-1]["kind"] == "merged"
    assert lineage["items"][-1]["sources"] == {"theme-001": 1.0, "theme-002": 1.0}
    assert [one["action"] for one in lineage["revisions"]] == ["shipped", "merge"]
    assert lineage["revisions"][-1]["actor"] == "key:bootstrap"


def test_an_archived_theme_lets_its_comments_go_and_takes_them_back(client: TestClient) -> None:
    fill(client)
    before = table(client)
    answer = changed(client, "PATCH", "/theme-001", {"archived": True})
    assert answer["changes"]["unassigned"] == {"before": 2, "after": 6}
    assert "theme-001" not in str(table(client))
    changed(client, "PATCH", "/theme-001", {"archived": False})
    assert table(client) == before


def test_a_rule_adds_its_comments_and_moves_nobody(client: TestClient) -> None:
    ids = fill(client)
    response = change(client, "POST", "", RAIN)
    assert (response.status_code, response.headers["location"]) == (201, "/v1/themes/rule-001")
    body = response.json()
    assert body["changes"]["moves"] == []
    assert body["changes"]["themes"][0] | {"comment_ids": []} == {
        "id": "rule-001",
        "before": 0,
        "after": 2,
        "gained": 2,
        "lost": 0,
        "comment_ids": [],
    }
    assert table(client)[ids[4]] == table(client)[ids[9]] == ["rule-001"]
    assert post(client, "new", "雨で配送が遅い")["analysis"]["themes"][0]["id"] == "rule-001"
    changed(client, "PATCH", "/rule-001", {"query": "静か"})
    assert [themes for themes in table(client).values() if "rule-001" in themes] == [["rule-001"]]
    changed(client, "PATCH", "/rule-001", {"archived": True})
    assert "rule-001" not in str(table(client))


def test_a_rule_reads_the_stored_sentiment_and_fields(client: TestClient) -> None:
    late = post(client, "1", "配送が遅い", channel="app", nps=2)["comment"]["id"]
    post(client, "2", "配送が遅い", channel="web", nps=9)
    post(client, "3", "The staff were great", channel="app", nps=2)
    query = "sentiment:negative channel:app nps<=6 lang:ja score<=0 department:logistics churn:false"
    query += " intent:complaint urgency:normal"
    changed(client, "POST", "", {"kind": "rule", "label": {"en": "angry"}, "query": query})
    assert [one for one, themes in table(client).items() if "rule-001" in themes] == [late]


def test_synonyms_count_at_once_for_stored_comments(client: TestClient) -> None:
    ids = fill(client)
    answer = changed(client, "PUT", "/dictionary", {"synonyms": {"雨": "配送", "rainy day": "delivery"}})
    assert {move["to"]: move["comments"] for move in answer["changes"]["moves"]} == {"theme-001": 2}
    assert table(client)[ids[4]] == table(client)[ids[9]] == ["theme-001"]
    assert post(client, "new", "雨でした")["analysis"]["themes"][0]["id"] == "theme-001"
    changed(client, "PUT", "/dictionary", {})
    assert table(client)[ids[4]] == []


def test_a_theme_is_moved_below_another(client: TestClient) -> None:
    fill(client)
    changed(client, "PATCH", "/theme-003", {"parent": "group-001"})
    assert counts(client)["group-001"] == 8
    response = change(client, "PATCH", "/group-001", {"parent": "theme-003"})
    assert (response.status_code, response.json()["code"]) == (422, "invalid_theme_change")
    assert client.get("/v1/themes").json()["revision"] == 2


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("PATCH", "/theme-001", {}, 422, "invalid_theme_change"),
        ("PATCH", "/theme-001", {"label": {}}, 422, "invalid_theme_change"),
        ("PATCH", "/theme-001", {"label": {"fr": "retard"}}, 422, "invalid_request"),
        ("PATCH", "/theme-001", {"label": {"ja": "x" * 81}}, 422, "invalid_request"),
        ("PATCH", "/theme-001", {"label": {"ja": "\x00"}}, 422, "invalid_request"),
        ("PATCH", "/theme-001", {"label": {"ja": "遅配\ud83d"}}, 422, "invalid_request"),
        ("PATCH", "/theme-001", {"label": {"en": "late\udc00"}}, 422, "invalid_request"),
        ("PATCH", "/theme-001", {"parent": "\ud800"}, 422, "invalid_request"),
        ("PATCH", "/theme-001", {"label": {"ja": "  "}}, 422, "invalid_theme_change"),
        ("PATCH", "/theme-001", {"query": "雨"}, 422, "invalid_theme_change"),
        ("PATCH", "/theme-001", {"parent": "nowhere"}, 404, "not_found"),
        ("PATCH", "/theme-001", {"id": "theme-009"}, 422, "invalid_request"),
        ("PATCH", "/nowhere", {"pinned": True}, 404, "not_found"),
        ("PATCH", "/unassigned", {"pinned": True}, 404, "not_found"),
        ("POST", "", {"kind": "learnt", "label": {"en": "a"}}, 422, "invalid_request"),
        ("POST", "", {"kind": "rule", "label": {"en": "a"}}, 422, "invalid_theme_change"),
        ("POST", "", {"kind": "rule", "label": {"en": "a"}, "query": "a AND ("}, 422, "invalid_query"),
        ("POST", "", {"kind": "rule", "label": {"en": "a"}, "query": "雨\ud800"}, 422, "invalid_request"),
        ("POST", "", {"kind": "rule", "label": {"en": "a"}, "query": "(" * 1999}, 422, "invalid_query"),
        ("POST", "", {"kind": "group", "label": {"en": "a"}, "query": "a"}, 422, "invalid_theme_change"),
        ("POST", "/merge", {"themes": ["theme-001"]}, 422, "invalid_request"),
        ("POST", "/merge", {"themes": ["theme-001", "theme-001"]}, 422, "invalid_theme_change"),
        ("POST", "/merge", {"themes": ["theme-001", "group-001"]}, 422, "invalid_theme_change"),
        ("POST", "/theme-001/split", {"parts": 1}, 422, "invalid_request"),
        ("POST", "/theme-001/split", {"parts": 2}, 422, "invalid_theme_change"),
        ("POST", "/corrections", {"comment_id": "x", "theme_id": None}, 404, "not_found"),
        ("POST", "/fit", {"most_themes": 1}, 422, "invalid_request"),
    ],
)
def test_what_cannot_be_changed_is_told(
    client: TestClient, method: str, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    response = change(client, method, path, body)
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    assert client.get("/v1/themes").json()["revision"] == 1
