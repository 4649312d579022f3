"""The change to other models: requests end on those they began with, refused ones change nothing."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest

from api.analysis.analyzer import PooledAnalyzer
from api.analysis.figures import AnalysisFigures
from api.analysis.process import ProcessWorker, WorkerPlan, WorkerStartError
from api.analysis.registry import RegistryWatch, TierModels
from api.analysis.turnover import Turnover
from api.errors import UnavailableError
from tests.api.analysis.doubles import HeldWorker, VersionedAnalyzer, write_registry
from voc_nlp.schema import Analysis, Comment


def run(story: Callable[[], Awaitable[None]]) -> None:
    """Run a story on an event loop of its own; one that hangs fails."""
    asyncio.run(asyncio.wait_for(story(), 60))  # type: ignore[arg-type]


async def settle() -> None:
    """Let everything run that can without a thread."""
    for _ in range(20):
        await asyncio.sleep(0)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for what comes of a look at the registry, which a thread reads."""
    while not is_so():
        await asyncio.sleep(0.001)


class Service:
    """A turnover of workers that are held by hand, and what its requests would do."""

    def __init__(self, folder: Path) -> None:
        write_registry(folder, "1")
        self.folder = folder
        self.workers: dict[str, HeldWorker] = {}
        self.broken: set[str] = set()
        self.held_back: set[str] = set()
        self.registry = CollectorRegistry()
        self.figures = AnalysisFigures(self.registry)
        self.analyzer: PooledAnalyzer
        self.turnover = Turnover(
            RegistryWatch(folder, "fast", self.figures.reload_failures.inc),
            self._load,
            lambda fresh: setattr(self, "analyzer", fresh),
            self.figures,
        )

    async def _load(self, models: TierModels, _beside: PooledAnalyzer | None) -> PooledAnalyzer:
        if models.version in self.broken:
            raise WorkerStartError("routing/2 was changed")
        analyzer = VersionedAnalyzer(models.version)
        worker = self.workers[models.version] = HeldWorker(analyzer)
        if models.version in self.held_back:
            worker.may_start.clear()
        fresh = PooledAnalyzer(analyzer, [worker], limit=100, figures=self.figures)
        await fresh.start()
        return fresh

    async def ask(self, text: str = "配送が遅い") -> str:
        """Have one comment analysed as a route does; gives the version that its answer states."""
        with self.analyzer.held() as analyzer:
            return await self.ask_by(analyzer, text)

    async def ask_by(self, analyzer: PooledAnalyzer, text: str = "The delivery is late") -> str:
        """Have one comment analysed by models that are held."""
        [answer] = await analyzer.answer([Comment("1", text)])
        assert isinstance(answer, Analysis)
        return answer.model_version

    def told(self, line: str) -> bool:
        """Say whether the figures have a line."""
        return line in generate_latest(self.registry).decode().splitlines()


def test_requests_end_on_the_models_they_began_with(tmp_path: Path) -> None:
    async def story() -> None:
        service = Service(tmp_path)
        await service.turnover.start()
        assert not await service.turnover.look()
        service.workers["1"].open.clear()
        asked = asyncio.create_task(service.ask())
        with service.analyzer.held() as held:
            write_registry(tmp_path, "2")
            changing = asyncio.create_task(service.turnover.look())
            await until(lambda: service.analyzer.model_version == "2")
            assert service.told('voc_models_info{version="2"} 1.0')
            assert not service.told('voc_models_info{version="1"} 1.0')
            assert await service.ask() == "2"
            service.workers["1"].open.set()
            assert await asked == "1"
            await settle()
            assert not service.workers["1"].stopped  # a request that has not asked yet holds them
            assert await service.ask_by(held) == "1"
        assert await changing
        assert service.workers["1"].stopped
        assert not service.workers["2"].stopped
        assert service.told("voc_models_reloads_total 1.0")
        assert service.told("voc_analysis_queue_comments 0.0")
        await service.turnover.stop()

    run(story)


def test_what_waits_in_both_lines_is_counted(tmp_path: Path) -> None:
    async def story() -> None:
        service = Service(tmp_path)
        await service.turnover.start()
        asked = []
        for version in ("1", "2"):
            service.workers[version].open.clear()
            for text in ("a", "b", "c"):
                asked.append(asyncio.create_task(service.ask(text)))
                await settle()
            if version == "1":
                write_registry(tmp_path, "2")
                changing = asyncio.create_task(service.turnover.look())
                await until(lambda: "2" in service.workers)
                await settle()
        waiting = service.analyzer.waiting
        assert waiting
        assert service.told(f"voc_analysis_queue_comments {2.0 * waiting}")
        for worker in service.workers.values():
            worker.open.set()
        assert await asyncio.gather(*asked) == ["1"] * 3 + ["2"] * 3
        assert await changing
        await service.turnover.stop()

    run(story)


