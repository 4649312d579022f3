"""Limits per tenant: who asks too often, what a batch counts, what happens without the storage."""

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry, Counter
from pydantic import SecretStr, ValidationError
from structlog.testing import capture_logs

from api.errors import RateLimitedError
from api.main import create_app
from api.rate_memory import WindowCounters
from api.rates import RateLimiter
from api.settings import Settings
from tests.api.conftest import BOOTSTRAP_KEY, MovedClock
from tests.api.doubles import WordAnalyzer
from tests.api.redis_server import private_redis


class Ticks:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        """Return the present."""
        return self.now


def counter() -> Counter:
    return Counter("unchecked", "Not counted.", registry=CollectorRegistry())


def value(unchecked: Counter) -> float:
    [metric] = unchecked.collect()
    return next(sample.value for sample in metric.samples if sample.name.endswith("_total"))


@pytest.fixture
def make_client(sqlite_url: str, analyzer: WordAnalyzer) -> Iterator[Callable[..., TestClient]]:
    """Yield a function that builds a client of a service with limits."""
    clients: list[TestClient] = []

    def make(limits: str, storage: str = "memory://") -> TestClient:
        settings = Settings(
            database_url=sqlite_url,
            bootstrap_key=SecretStr(BOOTSTRAP_KEY),
            rate_limits=limits,
            rate_limit_storage=storage,
        )
        app = create_app(settings, analyzer, MovedClock())
        clients.append(TestClient(app, headers={"Authorization": f"Bearer {BOOTSTRAP_KEY}"}))
        return clients[-1]

    yield make
    for client in clients:
        assert isinstance(client.app, FastAPI)
        client.app.state.database.dispose()


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """Yield a real Redis."""
    with private_redis() as (url, _):
        yield url


@pytest.fixture(params=["memory", "redis"])
def storage(request: pytest.FixtureRequest) -> str:
    """Return the URL of a storage, of both kinds."""
    return "memory://" if request.param == "memory" else str(request.getfixturevalue("redis_url"))


