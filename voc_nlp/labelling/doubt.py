"""How sure an answer is of itself, and how far two answers to the same comment lie apart, task by task."""

from collections.abc import Mapping
from typing import Any

TASKS = ("sentiment", "departments", "intent", "urgency", "churn")
"""The tasks that a person's label is asked for."""

_NOBODY = "nobody owns it"
_REST = "any other"


def uncertainty(answer: Mapping[str, Any]) -> dict[str, float]:
    """Tell how unsure an analysis is, by task.

    It is one less the margin: the probability of the likeliest class less that of the next one. A toss-up
    between two classes is 1 whatever the number of classes, so that tasks can be compared.

    Parameters
    ----------
    answer : Mapping[str, Any]
        The published JSON of an analysis (`voc_nlp.schema.Analysis.to_dict`).

    Returns
    -------
    dict[str, float]
        0 (sure) to 1 (a toss-up) for each of `TASKS` that the answer gives probabilities of; none of a
        refusal. Of the departments, 1 where the model abstained.

    References
    ----------
    Scheffer, Decomain, Wrobel (2001), Active hidden Markov models for information extraction (margin).
    """
    found = {
        task: 1 - _margin(probabilities)
        for task, probabilities in _probabilities(answer).items()
        if task != "departments"
    }
    owners = _owners(answer)
    if owners:
        # Half of what is not published, as if two more had it: of 955 answers of tier fast to dev writer f
        # this lies 0.03 from the true margin in the mean, and ranks wrong owners as well (AUC 0.756, 0.760).
        known = {**owners, _REST: owners.get(_REST, 0.0) / 2}
        found["departments"] = 1.0 if answer.get("abstained") else 1 - _margin(known)
    return {task: found[task] for task in TASKS if task in found}


def disagreement(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, float]:
    """Tell how far two answers to the same comment lie apart, by task.

    Parameters
    ----------
    first : Mapping[str, Any]
        The published JSON of an analysis, for instance by tier fast.
    second : Mapping[str, Any]
        That of the same comment by other models.

    Returns
    -------
    dict[str, float]
        Total variation distance of the probabilities, 0 (the same) to 1, for each of `TASKS` that both
        answers speak of. Where one of them gives its label alone, 1 if the labels differ, else 0.
    """
    one, other = ({**_probabilities(answer), "departments": _owners(answer)} for answer in (first, second))
    found = {}
    for task in TASKS:
        if one.get(task) and other.get(task):
            found[task] = _distance(one[task], other[task])
        elif (labels := (_label(first, task), _label(second, task))) and None not in labels:
            found[task] = float(labels[0] != labels[1])
    return found


def overall(by_task: Mapping[str, float]) -> float:
    """Put the tasks of one comment together, for `voc_nlp.labelling.choosing.Candidate`.

    Parameters
    ----------
    by_task : Mapping[str, float]
        What `uncertainty` or `disagreement` gave, or those of its tasks that labels are wanted for.

    Returns
    -------
    float
        The mean; 0 of nothing.
    """
    return sum(by_task.values()) / len(by_task) if by_task else 0.0


def _probabilities(answer: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Read the probabilities of the tasks whose classes are all published."""
    found = {}
    for task in ("sentiment", "intent", "urgency"):
        given = (answer.get(task) or {}).get("probabilities")
        if given:
            found[task] = {str(label): float(probability) for label, probability in given.items()}
    leaves = (answer.get("churn") or {}).get("probability")
    if leaves is not None:
        found["churn"] = {"true": float(leaves), "false": 1 - float(leaves)}
    return found


def _owners(answer: Mapping[str, Any]) -> dict[str, float]:
    """Put together what is published of the first owner; the rest may be anybody's, or nobody's."""
    if "departments" not in answer:
        return {}
    rival = answer.get("runner_up") or {}
    named = {str(rival["id"]): float(rival["probability"])} if rival else {}
    if answer["departments"]:
        primary = answer["departments"][0]
        named[str(primary["id"])] = float(primary["probability"])
    elif not answer.get("abstained"):
        return {**named, _NOBODY: 1 - sum(named.values())}
    return {**named, _REST: max(1 - sum(named.values()), 0.0)}


def _label(answer: Mapping[str, Any], task: str) -> str | None:
    """Name the class that an answer gives; None where it is silent."""
    if task == "departments":
        if "departments" not in answer:
            return None
        return str(answer["departments"][0]["id"]) if answer["departments"] else _NOBODY
    field = {"urgency": "level", "churn": "at_risk"}.get(task, "label")
    value = (answer.get(task) or {}).get(field)
    return None if value is None else str(value)


def _margin(probabilities: Mapping[str, float]) -> float:
    best, next_best, *_ = *sorted(probabilities.values(), reverse=True), 0.0
    return min(max(best - next_best, 0.0), 1.0)


def _distance(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    apart = sum(abs(first.get(label, 0.0) - second.get(label, 0.0)) for label in {**first, **second})
    return min(apart / 2, 1.0)