def test_models_that_cannot_be_loaded_change_nothing_until_the_registry_changes_or_somebody_asks(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        service = Service(tmp_path)
        service.broken.add("2")
        await service.turnover.start()
        write_registry(tmp_path, "2")
        for _ in range(3):
            assert not await service.turnover.look()
        assert (service.turnover.refused, service.turnover.pending) == ("2", None)
        assert service.told("voc_models_reload_failures_total 1.0")
        assert await service.ask() == "1"
        assert not await service.turnover.look(again=True)
        assert service.told("voc_models_reload_failures_total 2.0")
        service.broken.clear()
        assert not await service.turnover.look()
        assert await service.turnover.look(again=True)
        assert (await service.ask(), service.turnover.refused) == ("2", None)
        service.broken.add("3")
        write_registry(tmp_path, "3")
        assert not await service.turnover.look()
        write_registry(tmp_path, "2")  # rolled back to what is loaded
        assert not await service.turnover.look()
        assert service.turnover.refused is None
        await service.turnover.stop()

    run(story)


def test_of_two_changes_at_once_the_last_one_stays(tmp_path: Path) -> None:
    async def story() -> None:
        service = Service(tmp_path)
        service.held_back.add("2")
        await service.turnover.start()
        following = asyncio.create_task(service.turnover.follow(0))
        write_registry(tmp_path, "2")
        service.turnover.ask()
        await until(lambda: service.turnover.pending == "2" and "2" in service.workers)
        write_registry(tmp_path, "3")
        service.turnover.ask()
        await settle()
        assert set(service.workers) == {"1", "2"}  # one at a time
        assert await service.ask() == "1"
        service.workers["2"].may_start.set()
        await until(lambda: service.workers["1"].stopped and service.workers["2"].stopped)
        assert await service.ask() == "3"
        following.cancel()
        await service.turnover.stop()
        assert service.workers["3"].stopped

    run(story)


def test_a_shutdown_in_the_middle_of_a_change_ends_old_and_new(tmp_path: Path) -> None:
    async def story() -> None:
        service = Service(tmp_path)
        service.held_back.add("2")
        await service.turnover.start()
        following = asyncio.create_task(service.turnover.follow(0))
        write_registry(tmp_path, "2")
        service.turnover.ask()
        await until(lambda: "2" in service.workers)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await service.turnover.stop()
        assert [service.workers[version].stopped for version in ("1", "2")] == [True, True]
        assert service.told("voc_models_reload_failures_total 0.0")

    run(story)


def test_a_shutdown_while_the_old_models_have_a_request_answers_it(tmp_path: Path) -> None:
    async def story() -> None:
        service = Service(tmp_path)
        await service.turnover.start()
        old = service.analyzer
        service.workers["1"].open.clear()
        asked = asyncio.create_task(service.ask())
        await settle()
        write_registry(tmp_path, "2")
        following = asyncio.create_task(service.turnover.follow(0))
        service.turnover.ask()
        await until(lambda: service.analyzer is not old)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        stopping = asyncio.create_task(service.turnover.stop())
        await settle()
        service.workers["1"].open.set()
        assert await asked == "1"
        await stopping
        assert [service.workers[version].stopped for version in ("1", "2")] == [True, True]
        try:
            await service.ask_by(old)
        except UnavailableError:
            return
        raise AssertionError("models that have ended answered")

    run(story)


def test_a_lost_process_is_started_again_with_the_models_it_had(tmp_path: Path) -> None:
    async def story() -> None:
        write_registry(tmp_path, "1")
        watch = RegistryWatch(tmp_path, "fast")
        worker = ProcessWorker(WorkerPlan(watch.first(), "tests.api.analysis.doubles:load_versioned"))
        analyzer = PooledAnalyzer(
            VersionedAnalyzer("1"), [worker], limit=100, figures=AnalysisFigures(CollectorRegistry())
        )
        await analyzer.start()
        write_registry(tmp_path, "2")  # and nobody has loaded it, or it was refused
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGHUP)  # of its group, or of a terminal: no business of its
        first = worker.pid
        [answer] = await analyzer.answer([Comment("1", "great")])
        assert worker.pid == first
        os.kill(worker.pid, signal.SIGKILL)
        [again] = await analyzer.answer([Comment("1", "最高")])
        assert [isinstance(one, Analysis) and one.model_version for one in (answer, again)] == ["1", "1"]
        assert worker.pid != first
        await analyzer.stop()

    run(story)
