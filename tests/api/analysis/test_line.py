"""The line: bounded by comments, short requests beside long ones, given-back comments first."""

import pytest

from api.analysis.answering import Form
from api.analysis.line import LineFullError, Slice, WaitingLine
from tests.api.analysis.doubles import task_of


def shape(batch: list[Slice]) -> list[tuple[str, int, int]]:
    return [(one.task.comments[0].text, one.start, one.end) for one in batch]


def test_single_comments_that_wait_are_taken_together_in_their_order() -> None:
    line = WaitingLine(10)
    for text in ("配送が遅い", "late", "最高"):
        line.put(task_of(text))
    assert len(line) == 3
    assert shape(line.take(1000, 100)) == [("配送が遅い", 0, 1), ("late", 0, 1), ("最高", 0, 1)]
    assert len(line) == 0
    assert line.take(1000, 100) == []


def test_a_batch_is_bounded_by_comments_and_by_characters() -> None:
    line = WaitingLine(1000)
    line.put(task_of(*["あ" * 9] * 50))
    assert shape(line.take(10_000, 20)) == [("あ" * 9, 0, 20)]
    assert shape(line.take(100, 100)) == [("あ" * 9, 20, 30)]
    line.put(task_of("x" * 500))
    assert shape(line.take(100, 100))[0] == ("x" * 500, 0, 1)


def test_a_comment_over_the_limit_of_a_text_weighs_nothing() -> None:
    line = WaitingLine(10)
    line.put(task_of("a", "x" * 20_001, "b"))
    assert shape(line.take(100, 100)) == [("a", 0, 3)]


def test_a_long_request_starves_nobody_and_is_not_starved() -> None:
    line = WaitingLine(100_000)
    long = task_of(*["長い依頼"] * 100)
    line.put(long)
    taken: list[list[tuple[str, int, int]]] = []
    while len(line):
        for number in range(40):
            line.put(task_of(f"単{number}"))
        taken.append(shape(line.take(10_000, 20)))
        if long.taken == 100:
            break
    assert all(any(text.startswith("単") for text, _, _ in batch) for batch in taken)
    assert [any(text == "長い依頼" for text, _, _ in batch) for batch in taken[:4]] == [
        False,
        True,
        False,
        True,
    ]
    assert long.taken == 100


def test_no_more_comments_wait_than_the_line_holds() -> None:
    line = WaitingLine(100)
    line.put(task_of(*["a"] * 60))
    with pytest.raises(LineFullError):
        line.put(task_of(*["b"] * 41))
    assert len(line) == 60
    line.put(task_of(*["b"] * 40))
    assert not line.has_room(1)


def test_an_empty_line_takes_any_request() -> None:
    line = WaitingLine(1)
    line.put(task_of("a", "b"))
    assert len(line) == 2


def test_who_is_gone_gives_up_the_place() -> None:
    line = WaitingLine(10)
    gone, half, stays = task_of("gone"), task_of(*["half"] * 9), task_of("stays")
    line.put(half)
    assert shape(line.take(1000, 4)) == [("half", 0, 4)]
    line.put(gone)
    line.put(stays)
    for task in (gone, half, half):
        line.drop(task)
    assert len(line) == 1
    assert shape(line.take(1000, 100)) == [("stays", 0, 1)]


def test_a_lost_batch_is_tried_again_comment_by_comment_and_only_once() -> None:
    line = WaitingLine(10)
    first, second = task_of("a", "b"), task_of("c")
    line.put(first)
    line.put(second)
    batch = line.take(1000, 100)
    assert line.give_back(batch, was_begun=True) == []
    assert len(line) == 3
    assert shape(line.take(1000, 100)) == [("a", 0, 1)]
    suspect = line.take(1000, 100)
    assert shape(suspect) == [("a", 1, 2)]
    assert line.give_back(suspect, was_begun=True) == suspect
    assert len(line) == 1
    line.drop(second)
    assert line.take(1000, 100) == []
    assert len(line) == 0


def test_a_batch_that_only_waited_behind_a_lost_one_is_not_suspected() -> None:
    line = WaitingLine(10)
    line.put(task_of("a", "b"))
    batch = line.take(1000, 100)
    assert line.give_back(batch, was_begun=False) == []
    assert line.take(1000, 100) == batch


def test_explaining_weighs_more_than_analysing() -> None:
    line = WaitingLine(10)
    line.put(task_of(*["あいうえお"] * 4, form=Form.EXPLANATION))
    assert shape(line.take(300, 100)) == [("あいうえお", 0, 1)]
