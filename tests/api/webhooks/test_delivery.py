"""Deliveries: signed, repeated, in order, each endpoint for itself; nothing lost; on both databases."""

import json
import threading
from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from api.audit import chain
from api.db.engine import Database
from api.db.tables import AuditRow, EventRow, WebhookDeliveryRow
from api.keys.service import Caller
from api.vault.master import Vault
from api.webhooks import delivery, endpoints, replay
from api.webhooks.events import EventType, Subject, tell
from api.webhooks.schedule import ATTEMPTS, DELAYS_S
from api.webhooks.schemas import ReplayIn, WebhookChange
from api.webhooks.secrets import VaultBox
from api.webhooks.sending import Answer, Outcome
from api.worker.lanes import Pass
from tests.api.webhooks.bench import ADMIN, Bench
from tests.api.webhooks.receivers import (
    LONG_S,
    Manner,
    answer,
    answers,
    close_at_once,
    hang,
    huge_body,
    nonsense,
    receiving,
    reset,
    slow_body,
    slow_headers,
)

OK = answer(204)


@pytest.fixture
def bench(database: Database) -> Bench:
    """Return a place to try deliveries, on both databases."""
    return Bench(database)


@pytest.mark.parametrize("department", ["物流", "logistics"])
def test_a_message_is_verified_by_the_library(bench: Bench, department: str) -> None:
    with receiving(OK) as receiver:
        _, secret = bench.endpoint(receiver.url())
        event_id = bench.happen("tkt_1", department=department)
        assert bench.lane().run_once() == Pass(1, 0)
    [request] = receiver.requests
    message = Webhook(secret).verify(request.body, request.headers)
    assert message["type"] == "ticket.opened"
    assert message["timestamp"] == bench.clock().isoformat().replace("+00:00", "Z")
    assert message["data"]["ticket"]["department"] == department
    assert message["data"]["subject"] == {"type": "ticket", "id": "tkt_1", "sequence": 1}
    assert request.id == event_id
    assert request.headers["content-type"] == "application/json"
    [row] = bench.deliveries()
    assert (row.state, row.attempts, row.last_status) == ("delivered", 1, 204)


def test_a_failure_is_repeated_with_the_same_id_and_a_fresh_signature_until_it_is_dead(bench: Bench) -> None:
    with receiving(answer(500)) as receiver:
        bench.endpoint(receiver.url())
        event_id = bench.happen()
        lane = bench.lane(disable_after=timedelta(days=30))
        began = bench.clock()
        for delay in DELAYS_S:
            bench.clock.forward(seconds=delay - 1)
            assert lane.run_once() == Pass(0), "not before its time"
            bench.clock.forward(seconds=1 + delay * 0.2)
            assert lane.run_once() == Pass(1)
        lasted = bench.clock() - began
        bench.clock.forward(days=3)
        assert lane.run_once() == Pass(0)
    assert len(receiver.requests) == ATTEMPTS >= 8
    assert lasted >= timedelta(hours=24)
    assert {request.id for request in receiver.requests} == {event_id}
    assert len({request.body for request in receiver.requests}) == 1
    assert len({request.headers["webhook-timestamp"] for request in receiver.requests}) >= ATTEMPTS - 1
    assert len({request.headers["webhook-signature"] for request in receiver.requests}) >= ATTEMPTS - 1
    [row] = bench.deliveries()
    assert (row.state, row.attempts, row.last_status, row.last_error) == ("dead", ATTEMPTS, 500, "rejected")
    assert [attempt.outcome for attempt in bench.attempts()] == ["rejected"] * ATTEMPTS


