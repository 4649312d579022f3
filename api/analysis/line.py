"""The line of comments that wait for analysis: bounded, and fair between single comments and batches."""

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from api.analysis.answering import Answer, Form, Order
from voc_nlp.schema import MAX_CHARACTERS, Comment

_FEW = 8
"""A request of at most so many comments stands in the short lane."""

_EXPLAINING = 40
"""Explaining a comment costs about as much as analysing so many of its length: its words are taken out
one by one."""


class LineFullError(Exception):
    """There is no room for so many comments."""


@dataclass(eq=False, slots=True)
class Task:
    """The comments of one request on their way through the line.

    Parameters
    ----------
    comments : Sequence[Comment]
        At least one.
    form : Form
        What the answers are given as.
    utf16 : bool
        Whether spans in JSON count UTF-16 code units.
    done : Any
        What the owner waits for; the line only carries it.
    since : float
        When it entered the line.
    """

    comments: Sequence[Comment]
    form: Form
    utf16: bool = False
    done: Any = None
    since: float = 0.0
    answers: list[Answer | None] = field(init=False)
    taken: int = field(default=0, init=False)
    answered: int = field(default=0, init=False)
    is_gone: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.answers = [None] * len(self.comments)

    def weight(self, index: int) -> int:
        """Return what a comment counts in a batch: its characters, many times where it is explained."""
        characters = len(self.comments[index].text) + 1
        if characters > MAX_CHARACTERS + 1:
            return 1  # refused at a glance
        return characters * _EXPLAINING if self.form is Form.EXPLANATION else characters


@dataclass(frozen=True, slots=True)
class Slice:
    """Some neighbouring comments of a task; a suspect was in the batch that a process ended with."""

    task: Task
    start: int
    end: int
    is_suspect: bool = False

    def order(self) -> Order:
        """Return what the worker is told."""
        task = self.task
        comments = task.comments if self.end - self.start == len(task.comments) else None
        return Order(comments or task.comments[self.start : self.end], task.form, task.utf16)


class WaitingLine:
    """Comments that wait, in a short lane and a long one.

    Every batch is filled from the short lane first. Where the long lane was left out, it
    has the first half of the next batch: neither lane ever waits for the other to be empty.

    Parameters
    ----------
    limit : int
        Comments that may wait.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lanes: tuple[OrderedDict[Task, None], OrderedDict[Task, None]] = (OrderedDict(), OrderedDict())
        self._returned: deque[Slice] = deque()
        self._waiting = 0
        self._long_is_due = False

    def __len__(self) -> int:
        """Count the comments that wait."""
        return self._waiting

    def has_room(self, comments: int) -> bool:
        """Say whether comments fit beside those that wait; an empty line takes any request.

        Parameters
        ----------
        comments : int
            How many.

        Returns
        -------
        bool
            Whether `put` would take them.
        """
        return not self._waiting or self._waiting + comments <= self._limit

    def put(self, task: Task) -> None:
        """Let the comments of a request wait.

        Parameters
        ----------
        task : Task
            The comments.

        Raises
        ------
        LineFullError
            If there is no room for them.
        """
        if not self.has_room(len(task.comments)):
            raise LineFullError
        self._lane(task)[task] = None
        self._waiting += len(task.comments)

    def drop(self, task: Task) -> None:
        """Give up the place of a request that nobody waits for any more.

        Parameters
        ----------
        task : Task
            It may be gone already.
        """
        if task.is_gone:
            return
        task.is_gone = True
        if task in self._lane(task):
            del self._lane(task)[task]
            self._waiting -= len(task.comments) - task.taken

    def take(self, characters: int, most: int) -> list[Slice]:
        """Take the next batch.

        Parameters
        ----------
        characters : int
            Weight of a batch; one comment goes alone when it weighs more.
        most : int
            Comments of a batch.

        Returns
        -------
        list[Slice]
            Empty when nothing waits. What was given back comes first, and alone.
        """
        while self._returned:
            again = self._returned.popleft()
            self._waiting -= again.end - again.start
            if not again.task.is_gone:
                return [again]
        short, long = self._lanes
        batch: list[Slice] = []
        room = (characters, most)
        if long and self._long_is_due:
            left = self._fill(batch, long, (characters // 2, max(1, most // 2)), room)
            self._long_is_due = False
        else:
            left = room
        left = self._fill(batch, short, left, left)
        self._fill(batch, long, left, left)
        self._long_is_due = bool(long) and not any(self._lane(one.task) is long for one in batch)
        return batch

    def give_back(self, batch: Sequence[Slice], *, was_begun: bool) -> list[Slice]:
        """Take a batch back that a process ended with; its comments are tried again one by one.

        Parameters
        ----------
        batch : Sequence[Slice]
            What `take` gave.
        was_begun : bool
            Whether the process was at work on it; else it is only tried again.

        Returns
        -------
        list[Slice]
            Those that were suspects already: they are not tried again.
        """
        lost = [one for one in batch if one.is_suspect and was_begun]
        for one in batch:
            if not was_begun:
                self._returned.append(one)
            elif not one.is_suspect:
                self._returned.extend(
                    Slice(one.task, place, place + 1, is_suspect=True) for place in range(one.start, one.end)
                )
            else:
                continue
            self._waiting += one.end - one.start
        return lost

    def _lane(self, task: Task) -> OrderedDict[Task, None]:
        """Return the lane that a request stands in."""
        return self._lanes[len(task.comments) > _FEW or task.form is Form.EXPLANATION]

    def _fill(
        self, batch: list[Slice], lane: OrderedDict[Task, None], share: tuple[int, int], room: tuple[int, int]
    ) -> tuple[int, int]:
        """Move comments of a lane into the batch up to a share; return what is left of the room."""
        characters, most = share
        used_characters = used = 0
        while lane and used < most:
            task = next(iter(lane))
            start = end = task.taken
            while end < len(task.comments) and used < most:
                weight = task.weight(end)
                if (batch or used) and used_characters + weight > characters:
                    break
                used_characters += weight
                used += 1
                end += 1
            if end == start:
                break
            batch.append(Slice(task, start, end))
            task.taken = end
            self._waiting -= end - start
            if end == len(task.comments):
                del lane[task]
        return room[0] - used_characters, room[1] - used
