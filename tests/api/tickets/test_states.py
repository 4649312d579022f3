"""The table of moves: every state with every action, and what is said of a forbidden one."""

import pytest

from api.tickets.errors import MoveNotAllowedError
from api.tickets.states import MOVES, UNRESOLVED, Action, Status, after, allowed

O, P, W, R, C = Status  # noqa: E741 - the letters head the columns below
_ = None
EXPECTED = {
    #            from:    O  P  W  R  C
    Action.JOIN: (O, P, P, _, _),
    Action.START: (P, _, P, _, _),
    Action.PUT_BACK: (_, O, O, _, _),
    Action.WAIT: (W, W, _, _, _),
    Action.HAND_OVER: (O, O, O, _, _),
    Action.ASSIGN: (O, P, W, _, _),
    Action.RATE: (O, P, W, _, _),
    Action.NOTE: (O, P, W, R, C),
    Action.ANSWER: (P, P, W, R, C),
    Action.ESCALATE: (O, P, W, _, _),
    Action.RESOLVE: (R, R, R, _, _),
    Action.FOLLOW_UP: (_, _, _, R, C),
    Action.REOPEN: (_, _, _, O, O),
    Action.CLOSE: (_, _, _, C, _),
}


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("status", Status)
def test_every_state_with_every_action(status: Status, action: Action) -> None:
    expected = EXPECTED[action][list(Status).index(status)]
    assert after(status, action) is expected
    assert ((status, action) in MOVES) == (expected is not None) == (action in allowed(status))


def test_only_resolving_ends_and_only_reopening_brings_back() -> None:
    for (status, action), then in MOVES.items():
        if status in UNRESOLVED:
            assert (then not in UNRESOLVED) == (action is Action.RESOLVE)
        else:
            assert (then in UNRESOLVED) == (action is Action.REOPEN)


def test_every_state_can_be_reached_and_left() -> None:
    for status in Status:
        assert any(then is status and before is not status for (before, _), then in MOVES.items())
        assert any(then is not status and before is status for (before, _), then in MOVES.items())


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_forbidden_move_names_state_action_and_what_is_possible(language: str) -> None:
    error = MoveNotAllowedError(Status.CLOSED, Action.RESOLVE)
    assert (error.status, error.code) == (409, "move_not_allowed")
    said = error.detail.said_in(language)
    for word in ("closed", "resolve", "note, answer, follow_up, reopen"):
        assert word in said
    assert "join" not in said
