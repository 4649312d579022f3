"""Teams, members, absences: kept by tenant, changed with If-Match, audited nameless; on both databases."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.db.tables import AuditRow
from tests.api.staff_calls import add_member, add_team, database_of, open_ticket

AWAY = {"from": "2026-01-09T09:00:00", "to": "2026-01-13T00:00:00+09:00"}


def test_a_team_and_its_members_live_and_end(client: TestClient) -> None:
    team_id = add_team(client)
    response = client.get(f"/v1/teams/{team_id}")
    assert response.headers["etag"] == '"1"'
    changed = client.patch(
        f"/v1/teams/{team_id}", json={"strategy": "least_loaded"}, headers={"If-Match": '"1"'}
    )
    assert (changed.status_code, changed.json()["strategy"]) == (200, "least_loaded")
    assert changed.headers["etag"] == '"2"'
    member_id = add_member(
        client, team_id, "山田 太郎", contact="yamada@example.jp", skills=["返金"], capacity=2
    )
    shown = client.get(f"/v1/members/{member_id}").json()
    assert (shown["name"], shown["skills"], shown["capacity"]) == ("山田 太郎", ["返金"], 2)
    patched = client.patch(
        f"/v1/members/{member_id}",
        json={"contact": None, "languages": ["ja", "en", "ja"]},
        headers={"If-Match": "*"},
    ).json()
    assert (patched["contact"], patched["languages"], patched["version"]) == (None, ["en", "ja"], 2)
    refused = client.delete(f"/v1/teams/{team_id}", headers={"If-Match": '"2"'})
    assert (refused.status_code, refused.json()["code"]) == (409, "still_needed")
    assert client.delete(f"/v1/members/{member_id}", headers={"If-Match": '"2"'}).status_code == 204
    assert client.delete(f"/v1/teams/{team_id}", headers={"If-Match": '"2"'}).status_code == 204
    assert client.get(f"/v1/teams/{team_id}").status_code == 404
    assert client.get("/v1/members").json() == {"items": [], "next_cursor": None}


def test_lists_are_paged_and_filtered(client: TestClient) -> None:
    first, second = add_team(client), add_team(client, "billing")
    assert [item["id"] for item in client.get("/v1/teams").json()["items"]] == [second, first]
    page = client.get("/v1/teams", params={"limit": 1}).json()
    rest = client.get("/v1/teams", params={"limit": 1, "cursor": page["next_cursor"]}).json()
    assert [page["items"][0]["id"], rest["items"][0]["id"], rest["next_cursor"]] == [second, first, None]
    assert [item["id"] for item in client.get("/v1/teams?department=logistics").json()["items"]] == [first]
    member_id = add_member(client, second)
    assert [item["id"] for item in client.get(f"/v1/members?team_id={second}").json()["items"]] == [member_id]
    assert client.get(f"/v1/members?team_id={first}").json()["items"] == []


def test_absences(client: TestClient) -> None:
    member_id = add_member(client, add_team(client))
    path = f"/v1/members/{member_id}/absences"
    made = client.post(path, json=AWAY)
    assert made.status_code == 201
    absence = made.json()
    assert (absence["from"], absence["to"]) == ("2026-01-09T00:00:00Z", "2026-01-12T15:00:00Z")
    longer = client.patch(
        f"{path}/{absence['id']}", json={"to": "2026-01-14T00:00:00Z"}, headers={"If-Match": '"1"'}
    )
    assert (longer.json()["to"], longer.json()["from"]) == ("2026-01-14T00:00:00Z", absence["from"])
    assert client.post(path, json={"from": AWAY["to"], "to": AWAY["from"]}).status_code == 422
    assert [item["id"] for item in client.get(path).json()["items"]] == [absence["id"]]
    assert client.delete(f"{path}/{absence['id']}", headers={"If-Match": '"2"'}).status_code == 204
    assert client.get(path).json()["items"] == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/v1/teams/{team}", {"strategy": "least_loaded"}),
        ("DELETE", "/v1/teams/{team}", None),
        ("PATCH", "/v1/members/{member}", {"capacity": 1}),
        ("DELETE", "/v1/members/{member}", None),
        ("PATCH", "/v1/members/{member}/absences/{absence}", {"to": "2026-02-01T00:00:00Z"}),
        ("DELETE", "/v1/members/{member}/absences/{absence}", None),
    ],
)
def test_changes_need_the_current_version_and_the_own_tenant(
    client: TestClient, make_key: Callable[..., str], method: str, path: str, body: Any
) -> None:
    member_id = add_member(client, team_id := add_team(client))
    absence_id = client.post(f"/v1/members/{member_id}/absences", json=AWAY).json()["id"]
    url = path.format(team=team_id, member=member_id, absence=absence_id)
    for headers, status, code in (
        ({}, 428, "if_match_missing"),
        ({"If-Match": '"7"'}, 412, "version_changed"),
        ({"If-Match": 'W/"1"'}, 412, "version_changed"),
    ):
        response = client.request(method, url, json=body, headers=headers)
        assert (response.status_code, response.json()["code"]) == (status, code)
    for scopes, tenant, status in (("read,ticket", "default", 403), ("admin,read", "other", 404)):
        key = make_key(client, tenant=tenant, scopes=scopes)
        headers = {"Authorization": f"Bearer {key}", "If-Match": "*"}
        assert client.request(method, url, json=body, headers=headers).status_code == status
    assert client.get(f"/v1/members/{member_id}").json()["version"] == 1


def test_another_tenants_team_is_not_there(client: TestClient, make_key: Callable[..., str]) -> None:
    team_id = add_team(client)
    member_id = add_member(client, team_id)
    other = {"Authorization": f"Bearer {make_key(client, tenant='other', scopes='admin,read')}"}
    for path in (f"/v1/teams/{team_id}", f"/v1/members/{member_id}", f"/v1/members/{member_id}/absences"):
        assert client.get(path, headers=other).status_code == 404
    refused = client.post("/v1/members", json={"team_id": team_id, "name": "x"}, headers=other)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/team_id")


@pytest.mark.parametrize(
    "body",
    [
        {"department": "nowhere", "name": {"ja": "あ", "en": "a"}},
        {"department": "billing", "name": {"ja": " ", "en": "a"}},
        {"department": "billing", "name": {"ja": "a\u0000b", "en": "a"}},
        {"department": "billing", "name": {"ja": "あ", "en": "a"}, "strategy": "random"},
        {"department": "billing", "name": {"ja": "あ", "en": "a"}, "color": "red"},
    ],
)
def test_what_no_team_can_be_is_refused(plain_client: TestClient, body: dict[str, Any]) -> None:
    response = plain_client.post("/v1/teams", json=body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("body", [{}, {"name": None}, {"capacity": -1}, {"languages": ["fr"]}])
def test_what_no_change_can_be_is_refused(plain_client: TestClient, body: dict[str, Any]) -> None:
    member_id = add_member(plain_client, add_team(plain_client))
    response = plain_client.patch(f"/v1/members/{member_id}", json=body, headers={"If-Match": "*"})
    assert response.status_code == 422


def test_who_has_open_tickets_is_not_removed(client: TestClient) -> None:
    team_id = add_team(client)
    member_id = add_member(client, team_id)
    assert open_ticket(client, "1")["assignee_id"] == member_id
    refused = client.delete(f"/v1/members/{member_id}", headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["code"]) == (409, "still_needed")


def test_the_audit_holds_no_names(client: TestClient) -> None:
    team_id = add_team(client)
    member_id = add_member(client, team_id, "山田 太郎", contact="yamada@example.jp")
    client.patch(
        f"/v1/members/{member_id}", json={"name": "山田 花子", "capacity": 3}, headers={"If-Match": "*"}
    )
    with database_of(client).reading() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.sequence)).all()
    assert [(row.object_type, row.action) for row in rows] == [
        ("team", "created"),
        ("member", "created"),
        ("member", "changed"),
    ]
    assert rows[2].reason == {"fields": ["capacity", "name"]}
    assert (rows[2].before, rows[2].after) == ({"capacity": 20}, {"capacity": 3})
    assert "山田" not in str([(row.before, row.after, row.reason) for row in rows])


def send_csv(client: TestClient, text: str | bytes) -> Any:
    content = text.encode("utf-8-sig") if isinstance(text, str) else text
    return client.post("/v1/members/import", content=content, headers={"Content-Type": "text/csv"})


def test_members_come_from_a_table(client: TestClient) -> None:
    team_id = add_team(client)
    header = "name,team_id,skills,languages,capacity,active,contact"
    rows = f'"山田, 太郎",{team_id},配送が遅い; logistics,ja,5,true,内線 12\r\nAlex,{team_id},,en;ja,,0,\r\n'
    response = send_csv(client, f"{header}\r\n{rows}\r\n")
    assert response.status_code == 201, response.text
    first, second = response.json()["items"]
    assert (first["name"], first["skills"], first["capacity"]) == (
        "山田, 太郎",
        ["配送が遅い", "logistics"],
        5,
    )
    assert (second["languages"], second["capacity"], second["active"]) == (["en", "ja"], 20, False)
    as_json = client.post("/v1/members/import", json={"members": [{"team_id": team_id, "name": "Kim"}]})
    assert as_json.status_code == 201
    assert len(client.get("/v1/members").json()["items"]) == 3


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("name\r\nA\r\n", ""),
        ("name,team_id,name\r\n", ""),
        ("name,team_id,salary\r\n", ""),
        ("name,team_id\r\n", "/members"),
        ("name,team_id\r\nA,{team}\r\nB,tea_x\r\n", "/members/1/team_id"),
        ("name,team_id,capacity\r\nA,{team},many\r\n", "/members/0/capacity"),
        ("name,team_id\r\nA,{team},more\r\n", "/members/0/more cells than the header"),
        ("name,team_id,active\r\nA,{team},perhaps\r\n", "/members/0/active"),
        ("佐藤".encode("cp932"), ""),
        (b"", ""),
    ],
)
def test_of_a_table_with_a_fault_nothing_is_taken(
    plain_client: TestClient, text: str | bytes, pointer: str
) -> None:
    team_id = add_team(plain_client)
    response = send_csv(plain_client, text.replace("{team}", team_id) if isinstance(text, str) else text)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer
    assert plain_client.get("/v1/members").json()["items"] == []


def test_a_list_that_is_no_list_is_refused(plain_client: TestClient) -> None:
    for body, status in ((b"{", 400), (b"[]", 422), (b'{"members": {}}', 422), (b"[" * 100_000, 400)):
        headers = {"Content-Type": "application/json"}
        response = plain_client.post("/v1/members/import", content=body, headers=headers)
        assert response.status_code == status
