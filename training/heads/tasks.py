"""The classification tasks: their labels, and the target that an example gives for each."""

from collections.abc import Iterable, Mapping, Sequence

from training.data.labelled import Labelled
from voc_nlp.routing.model import NOBODY, trained_departments

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
    # The shipped classes. Heads state their own in their folder's manifest.
    "sentiment": ("positive", "neutral", "negative", "mixed"),
    "intent": ("complaint", "praise", "suggestion", "question", "other"),
    "urgency": ("low", "normal", "high"),
    "churn": ("false", "true"),
    "owner": (*DEPARTMENTS, NOBODY),
}


def label_lists(
    departments: Sequence[str] = DEPARTMENTS, intents: Sequence[str] = LABELS["intent"]
) -> Mapping[str, tuple[str, ...]]:
    """List the classes of every task.

    Parameters
    ----------
    departments : Sequence[str]
        Ids of the departments; the shipped ones when not given.
    intents : Sequence[str]
        Ids of the intents; the shipped ones when not given.

    Returns
    -------
    Mapping[str, tuple[str, ...]]
        As `LABELS`.
    """
    return {**LABELS, "owner": (*departments, NOBODY), "intent": tuple(intents)}


def departments_of(labels: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Tell the departments among the classes of the first owner.

    Parameters
    ----------
    labels : Mapping[str, Sequence[str]]
        Classes by task.

    Returns
    -------
    tuple[str, ...]
        All but nobody.
    """
    return trained_departments(labels["owner"])


def seen_labels(rows: Iterable[Labelled]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """List the departments and the intents that examples name.

    Parameters
    ----------
    rows : Iterable[Labelled]
        The examples.

    Returns
    -------
    tuple[tuple[str, ...], tuple[str, ...]]
        Departments and intents, each sorted.
    """
    departments: set[str] = set()
    intents: set[str] = set()
    for row in rows:
        departments.update(row.departments or ())
        if row.intent is not None:
            intents.add(row.intent)
    return tuple(sorted(departments)), tuple(sorted(intents))


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
