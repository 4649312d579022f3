"""Lay a line of OUT flat for CSV and Parquet: plain columns to filter by, JSON columns for the rest.

A line becomes, in this order: ``id``; ``text`` when the input had it; the plain
columns of the layout; ``error_code`` and ``error_message``; the input's other
columns in the order they were met; and one column ``<key>_json`` for each nested
key of the answer, as the JSONL line has it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voc_nlp.records.jsonl import dump, encodable
from voc_nlp.records.record import RESERVED, free_name

LIST_SEPARATOR = ";"
"""Between the members of a list that is written into one cell, such as departments."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that a kind of answer always has.

    Parameters
    ----------
    plain : Mapping[str, type]
        Name and type of each plain column, in order.
    nested : tuple[str, ...]
        Keys of the answer that get a column ``<key>_json``.
    """

    plain: Mapping[str, type]
    nested: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return every column of the layout but ``text``.

        Returns
        -------
        tuple[str, ...]
            In the order in which they are written.
        """
        return ("id", *self.plain, *(f"{key}_json" for key in self.nested))


_ERROR: dict[str, type] = {"error_code": str, "error_message": str}

ANALYSIS_LAYOUT = Layout(
    plain={
        "language": str,
        "meaningful": bool,
        "sentiment": str,
        "score": float,
        "intent": str,
        "urgency": str,
        "churn_at_risk": bool,
        "churn_probability": float,
        "departments": str,
        "abstained": bool,
        "runner_up": str,
        "contradiction": str,
        "themes": str,
        "model_version": str,
        **_ERROR,
    },
    nested=(
        "sentiment",
        "sentences",
        "aspects",
        "intent",
        "urgency",
        "churn",
        "departments",
        "themes",
        "pii",
        "runner_up",
        "deciding_sentence",
        "masked_complaint",
    ),
)
"""Of `voc analyze`."""

THEMES_LAYOUT = Layout(plain={"themes": str, "similarity": float, **_ERROR}, nested=("themes",))
"""Of `voc themes assign`; `similarity` is that of the best theme."""


def flatten(line: Mapping[str, Any], layout: Layout) -> dict[str, Any]:
    """Lay one line of OUT flat.

    Parameters
    ----------
    line : Mapping[str, Any]
        As `answer_columns` makes it.
    layout : Layout
        Which plain and JSON columns there are.

    Returns
    -------
    dict[str, Any]
        Values by column, those that there are; an input column of a taken name is
        kept as ``input_<name>``.
    """
    flat = {name: value for name, value in _plain(line).items() if name in layout.plain and value is not None}
    flat["id"] = line["id"]
    for key in layout.nested:
        if key in line:
            flat[f"{key}_json"] = dump(line[key])
    names = frozenset(layout.names)
    for name, value in line.items():
        if name in RESERVED:
            continue
        name = encodable(name)
        if name in names or name in flat:
            name = free_name(name, names | flat.keys())
        flat[name] = value
    return flat


def _plain(line: Mapping[str, Any]) -> dict[str, Any]:
    """Pick the plain values out of an answer."""
    sentiment = line.get("sentiment", {})
    churn = line.get("churn", {})
    best: Mapping[str, Any] = next(iter(line.get("themes", ())), {})
    error = line.get("error", {})
    return {
        "language": line.get("language"),
        "meaningful": line.get("meaningful"),
        "sentiment": sentiment.get("label"),
        "score": sentiment.get("score"),
        "intent": line.get("intent", {}).get("label"),
        "urgency": line.get("urgency", {}).get("level"),
        "churn_at_risk": churn.get("at_risk"),
        "churn_probability": churn.get("probability"),
        "departments": _joined(line.get("departments"), "id"),
        "abstained": line.get("abstained"),
        "runner_up": (line.get("runner_up") or {}).get("id"),
        "contradiction": line.get("contradiction"),
        "themes": _joined(line.get("themes"), "label"),
        "similarity": best.get("similarity"),
        "model_version": line.get("model_version"),
        "error_code": error.get("code"),
        "error_message": error.get("message"),
    }


def _joined(members: Sequence[Mapping[str, Any]] | None, key: str) -> str | None:
    """Write one value of each member into one cell; None when there is no list."""
    return None if members is None else LIST_SEPARATOR.join(str(member[key]) for member in members)
