"""The analyzer of the service: the library's shape, answered by the pool."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol, cast

from api.analysis.answering import Answer, BatchAnalyzer, Form, Order, answer_orders
from api.analysis.figures import AnalysisFigures
from api.analysis.line import Task
from api.analysis.pool import Pool, refuse_failures
from api.analysis.process import ProcessWorker, ThreadWorker, Worker, WorkerPlan
from api.analysis.registry import TierModels
from api.analysis.worker import load
from api.errors import UnavailableError
from voc_nlp.embedding import Embedder
from voc_nlp.schema import Analysis, Comment, Refusal
from voc_nlp.topics.model import ThemeModel

_LAST_ANSWERS_S = 10.0
_LAST_REQUESTS_S = 300.0
"""Longest wait for requests that began on models that are replaced; a full line may take minutes."""


class Loaded(Protocol):
    """What stays in the service's own process: the version, and what themes need."""

    @property
    def model_version(self) -> str:
        """Version of the models."""

    @property
    def themes(self) -> ThemeModel:
        """The themes that a tenant starts with."""

    @property
    def embedder(self) -> Embedder:
        """What gives the vectors that themes compare."""


class LoadedAnalyzer(Loaded, BatchAnalyzer, Protocol):
    """All of it in one, as voc_nlp's analyzer."""


