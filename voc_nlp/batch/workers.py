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
from typing import Generic

from voc_nlp.batch.chunks import Done, Finish, LoadAnalyzer, analyze_chunk, comments_of
from voc_nlp.batch.errors import BatchError, WorkerCrashedError
from voc_nlp.batch.threads import one_thread_each
from voc_nlp.errors import VocError
from voc_nlp.records import Record
from voc_nlp.schema import Comment, Refusal

_TRIES = 2
"""How often a chunk, or a comment alone, may end its process until it is at fault: not only comments do."""

_STARTS = 3
"""How many processes are started in a row that do not get through one harmless comment."""

_AHEAD = 2
"""Chunks that are handed to one process, so that it need not wait for the next."""

_HARMLESS = Record(0, Comment("harmless", "The delivery was late.", "en"), {})

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Work(Generic[Done]):
    """A chunk that waits for what is made of it.

    Parameters
    ----------
    chunk : Sequence[Record]
        Its records.
    done : Future[list[Done]]
        What is made of them, when it is there.
    crashes : int
        How often a process ended over them.
    """

    chunk: Sequence[Record]
    done: "Future[list[Done]]" = field(default_factory=Future)
    crashes: int = 0


class Workers(Generic[Done]):
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
    finish : Finish[Done]
        Makes of each chunk what is handed on, in that process too; a list that joins those of its halves.
    count : int
        Processes.
    """

    def __init__(self, load: LoadAnalyzer, finish: Finish[Done], count: int) -> None:
        self._waiting: queue.SimpleQueue[Work[Done] | None] = queue.SimpleQueue()
        self._keepers = [_Keeper(self._waiting, load, finish) for _ in range(count)]
        for keeper in self._keepers:
            keeper.start()

    def hand_in(self, chunk: Sequence[Record]) -> Work[Done]:
        """Have a chunk done when a process is free.

        Parameters
        ----------
        chunk : Sequence[Record]
            Its records.

        Returns
        -------
        Work[Done]
            To be waited for in the order of handing in; it raises `WorkerCrashedError`
            when no process gets through a harmless comment.
        """
        work = Work[Done](chunk)
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


class _Keeper(threading.Thread, Generic[Done]):
    """A thread that keeps one worker process at work."""

    def __init__(
        self, waiting: "queue.SimpleQueue[Work[Done] | None]", load: LoadAnalyzer, finish: Finish[Done]
    ) -> None:
        super().__init__(daemon=True)
        self._waiting = waiting
        self._load = load
        self._finish = finish
        self._taken: deque[Work[Done]] = deque()
        self._is_last = False
        self._is_ended = threading.Event()
        self._starting = threading.Lock()
        self._process: _Process[Done] | None = None

    def run(self) -> None:
        """Hand over what waits, and answers back, until nothing more will come."""
        try:
            while self._take():
                self._answer_first()
        except Exception as error:
            # Work is waited for in order, so whoever waits meets this before what is left waiting.
            for work in self._taken:
                work.done.set_exception(error)
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
            (self._process or self._start()).hand_over(work.chunk)
        return bool(self._taken) and not self._is_ended.is_set()

    def _answer_first(self) -> None:
        """Wait for what is made of the chunk that was taken first."""
        assert self._process is not None
        work = self._taken[0]
        try:
            done = self._process.receive()
        except _EndedError:
            work.crashes += 1
            self._restart()
            if work.crashes >= _TRIES:
                work.done.set_result(self._find_fault(work.chunk))
                self._taken.popleft()
            for one in self._taken:
                self._process.hand_over(one.chunk)
            return
        except VocError as error:
            work.done.set_exception(error)
        else:
            work.done.set_result(done)
        self._taken.popleft()

    def _find_fault(self, chunk: Sequence[Record]) -> list[Done]:
        """Do a chunk that ended processes half by half; refuse the comment that ends them alone."""
        if len(chunk) > 1:
            middle = len(chunk) // 2
            return [*self._try(chunk[:middle]), *self._try(chunk[middle:])]
        record_id = chunk[0].item.id
        _log.error("comment %r: ended %d worker processes, alone", record_id, _TRIES)
        message = "the analysis of this comment ends its process; report it with the comment's id"
        return self._finish(chunk, [Refusal(record_id, "internal_error", message).to_dict()])

    def _try(self, chunk: Sequence[Record]) -> list[Done]:
        """Do a part of a chunk that ended processes."""
        for _ in range(1 if len(chunk) > 1 else _TRIES):
            assert self._process is not None
            try:
                self._process.hand_over(chunk)
                return self._process.receive()
            except _EndedError:
                self._restart()
        return self._find_fault(chunk)

    def _start(self) -> "_Process[Done]":
        """Start a process."""
        with self._starting:
            if self._is_ended.is_set():
                raise _EndedError
            self._process = _Process(self._load, self._finish)
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


class _Process(Generic[Done]):
    """One worker process as its keeper sees it."""

    def __init__(self, load: LoadAnalyzer, finish: Finish[Done]) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, load, finish), daemon=True)
        with _ONE_START_AT_A_TIME, one_thread_each():
            self._process.start()
        theirs.close()

    def hand_over(self, chunk: Sequence[Record]) -> None:
        """Give a chunk to the process; `receive` tells when it has ended."""
        try:
            self._connection.send(chunk)
        except OSError:
            return

    def receive(self) -> list[Done]:
        """Wait for what is made of the chunk that was handed over first of all that are not done."""
        try:
            done: list[Done] | Exception = self._connection.recv()
        except (EOFError, OSError) as error:
            raise _EndedError from error
        if isinstance(done, Exception):
            raise done
        return done

    def terminate(self) -> None:
        """End the process, whatever it is at; whoever waits for its answers is told."""
        self._process.terminate()

    def end(self) -> None:
        """End the process and wait for that."""
        self._process.terminate()
        self._process.join()
        self._connection.close()


_ONE_START_AT_A_TIME = threading.Lock()


def _work(connection: Connection, load: LoadAnalyzer, finish: Finish[Done]) -> None:
    """Do chunks in a worker process, in order; the first one loads the analyzer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's
    received: queue.SimpleQueue[Sequence[Record]] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(connection, received), daemon=True).start()
    analyzer = None
    while True:
        chunk = received.get()
        done: list[Done] | Exception
        try:
            if analyzer is None:
                analyzer = load()
            done = finish(chunk, analyze_chunk(analyzer, comments_of(chunk)))
        except VocError as error:
            done = error
        except Exception as error:
            at_fault = "cannot load the models" if analyzer is None else "cannot make lines of its answers"
            done = BatchError(f"a worker process {at_fault}: {type(error).__name__}: {error}")
        connection.send(done)


def _receive(connection: Connection, received: "queue.SimpleQueue[Sequence[Record]]") -> None:
    """Receive chunks at all times, so that neither side waits for the other; end with the parent process."""
    while True:
        try:
            received.put(connection.recv())
        except (EOFError, OSError):
            os._exit(1)
