"""Works the line off: every free worker takes the next batch; a lost worker is started again."""

import asyncio
import contextlib
import math
from collections.abc import Callable, Sequence

import structlog

from api.analysis.answering import LOST, Answer, Failure
from api.analysis.figures import AnalysisFigures
from api.analysis.line import Slice, Task, WaitingLine
from api.analysis.pace import Pace
from api.analysis.process import Worker, WorkerLostError, WorkerStartError
from api.errors import OverloadedError, UnavailableError
from api.logs import log_failure
from voc_nlp.schema import Refusal

_log = structlog.get_logger(__name__)
_MOST_COMMENTS = 100
"""Comments of a batch: as many as a request may hold."""

_BATCHES_EACH = 2
"""Batches that a worker may have: it finds the second when it is done with the first, and never idles
while the service reads and writes requests."""

_AHEAD = 12
"""Comments that must wait before a worker has its second batch: fewer do better to wait for others."""

_LONGEST_RETRY_S = 60
_RESTART_S = (0.0, 1.0, 5.0, 30.0)
"""Pauses before a lost worker is started again, by the starts that failed since."""


class AnalysisFailedError(Exception):
    """Analysing a comment raised an error that nobody foresaw; the log has its type and place."""


class _Seat:
    """A worker and what it has to do."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.under_way = 0
        self.is_up = asyncio.Event()


class Pool:
    """The line and its workers; lives on one event loop.

    Parameters
    ----------
    workers : Sequence[Worker]
        What answers, at least one.
    limit : int
        Comments that may wait.
    figures : AnalysisFigures
        What is measured.
    clock : Callable[[], float]
        Seconds that only grow.
    """

    def __init__(
        self,
        workers: Sequence[Worker],
        limit: int,
        figures: AnalysisFigures,
        clock: Callable[[], float],
    ) -> None:
        self._seats = [_Seat(one) for one in workers]
        self._line = WaitingLine(limit)
        self._figures = figures
        self._clock = clock
        self._pace = Pace()
        self._idle: list[tuple[_Seat, asyncio.Future[None]]] = []
        self._last_answer_at = 0.0
        self._runners: list[asyncio.Task[None]] = []
        self._is_open = False
        self._asked: set[Task] = set()
        self._all_answered = asyncio.Event()
        figures.count(self._line)

    @property
    def is_up(self) -> bool:
        """Whether a worker has its models loaded."""
        return self._is_open and any(seat.is_up.is_set() for seat in self._seats)

    @property
    def waiting(self) -> int:
        """Comments that wait."""
        return len(self._line)

    async def start(self) -> None:
        """Start the workers, all at once.

        None is left running when one cannot load its models (`WorkerStartError`).
        """
        workers = [seat.worker for seat in self._seats]
        try:
            outcomes = await asyncio.gather(*(one.start() for one in workers), return_exceptions=True)
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome
        except BaseException:
            self._figures.forget(self._line)
            await asyncio.gather(*(one.stop() for one in workers))
            raise
        self._is_open = True
        for seat in self._seats:
            seat.is_up.set()
            self._runners += [asyncio.create_task(self._run(seat)) for _ in range(_BATCHES_EACH)]

    async def stop(self, wait_s: float) -> None:
        """Let nobody in any more, answer those who wait, end the workers.

        Parameters
        ----------
        wait_s : float
            Longest wait; who is not answered then gets an `UnavailableError`.
        """
        self._is_open = False
        if self._asked:
            self._all_answered.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._all_answered.wait(), wait_s)
        for runner in self._runners:
            runner.cancel()
        await asyncio.gather(*self._runners, return_exceptions=True)
        self._send_away()
        self._figures.forget(self._line)
        await asyncio.gather(*(seat.worker.stop() for seat in self._seats))

    def check_room(self, comments: int) -> None:
        """Check whether comments would be let into the line.

        Parameters
        ----------
        comments : int
            How many.

        Raises
        ------
        OverloadedError
            If the line is full.
        UnavailableError
            If the service is stopping.
        """
        if not self._is_open:
            raise UnavailableError()
        if not self._line.has_room(comments):
            self._figures.refused.inc()
            raise OverloadedError(self._retry_after_s())

    async def answer(self, task: Task) -> list[Answer]:
        """Wait for the answers of a request; a cancelled caller gives up its place.

        Raises what `check_room` raises, and an `AnalysisFailedError` when analysing one of the
        comments raised an error.

        Parameters
        ----------
        task : Task
            Its comments.

        Returns
        -------
        list[Answer]
            One a comment, in the same order.
        """
        self.check_room(len(task.comments))
        task.done = done = asyncio.get_running_loop().create_future()
        task.since = self._clock()
        self._line.put(task)
        self._asked.add(task)
        self._wake()
        try:
            await done
        finally:
            self._line.drop(task)
            self._asked.discard(task)
            if not self._asked:
                self._all_answered.set()
        return refuse_failures(task.answers)

    async def _run(self, seat: _Seat) -> None:
        """Give one worker batch after batch."""
        while True:
            await seat.is_up.wait()
            if not self._may_take(seat):
                await self._wait_for_work(seat)
                continue
            batch = self._line.take(self._pace.characters, _MOST_COMMENTS)
            if not batch:
                continue
            seat.under_way += 1
            self._wake()
            was_begun = True
            try:
                await self._work(seat.worker, batch)
                continue
            except WorkerLostError as error:
                was_begun = error.was_begun
            except Exception as error:
                log_failure("analysis_batch_failed", error)
            finally:
                seat.under_way -= 1
            self._take_back(batch, was_begun)
            await self._replace(seat)

    def _may_take(self, seat: _Seat) -> bool:
        """Say whether the worker shall have a batch now: when it is free, or soon will be and many wait."""
        return len(self._line) >= (_AHEAD if seat.under_way else 1)

    async def _work(self, worker: Worker, batch: Sequence[Slice]) -> None:
        """Have one batch answered."""
        given = self._clock()
        comments = 0
        for one in batch:
            comments += one.end - one.start
            if one.start == 0:
                self._figures.waited.observe(given - one.task.since)
        self._figures.batches.observe(comments)
        answers = await worker.answer([one.order() for one in batch])
        weight = sum(one.task.weight(place) for one in batch for place in range(one.start, one.end))
        now = self._clock()
        self._pace.learn(weight, comments, now - max(given, self._last_answer_at))
        self._last_answer_at = now
        for one, found in zip(batch, answers, strict=True):
            _hand_over(one, found)

    def _take_back(self, batch: Sequence[Slice], was_begun: bool) -> None:
        """Let a lost batch wait again; what was lost twice is refused."""
        for one in self._line.give_back(batch, was_begun=was_begun):
            comment = one.task.comments[one.start]
            message = "its analysis was interrupted twice; try again later"
            _hand_over(one, [Refusal(comment.id, LOST, message)])

    async def _replace(self, seat: _Seat) -> None:
        """Start a lost worker again, once for all batches that it had."""
        if not seat.is_up.is_set():
            return
        seat.is_up.clear()
        self._figures.lost.inc()
        attempt = 0
        while not seat.is_up.is_set():
            await asyncio.sleep(_RESTART_S[min(attempt, len(_RESTART_S) - 1)])
            try:
                await seat.worker.start()
            except WorkerStartError as error:
                attempt += 1
                _log.error("analysis_worker_not_started", reason=str(error), attempt=attempt)
                if not any(one.is_up.is_set() for one in self._seats):
                    self._send_away()
            else:
                seat.is_up.set()
                self._wake()

    async def _wait_for_work(self, seat: _Seat) -> None:
        """Wait until somebody enters the line for whom this worker has time."""
        waker = asyncio.get_running_loop().create_future()
        self._idle.append((seat, waker))
        await waker

    def _wake(self) -> None:
        """Wake one worker that has time for those who wait, the freest first."""
        self._idle = [one for one in self._idle if not one[1].done()]
        ready = [one for one in self._idle if self._may_take(one[0])]
        if ready:
            min(ready, key=lambda one: one[0].under_way)[1].set_result(None)

    def _send_away(self) -> None:
        """Tell everybody that there is no answer at the moment."""
        for task in self._asked:
            self._line.drop(task)
            if not task.done.done():
                task.done.set_exception(UnavailableError())

    def _retry_after_s(self) -> int:
        """Guess when half of those who wait are answered."""
        seconds = self._pace.seconds_for(len(self._line)) / len(self._seats) / 2
        return max(1, min(_LONGEST_RETRY_S, math.ceil(seconds)))


def _hand_over(one: Slice, answers: Sequence[Answer]) -> None:
    """Put answers in their places; wake the owner with the last one."""
    task = one.task
    task.answers[one.start : one.end] = answers
    task.answered += one.end - one.start
    if task.answered == len(task.comments) and not task.done.done():
        task.done.set_result(None)


def refuse_failures(answers: Sequence[Answer | None]) -> list[Answer]:
    """Let answers pass, unless one is an error that nobody foresaw.

    Parameters
    ----------
    answers : Sequence[Answer | None]
        All of them given.

    Returns
    -------
    list[Answer]
        The same.

    Raises
    ------
    AnalysisFailedError
        If one is a `Failure`; its type and place are logged.
    """
    found: list[Answer] = []
    for answer in answers:
        assert answer is not None
        if isinstance(answer, Failure):
            _log.error("analysis_failed", error=answer.error, where=list(answer.where))
            raise AnalysisFailedError(answer.error)
        found.append(answer)
    return found
