"""Decides who gets a ticket: which team of its department, and which of its members; or why nobody does.

A member is fit who is present, speaks the language of the comment, has a fitting skill or
none at all (a generalist), and has fewer open tickets than the capacity. Those with a
fitting skill come before generalists. Among equals the strategy of the team decides:

- round robin: the next in the order of the members' ids after the one whose turn it was last;
- least loaded: fewest open tickets; then who got one longest ago (never comes first); then the id.

Of several teams that of the specialists comes first, then the one whose fit members have the
smaller share of their capacity in use, then the order in which the teams were made.
"""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum, StrEnum

from voc_nlp.schema import Analysis

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Strategy(StrEnum):
    """How a team shares its tickets."""

    ROUND_ROBIN = "round_robin"
    LEAST_LOADED = "least_loaded"


class QueueReason(StrEnum):
    """Why nobody has a ticket."""

    OUT_OF_HOURS = "out_of_hours"
    NO_MEMBERS = "no_members"
    AWAY = "away"
    LANGUAGE = "language"
    SKILL = "skill"
    CAPACITY = "capacity"
    RETURNED = "returned"
    """Those who are fit had it before and did not touch it."""
    BY_HAND = "by_hand"
    """A person put it back; it stays until a person takes it out."""


class _Hurdle(IntEnum):
    """What candidates must pass, in this order."""

    NO_MEMBERS = 0
    AWAY = 1
    LANGUAGE = 2
    SKILL = 3
    CAPACITY = 4
    RETURNED = 5
    NONE = 6


@dataclass(frozen=True, slots=True)
class Needs:
    """What a ticket asks for: the language of its comment, and topics of which a skill should be one."""

    language: str = ""
    topics: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Member:
    """One active person of a team; no languages means all, no skills a generalist."""

    id: str
    skills: frozenset[str]
    languages: frozenset[str]
    capacity: int
    open_tickets: int
    is_away: bool = False
    last_assigned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """One team with its active members."""

    id: str
    strategy: Strategy
    members: tuple[Member, ...]
    last_member_id: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A team, and the member who gets the ticket; or why it waits in the team's queue."""

    team_id: str
    member_id: str | None = None
    reason: QueueReason | None = None


def needs_of(analysis: Analysis, department: str, theme_names: Collection[str]) -> Needs:
    """Read what a ticket asks for from the analysis of its first comment.

    Parameters
    ----------
    analysis : Analysis
        What was said about the comment.
    department : str
        Who owns the ticket.
    theme_names : Collection[str]
        Ids and names of its themes.

    Returns
    -------
    Needs
        Topics are the department, the themes and the categories of the aspects, folded.
    """
    categories = [aspect.category for aspect in analysis.aspects]
    return Needs(analysis.language.value, frozenset(map(fold, (department, *theme_names, *categories))))


def fold(word: str) -> str:
    """Return the form in which skills and topics are equal.

    Parameters
    ----------
    word : str
        As it was written.

    Returns
    -------
    str
        Width, case and outer spaces do not matter.
    """
    return unicodedata.normalize("NFKC", word).strip().casefold()


def choose(
    teams: Sequence[Team], needs: Needs, *, is_open: bool, excluded: Collection[str] = ()
) -> Choice | None:
    """Choose who gets a ticket.

    Parameters
    ----------
    teams : Sequence[Team]
        Teams of the department, in the order in which they were made.
    needs : Needs
        What the ticket asks for.
    is_open : bool
        Whether it is business hours; outside of them nobody is present.
    excluded : Collection[str]
        Ids of members who do not get it.

    Returns
    -------
    Choice | None
        None when there is no team at all.
    """
    if not teams:
        return None
    if not is_open:
        return Choice(teams[0].id, reason=QueueReason.OUT_OF_HOURS)
    best: tuple[tuple[bool, float, int], Team, list[Member]] | None = None
    furthest: tuple[_Hurdle, Team] | None = None
    for place, team in enumerate(teams):
        fit, hurdle = _fit(team, needs, excluded)
        if not fit:
            if furthest is None or hurdle > furthest[0]:
                furthest = (hurdle, team)
            continue
        specialists = [member for member in fit if member.skills]
        group = specialists or fit
        used = sum(member.open_tickets for member in group) / sum(member.capacity for member in group)
        rank = (not specialists, used, place)
        if best is None or rank < best[0]:
            best = (rank, team, group)
    if best is not None:
        _, team, group = best
        return Choice(team.id, _turn(team, group).id)
    assert furthest is not None
    return Choice(furthest[1].id, reason=QueueReason[furthest[0].name])


def free_places(teams: Sequence[Team]) -> int:
    """Count how many tickets the members who are present could take, whatever their skills.

    Parameters
    ----------
    teams : Sequence[Team]
        The teams.

    Returns
    -------
    int
        0 when nobody can take one.
    """
    return sum(
        max(0, member.capacity - member.open_tickets)
        for team in teams
        for member in team.members
        if not member.is_away
    )


def _fit(team: Team, needs: Needs, excluded: Collection[str]) -> tuple[list[Member], _Hurdle]:
    """Find the fit members; when there are none, the hurdle that the last of them did not pass."""
    left = list(team.members)
    if not left:
        return left, _Hurdle.NO_MEMBERS
    for hurdle in (_Hurdle.AWAY, _Hurdle.LANGUAGE, _Hurdle.SKILL, _Hurdle.CAPACITY, _Hurdle.RETURNED):
        left = [member for member in left if _passes(hurdle, member, needs, excluded)]
        if not left:
            return left, hurdle
    return left, _Hurdle.NONE


def _passes(hurdle: _Hurdle, member: Member, needs: Needs, excluded: Collection[str]) -> bool:
    if hurdle is _Hurdle.AWAY:
        return not member.is_away
    if hurdle is _Hurdle.LANGUAGE:
        return not member.languages or not needs.language or needs.language in member.languages
    if hurdle is _Hurdle.SKILL:
        return not member.skills or not member.skills.isdisjoint(needs.topics)
    if hurdle is _Hurdle.CAPACITY:
        return member.open_tickets < member.capacity
    return member.id not in excluded


def _turn(team: Team, group: Sequence[Member]) -> Member:
    """Choose among equals by the strategy of the team."""
    if team.strategy is Strategy.ROUND_ROBIN:
        last = team.last_member_id or ""
        return min(group, key=lambda member: (member.id <= last, member.id))
    return min(
        group, key=lambda member: (member.open_tickets, member.last_assigned_at or _LONG_AGO, member.id)
    )
