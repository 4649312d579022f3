"""Traces by OpenTelemetry, when the operator names a collector: one span a request, without its contents.

The spans are our own and not those of an instrumentation: these hold the path as it was
sent, and a path may hold a customer's id.
"""

from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind, StatusCode, Tracer
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ConfigurationError


class TraceRequests:
    """Makes a span of every request: method, the route's pattern, status, the request's id.

    Parameters
    ----------
    app : ASGIApp
        The application inside.
    tracer : Tracer
        Makes the spans.
    """

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500

        async def send_and_look(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        context = propagate.extract(dict(Headers(scope=scope)))
        with self._tracer.start_as_current_span(
            scope["method"],
            context=context,
            kind=SpanKind.SERVER,
            record_exception=False,  # a message may quote a text
            set_status_on_exception=False,
        ) as span:
            try:
                await self._app(scope, receive, send_and_look)
            finally:
                route = getattr(scope.get("route"), "path", "unknown")
                span.update_name(f"{scope['method']} {route}")
                span.set_attribute("http.request.method", scope["method"])
                span.set_attribute("http.route", route)
                span.set_attribute("http.response.status_code", status)
                span.set_attribute("voc.request_id", str(scope.get("voc.request_id", "")))
                if status >= 500:
                    span.set_status(StatusCode.ERROR)


def exporting_tracer(endpoint: str, version: str) -> Tracer:
    """Make a tracer that sends its spans to a collector, in the background and in batches.

    Parameters
    ----------
    endpoint : str
        Where the collector takes OTLP over HTTP, for instance ``http://127.0.0.1:4318/v1/traces``.
    version : str
        Version of the service.

    Returns
    -------
    Tracer
        A collector that is away costs spans and nothing else.

    Raises
    ------
    ConfigurationError
        If the extra ``telemetry`` is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ConfigurationError(
            "VOC_OTLP_ENDPOINT is set and OpenTelemetry is not installed; pip install 'voc-nlp[telemetry]'"
        ) from error
    provider = TracerProvider(
        resource=Resource.create({"service.name": "voc-nlp", "service.version": version})
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)
    return provider.get_tracer("voc-nlp")
