"""Around every request: its id, headers, one log line without contents, limits on what comes in."""

import re
import time
from uuid import uuid4

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import (
    Bilingual,
    BodyTooLargeError,
    Fault,
    InternalError,
    InvalidRequestError,
    MediaTypeError,
    NotFoundError,
    ServiceError,
)
from api.jobs.streaming import is_streamed_upload
from api.logs import log_failure
from api.problems import pointer, problem_response

_log = structlog.get_logger(__name__)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
_CSV_READ_AT = frozenset({"/v1/themes/dictionary", "/v1/members/import"})
_DRAINED_TIMES_LIMIT = 4
"""A body over the limit is read and thrown away up to this many limits, so that the caller,
still sending, can read the answer instead of a broken connection."""

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""On every answer that does not bring its own: nothing that we answer is to be run, framed or guessed at."""
_NO_STORE = (b"cache-control", b"no-store")


class RequestScope:
    """Gives a request its id, counts it, logs it, and turns what nobody caught into a 500 problem.

    Parameters
    ----------
    app : ASGIApp
        The application inside.
    requests : Counter
        Counts by method, route and status.
    seconds : Histogram
        Measures by method and route.
    """

    def __init__(self, app: ASGIApp, requests: Counter, seconds: Histogram) -> None:
        self._app = app
        self._requests = requests
        self._seconds = seconds
        self._counters: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = headers.get("x-request-id", "")
        if not _REQUEST_ID.fullmatch(request_id):
            request_id = uuid4().hex
        scope["voc.request_id"] = request_id
        status = 0
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
                _add_headers(message, scope)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_id)
            except Exception as error:
                log_failure("request_failed", error)
                if status:
                    raise
                response = problem_response(
                    InternalError(),
                    accept_language=headers.get("accept-language"),
                    request_id=request_id,
                )
                await response(scope, receive, send_with_id)
            finally:
                self._record(scope, status, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        """Count and log by the route's pattern: a path may hold a customer's id."""
        route = getattr(scope.get("route"), "path", "unknown")
        method = scope["method"]
        counted = self._counters.get((method, route, status))
        if counted is None:
            counted = self._requests.labels(method, route, str(status)), self._seconds.labels(method, route)
            self._counters[method, route, status] = counted
        counted[0].inc()
        counted[1].observe(seconds)
        _log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


class AddressRules:
    """Refuses NUL in the path and the query, which no database stores and no id holds.

    Parameters
    ----------
    app : ASGIApp
        The application inside.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif "\x00" in scope["path"]:
            await _refuse(NotFoundError(), scope, receive, send)
        elif b"%00" in scope["query_string"] or b"\x00" in scope["query_string"]:
            detail = Bilingual(
                "NUL in a parameter; remove it", "パラメーターに NUL があります。削除してください"
            )
            names = {
                name for name, value in QueryParams(scope["query_string"]).multi_items() if "\0" in value
            }
            faults = [Fault(pointer(("query", name)), detail) for name in sorted(names)]
            await _refuse(InvalidRequestError(faults or [Fault("/query", detail)]), scope, receive, send)
        else:
            await self._app(scope, receive, send)


class BodyRules:
    """Lets only JSON of a bounded size in, CSV where lists are read, and jobs as JSON lines.

    Parameters
    ----------
    app : ASGIApp
        The application inside.
    limit_bytes : int
        Largest body.
    """

    def __init__(self, app: ASGIApp, limit_bytes: int) -> None:
        self._app = app
        self._limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] not in ("POST", "PUT", "PATCH"):
            await self._app(scope, receive, send)
            return
        content_type = Headers(scope=scope).get("content-type", "")
        if is_streamed_upload(scope["method"], scope["path"], content_type):
            await self._app(scope, receive, send)  # the route counts the bytes
            return
        body = await self._read(receive)
        if body is None:
            await _refuse(BodyTooLargeError(self._limit_bytes), scope, receive, send)
        elif body and not _is_read(scope["path"], content_type):
            await _refuse(MediaTypeError(), scope, receive, send)
        else:
            await self._app(scope, _replay(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        """Read the whole body; None when it is over the limit."""
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            chunk = message.get("body", b"")
            size += len(chunk)
            if size <= self._limit_bytes:
                chunks.append(chunk)
            else:
                chunks.clear()
            if not message.get("more_body", False) or size > self._limit_bytes * _DRAINED_TIMES_LIMIT:
                return b"".join(chunks) if size <= self._limit_bytes else None


async def _refuse(error: ServiceError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a problem."""
    response = problem_response(
        error,
        accept_language=Headers(scope=scope).get("accept-language"),
        request_id=scope.get("voc.request_id", ""),
    )
    await response(scope, receive, send)


def _add_headers(message: Message, scope: Scope) -> None:
    """Put on an answer what it does not bring itself; headers are name and value in bytes."""
    headers = message["headers"]
    present = {name for name, _ in headers}
    headers.extend(pair for pair in _HEADERS if pair[0] not in present)
    if _NO_STORE[0] not in present and scope["path"].startswith("/v1"):
        headers.append(_NO_STORE)
    for name, value in scope.get("voc.rate_headers", {}).items():
        headers.append((name.lower().encode(), value.encode()))


def _is_read(path: str, content_type: str) -> bool:
    """Tell whether a path reads a media type: JSON, and CSV where lists are read."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "text/csv" and path in _CSV_READ_AT:
        return True
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body once, then whatever comes (a disconnect)."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
