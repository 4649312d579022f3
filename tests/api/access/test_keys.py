"""Keys: with an end, rotated, noted when used; managed over HTTP without ever giving more than one has."""

import ast
import hashlib
import hmac
import inspect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import event, select

from api.__main__ import main
from api.audit import chain
from api.db.engine import Database
from api.db.tables import ApiKeyRow, AuditRow
from api.errors import ConfigurationError
from api.keys import service as keys
from tests.api.conftest import BOOTSTRAP_KEY, MovedClock
from tests.api.privacy.test_erasure import database_of


def made(client: TestClient, **wanted: Any) -> tuple[str, str]:
    response = client.post("/v1/keys", json={"scopes": ["read"], **wanted})
    assert response.status_code == 201, response.text
    assert response.headers["cache-control"] == "no-store"
    return response.json()["key"]["id"], response.json()["secret"]


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def works(client: TestClient, secret: str) -> bool:
    status = client.get("/v1/tickets", headers=bearer(secret)).status_code
    assert status in (200, 401)
    return status == 200


def test_a_key_ends(client: TestClient, clock: MovedClock) -> None:
    _, secret = made(client, name="物流部", expires_at=(clock.now + timedelta(hours=1)).isoformat())
    assert works(client, secret)
    clock.forward(minutes=59, seconds=59)
    assert works(client, secret)
    clock.forward(seconds=1)
    assert not works(client, secret)
    past = client.post("/v1/keys", json={"scopes": ["read"], "expires_at": clock.now.isoformat()})
    assert (past.status_code, past.json()["errors"][0]["pointer"]) == (422, "/expires_at")


def test_a_rotated_key_works_a_little_longer(client: TestClient, clock: MovedClock) -> None:
    key_id, old = made(client, departments=["logistics"])
    response = client.post(f"/v1/keys/{key_id}/rotate", json={"overlap_hours": 2})
    new = response.json()
    assert new["key"]["replaces"] == key_id
    assert (new["key"]["scopes"], new["key"]["departments"]) == (["read"], ["logistics"])
    assert works(client, old)
    assert works(client, new["secret"])
    clock.forward(hours=2)
    assert not works(client, old)
    assert works(client, new["secret"])
    ended = client.post(f"/v1/keys/{key_id}/rotate", json={})
    assert (ended.status_code, ended.json()["code"]) == (409, "key_ended")
    revoked = client.delete(f"/v1/keys/{new['key']['id']}").json()
    assert revoked["revoked_at"] is not None
    assert not works(client, new["secret"])
    assert client.delete(f"/v1/keys/{new['key']['id']}").json() == revoked
    assert client.post(f"/v1/keys/{new['key']['id']}/rotate", json={}).status_code == 409


def test_a_rotation_never_makes_the_older_key_live_longer(client: TestClient, clock: MovedClock) -> None:
    ends_at = clock.now + timedelta(hours=1)
    key_id, old = made(client, expires_at=ends_at.isoformat())
    new = client.post(f"/v1/keys/{key_id}/rotate", json={"overlap_hours": 24}).json()
    assert datetime.fromisoformat(new["key"]["expires_at"]) == ends_at
    clock.forward(hours=1)
    assert not works(client, old)


def test_keys_are_listed_without_secrets_and_changes_are_in_the_audit(client: TestClient) -> None:
    key_id, secret = made(client, name="田中さん用")
    client.delete(f"/v1/keys/{key_id}")
    listed = client.get("/v1/keys")
    assert [item["id"] for item in listed.json()["items"]] == [key_id]
    assert secret not in listed.text
    assert hashlib.sha256(secret.encode()).hexdigest() not in listed.text
    with database_of(client).reading() as session:
        entries = session.scalars(select(AuditRow).where(AuditRow.object_id == key_id)).all()
        assert [(entry.action, entry.actor) for entry in entries] == [
            ("created", "key:bootstrap"),
            ("revoked", "key:bootstrap"),
        ]
        assert "田中" not in str([entry.after for entry in entries])
        assert chain.verify(session, "default").broken_at is None


