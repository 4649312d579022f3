"""Which comment of one language holds which term."""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voc_nlp.topics.naming.term import Term, TermKind


@dataclass(frozen=True, slots=True)
class TermTable:
    """The terms of some comments.

    Parameters
    ----------
    surfaces : tuple[str, ...]
        How each term reads: its most frequent form.
    kinds : tuple[TermKind, ...]
        Kind of each term.
    parts : tuple[tuple[int, ...], ...]
        Numbers of the words that each term holds, as far as they are terms themselves.
    held : Any
        Sparse matrix (scipy CSR) of shape (comments, terms); 1 where a comment holds a term.
    counts : NDArray[np.int64]
        Number of comments that hold each term.
    """

    surfaces: tuple[str, ...]
    kinds: tuple[TermKind, ...]
    parts: tuple[tuple[int, ...], ...]
    held: Any
    counts: NDArray[np.int64]

    @classmethod
    def build(cls, comments: Iterable[Sequence[Term]]) -> "TermTable":
        """Count the terms of comments.

        Parameters
        ----------
        comments : Iterable[Sequence[Term]]
            Terms of each comment; read once.

        Returns
        -------
        TermTable
            Terms in the order of their keys.
        """
        from scipy.sparse import csr_matrix

        number: dict[str, int] = {}
        first: list[Term] = []
        forms: list[Counter[str]] = []
        columns, ends = array("q"), array("q", [0])
        for terms in comments:
            seen: set[int] = set()
            for term in terms:
                place = number.get(term.key)
                if place is None:
                    place = number[term.key] = len(first)
                    first.append(term)
                    forms.append(Counter())
                if place not in seen:
                    seen.add(place)
                    forms[place][term.surface] += 1
            columns.extend(sorted(seen))
            ends.append(len(columns))
        order = sorted(range(len(first)), key=lambda place: first[place].key)
        rank = np.empty(len(first), dtype=np.int64)
        rank[order] = np.arange(len(first))
        numbers = rank[np.frombuffer(columns, dtype=np.int64)] if columns else np.zeros(0, dtype=np.int64)
        held = csr_matrix(
            (np.ones(len(numbers), dtype=np.float32), numbers, np.frombuffer(ends, dtype=np.int64)),
            shape=(len(ends) - 1, len(first)),
        )
        held.sort_indices()
        return cls(
            surfaces=tuple(
                min(forms[place], key=lambda form: (-forms[place][form], form)) for place in order
            ),
            kinds=tuple(first[place].kind for place in order),
            parts=tuple(
                tuple(int(rank[number[part]]) for part in first[place].parts if part in number)
                for place in order
            ),
            held=held,
            counts=np.bincount(numbers, minlength=len(first)),
        )

    def of_kind(self, *kinds: TermKind) -> NDArray[np.int64]:
        """List the terms of some kinds.

        Parameters
        ----------
        *kinds : TermKind
            Which.

        Returns
        -------
        NDArray[np.int64]
            Their numbers, ascending.
        """
        return np.array([place for place, kind in enumerate(self.kinds) if kind in kinds], dtype=np.int64)

    def by_theme(self, clusters: Sequence[int], themes: int) -> Any:
        """Count the comments of each theme that hold each term.

        Parameters
        ----------
        clusters : Sequence[int]
            Theme of each comment of the table; -1 for none.
        themes : int
            Number of themes.

        Returns
        -------
        Any
            Sparse matrix (scipy CSR) of shape (themes, terms).
        """
        from scipy.sparse import csr_matrix

        labels = np.asarray(clusters, dtype=np.int64)
        rows = np.flatnonzero(labels >= 0)
        member = csr_matrix(
            (np.ones(len(rows), dtype=np.float32), (labels[rows], rows)), shape=(themes, len(labels))
        )
        counted = (member @ self.held).tocsr()
        counted.sort_indices()
        return counted
