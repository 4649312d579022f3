"""The tasks that people correct: what the model said of each, and whether that is the same."""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from api.policy.taxonomy import TRIAGE
from api.themes.placing import LEARNT, PERSON, Placed

NOBODY = "nobody"
"""Stands for an empty list of owners where figures name one."""


class Task(StrEnum):
    """What of a comment is corrected."""

    SENTIMENT = "sentiment"
    ASPECTS = "aspects"
    DEPARTMENTS = "departments"
    INTENT = "intent"
    URGENCY = "urgency"
    CHURN = "churn"
    THEME = "theme"


def model_label(task: Task, analysis: Mapping[str, Any], placed: Sequence[Placed]) -> Any:
    """Tell what the model said, in the shape in which people correct it.

    Parameters
    ----------
    task : Task
        Of what.
    analysis : Mapping[str, Any]
        The stored analysis.
    placed : Sequence[Placed]
        The stored themes of the comment.

    Returns
    -------
    Any
        JSON values. An abstention of the router is ``["triage"]``; themes are a list of ids, without those
        of rules, which no model gives, and None where only a person's word is stored.
    """
    match task:
        case Task.SENTIMENT:
            return analysis["sentiment"]["label"]
        case Task.INTENT:
            return analysis["intent"]["label"]
        case Task.URGENCY:
            return analysis["urgency"]["level"]
        case Task.CHURN:
            return analysis["churn"]["at_risk"]
        case Task.DEPARTMENTS:
            return [TRIAGE] if analysis["abstained"] else [one["id"] for one in analysis["departments"]]
        case Task.ASPECTS:
            return [
                {
                    "term": one["term"],
                    "start": one["start"],
                    "end": one["end"],
                    "sentiment": one["label"],
                }
                for one in analysis["aspects"]
            ]
        case Task.THEME:
            if any(one.origin == PERSON for one in placed):
                return None
            return [one.theme_id for one in placed if one.origin == LEARNT]


def agrees(task: Task, said: Any, label: Any) -> bool | None:
    """Say whether the model had said the same as a person.

    Parameters
    ----------
    task : Task
        Of what.
    said : Any
        What `model_label` gave.
    label : Any
        The person's label.

    Returns
    -------
    bool | None
        Departments: the same owners with the same primary one; aspects: the same stretches with the
        same polarities; a theme: one of the comment's. None where nothing is known.
    """
    if said is None:
        return None
    if task is Task.THEME:
        return not said if label is None else label in said
    return comparable(task, said) == comparable(task, label)


def comparable(task: Task, label: Any) -> str:
    """Write a label so that two that mean the same are equal.

    Parameters
    ----------
    task : Task
        Of what.
    label : Any
        A label.

    Returns
    -------
    str
        A category: without terms, owners beside the primary one sorted.
    """
    if task is Task.ASPECTS:
        label = sorted((one["start"], one["end"], one["sentiment"]) for one in label)
    elif task is Task.DEPARTMENTS:
        label = [*label[:1], *sorted(label[1:])]
    return label if isinstance(label, str) else json.dumps(label)


def wordless(task: Task, label: Any) -> Any:
    """Leave the customer's words out of a label, for the audit and the events.

    Parameters
    ----------
    task : Task
        Of what.
    label : Any
        A label.

    Returns
    -------
    Any
        Aspects without their terms; anything else as it is.
    """
    if task is not Task.ASPECTS or label is None:
        return label
    return [{name: value for name, value in one.items() if name != "term"} for one in label]
