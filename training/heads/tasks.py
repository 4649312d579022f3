"""The classification tasks: their labels, and the target that an example gives for each."""

from collections.abc import Mapping

from training.data.labelled import Labelled
from voc_nlp.routing.model import NOBODY

DEPARTMENTS = (
    "customer_support",
    "store_operations",
    "logistics",
    "product_quality",
    "product_planning",
    "it_digital",
    "billing",
    "sales",
    "marketing",
    "compliance",
)

LABELS: Mapping[str, tuple[str, ...]] = {
    "sentiment": ("positive", "neutral", "negative", "mixed"),
    "intent": ("complaint", "praise", "suggestion", "question", "other"),
    "urgency": ("low", "normal", "high"),
    "churn": ("false", "true"),
    "owner": (*DEPARTMENTS, NOBODY),
}


def target(row: Labelled, task: str) -> str | None:
    """Name the right class of an example.

    Parameters
    ----------
    row : Labelled
        The example.
    task : str
        A key of `LABELS`.

    Returns
    -------
    str | None
        None when the example's source is silent about the task.
    """
    if task == "churn":
        return None if row.churn_risk is None else str(row.churn_risk).lower()
    if task == "owner":
        if row.departments is None:
            return None
        return row.departments[0] if row.departments else NOBODY
    values = {"sentiment": row.sentiment, "intent": row.intent, "urgency": row.urgency}
    return values[task]