def refusal(response: Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_no_key_gives_more_than_it_has(client: TestClient, clock: MovedClock) -> None:
    ends_at = clock.now + timedelta(days=1)
    _, narrow = made(client, scopes=["read", "admin"], expires_at=ends_at.isoformat())
    strong_id, _ = made(client, scopes=["read", "unmask"])
    headers = bearer(narrow)
    for wanted in (
        {"scopes": ["unmask"], "expires_at": ends_at.isoformat()},
        {"scopes": ["read", "erase"], "expires_at": ends_at.isoformat()},
        {"scopes": ["read"]},
        {"scopes": ["read"], "expires_at": (ends_at + timedelta(seconds=1)).isoformat()},
    ):
        assert refusal(client.post("/v1/keys", json=wanted, headers=headers)) == (403, "key_reach")
    response = client.post(f"/v1/keys/{strong_id}/rotate", json={}, headers=headers)
    assert refusal(response) == (403, "key_reach")
    fine = {"scopes": ["read"], "expires_at": ends_at.isoformat()}
    assert client.post("/v1/keys", json=fine, headers=headers).status_code == 201
    _, of_department = made(client, scopes=["admin"], departments=["logistics"])
    response = client.post("/v1/keys", json={"scopes": ["admin"]}, headers=bearer(of_department))
    assert refusal(response) == (403, "department_scope")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"scopes": []},
        {"scopes": ["root"]},
        {"scopes": ["read"], "departments": []},
        {"scopes": ["read"], "departments": ["物流"]},
        {"scopes": ["read"], "expires_at": "2030-01-01T00:00:00"},
        {"scopes": ["read"], "tenant": "other"},
        {"scopes": ["read"], "name": "x" * 201},
        {"scopes": ["read"], "name": "a\x00b"},
    ],
)
def test_a_key_that_cannot_be_meant_is_422(plain_client: TestClient, body: dict[str, Any]) -> None:
    assert refusal(plain_client.post("/v1/keys", json=body)) == (422, "invalid_request")


def test_another_tenants_keys_are_not_there(client: TestClient, make_key: Callable[..., str]) -> None:
    key_id, secret = made(client)
    foreign = bearer(make_key(client, tenant="other", scopes="read,admin"))
    assert client.delete(f"/v1/keys/{key_id}", headers=foreign).status_code == 404
    assert client.post(f"/v1/keys/{key_id}/rotate", json={}, headers=foreign).status_code == 404
    assert key_id not in client.get("/v1/keys", headers=foreign).text
    assert works(client, secret)
    assert client.delete("/v1/keys/key_0").status_code == 404


def test_the_last_use_is_noted_once_an_hour_and_not_on_the_way(client: TestClient, clock: MovedClock) -> None:
    key_id, secret = made(client)
    database = database_of(client)
    writes: list[str] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _c, _k, statement, *_: writes.append(statement) if "UPDATE api_keys" in statement else None,
    )

    def last_used() -> datetime | None:
        with database.reading() as session:
            row = session.get(ApiKeyRow, key_id)
            assert row is not None
            return row.last_used_at

    assert last_used() is None
    first = clock.now
    for _ in range(3):
        assert works(client, secret)
        clock.forward(minutes=20)
    assert last_used() == first
    assert len(writes) == 1
    assert works(client, secret)
    assert last_used() == clock.now
    assert len(writes) == 2


