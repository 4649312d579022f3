"""Departments on the wire."""

from collections.abc import Collection
from enum import StrEnum

from pydantic import BaseModel, Field

from api.policy.taxonomy import TRIAGE, DepartmentEntry
from api.tickets.schemas import NameOut


class KnownBy(StrEnum):
    """How the models know a department."""

    TRAINING = "training"
    PROTOTYPE = "prototype"


class DepartmentEntryOut(BaseModel):
    """A department of config/taxonomy.toml."""

    id: str
    name: NameOut
    description: NameOut
    examples: list[str] = Field(description="Comments that it owns, from the taxonomy.")
    keywords: list[str]
    owners: list[str] = Field(description="People who are answerable.")
    languages: list[str] = Field(description="In which it answers; empty where nothing was said.")
    known_by: KnownBy | None = Field(
        description="`training` on labelled comments, `prototype` from description, examples and keywords; "
        "null for triage, where people decide."
    )


class DepartmentList(BaseModel):
    """All departments, in the order of the taxonomy."""

    items: list[DepartmentEntryOut]
    next_cursor: str | None = Field(default=None, description="Always null: the list comes whole.")


def department_out(entry: DepartmentEntry, trained: Collection[str]) -> DepartmentEntryOut:
    """Put a department on the wire.

    Parameters
    ----------
    entry : DepartmentEntry
        The department.
    trained : Collection[str]
        Ids of those that the models were trained on.

    Returns
    -------
    DepartmentEntryOut
        In both languages.
    """
    known_by = KnownBy.TRAINING if entry.id in trained else KnownBy.PROTOTYPE
    return DepartmentEntryOut(
        id=entry.id,
        name=NameOut(ja=entry.name.ja, en=entry.name.en),
        description=NameOut(ja=entry.description.ja, en=entry.description.en),
        examples=list(entry.described.examples),
        keywords=list(entry.described.keywords),
        owners=list(entry.owners),
        languages=list(entry.languages),
        known_by=None if entry.id == TRIAGE else known_by,
    )
