"""The short way through ``POST /v1/score`` for the requests that most callers send.

FastAPI finds out anew for every request what the function's parameters are, and copies its headers
and its query for each. A plain request of a key that was seen lately needs none of it: this route
reads it, scores it and answers. Whatever is unusual about a request (a query, other headers of
ours, a body that is not as expected, a key not seen lately) goes FastAPI's way, which alone
decides what is wrong with it.
"""

from typing import Any, cast

import orjson
from starlette.types import Message, Receive, Scope, Send

from api.analysis.analyzer import PooledAnalyzer
from api.analysis.answering import Form
from api.door import known_caller, spend
from api.idempotency.route import RepeatableRoute
from api.intake import MAX_COMMENTS, check_keys
from api.keys import service as keys
from api.keys.service import Caller
from api.problems import preferred_language
from api.scoring import service
from api.scoring.disconnect import until_gone

_BEARER = b"Bearer "
_LONG_WAY = frozenset((b"idempotency-key",))
"""Headers that ask for more than scoring."""


class QuickScoreRoute(RepeatableRoute):
    """Answers plain requests itself; `dependencies` of the route see only the others."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        message = await receive()
        plain = _plain(scope, message)
        if plain is None:
            await super().handle(scope, _again(message, receive), send)
            return
        raws, caller = plain
        await spend(scope, caller, len(raws))
        language = preferred_language(_header(scope, b"accept-language"))
        ids = [key for (key,) in check_keys(raws, ("id",))]
        analyzer = cast(PooledAnalyzer, scope["app"].state.analyzer)
        turn = scope["app"].state.reading_turn
        with analyzer.held():
            scored = await until_gone(receive, service.score(raws, ids, analyzer, Form.JSON, turn=turn))
        if scored is None:
            return
        body = scored.to_json(ids, language)
        headers = [
            (b"content-length", str(len(body)).encode()),
            (b"content-type", b"application/json"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _plain(scope: Scope, message: Message) -> tuple[list[Any], Caller] | None:
    """Read the comments of a plain request, and whose it is, if they may score; None when it is not plain."""
    if scope["method"] != "POST" or scope["query_string"] or message.get("more_body"):
        return None
    secret = ""
    for name, value in scope["headers"]:
        if name == b"authorization" and value.startswith(_BEARER):
            secret = value[len(_BEARER) :].decode("latin-1")
        elif name in _LONG_WAY:
            return None
    state = scope["app"].state
    caller = known_caller(state, secret) if secret and state.analyzer is not None else None
    if caller is None or keys.Scope.SCORE not in caller.scopes:
        return None
    try:
        body = orjson.loads(message.get("body", b""))
    except orjson.JSONDecodeError:
        return None
    raws = body.get("comments") if isinstance(body, dict) else None
    return (raws, caller) if isinstance(raws, list) and 0 < len(raws) <= MAX_COMMENTS else None


def _header(scope: Scope, name: bytes) -> str | None:
    """Read one header."""
    for key, value in scope["headers"]:
        if key == name:
            return cast(bytes, value).decode("latin-1")
    return None


def _again(message: Message, receive: Receive) -> Receive:
    """Return a `receive` that gives a message that was read already, then goes on."""
    first = [message]

    async def replayed() -> Message:
        return first.pop() if first else await receive()

    return replayed
