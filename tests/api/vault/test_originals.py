"""Originals: sealed with the tenant's key, read with an entry of the audit, lost with the key."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from api.audit import chain
from api.commands.vault import reencrypt
from api.db.engine import Database
from api.db.tables import AuditRow, CommentOriginalRow, CommentRow, TenantKeyRow
from api.errors import ConfigurationError
from api.vault import tenant_keys
from api.vault.cipher import SealBrokenError
from api.vault.master import Vault
from tests.api.theme_calls import post

NOW = datetime(2026, 1, 9, tzinfo=UTC)
TEXTS = [
    "😀 03-1234-5678 か 090-1111-2222 へ電話を。配送が遅い",
    "Call 03-1234-5678, the delivery is late",
    "配送が遅い",
]
REASON = {"reason": "answer_customer"}


def parts(client: TestClient) -> tuple[Database, Vault]:
    app = client.app
    assert isinstance(app, FastAPI)
    return app.state.database, app.state.vault


def give_key(client: TestClient, tenant: str = "default") -> int:
    database, vault = parts(client)
    with database.writing() as session:
        return tenant_keys.create(session, vault, tenant, NOW)


def original(client: TestClient, comment_id: str, **query: str) -> tuple[int, str]:
    response = client.get(f"/v1/comments/{comment_id}/original", params=query or REASON)
    body = response.json()
    return response.status_code, body["text"] if response.status_code == 200 else body["code"]


@pytest.mark.parametrize("text", TEXTS)
def test_an_original_is_sealed_and_comes_back_as_it_was_sent(vault_client: TestClient, text: str) -> None:
    give_key(vault_client)
    stored = post(vault_client, "1", text)
    comment_id = stored["comment"]["id"]
    assert "1234" not in stored["comment"]["text"]
    response = vault_client.get(f"/v1/comments/{comment_id}/original", params=REASON)
    assert response.headers["cache-control"] == "no-store"
    assert response.json()["text"] == text
    for part in response.json()["hidden"]:
        assert text[part["start"] : part["end"]].replace("-", "").isdecimal()
    database, _ = parts(vault_client)
    with database.reading() as session:
        rows = session.scalars(select(CommentOriginalRow)).all()
        assert len(rows) == ("1234" in text)
        assert all(b"1234" not in row.sealed for row in rows)
        [entry] = session.scalars(select(AuditRow).where(AuditRow.action == "unmasked"))
        assert (entry.object_type, entry.object_id) == ("comment", comment_id)
        assert (entry.actor, entry.reason) == ("key:bootstrap", {"category": "answer_customer"})
        assert chain.verify(session, "default").broken_at is None


def test_every_reading_is_an_entry_and_a_refused_one_is_none(
    vault_client: TestClient, make_key: Callable[..., str]
) -> None:
    give_key(vault_client)
    comment_id = post(vault_client, "1", TEXTS[0])["comment"]["id"]
    headers = {"Authorization": f"Bearer {make_key(vault_client, scopes='read,ticket,admin,score,erase')}"}
    path = f"/v1/comments/{comment_id}/original"
    assert vault_client.get(path, params=REASON, headers=headers).status_code == 403
    assert vault_client.get(path).status_code == 422
    assert vault_client.get(path, params={"reason": "because I can"}).status_code == 422
    assert original(vault_client, "cmt_0") == (404, "not_found")
    database, _ = parts(vault_client)
    with database.reading() as session:
        assert session.scalars(select(AuditRow).where(AuditRow.action == "unmasked")).all() == []
    for _ in range(2):
        assert original(vault_client, comment_id)[0] == 200
    with database.reading() as session:
        assert len(session.scalars(select(AuditRow).where(AuditRow.action == "unmasked")).all()) == 2


def test_without_a_key_of_the_operator_or_the_tenant_there_is_no_original(
    client: TestClient, vault_client: TestClient
) -> None:
    for one in (client, vault_client):
        comment_id = post(one, f"{id(one)}", TEXTS[0])["comment"]["id"]
        assert original(one, comment_id) == (404, "original_unavailable")
    give_key(vault_client)
    assert original(vault_client, comment_id) == (404, "original_unavailable")  # it came before the key


def test_rotation_moves_originals_and_destroys_the_older_key(vault_client: TestClient) -> None:
    database, vault = parts(vault_client)
    give_key(vault_client)
    ids = [post(vault_client, str(number), text)["comment"]["id"] for number, text in enumerate(TEXTS)]
    with database.writing() as session:
        assert tenant_keys.rotate(session, vault, "default", NOW) == 2
    ids.append(post(vault_client, "later", TEXTS[0])["comment"]["id"])
    assert [original(vault_client, one)[1] for one in ids] == [*TEXTS, TEXTS[0]]
    assert reencrypt(database, vault, "default") == (2, [1])
    assert [original(vault_client, one)[1] for one in ids] == [*TEXTS, TEXTS[0]]
    with database.reading() as session:
        assert {row.key_version for row in session.scalars(select(CommentOriginalRow))} == {2}
        first = session.get(TenantKeyRow, ("default", 1))
        assert first is not None
        assert first.wrapped_key is None
    assert reencrypt(database, vault, "default") == (0, [])


def test_a_destroyed_key_takes_all_originals_with_it(vault_client: TestClient) -> None:
    database, _ = parts(vault_client)
    give_key(vault_client)
    comment_id = post(vault_client, "1", TEXTS[0])["comment"]["id"]
    with database.writing() as session:
        assert tenant_keys.destroy(session, "default", NOW) == (1, 1)
        with pytest.raises(ConfigurationError, match="no data key"):
            tenant_keys.destroy(session, "default", NOW)
    assert original(vault_client, comment_id) == (404, "original_unavailable")
    plain = post(vault_client, "2", TEXTS[2])["comment"]["id"]
    assert original(vault_client, plain) == (404, "original_unavailable")
    assert give_key(vault_client) == 2
    assert original(vault_client, plain) == (200, TEXTS[2])


def test_tenants_have_keys_of_their_own(vault_client: TestClient, make_key: Callable[..., str]) -> None:
    give_key(vault_client)
    comment_id = post(vault_client, "1", TEXTS[0])["comment"]["id"]
    foreign = {"Authorization": f"Bearer {make_key(vault_client, tenant='other', scopes='unmask')}"}
    response = vault_client.get(f"/v1/comments/{comment_id}/original", params=REASON, headers=foreign)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    database, vault = parts(vault_client)
    with database.writing() as session, pytest.raises(ConfigurationError, match="has a data key"):
        tenant_keys.create(session, vault, "default", NOW)
    with database.writing() as session, pytest.raises(ConfigurationError, match="no data key"):
        tenant_keys.rotate(session, vault, "other", NOW)


def test_a_sealed_original_opens_at_its_comment_only(vault_client: TestClient) -> None:
    database, _ = parts(vault_client)
    give_key(vault_client)
    first, second = (post(vault_client, str(n), TEXTS[0])["comment"]["id"] for n in range(2))
    with database.writing() as session:
        sealed = session.scalars(
            select(CommentOriginalRow).where(CommentOriginalRow.comment_id == first)
        ).one()
        session.execute(
            update(CommentOriginalRow)
            .where(CommentOriginalRow.comment_id == second)
            .values(sealed=sealed.sealed)
        )
    assert original(vault_client, second) == (500, "internal_error")
    assert original(vault_client, first) == (200, TEXTS[0])
    with database.writing() as session:  # a masked text that somebody changed is not told as an original
        session.execute(update(CommentRow).where(CommentRow.id == first).values(masked_text="x" * 60))
    assert original(vault_client, first) == (500, "internal_error")


def test_a_start_without_the_key_is_refused_by_name(vault_client: TestClient) -> None:
    database, vault = parts(vault_client)
    other = Vault([bytes(32)])
    with database.reading() as session:
        tenant_keys.check(session, None)
    give_key(vault_client)
    [key_id] = vault.key_ids()
    with database.reading() as session:
        tenant_keys.check(session, vault)
        for closed in (None, other):
            with pytest.raises(ConfigurationError, match=key_id):
                tenant_keys.check(session, closed)
    both = Vault([bytes(32), bytes(range(32))])
    with database.writing() as session:
        assert (tenant_keys.rewrap(session, both), tenant_keys.rewrap(session, both)) == (1, 0)
        tenant_keys.check(session, other)
    with pytest.raises(ConfigurationError, match="VOC_ENCRYPTION_KEY is not set"):
        tenant_keys.needed(None)


def test_a_broken_seal_is_no_answer_of_an_older_version(vault_client: TestClient) -> None:
    database, vault = parts(vault_client)
    give_key(vault_client)
    post(vault_client, "1", TEXTS[0])
    with database.writing() as session:
        tenant_keys.rotate(session, vault, "default", NOW)
        session.execute(update(CommentOriginalRow).values(sealed=b"\0" * 64))
    with pytest.raises(SealBrokenError):
        reencrypt(database, vault, "default")


def test_a_process_without_the_newest_operators_key_answers_503(vault_client: TestClient) -> None:
    database, _ = parts(vault_client)
    newest = Vault([bytes(32)])
    with database.writing() as session:
        tenant_keys.create(session, newest, "default", NOW)
    sent = {"source": "s", "external_id": "1", "text": TEXTS[0]}
    response = vault_client.post("/v1/comments", json=sent)
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert vault_client.get("/v1/comments").json()["items"] == []
