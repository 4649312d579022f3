"""One request: to the very address that was checked, under the name's certificate, never by a proxy."""

import asyncio
import ssl
from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path

import pytest

from api.sinks.protocol import Call
from api.webhooks.addresses import AddressRules, Resolver
from api.webhooks.sending import Answer, Outcome, Sender
from tests.api.webhooks.bench import LOOPBACK, by_name
from tests.api.webhooks.receivers import answer, certificate, hang, receiving

NAME = "hooks.example.com"
OK = answer(200)


def send(
    url: str,
    resolver: Resolver,
    rules: AddressRules = LOOPBACK,
    tls: ssl.SSLContext | None = None,
    timeout_s: float = 2.0,
) -> Answer:
    """Make one call."""

    async def work() -> Answer:
        async with Sender(rules, resolver, timeout_s, tls) as sender:
            return await sender.send(Call("POST", url, {"Content-Type": "application/json"}, b"{}"))

    return asyncio.run(work())


def test_tls_is_checked_against_the_name_and_not_the_address(tmp_path: Path) -> None:
    server, client = certificate(NAME, tmp_path)
    with receiving(OK, server) as receiver:
        done = send(receiver.url(NAME, "https"), by_name(hooks_example_com=["127.0.0.1"]), tls=client)
        assert done.outcome is Outcome.DELIVERED
        wrong = send(
            receiver.url("other.example.com", "https"), by_name(other_example_com=["127.0.0.1"]), tls=client
        )
        assert wrong.outcome is Outcome.BAD_CERTIFICATE
        unknown = send(receiver.url(NAME, "https"), by_name(hooks_example_com=["127.0.0.1"]))
        assert unknown.outcome is Outcome.BAD_CERTIFICATE
    [request] = receiver.requests
    assert request.headers["host"] == f"{NAME}:{receiver.port}"


def test_https_to_a_server_without_tls_is_a_failure() -> None:
    with receiving(OK) as receiver:
        done = send(receiver.url(NAME, "https"), by_name(hooks_example_com=["127.0.0.1"]))
    assert done.outcome in (Outcome.BAD_CERTIFICATE, Outcome.NOT_CONNECTED)
    assert receiver.requests == []


def test_a_name_that_points_inside_by_now_is_not_connected_to() -> None:
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["8.8.8.8"] if len(asked) == 1 else ["127.0.0.1"]

    assert rebinding(NAME, 443) == ["8.8.8.8"]
    with receiving(OK) as receiver:
        done = send(receiver.url(NAME), rebinding, AddressRules(allow_http=True))
    assert done.outcome is Outcome.ADDRESS_REFUSED
    assert receiver.requests == []
    assert asked == [NAME, NAME]


def test_the_name_is_asked_for_once_for_a_connection() -> None:
    asked: list[str] = []

    def counting(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with receiving(OK) as receiver:
        assert send(receiver.url(NAME), counting).outcome is Outcome.DELIVERED
    assert asked == [NAME]


def test_one_address_inside_among_several_spoils_all() -> None:
    rules = AddressRules(allow_http=True, allowed_networks=(ip_network("127.0.0.1/32"),))
    with receiving(OK) as receiver:
        done = send(receiver.url(NAME), by_name(hooks_example_com=["127.0.0.1", "127.0.0.2"]), rules)
    assert done.outcome is Outcome.ADDRESS_REFUSED


def test_the_next_address_is_tried_when_nobody_listens_at_the_first() -> None:
    with receiving(OK) as receiver:
        done = send(receiver.url(NAME), by_name(hooks_example_com=["127.0.0.2", "127.0.0.1"]))
    assert done.outcome is Outcome.DELIVERED


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "http://[::1]:9/", "http://0x7f.1/", "https://localhost/"]
)
def test_what_was_stored_under_older_rules_is_checked_again(url: str) -> None:
    assert send(url, by_name(), AddressRules(allow_http=True)).outcome is Outcome.ADDRESS_REFUSED


def test_a_name_that_does_not_resolve() -> None:
    assert send("http://hooks.example.com/", by_name()).outcome is Outcome.NO_ADDRESS


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving(OK) as proxy, receiving(OK) as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url())
        send(receiver.url(NAME), by_name(hooks_example_com=["127.0.0.1"]))
    assert proxy.requests == []
    assert len(receiver.requests) == 1


def test_a_name_server_that_hangs_times_out() -> None:
    with receiving(hang) as receiver:

        def hanging(_host: str, _port: int) -> Sequence[str]:
            receiver.released.wait(5)
            return []

        done = send(receiver.url(NAME), hanging, timeout_s=0.2)
    assert done.outcome is Outcome.TIMED_OUT
