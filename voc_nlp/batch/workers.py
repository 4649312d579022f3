"""Worker processes: one that ends is replaced and its work repeated; a comment that ends them is refused."""

import logging
import multiprocessing
import os
import queue
import signal
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from voc_nlp.batch.chunks import Answer, LoadAnalyzer, analyze_chunk
from voc_nlp.batch.errors import BatchError, WorkerCrashedError
from voc_nlp.errors import VocError
from voc_nlp.schema import Comment, Refusal

_TRIES = 2
"""How often a chunk, or a comment alone, may end its process until it is at fault: not only comments do."""

_STARTS = 3
"""How many processes are started in a row that do not get through one harmless comment."""

_AHEAD = 2
"""Chunks that are handed to one process, so that it need not wait for the next."""

_HARMLESS = Comment("harmless", "The delivery was late.", "en")

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Work:
    """Comments that wait for their answers.

    Parameters
    ----------
    comments : Sequence[Comment]
        Those of a chunk.
    answers : Future[list[Answer]]
        One answer a comment, in the same order, when they are there.
    crashes : int
        How often a process ended over them.
    """

    comments: Sequence[Comment]
    answers: "Future[list[Answer]]" = field(default_factory=Future)
    crashes: int = 0


class Workers:
    """Worker processes, each with an analyzer of its own; to be closed.

    A process that ends, killed by the system for want of memory say, is replaced and
    its chunk repeated. A chunk that ends processes again is cut in halves, until the
    comment is found that does: that one is refused. A harmless comment goes first
    through every process that is started in place of another, so that a machine at
    fault is not taken for a comment at fault. The processes end when this one does,
    in whatever way.

    Parameters
    ----------
    load : LoadAnalyzer
        Loads the analyzer, in the process that works; picklable.
    count : int
        Processes.
    """

    def __init__(self, load: LoadAnalyzer, count: int) -> None:
        self._waiting: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._keepers = [_Keeper(self._waiting, load) for _ in range(count)]
        for keeper in self._keepers:
            keeper.start()

    def hand_in(self, comments: Sequence[Comment]) -> Work:
        """Have comments answered when a process is free.

        Parameters
        ----------
        comments : Sequence[Comment]
            Those of a chunk.

        Returns
        -------
        Work
            Its answers are to be waited for in the order of handing in; they raise
            `WorkerCrashedError` when no process gets through a harmless comment.
        """
        work = Work(comments)
        self._waiting.put(work)
        return work

    def close(self, *, at_once: bool = False) -> None:
        """End the processes.

        Parameters
        ----------
        at_once : bool
            In the middle of their work: nobody waits for it any more.
        """
        for keeper in self._keepers:
            if at_once:
                keeper.end_at_once()
            self._waiting.put(None)
        for keeper in self._keepers:
            keeper.join()


