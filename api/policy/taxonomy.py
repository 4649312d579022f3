"""The departments and intents of config/taxonomy.toml, with their names in both languages."""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from api.errors import Bilingual, ConfigurationError
from api.policy.root_causes import RootCause, read_root_causes
from voc_nlp.errors import TaxonomyError
from voc_nlp.routing import departments
from voc_nlp.routing.departments import DepartmentDescription
from voc_nlp.routing.departments_file import parse_departments, read_strings
from voc_nlp.schema import IntentLabel

TRIAGE = departments.TRIAGE
"""Department of the comments that nobody is named for, or the model is not sure about."""

_MOST_OWNERS = 50
_LONGEST_OWNER = 200
_LANGUAGES = ("ja", "en")


@dataclass(frozen=True, slots=True)
class DepartmentEntry:
    """One department: what the models read of it, and what people see.

    Parameters
    ----------
    described : DepartmentDescription
        Names, description, examples and key words.
    owners : tuple[str, ...]
        Names or e-mail addresses of the people who are answerable.
    languages : tuple[str, ...]
        In which it answers, ``ja`` or ``en``; empty where nothing was said.
    """

    described: DepartmentDescription
    owners: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Its id."""
        return self.described.id

    @property
    def name(self) -> Bilingual:
        """Its names."""
        return Bilingual(self.described.name_en, self.described.name_ja)

    @property
    def description(self) -> Bilingual:
        """What it is answerable for."""
        return Bilingual(self.described.description_en, self.described.description_ja)


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Departments, names of the intents, and root causes, by id."""

    departments: Mapping[str, DepartmentEntry]
    intents: Mapping[str, Bilingual]
    root_causes: Mapping[str, RootCause] = field(default_factory=dict)

    def described(self) -> tuple[DepartmentDescription, ...]:
        """Return what `load_analyzer` takes, so that every process knows the same departments.

        Returns
        -------
        tuple[DepartmentDescription, ...]
            Plain values, in file order.
        """
        return tuple(entry.described for entry in self.departments.values())

    def fingerprint(self) -> str:
        """Tell what the models were given of the departments, so that a change of it shows.

        Returns
        -------
        str
            sha256 in hexadecimal; names of intents, owners and root causes do not matter.
        """
        return _fingerprint(self.described())

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


@lru_cache(maxsize=8)
def _fingerprint(described: tuple[DepartmentDescription, ...]) -> str:
    told = json.dumps([asdict(one) for one in described], ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


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
    entries = _departments(table, path)
    intents: dict[str, Bilingual] = {}
    for row in _rows(table, "intents", path):
        intents[_new(_id(row, path), intents, path)] = _names(row, "name", path)
    if TRIAGE not in entries:
        raise ConfigurationError(
            f"{path.name}: the department {TRIAGE!r} is missing; add it, abstentions go there"
        )
    unnamed = [intent.value for intent in IntentLabel if intent.value not in intents]
    if unnamed:
        raise ConfigurationError(
            f"{path.name}: the intent {unnamed[0]!r} has no names; add an [[intents]] table"
        )
    if len(entries) == 1:
        raise ConfigurationError(f"{path.name}: {TRIAGE!r} is the only department; add others")
    return Taxonomy(entries, intents, read_root_causes(table.get("root_causes"), path.name))


def _departments(table: Mapping[str, Any], path: Path) -> dict[str, DepartmentEntry]:
    """Take the departments; the library reads what it shares with ``voc analyze --departments``."""
    found: dict[str, DepartmentEntry] = {}
    try:
        for one, row in zip(parse_departments(table, path.name), table["departments"], strict=True):
            place = f"{path.name}: {one.id}"
            owners = read_strings(row, "owners", place, most=_MOST_OWNERS, longest=_LONGEST_OWNER)
            languages = read_strings(row, "languages", place, most=len(_LANGUAGES))
            if unknown := sorted(set(languages) - set(_LANGUAGES)):
                raise TaxonomyError(f"{place}: languages holds {unknown[0]!r}; expected ja, en or both")
            found[one.id] = DepartmentEntry(one, owners, languages)
    except TaxonomyError as error:
        raise ConfigurationError(str(error)) from error
    return found


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
