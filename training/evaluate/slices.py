"""Parts of a test set that are looked at by themselves: channel, industry, length, polite complaints."""

from collections.abc import Mapping, Sequence

from training.data.labelled import Labelled
from voc_nlp.schema import Language, SentimentLabel
from voc_nlp.sentiment.politeness import find_masked_complaint
from voc_nlp.text.normalize import normalize

LEAST_IN_SLICE = 30
"""Fewer comments make an interval of about 0.35 in a share: too wide to say anything."""

_LENGTHS: Mapping[str, tuple[int, int]] = {"ja": (30, 50), "en": (80, 140)}
"""Characters up to which a comment is short, and from which on it is long: about thirds of the corpus."""


def slices_of(row: Labelled) -> tuple[str, ...]:
    """Name the slices that a comment is in.

    Parameters
    ----------
    row : Labelled
        The comment, with its labels.

    Returns
    -------
    tuple[str, ...]
        Such as ``channel=survey``, ``length=short``, ``polite complaint``.
    """
    short, long = _LENGTHS[row.lang]
    length = "short" if len(row.text) <= short else "long" if len(row.text) >= long else "middle"
    found = [f"length={length}"]
    found += [f"{name}={value}" for name in ("channel", "industry") if (value := getattr(row, name))]
    if row.sentiment is not None and find_masked_complaint(
        normalize(row.text).text, Language(row.lang), SentimentLabel(row.sentiment)
    ):
        found.append("polite complaint")
    return tuple(found)


def group_by_slice(
    rows: Sequence[Labelled], *, least: int = LEAST_IN_SLICE
) -> dict[tuple[str, str], list[int]]:
    """Find the comments of each slice, language by language.

    Parameters
    ----------
    rows : Sequence[Labelled]
        The comments.
    least : int
        Least comments of a slice.

    Returns
    -------
    dict[tuple[str, str], list[int]]
        Places by language and slice, sorted by name.
    """
    found: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(rows):
        for name in slices_of(row):
            found.setdefault((row.lang, name), []).append(place)
    return {key: places for key, places in sorted(found.items()) if len(places) >= least}
