"""Weigh the phrases of leaving and of urgency against the heads, on comments that the heads have not seen."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from training.data.labelled import Labelled
from voc_nlp.features import Features
from voc_nlp.heads import LinearHead
from voc_nlp.routing.evidence import PhraseWeights, log_odds
from voc_nlp.routing.rules import find_phrases
from voc_nlp.schema import Language
from voc_nlp.text.normalize import normalize


def weigh_phrases(
    rows: Sequence[Labelled], features: Features, heads: Mapping[str, LinearHead]
) -> dict[str, dict[str, float]]:
    """Fit the weights of both tasks.

    Parameters
    ----------
    rows : Sequence[Labelled]
        Held-out comments with urgency and churn risk.
    features : Features
        Theirs.
    heads : Mapping[str, LinearHead]
        Calibrated heads ``churn`` and ``urgency``.

    Returns
    -------
    dict[str, dict[str, float]]
        Fields of `PhraseWeights` for ``churn`` and ``urgency``.
    """
    phrases = [find_phrases(normalize(row.text).text, Language(row.lang)) for row in rows]
    leaving = [bool(found.leaving) for found in phrases]
    urgent = [bool(found.urgent) for found in phrases]
    churn = heads["churn"].predict(features)[:, heads["churn"].labels.index("true")]
    high = heads["urgency"].predict(features)[:, heads["urgency"].labels.index("high")]
    return {
        "churn": asdict(fit_phrase_weights(churn, leaving, [bool(row.churn_risk) for row in rows])),
        "urgency": asdict(fit_phrase_weights(high, urgent, [row.urgency == "high" for row in rows])),
    }


def fit_phrase_weights(
    probabilities: NDArray[np.float32], found: Sequence[bool], truth: Sequence[bool]
) -> PhraseWeights:
    """Fit slope and additions by logistic regression.

    Parameters
    ----------
    probabilities : NDArray[np.float32]
        Of the head, shape (n,).
    found : Sequence[bool]
        Whether each comment holds a phrase.
    truth : Sequence[bool]
        What is right of each.

    Returns
    -------
    PhraseWeights
        Weights of a regression held back a little (C = 10); a phrase that would speak against its own
        task adds nothing.
    """
    odds = [log_odds(probability) for probability in probabilities.tolist()]
    matrix = np.stack([odds, np.asarray(found, dtype=np.float64)], axis=1)
    regression = LogisticRegression(C=10.0).fit(matrix, np.asarray(truth))
    slope, gain = regression.coef_[0].tolist()
    absent = float(regression.intercept_[0])
    return PhraseWeights(slope=slope, absent=absent, found=absent + max(gain, 0.0))
