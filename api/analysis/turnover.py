"""Puts other models in service while requests go on: the old ones end with their last request."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from api.analysis.analyzer import PooledAnalyzer
from api.analysis.figures import AnalysisFigures
from api.analysis.registry import RegistryWatch, TierModels
from api.logs import log_failure

_log = structlog.get_logger(__name__)
Load = Callable[[TierModels, PooledAnalyzer | None], Awaitable[PooledAnalyzer]]
"""Loads and starts models, beside those that are in service."""


class Turnover:
    """Follows the registry; lives on one event loop, and makes one change at a time.

    Parameters
    ----------
    watch : RegistryWatch
        Tells what is to be loaded.
    load : Load
        Loads it.
    put_in_service : Callable[[PooledAnalyzer], None]
        From its call on, new requests take these models.
    figures : AnalysisFigures
        What is measured.
    """

    def __init__(
        self,
        watch: RegistryWatch,
        load: Load,
        put_in_service: Callable[[PooledAnalyzer], None],
        figures: AnalysisFigures,
    ) -> None:
        self.pending: str | None = None
        self._watch = watch
        self._load = load
        self._put_in_service = put_in_service
        self._figures = figures
        self._current: PooledAnalyzer | None = None
        self._retiring: PooledAnalyzer | None = None
        self._asked = asyncio.Event()
        self._turn = asyncio.Lock()

    @property
    def refused(self) -> str | None:
        """Version that the registry names and that could not be loaded; None when there is none."""
        return self._watch.refused

    async def start(self) -> None:
        """Load the first models; an error of theirs goes through."""
        models = await asyncio.to_thread(self._watch.first)
        self._enter(await self._load(models, None))

    async def follow(self, every_s: float) -> None:
        """Look at the registry again and again, until cancelled.

        Parameters
        ----------
        every_s : float
            Seconds between two looks; 0 for only when `ask` is called.
        """
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), every_s or None)
            again = self._asked.is_set()
            self._asked.clear()
            try:
                await self.look(again=again)
            except Exception as error:
                log_failure("models_not_looked_at", error)

    def ask(self) -> None:
        """Have the registry looked at now, and models tried again that were refused."""
        self._asked.set()

    async def look(self, *, again: bool = False) -> bool:
        """Change to other models if the registry names others; return when the old ones have ended.

        Parameters
        ----------
        again : bool
            Whether to try refused models again.

        Returns
        -------
        bool
            Whether models were changed; where they cannot be loaded, the old ones stay.
        """
        async with self._turn:
            models = await asyncio.to_thread(self._watch.next, again=again)
            if models is None:
                return False
            self.pending = models.version
            _log.info("models_loading", version=models.version)
            try:
                fresh = await self._load(models, self._current)
            except Exception as error:
                self._watch.refuse(models.version, error)
                return False
            finally:
                self.pending = None
            self._watch.accept(models)
            self._retiring = self._current
            self._enter(fresh)
            self._figures.reloads.inc()
            if self._retiring is not None:
                await self._retiring.retire()
                self._retiring = None
            _log.info("models_changed", version=models.version)
            return True

    async def stop(self) -> None:
        """Answer those who wait, and end all models; `follow` must have been cancelled."""
        started = [one for one in (self._current, self._retiring) if one is not None]
        await asyncio.gather(*(one.stop() for one in started))

    def _enter(self, fresh: PooledAnalyzer) -> None:
        """Let new requests take these models."""
        self._current = fresh
        self._put_in_service(fresh)
        self._figures.name_models(fresh.model_version)