@pytest.mark.parametrize(
    ("manner", "outcome", "status"),
    [
        (answer(200, body="受け取りました".encode()), "delivered", 200),
        (answer(500), "rejected", 500),
        (answer(404), "rejected", 404),
        (answer(302, {"Location": "http://127.0.0.1:9/elsewhere"}), "redirected", 302),
        (answer(307, {"Location": "http://169.254.169.254/"}), "redirected", 307),
        (close_at_once, "broken_off", None),
        (reset, "broken_off", None),
        (nonsense, "broken_off", None),
        (hang, "timed_out", None),
        (slow_headers, "timed_out", None),
    ],
)
def test_what_becomes_of_each_kind_of_receiver(
    bench: Bench, manner: Manner, outcome: str, status: int | None
) -> None:
    with receiving(manner) as receiver:
        bench.endpoint(receiver.url())
        bench.happen()
        assert bench.lane().run_once() == Pass(1)
        [attempt] = bench.attempts()
    assert (attempt.outcome, attempt.status) == (outcome, status)
    assert len(receiver.requests) == 1
    [row] = bench.deliveries()
    assert row.state == ("delivered" if outcome == "delivered" else "pending")


def test_a_body_without_end_costs_no_success_and_little_time(bench: Bench) -> None:
    with receiving(huge_body) as huge, receiving(slow_body) as slow:
        bench.endpoint(huge.url())
        bench.endpoint(slow.url())
        bench.happen()
        assert bench.lane(timeout_s=1.0).run_once() == Pass(2)
        assert huge.released.wait(LONG_S), "the connection was not closed"
    by_size = sorted(bench.attempts(), key=lambda attempt: attempt.answer_bytes)
    assert [attempt.answer_bytes for attempt in by_size] == [1, 64 * 1024]
    assert [row.state for row in bench.deliveries()] == ["delivered", "delivered"]
    assert int(huge.requests[0].headers["sent-back"]) < 50_000_000


def test_nobody_listens(bench: Bench) -> None:
    with receiving(OK) as receiver:
        url = receiver.url()
    bench.endpoint(url)
    bench.happen()
    bench.lane().run_once()
    assert [attempt.outcome for attempt in bench.attempts()] == ["not_connected"]


def test_a_hanging_receiver_never_delays_the_others(bench: Bench) -> None:
    def release(receiver: Any, handler: Any) -> None:
        OK(receiver, handler)
        if len(receiver.requests) == 40:
            hanging.released.set()

    with receiving(hang) as hanging, receiving(release) as quick:
        bench.endpoint(hanging.url())
        bench.endpoint(quick.url())
        for number in range(40):
            bench.happen(f"t{number}")
        bench.lane(timeout_s=LONG_S).run_once()
        assert hanging.released.is_set(), "the quick receiver had everything while the other one hung"
    assert len(quick.requests) == 40
    assert len(hanging.requests) >= 4


def test_what_happens_while_one_hangs_is_sent_to_the_others_at_once(bench: Bench) -> None:
    def release(receiver: Any, handler: Any) -> None:
        OK(receiver, handler)
        hanging.released.set()

    def happen_then_hang(receiver: Any, handler: Any) -> None:
        if len(receiver.requests) == 1:
            bench.happen("later", EventType.TICKET_ESCALATED)
        hang(receiver, handler)

    with receiving(happen_then_hang) as hanging, receiving(release) as quick:
        bench.endpoint(hanging.url(), types=["ticket.opened"])
        bench.endpoint(quick.url(), types=["ticket.escalated"])
        bench.happen("first")
        bench.lane(timeout_s=LONG_S).run_once()
        assert hanging.released.is_set()
    assert len(quick.requests) == 1


def test_the_events_of_a_ticket_keep_their_order_on_an_endpoint(bench: Bench) -> None:
    with receiving(answers(answer(500), OK)) as receiver:
        bench.endpoint(receiver.url())
        first = [bench.happen("a"), bench.happen("a", EventType.TICKET_JOINED)]
        lane = bench.lane()
        lane.run_once()
        assert [request.id for request in receiver.requests] == first[:1]
        other = bench.happen("b")
        lane.run_once()
        assert [request.id for request in receiver.requests] == [first[0], other]
        bench.clock.forward(seconds=6)
        lane.run_once()
    assert [request.id for request in receiver.requests] == [first[0], other, *first]
    sequences = [json.loads(request.body)["data"]["subject"]["sequence"] for request in receiver.requests[2:]]
    assert sequences == [1, 2]


