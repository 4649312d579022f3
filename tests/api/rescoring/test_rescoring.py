"""A re-scoring from its order to its report: what changes, what stays, and who may see it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from api.db.tables import AuditRow, EventRow, TicketCommentRow, TicketRow
from api.rescoring import choosing
from tests.api.conftest import MovedClock
from tests.api.jobs.job_calls import comments as job_comments
from tests.api.jobs.job_calls import lane as job_lane
from tests.api.jobs.job_calls import read, results
from tests.api.privacy.test_erasure import erase
from tests.api.rescoring.rescore_calls import (
    EN_FINE,
    EN_LATE,
    JA_BILL,
    JA_LATE,
    NewerAnalyzer,
    analyses,
    database_of,
    lane,
    order,
    receive,
    report,
    themes,
)

TEXTS = (JA_LATE, EN_LATE, JA_BILL, EN_FINE)


def count(client: TestClient, table: type) -> int:
    with database_of(client).reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_from_the_order_to_the_report(client: TestClient, clock: MovedClock) -> None:
    ids = receive(client, *TEXTS)
    before = {name: count(client, name) for name in (TicketRow, EventRow, TicketCommentRow, AuditRow)}
    placed = themes(client)
    job = order(client)
    assert (job["kind"], job["state"], job["total"]) == ("rescore", "queued", 4)
    late = receive(client, "これは後から届いたコメントです。配送が遅い。最高。")
    before_late = {name: count(client, name) for name in before}
    assert lane(client, clock).run_once().done == 1
    done = read(client, job["id"])
    assert (done["state"], done["done"], done["succeeded"], done["failed"]) == ("succeeded", 4, 4, 0)
    assert done["model_version"] == "words-2"
    for comment_id in ids:
        old, new = analyses(client, comment_id)
        assert (old.is_current, new.is_current) == (False, True)
        assert (old.model_version, new.model_version) == ("words-1", "words-2")
        assert old.made_by is not None
        assert new.made_by is not None
        assert (old.made_by["model"], new.made_by["model"]) == ("words-1", "words-2")
        assert {**new.made_by, "model": ""} == {**old.made_by, "model": ""}
        assert old.made_by["text"] == "sent"
    assert len(analyses(client, late[0])) == 1
    assert [row for row in themes(client) if row[0] in ids] == placed
    assert {name: count(client, name) for name in before} == before_late
    shown = client.get(f"/v1/comments/{ids[0]}").json()["analysis"]
    assert (shown["sentiment"]["label"], shown["model_version"]) == ("negative", "words-2")
    told = report(client, job["id"])
    assert (told["scored"], told["changed"], told["failed"], told["left_out"]) == (4, 3, 0, 0)
    assert told["model_versions_before"] == {"words-1": 4}
    assert told["model_versions_after"] == {"words-2": 4}
    assert (told["texts"], told["reasons"]) == ({"sent": 4}, {"model": 3})
    changed = {task: each["changed"] for task, each in told["tasks"].items()}
    assert changed == {
        "sentiment": 2,
        "intent": 0,
        "urgency": 0,
        "churn": 0,
        "departments": 1,
        "abstained": 0,
        "themes": 0,
    }
    assert told["tasks"]["sentiment"]["pairs"] == [{"before": "mixed", "after": "negative", "comments": 2}]
    [example] = told["tasks"]["departments"]["examples"]
    assert example == {
        "id": ids[2],
        "before": "billing",
        "after": "store_operations",
        "reasons": ["model"],
        "text": JA_BILL,
    }
    groups = {each["id"]: each for each in told["departments"]}
    assert {name: (each["before"], each["after"]) for name, each in groups.items()} == {
        "billing": (1, 0),
        "store_operations": (3, 4),
        "logistics": (2, 2),
    }
    assert (groups["store_operations"]["gained"], groups["billing"]["lost"]) == (1, 1)
    assert groups["logistics"]["changed"] == {"sentiment": 2}
    assert (groups["logistics"]["mean_score_before"], groups["logistics"]["mean_score_after"]) == (0, -0.5)
    lines = results(client, job["id"])
    assert [line["id"] for line in lines] == ids[:3]
    assert lines[0] == {
        "id": ids[0],
        "before": {"sentiment": "mixed"},
        "after": {"sentiment": "negative"},
        "reasons": {"sentiment": ["model"]},
    }


def test_what_the_present_models_made_is_left_alone(client: TestClient, clock: MovedClock) -> None:
    receive(client, *TEXTS)
    job = order(client, filter={})
    assert (job["total"], job["state"]) == (0, "succeeded")
    assert report(client, job["id"])["scored"] == 0
    assert results(client, job["id"]) == []
    assert order(client, filter={"model_version": "words-0"})["total"] == 0
    assert order(client, filter={"model_version": "words-1"})["total"] == 4
    lane(client, clock).run_once()
    assert order(client, filter={})["total"] == 4  # the service still has words-1


def test_filters(client: TestClient) -> None:
    receive(client, JA_LATE, JA_BILL, created_at="2026-01-05T23:30:00+09:00")
    receive(client, EN_LATE, EN_FINE, created_at="2026-01-06T00:30:00+09:00")

    def total(**wanted: Any) -> int:
        found: int = order(client, filter={"model_version": "any"} | wanted)["total"]
        return found

    assert total(language="ja") == 2
    assert total(to="2026-01-05") == 2
    assert total(**{"from": "2026-01-06"}) == 2
    assert total(department="billing") == 1
    assert total(theme="theme-001") == 2
    assert total(theme="group-001") == 3
    assert total(source="survey") == 4
    assert total(source="elsewhere") == 0
    assert order(client, 404, filter={"theme": "theme-999"})["code"] == "not_found"
    for broken in ({"from": "2026-02-02", "to": "2026-02-01"}, {"unheard": 1}, {"language": "fr"}):
        assert order(client, 422, filter=broken)["code"] == "invalid_request"


def test_a_dry_run_changes_nothing(client: TestClient, clock: MovedClock) -> None:
    ids = receive(client, *TEXTS)
    job = order(client, dry_run=True, tickets="open")
    lane(client, clock).run_once()
    assert [len(analyses(client, comment_id)) for comment_id in ids] == [1, 1, 1, 1]
    told = report(client, job["id"])
    assert (told["dry_run"], told["scored"], told["changed"]) == (True, 4, 3)
    again = order(client)
    lane(client, clock).run_once()
    same = ("changed", "tasks", "departments", "themes", "reasons", "mean_score_after")
    assert {name: told[name] for name in same} == {name: report(client, again["id"])[name] for name in same}


def test_parts_add_up(client: TestClient, clock: MovedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "PART_COMMENTS", 2)
    monkeypatch.setattr("api.jobs.ordering.PART_COMMENTS", 2)
    monkeypatch.setattr(choosing, "_PARTS_AT_ONCE", 2)
    ids = receive(client, *TEXTS, *(f"{JA_LATE}{number}" for number in range(7)))
    job = order(client)
    assert job["total"] == 11
    assert lane(client, clock).run_once().done == 6
    by_hand: dict[str, int] = {}
    for comment_id in ids:
        old, new = (row.body for row in analyses(client, comment_id))
        if old["sentiment"]["label"] != new["sentiment"]["label"]:
            by_hand["sentiment"] = by_hand.get("sentiment", 0) + 1
        if [one["id"] for one in old["departments"]] != [one["id"] for one in new["departments"]]:
            by_hand["departments"] = by_hand.get("departments", 0) + 1
    told = report(client, job["id"])["tasks"]
    assert {task: each["changed"] for task, each in told.items() if each["changed"]} == by_hand
    assert by_hand == {"sentiment": 9, "departments": 1}
    cursor, seen = None, []
    while True:
        page = client.get(
            f"/v1/jobs/{job['id']}/results", params={"limit": 3} | ({"cursor": cursor} if cursor else {})
        )
        seen += [each["id"] for each in page.json()["items"]]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            break
    assert seen == [*ids[:3], *ids[4:]]


def test_cancelled_in_the_middle(
    client: TestClient, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.jobs.ordering.PART_COMMENTS", 2)
    ids = receive(client, *TEXTS)
    job = order(client)
    asked: list[int] = []

    def is_stopping() -> bool:
        asked.append(1)
        return len(asked) > 2  # the loop, the first slice, and then

    assert lane(client, clock, is_stopping=is_stopping).run_once().done == 1
    assert client.delete(f"/v1/jobs/{job['id']}").json()["state"] == "cancelled"
    assert lane(client, clock).run_once().done == 0
    assert [len(analyses(client, comment_id)) for comment_id in ids] == [2, 2, 1, 1]
    assert report(client, job["id"])["scored"] == 2


def test_a_part_whose_job_is_cancelled_meanwhile_writes_nothing(
    client: TestClient, clock: MovedClock
) -> None:
    ids = receive(client, *TEXTS)
    job = order(client)

    class Cancelling(NewerAnalyzer):
        def analyze(self, comments: Any) -> Any:
            client.delete(f"/v1/jobs/{job['id']}")
            return super().analyze(comments)

    assert lane(client, clock, Cancelling()).run_once().done == 0
    assert [len(analyses(client, comment_id)) for comment_id in ids] == [1, 1, 1, 1]


def test_erased_meanwhile(client: TestClient, clock: MovedClock) -> None:
    [gone_before] = receive(client, JA_LATE, customer_id="c-before")
    [gone_during] = receive(client, EN_LATE, customer_id="c-during")
    [stays] = receive(client, JA_BILL, customer_id="c-stays")
    job = order(client)
    erase(client, "c-before")

    class Erasing(NewerAnalyzer):
        def analyze(self, comments: Any) -> Any:
            erase(client, "c-during")
            return super().analyze(comments)

    assert lane(client, clock, Erasing()).run_once().done == 1
    assert analyses(client, gone_before) == analyses(client, gone_during) == []
    assert len(analyses(client, stays)) == 2
    done = read(client, job["id"])
    assert (done["state"], done["total"], done["done"]) == ("succeeded", 1, 1)
    told = report(client, job["id"])
    assert (told["scored"], told["left_out"]) == (1, 2)
    assert {row[0] for row in themes(client)} == {stays}


def test_scored_by_another_job_meanwhile(client: TestClient, clock: MovedClock) -> None:
    ids = receive(client, JA_LATE)
    first, second = order(client), order(client)

    class Slow(NewerAnalyzer):
        def analyze(self, comments: Any) -> Any:
            lane(client, clock).run_once()
            return super().analyze(comments)

    lane(client, clock, Slow()).run_once()
    assert [row.is_current for row in analyses(client, ids[0])] == [False, True]
    assert [report(client, job["id"])["left_out"] for job in (first, second)] == [1, 0]


def test_refused_comments_keep_their_analysis(client: TestClient, clock: MovedClock) -> None:
    ids = receive(client, JA_LATE, EN_LATE)

    class Stricter(NewerAnalyzer):
        def analyze(self, comments: Any) -> Any:
            from voc_nlp.schema import Refusal

            answers = super().analyze(comments)
            return [
                Refusal(each.id, "unsupported_language", "no English any more")
                if "late" in each.text
                else answer
                for each, answer in zip(comments, answers, strict=True)
            ]

    job = order(client)
    lane(client, clock, Stricter()).run_once()
    assert read(client, job["id"])["state"] == "partial"
    assert [len(analyses(client, comment_id)) for comment_id in ids] == [2, 1]
    [error] = [line for line in results(client, job["id"]) if "error" in line]
    assert (error["id"], error["error"]["code"]) == (ids[1], "unsupported_language")


def test_tickets_are_opened_when_asked_for_and_never_twice(client: TestClient, clock: MovedClock) -> None:
    [quiet] = receive(client, "配送が遅い。最高。", customer_id="c-1")
    [loud] = receive(client, "The delivery is terrible, I will cancel", customer_id="c-2")
    tickets = count(client, TicketRow)

    class Alarmed(NewerAnalyzer):
        def _otherwise(self, answer: Any) -> Any:
            from dataclasses import replace

            from voc_nlp.schema import Churn, Span, Urgency, UrgencyCode, UrgencyLevel, UrgencyReason

            answer = super()._otherwise(answer)
            urgency = Urgency(UrgencyLevel.HIGH, (UrgencyReason(UrgencyCode.SAFETY, 0, 2),))
            return replace(answer, urgency=urgency, churn=Churn(True, 0.9, (Span(0, 2),)))

    job = order(client, tickets="open")
    lane(client, clock, Alarmed()).run_once()
    told = report(client, job["id"])["tickets"]
    assert told == {"deserving": 1, "opened": 1, "joined": 0}
    assert count(client, TicketRow) == tickets + 1
    assert client.get(f"/v1/comments/{quiet}").json()["ticket"] is not None
    assert client.get(f"/v1/comments/{loud}").json()["ticket"] is not None
    again = order(client, tickets="open")
    lane(client, clock, Alarmed()).run_once()
    assert report(client, again["id"])["tickets"] == {"deserving": 0, "opened": 0, "joined": 0}
    assert count(client, TicketRow) == tickets + 1


def test_other_tenants_and_other_keys(
    client: TestClient, clock: MovedClock, make_key: Callable[..., str]
) -> None:
    ids = receive(client, *TEXTS)
    other = make_key(client, tenant="other", scopes="score,read,ticket,admin")
    stranger = TestClient(client.app, headers={"Authorization": f"Bearer {other}"})
    theirs = receive(stranger, *TEXTS)
    job = order(client)
    lane(client, clock).run_once()
    assert [len(analyses(client, comment_id)) for comment_id in (*ids, *theirs)] == [2] * 4 + [1] * 4
    assert stranger.get(f"/v1/jobs/{job['id']}/report").status_code == 404
    scorer = {"Authorization": f"Bearer {make_key(client, scopes='score')}"}
    assert client.post("/v1/jobs", json={"kind": "rescore"}, headers=scorer).status_code == 403
    for method, path in (("GET", "/results"), ("GET", "/report"), ("DELETE", "")):
        refused = client.request(method, f"/v1/jobs/{job['id']}{path}", headers=scorer)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    lines = client.post(
        "/v1/jobs?kind=rescore", content=b"{}", headers={"Content-Type": "application/x-ndjson"}
    )
    assert lines.status_code == 422


def test_a_scoring_job_goes_first_and_has_no_report(client: TestClient, clock: MovedClock) -> None:
    receive(client, *TEXTS)
    job = order(client)
    scoring = client.post("/v1/jobs", json={"kind": "score", "comments": job_comments(2)}).json()
    worker = lane(client, clock)
    assert worker.run_once().done == 0
    job_lane(client, clock).run_once()
    assert worker.run_once().done == 1
    assert read(client, job["id"])["state"] == "succeeded"
    assert client.get(f"/v1/jobs/{scoring['id']}/report").status_code == 404


def test_a_key_of_idempotency_makes_one_job(client: TestClient) -> None:
    receive(client, *TEXTS)
    headers = {"Idempotency-Key": "k-1"}
    first = client.post("/v1/jobs", json={"kind": "rescore"}, headers=headers).json()
    again = client.post("/v1/jobs", json={"kind": "rescore"}, headers=headers)
    assert (again.json()["id"], again.headers["idempotent-replayed"]) == (first["id"], "true")
    other = client.post("/v1/jobs", json={"kind": "rescore", "dry_run": True}, headers=headers)
    assert other.json()["code"] == "idempotency_key_reused"


def test_nothing_of_a_text_is_in_results_or_report_rows(client: TestClient, clock: MovedClock) -> None:
    receive(client, "田中です。配送が遅い、最高。03-1234-5678")
    job = order(client)
    lane(client, clock).run_once()
    assert "配送" not in json.dumps(results(client, job["id"]), ensure_ascii=False)
    [example] = report(client, job["id"])["tasks"]["sentiment"]["examples"]
    assert example["text"] == "田中です。配送が遅い、最高。[電話番号1]"
    assert report(client, job["id"], examples=0)["tasks"]["sentiment"]["examples"] == []
