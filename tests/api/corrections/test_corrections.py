"""Corrections over HTTP: checked, kept beside the analysis, superseded, withdrawn; on both databases."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.audit import chain
from api.db.engine import Database
from api.db.tables import AuditRow, CorrectionRow, EventRow
from tests.api.access.test_keys import bearer
from tests.api.conftest import MovedClock
from tests.api.corrections.correction_calls import correct, shown, stored
from tests.api.privacy.test_erasure import erase, everything, found_in
from tests.api.theme_calls import changed, post, table

JA = "配送が遅い。店員は最高でした"
EN = "The delivery is late and I will cancel"


def database_of(client: TestClient) -> Database:
    app = client.app
    assert isinstance(app, FastAPI)
    database: Database = app.state.database
    return database


@pytest.mark.parametrize("text", [JA, EN])
def test_every_task_is_kept_beside_the_unchanged_analysis(
    client: TestClient, clock: MovedClock, text: str
) -> None:
    comment_id = stored(client, "1", text)
    before = client.get(f"/v1/comments/{comment_id}").json()["analysis"]
    said: dict[str, tuple[object, object, bool]] = {
        "sentiment": ("neutral", before["sentiment"]["label"], False),
        "intent": ("suggestion", "complaint", False),
        "urgency": (before["urgency"]["level"], before["urgency"]["level"], True),
        "churn": (before["churn"]["at_risk"], before["churn"]["at_risk"], True),
        "departments": (["billing", "logistics"], [each["id"] for each in before["departments"]], False),
    }
    for task, (label, model, agreed) in said.items():
        answer = correct(client, comment_id, task, label, annotator="佐藤 花子")
        assert (answer["label"], answer["model_label"], answer["agreed"]) == (label, model, agreed), task
        assert (answer["model_version"], answer["status"]) == ("words-1", "standing")
        assert (answer["annotator"], answer["language"]) == ("佐藤 花子", before["language"])
    term = "店員" if text == JA else "cancel"
    answer = correct(client, comment_id, "aspects", [{"term": term, "sentiment": "positive"}])
    start = text.find(term)
    assert answer["label"] == [
        {"term": term, "start": start, "end": start + len(term), "sentiment": "positive"}
    ]
    assert answer["annotator"] == "key:bootstrap"
    now = client.get(f"/v1/comments/{comment_id}").json()
    assert now["analysis"] == before
    assert {one["task"]: one["label"] for one in now["corrections"]} == {
        **{task: label for task, (label, _, _) in said.items()},
        "aspects": answer["label"],
    }
    listed = client.get("/v1/comments").json()["items"][0]["corrections"]
    assert listed == now["corrections"]
    assert all(one["in_force"] for one in listed)


def test_the_same_person_supersedes_and_others_stand_beside(client: TestClient, clock: MovedClock) -> None:
    comment_id = stored(client, "1", JA)
    first = correct(client, comment_id, "sentiment", "neutral", annotator="a")
    other = correct(client, comment_id, "sentiment", "negative", annotator="b")
    clock.forward(hours=1)
    second = correct(client, comment_id, "sentiment", "positive", annotator="a")
    assert [(one["id"], one["in_force"]) for one in shown(client, comment_id)] == [
        (second["id"], True),
        (other["id"], False),
    ]
    listed = client.get("/v1/corrections", params={"history": True}).json()["items"]
    assert [(one["id"], one["status"]) for one in listed] == [
        (second["id"], "standing"),
        (other["id"], "standing"),
        (first["id"], "superseded"),
    ]
    assert client.delete(f"/v1/corrections/{first['id']}").status_code == 409
    assert client.delete(f"/v1/corrections/{second['id']}").status_code == 204
    assert client.delete(f"/v1/corrections/{second['id']}").status_code == 204
    assert [(one["id"], one["in_force"]) for one in shown(client, comment_id)] == [(other["id"], True)]
    assert client.delete("/v1/corrections/cor_unknown").status_code == 404


def test_lists_are_filtered_and_paged(client: TestClient, clock: MovedClock) -> None:
    first, second = stored(client, "1", JA), stored(client, "2", EN)
    made = [correct(client, first, "sentiment", "neutral", annotator="a")]
    clock.forward(days=1)
    made += [
        correct(client, second, "intent", "praise", annotator="b"),
        correct(client, second, "churn", True),
    ]

    def found(**query: object) -> list[int]:
        params: Any = {name.strip("_"): value for name, value in query.items()}
        answer = client.get("/v1/corrections", params=params)
        assert answer.status_code == 200, answer.text
        ids = [one["id"] for one in made]
        return [ids.index(one["id"]) for one in answer.json()["items"]]

    assert found() == [2, 1, 0]
    assert found(task="intent") == [1]
    assert found(annotator="a") == [0]
    assert found(comment_id=second) == [2, 1]
    assert found(from_="2026-01-10T00:00:00") == [2, 1]
    assert found(to="2026-01-10T00:00:00+09:00") == [0]
    page = client.get("/v1/corrections", params={"limit": 2}).json()
    rest = client.get("/v1/corrections", params={"cursor": page["next_cursor"]}).json()
    assert [one["id"] for one in rest["items"]] == [made[0]["id"]]


@pytest.mark.parametrize(
    ("task", "label", "pointer"),
    [
        ("sentiment", "angry", "/label"),
        ("sentiment", None, "/label"),
        ("sentiment", ["negative"], "/label"),
        ("urgency", "extreme", "/label"),
        ("intent", "新しい", "/label"),
        ("churn", "true", "/label"),
        ("churn", 1, "/label"),
        ("departments", "logistics", "/label"),
        ("departments", ["logistics", "unknown"], "/label/1"),
        ("departments", ["triage"], "/label/0"),
        ("departments", ["billing", "billing"], "/label"),
        ("departments", ["billing", "logistics", "sales", "customer_support"], "/label"),
        ("departments", [["billing"]], "/label"),
        ("aspects", "配送", "/label"),
        ("aspects", [{"term": "電話", "sentiment": "negative"}], "/label/0"),
        ("aspects", [{"term": "配送", "sentiment": "mixed"}], "/label/0"),
        ("aspects", [{"term": "配送", "sentiment": ["negative"]}], "/label/0"),
        ("aspects", [{"term": "配送", "sentiment": "negative", "start": 1, "end": 3}], "/label/0"),
        ("aspects", [{"term": "配送", "sentiment": "negative", "start": 0}], "/label/0"),
        ("aspects", [{"term": "配送", "sentiment": "negative", "start": -30, "end": -28}], "/label/0"),
        ("aspects", [{"term": "配送", "sentiment": "negative"}] * 2, "/label/1"),
        ("theme", "theme-999", "/label"),
        ("theme", "group-001", "/label"),
        ("theme", 3, "/label"),
    ],
)
def test_a_label_that_is_none_is_refused(
    plain_client: TestClient, task: str, label: object, pointer: str
) -> None:
    comment_id = stored(plain_client, "1", "配送が遅い")
    sent = {"comment_id": comment_id, "task": task, "label": label}
    for language in ("ja", "en"):
        response = plain_client.post("/v1/corrections", json=sent, headers={"Accept-Language": language})
        assert (response.status_code, response.json()["code"]) == (422, "invalid_correction"), response.text
        assert response.json()["errors"][0]["pointer"] == pointer
        assert "電話" not in response.text
    assert plain_client.get("/v1/corrections").json()["items"] == []


@pytest.mark.parametrize(
    "more", [{"annotator": " "}, {"note": "\x00"}, {"annotator": "x" * 101}, {"task": "mood"}, {"other": 1}]
)
def test_an_envelope_that_is_none_is_refused(plain_client: TestClient, more: dict[str, object]) -> None:
    comment_id = stored(plain_client, "1", "配送が遅い")
    sent = {"comment_id": comment_id, "task": "churn", "label": True, **more}
    response = plain_client.post("/v1/corrections", json=sent)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


def test_a_theme_moves_the_comment_and_both_ways_agree(client: TestClient) -> None:
    ids = [stored(client, "1", "配送が遅い"), stored(client, "2", "I was charged twice")]
    own = table(client)
    assert [own[one] for one in ids] == [["theme-001"], ["theme-002"]]
    answer = correct(client, ids[0], "theme", "theme-003", annotator="a")
    assert (answer["model_label"], answer["agreed"]) == (["theme-001"], False)
    assert answer["model_version"].startswith("words-1, themes ")
    assert table(client)[ids[0]] == ["theme-003"]
    again = correct(client, ids[0], "theme", None, annotator="b")
    assert (again["model_label"], again["agreed"]) == (["theme-001"], False)
    assert table(client)[ids[0]] == []
    assert client.delete(f"/v1/corrections/{again['id']}").status_code == 204
    assert table(client)[ids[0]] == ["theme-003"]
    assert client.delete(f"/v1/corrections/{answer['id']}").status_code == 204
    assert table(client) == own
    changed(client, "POST", "/corrections", {"comment_id": ids[1], "theme_id": "theme-002"})
    [one] = client.get("/v1/corrections").json()["items"]
    assert (one["task"], one["label"], one["agreed"], one["annotator"]) == (
        "theme",
        "theme-002",
        True,
        "key:bootstrap",
    )
    changed(client, "POST", "/corrections", {"comment_id": ids[1], "theme_id": None}, dry_run=True)
    assert len(client.get("/v1/corrections").json()["items"]) == 1


def test_a_withdrawn_theme_does_not_fall_back_on_one_that_is_archived(client: TestClient) -> None:
    comment_id = stored(client, "1", "配送が遅い")
    correct(client, comment_id, "theme", "theme-003", annotator="a")
    last = correct(client, comment_id, "theme", None, annotator="b")
    changed(client, "PATCH", "/theme-003", {"archived": True})
    assert client.delete(f"/v1/corrections/{last['id']}").status_code == 204
    assert table(client)[comment_id] == ["theme-001"]


def test_what_the_model_said_outlives_a_persons_no_theme(client: TestClient) -> None:
    for number, text in enumerate(("配送が遅い", "The delivery is late")):
        comment_id = stored(client, str(number), text)
        own = table(client)[comment_id]
        for annotator, label in (("a", None), ("b", "theme-003"), ("c", None)):
            made = correct(client, comment_id, "theme", label, annotator=annotator)
            assert (made["model_label"], made["agreed"]) == (own, False), annotator


def test_a_rule_is_no_word_of_the_model(client: TestClient) -> None:
    changed(client, "POST", "", {"kind": "rule", "query": "大盛", "label": {"ja": "大盛"}})
    comment_id = stored(client, "1", "大盛を食べた")
    [rule] = table(client)[comment_id]
    assert rule.startswith("rule-")
    made = correct(client, comment_id, "theme", None)
    assert (made["model_label"], made["agreed"]) == ([], True)


def test_a_withdrawn_theme_falls_back_on_what_the_other_was_merged_into(client: TestClient) -> None:
    comment_id = stored(client, "1", "配送が遅い")
    correct(client, comment_id, "theme", "theme-003", annotator="a")
    last = correct(client, comment_id, "theme", None, annotator="b")
    changed(client, "POST", "/merge", {"themes": ["theme-002", "theme-003"]})
    assert client.delete(f"/v1/corrections/{last['id']}").status_code == 204
    assert table(client)[comment_id] == ["theme-002"]


@pytest.mark.parametrize(
    "query", [{"from": "0001-01-01"}, {"to": "9999-12-31T23:59:59-14:00"}, {"from": "0001-01-01T00:00+14:00"}]
)
def test_times_at_the_ends_of_the_calendar_are_refused(
    plain_client: TestClient, query: dict[str, str]
) -> None:
    response = plain_client.get("/v1/corrections", params=query)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


def test_audit_and_event_tell_what_was_done_in_nobodys_words(client: TestClient) -> None:
    comment_id = stored(client, "1", JA)
    label = [{"term": "店員", "sentiment": "negative"}]
    made = correct(client, comment_id, "aspects", label, annotator="桜吹雪太郎", note="090-1234-5678 に確認")
    assert made["note"] == "[電話番号1] に確認"
    client.delete(f"/v1/corrections/{made['id']}")
    with database_of(client).reading() as session:
        entries = session.scalars(select(AuditRow).where(AuditRow.object_id == comment_id)).all()
        events = session.scalars(select(EventRow).where(EventRow.subject_id == comment_id)).all()
        assert chain.verify(session, "default").broken_at is None
    assert [entry.action for entry in entries] == ["corrected", "correction_withdrawn"]
    assert [event.payload["correction"]["status"] for event in events] == ["standing", "withdrawn"]
    assert [event.sequence for event in events] == [1, 2]
    for row in (
        *[(entry.before, entry.after, entry.reason) for entry in entries],
        *[e.payload for e in events],
    ):
        told = json.dumps(row, ensure_ascii=False)
    assert not any(word in told for word in ("店員", "配送", "桜吹雪", "確認"))


def test_a_departments_key_corrects_what_it_sees(client: TestClient, make_key: Callable[..., str]) -> None:
    mine, other = stored(client, "1", "配送が遅い"), stored(client, "2", "I was charged twice")
    hers = correct(client, other, "churn", True)
    client.headers |= bearer(make_key(client, scopes="ticket,read", departments=["logistics"]))
    correct(client, mine, "departments", ["billing"])
    sent = {"comment_id": other, "task": "churn", "label": True}
    assert client.post("/v1/corrections", json=sent).status_code == 404
    assert client.delete(f"/v1/corrections/{hers['id']}").status_code == 404
    assert [one["comment_id"] for one in client.get("/v1/corrections").json()["items"]] == [mine]
    for path in ("/v1/metrics/corrections", "/v1/metrics/agreement"):
        assert client.get(path).status_code == 403


def test_another_tenants_comment_is_not_there(client: TestClient, make_key: Callable[..., str]) -> None:
    comment_id = stored(client, "1", JA)
    correct(client, comment_id, "churn", True)
    client.headers |= bearer(make_key(client, tenant="other", scopes="ticket,read"))
    sent = {"comment_id": comment_id, "task": "churn", "label": True}
    assert client.post("/v1/corrections", json=sent).status_code == 404
    assert client.get("/v1/corrections", params={"history": True}).json()["items"] == []


def test_a_key_corrects_once(client: TestClient) -> None:
    comment_id = stored(client, "1", JA)
    sent = {"comment_id": comment_id, "task": "churn", "label": True}
    answers = [client.post("/v1/corrections", json=sent, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(client.get("/v1/corrections", params={"history": True}).json()["items"]) == 1
    assert 'voc_corrections_total{agreed="false",task="churn"} 1.0' in client.get("/metrics").text


def test_an_erased_customers_corrections_are_gone(client: TestClient) -> None:
    erased = stored(client, "1", JA, customer_id="c-1")
    kept = stored(client, "2", JA, customer_id="c-2")
    headers = {"Idempotency-Key": "k"}
    sent = {"comment_id": erased, "task": "sentiment", "label": "mixed", "note": "zanzibar"}
    assert client.post("/v1/corrections", json=sent, headers=headers).status_code == 201
    correct(client, kept, "sentiment", "mixed")
    certificate = erase(client, "c-1")
    assert certificate["counts"]["corrections"] == 1
    assert found_in(everything(database_of(client)), ["zanzibar"]) == set()
    with database_of(client).reading() as session:
        assert session.scalars(select(CorrectionRow.comment_id)).all() == [kept]


def test_exports_hold_the_labels_in_force(client: TestClient) -> None:
    comment_id = stored(client, "1", JA)
    stored(client, "2", EN)
    correct(client, comment_id, "sentiment", "mixed", annotator="a")
    correct(client, comment_id, "sentiment", "negative", annotator="b")
    correct(client, comment_id, "theme", None)
    lines = client.get("/v1/exports/comments", params={"format": "jsonl"}).text.splitlines()
    assert [json.loads(line)["corrections"] for line in lines] == [
        {"sentiment": "negative", "theme": None},
        {},
    ]


def test_a_received_comment_has_no_corrections(plain_client: TestClient) -> None:
    assert post(plain_client, "1", JA)["corrections"] == []