def test_a_dead_event_lets_the_next_one_through(bench: Bench) -> None:
    with receiving(answers(*[answer(500)] * ATTEMPTS, OK)) as receiver:
        bench.endpoint(receiver.url())
        first, second = bench.happen("a"), bench.happen("a")
        lane = bench.lane(disable_after=timedelta(days=30))
        for _ in range(ATTEMPTS + 1):
            lane.run_once()
            bench.clock.forward(hours=20)
    ids = [request.id for request in receiver.requests]
    assert ids == [first] * ATTEMPTS + [second]
    assert [row.state for row in bench.deliveries()] == ["dead", "delivered"]


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_respected_for_the_whole_endpoint(bench: Bench, status: int) -> None:
    with receiving(answers(answer(status, {"Retry-After": "600"}), OK)) as receiver:
        bench.endpoint(receiver.url())
        bench.happen("a")
        lane = bench.lane()
        lane.run_once()
        bench.happen("b")
        bench.clock.forward(seconds=590)
        assert lane.run_once() == Pass(0)
        bench.clock.forward(seconds=11)
        assert lane.run_once() == Pass(2)
    assert len(receiver.requests) == 3


def test_gone_disables_and_is_told_to_the_other_endpoints(bench: Bench) -> None:
    with receiving(answer(410)) as gone, receiving(OK) as other:
        gone_id, _ = bench.endpoint(gone.url())
        bench.endpoint(other.url())
        bench.happen("a")
        bench.happen("a")
        bench.lane().run_once()
    row = bench.state(gone_id)
    assert (row.state, row.state_reason) == ("disabled", "gone")
    told = [json.loads(request.body) for request in other.requests]
    assert [message["type"] for message in told].count("webhook.disabled") == 1
    [message] = [message for message in told if message["type"] == "webhook.disabled"]
    assert message["data"]["webhook"] == {"id": gone_id, "state": "disabled", "reason": "gone"}
    states = Counter(row.state for row in bench.deliveries() if row.endpoint_id == gone_id)
    assert states == {"dead": 2}
    with bench.database.reading() as session:
        actions = session.scalars(select(AuditRow.action).where(AuditRow.object_id == gone_id)).all()
        assert actions == ["created", "disabled"]
        assert chain.verify(session, "default").broken_at is None
    assert len(gone.requests) == 1


def test_an_endpoint_that_fails_for_days_is_disabled_and_one_success_starts_anew(bench: Bench) -> None:
    with receiving(answers(answer(500), OK, answer(500))) as receiver:
        endpoint_id, _ = bench.endpoint(receiver.url())
        lane = bench.lane(disable_after=timedelta(days=5))
        for number in range(2):
            bench.happen(f"early{number}")
            lane.run_once()
            bench.clock.forward(days=4)
        assert bench.state(endpoint_id).failing_since is not None
        lane.run_once()
        bench.clock.forward(hours=20)
        bench.happen("later")
        lane.run_once()
        assert bench.state(endpoint_id).state == "enabled"
        bench.clock.forward(days=1)
        lane.run_once()
    row = bench.state(endpoint_id)
    assert (row.state, row.state_reason) == ("disabled", "failing")


