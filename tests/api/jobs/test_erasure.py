"""A customer is taken out of what waits in jobs; on both databases."""

from fastapi.testclient import TestClient
from sqlalchemy import select

from api.db.tables import JobInputRow
from api.jobs.erasure import forget_customer
from api.jobs.lines import unpack
from tests.api.conftest import MovedClock
from tests.api.jobs.job_calls import EN, JA, database_of, lane, lines, results, send


def test_a_customer_is_forgotten(client: TestClient, clock: MovedClock) -> None:
    documents = [
        {"id": "1", "text": JA, "customer_id": "C-1"},
        {"id": "2", "text": EN, "customer_id": "C-2"},
        {"id": "3", "text": EN, "customer_id": "C-1"},
        {"id": "4", "text": "C-1"},
    ]
    job = send(client, b"{broken\n" + lines(documents))
    database = database_of(client)
    with database.writing() as session:
        assert forget_customer(session, "other", "C-1") == 0
        assert forget_customer(session, "default", "C-1") == 2
        assert forget_customer(session, "default", "C-1") == 0
    with database.reading() as session:
        kept = unpack(session.scalars(select(JobInputRow.body)).one())
    assert [b"customer_id" in line for line in kept] == [False, False, True, False, False]
    lane(client, clock).run_once()
    told = [(record["id"], record.get("error", {}).get("code")) for record in results(client, job["id"])]
    broken = "invalid_record"
    assert told == [("1", "invalid_json"), ("1", broken), ("2", None), ("3", broken), ("4", None)]