class _Keeper(threading.Thread):
    """A thread that keeps one worker process at work."""

    def __init__(self, waiting: "queue.SimpleQueue[Work | None]", load: LoadAnalyzer) -> None:
        super().__init__(daemon=True)
        self._waiting = waiting
        self._load = load
        self._taken: deque[Work] = deque()
        self._is_last = False
        self._is_ended = threading.Event()
        self._starting = threading.Lock()
        self._process: _Process | None = None

    def run(self) -> None:
        """Hand over what waits, and answers back, until nothing more will come."""
        try:
            while self._take():
                self._answer_first()
        except Exception as error:
            # Answers are waited for in order, so whoever waits meets this before what is left waiting.
            for work in self._taken:
                work.answers.set_exception(error)
        finally:
            if self._process is not None:
                self._process.end()

    def end_at_once(self) -> None:
        """End the process in the middle of its work; called from another thread."""
        with self._starting:
            self._is_ended.set()
            if self._process is not None:
                self._process.terminate()

    def _take(self) -> bool:
        """Take what waits, as far as the process may have it; False when nothing more will come."""
        while not self._is_last and len(self._taken) < _AHEAD:
            try:
                work = self._waiting.get(block=not self._taken)
            except queue.Empty:
                break
            if work is None:
                self._is_last = True
                break
            self._taken.append(work)
            (self._process or self._start()).hand_over(work.comments)
        return bool(self._taken) and not self._is_ended.is_set()

    def _answer_first(self) -> None:
        """Wait for the answers to what was taken first."""
        assert self._process is not None
        work = self._taken[0]
        try:
            answers = self._process.receive()
        except _EndedError:
            work.crashes += 1
            self._restart()
            if work.crashes >= _TRIES:
                work.answers.set_result(self._find_fault(work.comments))
                self._taken.popleft()
            for one in self._taken:
                self._process.hand_over(one.comments)
            return
        except VocError as error:
            work.answers.set_exception(error)
        else:
            work.answers.set_result(answers)
        self._taken.popleft()

    def _find_fault(self, comments: Sequence[Comment]) -> list[Answer]:
        """Answer comments that ended processes, half by half; refuse the one that ends them alone."""
        if len(comments) > 1:
            middle = len(comments) // 2
            return [*self._try(comments[:middle]), *self._try(comments[middle:])]
        _log.error("comment %r: ended %d worker processes, alone", comments[0].id, _TRIES)
        message = "the analysis of this comment ends its process; report it with the comment's id"
        return [Refusal(comments[0].id, "internal_error", message).to_dict()]

    def _try(self, comments: Sequence[Comment]) -> list[Answer]:
        """Answer a part of a chunk that ended processes."""
        for _ in range(1 if len(comments) > 1 else _TRIES):
            assert self._process is not None
            try:
                self._process.hand_over(comments)
                return self._process.receive()
            except _EndedError:
                self._restart()
        return self._find_fault(comments)

    def _start(self) -> "_Process":
        """Start a process."""
        with self._starting:
            if self._is_ended.is_set():
                raise _EndedError
            self._process = _Process(self._load)
            return self._process

    def _restart(self) -> None:
        """Start a process in place of one that ended, and see that it works."""
        for _ in range(_STARTS):
            if self._process is not None:
                self._process.end()
            try:
                process = self._start()
                process.hand_over([_HARMLESS])
                process.receive()
                return
            except _EndedError:
                if self._is_ended.is_set():
                    raise
        raise WorkerCrashedError(
            f"a worker process ended in the middle of its work, and so did {_STARTS} others at a harmless "
            "comment, as when memory runs out. Use fewer workers, or one to see the cause."
        )


class _EndedError(Exception):
    """The worker process has ended."""


class _Process:
    """One worker process as its keeper sees it."""

    def __init__(self, load: LoadAnalyzer) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, load), daemon=True)
        with _ONE_START_AT_A_TIME:
            self._process.start()
        theirs.close()

    def hand_over(self, comments: Sequence[Comment]) -> None:
        """Give comments to the process; `receive` tells when it has ended."""
        try:
            self._connection.send(comments)
        except OSError:
            return

    def receive(self) -> list[Answer]:
        """Wait for the answers to what was handed over first of all that is not answered."""
        try:
            answers: list[Answer] | Exception = self._connection.recv()
        except (EOFError, OSError) as error:
            raise _EndedError from error
        if isinstance(answers, Exception):
            raise answers
        return answers

    def terminate(self) -> None:
        """End the process, whatever it is at; whoever waits for its answers is told."""
        self._process.terminate()

    def end(self) -> None:
        """End the process and wait for that."""
        self._process.terminate()
        self._process.join()
        self._connection.close()


_ONE_START_AT_A_TIME = threading.Lock()


def _work(connection: Connection, load: LoadAnalyzer) -> None:
    """Answer chunks in a worker process, in order; the first one loads the analyzer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    received: queue.SimpleQueue[Sequence[Comment]] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(connection, received), daemon=True).start()
    analyzer = None
    while True:
        comments = received.get()
        answers: list[Answer] | Exception
        try:
            if analyzer is None:
                analyzer = load()
            answers = analyze_chunk(analyzer, comments)
        except VocError as error:
            answers = error
        except Exception as error:
            answers = BatchError(f"a worker process cannot load the models: {type(error).__name__}: {error}")
        connection.send(answers)


def _receive(connection: Connection, received: "queue.SimpleQueue[Sequence[Comment]]") -> None:
    """Receive chunks at all times, so that neither side waits for the other; end with the parent process."""
    while True:
        try:
            received.put(connection.recv())
        except (EOFError, OSError):
            os._exit(1)
