"""What found phrases add to a probability: the model's answer and the rules, weighed on held-out comments."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

from voc_nlp.errors import UnknownFormatError

_SURE = 1e-6
"""Probabilities are kept this far from 0 and 1, where their log odds end."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Which phrases a comment holds.

    Parameters
    ----------
    leaving : bool
        A phrase in which the customer leaves.
    urgent : bool
        A phrase that makes a comment urgent.
    """

    leaving: bool = False
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class PhraseWeights:
    """How a probability moves with the phrases, in log odds.

    Parameters
    ----------
    slope : float
        What the model's own log odds are multiplied by.
    absent, found : float
        What is added without and with a phrase.
    """

    slope: float = 1.0
    absent: float = 0.0
    found: float = 0.0

    def apply(self, probability: float, found: bool) -> float:
        """Move a probability.

        Parameters
        ----------
        probability : float
            The model's own, in [0, 1].
        found : bool
            Whether a phrase was found.

        Returns
        -------
        float
            In (0, 1).
        """
        odds = self.slope * log_odds(probability) + (self.found if found else self.absent)
        return 1 / (1 + math.exp(-odds))

    @classmethod
    def read(cls, table: Mapping[str, Mapping[str, float]], name: str) -> "PhraseWeights":
        """Take the weights of one task out of a model's table.

        Parameters
        ----------
        table : Mapping[str, Mapping[str, float]]
            Weights by task; may be empty.
        name : str
            ``churn`` or ``urgency``.

        Returns
        -------
        PhraseWeights
            Weights that change nothing where the table has none.

        Raises
        ------
        UnknownFormatError
            If they are not what this version reads.
        """
        if name not in table:
            return cls()
        weights, known = table[name], [field.name for field in fields(cls)]
        if not isinstance(weights, Mapping) or not set(weights) <= set(known):
            met = ", ".join(sorted(weights)) if isinstance(weights, Mapping) else type(weights).__name__
            raise UnknownFormatError(
                f"the phrase weights of {name} are {met}; expected {', '.join(known)}. "
                "They are of another version: train the model again, or take the folder of this version."
            )
        return cls(**weights)


def log_odds(probability: float) -> float:
    """Give the log odds of a probability, which stay finite at 0 and 1.

    Parameters
    ----------
    probability : float
        In [0, 1].

    Returns
    -------
    float
        Finite.
    """
    kept = min(max(probability, _SURE), 1 - _SURE)
    return math.log(kept / (1 - kept))
