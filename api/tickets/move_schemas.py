"""What callers send to move a ticket; fields that nobody reads are refused."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from api.policy.levels import Level
from api.tickets.ending import Disposition, Outcome
from api.tickets.schemas import TicketOut
from api.tickets.states import Status
from voc_nlp.schema import UrgencyLevel

MAX_NOTE = 20_000


def _storable(text: str) -> str:
    """Refuse what a database cannot hold."""
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("holds NUL or an unpaired surrogate")
    return text


Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NOTE),
    AfterValidator(_storable),
]
"""What a person wrote."""


class _Sent(BaseModel):
    """Ground of the bodies; the input is never repeated in a message."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SettableStatus(StrEnum):
    """States that can be set; the others are reached by resolve, follow-up and reopen."""

    OPEN = Status.OPEN.value
    IN_PROGRESS = Status.IN_PROGRESS.value
    WAITING = Status.WAITING.value


class TicketChange(_Sent):
    """What shall be different: at least one of the three."""

    status: SettableStatus | None = None
    department: str | None = Field(
        default=None, pattern=r"^[a-z0-9_-]{1,64}$", description="Hands it over; the hours start anew."
    )
    urgency: UrgencyLevel | None = None

    @model_validator(mode="after")
    def _something_changes(self) -> Self:
        """Refuse a change of nothing."""
        if self.status is None and self.department is None and self.urgency is None:
            raise ValueError("expected one of status, department, urgency")
        return self


class NoteToWrite(StrEnum):
    """For colleagues, or what the customer was answered."""

    INTERNAL = "internal"
    ANSWER = "answer"


class NoteIn(_Sent):
    """A note; the first answer stops the clock of the first answer."""

    kind: NoteToWrite
    text: Words


class EscalateIn(_Sent):
    """Why the ticket is raised, and how high; one level without `level`."""

    reason: Words
    level: Level | None = None


class ResolveIn(_Sent):
    """How the ticket was resolved."""

    root_cause: str = Field(pattern=r"^[a-z0-9_-]{1,64}$", description="An id of GET /v1/root-causes.")
    action: Words = Field(description="What was done.")
    disposition: Disposition
    told: Words | None = Field(default=None, description="What the customer was told; counts as an answer.")


class ReopenIn(_Sent):
    """Why the ticket is opened again."""

    reason: Words


class FollowUpIn(_Sent):
    """What the customer was told, or what they say of the solution, or both."""

    told: Words | None = None
    satisfaction: int | None = Field(
        default=None,
        ge=1,
        le=5,
        strict=True,
        description="From 4 on it closes; up to 2 it is reopened, raised.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        """Refuse a follow-up without contents."""
        if self.told is None and self.satisfaction is None:
            raise ValueError("expected told, satisfaction, or both")
        return self


class FollowUpOut(TicketOut):
    """The ticket, and what the follow-up did; `other_ticket_id` is the open one that was raised instead."""

    outcome: Outcome
    other_ticket_id: str | None
