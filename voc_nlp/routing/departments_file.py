"""Read departments from a file like config/taxonomy.toml; every error names the place."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from voc_nlp.errors import TaxonomyError
from voc_nlp.routing.departments import (
    MOST_CHARACTERS,
    MOST_EXAMPLES,
    MOST_KEYWORDS,
    NOBODY,
    DepartmentDescription,
)

_ID = re.compile(r"[a-z0-9_-]{1,64}")
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")
_TEXTS = ("name_ja", "name_en", "description_ja", "description_en")
_KEYS = frozenset(("id", *_TEXTS, "examples", "keywords"))
_SERVICE_KEYS = frozenset(("owners", "languages"))
"""What the service alone reads of a department."""


def read_departments(path: Path) -> tuple[DepartmentDescription, ...]:
    """Read the departments of a file.

    Parameters
    ----------
    path : Path
        TOML with ``[[departments]]`` tables; other tables are passed over.

    Returns
    -------
    tuple[DepartmentDescription, ...]
        In file order.

    Raises
    ------
    TaxonomyError
        If the file cannot be read or a department is not as it must be; the message names the place.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TaxonomyError(
            f"{path} cannot be read ({error.strerror}); expected a file with [[departments]] tables"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TaxonomyError(f"{path} is not TOML in UTF-8: {error}") from error
    return parse_departments(table, path.name)


def parse_departments(table: Mapping[str, Any], place: str) -> tuple[DepartmentDescription, ...]:
    """Take the departments out of a table that was read.

    Parameters
    ----------
    table : Mapping[str, Any]
        What a TOML file holds.
    place : str
        The file's name, for messages.

    Returns
    -------
    tuple[DepartmentDescription, ...]
        At least one, in order, every id once.

    Raises
    ------
    TaxonomyError
        If one is not as it must be.
    """
    rows = table.get("departments")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise TaxonomyError(f"{place}: no [[departments]] tables; add them")
    found: dict[str, DepartmentDescription] = {}
    for number, row in enumerate(rows, start=1):
        one = _department(row, f"{place}: department {number}")
        if one.id in found:
            raise TaxonomyError(f"{place}: the id {one.id!r} is there twice; give each its own")
        found[one.id] = one
    return tuple(found.values())


def read_strings(
    row: Mapping[str, Any], key: str, place: str, *, most: int, longest: int = MOST_CHARACTERS
) -> tuple[str, ...]:
    """Take a list of strings that may be missing.

    Parameters
    ----------
    row : Mapping[str, Any]
        A table.
    key : str
        Where the list stands.
    place : str
        Names the table in messages.
    most : int
        Most strings.
    longest : int
        Most characters of one.

    Returns
    -------
    tuple[str, ...]
        Without white space around them; empty where there is no list.

    Raises
    ------
    TaxonomyError
        If it is something else.
    """
    values = row.get(key, [])
    if not isinstance(values, list):
        raise TaxonomyError(f'{place}: {key} is {values!r}; expected a list of strings, ["...", "..."]')
    if len(values) > most:
        raise TaxonomyError(f"{place}: {key} holds {len(values)} strings; keep at most {most}")
    return tuple(
        _text(value, f"{place}: {key}[{number}]", longest) for number, value in enumerate(values, start=1)
    )


def _department(row: Mapping[str, Any], place: str) -> DepartmentDescription:
    own_id = row.get("id")
    if not isinstance(own_id, str) or not _ID.fullmatch(own_id):
        raise TaxonomyError(f"{place}: met id {own_id!r}, expected 1 to 64 of a-z, 0-9, '_' and '-'")
    if own_id == NOBODY:
        raise TaxonomyError(f"{place}: the id {NOBODY!r} stands for nobody; give the department another")
    place = f"{place} ({own_id})"
    if unknown := sorted(set(row) - _KEYS - _SERVICE_KEYS):
        known = ", ".join(sorted(_KEYS | _SERVICE_KEYS))
        raise TaxonomyError(f"{place}: met {unknown[0]}, which means nothing here; expected {known}")
    names = {}
    for key in _TEXTS:
        if key not in row:
            raise TaxonomyError(f"{place}: {key} is missing; give it in both languages, _ja and _en")
        names[key] = _text(row[key], f"{place}: {key}", MOST_CHARACTERS)
    return DepartmentDescription(
        own_id,
        **names,
        examples=_distinct(read_strings(row, "examples", place, most=MOST_EXAMPLES)),
        keywords=_distinct(read_strings(row, "keywords", place, most=MOST_KEYWORDS)),
    )


def _text(value: object, place: str, longest: int) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TaxonomyError(f"{place} is {value!r}; expected a string that is not empty")
    if len(value) > longest:
        raise TaxonomyError(f"{place} has {len(value):,} characters; keep at most {longest:,}")
    if _UNUSABLE.search(value):
        raise TaxonomyError(f"{place} holds a character that no text holds; take it out")
    return value.strip()


def _distinct(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
