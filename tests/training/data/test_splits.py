"""The split by writer, and by hash where there are none, on made-up rows."""

import pytest

from training.data.labelled import Labelled
from training.data.splits import HELD_OUT_SHARE, is_held_out, split_by_writer, split_labelled


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


def test_labelled_comments_are_cut_by_their_text() -> None:
    rows = [Labelled(f"遅い {number}", "ja", "a.csv", "") for number in range(1000)]
    split = split_labelled(rows)
    assert len(split.test) / len(rows) == pytest.approx(HELD_OUT_SHARE, abs=0.04)
    assert sorted((*split.train, *split.test), key=rows.index) == rows
    assert split.dev == ()
    grown = split_labelled([*rows, *(Labelled(f"late {n}", "en", "b.csv", "") for n in range(9))])
    assert grown.test[: len(split.test)] == split.test


def test_a_text_is_in_one_part_however_it_is_written() -> None:
    for number in range(20):
        assert is_held_out(Labelled(f"ｌａｔｅ {number}", "en", "a", "")) == is_held_out(
            Labelled(f"late {number}", "en", "b", "", sentiment="negative")
        )


def test_writers_are_cut_whole() -> None:
    rows = [Labelled(f"text {n}", "en", "a", f"writer {n % 30}") for n in range(300)]
    split = split_labelled(rows)
    assert split.test
    assert {row.group for row in split.test} & {row.group for row in split.train} == set()
