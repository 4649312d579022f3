"""Which words go with what: terms typical of some comments (属性比較), terms that stand together (共起)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from voc_nlp.errors import InputError
from voc_nlp.topics.naming.term import Term, TermKind
from voc_nlp.topics.naming.term_table import TermTable
from voc_nlp.topics.statistics.intervals import Estimate, adjust_holm, estimate_change, estimate_share

LEAST_COUNT = 5
"""Terms that fewer comments hold are not looked at."""

_WORDS = (TermKind.NOUN, TermKind.PREDICATE, TermKind.COMPOUND)


@dataclass(frozen=True, slots=True)
class TypicalTerm:
    """A term that some comments hold more often than the others.

    Parameters
    ----------
    term : str
        How it reads.
    n : int
        Comments of the group that hold it.
    n_others : int
        Other comments that hold it.
    share, share_others : Estimate
        Share of the comments of the group, and of the others, that hold it.
    difference : Estimate
        The one share less the other.
    p_adjusted : float
        Chance of such a difference of any term when there is none, adjusted over all that were looked at.
    """

    term: str
    n: int
    n_others: int
    share: Estimate
    share_others: Estimate
    difference: Estimate
    p_adjusted: float


@dataclass(frozen=True, slots=True)
class Link:
    """Two terms that stand in the same comments.

    Parameters
    ----------
    a, b : str
        The terms.
    n : int
        Comments that hold both.
    jaccard : float
        Those among the comments that hold one or both, in (0, 1].
    """

    a: str
    b: str
    n: int
    jaccard: float


@dataclass(frozen=True, slots=True)
class TermNetwork:
    """Terms and what stands together.

    Parameters
    ----------
    counts : tuple[tuple[str, int], ...]
        The linked terms and the number of comments that hold each, the most frequent first.
    links : tuple[Link, ...]
        The closest first.
    comments : int
        Comments that were looked at.
    """

    counts: tuple[tuple[str, int], ...]
    links: tuple[Link, ...]
    comments: int


def find_typical_terms(
    terms: Sequence[Sequence[Term]],
    inside: Sequence[bool],
    *,
    most: int = 15,
    least_count: int = LEAST_COUNT,
) -> tuple[TypicalTerm, ...]:
    """Find the words that some comments hold more often than the others.

    Parameters
    ----------
    terms : Sequence[Sequence[Term]]
        Terms of each comment, of one language; see `voc_nlp.topics.naming.describe.comment_terms`.
    inside : Sequence[bool]
        Whether each comment belongs to the group.
    most : int
        Terms to give at most.
    least_count : int
        Terms that fewer comments hold are not looked at.

    Returns
    -------
    tuple[TypicalTerm, ...]
        The most telling first, by the likelihood ratio; nothing when all comments are on one side.

    Raises
    ------
    InputError
        If there are not as many marks as comments.

    References
    ----------
    Dunning (1993), Accurate methods for the statistics of surprise and coincidence. Comput. Linguist. 19.
    """
    if len(terms) != len(inside):
        raise InputError(
            f"{len(inside)} marks came with {len(terms)} comments; expected one for each. "
            "Hand in both in one order."
        )
    table = TermTable.build(terms)
    mark = np.asarray(inside, dtype=bool)
    total, others = int(mark.sum()), int((~mark).sum())
    if not total or not others:
        return ()
    own = np.asarray(table.held[np.flatnonzero(mark)].sum(axis=0)).ravel().astype(np.int64)
    rest = table.counts - own
    asked = [place for place in table.of_kind(*_WORDS).tolist() if table.counts[place] >= least_count]
    ratios = [_likelihood_ratio(int(own[one]), total, int(rest[one]), others) for one in asked]
    chances = adjust_holm([_chance(ratio) for ratio in ratios])
    ranked = sorted(
        zip(asked, ratios, chances, strict=True), key=lambda one: (-one[1], table.surfaces[one[0]])
    )
    found: list[TypicalTerm] = []
    for place, _, chance in ranked:
        count, count_others = int(own[place]), int(rest[place])
        share, share_others = estimate_share(count, total), estimate_share(count_others, others)
        difference = estimate_change(count, total, count_others, others)
        assert share is not None and share_others is not None and difference is not None  # noqa: PT018
        if difference.value > 0 and len(found) < most:
            found.append(
                TypicalTerm(
                    table.surfaces[place], count, count_others, share, share_others, difference, chance
                )
            )
    return tuple(found)


def find_network(
    terms: Sequence[Sequence[Term]],
    *,
    most_terms: int = 60,
    most_links: int = 60,
    least_count: int = LEAST_COUNT,
    leave_out: Collection[str] = (),
) -> TermNetwork:
    """Find words that stand in the same comments.

    Parameters
    ----------
    terms : Sequence[Sequence[Term]]
        Terms of each comment, of one language.
    most_terms : int
        Frequent words to look at.
    most_links : int
        Links to keep, the closest ones.
    least_count : int
        Least comments that a word stands in; a pair of words in half as many.
    leave_out : Collection[str]
        Words that tell nothing here.

    Returns
    -------
    TermNetwork
        A word is not linked with a compound that holds it.

    References
    ----------
    Jaccard (1912), The distribution of the flora in the alpine zone. New Phytologist 11.
    """
    table = TermTable.build(terms)
    words = [
        one
        for one in table.of_kind(*_WORDS).tolist()
        if table.counts[one] >= least_count and table.surfaces[one] not in leave_out
    ]
    words = sorted(words, key=lambda one: (-int(table.counts[one]), table.surfaces[one]))[:most_terms]
    together: Any = (table.held[:, words].T @ table.held[:, words]).toarray()
    links = []
    for one, first in enumerate(words):
        for other, second in enumerate(words[:one]):
            n = round(float(together[one, other]))
            nested = (
                second in table.parts[first]
                or first in table.parts[second]
                or bool(set(table.parts[first]) & set(table.parts[second]))
            )
            if n >= max(2, least_count / 2) and not nested:
                either = int(table.counts[first] + table.counts[second]) - n
                links.append(Link(table.surfaces[second], table.surfaces[first], n, n / either))
    links.sort(key=lambda link: (-link.jaccard, link.a, link.b))
    kept = tuple(links[:most_links])
    linked = {name for link in kept for name in (link.a, link.b)}
    counts = tuple(
        (table.surfaces[one], int(table.counts[one])) for one in words if table.surfaces[one] in linked
    )
    return TermNetwork(counts, kept, len(terms))


def _likelihood_ratio(count: int, total: int, count_others: int, others: int) -> float:
    """Compute Dunning's G² of two shares."""
    every = (count + count_others) / (total + others)

    def part(hits: int, trials: int) -> float:
        return sum(
            seen * float(np.log(seen / (trials * share)))
            for seen, share in ((hits, every), (trials - hits, 1 - every))
            if seen
        )

    return 2 * (part(count, total) + part(count_others, others))


def _chance(ratio: float) -> float:
    """Compute the upper tail of the chi-square distribution of one degree of freedom."""
    from scipy.special import erfc

    return float(erfc(np.sqrt(max(ratio, 0.0) / 2)))