def test_a_tenant_that_asks_too_often_is_told_when_to_come_back(
    make_client: Callable[..., TestClient], make_key: Callable[..., str], storage: str
) -> None:
    client = make_client("1000/hour;2/day", storage)
    tenant = f"tenant-{storage[:5]}"
    headers = {"Authorization": f"Bearer {make_key(client, tenant=tenant)}", "Accept-Language": "ja"}
    other = {"Authorization": f"Bearer {make_key(client, tenant='other')}"}
    answers = [client.get("/v1/tickets", headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    for answer in answers:
        assert answer.headers["ratelimit-policy"] == '"hour";q=1000;w=3600, "day";q=2;w=86400'
    assert answers[0].headers["ratelimit"].startswith('"hour";r=999;t=')
    assert [answer.headers["ratelimit"].split(", ")[1].split(";")[1] for answer in answers] == [
        "r=1",
        "r=0",
        "r=0",
    ]
    problem = answers[2].json()
    assert (problem["code"], problem["title"]) == ("rate_limited", "リクエストが多すぎます")
    assert 0 < int(answers[2].headers["retry-after"]) <= 2 * 86400
    assert client.get("/v1/tickets", headers=other).status_code == 200
    assert "ratelimit" not in client.get("/healthz").headers
    assert "ratelimit" not in client.get("/v1/tickets", headers={"Authorization": "Bearer x"}).headers


def test_errors_carry_the_headers_too(make_client: Callable[..., TestClient]) -> None:
    client = make_client("5/day")
    assert client.get("/v1/tickets/x").headers["ratelimit"].startswith('"day";r=4;')
    assert client.post("/v1/score", json={}).headers["ratelimit"].startswith('"day";r=3;')


@pytest.mark.parametrize("path", ["/v1/score", "/v1/comments/batch"])
def test_every_comment_of_a_batch_counts(
    make_client: Callable[..., TestClient], analyzer: WordAnalyzer, path: str
) -> None:
    client = make_client("10/day")

    def send(size: int) -> tuple[int, str]:
        comments = [
            {"id": str(n), "source": "s", "external_id": str(n), "text": "great"} for n in range(size)
        ]
        answer = client.post(path, json={"comments": comments})
        return answer.status_code, answer.headers["ratelimit"].split(";")[1]

    assert send(1) == (200, "r=9")
    assert send(6) == (200, "r=3")
    assert send(5)[0] == 429
    assert len(analyzer.batches) == 2, "the third was not analysed"


def test_a_window_slides(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = Ticks()
    monkeypatch.setattr("api.rate_memory.time.time", ticks)
    limiter = RateLimiter("4/minute", "memory://", counter())

    def refused() -> bool:
        standing = limiter.spend("t")
        assert standing is not None
        return standing.refusal is not None

    assert [refused() for _ in range(5)] == [False] * 4 + [True]
    ticks.now += 61
    assert [refused() for _ in range(2)] == [False, True], "the window before still weighs 59/60"
    ticks.now += 30
    assert [refused() for _ in range(3)] == [False, False, True], "and now 29/60"
    ticks.now += 120
    assert [refused() for _ in range(5)] == [False] * 4 + [True]


@pytest.mark.parametrize("cost", [1, 3, 8])
@pytest.mark.parametrize("elapsed_s", [0, 7, 59, 61, 90, 119])
def test_after_retry_after_it_works(monkeypatch: pytest.MonkeyPatch, cost: int, elapsed_s: int) -> None:
    ticks = Ticks()
    monkeypatch.setattr("api.rate_memory.time.time", ticks)
    limiter = RateLimiter("10/minute", "memory://", counter())

    def refusal(cost: int) -> RateLimitedError | None:
        standing = limiter.spend("t", cost)
        assert standing is not None
        return standing.refusal

    assert not refusal(8)
    ticks.now += elapsed_s
    while not refusal(1):
        pass
    refused = refusal(cost)
    assert refused is not None
    assert refused.retry_after_s is not None
    early_s = refused.retry_after_s - 1.01
    ticks.now += max(0.0, early_s)
    assert refusal(cost), "not much earlier"
    ticks.now += refused.retry_after_s - max(0.0, early_s)
    assert not refusal(cost)


def test_a_batch_above_the_limit_passes_when_nothing_else_was_asked_for(
    make_client: Callable[..., TestClient],
) -> None:
    client = make_client("5/day")
    comments = [{"id": str(number), "text": "great"} for number in range(20)]
    assert client.post("/v1/score", json={"comments": comments}).status_code == 200
    assert client.post("/v1/score", json={"comments": comments}).status_code == 429


def test_old_counters_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks, counters = Ticks(), WindowCounters()
    monkeypatch.setattr("api.rate_memory.time.time", ticks)
    for number in range(100):
        counters.acquire_sliding_window_entry(f"tenant-{number}", 10, 60)
    counters.acquire_sliding_window_entry("of an hour", 10, 3600)
    ticks.now += 120
    counters.acquire_sliding_window_entry("now", 10, 60)
    assert sorted(counters._windows) == ["now", "of an hour"]


def test_threads_get_what_the_limit_allows_and_no_more(storage: str) -> None:
    limiter = RateLimiter("150/day", storage, counter())
    with ThreadPoolExecutor(16) as pool:
        standings = list(pool.map(lambda _: limiter.spend("many"), range(400)))
    assert sum(standing is not None and standing.refusal is None for standing in standings) == 150


def test_the_hour_of_a_tenant_that_the_minute_refuses_is_not_used_up() -> None:
    limiter = RateLimiter("5/hour;1/minute", "memory://", counter())
    standings = [limiter.spend("t") for _ in range(4)]
    last = standings[-1]
    assert last is not None
    assert last.refusal is not None
    assert "1 per 1 minute" in last.refusal.detail.en
    assert '"hour";r=4;' in last.left


def test_no_limits_cost_nothing(make_client: Callable[..., TestClient]) -> None:
    answer = make_client("").get("/v1/tickets")
    assert answer.status_code == 200
    assert "ratelimit" not in answer.headers


def test_several_processes_share_redis(redis_url: str) -> None:
    one, two = (RateLimiter("3/day", redis_url, counter()) for _ in range(2))
    refused = [(standing := each.spend("shared")) and standing.refusal for each in (one, two, one, two)]
    assert [refusal is not None for refusal in refused] == [False, False, False, True]


def test_without_redis_requests_are_let_through_and_counted(
    tmp_path: Path, make_client: Callable[..., TestClient]
) -> None:
    url = f"redis+unix://{tmp_path}/nobody-listens"
    ticks, unchecked = Ticks(), counter()
    limiter = RateLimiter("1/day", url, unchecked, ticks)
    with capture_logs() as logged:
        for seconds in (0, 1, 1.5, 30, 40):
            ticks.now += seconds
            assert limiter.spend("t") is None
    assert [line["event"] for line in logged] == ["rate_limits_unchecked"] * 2, "a minute apart"
    assert value(unchecked) == 5
    client = make_client("1/day", url)
    answers = [client.get("/v1/tickets") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "ratelimit" not in answers[0].headers
    assert "voc_rate_limit_unchecked_total 3.0" in client.get("/metrics").text


def test_a_redis_that_comes_back_is_asked_again() -> None:
    ticks, unchecked = Ticks(), counter()
    with private_redis() as (url, process):
        limiter = RateLimiter("1/day", url, unchecked, ticks)
        process.send_signal(signal.SIGSTOP)  # it hangs
        assert limiter.spend("t") is None
        process.send_signal(signal.SIGCONT)
        ticks.now += 1
        assert limiter.spend("t") is None, "not asked so soon"
        ticks.now += 1.5
        assert limiter.spend("t") is not None
    assert value(unchecked) == 2


@pytest.mark.parametrize(
    ("name", "setting"),
    [("rate_limits", "many"), ("rate_limits", "5/fortnight"), ("rate_limit_storage", "memcached://x")],
)
def test_a_setting_that_cannot_be_meant_stops_the_start(name: str, setting: str) -> None:
    with pytest.raises(ValidationError, match="write"):
        Settings(**{name: setting})
