"""The key of a department: sees what belongs to the department, and nothing else anywhere."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from tests.api.access.test_keys import bearer
from tests.api.theme_calls import post
from tests.api.vault.test_originals import REASON, give_key

TEXTS = {
    "delivery": "配送が最悪。03-1234-5678",
    "bill": "The bill is terrible, call 03-1234-5678",
    "both": "配送が最悪、請求も最悪",
    "staff": "店員が最高",
    "nobody": "静かな雨の午後でした",
}


@pytest.fixture
def stored(vault_client: TestClient) -> dict[str, dict[str, str]]:
    """Store a comment of each kind; gives the ids of comment and ticket by name."""
    give_key(vault_client)
    found = {}
    for name, text in TEXTS.items():
        answer = post(vault_client, name, text, nps=0)
        ticket = answer["ticket"]
        found[name] = {"comment": answer["comment"]["id"]}
        if ticket is not None:
            found[name] |= {"ticket": ticket["id"], "department": ticket["department"]}
    return found


def test_a_department_sees_its_own_and_no_more(
    vault_client: TestClient, stored: dict[str, dict[str, str]], make_key: Callable[..., str]
) -> None:
    assert stored["both"]["department"] == "logistics"
    seen = {"logistics": {"delivery", "both"}, "billing": {"bill", "both"}, "store_operations": {"staff"}}
    for department, names in seen.items():
        headers = bearer(make_key(vault_client, scopes="read,unmask", departments=[department]))
        listed = vault_client.get("/v1/comments", headers=headers).json()["items"]
        assert {item["comment"]["id"] for item in listed} == {stored[name]["comment"] for name in names}
        tickets = {
            one["ticket"]
            for one in stored.values()
            if one.get("department") == department and "ticket" in one
        }
        assert {item["ticket"]["id"] for item in listed if item["ticket"]} == tickets
        found = vault_client.get("/v1/tickets", headers=headers).json()["items"]
        assert {item["id"] for item in found} == tickets
        for name, ids in stored.items():
            path = f"/v1/comments/{ids['comment']}"
            expected = 200 if name in names else 404
            answer = vault_client.get(path, headers=headers)
            assert answer.status_code == expected
            original = vault_client.get(f"{path}/original", params=REASON, headers=headers)
            assert original.status_code == expected, original.text
            if "ticket" in ids:
                own = 200 if ids["department"] == department else 404
                for path in (f"/v1/tickets/{ids['ticket']}", f"/v1/tickets/{ids['ticket']}/history"):
                    assert vault_client.get(path, headers=headers).status_code == own
                if expected == 200:
                    assert (answer.json()["ticket"] is not None) == (own == 200)


def test_several_departments_see_the_union(
    vault_client: TestClient, stored: dict[str, dict[str, str]], make_key: Callable[..., str]
) -> None:
    headers = bearer(make_key(vault_client, scopes="read", departments=["logistics", "billing"]))
    listed = vault_client.get("/v1/comments", headers=headers, params={"limit": 2}).json()
    rest = vault_client.get("/v1/comments", headers=headers, params={"cursor": listed["next_cursor"]}).json()
    assert len(listed["items"]) == 2
    assert [item["comment"]["id"] for item in [*listed["items"], *rest["items"]]] == [
        stored[name]["comment"] for name in ("both", "bill", "delivery")
    ]
    foreign = vault_client.get("/v1/tickets", headers=headers, params={"department": "store_operations"})
    assert foreign.json()["items"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/comments"),
        ("GET", "/v1/themes"),
        ("POST", "/v1/themes"),
        ("GET", "/v1/themes/unassigned/comments"),
        ("GET", "/v1/themes/trends"),
        ("DELETE", "/v1/customers/c-1"),
        ("GET", "/v1/erasures"),
        ("GET", "/v1/keys"),
    ],
)
def test_calls_about_the_whole_tenant_are_refused(
    plain_client: TestClient, make_key: Callable[..., str], method: str, path: str
) -> None:
    scopes = "score,read,ticket,admin,unmask,erase"
    headers = bearer(make_key(plain_client, scopes=scopes, departments=["logistics"]))
    response = plain_client.request(method, path, headers=headers, json={} if method == "POST" else None)
    assert (response.status_code, response.json()["code"]) == (403, "department_scope")
    assert (
        "部署" in plain_client.get("/v1/themes", headers=headers | {"Accept-Language": "ja"}).json()["detail"]
    )


def test_scoring_keeps_nothing_and_is_open_to_departments(
    plain_client: TestClient, make_key: Callable[..., str]
) -> None:
    headers = bearer(make_key(plain_client, scopes="score", departments=["logistics"]))
    sent = {"comments": [{"id": "1", "text": "配送が遅い"}]}
    assert plain_client.post("/v1/score", json=sent, headers=headers).status_code == 200
