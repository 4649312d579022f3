"""What a query is made of: words, phrases and fields, joined by AND, OR and NOT."""

from dataclasses import dataclass

from voc_nlp.topics.queries.documents import Document
from voc_nlp.topics.queries.fields import ANALYSIS_FIELDS, Field
from voc_nlp.topics.queries.words import Phrase, Word


@dataclass(frozen=True, slots=True)
class Not:
    """What must not hold."""

    part: "Word | Phrase | Field | And | Or"

    def __str__(self) -> str:
        """Return the text of it."""
        return f"NOT {_in_brackets(self.part)}"

    def matches(self, document: Document) -> bool:
        """Say whether the part does not hold."""
        return not self.part.matches(document)


@dataclass(frozen=True, slots=True)
class And:
    """What must hold together; no part is itself an And."""

    parts: "tuple[Node, ...]"

    def __str__(self) -> str:
        """Return the text of it."""
        return " AND ".join(str(part) if isinstance(part, Not) else _in_brackets(part) for part in self.parts)

    def matches(self, document: Document) -> bool:
        """Say whether all parts hold."""
        return all(part.matches(document) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """Of what one part must hold; no part is itself an Or."""

    parts: "tuple[Node, ...]"

    def __str__(self) -> str:
        """Return the text of it."""
        return " OR ".join(map(str, self.parts))

    def matches(self, document: Document) -> bool:
        """Say whether any part holds."""
        return any(part.matches(document) for part in self.parts)


Node = Word | Phrase | Field | Not | And | Or


def join_all(parts: "list[Node]") -> Node:
    """Join what must hold together.

    Parameters
    ----------
    parts : list[Node]
        At least one.

    Returns
    -------
    Node
        The only part, or all different ones in one `And`.
    """
    flat = dict.fromkeys(one for part in parts for one in (part.parts if isinstance(part, And) else (part,)))
    return next(iter(flat)) if len(flat) == 1 else And(tuple(flat))


def join_any(parts: "list[Node]") -> Node:
    """Join what may hold in each other's place.

    Parameters
    ----------
    parts : list[Node]
        At least one.

    Returns
    -------
    Node
        The only part, or all different ones in one `Or`.
    """
    flat = dict.fromkeys(one for part in parts for one in (part.parts if isinstance(part, Or) else (part,)))
    return next(iter(flat)) if len(flat) == 1 else Or(tuple(flat))


def negate(part: Node) -> Node:
    """Turn a part around.

    Parameters
    ----------
    part : Node
        Any part.

    Returns
    -------
    Node
        ``NOT part``; the part of a `Not` itself.
    """
    return part.part if isinstance(part, Not) else Not(part)


def asks_for_words(node: Node) -> bool:
    """Say whether words or phrases stand in a part.

    Parameters
    ----------
    node : Node
        Any part.

    Returns
    -------
    bool
        True when texts must be cut for it.
    """
    if isinstance(node, Not):
        return asks_for_words(node.part)
    if isinstance(node, And | Or):
        return any(map(asks_for_words, node.parts))
    return not isinstance(node, Field)


def asks_for_analysis(node: Node) -> bool:
    """Say whether a field of the analysis stands in a part.

    Parameters
    ----------
    node : Node
        Any part.

    Returns
    -------
    bool
        True when comments must be analysed for it.
    """
    if isinstance(node, Not):
        return asks_for_analysis(node.part)
    if isinstance(node, And | Or):
        return any(map(asks_for_analysis, node.parts))
    return isinstance(node, Field) and node.name in ANALYSIS_FIELDS


def _in_brackets(part: Node) -> str:
    return f"({part})" if isinstance(part, And | Or) else str(part)
