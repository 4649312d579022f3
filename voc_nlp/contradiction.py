"""Whether a comment says the opposite of the NPS answer that came with it."""

from voc_nlp.schema import Contradiction, Intent, IntentLabel, Sentiment, SentimentLabel

_PROMOTER_FROM = 9
_DETRACTOR_TO = 6
_CLEARLY = 0.5
"""A score this far from zero speaks for one side; a two-sided comment that tilts is no contradiction."""


def find_contradiction(sentiment: Sentiment, intent: Intent, nps: int | None) -> Contradiction | None:
    """Compare a comment with its NPS answer.

    Parameters
    ----------
    sentiment : Sentiment
        Of the whole comment.
    intent : Intent
        What the customer wants.
    nps : int | None
        Answer from 0 to 10; None when there is none.

    Returns
    -------
    Contradiction | None
        None where both agree, or where either says nothing clear.

    References
    ----------
    Reichheld (2003), The one number you need to grow: 9 and 10 are promoters, 0 to 6 detractors.
    """
    if nps is None:
        return None
    complains = intent.label is IntentLabel.COMPLAINT or sentiment.label is SentimentLabel.NEGATIVE
    if nps >= _PROMOTER_FROM and complains and sentiment.score <= -_CLEARLY:
        return Contradiction.HIGH_SCORE_COMPLAINT
    praises = intent.label is not IntentLabel.COMPLAINT and sentiment.label is SentimentLabel.POSITIVE
    if nps <= _DETRACTOR_TO and praises and sentiment.score >= _CLEARLY:
        return Contradiction.LOW_SCORE_PRAISE
    return None