def test_a_crash_between_sending_and_writing_down_sends_again_with_the_same_id(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving(OK) as receiver:
        bench.endpoint(receiver.url())
        event_id = bench.happen()
        lane = bench.lane()
        with monkeypatch.context() as patch:

            def crash(*_: object, **__: object) -> None:
                raise RuntimeError("the worker dies here")

            patch.setattr(delivery, "record", crash)
            assert lane.run_once() == Pass(1, 1)
        assert lane.run_once() == Pass(0), "the lease still holds"
        bench.clock.forward(seconds=91)
        assert lane.run_once() == Pass(1, 0)
    assert [request.id for request in receiver.requests] == [event_id, event_id]
    [row] = bench.deliveries()
    assert (row.state, row.attempts) == ("delivered", 1)


def test_who_lost_its_lease_changes_nothing_any_more(bench: Bench) -> None:
    bench.endpoint("http://127.0.0.1:9/hook")
    bench.happen()
    limits = delivery.Limits()
    with bench.database.writing() as session:
        [old] = delivery.take(session, bench.box, bench.clock(), limits, {})
    bench.clock.forward(seconds=91)
    with bench.database.writing() as session:
        [new] = delivery.take(session, bench.box, bench.clock(), limits, {})
    assert old.lease_token != new.lease_token
    bad = Answer(Outcome.REJECTED, 5, 500)
    with bench.database.writing() as session:
        delivery.record(session, old, bad, limits=limits, random=Random(0), now=bench.clock())
    [row] = bench.deliveries()
    assert (row.state, row.attempts, row.lease_token) == ("pending", 0, new.lease_token)


def test_a_lease_from_before_the_clock_was_set_back_does_not_hold_for_ever(bench: Bench) -> None:
    bench.endpoint("http://127.0.0.1:9/hook")
    bench.happen()
    bench.clock.forward(hours=6)
    with bench.database.writing() as session:
        assert delivery.take(session, bench.box, bench.clock(), delivery.Limits(), {})
    bench.clock.forward(hours=-5)
    with bench.database.writing() as session:
        assert delivery.take(session, bench.box, bench.clock(), delivery.Limits(), {})


def test_several_workers_send_each_event_once(bench: Bench) -> None:
    with receiving(OK) as receiver:
        for _ in range(3):
            bench.endpoint(receiver.url())
        events = {bench.happen(f"t{number}") for number in range(10)}
        gate = threading.Barrier(4)
        lanes = [bench.lane(timeout_s=LONG_S) for _ in range(4)]
        done: list[Pass] = []

        def work(lane: Any) -> None:
            gate.wait()
            done.append(lane.run_once())

        threads = [threading.Thread(target=work, args=(lane,)) for lane in lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(one.done for one in done) == 30
    assert Counter(attempt.outcome for attempt in bench.attempts()) == {"delivered": 30}
    assert Counter(request.id for request in receiver.requests) == dict.fromkeys(events, 3)
    assert {row.state for row in bench.deliveries()} == {"delivered"}


def test_events_go_to_the_tenant_and_the_types_that_were_asked_for(bench: Bench) -> None:
    stranger = Caller("other", "other", ADMIN.scopes)
    with receiving(OK) as mine, receiving(OK) as theirs:
        bench.endpoint(mine.url(), types=["ticket.escalated"])
        bench.endpoint(theirs.url(), stranger)
        bench.happen("a", EventType.TICKET_OPENED)
        wanted = bench.happen("a", EventType.TICKET_ESCALATED)
        other = bench.happen("z", tenant="other")
        bench.lane().run_once()
    assert [request.id for request in mine.requests] == [wanted]
    assert [request.id for request in theirs.requests] == [other]


def test_event_and_delivery_are_one_transaction(bench: Bench) -> None:
    bench.endpoint("http://127.0.0.1:9/hook")

    def change_that_fails() -> None:
        with bench.database.writing() as session:
            subject, now = Subject("ticket", "a"), bench.clock()
            tell(session, EventType.TICKET_OPENED, subject, tenant_id="default", payload={}, now=now)
            raise RuntimeError("the change fails")

    with pytest.raises(RuntimeError):
        change_that_fails()
    with bench.database.reading() as session:
        assert session.scalars(select(EventRow)).all() == []
    assert bench.deliveries() == []


def test_both_secrets_sign_until_the_old_one_ends(bench: Bench) -> None:
    with receiving(OK) as receiver:
        endpoint_id, old = bench.endpoint(receiver.url())
        overlap = timedelta(minutes=2)
        with bench.database.writing() as session:
            _, new = endpoints.rotate(session, bench.desk, ADMIN, endpoint_id, overlap, bench.clock())
        lane = bench.lane()
        bench.happen("a")
        lane.run_once()
        bench.clock.forward(minutes=3)
        bench.happen("b")
        lane.run_once()
    both, one = receiver.requests
    assert len(both.headers["webhook-signature"].split(" ")) == 2
    for secret in (old, new):
        assert Webhook(secret).verify(both.body, both.headers)
    assert Webhook(new).verify(one.body, one.headers)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(old).verify(one.body, one.headers)


def test_a_secret_that_cannot_be_opened_is_a_failure_and_nothing_is_sent(bench: Bench) -> None:
    with receiving(OK) as receiver:
        bench.endpoint(receiver.url())
        bench.happen()
        bench.box = VaultBox(Vault([b"x" * 32]))
        bench.lane().run_once()
    assert receiver.requests == []
    assert [attempt.outcome for attempt in bench.attempts()] == ["not_sendable"]


def test_replays(bench: Bench) -> None:
    before = bench.happen("early")
    bench.clock.forward(hours=1)
    since = bench.clock()
    with receiving(answers(OK, answer(410), OK)) as receiver:
        endpoint_id, _ = bench.endpoint(receiver.url(), types=["ticket.opened"])
        good, bad = bench.happen("a"), bench.happen("b")
        lane = bench.lane(per_endpoint=1)
        lane.run_once()
        assert [row.state for row in bench.deliveries()] == ["delivered", "dead"]

        def again(**body: object) -> replay.Replayed:
            with bench.database.writing() as session:
                wanted = ReplayIn.model_validate(body)
                return replay.replay(session, ADMIN, endpoint_id, wanted, bench.clock())

        with pytest.raises(Exception, match="cannot be used"):
            again(dead=True)
        with bench.database.writing() as session:
            change = WebhookChange(enabled=True)
            endpoints.change(session, bench.desk, ADMIN, endpoint_id, change, None, bench.clock())
        receiver.requests.clear()
        receiver.manner = OK
        for body, expected in (
            ({"dead": True}, [bad]),
            ({"event_ids": [before, good]}, [before, good]),
            ({"since": since}, [good, bad]),
        ):
            assert again(**body) == replay.Replayed(len(expected), None)
            assert again(**body).queued == 0, "what waits is not queued twice"
            lane.run_once()
            assert sorted(request.id for request in receiver.requests) == sorted(expected)
            receiver.requests.clear()
    assert {row.state for row in bench.deliveries()} == {"delivered"}


def test_what_was_written_while_an_endpoint_was_being_disabled_does_not_wait_for_ever(bench: Bench) -> None:
    kept, deleted = (bench.endpoint("http://127.0.0.1:9/hook")[0] for _ in range(2))
    bench.happen()
    with bench.database.writing() as session:
        endpoints.remove(session, ADMIN, deleted, None, bench.clock())
        change = WebhookChange(enabled=False)
        endpoints.change(session, bench.desk, ADMIN, kept, change, None, bench.clock())
    for row in bench.deliveries():
        with bench.database.writing() as session:
            late = session.get(WebhookDeliveryRow, row.id)
            assert late is not None
            late.state = "pending"
    assert bench.lane().run_once() == Pass(0)
    states = {row.endpoint_id: row.state for row in bench.deliveries()}
    assert states == {kept: "dead", deleted: "cancelled"}


def test_a_stopping_worker_takes_nothing_new(bench: Bench) -> None:
    stop = threading.Event()

    def stop_then_answer(receiver: Any, handler: Any) -> None:
        stop.set()
        OK(receiver, handler)

    with receiving(stop_then_answer) as receiver:
        bench.endpoint(receiver.url())
        for number in range(5):
            bench.happen(f"t{number}")
        bench.lane(per_endpoint=1, stop=stop, timeout_s=LONG_S).run_once()
    assert len(receiver.requests) < 5
    assert "pending" in {row.state for row in bench.deliveries()}
