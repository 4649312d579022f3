"""The states of a ticket, and the one table of all moves between them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Status(StrEnum):
    """Where a ticket stands; `RESOLVED` and `CLOSED` have a `resolved_at`, the others have none."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Action(StrEnum):
    """What can be done to a ticket."""

    JOIN = "join"  # a further comment of the same cause
    START = "start"  # somebody works on it
    PUT_BACK = "put_back"  # nobody does any more
    WAIT = "wait"  # for the customer; the clock stands still
    HAND_OVER = "hand_over"  # to another department
    ASSIGN = "assign"  # to somebody, or back to the queue
    RATE = "rate"  # another urgency
    NOTE = "note"  # an internal note
    ANSWER = "answer"  # to the customer
    ESCALATE = "escalate"  # to a higher level
    RESOLVE = "resolve"
    FOLLOW_UP = "follow_up"  # what the customer says of the solution
    REOPEN = "reopen"
    CLOSE = "close"


UNRESOLVED = frozenset({Status.OPEN, Status.IN_PROGRESS, Status.WAITING})
"""States in which somebody still has to act, a further comment joins, and the clock runs."""

_COLUMNS = (Status.OPEN, Status.IN_PROGRESS, Status.WAITING, Status.RESOLVED, Status.CLOSED)
_NO: Final = None
_OPEN, _WORK, _WAIT, _DONE, _SHUT = _COLUMNS
_TABLE: Final[Mapping[Action, tuple[Status | None, ...]]] = {
    # from            open    in_progress waiting  resolved closed
    Action.JOIN: (_OPEN, _WORK, _WORK, _NO, _NO),
    Action.START: (_WORK, _NO, _WORK, _NO, _NO),
    Action.PUT_BACK: (_NO, _OPEN, _OPEN, _NO, _NO),
    Action.WAIT: (_WAIT, _WAIT, _NO, _NO, _NO),
    Action.HAND_OVER: (_OPEN, _OPEN, _OPEN, _NO, _NO),
    Action.ASSIGN: (_OPEN, _WORK, _WAIT, _NO, _NO),
    Action.RATE: (_OPEN, _WORK, _WAIT, _NO, _NO),
    Action.NOTE: (_OPEN, _WORK, _WAIT, _DONE, _SHUT),
    Action.ANSWER: (_WORK, _WORK, _WAIT, _DONE, _SHUT),
    Action.ESCALATE: (_OPEN, _WORK, _WAIT, _NO, _NO),
    Action.RESOLVE: (_DONE, _DONE, _DONE, _NO, _NO),
    Action.FOLLOW_UP: (_NO, _NO, _NO, _DONE, _SHUT),
    Action.REOPEN: (_NO, _NO, _NO, _OPEN, _OPEN),
    Action.CLOSE: (_NO, _NO, _NO, _SHUT, _NO),
}

MOVES: Final[Mapping[tuple[Status, Action], Status]] = {
    (status, action): after
    for action, row in _TABLE.items()
    for status, after in zip(_COLUMNS, row, strict=True)
    if after is not None
}
"""State and action to the state after it; what is not here is forbidden."""


def after(status: Status, action: Action) -> Status | None:
    """Look a move up.

    Parameters
    ----------
    status : Status
        Where the ticket stands.
    action : Action
        What shall be done.

    Returns
    -------
    Status | None
        Where it stands then; None when that is forbidden.
    """
    return MOVES.get((status, action))


def allowed(status: Status) -> tuple[Action, ...]:
    """List what can be done in a state.

    Parameters
    ----------
    status : Status
        Where the ticket stands.

    Returns
    -------
    tuple[Action, ...]
        In the table's order.
    """
    return tuple(action for action in Action if (status, action) in MOVES)