def test_a_note_that_cannot_be_written_costs_nothing_else(
    plain_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, secret = made(plain_client)

    def broken(*_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("api.keys.repository.note_use", broken)
    assert works(plain_client, secret)


def test_keys_are_compared_in_constant_time_by_their_hashes(
    plain_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Times of single requests say nothing in a test, so what is compared, and how, is looked at.

    The lookup in the database goes by the sha256 of what was sent: whoever measures it learns
    about hashes that cannot be chosen. What decides is `compare_digest` over two hashes.
    """
    _, secret = made(plain_client)
    compared: list[tuple[str, str]] = []

    def watched(one: str, other: str) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr(keys.hmac, "compare_digest", watched)
    assert works(plain_client, secret)
    digests = {hashlib.sha256(each.encode()).hexdigest() for each in (secret, BOOTSTRAP_KEY)}
    assert len(compared) == 2
    assert {digest for pair in compared for digest in pair} == digests
    assert keys.hmac is hmac
    tree = ast.parse(inspect.getsource(keys))
    names = {"secret", "bootstrap_key", "digest", "secret_sha256"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(isinstance(one, ast.Eq | ast.NotEq) for one in node.ops):
            parts = [node.left, *node.comparators]
            assert not {getattr(part, "id", getattr(part, "attr", "")) for part in parts} & names


def test_the_commands_make_list_rotate_and_revoke(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("api.__main__.configure_logs", lambda settings: None)
    monkeypatch.setenv("VOC_DATABASE_URL", database_url)
    wanted = ["--tenant", "acme", "--scopes", "read,unmask", "--departments", "logistics,billing"]
    assert main(["create-key", *wanted, "--expires-days", "30", "--name", "物流"]) == 0
    key_id, secret = capsys.readouterr().out.split()
    assert main(["rotate-key", key_id, "--overlap-hours", "1"]) == 0
    new_id, new_secret = capsys.readouterr().out.split()
    assert main(["revoke-key", new_id]) == 0
    assert main(["list-keys", "--tenant", "acme"]) == 0
    printed = capsys.readouterr().out
    assert {secret, new_secret} & set(printed.split()) == set()
    lines = {line.split("\t")[0]: line.split("\t")[1:] for line in printed.splitlines()[1:]}
    assert lines[key_id][:3] == ["acme", "read,unmask", "billing,logistics"]
    assert lines[key_id][3].startswith("until ")
    assert lines[new_id][3:] == ["revoked", "never", "物流"]
    for arguments in (
        ["rotate-key", new_id],
        ["rotate-key", "key_none"],
        ["revoke-key", new_id],
        ["create-key", "--scopes", "read", "--departments", "物流"],
    ):
        assert main(arguments) == 2, arguments
    database = Database(database_url)
    with database.reading() as session:
        actions = [row.action for row in session.scalars(select(AuditRow).order_by(AuditRow.sequence))]
    database.dispose()
    assert actions == ["created", "rotated", "revoked"]


def test_the_commands_of_the_tenants_keys(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("api.__main__.configure_logs", lambda settings: None)
    monkeypatch.setenv("VOC_DATABASE_URL", sqlite_url)
    acme = ["--tenant", "acme"]
    assert main(["create-tenant-key", *acme]) == 2
    assert "VOC_ENCRYPTION_KEY is not set" in capsys.readouterr().err
    monkeypatch.setenv("VOC_ENCRYPTION_KEY", "nonsense")
    assert main(["create-tenant-key", *acme]) == 2
    assert "VOC_ENCRYPTION_KEY: key 1" in capsys.readouterr().err
    first, second = "A" * 43 + "=", "B" * 42 + "A="
    monkeypatch.setenv("VOC_ENCRYPTION_KEY", first)
    assert main(["create-tenant-key", *acme]) == 0
    assert main(["create-tenant-key", *acme]) == 2
    assert main(["rotate-tenant-key", *acme, "--reencrypt"]) == 0
    assert "versions destroyed: [1]" in capsys.readouterr().out
    monkeypatch.setenv("VOC_ENCRYPTION_KEY", f"{second},{first}")
    assert main(["rewrap-tenant-keys"]) == 0
    monkeypatch.setenv("VOC_ENCRYPTION_KEY", first)
    assert main(["worker", "--once"]) == 2
    assert "VOC_ENCRYPTION_KEY lacks the key" in capsys.readouterr().err
    monkeypatch.setenv("VOC_ENCRYPTION_KEY", second)
    assert main(["destroy-tenant-key", *acme]) == 1
    assert main(["destroy-tenant-key", *acme, "--yes"]) == 0
    assert main(["destroy-tenant-key", *acme, "--yes"]) == 2
    assert main(["verify-audit"]) == 0


def test_departments_are_checked_where_keys_are_made(database: Database) -> None:
    now = datetime.now(UTC)
    with database.writing() as session, pytest.raises(ConfigurationError, match="departments"):
        keys.create(session, tenant_id="t", name="", scopes=["read"], departments=[], now=now)
    with database.writing() as session, pytest.raises(ConfigurationError, match="past"):
        keys.create(session, tenant_id="t", name="", scopes=["read"], expires_at=now, now=now)
