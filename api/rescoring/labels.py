"""The labels of an analysis that two scorings are compared by."""

from collections.abc import Mapping, Sequence
from typing import Any

Label = str | bool | list[str]
NONE = "none"

SENTIMENT, INTENT, URGENCY, CHURN = "sentiment", "intent", "urgency", "churn"
DEPARTMENTS, ABSTAINED, THEMES = "departments", "abstained", "themes"
TASKS = (SENTIMENT, INTENT, URGENCY, CHURN, DEPARTMENTS, ABSTAINED, THEMES)


def labels_of(body: Mapping[str, Any], themes: Sequence[str]) -> dict[str, Label]:
    """Read the labels of one analysis.

    Parameters
    ----------
    body : Mapping[str, Any]
        The published JSON shape.
    themes : Sequence[str]
        Ids of the comment's themes by the tenant's model.

    Returns
    -------
    dict[str, Label]
        By task. The first department is the primary owner, the order of the others does not
        matter; nor does that of themes.
    """
    owners = [each["id"] for each in body["departments"]]
    return {
        SENTIMENT: body["sentiment"]["label"],
        INTENT: body["intent"]["label"],
        URGENCY: body["urgency"]["level"],
        CHURN: body["churn"]["at_risk"],
        DEPARTMENTS: owners[:1] + sorted(owners[1:]),
        ABSTAINED: body["abstained"],
        THEMES: sorted(themes),
    }


def word_of(label: Label) -> str:
    """Write a label as one word, for counting.

    Parameters
    ----------
    label : Label
        The label.

    Returns
    -------
    str
        Several ids are joined by ``+``.
    """
    if isinstance(label, list):
        return "+".join(label) or NONE
    return str(label).lower() if isinstance(label, bool) else label
