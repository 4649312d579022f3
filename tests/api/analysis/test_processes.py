"""Worker processes: real ones, with a small analyzer, killed; and one with the shipped models."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from api.analysis.analyzer import PooledAnalyzer, load_pooled
from api.analysis.answering import LOST, Form
from api.analysis.figures import AnalysisFigures
from api.analysis.pool import AnalysisFailedError
from api.analysis.process import ProcessWorker, ThreadWorker, WorkerPlan, WorkerStartError
from api.analysis.registry import TierModels, read_models
from api.errors import UnavailableError
from tests.api.analysis.doubles import BROKEN, DEADLY
from tests.api.doubles import WordAnalyzer
from voc_nlp.schema import Analysis, Comment, Refusal

NOTHING = TierModels(Path("nowhere"), {"version": "words-1"}, {})
FRAGILE = WorkerPlan(NOTHING, "tests.api.analysis.doubles:load_fragile")
CHECKOUT = Path(__file__).parents[3]


def run(story: Callable[[], Awaitable[None]]) -> None:
    """Run a story on an event loop of its own; one that hangs fails."""
    asyncio.run(asyncio.wait_for(story(), 60))  # type: ignore[arg-type]


def comments(*texts: str) -> list[Comment]:
    return [Comment(str(number), text) for number, text in enumerate(texts)]


async def fragile(registry: CollectorRegistry | None = None) -> tuple[PooledAnalyzer, ProcessWorker]:
    worker = ProcessWorker(FRAGILE)
    figures = AnalysisFigures(registry or CollectorRegistry())
    analyzer = PooledAnalyzer(WordAnalyzer(), [worker], limit=1000, figures=figures)
    await analyzer.start()
    return analyzer, worker


def test_a_comment_that_kills_its_process_is_refused_and_the_others_are_answered() -> None:
    async def story() -> None:
        registry = CollectorRegistry()
        analyzer, worker = await fragile(registry)
        first = worker.pid
        answers = await analyzer.answer(comments("配送が最悪", DEADLY, "great"))
        assert [type(one) for one in answers] == [Analysis, Refusal, Analysis]
        refusal = answers[1]
        assert isinstance(refusal, Refusal)
        assert (refusal.id, refusal.code) == ("1", LOST)
        assert worker.pid not in (None, first)
        assert b"voc_analysis_workers_lost_total 2.0" in generate_latest(registry)
        await analyzer.stop()

    run(story)


def test_a_killed_idle_process_is_started_again() -> None:
    async def story() -> None:
        analyzer, worker = await fragile()
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        [answer] = await analyzer.answer(comments("great"))
        assert isinstance(answer, Analysis)
        await analyzer.stop()

    run(story)


def test_an_error_costs_only_its_comment_and_is_told_without_its_message() -> None:
    async def story() -> None:
        analyzer, worker = await fragile()
        pid = worker.pid
        broken, fine = await asyncio.gather(
            analyzer.answer(comments(BROKEN)), analyzer.answer(comments("great")), return_exceptions=True
        )
        assert isinstance(broken, AnalysisFailedError)
        assert "secret" not in str(broken)
        assert isinstance(fine, list)
        assert worker.pid == pid
        await analyzer.stop()

    run(story)


def test_the_process_ends_with_the_pool_and_not_by_a_signal_of_its_group() -> None:
    async def story() -> None:
        analyzer, worker = await fragile()
        pid = worker.pid
        assert pid is not None
        os.kill(pid, signal.SIGTERM)
        os.kill(pid, signal.SIGINT)
        assert len(await analyzer.answer(comments("great"))) == 1
        await analyzer.stop()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        with pytest.raises(UnavailableError):
            await analyzer.answer(comments("late"))

    run(story)


def test_a_worker_that_cannot_load_says_why() -> None:
    async def story() -> None:
        worker = ProcessWorker(WorkerPlan(NOTHING, "tests.api.analysis.doubles:load_nothing"))
        with pytest.raises(WorkerStartError, match="has no registry"):
            await worker.start()
        await worker.stop()

    run(story)


def test_threads_call_analyze_and_the_event_loop_must_not() -> None:
    async def story() -> None:
        double = WordAnalyzer()
        analyzer = PooledAnalyzer(
            double, [ThreadWorker(double)], limit=1000, figures=AnalysisFigures(CollectorRegistry())
        )
        with pytest.raises(UnavailableError):
            analyzer.analyze(["too early"])
        await analyzer.start()
        answers = await asyncio.to_thread(analyzer.analyze, ["great", "配送が遅い"])
        assert [one.id for one in answers] == ["1", "2"]
        assert await asyncio.to_thread(analyzer.analyze, []) == []
        with pytest.raises(RuntimeError, match="event loop"):
            analyzer.analyze(["great"])
        await analyzer.stop()

    run(story)


@pytest.mark.skipif(
    not (CHECKOUT / "models" / "registry.toml").exists(), reason="models/registry.toml is not there yet"
)
def test_one_process_with_the_shipped_models() -> None:
    from voc_nlp import load_analyzer

    texts = ["荷物が届きません。もう解約します。", "The staff was friendly, but the bill was wrong.", ""]

    async def story() -> None:
        pooled = await load_pooled(
            read_models(None, "fast"),
            taxonomy=None,
            processes=1,
            limit=1000,
            figures=AnalysisFigures(CollectorRegistry()),
        )
        alone = load_analyzer(tier="fast")
        expected = alone.analyze(comments(*texts))
        assert await pooled.answer(comments(*texts)) == expected
        assert await asyncio.to_thread(pooled.analyze, comments(*texts)) == expected
        assert pooled.model_version == alone.model_version
        assert [one.id for one in pooled.themes.themes] == [one.id for one in alone.themes.themes]
        assert (pooled.embedder.embed(["配送"]) == alone.embedder.embed(["配送"])).all()
        [explained] = await pooled.answer(comments(texts[1]), Form.EXPLANATION)
        assert isinstance(explained, bytes)
        assert b'"task":"sentiment"' in explained
        await pooled.stop()

    run(story)
