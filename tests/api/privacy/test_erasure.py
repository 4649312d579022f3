"""Erasure: nothing of the customer is left in any table, all of the others is; certificates are signed."""

import base64
import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.audit import chain
from api.db.engine import Database
from api.db.tables import AuditRow, Base, CommentRow, GoneCommentRow, TicketRow
from api.db.tenants import share_tenant
from api.privacy.certificates import hash_customer, signed_bytes
from api.privacy.gone import gone_among
from api.privacy.retention import remove_some, rules_of
from api.settings import Settings
from tests.api.conftest import MovedClock
from tests.api.theme_calls import post
from tests.api.vault.test_originals import give_key

CUSTOMERS = ["c-1", "山田 太郎/東京?#%", 'quote"back\\slash', "a%b_c", "日本😀", "../..", " c-1", "x" * 200]


def database_of(client: TestClient) -> Database:
    app = client.app
    assert isinstance(app, FastAPI)
    database: Database = app.state.database
    return database


def fill(client: TestClient, customer: str, prefix: str) -> list[str]:
    """Store three comments of a customer, two of which open tickets; gives their ids."""
    texts = ["配送が最悪。03-1234-5678", "The bill is terrible, I cancel", "最高"]
    return [
        post(
            client, f"{prefix}{n}", text, customer_id=customer, nps=0, channel="email", member=f"M{customer}"
        )["comment"]["id"]
        for n, text in enumerate(texts)
    ]


def erase(client: TestClient, customer: str) -> dict[str, Any]:
    response = client.delete(f"/v1/customers/{quote(customer, safe='')}")
    assert response.status_code == 200, response.text
    certificate: dict[str, Any] = response.json()
    return certificate


def everything(database: Database) -> dict[str, list[str]]:
    """Write every row of every table down as a text."""
    with database.reading() as session:
        return {
            table.name: [
                json.dumps(dict(row), ensure_ascii=False, default=str)
                for row in session.execute(select(table)).mappings()
            ]
            for table in Base.metadata.sorted_tables
        }


def found_in(tables: dict[str, list[str]], needles: Iterable[str]) -> set[str]:
    """Name the tables in which one of the needles stands."""
    written = [json.dumps(needle, ensure_ascii=False)[1:-1] for needle in needles]
    return {name for name, rows in tables.items() if any(one in row for row in rows for one in written)}


@pytest.mark.parametrize("customer", CUSTOMERS)
def test_nothing_of_the_customer_is_left_and_all_of_the_others(
    vault_client: TestClient, customer: str
) -> None:
    give_key(vault_client)
    database = database_of(vault_client)
    others = fill(vault_client, "keep-me", "o")
    ids = fill(vault_client, customer, "e")
    before = everything(database)
    assert {"comments", "tickets", "events"} <= found_in(before, [customer])
    certificate = erase(vault_client, customer)
    after = everything(database)
    assert found_in(after, [customer]) == set()
    assert found_in(after, ids) <= {"gone_comments", "audit_log", "theme_models", "events"}
    assert certificate["counts"] == {
        "events": 2,
        "tickets": 2,
        "comment_originals": 1,
        "comment_themes": certificate["counts"]["comment_themes"],
        "comment_vectors": 3,
        "corrections": 0,
        "analyses": 3,
        "ticket_comments": 2,
        "comments": 3,
        "gone_comments": 3,
        "idempotency_keys": 0,
        "job_inputs": 0,
        "ticket_notes": 0,
        "incoming_messages": 0,
    }
    assert certificate["counts"]["comment_themes"] > 0
    for comment_id in others:
        assert vault_client.get(f"/v1/comments/{comment_id}").json()["comment"]["customer_id"] == "keep-me"
    for comment_id in ids:
        assert vault_client.get(f"/v1/comments/{comment_id}").status_code == 404
    assert erase(vault_client, customer)["counts"]["comments"] == 0
    with database.reading() as session:
        assert gone_among(session, "default", [*ids, *others]) == set(ids)
        assert gone_among(session, "other", ids) == set()
        assert chain.verify(session, "default").broken_at is None


