"""The split by writer on made-up rows."""

from training.data.labelled import Labelled
from training.data.splits import split_by_writer


def row(writer: str, number: int) -> Labelled:
    return Labelled(text=f"{writer}{number}", lang="en", source="corpus", group=writer)


def test_every_row_is_in_one_part_in_order() -> None:
    rows = [row(writer, number) for number in range(2) for writer in "abcdefgh"]
    split = split_by_writer(rows)
    assert [one.text for one in split.test] == ["c0", "g0", "c1", "g1"]
    assert [one.text for one in split.dev] == ["f0", "f1"]
    assert [one.text for one in split.train] == ["a0", "b0", "d0", "e0", "h0", "a1", "b1", "d1", "e1", "h1"]


def test_nothing_gives_nothing() -> None:
    split = split_by_writer([])
    assert split.train == split.dev == split.test == ()
