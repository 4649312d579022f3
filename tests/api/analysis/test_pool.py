"""The pool: order, batches, refusal when full, lost workers, cancellation, shutdown."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from api.analysis.answering import LOST, Form
from api.analysis.pool import Pool
from api.analysis.process import WorkerStartError
from api.errors import OverloadedError, UnavailableError
from tests.api.analysis.doubles import DEADLY, HeldWorker, pool_of, task_of
from voc_nlp.schema import Analysis, Refusal


def run(story: Callable[[], Awaitable[None]]) -> None:
    """Run a story on an event loop of its own; one that hangs fails."""
    asyncio.run(asyncio.wait_for(story(), 20))  # type: ignore[arg-type]


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def held(*texts: str, limit: int = 1000) -> tuple[Pool, HeldWorker, list[asyncio.Task[list[object]]]]:
    """Start a pool whose worker is busy with the first text; the others wait."""
    worker = HeldWorker()
    pool = pool_of(worker, limit=limit)
    await pool.start()
    worker.open.clear()
    asked = []
    for text in texts:
        asked.append(asyncio.create_task(pool.answer(task_of(text))))
        await settle()
    return pool, worker, asked  # type: ignore[return-value]


def test_comments_that_wait_are_answered_together_and_in_order() -> None:
    async def story() -> None:
        texts = ["配送が最悪", "great", "解約したい", "n/a"]
        pool, worker, asked = await held(*texts)
        assert pool.waiting == 3
        worker.open.set()
        answers = await asyncio.gather(*asked)
        assert [one.id for [one] in answers if isinstance(one, Analysis)] == texts
        assert worker.batches == [["配送が最悪"], ["great", "解約したい", "n/a"]]
        hundred = [f"{number} 件目" for number in range(100)]
        found = await pool.answer(task_of(*hundred))
        assert [one.id for one in found if isinstance(one, Analysis)] == hundred
        await pool.stop(1)

    run(story)


def test_a_worker_has_its_next_batch_at_hand_when_many_wait() -> None:
    async def story() -> None:
        pool, worker, asked = await held(*[str(number) for number in range(20)])
        assert pool.waiting == 7
        worker.open.set()
        await asyncio.gather(*asked)
        assert [len(batch) for batch in worker.batches] == [1, 12, 7]
        await pool.stop(1)

    run(story)


def test_when_the_line_is_full_the_next_is_refused_with_a_time_to_retry() -> None:
    async def story() -> None:
        pool, worker, asked = await held("first", limit=100)
        waiting = asyncio.create_task(pool.answer(task_of(*["待つ"] * 100, form=Form.JSON)))
        await settle()
        worker.open.clear()
        more = [asyncio.create_task(pool.answer(task_of("x"))) for _ in range(100)]
        await settle()
        with pytest.raises(OverloadedError) as refused:
            await pool.answer(task_of("refused"))
        assert int(refused.value.headers["Retry-After"]) >= 1
        assert OverloadedError.headers == UnavailableError.headers
        worker.open.set()
        assert len(await waiting) == 100
        assert len(await asyncio.gather(*asked, *more)) == 101
        await pool.stop(1)

    run(story)


def test_who_does_not_wait_any_more_is_not_analysed() -> None:
    async def story() -> None:
        pool, worker, asked = await held("first", "gone", "stays")
        asked[1].cancel()
        await settle()
        assert pool.waiting == 1
        worker.open.set()
        await asyncio.gather(asked[0], asked[2])
        assert worker.batches == [["first"], ["stays"]]
        await pool.stop(1)

    run(story)


def test_a_comment_that_ends_its_worker_twice_is_refused_and_the_others_are_answered() -> None:
    async def story() -> None:
        pool, worker, asked = await held("first", "配送が最悪", DEADLY, "great")
        together = asyncio.create_task(pool.answer(task_of("a", DEADLY, "b", form=Form.JSON)))
        worker.open.set()
        answers = await asyncio.gather(*asked)
        for place, expected in enumerate((Analysis, Analysis, Refusal, Analysis)):
            assert isinstance(answers[place][0], expected)
        [refusal] = answers[2]
        assert isinstance(refusal, Refusal)
        assert refusal.code == LOST
        assert DEADLY not in refusal.message
        mixed = await together
        assert [isinstance(one, Refusal) for one in mixed] == [False, True, False]
        tried = [text for batch in worker.batches for text in batch]
        assert tried.count(DEADLY) == 4
        assert max(tried.count(text) for text in ("配送が最悪", "great", "a", "b")) == 2
        assert worker.starts == 1 + 4 - 1
        await pool.stop(1)

    run(story)


def test_while_no_worker_starts_those_who_wait_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.analysis.pool._RESTART_S", (0.0, 0.0))

    async def story() -> None:
        pool, worker, asked = await held("first " + DEADLY)
        worker.refuses_to_start = True
        worker.open.set()
        assert pool.is_up
        with pytest.raises(UnavailableError):
            await asked[0]
        assert not pool.is_up
        worker.refuses_to_start = False
        [answer] = await pool.answer(task_of("later"))
        assert isinstance(answer, Analysis)
        await pool.stop(1)

    run(story)


def test_stopping_answers_those_who_wait_and_lets_nobody_in() -> None:
    async def story() -> None:
        pool, worker, asked = await held("first", "second")
        stopping = asyncio.create_task(pool.stop(10))
        await settle()
        with pytest.raises(UnavailableError):
            await pool.answer(task_of("late"))
        worker.open.set()
        await stopping
        assert all(isinstance(one, Analysis) for [one] in await asyncio.gather(*asked))
        assert worker.stopped

    run(story)


def test_stopping_does_not_wait_for_ever() -> None:
    async def story() -> None:
        pool, worker, asked = await held("first", "second")
        await pool.stop(0.01)
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(one) for one in outcomes] == [UnavailableError, UnavailableError]
        assert worker.stopped

    run(story)


def test_a_pool_whose_worker_cannot_load_does_not_start() -> None:
    async def story() -> None:
        worker = HeldWorker()
        worker.refuses_to_start = True
        with pytest.raises(WorkerStartError, match="registry"):
            await pool_of(worker, HeldWorker()).start()
        assert worker.stopped

    run(story)
