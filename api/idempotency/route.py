"""Route classes that serve the header `Idempotency-Key` on every POST of a router.

``APIRouter(route_class=KeyedRoute)`` is all that a router does. A route whose effect goes through its
parameter `WriteSession` has its answer committed together with the effect; the answer of one without
is written afterwards, in a transaction of its own.
"""

import functools
import hashlib
import inspect
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, ClassVar

import anyio
from fastapi import Depends, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from api.deps import WriteSession, get_database, write_session
from api.door import get_caller
from api.idempotency import service
from api.idempotency.service import Answer, Claim, Keyed
from api.logs import log_failure
from api.problems import documented
from api.settings import Settings

_PARAMETER = "keyed_exchange"
_NOT_KEPT = frozenset({"content-length", "x-request-id", "date", "server"})
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x20-\x7e]+$",
        description="Of your choice, one per request: sent again with the same contents, it is done once "
        "and answered the same / リクエストごとに任意の値。同じ内容の再送は一度だけ処理し、同じ結果を返す",
    ),
]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that came under a key, with FastAPI's response for headers of the route."""

    request: Request
    response: Response
    key: str
    body: bytes


async def read_exchange(request: Request, response: Response, key: IdempotencyKey = None) -> Exchange | None:
    """Gather what an idempotent request needs.

    Parameters
    ----------
    request : Request
        The request.
    response : Response
        Where the route may put headers.
    key : IdempotencyKey
        The header; a quoted string (RFC 8941) and the bare characters are the same key.

    Returns
    -------
    Exchange | None
        None without a key: nothing more is done then.
    """
    if key is None:
        return None
    if len(key) > 2 and key[0] == key[-1] == '"' and not {'"', "\\"} & set(key[1:-1]):
        key = key[1:-1]
    return Exchange(request, response, key, await request.body())


class KeyedRoute(APIRoute):
    """A route that keeps the answer of a POST under its key, and gives it again.

    Parameters
    ----------
    path : str
        As of `APIRoute`.
    endpoint : Callable[..., Any]
        As of `APIRoute`; sync or async, answering a `Response` or a model.
    **options : Any
        As of `APIRoute`.
    """

    runs_again: ClassVar[bool] = False
    """Whether the answer is not kept and the route runs again instead."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if "POST" in (options.get("methods") or ()) and not _is_keyed(endpoint):
            options["responses"] = {**documented(409), **(options.get("responses") or {})}
            endpoint = self._keyed(endpoint)
        super().__init__(path, endpoint, **options)
        if "POST" in (self.methods or ()):
            _check_transaction(self.dependant, path)

    def _keyed(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap an endpoint in a function that takes one more dependency."""
        signature = inspect.signature(endpoint)
        names = [each.name for each in signature.parameters.values() if each.annotation == WriteSession]
        session_name = names[0] if names else None

        def answered(**values: Any) -> Any:
            exchange: Exchange | None = values.pop(_PARAMETER)
            if exchange is None:
                return endpoint(**values)
            session = values[session_name] if session_name else None
            begun = _begin(exchange)
            if isinstance(begun, Response):
                return begun
            try:
                return self._end(exchange, begun, session, endpoint(**values))
            except BaseException:
                _abandon(exchange, begun, session)
                raise

        async def answered_later(**values: Any) -> Any:
            exchange: Exchange | None = values.pop(_PARAMETER)
            if exchange is None:
                return await endpoint(**values)
            session = values[session_name] if session_name else None
            begun = await run_in_threadpool(_begin, exchange)
            if isinstance(begun, Response):
                return begun
            try:
                raw = await endpoint(**values)
                return await run_in_threadpool(self._end, exchange, begun, session, raw)
            except BaseException:
                with anyio.CancelScope(shield=True):
                    await run_in_threadpool(_abandon, exchange, begun, session)
                raise

        wrapped = functools.wraps(endpoint)(
            answered_later if inspect.iscoroutinefunction(endpoint) else answered
        )
        more = inspect.Parameter(
            _PARAMETER,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=Annotated[Exchange | None, Depends(read_exchange)],
        )
        parameters = [*signature.parameters.values(), more]
        wrapped.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        return wrapped

    def _end(self, exchange: Exchange, begun: Claim | Answer, session: Session | None, raw: Any) -> Response:
        """Turn what the endpoint answered into a response, and keep it with the effect."""
        response = raw if isinstance(raw, Response) else self._serialised(exchange, raw)
        if isinstance(begun, Answer):
            response.status_code = begun.status
            response.headers["Idempotent-Replayed"] = "true"
            return response
        answer = Answer(response.status_code)
        if not self.runs_again:
            pairs = (
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in response.raw_headers
            )
            kept = tuple(pair for pair in pairs if pair[0] not in _NOT_KEPT)
            answer = Answer(response.status_code, kept, self._kept_body(bytes(response.body)))
        if session is not None:
            service.keep(session, begun, answer)
        else:
            with get_database(exchange.request).writing() as own:
                service.keep(own, begun, answer)
        return response

    def _kept_body(self, body: bytes) -> bytes:
        """Return what is kept of an answer."""
        return body

    def _serialised(self, exchange: Exchange, raw: Any) -> Response:
        """Write what is no response yet as FastAPI would."""
        status = exchange.response.status_code or self.status_code or 200
        if self.response_model is None:
            response: Response = JSONResponse(jsonable_encoder(raw), status)
        else:
            adapter = _adapter(self.response_model)
            content = adapter.dump_json(
                adapter.validate_python(raw, from_attributes=True),
                by_alias=self.response_model_by_alias,
                exclude_unset=self.response_model_exclude_unset,
                exclude_defaults=self.response_model_exclude_defaults,
                exclude_none=self.response_model_exclude_none,
            )
            response = Response(content, status, media_type="application/json")
        if status < 200 or status in (204, 205, 304):
            response.body = b""
        response.raw_headers.extend(exchange.response.raw_headers)
        return response


