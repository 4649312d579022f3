"""Teams, members and absences on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from api.db.tables import AbsenceRow, MemberRow, TeamRow

_MAX_CAPACITY = 1000


def _storable(text: str) -> str:
    """Refuse what no database stores."""
    if not text.strip():
        raise ValueError("expected a text that is not blank")
    if "\x00" in text or any(0xD800 <= ord(letter) <= 0xDFFF for letter in text):
        raise ValueError("NUL or half of a surrogate pair; remove it")
    return text.strip()


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_storable)]
Word = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_storable)]
StrategyName = Literal["round_robin", "least_loaded"]
Capacity = Annotated[int, Field(ge=0, le=_MAX_CAPACITY, description="Open tickets at most / 担当上限")]
Contact = Annotated[str, Field(max_length=500), AfterValidator(_storable)]
DepartmentId = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")]


class _Body(BaseModel):
    """What is sent; an unknown field is a typing mistake."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class _Change(_Body):
    """A change: a field that is left out stays; null is no value, except where it says so."""

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        """Refuse an empty change and null."""
        if not self.model_fields_set:
            raise ValueError("nothing to change; send at least one field")
        nulls = sorted(
            name for name in self.model_fields_set if name != "contact" and getattr(self, name, None) is None
        )
        if nulls:
            raise ValueError(f"{nulls[0]} is null; leave it out, or give a value")
        return self


class NamesIn(_Body):
    """A name in both languages."""

    ja: Name
    en: Name


class TeamIn(_Body):
    """A new team."""

    department: DepartmentId
    name: NamesIn
    strategy: StrategyName = "round_robin"


class TeamChange(_Change):
    """What of a team becomes another."""

    name: NamesIn | None = None
    strategy: StrategyName | None = None


class MemberIn(_Body):
    """A new member."""

    team_id: str
    name: Name
    contact: Contact | None = None
    skills: list[Word] = Field(
        default=[], max_length=100, description="Departments, themes or categories; empty: all / 空ならすべて"
    )
    languages: list[Literal["ja", "en"]] = Field(default=[], description="Empty: all / 空ならすべて")
    capacity: Capacity = 20
    active: bool = True


class MembersIn(_Body):
    """New members."""

    members: list[MemberIn] = Field(min_length=1, max_length=1000)


class MemberChange(_Change):
    """What of a member becomes another; `contact` may be null."""

    team_id: str | None = None
    name: Name | None = None
    contact: Contact | None = None
    skills: list[Word] | None = Field(default=None, max_length=100)
    languages: list[Literal["ja", "en"]] | None = None
    capacity: Capacity | None = None
    active: bool | None = None


class AbsenceIn(_Body):
    """A time away, from `from` until before `to`; without a zone by the calendar's clock."""

    starts_at: datetime = Field(alias="from")
    ends_at: datetime = Field(alias="to")


class AbsenceChange(_Change):
    """Another beginning or end."""

    starts_at: datetime | None = Field(default=None, alias="from")
    ends_at: datetime | None = Field(default=None, alias="to")


class NamesOut(BaseModel):
    """A name in both languages."""

    ja: str
    en: str


class TeamOut(BaseModel):
    """A team."""

    id: str
    department: str
    name: NamesOut
    strategy: StrategyName
    version: int


class TeamPage(BaseModel):
    """A page of teams, newest first."""

    items: list[TeamOut]
    next_cursor: str | None


class MemberOut(BaseModel):
    """A member."""

    id: str
    team_id: str
    name: str
    contact: str | None
    skills: list[str]
    languages: list[str]
    capacity: int
    active: bool
    version: int


class MemberPage(BaseModel):
    """A page of members, newest first."""

    items: list[MemberOut]
    next_cursor: str | None


class ImportOut(BaseModel):
    """The members that were added, in the order in which they were sent."""

    items: list[MemberOut]


class AbsenceOut(BaseModel):
    """A time away."""

    id: str
    member_id: str
    starts_at: datetime = Field(serialization_alias="from", validation_alias="from")
    ends_at: datetime = Field(serialization_alias="to", validation_alias="to")
    version: int


class AbsencePage(BaseModel):
    """A page of absences, newest first."""

    items: list[AbsenceOut]
    next_cursor: str | None


def team_out(row: TeamRow) -> dict[str, Any]:
    """Put a team on the wire.

    Parameters
    ----------
    row : TeamRow
        The team.

    Returns
    -------
    dict[str, Any]
        A `TeamOut`.
    """
    return {
        "id": row.id,
        "department": row.department,
        "name": {"ja": row.name_ja, "en": row.name_en},
        "strategy": row.strategy,
        "version": row.version,
    }


def member_out(row: MemberRow) -> dict[str, Any]:
    """Put a member on the wire.

    Parameters
    ----------
    row : MemberRow
        The member.

    Returns
    -------
    dict[str, Any]
        A `MemberOut`.
    """
    names = ("id", "team_id", "name", "contact", "skills", "languages", "capacity", "active", "version")
    return {name: getattr(row, name) for name in names}


def absence_out(row: AbsenceRow) -> dict[str, Any]:
    """Put an absence on the wire.

    Parameters
    ----------
    row : AbsenceRow
        The absence.

    Returns
    -------
    dict[str, Any]
        An `AbsenceOut`.
    """
    shown = AbsenceOut.model_validate(
        {
            "id": row.id,
            "member_id": row.member_id,
            "from": row.starts_at,
            "to": row.ends_at,
            "version": row.version,
        }
    )
    return shown.model_dump(mode="json", by_alias=True)
