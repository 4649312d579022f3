"""Opening rules, back-tests and their application on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.policy.levels import Level

MOST_COMMENTS = 100_000
"""Comments that one back-test reads at most."""
MOST_APPLIED = 20_000


def _storable(text: str) -> str:
    """Refuse what no database stores."""
    if "\x00" in text or any(0xD800 <= ord(letter) <= 0xDFFF for letter in text):
        raise ValueError("NUL or half of a surrogate pair; remove it")
    return text


class _Body(BaseModel):
    """What is sent; an unknown field is a typing mistake."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, populate_by_name=True)


class RulesIn(_Body):
    """Rules as in config/policy.toml, as JSON."""

    match: Literal["first", "all"] = "first"
    rules: list[dict[str, Any]] = Field(min_length=1, max_length=1000)


class PolicyIn(RulesIn):
    """Rules to store."""

    note: Annotated[str, Field(max_length=1000), AfterValidator(_storable)] = ""
    effective_at: datetime | None = Field(
        default=None, description="From when on; now without it / 適用開始。省略時は現在"
    )


class StaffIn(_Body):
    """The people of a department; what is left out is taken from what is stored."""

    people: int | None = Field(default=None, ge=0, le=10_000)
    parallel: int | None = Field(
        default=None, ge=1, le=1000, description="Tickets that one works on at a time / 同時に扱う件数"
    )
    handling_hours: float | None = Field(default=None, gt=0, le=1000, allow_inf_nan=False)


class PeriodIn(_Body):
    """A period by when comments were received; times without a zone are in the calendar's."""

    start: datetime = Field(alias="from")
    end: datetime = Field(alias="to", description="Not included / この時刻は含まない")
    cursor: str | None = Field(default=None, max_length=200)


class BackTestIn(PeriodIn):
    """Rules to try, or null for those in force."""

    policy: RulesIn | None = None
    staff: dict[Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")], StaffIn] = {}
    seed: int = Field(default=0, ge=0, le=2**31)
    limit: int = Field(default=MOST_COMMENTS, ge=1, le=MOST_COMMENTS)


class ApplyIn(PeriodIn):
    """Where to open tickets retroactively."""

    limit: int = Field(default=MOST_APPLIED, ge=1, le=MOST_APPLIED)


class PolicyVersionOut(BaseModel):
    """A version of the rules, without them."""

    version: str = Field(description="As tickets name it: `v3`, or the file's own / チケットに記録される版")
    number: int | None
    source: Literal["file", "stored"]
    sha256: str
    actor: str | None
    created_at: datetime | None
    effective_at: datetime | None
    note: str


class PolicyOut(PolicyVersionOut):
    """A version of the rules."""

    match: Literal["first", "all"]
    rules: list[dict[str, Any]]


class PolicyVersionPage(BaseModel):
    """A page of versions, newest first."""

    items: list[PolicyVersionOut]
    next_cursor: str | None


class OpenedOut(BaseModel):
    """What would open; `by_rule` counts comments, the others new tickets."""

    comments: int
    tickets: int
    joined: int
    by_rule: dict[str, int]
    by_department: dict[str, int]
    by_level: dict[Level, int]


class NamedOut(BaseModel):
    """A count, and up to 20 ids."""

    count: int
    comment_ids: list[str]


class ComparedOut(BaseModel):
    """Comments with a ticket by these rules, in fact, or both."""

    both: NamedOut
    only_new: NamedOut
    only_old: NamedOut


class LoadOut(BaseModel):
    """What a department would get in a week (its Monday); null where no people are known."""

    department: str
    week: str
    tickets: int
    joined: int
    work_hours: float | None
    available_hours: float | None
    utilization: float | None
    breaches: int | None


class BreachesOut(BaseModel):
    """Tickets that would be resolved too late; null where no people are known."""

    expected: int | None
    share: float | None
    by_department: dict[str, int]


class StaffingOut(BaseModel):
    """The people that were simulated."""

    department: str
    people: int
    slots: int | None
    handling_hours: float | None
    spread: float | None
    source: Literal["given", "measured", "measured_tenant", "unknown"]
    resolved_tickets: int


class BackTestOut(BaseModel):
    """What rules would do with past comments."""

    policy_version: str
    start: datetime = Field(alias="from")
    end: datetime = Field(alias="to")
    complete: bool = Field(description="False: limits were reached; go on with `next_cursor` / 上限に到達")
    next_cursor: str | None
    comments: int
    opened: OpenedOut
    compared: ComparedOut
    load: list[LoadOut]
    breaches: BreachesOut
    staff: list[StaffingOut]
    assumptions: list[str]


class PutOut(BaseModel):
    """What was stored, or with `dry_run` what it would do."""

    dry_run: bool
    policy: PolicyOut | None
    back_test: BackTestOut | None


class ApplyOut(BaseModel):
    """What was opened retroactively; `had_a_ticket` were left alone."""

    policy_version: str
    complete: bool
    next_cursor: str | None
    comments: int
    matched: int
    opened: int
    joined: int
    had_a_ticket: int