def test_tickets_stay_without_the_customer_and_say_so(client: TestClient) -> None:
    ids = fill(client, "c-1", "e")
    tickets = client.get("/v1/tickets").json()["items"]
    certificate = erase(client, "c-1")
    for ticket in tickets:
        response = client.get(f"/v1/tickets/{ticket['id']}")
        now = response.json()
        assert (now["customer_id"], now["comment_ids"]) == (None, [])
        assert (now["status"], now["due_at"]) == (ticket["status"], ticket["due_at"])
        assert now["version"] == ticket["version"] + 1
        last = client.get(f"/v1/tickets/{ticket['id']}/history").json()["items"][-1]
        assert (last["action"], last["reason"]) == ("customer_erased", {"erasure": certificate["id"]})
    again = post(client, "again", "配送が最悪", customer_id="c-1", nps=0)
    assert again["ticket"]["id"] not in {ticket["id"] for ticket in tickets}
    assert again["comment"]["id"] not in ids
    assert client.get(f"/v1/comments/{again['comment']['id']}").json()["comment"]["customer_id"] == "c-1"


def test_the_certificate_is_kept_signed_and_names_nobody(
    vault_client: TestClient, make_key: Callable[..., str], clock: MovedClock
) -> None:
    fill(vault_client, "山田太郎", "e")
    certificate = erase(vault_client, "山田太郎")
    assert "山田" not in json.dumps(certificate, ensure_ascii=False)
    assert hash_customer(certificate["salt"], "山田太郎") == certificate["customer_sha256"]
    assert certificate["erased_at"] == clock.now.isoformat(timespec="microseconds")
    assert (certificate["tenant"], certificate["erased_by"]) == ("default", "key:bootstrap")
    assert {kept["what"] for kept in certificate["kept"]} >= {"tickets", "audit_log"}
    assert vault_client.get(f"/v1/erasures/{certificate['id']}").json() == certificate
    assert vault_client.get("/v1/erasures").json() == {"items": [certificate], "next_cursor": None}
    [published] = vault_client.get("/v1/certificates/key").json()["items"]
    assert published["key_id"] == certificate["signature"]["key_id"]
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(published["public_key"]))
    value = base64.b64decode(certificate["signature"]["value"])
    public.verify(value, signed_bytes(certificate))
    with pytest.raises(InvalidSignature):
        public.verify(value, signed_bytes({**certificate, "counts": {}}))
    foreign = {"Authorization": f"Bearer {make_key(vault_client, tenant='other', scopes='erase')}"}
    assert vault_client.get(f"/v1/erasures/{certificate['id']}", headers=foreign).status_code == 404
    assert vault_client.get("/v1/erasures", headers=foreign).json()["items"] == []
    with database_of(vault_client).reading() as session:
        [entry] = session.scalars(select(AuditRow).where(AuditRow.object_id == certificate["id"]))
        assert (entry.action, entry.after) == ("customer_erased", {"counts": certificate["counts"]})


def test_without_an_operators_key_the_certificate_has_no_signature(plain_client: TestClient) -> None:
    assert erase(plain_client, "nobody")["signature"] is None
    assert plain_client.get("/v1/certificates/key").json()["items"] == []


@pytest.mark.parametrize("customer", ["%20", "x" * 201])
def test_an_id_that_nobody_can_have_is_refused(client: TestClient, customer: str) -> None:
    response = client.delete(f"/v1/customers/{customer}")
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


def test_another_tenants_customer_of_the_same_name_stays(
    client: TestClient, make_key: Callable[..., str]
) -> None:
    headers = {"Authorization": f"Bearer {make_key(client, tenant='other', scopes='ticket,read,erase')}"}
    sent = {"source": "s", "external_id": "1", "text": "配送が最悪。解約", "customer_id": "c-1"}
    comment_id = client.post("/v1/comments", json=sent, headers=headers).json()["comment"]["id"]
    fill(client, "c-1", "e")
    erase(client, "c-1")
    found = client.get(f"/v1/comments/{comment_id}", headers=headers).json()
    assert (found["comment"]["customer_id"], found["ticket"]["customer_id"]) == ("c-1", "c-1")


def test_the_etag_of_the_themes_changes_when_one_goes_and_one_comes(client: TestClient) -> None:
    post(client, "1", "配送が遅い", customer_id="c-1")
    post(client, "2", "配送が遅い", customer_id="c-2")
    before = client.get("/v1/themes")
    tag = before.headers["etag"]
    erase(client, "c-1")
    between = client.get("/v1/themes", headers={"If-None-Match": tag})
    assert (between.status_code, between.json()["comments"]) == (200, 1)
    post(client, "3", "請求が二重でした", customer_id="c-3")
    after = client.get("/v1/themes", headers={"If-None-Match": tag})
    assert (after.status_code, after.json()["comments"]) == (200, 2)
    assert after.headers["etag"] not in (tag, between.headers["etag"])
    theme = {"kind": "group", "label": {"ja": "新", "en": "new"}}
    changed = client.post("/v1/themes", json=theme, headers={"If-Match": after.headers["etag"]})
    assert changed.status_code == 201, changed.text


