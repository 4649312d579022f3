"""Traces hold the route's pattern, the status and the request's id, and nothing that a customer wrote."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.tracing import TraceRequests, exporting_tracer
from tests.api.conftest import BOOTSTRAP_KEY


@pytest.fixture
def spans() -> InMemorySpanExporter:
    """Return where the spans go."""
    return InMemorySpanExporter()


@pytest.fixture
def traced(make_app: Callable[[str], FastAPI], sqlite_url: str, spans: InMemorySpanExporter) -> TestClient:
    """Return a client of a service that is traced."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    app = make_app(sqlite_url)
    app.add_middleware(TraceRequests, tracer=provider.get_tracer("test"))
    return TestClient(
        app, headers={"Authorization": f"Bearer {BOOTSTRAP_KEY}"}, raise_server_exceptions=False
    )


@pytest.mark.parametrize("text", ["配送が遅い。田中です", "The delivery was late, says Tanaka"])
def test_a_span_tells_the_route_and_no_contents(
    traced: TestClient, spans: InMemorySpanExporter, text: str
) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    sent = {"source": "s", "external_id": "secret-1", "text": text, "customer_id": "C-1"}
    traced.post("/v1/comments", json=sent, headers={"traceparent": parent, "X-Request-Id": "r-1"})
    traced.get("/v1/comments/cmt_personal-data?who=me")
    posted, read = spans.get_finished_spans()
    assert posted.name == "POST /v1/comments"
    assert posted.attributes is not None
    assert posted.attributes["http.response.status_code"] == 201
    assert posted.attributes["voc.request_id"] == "r-1"
    assert posted.context is not None
    assert f"{posted.context.trace_id:032x}" == parent.split("-")[1]
    assert read.name == "GET /v1/comments/{comment_id}"
    told = "".join(span.to_json() for span in (posted, read))
    for secret in (text, "secret-1", "C-1", "personal-data", "who=me", "田中", "Tanaka"):
        assert secret not in told


def test_an_error_marks_the_span_and_does_not_quote_it(
    traced: TestClient, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("内緒の話")

    monkeypatch.setattr("api.tickets.service.list_page", fail)
    assert traced.get("/v1/tickets").status_code == 500
    [span] = spans.get_finished_spans()
    assert not span.status.is_ok
    assert "内緒" not in span.to_json()


@pytest.fixture
def collector() -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a collector on the loopback and the paths that were posted to."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1/traces", paths
    server.shutdown()
    server.server_close()


def test_spans_reach_a_collector(collector: tuple[str, list[str]]) -> None:
    endpoint, paths = collector
    with exporting_tracer(endpoint, "0").start_as_current_span("one"):
        pass
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    provider.shutdown()
    assert paths == ["/v1/traces"]
