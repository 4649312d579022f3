"""Keys: none, wrong, without the scope, revoked; never stored in clear."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.db.tables import ApiKeyRow
from api.errors import ConfigurationError
from api.keys import service as keys

COMMENT = {"source": "s", "external_id": "1", "text": "配送が遅い"}
CALLS = {
    ("POST", "/v1/score"): ("score", {"comments": [{"id": "1", "text": "great"}]}),
    ("POST", "/v1/comments"): ("ticket", COMMENT),
    ("POST", "/v1/comments/batch"): ("ticket", {"comments": [COMMENT]}),
    ("GET", "/v1/comments"): ("read", None),
    ("GET", "/v1/comments/cmt_0"): ("read", None),
    ("GET", "/v1/tickets"): ("read", None),
    ("GET", "/v1/tickets/tkt_0"): ("read", None),
    ("GET", "/v1/tickets/tkt_0/history"): ("read", None),
}


HEADERS = ["", "Bearer", "Bearer ", "Bearer wrong", "Basic Ym9v", "bootstrap-key-of-the-tests", "Bearer é"]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_without_a_known_key_every_call_is_401(plain_client: TestClient, method: str, path: str) -> None:
    for header in HEADERS:
        headers = {b"Authorization": header.encode("latin-1")}
        response = plain_client.request(method, path, json=CALLS[method, path][1], headers=headers)
        assert (response.status_code, response.json()["code"]) == (401, "unauthenticated"), header
        assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_key_needs_the_scope_of_the_call(
    plain_client: TestClient, make_key: Callable[..., str], method: str, path: str
) -> None:
    scope, body = CALLS[method, path]
    others = ",".join(sorted({"score", "read", "ticket", "admin"} - {scope}))
    for scopes, allowed in ((others, False), (scope, True)):
        headers = {"Authorization": f"Bearer {make_key(plain_client, scopes=scopes)}"}
        response = plain_client.request(method, path, json=body, headers=headers)
        assert (response.status_code != 403) is allowed
        if not allowed:
            assert response.json()["code"] == "scope_missing"
            assert f"'{scope}'" in response.json()["detail"]


def test_keys_are_kept_as_hashes_and_can_be_revoked(client: TestClient) -> None:
    app = client.app
    assert isinstance(app, FastAPI)
    now = datetime.now(UTC)
    with app.state.database.writing() as session:
        key_id, secret = keys.create(session, tenant_id="t", name="n", scopes=["read"], now=now)
    with app.state.database.reading() as session:
        [row] = session.scalars(select(ApiKeyRow))
        assert secret not in str(vars(row))
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/v1/tickets", headers=headers).status_code == 200
    with app.state.database.writing() as session:
        assert keys.revoke(session, key_id, now)
        assert not keys.revoke(session, key_id, now)
        assert not keys.revoke(session, "key_none", now)
    assert client.get("/v1/tickets", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("tenant", "scopes"), [("t", []), ("t", ["root"]), ("", ["read"]), (" ", ["read"]), ("t" * 65, ["read"])]
)
def test_a_key_that_cannot_be_meant_is_refused(
    plain_client: TestClient, tenant: str, scopes: list[str]
) -> None:
    app = plain_client.app
    assert isinstance(app, FastAPI)
    with pytest.raises(ConfigurationError), app.state.database.writing() as session:
        keys.create(session, tenant_id=tenant, name="", scopes=scopes, now=datetime.now(UTC))