class PooledAnalyzer:
    """One set of models, analysing in a pool.

    Routes await `answer`, everything else calls `analyze` from a thread; whoever does holds it
    (`held`) meanwhile, so that one request is answered by one set of models.

    Parameters
    ----------
    loaded : Loaded
        What stays in this process.
    workers : Sequence[Worker]
        What analyses.
    limit : int
        Comments that may wait.
    figures : AnalysisFigures
        What is measured.
    until_started : BatchAnalyzer | None
        Answers, in the caller's thread, as long as the pool was never started: an application
        that no server runs has no event loop for a pool to live on.
    clock : Callable[[], float]
        Seconds that only grow.
    """

    def __init__(
        self,
        loaded: Loaded,
        workers: Sequence[Worker],
        *,
        limit: int,
        figures: AnalysisFigures,
        until_started: BatchAnalyzer | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.loaded = loaded
        self.model_version = loaded.model_version
        self.themes = loaded.themes
        self.embedder = loaded.embedder
        self._pool = Pool(workers, limit, figures, clock)
        self._until_started = until_started
        self._loop: asyncio.AbstractEventLoop | None = None
        self._holders = 0
        self._is_free = asyncio.Event()
        self._is_free.set()

    @property
    def is_up(self) -> bool:
        """Whether a worker has its models loaded."""
        return self._pool.is_up or self._until_started is not None

    @property
    def waiting(self) -> int:
        """Comments that wait for analysis."""
        return self._pool.waiting

    def check_room(self, comments: int) -> None:
        """Check whether comments would be let into the line, before the work of reading them.

        As `answer`, it raises an `UnavailableError` when they would not.

        Parameters
        ----------
        comments : int
            How many.
        """
        if self._until_started is None:
            self._pool.check_room(comments)

    async def start(self) -> None:
        """Start the workers; from now on the running event loop is the pool's."""
        await self._pool.start()
        self._until_started = None
        self._loop = asyncio.get_running_loop()

    @contextmanager
    def held(self) -> Iterator["PooledAnalyzer"]:
        """Keep these models until the end of a request, also when others are put in service meanwhile.

        To be entered and left on the event loop.

        Yields
        ------
        PooledAnalyzer
            This one.
        """
        self._holders += 1
        self._is_free.clear()
        try:
            yield self
        finally:
            self._holders -= 1
            if not self._holders:
                self._is_free.set()

    async def retire(self) -> None:
        """Stop when the last request that holds it has ended; nobody is to take it up any more."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_free.wait(), _LAST_REQUESTS_S)
        await self.stop()

    async def stop(self) -> None:
        """Answer those who wait, then end the workers; it may be stopped already."""
        self._loop = None
        await self._pool.stop(_LAST_ANSWERS_S)

    async def answer(
        self, comments: Sequence[Comment], form: Form = Form.ANALYSIS, *, utf16: bool = False
    ) -> list[Answer]:
        """Analyse comments without a thread of one's own.

        Parameters
        ----------
        comments : Sequence[Comment]
            They may be none.
        form : Form
            What the answers are given as.
        utf16 : bool
            Whether spans in JSON count UTF-16 code units.

        Returns
        -------
        list[Answer]
            One a comment, in the same order.

        Raises
        ------
        UnavailableError
            If the pool is not started, is stopping, or (`OverloadedError`) has no room.
        """
        if self._until_started is not None:
            order = Order(comments, form, utf16)
            [answers] = await asyncio.to_thread(answer_orders, self._until_started, [order])
            return refuse_failures(answers)
        if self._loop is None:
            raise UnavailableError()
        return await self._pool.answer(Task(comments, form, utf16)) if comments else []

    def analyze(self, comments: Sequence[Comment | str]) -> list[Analysis | Refusal]:
        """Analyse a batch and wait for it; not for the event loop, which it would stop.

        Parameters
        ----------
        comments : Sequence[Comment | str]
            The batch; a bare text gets its number from 1 as id.

        Returns
        -------
        list[Analysis | Refusal]
            One answer per comment, in the same order.

        Raises
        ------
        RuntimeError
            If it is called on the event loop.
        UnavailableError
            If the pool is not started, is stopping, or (`OverloadedError`) has no room.
        """
        if self._until_started is not None:
            return self._until_started.analyze(comments)
        loop = self._loop
        if loop is None:
            raise UnavailableError()
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        if running is loop:
            raise RuntimeError(
                "analyze was called on the event loop, which it would stop; await answer there"
            )
        batch = [
            Comment(str(number), one) if isinstance(one, str) else one
            for number, one in enumerate(comments, start=1)
        ]
        answers = asyncio.run_coroutine_threadsafe(self.answer(batch), loop).result()
        return cast(list[Analysis | Refusal], answers)


async def load_pooled(
    models: TierModels,
    *,
    taxonomy: Path | None,
    processes: int,
    limit: int,
    figures: AnalysisFigures,
    beside: PooledAnalyzer | None = None,
) -> PooledAnalyzer:
    """Load models and start their pool.

    Parameters
    ----------
    models : TierModels
        What the registry named.
    taxonomy : Path | None
        File of the departments; None for those that the models know.
    processes : int
        Worker processes; 0 analyses in a thread of this one.
    limit : int
        Comments that may wait.
    figures : AnalysisFigures
        What is measured.
    beside : PooledAnalyzer | None
        What is in service; an encoder that both have is shared and not loaded twice.

    Returns
    -------
    PooledAnalyzer
        Started.
    """
    workers: list[Worker]
    if processes:
        loaded: Loaded = await asyncio.to_thread(_load_for_themes, models, beside and beside.loaded)
        plan = WorkerPlan(models, taxonomy=taxonomy)
        workers = [ProcessWorker(plan) for _ in range(processes)]
    else:
        whole = await asyncio.to_thread(_load_whole, models, taxonomy)
        loaded, workers = whole, [ThreadWorker(whole)]
    analyzer = PooledAnalyzer(loaded, workers, limit=limit, figures=figures)
    await analyzer.start()
    return analyzer


class _ForThemes:
    """The encoder and the themes of a tier, without what only analysis needs."""

    def __init__(self, models: TierModels, themes: ThemeModel, embedder: Embedder) -> None:
        self.models = models
        self.model_version = models.version
        self.themes = themes
        self.embedder = embedder


def _load_for_themes(models: TierModels, beside: Loaded | None) -> _ForThemes:
    """Load what the service itself needs; the heavy libraries are imported here and not before."""
    from voc_nlp.loading import load_encoder
    from voc_nlp.sentence_encoder import SENTENCE_ENCODER

    if isinstance(beside, _ForThemes) and models.shares(beside.models, "encoder", SENTENCE_ENCODER):
        embedder = beside.embedder
    else:
        embedder = load_encoder(models.folder, models.parts)
    themes = ThemeModel.load(models.folder / models.parts["themes"], embedder)
    return _ForThemes(models, themes, embedder)


def _load_whole(models: TierModels, taxonomy: Path | None) -> LoadedAnalyzer:
    """Load all models into this process."""
    return cast(LoadedAnalyzer, load(models.folder, models.parts, taxonomy))
