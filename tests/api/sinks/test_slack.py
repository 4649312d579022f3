"""Slack as the first sink: its messages in both languages, and the way from the outbox to a receiver."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from api.db.engine import Database
from api.db.tables import SinkReferenceRow
from api.sinks import registry
from api.sinks.protocol import Call, Connection, TicketNews
from api.sinks.slack import SlackSink
from api.sinks.store import StoreSink
from api.webhooks.events import EventType
from api.worker.lanes import Pass
from tests.api.webhooks.bench import Bench
from tests.api.webhooks.receivers import answer, receiving

FACTS = {
    "department": "logistics",
    "level": "executive",
    "status": "open",
    "urgency": "high",
    "due_at": "2026-04-03T09:00:00+00:00",
    "comment_count": 2,
    "breached_at": None,
}


def news(event_type: str = "ticket.opened", **changes: Any) -> TicketNews:
    at = datetime(2026, 4, 3, 7, 30, tzinfo=UTC)
    facts = {**FACTS, **changes}
    return TicketNews("evt_1", event_type, at, 1, "tkt_1", facts, {"rule": "r"})


@pytest.mark.parametrize(
    ("language", "headline", "fields", "context"),
    [
        (
            "ja",
            "チケットが起票されました",
            ["*部署*\nlogistics", "*レベル*\n経営層", "*期限*\n2026年04月03日 18:00"],
            "2026年04月03日 16:30",
        ),
        (
            "en",
            "A ticket was opened",
            ["*Department*\nlogistics", "*Level*\nexecutive", "*Due*\n2026-04-03 09:00 UTC"],
            "2026-04-03 07:30 UTC",
        ),
    ],
)
def test_a_message_has_text_and_blocks(language: str, headline: str, fields: list[str], context: str) -> None:
    call = SlackSink().open(Connection("https://hooks.example.com/x", language, "s"), news())
    assert call is not None
    body = json.loads(call.body)
    assert body["text"] == f"{headline}: tkt_1"
    assert [block["type"] for block in body["blocks"]] == ["header", "section", "context"]
    shown = [field["text"] for field in body["blocks"][1]["fields"]]
    assert set(fields) <= set(shown)
    assert len(shown) <= 10
    assert body["blocks"][2]["elements"][0]["text"].startswith(context)


def test_marks_of_slack_are_escaped() -> None:
    call = SlackSink().update(Connection("https://h/x", "en", "s"), news(department="<!channel> & co"))
    assert call is not None
    assert "<!channel>" not in call.body.decode()
    assert "&lt;!channel&gt; &amp; co" in call.body.decode()


def test_a_ticket_reaches_slack_from_the_outbox(database: Database) -> None:
    bench = Bench(database)
    with receiving(answer(200, body=b"ok")) as receiver:
        bench.endpoint(receiver.url(), kind="sink:slack", language="ja")
        bench.happen("tkt_1", due_at=FACTS["due_at"])
        bench.happen("tkt_1", EventType.TICKET_ESCALATED, level="executive", due_at=FACTS["due_at"])
        bench.happen("hook", EventType.WEBHOOK_DISABLED)
        assert bench.lane().run_once() == Pass(2)
    texts = [json.loads(request.body)["text"] for request in receiver.requests]
    assert texts == ["チケットが起票されました: tkt_1", "チケットが上位レベルに引き上げられました: tkt_1"]
    assert "webhook-signature" not in receiver.requests[0].headers


class _Desk:
    """A system that names the tickets: the shape of what Zendesk, Jira or Salesforce need."""

    def __init__(self) -> None:
        self.verbs: list[tuple[str, str | None]] = []

    def _call(self, verb: str, connection: Connection, news: TicketNews) -> Call:
        self.verbs.append((verb, news.reference))
        body = json.dumps({"ticket": news.ticket_id}).encode()
        headers = {"Idempotency-Key": news.event_id}
        return Call("PUT" if news.reference else "POST", connection.url, headers, body)

    def open(self, connection: Connection, news: TicketNews) -> Call | None:
        return self._call("open", connection, news)

    def update(self, connection: Connection, news: TicketNews) -> Call | None:
        return None

    def close(self, connection: Connection, news: TicketNews) -> Call | None:
        return self._call("close", connection, news)

    def comment(self, connection: Connection, news: TicketNews) -> Call | None:
        return self._call("comment", connection, news)

    def read_reference(self, content: bytes) -> str | None:
        return str(json.loads(content)["id"])


def test_a_sink_that_names_tickets_needs_one_entry_in_the_table(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = _Desk()
    monkeypatch.setattr(registry, "SINKS", {**registry.SINKS, "slack": desk})
    bench = Bench(database)
    with receiving(answer(201, body=b'{"id": "CASE-7"}')) as receiver:
        endpoint_id, _ = bench.endpoint(receiver.url(), kind="sink:slack")
        for kind in (EventType.TICKET_OPENED, EventType.TICKET_ESCALATED, EventType.TICKET_JOINED):
            bench.happen("tkt_1", kind)
        assert bench.lane().run_once() == Pass(3)
    assert desk.verbs == [("open", None), ("comment", "CASE-7")]
    assert [row.state for row in bench.deliveries()] == ["delivered", "cancelled", "delivered"]
    with database.reading() as session:
        found = session.get(SinkReferenceRow, (endpoint_id, "tkt_1"))
    assert found is not None
    assert found.reference == "CASE-7"
    assert len(receiver.requests) == 2


def test_the_default_sink_has_nothing_to_send() -> None:
    sink, connection = registry.sink_of("sink:store"), Connection("https://h/x", "ja", "s")
    assert isinstance(sink, StoreSink)
    assert isinstance(registry.sink_of("sink:gone"), StoreSink)
    for event_type in ("ticket.opened", "ticket.joined", "ticket.escalated", "ticket.closed"):
        assert registry.word(sink, connection, news(event_type)) is None
    assert sink.read_reference(b"") is None
