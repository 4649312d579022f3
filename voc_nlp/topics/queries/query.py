"""Rule themes: boolean queries over words, fields and sentiment.

::

    配送 AND (遅い OR 届かない) NOT 再配達
    cancel* "online shop" channel:chat nps<=6
    解約 sentiment:negative created_at>=2026-04-01
    *カード* 店舗:渋谷

- ``word`` finds a word in all its forms: 遅い finds 遅かった, cancel finds cancelled. Two and more
  kanji are found inside one longer word too: 配送 finds 配送料, 京都 does not find 東京都.
- ``"as written"``, also 「」 and “ ”, finds words as they are written; ``word*`` finds what begins
  so, ``*word`` what ends so, ``*word*`` either.
- ``NOT`` binds closest, then ``AND`` or nothing at all between two parts, then ``OR``. The three
  are written in capitals; brackets and signs may be full width.
- ``field:value`` (or ``=``), ``!=``, and ``<  <=  >  >=`` for numbers and ``created_at``. Fields of
  a comment: id, lang, channel, industry, touchpoint, customer_id, created_at, nps, csat, ces and any
  other column; of its analysis: sentiment, score, intent, urgency, churn, department. ``field:*``
  asks for any value. A comment without the field meets no condition on it.

Width, case, spelling variants and the tenant's synonyms do not matter. docs/queries.md shows more.
"""

from dataclasses import dataclass, field

from voc_nlp.errors import InputError
from voc_nlp.topics.queries.documents import Document, read_document
from voc_nlp.topics.queries.nodes import Node, asks_for_analysis, asks_for_words
from voc_nlp.topics.queries.parser import MAX_CHARACTERS, parse

__all__ = ["MAX_CHARACTERS", "Document", "Query", "parse_query", "read_document"]


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read; equal when it means the same in the same order.

    Parameters
    ----------
    root : Node
        What it means.
    needs_words : bool
        Whether documents must hold their words.
    needs_analysis : bool
        Whether documents must hold their analysis.
    """

    root: Node
    needs_words: bool = field(init=False, compare=False)
    needs_analysis: bool = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """See what the query asks for."""
        object.__setattr__(self, "needs_words", asks_for_words(self.root))
        object.__setattr__(self, "needs_analysis", asks_for_analysis(self.root))

    def __str__(self) -> str:
        """Return the canonical text, which reads as the same query."""
        return str(self.root)

    def matches(self, document: Document) -> bool:
        """Say whether a comment belongs to the rule theme.

        Parameters
        ----------
        document : Document
            As `read_document` makes it.

        Returns
        -------
        bool
            True when the query holds.

        Raises
        ------
        InputError
            When the document lacks what `needs_words` or `needs_analysis` ask for.
        """
        if self.needs_words and document.words is None:
            raise InputError("The query asks for words; expected a document read with its words.")
        if self.needs_analysis and document.analysis is None:
            raise InputError(
                "The query asks for the analysis; expected a document with one. Analyse it first."
            )
        return self.root.matches(document)


def parse_query(text: str) -> Query:
    """Read the text of a query.

    Parameters
    ----------
    text : str
        At most `MAX_CHARACTERS` characters of the language above.

    Returns
    -------
    Query
        The query; ``str(query)`` is its canonical text. What is no query raises a
        `QueryError` that says where, what was met and what is expected.
    """
    return Query(parse(text))
