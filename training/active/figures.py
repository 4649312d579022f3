"""What the curves of the study say: means over the repetitions, gains over random picking, labels saved."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.active.plan import Plan
from training.active.study import Curves
from training.evaluate.metrics import Score, bootstrap

FIGURES = Path(__file__).resolve().parent / "figures.json"
"""The figures of the last study, which the page of the evaluation is written from."""

RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Study:
    """A study that was run.

    Parameters
    ----------
    plan : Plan
        How much was labelled.
    test : int
        Comments that were measured on.
    curves : Curves
        What came out.
    """

    plan: Plan
    test: int
    curves: Curves

    def points(self, strategy: str, task: str, langs: Sequence[str]) -> NDArray[np.float64]:
        """Return the curves of one strategy and task, the mean over languages.

        Parameters
        ----------
        strategy : str
            One of the study's.
        task : str
            One of its tasks.
        langs : Sequence[str]
            The languages.

        Returns
        -------
        NDArray[np.float64]
            Shape (seeds, points).
        """
        curves = np.asarray([self.curves[strategy][task][lang] for lang in langs], dtype=np.float64)
        mean: NDArray[np.float64] = curves.mean(axis=0)
        return mean

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON shape.

        Returns
        -------
        dict[str, Any]
            The fields.
        """
        return {"plan": self.plan.to_dict(), "test": self.test, "curves": self.curves}


def gain(study: Study, strategy: str, tasks: Sequence[str], langs: Sequence[str]) -> Score:
    """Compare the areas under the curves of a strategy and of random picking, seed by seed.

    Parameters
    ----------
    study : Study
        The study.
    strategy : str
        The strategy.
    tasks : Sequence[str]
        Tasks whose mean is taken.
    langs : Sequence[str]
        Languages whose mean is taken.

    Returns
    -------
    Score
        Mean difference of macro-F1 over all points after the start, with the 95% interval of a bootstrap
        over the seeds.
    """
    per_task = [study.points(strategy, task, langs) - study.points(RANDOM, task, langs) for task in tasks]
    differences = np.mean(per_task, axis=0)[:, 1:].mean(axis=1)
    return bootstrap(lambda seeds: float(differences[seeds].mean()), len(differences))


def labels_to_reach(counts: Sequence[int], curve: Sequence[float], level: float) -> int | None:
    """Tell how many labels a curve needs to reach a level.

    Parameters
    ----------
    counts : Sequence[int]
        Labels at each point, ascending.
    curve : Sequence[float]
        Macro-F1 at each.
    level : float
        What is to be reached.

    Returns
    -------
    int | None
        Between two points by a straight line; None where the curve never gets there.
    """
    for place, value in enumerate(curve):
        if value >= level:
            if place == 0:
                return counts[0]
            before = curve[place - 1]
            share = (level - before) / (value - before)
            return round(counts[place - 1] + share * (counts[place] - counts[place - 1]))
    return None


def write_study(study: Study, path: Path = FIGURES) -> None:
    """Write the figures down.

    Parameters
    ----------
    study : Study
        The study.
    path : Path
        A JSON file.
    """
    path.write_text(json.dumps(study.to_dict()) + "\n", encoding="utf-8")


def read_study(path: Path = FIGURES) -> Study | None:
    """Read the figures of the last study.

    Parameters
    ----------
    path : Path
        A JSON file.

    Returns
    -------
    Study | None
        None where there is none.
    """
    if not path.is_file():
        return None
    read: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Study(Plan(**read["plan"]), read["test"], read["curves"])
