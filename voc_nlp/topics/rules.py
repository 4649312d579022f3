"""Rule themes of a model: which there are, and which of them a comment follows."""

from collections.abc import Sequence
from functools import lru_cache

from voc_nlp.schema import Analysis, Comment
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.queries.documents import read_document
from voc_nlp.topics.queries.query import Query, parse_query
from voc_nlp.topics.theme import Theme, ThemeKind


def rules_of(model: ThemeModel) -> list[Theme]:
    """List the rule themes in use.

    Parameters
    ----------
    model : ThemeModel
        The themes.

    Returns
    -------
    list[Theme]
        In the order of the model.
    """
    return [
        theme for theme in model.themes if theme.kind is ThemeKind.RULE and theme.query and not theme.archived
    ]


def query_of(rule: Theme) -> Query:
    """Read the query of a rule theme; it is parsed once.

    Parameters
    ----------
    rule : Theme
        A rule theme.

    Returns
    -------
    Query
        Its query.
    """
    return _parse(rule.query or "")


def follow(
    rules: Sequence[Theme], comment: Comment, analysis: Analysis | None, dictionary: Dictionary
) -> list[Theme]:
    """Find the rule themes that a comment belongs to.

    Parameters
    ----------
    rules : Sequence[Theme]
        Rule themes.
    comment : Comment
        The comment.
    analysis : Analysis | None
        What was said about it; without it rules that ask for it are passed over.
    dictionary : Dictionary
        The tenant's words.

    Returns
    -------
    list[Theme]
        Those that hold, in the order of `rules`.
    """
    asked = [
        (rule, query)
        for rule, query in zip(rules, map(query_of, rules), strict=True)
        if analysis is not None or not query.needs_analysis
    ]
    if not asked:
        return []
    with_words = any(query.needs_words for _, query in asked)
    document = read_document(comment, dictionary=dictionary, analysis=analysis, with_words=with_words)
    return [rule for rule, query in asked if query.matches(document)]


@lru_cache(maxsize=4_096)
def _parse(text: str) -> Query:
    return parse_query(text)
