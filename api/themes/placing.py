"""From a comment to the rows of its themes: learnt themes, rule themes, a person's corrections.

The order and the meaning are those of `voc_nlp.topics.assign.assign_texts`; the vectors
come from the tables instead of the texts.
"""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row

from api.db.tables import CommentRow
from voc_nlp.schema import (
    Analysis,
    Churn,
    Comment,
    Department,
    Intent,
    IntentLabel,
    Language,
    Sentiment,
    SentimentLabel,
    ThemeMatch,
    Urgency,
    UrgencyLevel,
    name_intent,
)
from voc_nlp.topics.assign import stand_in
from voc_nlp.topics.model import ThemeModel

LEARNT, RULE, PERSON = "learnt", "rule", "person"
_CERTAIN = 1.0
_NEUTRAL = Sentiment(SentimentLabel.NEUTRAL, 0.0, {})
_NO_INTENT, _NO_URGENCY, _NO_CHURN = (
    Intent(IntentLabel.OTHER, {}),
    Urgency(UrgencyLevel.NORMAL),
    Churn(False, 0.0),
)


class Placed(NamedTuple):
    """One theme of one comment, as it is stored; its place in the list is its rank."""

    theme_id: str
    similarity: float
    origin: str


def place(
    model: ThemeModel,
    comment_id: str,
    learnt: Sequence[ThemeMatch],
    ruled: Mapping[str, int],
    vector: NDArray[np.float32] | None,
    language: Language,
) -> tuple[Placed, ...]:
    """Put the themes of one comment in their order.

    Parameters
    ----------
    model : ThemeModel
        The themes, with the corrections.
    comment_id : str
        The comment.
    learnt : Sequence[ThemeMatch]
        What the vectors say, best first.
    ruled : Mapping[str, int]
        Rule themes of the comment, each with its place in the model.
    vector : NDArray[np.float32] | None
        Of the comment; None where it says nothing or the model is of another encoder.
    language : Language
        Of the comment.

    Returns
    -------
    tuple[Placed, ...]
        Best first; a person's theme stands before all, and in place of the learnt ones.
    """
    by_rule = tuple(Placed(one, _CERTAIN, RULE) for one in sorted(ruled, key=ruled.__getitem__))
    by_vector = tuple(Placed(one.id, round(one.similarity, 4), LEARNT) for one in learnt)
    if comment_id not in model.corrections:
        return (*by_rule, *by_vector)
    theme_id = model.corrections[comment_id]
    if theme_id is None:
        return by_rule
    given = stand_in(model, theme_id, vector, language)
    return (*by_rule, *by_vector) if given is None else (Placed(given.id, _CERTAIN, PERSON), *by_rule)


def comment_of(row: CommentRow | Row[Any], zone: tzinfo) -> Comment:
    """Read a stored comment as queries and fits see it.

    Parameters
    ----------
    row : CommentRow | Row[Any]
        The comment, or its columns.
    zone : tzinfo
        Of the tenant's calendar: `created_at` is told in it.

    Returns
    -------
    Comment
        With the masked text.
    """
    written_at = row.written_at.astimezone(zone).isoformat() if row.written_at else None
    return Comment(
        id=row.id,
        text=row.masked_text,
        lang=row.lang,
        channel=row.channel,
        industry=row.industry,
        touchpoint=row.touchpoint,
        customer_id=row.customer_id,
        created_at=written_at,
        nps=row.nps,
        csat=row.csat,
        ces=row.ces,
        extra=row.extra,
    )


def language_alone(comment_id: str, language: str) -> Analysis:
    """Make the analysis of a comment for rules that ask for nothing of it but the language.

    Parameters
    ----------
    comment_id : str
        The comment.
    language : str
        Its language.

    Returns
    -------
    Analysis
        Neutral in all else.
    """
    return Analysis(
        id=comment_id,
        language=Language(language),
        meaningful=True,
        sentiment=_NEUTRAL,
        sentences=(),
        aspects=(),
        intent=_NO_INTENT,
        urgency=_NO_URGENCY,
        churn=_NO_CHURN,
        departments=(),
        abstained=False,
        themes=(),
        pii=(),
        model_version="",
    )


def analysis_of(body: Mapping[str, Any]) -> Analysis:
    """Read of a stored analysis what queries ask for; the rest is left out.

    Parameters
    ----------
    body : Mapping[str, Any]
        The published JSON shape.

    Returns
    -------
    Analysis
        Without spans and probabilities.
    """
    return Analysis(
        id=body["id"],
        language=Language(body["language"]),
        meaningful=body["meaningful"],
        sentiment=Sentiment(SentimentLabel(body["sentiment"]["label"]), body["sentiment"]["score"], {}),
        sentences=(),
        aspects=(),
        intent=Intent(name_intent(body["intent"]["label"]), {}),
        urgency=Urgency(UrgencyLevel(body["urgency"]["level"])),
        churn=Churn(body["churn"]["at_risk"], body["churn"]["probability"]),
        departments=tuple(Department(one["id"], one["probability"]) for one in body["departments"]),
        abstained=body["abstained"],
        themes=(),
        pii=(),
        model_version=body["model_version"],
    )
