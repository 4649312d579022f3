"""Makes the profile of comments from their analyses, their texts and their vectors."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voc_nlp.drift.profile import BUCKETS, Moments, Slice, WeekProfile
from voc_nlp.drift.words import bucket_of, words_of
from voc_nlp.errors import InputError
from voc_nlp.schema import Analysis, Refusal

CONFIDENCE_CLASSES = 20
"""The confidence is counted in classes of a twentieth."""

UNKNOWN = "unknown"
"""Language of a comment that was refused for another reason."""


def profile(
    analyses: Sequence[Analysis | Refusal | Mapping[str, Any]],
    texts: Sequence[str] | None = None,
    vectors: NDArray[np.floating] | None = None,
    *,
    encoder: str = "",
) -> WeekProfile:
    """Make the profile of some comments.

    Comments that say nothing count in ``language``, ``meaningful``, ``length`` and the words alone; refused
    ones in ``language``, ``length`` and the words.

    Parameters
    ----------
    analyses : Sequence[Analysis | Refusal | Mapping[str, Any]]
        What was said of each comment, also in the published shape (`Analysis.to_dict`).
    texts : Sequence[str] | None
        The comments, in the same order; without them words and lengths are not counted.
    vectors : NDArray[np.floating] | None
        Vectors of the static encoder, shape (n, dimension), in the same order; a row of zeros is passed over.
    encoder : str
        Which encoder made the vectors; those of two encoders are never compared.

    Returns
    -------
    WeekProfile
        Sums and counts, without a text.

    Raises
    ------
    InputError
        If there are not as many texts or vectors as analyses.
    """
    for name, given in (("texts", texts), ("vectors", vectors)):
        if given is not None and len(given) != len(analyses):
            raise InputError(
                f"{len(given)} {name} for {len(analyses)} analyses; expected one for each. "
                "Hand in all in one order."
            )
    rows: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    bodies = [one if isinstance(one, Mapping) else one.to_dict() for one in analyses]
    for row, body in enumerate(bodies):
        rows[_key(body)].append(row)
    return WeekProfile(
        {
            key: _slice(
                [bodies[row] for row in members],
                None if texts is None else [texts[row] for row in members],
                None if vectors is None else np.asarray(vectors)[members],
                encoder,
            )
            for key, members in rows.items()
        }
    )


def _key(body: Mapping[str, Any]) -> tuple[str, str]:
    refused = "sentiment" not in body
    return str(body.get("language") or UNKNOWN), "" if refused else str(body.get("model_version", ""))


def _slice(
    bodies: Sequence[Mapping[str, Any]],
    texts: Sequence[str] | None,
    vectors: NDArray[np.floating] | None,
    encoder: str,
) -> Slice:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for body in bodies:
        for measure, label in _labels(body):
            counts[measure][label] += 1
    words = np.zeros(BUCKETS, dtype=np.int64)
    for text in texts or ():
        counts["length"][_length_class(text)] += 1
        words[list({bucket_of(word) for word in words_of(text)})] += 1
    moments: dict[str, Moments] = {}
    if vectors is not None:
        wide = vectors.astype(np.float64)
        known = wide[wide.any(axis=1)]
        if len(known):
            moments[encoder] = Moments(len(known), known.sum(axis=0), np.square(known).sum(axis=0))
    return Slice(len(bodies), dict(counts), len(texts or ()), words, moments)


def _labels(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """List what a comment counts as, by measure."""
    if "sentiment" not in body:
        return []
    found = [("meaningful", "yes" if body.get("meaningful", True) else "no")]
    if not body.get("meaningful", True):
        return found
    owners = body.get("departments") or ()
    owner = owners[0]["id"] if owners else "abstained" if body.get("abstained") else "none"
    found += [
        ("sentiment", body["sentiment"]["label"]),
        ("intent", body["intent"]["label"]),
        ("urgency", body["urgency"]["level"]),
        ("department", owner),
        ("churn", "at_risk" if body["churn"]["at_risk"] else "stays"),
    ]
    surest = [
        max(given.values())
        for given in (body["sentiment"].get("probabilities"), body["intent"].get("probabilities"))
        if given
    ]
    if surest:
        place = int(sum(surest) / len(surest) * CONFIDENCE_CLASSES)
        found.append(("confidence", f"{min(max(place, 0), CONFIDENCE_CLASSES - 1):02d}"))
    return found


def _length_class(text: str) -> str:
    """Name the power of two that the number of characters reaches, in half steps."""
    return f"{math.floor(2 * math.log2(len(text) + 1)):02d}"
