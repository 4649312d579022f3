"""Planted personal data shows in no log, event, audit entry, figure or error."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.db.tables import AuditRow, EventRow
from api.logs import configure_logs
from api.settings import Settings
from tests.api.conftest import MovedClock
from tests.api.privacy.test_erasure import database_of, erase, everything, found_in
from tests.api.privacy.test_retention import lane
from tests.api.theme_calls import post
from tests.api.vault.test_originals import REASON, give_key

PHONES = ["090-1234-5678", "03-9876-5432"]
WORDS = ["桜吹雪太郎", "zanzibar"]
CUSTOMERS = ["顧客番号七七七", "customer-quokka"]
TEXTS = [
    f"{WORDS[0]}です。{PHONES[0]} へ電話を。配送が最悪、解約して弁護士に相談します",
    f"{WORDS[1]} here, call {PHONES[1]}. The delivery is terrible, my lawyer will cancel",
]


@pytest.fixture
def own_logs() -> Iterator[None]:
    """Put the tests' own logging back afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:], root.level = before[0], before[1]
    structlog.configure(**before[2])


def test_planted_personal_data_stays_where_it_belongs(
    vault_client: TestClient, clock: MovedClock, own_logs: None, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logs(Settings(log_level="debug"))
    give_key(vault_client)
    planted = [*PHONES, *WORDS, *CUSTOMERS]
    answers = []
    for number, (text, customer) in enumerate(zip(TEXTS, CUSTOMERS, strict=True)):
        stored = post(vault_client, str(number), text, customer_id=customer, channel="email")
        assert stored["ticket"] is not None
        path = f"/v1/comments/{stored['comment']['id']}/original"
        assert vault_client.get(path, params=REASON).json()["text"] == text
        for method, path, body in (
            ("POST", "/v1/comments", {"source": text, "external_id": "", "text": text, "nps": text}),
            ("POST", "/v1/comments", {"source": "s", "external_id": "k", "text": text + "\x00"}),
            ("POST", "/v1/comments/batch", {"comments": [{"text": text, customer: text}]}),
            ("POST", "/v1/score", {"comments": [{"id": "1", "text": text, "created_at": text}]}),
            ("GET", f"/v1/comments/{customer}", None),
            ("GET", f"/v1/tickets?cursor={customer}&department={text}", None),
            ("GET", f"/v1/comments/{customer}/original?reason={customer}", None),
            ("DELETE", f"/v1/customers/{customer * 40}", None),
            ("POST", "/v1/keys", {"name": text, "scopes": [customer]}),
        ):
            response = vault_client.request(method, path, json=body)
            assert 400 <= response.status_code < 500 or response.json()["failed"] == 1, (path, response.text)
            answers.append(json.dumps(response.json(), ensure_ascii=False))
    shown = vault_client.get("/metrics").text
    lane(vault_client, clock, comments=1).run_once()
    told = capfd.readouterr()
    assert '"event":"request"' in told.err
    for secret in planted:
        assert secret not in told.err + told.out
        assert secret not in shown
        assert not any(secret in answer for answer in answers), secret
    tables = everything(database_of(vault_client))
    assert found_in(tables, PHONES) == set()
    assert found_in(tables, WORDS) == {"comments"}
    assert found_in(tables, CUSTOMERS) == {"comments", "tickets", "events"}
    with database_of(vault_client).reading() as session:
        for event in session.scalars(select(EventRow)):
            assert event.payload["ticket"]["customer_id"] in CUSTOMERS
            assert not any(word in json.dumps(event.payload, ensure_ascii=False) for word in WORDS)
        assert session.scalars(select(AuditRow)).all()
    for customer in CUSTOMERS:
        erase(vault_client, customer)
    assert found_in(everything(database_of(vault_client)), planted) == set()
    assert not any(secret in capfd.readouterr().err for secret in planted)
