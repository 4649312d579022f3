"""Stored rules, version by version; tried on past comments; applied to them; on both databases."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from api.audit import chain
from api.db.engine import Database
from api.db.tables import AuditRow, PolicyVersionRow, TicketCommentRow, TicketRow
from api.policies import backtest
from api.policy import versions
from tests.api.conftest import MovedClock
from tests.api.staff_calls import add_member, add_team, database_of, open_ticket
from tests.api.test_parallel import at_once

EVERYTHING = {"rules": [{"id": "negative", "level": "department", "when": {"sentiment": ["negative"]}}]}
NOTHING = {"rules": [{"id": "never", "level": "frontline", "when": {"channels": ["nowhere"]}}]}
PERIOD = {"from": "2026-01-01T00:00:00+09:00", "to": "2026-03-01T00:00:00+09:00"}


def put(client: TestClient, policy: Any, tag: str | None = "*", **more: Any) -> Any:
    headers = {} if tag is None else {"If-Match": tag}
    return client.put("/v1/policy", json={**policy, **more}, headers=headers)


def store(client: TestClient, external_id: str, text: str = "配送が遅い", **fields: Any) -> Any:
    sent = {"source": "s", "external_id": external_id, "text": text, **fields}
    return client.post("/v1/comments", json=sent).json()


def back_test(client: TestClient, policy: Any = None, **more: Any) -> Any:
    response = client.post("/v1/policy/back-test", json={**PERIOD, "policy": policy, **more})
    assert response.status_code == 200, response.text
    return response.json()


def apply(client: TestClient, **more: Any) -> Any:
    response = client.post("/v1/policy/apply", json={**PERIOD, **more})
    assert response.status_code == 200, response.text
    return response.json()


def count(client: TestClient, table: type) -> int:
    with database_of(client).reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_without_a_stored_one_the_files_rules_hold(client: TestClient) -> None:
    response = client.get("/v1/policy")
    body = response.json()
    assert (body["source"], body["version"], body["number"]) == ("file", "2026-01", None)
    assert body["rules"][0]["id"] == "grave-and-leaving"
    assert response.headers["etag"] == '"0.0"'
    assert open_ticket(client, "1")["reason"]["policy_version"] == "2026-01"
    again = put(client, {"match": body["match"], "rules": body["rules"]}, response.headers["etag"])
    assert (again.status_code, again.json()["policy"]["sha256"]) == (200, body["sha256"])


def test_a_stored_version_is_in_force_at_once_in_every_process(
    make_app: Callable[[str], FastAPI], client: TestClient, database_url: str
) -> None:
    headers = {"Authorization": "Bearer bootstrap-key-of-the-tests"}
    other = TestClient(make_app(database_url), headers=headers)
    assert store(other, "0")["ticket"] is None
    stored = put(client, EVERYTHING, '"0.0"', note="遅延を見る")
    assert (stored.status_code, stored.headers["etag"]) == (200, '"1.1"')
    assert store(other, "1")["ticket"]["reason"]["policy_version"] == "v1"
    ticket = store(client, "2", "The delivery is late")["ticket"]
    assert (ticket["reason"]["rule"], ticket["level"]) == ("negative", "department")
    put(client, NOTHING, '"1.1"')
    assert store(other, "3")["ticket"] is None
    shown = other.get("/v1/policy")
    assert (shown.json()["version"], shown.headers["etag"]) == ("v2", '"2.2"')


def test_versions_are_listed_and_read(client: TestClient) -> None:
    for policy in (EVERYTHING, NOTHING, EVERYTHING):
        put(client, policy)
    page = client.get("/v1/policy/versions", params={"limit": 2}).json()
    assert [item["version"] for item in page["items"]] == ["v3", "v2"]
    assert "rules" not in page["items"][0]
    rest = client.get("/v1/policy/versions", params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert ([item["number"] for item in rest["items"]], rest["next_cursor"]) == ([1], None)
    assert client.get("/v1/policy/versions/2").json()["rules"][0]["id"] == "never"
    assert client.get("/v1/policy/versions/9").status_code == 404
    for cursor in ("x", "LTE=", "%%"):
        assert client.get("/v1/policy/versions", params={"cursor": cursor}).status_code == 400
    with database_of(client).reading() as session:
        row = session.get(PolicyVersionRow, ("default", 1))
        assert row is not None
        assert versions.canonical(
            client.get("/v1/policy/versions/1").json() and {"match": "first", **EVERYTHING}
        ) == (
            row.content,
            row.sha256,
        )


def test_a_version_may_wait_for_its_day(client: TestClient, clock: MovedClock) -> None:
    later = (clock.now + timedelta(days=3)).isoformat()
    put(client, EVERYTHING, '"0.0"', effective_at=later)
    assert client.get("/v1/policy").headers["etag"] == '"1.0"'
    assert store(client, "1")["ticket"] is None
    put(client, NOTHING, '"1.0"')
    assert client.get("/v1/policy").json()["version"] == "v2"
    clock.forward(days=3)
    assert client.get("/v1/policy").json()["version"] == "v1"
    assert store(client, "2")["ticket"]["reason"]["policy_version"] == "v1"
    past = (clock.now - timedelta(seconds=1)).isoformat()
    assert put(client, NOTHING, effective_at=past).status_code == 422


def test_if_match_scope_and_tenants(client: TestClient, make_key: Callable[..., str]) -> None:
    for tag, status, code in (
        (None, 428, "if_match_missing"),
        ('"1"', 412, "version_changed"),
        ('W/"0"', 412, "version_changed"),
    ):
        response = put(client, NOTHING, tag)
        assert (response.status_code, response.json()["code"]) == (status, code)
    put(client, NOTHING)
    other = {"Authorization": f"Bearer {make_key(client, tenant='other', scopes='admin,read')}"}
    assert client.get("/v1/policy", headers=other).json()["source"] == "file"
    assert client.get("/v1/policy/versions/1", headers=other).status_code == 404
    weak = {"Authorization": f"Bearer {make_key(client, scopes='read,ticket,score')}", "If-Match": "*"}
    assert client.put("/v1/policy", json=NOTHING, headers=weak).status_code == 403
    for path in ("back-test", "apply"):
        assert client.post(f"/v1/policy/{path}", json=PERIOD, headers=weak).status_code == 403


@pytest.mark.parametrize(
    ("policy", "pointer", "said"),
    [
        ({"rules": [{"id": "r", "level": "boss", "when": {"nps_at_most": 1}}]}, "/rules/0/level", "'boss'"),
        (
            {"rules": [{"id": "r", "level": "frontline", "when": {"any_of": [{"intent": ["x"]}]}}]},
            "/rules/0/when/any_of/0/intent",
            "rule 'r'",
        ),
        (
            {"rules": [{"id": "r", "level": "frontline", "department": "moon", "when": {"nps_at_most": 1}}]},
            "/rules/0/department",
            "'moon'",
        ),
        (
            {"rules": [{"id": "r", "level": "frontline", "note": "a\u0000", "when": {"nps_at_most": 1}}]},
            "/rules/0/note",
            "NUL",
        ),
        ({"rules": []}, "/rules", "at least 1"),
        ({"rules": NOTHING["rules"], "sla": {}}, "/sla", "not permitted"),
    ],
)
def test_rules_that_cannot_be_used_are_named(
    plain_client: TestClient, policy: Any, pointer: str, said: str
) -> None:
    response = put(plain_client, policy)
    assert response.status_code == 422
    [fault] = response.json()["errors"]
    assert (fault["pointer"], said in fault["detail"]) == (pointer, True), fault
    if "rules" in policy and "sla" not in policy:
        tried = plain_client.post("/v1/policy/back-test", json={**PERIOD, "policy": policy})
        assert tried.json()["errors"][0]["pointer"] == f"/policy{pointer}"


def test_every_version_is_in_the_audit_without_its_note(client: TestClient) -> None:
    put(client, EVERYTHING, note="田中さんの指示")
    with database_of(client).reading() as session:
        [entry] = session.scalars(select(AuditRow))
        assert chain.verify(session, "default").broken_at is None
    assert (entry.object_type, entry.object_id, entry.action) == ("policy", "v1", "stored")
    assert len(entry.after["sha256"]) == 64
    assert "田中" not in str((entry.before, entry.after, entry.reason))


def test_of_twenty_at_once_with_one_etag_one_is_stored(
    make_app: Callable[[str], FastAPI], client: TestClient, database_url: str
) -> None:
    app = make_app(database_url)

    def send(_: int) -> int:
        headers = {"Authorization": "Bearer bootstrap-key-of-the-tests"}
        return int(put(TestClient(app, headers=headers), EVERYTHING, '"0.0"').status_code)

    with ThreadPoolExecutor(20) as pool:
        assert Counter(pool.map(send, range(20))) == {200: 1, 412: 19}
    assert count(client, PolicyVersionRow) == 1


def test_rules_see_the_tenants_own_themes_and_further_columns(client: TestClient) -> None:
    rules = [
        {"id": "vip", "level": "executive", "when": {"extra": {"会員ランク": ["gold"]}}},
        {"id": "theme", "level": "frontline", "department": "billing", "when": {"themes": ["late delivery"]}},
        {"id": "group", "level": "department", "when": {"themes": ["注文"]}},
    ]
    put(client, {"rules": rules})
    assert store(client, "1", "静かな雨", **{"会員ランク": "ゴールド"})["ticket"] is None
    assert store(client, "2", "静かな雨", **{"会員ランク": "Gold"})["ticket"]["reason"]["rule"] == "vip"
    by_theme = store(client, "3", "荷物の配送")["ticket"]
    assert (by_theme["reason"]["rule"], by_theme["department"]) == ("theme", "billing")
    assert store(client, "4", "I was charged twice")["ticket"]["reason"]["rule"] == "group"


def test_all_opens_one_ticket_a_department_once(client: TestClient) -> None:
    low = {"nps_at_most": 6}
    rules = [
        {"id": "own", "level": "frontline", "when": low},
        {"id": "legal", "level": "department", "department": "compliance", "when": low},
    ]
    put(client, {"match": "all", "rules": rules})
    first = store(client, "1", nps=0, customer_id="C")
    assert first["ticket"]["department"] == "logistics"
    assert [ticket["department"] for ticket in first["further_tickets"]] == ["compliance"]
    again = store(client, "1", nps=0, customer_id="C")
    assert (again["ticket"]["id"], again["further_tickets"]) == (
        first["ticket"]["id"],
        first["further_tickets"],
    )
    second = store(client, "2", nps=0, customer_id="C")
    assert second["ticket"]["id"] == first["ticket"]["id"]
    assert second["further_tickets"][0]["id"] == first["further_tickets"][0]["id"]
    assert (count(client, TicketRow), count(client, TicketCommentRow)) == (2, 4)
    read = client.get(f"/v1/comments/{first['comment']['id']}").json()
    assert [read["ticket"]["department"], *[one["department"] for one in read["further_tickets"]]] == [
        "logistics",
        "compliance",
    ]


def test_a_back_test_says_what_would_open_and_stores_nothing(client: TestClient, clock: MovedClock) -> None:
    both = store(client, "1", nps=0)["comment"]["id"]
    only_new = store(client, "2", "The delivery is late", customer_id="C")["comment"]["id"]
    joining = store(client, "3", "配送が届かない", customer_id="C")["comment"]["id"]
    only_old = store(client, "4", "解約します")["comment"]["id"]
    store(client, "5", "最高です")
    before = (count(client, TicketRow), count(client, AuditRow))
    told = back_test(client, EVERYTHING)
    assert (told["policy_version"], told["complete"], told["next_cursor"]) == ("draft", True, None)
    assert told["comments"] == 5
    assert told["opened"] == {
        "comments": 3,
        "tickets": 2,
        "joined": 1,
        "by_rule": {"negative": 3},
        "by_department": {"logistics": 2},
        "by_level": {"department": 2},
    }
    assert told["compared"] == {
        "both": {"count": 1, "comment_ids": [both]},
        "only_new": {"count": 2, "comment_ids": [only_new, joining]},
        "only_old": {"count": 1, "comment_ids": [only_old]},
    }
    [load] = told["load"]
    assert (load["department"], load["week"], load["tickets"], load["breaches"]) == (
        "logistics",
        "2026-01-05",
        2,
        None,
    )
    assert told["breaches"] == {"expected": None, "share": None, "by_department": {}}
    assert (count(client, TicketRow), count(client, AuditRow)) == before
    in_force = back_test(client)
    assert (in_force["policy_version"], in_force["compared"]["only_old"]["count"]) == ("2026-01", 0)
    assert in_force["compared"]["both"]["count"] == 2
    assert back_test(client, EVERYTHING, **{"from": "2026-02-01T00:00:00Z"})["comments"] == 0


def test_a_back_test_counts_load_and_breaches_of_given_people(client: TestClient) -> None:
    for number in range(10):
        store(client, str(number))
    slow = back_test(client, EVERYTHING, staff={"logistics": {"people": 1, "handling_hours": 24}})
    quick = back_test(client, EVERYTHING, staff={"logistics": {"people": 10, "handling_hours": 0.5}})
    [load] = slow["load"]
    assert (load["tickets"], load["available_hours"]) == (10, 35.0)
    assert load["utilization"] == pytest.approx(load["work_hours"] / 35.0, abs=1e-3)
    assert slow["breaches"]["expected"] == load["breaches"] >= 6
    assert slow["breaches"]["share"] == slow["breaches"]["expected"] / 10
    assert quick["breaches"]["expected"] == 0
    assert slow == back_test(client, EVERYTHING, staff={"logistics": {"people": 1, "handling_hours": 24}})
    assert slow["staff"][0] == {
        "department": "logistics",
        "people": 1,
        "slots": 1,
        "handling_hours": 24.0,
        "spread": 0.5,
        "source": "given",
        "resolved_tickets": 0,
    }
    for language, words in (("ja", "対数正規分布"), ("en", "log-normal")):
        answer = client.post("/v1/policy/back-test", json=PERIOD, headers={"Accept-Language": language})
        assert words in " ".join(answer.json()["assumptions"])


def test_people_and_handling_time_are_measured(client: TestClient, clock: MovedClock) -> None:
    team_id = add_team(client)
    add_member(client, team_id, capacity=4)
    add_member(client, team_id, capacity=6)
    add_member(client, add_team(client, "billing"), capacity=1)
    for number in range(6):
        open_ticket(client, str(number))
    with database_of(client).writing() as session:
        for row in session.scalars(select(TicketRow)):
            row.status, row.resolved_at = "resolved", clock.now + timedelta(hours=1.5)
    told = {found["department"]: found for found in back_test(client)["staff"]}
    own, other = told["logistics"], told["billing"]
    assert (own["people"], own["slots"], own["handling_hours"], own["source"]) == (2, 10, 1.5, "measured")
    assert (other["slots"], other["source"], other["resolved_tickets"]) == (1, "measured_tenant", 0)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read two comments at a time."""
    monkeypatch.setattr("api.policies.past.CHUNK", 2)


