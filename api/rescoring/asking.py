"""What a re-scoring was asked for, as the job stores it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, Self

from api.db.tables.jobs import RESCORING

KIND = RESCORING
"""Of the jobs."""

ANY_VERSION = "any"
"""Filter that takes comments whatever made their analysis."""


class Tickets(StrEnum):
    """What becomes of tickets."""

    LEAVE = "leave"
    """None is touched."""
    OPEN = "open"
    """The opening rules are asked about comments that have none, as at their receipt."""


@dataclass(frozen=True, slots=True)
class Makers:
    """What analyses at present: version of the models, and fingerprint of their departments."""

    model: str
    departments: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Which comments are scored again, and what with their tickets.

    Parameters
    ----------
    present : Makers
        What analysed when it was asked for.
    start, end : date or None
        First and last day of the comments, as exports count them.
    language, source, department, theme : str or None
        Of the comment; its owner and theme as they are when the job begins.
    model_version : str or None
        Only what that version analysed; `ANY_VERSION` takes all, None what was made by other
        models or other departments than the present ones.
    tickets : Tickets
        What becomes of tickets.
    dry_run : bool
        Whether only the report is written.
    """

    present: Makers
    start: date | None = None
    end: date | None = None
    language: str | None = None
    source: str | None = None
    department: str | None = None
    theme: str | None = None
    model_version: str | None = None
    tickets: Tickets = Tickets.LEAVE
    dry_run: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON shape that is stored.

        Returns
        -------
        dict[str, Any]
            Days are ISO 8601.
        """
        told = asdict(self)
        for name in ("start", "end"):
            told[name] = told[name].isoformat() if told[name] else None
        return told | {"tickets": self.tickets.value}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote.

        Parameters
        ----------
        told : Mapping[str, Any]
            As it is stored.

        Returns
        -------
        Self
            The same.
        """
        known = {one.name: told[one.name] for one in fields(cls) if one.name in told}
        for name in ("start", "end"):
            known[name] = date.fromisoformat(known[name]) if known.get(name) else None
        known["present"] = Makers(**told["present"])
        known["tickets"] = Tickets(told["tickets"])
        return cls(**known)
