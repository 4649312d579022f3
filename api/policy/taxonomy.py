"""The departments and intents of config/taxonomy.toml, with their names in both languages."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.errors import Bilingual, ConfigurationError
from api.policy.root_causes import RootCause, read_root_causes
from voc_nlp.schema import IntentLabel

TRIAGE = "triage"
"""Department of the comments that nobody is named for, or the model is not sure about."""


@dataclass(frozen=True, slots=True)
class DepartmentEntry:
    """One department as people see it."""

    id: str
    name: Bilingual
    description: Bilingual


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Departments, names of the intents, and root causes, by id."""

    departments: Mapping[str, DepartmentEntry]
    intents: Mapping[str, Bilingual]
    root_causes: Mapping[str, RootCause] = field(default_factory=dict)

    def department_name(self, department_id: str) -> Bilingual:
        """Name a department.

        Parameters
        ----------
        department_id : str
            Its id.

        Returns
        -------
        Bilingual
            Its names; the id itself when the taxonomy no longer has it.
        """
        entry = self.departments.get(department_id)
        return entry.name if entry else Bilingual(department_id, department_id)


def load_taxonomy(path: Path) -> Taxonomy:
    """Read the taxonomy.

    Parameters
    ----------
    path : Path
        A file like config/taxonomy.toml.

    Returns
    -------
    Taxonomy
        Complete and checked; `triage` is among the departments.

    Raises
    ------
    ConfigurationError
        If the file is missing, is not TOML, or lacks something.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error.strerror}); set VOC_CONFIG_DIR to its folder"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not TOML in UTF-8: {error}") from error
    departments: dict[str, DepartmentEntry] = {}
    for row in _rows(table, "departments", path):
        entry = DepartmentEntry(_id(row, path), _names(row, "name", path), _names(row, "description", path))
        departments[_new(entry.id, departments, path)] = entry
    intents: dict[str, Bilingual] = {}
    for row in _rows(table, "intents", path):
        intents[_new(_id(row, path), intents, path)] = _names(row, "name", path)
    if TRIAGE not in departments:
        raise ConfigurationError(
            f"{path.name}: the department {TRIAGE!r} is missing; add it, abstentions go there"
        )
    unnamed = [intent.value for intent in IntentLabel if intent.value not in intents]
    if unnamed:
        raise ConfigurationError(
            f"{path.name}: the intent {unnamed[0]!r} has no names; add an [[intents]] table"
        )
    return Taxonomy(departments, intents, read_root_causes(table.get("root_causes"), path.name))


def _rows(table: Mapping[str, Any], key: str, path: Path) -> list[dict[str, Any]]:
    """Take the tables of one kind."""
    rows = table.get(key)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigurationError(f"{path.name}: no [[{key}]] tables; add them")
    return rows


def _id(row: Mapping[str, Any], path: Path) -> str:
    """Take the id of a row."""
    value = row.get("id")
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9_-]{1,64}", value):
        raise ConfigurationError(f"{path.name}: met id {value!r}, expected 1 to 64 of a-z, 0-9, '_' and '-'")
    return value


def _new(entry_id: str, known: Mapping[str, object], path: Path) -> str:
    """Refuse an id that is there already."""
    if entry_id in known:
        raise ConfigurationError(f"{path.name}: the id {entry_id!r} is there twice; give each its own")
    return entry_id


def _names(row: Mapping[str, Any], key: str, path: Path) -> Bilingual:
    """Take ``name_ja`` and ``name_en`` (or another key)."""
    values = [row.get(f"{key}_{language}") for language in ("en", "ja")]
    if not all(isinstance(value, str) and value.strip() for value in values):
        raise ConfigurationError(f"{path.name}: {row.get('id')}: give {key}_ja and {key}_en, both not empty")
    return Bilingual(str(values[0]), str(values[1]))
