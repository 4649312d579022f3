"""Which theme of a new fit is which of the fit before."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc_nlp.topics.lineage import Descent, DescentKind, Origin, follow_merges, trace

SAME, GROWN, SPLIT = DescentKind.SAME, DescentKind.GROWN, DescentKind.SPLIT
MERGED, NEW = DescentKind.MERGED, DescentKind.NEW


def places(*runs: tuple[int, int]) -> np.ndarray:
    """List themes of comments: (theme, how many)."""
    return np.repeat([theme for theme, _ in runs], [count for _, count in runs]).astype(np.int64)


@pytest.mark.parametrize(
    ("old", "new", "expected", "vanished"),
    [
        # the same two, numbered otherwise
        (places((0, 10), (1, 10)), places((1, 10), (0, 10)), [(1, SAME), (0, SAME)], []),
        # twice as many, from comments that had no theme
        (places((0, 10), (-1, 10)), places((0, 20)), [(0, GROWN)], []),
        # two halves: the larger keeps the id
        (places((0, 20)), places((0, 8), (1, 12)), [(None, SPLIT), (0, SPLIT)], []),
        # two became one: the larger gives the id
        (places((0, 8), (1, 12)), places((0, 20)), [(1, MERGED)], []),
        # comments that no theme took
        (places((0, 10), (-1, 10)), places((0, 10), (1, 10)), [(0, SAME), (None, NEW)], []),
        # its comments belong nowhere now
        (places((0, 10), (1, 10)), places((0, 10), (-1, 10)), [(0, SAME)], [1]),
        # it is scattered
        (
            places((0, 9), (1, 10), (2, 10), (3, 10)),
            places((0, 3), (1, 3), (2, 3), (0, 10), (1, 10), (2, 10)),
            [(1, SAME), (2, SAME), (3, SAME)],
            [0],
        ),
        # no comment of it is among these
        (places((0, 10)), places((0, 10)), [(0, SAME)], []),
        # none before, none now
        (places((-1, 5)), places((0, 5)), [(None, NEW)], []),
        (places((0, 5)), places((-1, 5)), [], [0]),
        (places(), places(), [], []),
    ],
)
def test_trace(
    old: np.ndarray, new: np.ndarray, expected: list[tuple[int | None, DescentKind]], vanished: list[int]
) -> None:
    origins, gone = trace(old, new, int(old.max(initial=-1)) + 1, int(new.max(initial=-1)) + 1)
    assert [(one.keeps, one.kind) for one in origins] == expected
    assert gone == vanished


def test_an_old_theme_without_comments_vanishes() -> None:
    origins, gone = trace(places((0, 4)), places((0, 4)), 3, 1)
    assert origins == [Origin(0, SAME, {0: 1.0})]
    assert gone == [1, 2]


def test_shares_tell_how_much_of_the_old_one_is_in_the_new() -> None:
    origins, _ = trace(places((0, 20), (1, 10)), places((0, 5), (1, 15), (1, 10)), 2, 2)
    assert origins[0].sources == {0: 0.25}
    assert origins[1].sources == {0: 0.75, 1: 1.0}
    assert origins[1].kind is MERGED


@settings(max_examples=200, deadline=None)
@given(
    pairs=st.lists(st.tuples(st.integers(-1, 5), st.integers(-1, 6)), max_size=60),
    old_count=st.integers(6, 7),
    new_count=st.integers(7, 8),
)
def test_properties(pairs: list[tuple[int, int]], old_count: int, new_count: int) -> None:
    old = np.asarray([one for one, _ in pairs], dtype=np.int64)
    new = np.asarray([one for _, one in pairs], dtype=np.int64)
    origins, vanished = trace(old, new, old_count, new_count)
    assert len(origins) == new_count
    kept = [one.keeps for one in origins if one.keeps is not None]
    assert len(kept) == len(set(kept))
    assert not set(kept) & set(vanished)
    told = {source for one in origins for source in one.sources}
    assert set(range(old_count)) == set(kept) | set(vanished) | told
    for one in origins:
        assert all(0 <= source < old_count and 0 < share <= 1 for source, share in one.sources.items())
        if one.kind in (SAME, GROWN):
            assert one.keeps is not None
        if one.kind is NEW:
            assert one.keeps is None
        if one.kind is MERGED:
            assert len(one.sources) > 1


def test_the_json_shape() -> None:
    descent = Descent(
        3, "theme-004", MERGED, {"theme-004": 1.0, "theme-009": 0.7}, {"ja": "返金", "en": "refund"}
    )
    assert descent.to_dict() == {
        "revision": 3,
        "theme": "theme-004",
        "kind": "merged",
        "sources": {"theme-004": 1.0, "theme-009": 0.7},
        "label": {"ja": "返金", "en": "refund"},
    }
    assert Descent.from_dict(json.loads(json.dumps(descent.to_dict()))) == descent


def test_merges_are_followed_to_the_theme_that_is_there() -> None:
    def merged(revision: int, theme: str, **sources: float) -> Descent:
        return Descent(revision, theme, DescentKind.MERGED, sources, {"ja": "配送", "en": "Delivery"})

    history = [
        merged(2, "b", b=1.0, a=1.0),
        Descent(3, "b", DescentKind.SAME, {}, {"en": "Delivery"}),
        merged(4, "c", b=0.9, d=0.3),
    ]
    assert follow_merges(history, {"c"}, "a") == "c"
    assert follow_merges(history, {"b", "c"}, "a") == "b"
    assert follow_merges(history, {"a", "c"}, "a") == "a"
    assert follow_merges(history, {"c"}, "d") == "d"  # most of it went elsewhere
    assert follow_merges([], {"c"}, "a") == "a"
