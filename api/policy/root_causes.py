"""The tree of root causes of config/taxonomy.toml: why a problem happened, as a closed ticket names it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.errors import Bilingual, ConfigurationError

_ID = re.compile(r"[a-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class RootCause:
    """One cause, below `parent` or at the top."""

    id: str
    parent: str | None
    name: Bilingual


def read_root_causes(rows: object, place: str) -> dict[str, RootCause]:
    """Read the tables [[root_causes]].

    Parameters
    ----------
    rows : object
        What the file holds under that name.
    place : str
        The file's name, for messages.

    Returns
    -------
    dict[str, RootCause]
        By id, in the file's order.

    Raises
    ------
    ConfigurationError
        If there are none, an id is there twice or unusable, a name or a parent is missing, or parents
        go round in a circle.
    """
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise ConfigurationError(f"{place}: no [[root_causes]] tables; closing a ticket names one, add them")
    causes: dict[str, RootCause] = {}
    for row in rows:
        cause = _cause(row, place)
        if cause.id in causes:
            raise ConfigurationError(f"{place}: root cause {cause.id!r} is there twice; give each its own id")
        causes[cause.id] = cause
    for cause in causes.values():
        if cause.parent is not None and cause.parent not in causes:
            raise ConfigurationError(
                f"{place}: root cause {cause.id!r} is below {cause.parent!r}, which is not there; "
                "add it, or leave parent out"
            )
        path_of(cause.id, causes, place)
    return causes


def path_of(cause_id: str, causes: Mapping[str, RootCause], place: str = "taxonomy.toml") -> list[str]:
    """Name a cause and all that stand above it.

    Parameters
    ----------
    cause_id : str
        The cause.
    causes : Mapping[str, RootCause]
        The tree.
    place : str
        The file's name, for messages.

    Returns
    -------
    list[str]
        The cause itself first, the top last; the id alone when the tree no longer has it.

    Raises
    ------
    ConfigurationError
        If parents go round in a circle.
    """
    path = [cause_id]
    while (cause := causes.get(path[-1])) is not None and cause.parent is not None:
        if cause.parent in path:
            raise ConfigurationError(
                f"{place}: the parents of root cause {cause_id!r} go in a circle; one must be at the top"
            )
        path.append(cause.parent)
    return path


def _cause(row: Mapping[str, Any], place: str) -> RootCause:
    cause_id, parent = row.get("id"), row.get("parent")
    if not isinstance(cause_id, str) or not _ID.fullmatch(cause_id):
        raise ConfigurationError(
            f"{place}: met root cause id {cause_id!r}, expected 1 to 64 of a-z, 0-9, '_' and '-'"
        )
    unknown = sorted(set(row) - {"id", "parent", "name_ja", "name_en"})
    if unknown:
        raise ConfigurationError(
            f"{place}: root cause {cause_id!r}: unknown key {unknown[0]!r}; "
            "known are id, parent, name_ja, name_en"
        )
    names = [row.get(f"name_{language}") for language in ("en", "ja")]
    if not all(isinstance(name, str) and name.strip() for name in names):
        raise ConfigurationError(
            f"{place}: root cause {cause_id!r}: give name_ja and name_en, both not empty"
        )
    if parent is not None and not isinstance(parent, str):
        raise ConfigurationError(f"{place}: root cause {cause_id!r}: met parent {parent!r}, expected an id")
    return RootCause(cause_id, parent, Bilingual(str(names[0]), str(names[1])))
