"""Who owns a comment, what it wants, how urgent it is, whether the customer leaves: linear heads."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voc_nlp.artifacts import open_folder
from voc_nlp.contextual import ContextPart
from voc_nlp.embedding import Embedder
from voc_nlp.errors import TaxonomyError, UnknownFormatError
from voc_nlp.features import Features
from voc_nlp.heads import HeadStack, LinearHead
from voc_nlp.routing.departments import NOBODY as NOBODY
from voc_nlp.routing.departments import TRIAGE, DepartmentDescription
from voc_nlp.routing.evidence import Evidence, PhraseWeights
from voc_nlp.routing.prototypes import Prototypes
from voc_nlp.schema import Department, Intent, Language, UrgencyLevel, name_intent

ROUTING_KIND = "routing"

_MOST_OWNERS = 3
_LEVELS = tuple(UrgencyLevel)

_AT_RISK_FROM = 0.4
"""Least probability of leaving where a folder, written before it stood there, states none."""

_LEAST_RIVAL = 0.05
"""A department less likely than this is no rival of the owners."""


@dataclass(frozen=True, slots=True)
class RoutingPrediction:
    """What the heads say of one comment.

    Parameters
    ----------
    departments : tuple[Department, ...]
        Owners, primary first, at most three.
    abstained : bool
        True when the primary owner is less likely than the model's threshold;
        `departments` then holds the best guess, or nobody where the likeliest owner is one that the
        customer does not have and no other is worth a guess.
    intent : Intent
        What the customer wants.
    urgency : UrgencyLevel
        How soon somebody must act.
    urgency_probabilities : Mapping[UrgencyLevel, float]
        Of every level.
    churn : float
        Probability that the customer is leaving.
    at_risk : bool
        Whether that is enough to say that the customer is leaving.
    owners : Mapping[str, float]
        Probability of every department to be the primary owner, and of `NOBODY`; they sum to one.
    runner_up : Department | None
        The rival: the likeliest department that is no owner; None where the comment is as good as sure.
        Where the model abstains without a guess it is always named.
    """

    departments: tuple[Department, ...]
    abstained: bool
    intent: Intent
    urgency: UrgencyLevel
    urgency_probabilities: Mapping[UrgencyLevel, float]
    churn: float
    at_risk: bool
    owners: Mapping[str, float]
    runner_up: Department | None = None


class RoutingModel:
    """Predicts departments, intent, urgency and churn risk of comments.

    Parameters
    ----------
    heads : dict[str, LinearHead]
        ``owner`` (departments and `NOBODY`), ``departments`` (one against the
        rest), ``intent``, ``urgency`` and ``churn``.
    abstain_below : float
        Least probability of the primary owner.
    share_from : float
        Least probability of a further owner.
    urgent_from : float
        Probability from which a comment is of high urgency, be another level likelier or not:
        an urgent comment that is missed costs more than one that is read too soon.
    at_risk_from : float
        Probability of leaving from which a customer is at risk.
    phrases : Mapping[str, Mapping[str, float]] | None
        What phrases add, by task: fields of `PhraseWeights` for ``churn`` and ``urgency``.
    """

    def __init__(
        self,
        heads: dict[str, LinearHead],
        *,
        abstain_below: float,
        share_from: float,
        urgent_from: float,
        at_risk_from: float = _AT_RISK_FROM,
        phrases: Mapping[str, Mapping[str, float]] | None = None,
    ) -> None:
        self._stack = HeadStack(heads)
        self._owner_names = heads["owner"].labels
        self._departments = heads["departments"].labels
        self._absent: frozenset[str] = frozenset()
        self._prototypes: Prototypes | None = None
        self._intents = tuple(name_intent(label) for label in heads["intent"].labels)
        self._levels = tuple(UrgencyLevel(label) for label in heads["urgency"].labels)
        self._leaves = heads["churn"].labels.index("true")
        self._abstain_below = abstain_below
        self._share_from = share_from
        self._urgent_from = urgent_from
        self._at_risk_from = at_risk_from
        self._leaving = PhraseWeights.read(phrases or {}, "churn")
        self._urgent = PhraseWeights.read(phrases or {}, "urgency")

    @classmethod
    def load(
        cls,
        folder: Path,
        context: Mapping[str, ContextPart] | None = None,
        thresholds: Mapping[str, float] | None = None,
        phrases: Mapping[str, Mapping[str, float]] | None = None,
    ) -> "RoutingModel":
        """Open a model folder of kind ``routing``.

        Parameters
        ----------
        folder : Path
            The model folder.
        context : Mapping[str, ContextPart] | None
            What a contextual encoder adds, by task.
        thresholds : Mapping[str, float] | None
            Thresholds that replace the folder's own.
        phrases : Mapping[str, Mapping[str, float]] | None
            What phrases add, in place of the folder's own.

        Returns
        -------
        RoutingModel
            Ready to predict.

        Raises
        ------
        UnknownFormatError
            If the folder lacks a threshold.
        """
        model = open_folder(folder, ROUTING_KIND)
        heads = {
            name: LinearHead.from_arrays(model.tensors(name), facts).with_context((context or {}).get(name))
            for name, facts in model.config["heads"].items()
        }
        least = {**model.config["thresholds"], **(thresholds or {})}
        missing = [name for name in ("abstain_below", "share_from", "urgent_from") if name not in least]
        if missing:
            raise UnknownFormatError(
                f"{folder} lacks the thresholds {', '.join(missing)}; train routing again"
            )
        return cls(
            heads,
            abstain_below=least["abstain_below"],
            share_from=least["share_from"],
            urgent_from=least["urgent_from"],
            at_risk_from=least.get("at_risk_from", _AT_RISK_FROM),
            phrases=model.config.get("phrases", {}) if phrases is None else phrases,
        )

    @property
    def trained_departments(self) -> tuple[str, ...]:
        """The departments that the heads were trained on."""
        return trained_departments(self._stack.heads["owner"].labels)

    def with_departments(
        self,
        departments: Sequence[DepartmentDescription],
        embedder: Embedder,
        centers: NDArray[np.float32],
    ) -> "RoutingModel":
        """Return a model that names these departments and no others.

        One that the heads were not trained on is known by a prototype; one that the heads name and that is
        not here never owns a comment.

        Parameters
        ----------
        departments : Sequence[DepartmentDescription]
            All departments that there are; `TRIAGE` is passed over.
        embedder : Embedder
            The encoder of the vectors that `predict` is given.
        centers : NDArray[np.float32]
            What comments in Japanese and in English have in common, shape (2, dimension).

        Returns
        -------
        RoutingModel
            Another model; this one stays as it is.

        Raises
        ------
        TaxonomyError
            If there is no department beside `TRIAGE`, or one is there twice.
        """
        given = [one for one in departments if one.id != TRIAGE]
        ids = [one.id for one in given]
        if not given or len(set(ids)) < len(ids):
            raise TaxonomyError(
                f"met the departments {', '.join(ids) or 'none'}; expected at least one beside {TRIAGE!r}, "
                "each once"
            )
        known = self.trained_departments
        new = [own_id for own_id in ids if own_id not in known]
        other = copy.copy(self)
        other._absent = frozenset(known) - set(ids)
        other._prototypes = Prototypes(given, new, embedder, centers) if new else None
        other._owner_names = (*self._stack.heads["owner"].labels, *new)
        other._departments = (*self._stack.heads["departments"].labels, *new)
        return other

    def predict(
        self,
        features: Features,
        evidence: Sequence[Evidence] | None = None,
        texts: Sequence[tuple[str, Language]] | None = None,
    ) -> list[RoutingPrediction]:
        """Predict for comments.

        Parameters
        ----------
        features : Features
            Features of n comments.
        evidence : Sequence[Evidence] | None
            The phrases of each; as if there were none when None.
        texts : Sequence[tuple[str, Language]] | None
            Normalised text and language of each; needed where a department has a prototype.

        Returns
        -------
        list[RoutingPrediction]
            In the order of the comments.
        """
        columns = {name: found.tolist() for name, found in self._stack.predict(features).items()}
        if self._prototypes is not None:
            self._add_new(columns, features, texts)
        evidence = evidence if evidence is not None else [Evidence()] * len(features)
        found = []
        for owner, shared, intent, urgency, churn, phrases in zip(
            columns["owner"],
            columns["departments"],
            columns["intent"],
            columns["urgency"],
            columns["churn"],
            evidence,
            strict=True,
        ):
            departments, abstained = self._owners(owner, shared)
            urgencies = self._urgencies(urgency, phrases.urgent)
            leaves = self._leaving.apply(churn[self._leaves], phrases.leaving)
            found.append(
                RoutingPrediction(
                    departments=departments,
                    abstained=abstained,
                    intent=Intent(
                        self._intents[intent.index(max(intent))],
                        dict(zip(self._intents, intent, strict=True)),
                    ),
                    urgency=self._level(urgencies),
                    urgency_probabilities=urgencies,
                    churn=leaves,
                    at_risk=leaves >= self._at_risk_from,
                    owners=dict(zip(self._owner_names, owner, strict=True)),
                    runner_up=self._runner_up(owner, departments, abstained),
                )
            )
        return found

    def speak_for(
        self,
        features: Features,
        owners: Sequence[str],
        texts: Sequence[tuple[str, Language]] | None = None,
    ) -> list[float]:
        """Tell how clearly stretches of comments speak for an owner.

        Parameters
        ----------
        features : Features
            Features of n stretches.
        owners : Sequence[str]
            The department to ask for, of each.
        texts : Sequence[tuple[str, Language]] | None
            As `predict` takes them.

        Returns
        -------
        list[float]
            Probabilities.
        """
        probabilities = self._stack.heads["owner"].predict(features)
        if self._prototypes is not None:
            columns = {"owner": probabilities.tolist(), "departments": [[]] * len(features)}
            self._add_new(columns, features, texts)
            return [
                row[self._owner_names.index(owner)]
                for row, owner in zip(columns["owner"], owners, strict=True)
            ]
        places = [self._owner_names.index(owner) for owner in owners]
        found: list[float] = probabilities[np.arange(len(places)), places].tolist()
        return found

    def _add_new(
        self,
        columns: dict[str, list[list[float]]],
        features: Features,
        texts: Sequence[tuple[str, Language]] | None,
    ) -> None:
        """Put the departments with a prototype beside those of the heads, which keep what is left of one."""
        assert self._prototypes is not None
        if texts is None:
            raise ValueError(
                "the departments with a prototype ask for the texts; give them beside the features"
            )
        present = [column for column, name in enumerate(self._owner_names) if name not in self._absent]
        present = [column for column in present if column < len(self._stack.heads["owner"].labels)]
        best = [max(row[column] for column in present) for row in columns["owner"]]
        new = self._prototypes.weigh(features.vectors, texts, best)
        columns["owner"] = [
            [*(probability * (1 - sum(added)) for probability in row), *added]
            for row, added in zip(columns["owner"], new, strict=True)
        ]
        columns["departments"] = [
            [*row, *added] for row, added in zip(columns["departments"], new, strict=True)
        ]

    def _urgencies(self, probabilities: Sequence[float], found: bool) -> dict[UrgencyLevel, float]:
        """Let the phrases move the probability of high; the other levels share the rest as before."""
        given = dict(zip(self._levels, probabilities, strict=True))
        high = self._urgent.apply(given[UrgencyLevel.HIGH], found)
        left = (1 - high) / max(1 - given[UrgencyLevel.HIGH], 1e-9)
        return {level: high if level is UrgencyLevel.HIGH else given[level] * left for level in _LEVELS}

    def _level(self, probabilities: Mapping[UrgencyLevel, float]) -> UrgencyLevel:
        """Take high from its threshold on, else the likeliest level."""
        if probabilities[UrgencyLevel.HIGH] >= self._urgent_from:
            return UrgencyLevel.HIGH
        return max(probabilities, key=probabilities.__getitem__)

    def _owners(self, owner: Sequence[float], shared: Sequence[float]) -> tuple[tuple[Department, ...], bool]:
        """Name the primary owner and those that share the comment with it."""
        best = max(owner)
        primary = self._owner_names[owner.index(best)]
        if primary in self._absent:
            best, primary = self._next_best(owner)
            if best < _LEAST_RIVAL:
                return (), True
        abstained = best < self._abstain_below
        if primary == NOBODY:
            return (), abstained
        others = sorted(
            (
                (-probability, column)
                for column, probability in enumerate(shared)
                if probability >= self._share_from
                and self._departments[column] != primary
                and self._departments[column] not in self._absent
            )
        )
        further = (Department(self._departments[c], -minus) for minus, c in others[: _MOST_OWNERS - 1])
        return (Department(primary, best), *further), abstained

    def _next_best(self, owner: Sequence[float]) -> tuple[float, str]:
        """Name the likeliest department that there is; what an absent one would own is not nobody's."""
        passed_over = {NOBODY, *self._absent}
        there = [
            (probability, name)
            for name, probability in zip(self._owner_names, owner, strict=True)
            if name not in passed_over
        ]
        return max(there, key=itemgetter(0))

    def _runner_up(
        self, owner: Sequence[float], departments: Sequence[Department], abstained: bool
    ) -> Department | None:
        """Name the likeliest department that is no owner, where it has a chance worth naming."""
        named = {NOBODY, *self._absent, *(department.id for department in departments)}
        least = 0.0 if abstained and not departments else _LEAST_RIVAL
        rivals = [
            (probability, name)
            for name, probability in zip(self._owner_names, owner, strict=True)
            if probability >= least and name not in named
        ]
        if not rivals:
            return None
        probability, name = max(rivals, key=itemgetter(0))
        return Department(name, probability)


def trained_departments(labels: Sequence[str]) -> tuple[str, ...]:
    """Tell the departments among the classes of an owner head.

    Parameters
    ----------
    labels : Sequence[str]
        The classes.

    Returns
    -------
    tuple[str, ...]
        All but `NOBODY`.
    """
    return tuple(label for label in labels if label != NOBODY)