def test_what_was_stored_before_an_erasure_is_gone_while_comments_pour_in(client: TestClient) -> None:
    """Comments of the customer come in by four threads while the customer is erased."""
    database = database_of(client)

    def send(number: int) -> str:
        sent = {
            "source": "s",
            "external_id": str(number),
            "text": "配送が最悪。解約する",
            "customer_id": "c-1",
        }
        response = client.post("/v1/comments", json=sent)
        assert response.status_code == 201, response.text
        return str(response.json()["comment"]["id"])

    with ThreadPoolExecutor(4) as pool:
        first = list(pool.map(send, range(8)))
        during = [pool.submit(send, number) for number in range(8, 24)]
        certificate = erase(client, "c-1")
        later = [one.result() for one in during]
    with database.reading() as session:
        left = set(session.scalars(select(CommentRow.id).where(CommentRow.customer_id == "c-1")))
        gone = set(session.scalars(select(GoneCommentRow.comment_id)))
        tickets = session.scalars(select(TicketRow)).all()
    assert set(first) <= gone
    assert gone | left == {*first, *later}
    assert not gone & left
    assert certificate["counts"]["comments"] == len(gone)
    assert [ticket.customer_id for ticket in tickets].count("c-1") == (1 if left else 0)
    erase(client, "c-1")
    assert found_in(everything(database), ["c-1"]) == set()


def test_a_list_that_is_read_meanwhile_leaves_the_comment_out(
    plain_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL a comment can be erased between two queries of one answer."""
    [comment_id, *_] = fill(plain_client, "c-1", "e")

    def nothing(*_: object) -> dict[str, object]:
        return {}

    monkeypatch.setattr("api.comments.repository.current_analyses", nothing)
    monkeypatch.setattr("api.themes.repository.languages_of", nothing)
    for path in ("/v1/comments", "/v1/themes/theme-001/comments"):
        response = plain_client.get(path)
        assert (response.status_code, response.json()["items"]) == (200, []), path
    assert plain_client.get(f"/v1/comments/{comment_id}").status_code == 404


def test_an_erasure_waits_for_a_comment_that_is_being_stored(client: TestClient, clock: MovedClock) -> None:
    database = database_of(client)
    stored = post(client, "1", "配送が遅い", customer_id="c-1")["comment"]["id"]
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            share_tenant(session, "default")
            row = session.scalars(select(CommentRow).where(CommentRow.id == stored)).one()
            values = {one.name: getattr(row, one.name) for one in CommentRow.__table__.columns}
            session.add(CommentRow(**values | {"id": "cmt_" + "f" * 32, "external_id": "2"}))
            session.flush()
            erasure = pool.submit(erase, client, "c-1")
            assert not wait([erasure], timeout=0.3).done
        assert erasure.result()["counts"]["comments"] == 2
    assert client.get("/v1/comments").json()["items"] == []


def test_erasing_storing_placing_and_expiring_at_once_go_well(client: TestClient, clock: MovedClock) -> None:
    """Everything that deletes or follows comments runs side by side: nothing fails, nobody waits for ever."""
    database = database_of(client)
    for number in range(12):
        post(client, f"old{number}", "配送が最悪", customer_id=f"c-{number % 4}")
    clock.forward(days=2)
    [rule] = rules_of(Settings(retention_comments_days=1))

    def store(number: int) -> int:
        sent = {
            "source": "s",
            "external_id": f"n{number}",
            "text": "配送が最悪。解約",
            "customer_id": f"c-{number % 4}",
        }
        return client.post("/v1/comments", json=sent).status_code

    def forget(number: int) -> int:
        return client.delete(f"/v1/customers/c-{number % 4}").status_code

    def reword(number: int) -> int:
        words = {"stop_words": [], "synonyms": {f"語{number}": "配送"}, "compounds": []}
        return client.put("/v1/themes/dictionary", json=words, headers={"If-Match": "*"}).status_code

    def expire(_: int) -> int:
        remove_some(database, rule, clock.now, batch=2)
        return 200

    with ThreadPoolExecutor(6) as pool:
        calls = [pool.submit(one, number) for number in range(12) for one in (store, forget, reword, expire)]
        statuses = [call.result() for call in calls]
    assert set(statuses) <= {200, 201, 412}  # two changes of the themes at once: one is told so
    assert statuses.count(412) < 12
    with database.reading() as session:
        assert chain.verify(session, "default").broken_at is None
