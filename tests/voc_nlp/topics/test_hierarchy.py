"""Paths, levels and sums of the hierarchy."""

from dataclasses import replace

import pytest

from voc_nlp.topics.hierarchy import (
    find_misplaced,
    height_of,
    leaves_of,
    path_of,
    sum_groups,
    without_empty_groups,
)
from voc_nlp.topics.theme import Theme, ThemeKind


def theme(theme_id: str, parent: str | None = None, size: int = 10, **changes: bool) -> Theme:
    kind = ThemeKind.GROUP if theme_id.startswith("g") else ThemeKind.LEARNT
    label = {"ja": f"話題{theme_id}", "en": theme_id}
    found = Theme(theme_id, label, size, {}, kind=kind, parent=parent, languages={"ja": size - 1, "en": 1})
    return replace(found, **changes)  # type: ignore[arg-type]


THEMES = [theme("a", "g2"), theme("b", "g2"), theme("c", "g1"), theme("d"), theme("g1"), theme("g2", "g1")]


def test_paths_and_heights() -> None:
    assert path_of(THEMES, "a") == ["a", "g2", "g1"]
    assert path_of(THEMES, "d") == ["d"]
    assert [height_of(THEMES, one) for one in ("a", "g2", "g1")] == [1, 2, 3]
    assert [one.id for one in leaves_of(THEMES, "g1")] == ["a", "b", "c"]
    assert [one.id for one in leaves_of(THEMES, "d")] == ["d"]


def test_groups_sum_up_what_is_in_use_below_them() -> None:
    themes = [replace(one, archived=one.id == "b") for one in THEMES]
    summed = {one.id: (one.size, one.languages) for one in sum_groups(themes)}
    assert summed["g2"] == (10, {"ja": 9, "en": 1})
    assert summed["g1"] == (20, {"ja": 18, "en": 2})
    assert summed["b"] == (10, {"ja": 9, "en": 1})


def test_empty_groups_go_and_what_a_person_made_stays() -> None:
    themes = [theme("a", "gone"), theme("g1"), theme("g2", "g1"), theme("g3", pinned=True)]
    assert [(one.id, one.parent) for one in without_empty_groups(themes)] == [("a", None), ("g3", None)]


@pytest.mark.parametrize(
    ("themes", "fault"),
    [
        (THEMES, None),
        ([theme("a", "b")], "a stands below 'b', which is none"),
        ([theme("a", "a")], "a stands below more than 2 others, or below itself"),
        ([theme("a", "b"), theme("b", "a")], "below itself"),
        ([theme("a", "g2"), theme("x", "a"), *THEMES[4:]], "x stands below more than 2"),
    ],
)
def test_what_stands_nowhere(themes: list[Theme], fault: str | None) -> None:
    found = find_misplaced(themes)
    assert found is None if fault is None else fault in str(found)
