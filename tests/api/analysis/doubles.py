"""Workers and analyzers for the tests of the line: they answer by the text, wait, fail or end on command."""

import asyncio
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from prometheus_client import CollectorRegistry

from api.analysis.answering import Answer, BatchAnalyzer, Form, Order, answer_orders
from api.analysis.figures import AnalysisFigures
from api.analysis.line import Task
from api.analysis.pool import Pool
from api.analysis.process import Worker, WorkerLostError, WorkerStartError
from tests.api.doubles import WordAnalyzer
from voc_nlp.schema import Analysis, Comment, Refusal

DEADLY = "落ちる"
BROKEN = "壊す"


class HeldWorker:
    """Answers a batch only when it is let go; loses those that hold the deadly text."""

    def __init__(self, analyzer: BatchAnalyzer | None = None) -> None:
        self.batches: list[list[str]] = []
        self.starts = 0
        self.refuses_to_start = False
        self.may_start = asyncio.Event()
        self.may_start.set()
        self.stopped = False
        self.open = asyncio.Event()
        self.open.set()
        self._turn = asyncio.Lock()
        self._analyzer = analyzer or WordAnalyzer()

    async def start(self) -> None:
        """Count the starts."""
        self.starts += 1
        await self.may_start.wait()
        if self.refuses_to_start:
            raise WorkerStartError("models/registry.toml is not there")
        self._turn, self._lost = asyncio.Lock(), False

    async def answer(self, orders: Sequence[Order]) -> list[list[Answer]]:
        """Answer when the door is open."""
        texts = [comment.text for order in orders for comment in order.comments]
        async with self._turn:
            if self._lost:
                raise WorkerLostError(was_begun=False)
            self.batches.append(texts)
            await self.open.wait()
            if any(DEADLY in text for text in texts):
                self._lost = True
                raise WorkerLostError(was_begun=True)
            return answer_orders(self._analyzer, orders)

    async def stop(self) -> None:
        """Remember it."""
        self.stopped = True


def pool_of(*workers: Worker, limit: int = 1000) -> Pool:
    """Make a pool with figures of its own."""
    return Pool(workers, limit, AnalysisFigures(CollectorRegistry()), time.monotonic)


def task_of(*texts: str, form: Form = Form.ANALYSIS) -> Task:
    """Make a request of comments whose ids are their texts."""
    return Task([Comment(text, text) for text in texts], form)


class _Fragile(WordAnalyzer):
    """Ends its process, or raises, where the text says so."""

    def analyze(self, comments: Sequence[Comment | str]) -> list[Analysis | Refusal]:
        """Analyse a batch, if it lets one live."""
        texts = [one.text if isinstance(one, Comment) else one for one in comments]
        if any(DEADLY in text for text in texts):
            os.kill(os.getpid(), signal.SIGKILL)
        if any(BROKEN in text for text in texts):
            raise RuntimeError("secret words of a customer")
        return super().analyze(comments)


def load_fragile(_folder: Path, _parts: Mapping[str, str], _taxonomy: Path | None) -> BatchAnalyzer:
    """Load the analyzer that ends its process; a worker process calls this."""
    return _Fragile()


class VersionedAnalyzer(WordAnalyzer):
    """States a version of its own in its answers."""

    def __init__(self, version: str) -> None:
        super().__init__()
        self.model_version = version

    def analyze(self, comments: Sequence[Comment | str]) -> list[Analysis | Refusal]:
        """Analyse a batch."""
        found = super().analyze(comments)
        return [
            replace(one, model_version=self.model_version) if isinstance(one, Analysis) else one
            for one in found
        ]


def load_versioned(_folder: Path, parts: Mapping[str, str], _taxonomy: Path | None) -> BatchAnalyzer:
    """Load an analyzer of the version that the parts name; a worker process calls this."""
    return VersionedAnalyzer(parts["version"])


def write_registry(folder: Path, version: str, tier: str = "fast") -> None:
    """Write a registry of one tier, as a promotion does: in one rename."""
    parts = "".join(
        f'{part} = "{part}/1"\n' for part in ("encoder", "ngrams", "sentiment", "routing", "themes")
    )
    fresh = folder / "fresh.toml"
    fresh.write_text(f'[tiers.{tier}]\nversion = "{version}"\n{parts}', encoding="utf-8")
    fresh.rename(folder / "registry.toml")


def load_nothing(folder: Path, _parts: Mapping[str, str], _taxonomy: Path | None) -> BatchAnalyzer:
    """Fail as a folder without models does."""
    raise FileNotFoundError(f"{folder} has no registry.toml")
