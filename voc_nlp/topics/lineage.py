"""Where themes come from: which theme of a new fit is which of the fit before."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MOST_OF = 0.5
"""Share from which on a theme holds most of another one's comments."""

_PART_OF = 0.25
"""Share from which on a theme holds a part of another one's comments that is worth telling."""

_GROWN = 1.5
"""Comments in the new theme for each one in the old from which on it has grown from it."""


class DescentKind(StrEnum):
    """How a theme follows from themes before it."""

    SAME = "same"
    GROWN = "grown"
    SPLIT = "split"
    MERGED = "merged"
    NEW = "new"
    VANISHED = "vanished"


@dataclass(frozen=True, slots=True)
class Descent:
    """How one theme follows from themes before it.

    Parameters
    ----------
    revision : int
        Revision of the model in which it happened.
    theme : str
        Id of the theme; of the old one when it vanished.
    kind : DescentKind
        What happened.
    sources : Mapping[str, float]
        Id of an older theme -> the share of its comments that are in this one, in [0, 1].
    label : Mapping[str, str]
        Name of the theme then.
    """

    revision: int
    theme: str
    kind: DescentKind
    sources: Mapping[str, float]
    label: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON shape.

        Returns
        -------
        dict[str, Any]
            ``{"revision", "theme", "kind", "sources", "label"}``.
        """
        return {
            "revision": self.revision,
            "theme": self.theme,
            "kind": self.kind.value,
            "sources": {source: round(share, 4) for source, share in self.sources.items()},
            "label": dict(self.label),
        }

    @classmethod
    def from_dict(cls, item: Mapping[str, Any]) -> "Descent":
        """Read what `to_dict` wrote.

        Parameters
        ----------
        item : Mapping[str, Any]
            The JSON shape.

        Returns
        -------
        Descent
            The same.
        """
        return cls(
            item["revision"],
            item["theme"],
            DescentKind(item["kind"]),
            dict(item["sources"]),
            dict(item["label"]),
        )


def follow_merges(history: Iterable[Descent], present: Collection[str], theme_id: str) -> str:
    """Find the theme that an older one went into.

    Parameters
    ----------
    history : Iterable[Descent]
        What happened, oldest first.
    present : Collection[str]
        Ids of the themes that there are.
    theme_id : str
        Id of a theme that there was.

    Returns
    -------
    str
        Id of the theme that took most of it, and of those that took that one; the same where it is still
        there, or where it ended without one.
    """
    for step in history:
        if theme_id in present:
            break
        took_most = step.kind is DescentKind.MERGED and step.sources.get(theme_id, 0.0) >= _MOST_OF
        if took_most and step.theme != theme_id:
            theme_id = step.theme
    return theme_id


@dataclass(frozen=True, slots=True)
class Origin:
    """What `trace` found out about one new theme.

    Parameters
    ----------
    keeps : int | None
        Place of the old theme whose id it keeps; None where it needs an id of its own.
    kind : DescentKind
        How it follows from the old ones.
    sources : Mapping[int, float]
        Place of an old theme -> the share of its comments that are in the new one.
    """

    keeps: int | None
    kind: DescentKind
    sources: Mapping[int, float]


def trace(
    old: NDArray[np.int64], new: NDArray[np.int64], old_count: int, new_count: int
) -> tuple[list[Origin], list[int]]:
    """Find out which old theme each new one follows, from the comments that both assign.

    A new theme that holds most of an old one's comments, and consists mostly of them, is
    the same (or has grown from it); where two old ones went into it for the most part they merged
    and the larger gives the id; where an old one fell into parts it split and the largest
    part keeps the id. No id is kept twice.

    Parameters
    ----------
    old : NDArray[np.int64]
        Place of each comment's old theme, -1 for none, shape (n,).
    new : NDArray[np.int64]
        Place of its new theme, likewise.
    old_count : int
        Number of old themes.
    new_count : int
        Number of new themes.

    Returns
    -------
    tuple[list[Origin], list[int]]
        The origin of each new theme, and the places of the old ones that vanished: no
        new theme took their id or most of their comments.
    """
    both = (old >= 0) & (new >= 0)
    overlap = np.zeros((old_count, new_count), dtype=np.int64)
    np.add.at(overlap, (old[both], new[both]), 1)
    of_old = overlap / np.maximum(np.bincount(old[old >= 0], minlength=old_count), 1)[:, None]
    of_new = overlap / np.maximum(np.bincount(new[new >= 0], minlength=new_count), 1)[None, :]
    keeps = _keep_ids(overlap, of_old, of_new)
    growth = np.bincount(new[new >= 0], minlength=new_count) / np.maximum(
        np.bincount(old[old >= 0], minlength=old_count)[:, None], 1
    )
    origins = []
    for place in range(new_count):
        sources = {
            int(one): float(of_old[one, place]) for one in np.flatnonzero(of_old[:, place] >= _PART_OF)
        }
        whole = [one for one in sources if of_old[one, place] >= _MOST_OF and of_new[one, place] >= 0.1]
        origins.append(
            Origin(keeps.get(place), _name(place, keeps.get(place), whole, of_old, of_new, growth), sources)
        )
    kept = set(keeps.values())
    vanished = [one for one in range(old_count) if one not in kept and of_old[one].max(initial=0) < _MOST_OF]
    return origins, vanished


def _keep_ids(
    overlap: NDArray[np.int64], of_old: NDArray[np.float64], of_new: NDArray[np.float64]
) -> dict[int, int]:
    """Hand old ids to new themes, the closest pairs first: new place -> old place."""
    closeness = of_old + of_new
    pairs = [
        (-float(closeness[old, new]), int(old), int(new))
        for old, new in zip(*np.nonzero(overlap), strict=True)
        if of_old[old, new] >= _MOST_OF or of_new[old, new] >= _MOST_OF
    ]
    keeps: dict[int, int] = {}
    for _, old, new in sorted(pairs):
        if new not in keeps and old not in keeps.values():
            keeps[new] = old
    return keeps


def _name(
    place: int,
    old: int | None,
    whole: Sequence[int],
    of_old: NDArray[np.float64],
    of_new: NDArray[np.float64],
    growth: NDArray[np.float64],
) -> DescentKind:
    """Say how a new theme follows from the old ones."""
    if len(whole) > 1:
        return DescentKind.MERGED
    if old is None:
        is_part = bool(len(of_new)) and of_new[:, place].max() >= _MOST_OF
        return DescentKind.SPLIT if is_part else DescentKind.NEW
    if ((of_new[old] >= _MOST_OF) & (of_old[old] >= _PART_OF)).sum() > 1:
        return DescentKind.SPLIT
    return DescentKind.GROWN if growth[old, place] >= _GROWN else DescentKind.SAME