class SecretRoute(KeyedRoute):
    """A route whose answer holds a `secret`; it is kept nowhere, and null when the answer is given again."""

    def _kept_body(self, body: bytes) -> bytes:
        told = json.loads(body)
        return json.dumps({**told, "secret": None}, ensure_ascii=False).encode() if "secret" in told else body


class RepeatableRoute(KeyedRoute):
    """A route whose answer holds customers' words, and which answers the same when it runs again.

    Only the fingerprint and the status are kept: another body under the same key is refused all the same.
    """

    runs_again = True


def _check_transaction(dependant: Dependant, path: str) -> None:
    """Refuse a route whose transaction begins before the key is claimed, or is not that of the answer."""
    for inner in dependant.dependencies:
        if inner.call is not write_session and any(below.call is write_session for below in _below(inner)):
            raise TypeError(
                f"{path}: a dependency takes the WriteSession; take it as a parameter of the route itself, "
                "so that effect and answer are one transaction that begins after the key is claimed"
            )


def _below(dependant: Dependant) -> Iterator[Dependant]:
    for inner in dependant.dependencies:
        yield inner
        yield from _below(inner)


def _is_keyed(endpoint: Callable[..., Any]) -> bool:
    """Tell whether an endpoint is wrapped already: a router that includes another may ask twice."""
    return _PARAMETER in inspect.signature(endpoint).parameters


def _begin(exchange: Exchange) -> Claim | Answer | Response:
    """Claim the key; a response when the answer is kept, an `Answer` when the route is to run again."""
    request = exchange.request
    settings: Settings = request.app.state.settings
    keyed = Keyed(get_caller(request).tenant_id, exchange.key, _fingerprint(exchange))
    ttl = timedelta(hours=settings.idempotency_ttl_h)
    begun = service.claim(get_database(request), keyed, now=request.app.state.clock(), ttl=ttl)
    if isinstance(begun, Claim) or begun.body is None:
        return begun
    response = Response(begun.body, begun.status)
    for name, value in begun.headers:
        response.headers[name] = value
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _abandon(exchange: Exchange, begun: Claim | Answer, session: Session | None) -> None:
    """Roll the effect back and give the key back; should that fail, the lease runs out by itself."""
    if session is not None:
        session.rollback()  # first, because SQLite lets no other writer in before
    if isinstance(begun, Claim):
        try:
            service.release(get_database(exchange.request), begun)
        except Exception as error:
            log_failure("idempotency_release_failed", error)


def _fingerprint(exchange: Exchange) -> str:
    """Hash what makes the request the same request."""
    scope = exchange.request.scope
    digest = hashlib.sha256()
    for part in (scope["method"].encode(), scope["path"].encode("utf-8", "replace"), scope["query_string"]):
        digest.update(part + b"\n")
    digest.update(exchange.body)
    return digest.hexdigest()


@functools.cache
def _adapter(model: Any) -> TypeAdapter[Any]:
    """Build the writer of a model once."""
    return TypeAdapter(model)