@pytest.mark.usefixtures("small_chunks")
def test_a_long_back_test_goes_on_with_its_cursor(client: TestClient) -> None:
    ids = [store(client, str(number))["comment"]["id"] for number in range(5)]
    seen: list[str] = []
    cursor = None
    parts = 0
    while True:
        told = back_test(client, EVERYTHING, limit=2, cursor=cursor)
        seen += told["compared"]["only_new"]["comment_ids"]
        parts += 1
        cursor = told["next_cursor"]
        assert told["complete"] is (cursor is None)
        if cursor is None:
            break
    assert (seen, parts) == (ids, 3)
    for broken in ("x", "LTE=", backtest.write_mark((tokyo_now(), "nobody"))):
        answer = client.post("/v1/policy/back-test", json={**PERIOD, "cursor": broken})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


def tokyo_now() -> Any:
    return MovedClock().now


@pytest.mark.parametrize(
    "period",
    [
        {"from": PERIOD["to"], "to": PERIOD["from"]},
        {"from": "2020-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
        {"from": "0001-01-01T00:00:00", "to": "2026-01-01T00:00:00Z"},
        {"from": PERIOD["from"]},
    ],
)
def test_a_period_that_cannot_be_is_refused(plain_client: TestClient, period: Any) -> None:
    for path in ("back-test", "apply"):
        assert plain_client.post(f"/v1/policy/{path}", json=period).status_code == 422


def test_a_dry_run_stores_nothing_and_needs_no_etag(client: TestClient) -> None:
    store(client, "1")
    response = client.put("/v1/policy?dry_run=true", json=EVERYTHING)
    body = response.json()
    assert (response.status_code, body["dry_run"], body["policy"]) == (200, True, None)
    assert body["back_test"]["opened"]["comments"] == 1
    assert count(client, PolicyVersionRow) == count(client, TicketRow) == 0


@pytest.mark.usefixtures("small_chunks")
def test_rules_are_applied_to_past_comments_once(client: TestClient, clock: MovedClock) -> None:
    owned = store(client, "0", nps=0)["ticket"]["id"]
    for number, customer in enumerate(["A", "A", "B", None], start=1):
        store(client, str(number), customer_id=customer)
    put(client, EVERYTHING)
    clock.forward(days=4)
    told = apply(client)
    assert told == {
        "policy_version": "v1",
        "complete": True,
        "next_cursor": None,
        "comments": 5,
        "matched": 5,
        "opened": 3,
        "joined": 1,
        "had_a_ticket": 1,
    }
    tickets = client.get("/v1/tickets").json()["items"]
    assert len(tickets) == 4
    assert {item["opened_at"] for item in tickets if item["id"] != owned} == {"2026-01-13T01:00:00Z"}
    assert {item["reason"]["policy_version"] for item in tickets if item["id"] != owned} == {"v1"}
    again = apply(client)
    assert (again["opened"], again["joined"], again["had_a_ticket"]) == (0, 0, 5)
    with database_of(client).reading() as session:
        applied = session.scalars(select(AuditRow).where(AuditRow.action == "applied")).all()
        assert chain.verify(session, "default").broken_at is None
    assert [entry.object_id for entry in applied] == ["v1"] * len(applied)
    assert sum(entry.after["opened"] for entry in applied) == 3


@pytest.mark.usefixtures("small_chunks")
def test_applying_goes_on_with_its_cursor(client: TestClient) -> None:
    for number in range(5):
        store(client, str(number))
    put(client, EVERYTHING)
    first = apply(client, limit=2)
    assert (first["complete"], first["opened"]) == (False, 2)
    rest = apply(client, cursor=first["next_cursor"])
    assert (rest["complete"], rest["opened"], rest["had_a_ticket"]) == (True, 3, 0)


def test_applying_twice_at_once_while_comments_come_in_doubles_nothing(
    make_app: Callable[[str], FastAPI], client: TestClient, database_url: str, database: Database
) -> None:
    comments = [{"source": "s", "external_id": str(n), "text": "配送が遅い"} for n in range(30)]
    client.post("/v1/comments/batch", json={"comments": comments})
    put(client, EVERYTHING)
    answers = at_once(make_app(database_url), "/v1/policy/apply", [PERIOD] * 6)
    assert [answer.status_code for answer in answers] == [200] * 6
    assert sum(answer.json()["opened"] for answer in answers) == 30
    with database.reading() as session:
        links = Counter(session.scalars(select(TicketCommentRow.comment_id)))
    assert set(links.values()) == {1}
    assert len(links) == 30
