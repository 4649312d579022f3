"""How much the study labels."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is labelled.

    Parameters
    ----------
    seeds : int
        Repetitions, each with a pool and a start of its own.
    rounds : int
        Rounds after the start.
    start : int
        Labels to begin with, drawn at random.
    batch : int
        Labels a round.
    pool : int
        Comments to choose from.
    first_seed : int
        Number of the first repetition; others than those that settings were chosen on.
    """

    seeds: int = 10
    rounds: int = 10
    start: int = 100
    batch: int = 50
    pool: int = 3000
    first_seed: int = 0

    def label_counts(self) -> list[int]:
        """List how many comments are labelled at each point of a curve.

        Returns
        -------
        list[int]
            Ascending.
        """
        return [self.start + number * self.batch for number in range(self.rounds + 1)]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON shape.

        Returns
        -------
        dict[str, Any]
            The fields.
        """
        return asdict(self)
