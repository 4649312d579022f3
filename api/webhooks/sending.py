"""Makes one HTTP request to a receiver, within time and size, and only to an address that is allowed."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

import httpx

from api.sinks.protocol import Call
from api.webhooks.addresses import AddressRules, RefusedAddressError, Resolver, check_addresses, read_url

MAX_ANSWER_BYTES = 64 * 1024
_ADDRESSES_TRIED = 3
_ANSWER_S = 2.0
"""How long the body of an answer is waited for: its status has come, and decides."""
_RESOLVING_THREADS = 64
_Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class Outcome(StrEnum):
    """How an attempt ended."""

    DELIVERED = "delivered"
    REJECTED = "rejected"
    """A status that is no success."""
    REDIRECTED = "redirected"
    """A redirect; it is not followed."""
    GONE = "gone"
    ADDRESS_REFUSED = "address_refused"
    """The name points to an address that must not be called."""
    NO_ADDRESS = "no_address"
    NOT_CONNECTED = "not_connected"
    BAD_CERTIFICATE = "bad_certificate"
    BROKEN_OFF = "broken_off"
    """The connection ended, or what came was not HTTP."""
    TIMED_OUT = "timed_out"
    NOT_SENDABLE = "not_sendable"
    """The secret cannot be opened, or the message cannot be worded."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt; `content` is the beginning of the body, never stored."""

    outcome: Outcome
    ms: int
    status: int | None = None
    retry_after: str | None = None
    content: bytes = b""


class NoAddressError(Exception):
    """A name has no address."""


class Sender:
    """Sends calls; one for each event loop, entered as a context.

    Parameters
    ----------
    rules : AddressRules
        What the operator allows.
    resolver : Resolver
        Asks for the addresses of a name; it blocks, and runs in threads of its own.
    timeout_s : float
        Longest time of an attempt as a whole.
    tls : ssl.SSLContext | None
        Whom to trust; None trusts the usual authorities.
    """

    def __init__(
        self,
        rules: AddressRules,
        resolver: Resolver,
        timeout_s: float,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._rules = rules
        self._resolver = resolver
        self._timeout_s = timeout_s
        self._tls = tls or httpx.create_ssl_context()
        self._threads = ThreadPoolExecutor(_RESOLVING_THREADS, thread_name_prefix="resolving")
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        """Open the client on the running loop."""
        transport = _GuardedTransport(self._rules, self._resolve, self._tls)
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=httpx.Timeout(self._timeout_s, connect=min(5.0, self._timeout_s)),
            trust_env=False,
            follow_redirects=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the client."""
        if self._client is not None:
            await self._client.aclose()

    async def send(self, call: Call) -> Answer:
        """Make a call.

        Parameters
        ----------
        call : Call
            What to send.

        Returns
        -------
        Answer
            Whatever happened; nothing is raised but a cancellation.
        """
        began = time.monotonic()

        def ended(outcome: Outcome) -> Answer:
            return Answer(outcome, _since(began))

        try:
            return await self._exchange(call, began)
        except RefusedAddressError:
            return ended(Outcome.ADDRESS_REFUSED)
        except NoAddressError:
            return ended(Outcome.NO_ADDRESS)
        except (TimeoutError, httpx.TimeoutException):
            return ended(Outcome.TIMED_OUT)
        except httpx.ConnectError as error:
            return ended(Outcome.BAD_CERTIFICATE if _is_tls(error) else Outcome.NOT_CONNECTED)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ssl.SSLError, OSError, ValueError):
            return ended(Outcome.BROKEN_OFF)

    async def _exchange(self, call: Call, began: float) -> Answer:
        """Send, and read the status and the beginning of the body."""
        assert self._client is not None
        read_url(call.url, self._rules)
        headers = {"User-Agent": "voc-nlp-webhooks", "Accept-Encoding": "identity", **call.headers}
        request = self._client.build_request(call.method, call.url, content=call.body, headers=headers)
        async with asyncio.timeout(self._timeout_s):
            response = await self._client.send(request, stream=True)
        left_s = began + self._timeout_s - time.monotonic()
        content = await _beginning(response, min(_ANSWER_S, max(left_s, 0.0)))
        return Answer(
            _outcome_of(response.status_code),
            _since(began),
            response.status_code,
            response.headers.get("retry-after"),
            content,
        )

    async def _resolve(self, host: str, port: int) -> Sequence[str]:
        """Ask for the addresses of a name, in a thread: a slow name server keeps only its own message."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._resolver, host, port)


class _GuardedTransport(httpx.AsyncBaseTransport):
    """Resolves a name once, checks its addresses, and connects to the very address that was checked.

    No connection is kept: httpx would lend one by its address, to whatever name comes next.
    """

    def __init__(self, rules: AddressRules, resolve: _Resolve, tls: ssl.SSLContext) -> None:
        self._rules = rules
        self._resolve = resolve
        self._inner = httpx.AsyncHTTPTransport(
            verify=tls,
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to an address of its host; the Host header and the TLS name stay the host's."""
        target = read_url(str(request.url), self._rules)
        host = target.host
        addresses = [host] if _is_literal(host) else await self._addresses(host, target.port)
        failed: httpx.ConnectError | httpx.ConnectTimeout | None = None
        for address in addresses[:_ADDRESSES_TRIED]:
            extensions = dict(request.extensions)
            if address != host:
                extensions["sni_hostname"] = host
            direct = httpx.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions=extensions,
            )
            try:
                return await self._inner.handle_async_request(direct)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failed = error
        assert failed is not None
        raise failed

    async def aclose(self) -> None:
        """Close what is open."""
        await self._inner.aclose()

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        """Find the addresses of a name, all of them allowed."""
        try:
            found = list(dict.fromkeys(await self._resolve(host, port)))
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise NoAddressError()
        check_addresses(found, self._rules)
        return found


async def _beginning(response: httpx.Response, longest_s: float) -> bytes:
    """Read at most `MAX_ANSWER_BYTES` of a body; a body that breaks off or is slow is left where it is."""
    content = bytearray()
    with suppress(TimeoutError, OSError, httpx.HTTPError, httpx.StreamError):
        try:
            async with asyncio.timeout(longest_s):
                async for chunk in response.aiter_raw():
                    content += chunk
                    if len(content) >= MAX_ANSWER_BYTES:
                        break
        finally:
            async with asyncio.timeout(_ANSWER_S):
                await response.aclose()
    return bytes(content[:MAX_ANSWER_BYTES])


def _outcome_of(status: int) -> Outcome:
    """Judge a status: 2xx alone is a success, as the specification says."""
    if 200 <= status < 300:
        return Outcome.DELIVERED
    if status == 410:
        return Outcome.GONE
    return Outcome.REDIRECTED if 300 <= status < 400 else Outcome.REJECTED


def _is_tls(error: BaseException) -> bool:
    """Tell whether a connection failed in the TLS handshake."""
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, ssl.SSLError):
            return True
        at = at.__cause__ or at.__context__
    return False


def _is_literal(host: str) -> bool:
    """Tell whether a checked host is an address."""
    return ":" in host or host.rpartition(".")[2].isdigit()


def _since(began: float) -> int:
    """Return the milliseconds since."""
    return round((time.monotonic() - began) * 1000)
