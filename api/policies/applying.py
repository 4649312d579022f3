"""Opens tickets for past comments that have none, by the rules in force; a transaction a batch."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import chain
from api.audit.chain import Entry
from api.db.engine import Database
from api.db.tables import CommentRow
from api.policies.backtest import Limits, write_mark
from api.policies.past import Mark, PastComment, Period, read_past
from api.policies.service import POLICY
from api.policy.rulebook import Rulebook
from api.themes.shelf import ThemeShelf
from api.tickets import repository as tickets
from api.tickets.assignment import needs_of
from api.tickets.intake import Cause, open_or_join
from api.tickets.opening import Opening, decide

_BATCH = 50


@dataclass(slots=True)
class _Applied:
    comments: int = 0
    matched: int = 0
    opened: int = 0
    joined: int = 0
    had_one: int = 0


def apply_rules(
    database: Database,
    tenant_id: str,
    period: Period,
    after: Mark | None,
    *,
    rulebook: Rulebook,
    shelf: ThemeShelf,
    limits: Limits,
    actor: str,
    now: datetime,
) -> dict[str, Any]:
    """Open tickets for the comments of a period that deserve one and have none.

    A second run opens nothing further, and two runs at once open nothing twice: each batch
    holds the tenant's chain and looks again before it opens. Hours run from `now`.

    Parameters
    ----------
    database : Database
        Where the comments are.
    tenant_id : str
        Whose comments.
    period : Period
        When they were received.
    after : Mark | None
        Where the part before ended.
    rulebook : Rulebook
        The rules in force.
    shelf : ThemeShelf
        Keeps the tenant's themes.
    limits : Limits
        How much is done.
    actor : str
        Who asks.
    now : datetime
        The present.

    Returns
    -------
    dict[str, Any]
        An `ApplyOut`.
    """
    stops_at = time.monotonic() + limits.seconds
    done = _Applied()
    mark = after
    complete = False
    while not complete and done.comments < limits.comments and time.monotonic() <= stops_at:
        with database.reading() as session:
            zone = rulebook.policy.calendar.zone
            chunk = next(read_past(session, tenant_id, period, mark, shelf, zone), None)
        if chunk is None:
            complete = True
            break
        deserving: list[tuple[PastComment, tuple[Opening, ...]]] = []
        for past in chunk:
            done.comments += 1
            openings = decide(past.case, policy=rulebook.policy, taxonomy=rulebook.taxonomy, now=now)
            done.matched += bool(openings)
            done.had_one += bool(openings) and past.has_ticket
            if openings and not past.has_ticket:
                deserving.append((past, openings))
        for start in range(0, len(deserving), _BATCH):
            with database.writing() as session:
                part = deserving[start : start + _BATCH]
                _open_batch(session, tenant_id, part, period, rulebook, done, actor=actor, now=now)
        mark = chunk[-1].mark if chunk else mark
    return {
        "policy_version": rulebook.policy.version,
        "complete": complete,
        "next_cursor": write_mark(mark) if mark is not None and not complete else None,
        "comments": done.comments,
        "matched": done.matched,
        "opened": done.opened,
        "joined": done.joined,
        "had_a_ticket": done.had_one,
    }


def open_for(
    session: Session,
    tenant_id: str,
    batch: Sequence[tuple[PastComment, tuple[Opening, ...]]],
    rulebook: Rulebook,
    *,
    actor: str,
    now: datetime,
) -> tuple[int, int, int]:
    """Open the tickets that stored comments deserve, except for those that have one or are gone.

    Parameters
    ----------
    session : Session
        A writing session that holds the tenant's chain.
    tenant_id : str
        Whose comments.
    batch : Sequence[tuple[PastComment, tuple[Opening, ...]]]
        Comments, and the tickets that they deserve.
    rulebook : Rulebook
        The rules in force.
    actor : str
        Who asks.
    now : datetime
        The present.

    Returns
    -------
    tuple[int, int, int]
        Tickets that were opened, tickets that were joined, and comments that had one.
    """
    ids = [past.mark[1] for past, _ in batch]
    have_one = tickets.linked(session, ids)
    there = set(session.scalars(select(CommentRow.id).where(CommentRow.id.in_(ids))))
    opened = joined = 0
    for past, openings in batch:
        comment_id = past.mark[1]
        if comment_id in have_one or comment_id not in there:
            continue
        for rank, opening in enumerate(openings):
            needs = needs_of(past.case.analysis, opening.department, past.case.themes)
            cause = Cause(
                tenant_id,
                past.customer_id,
                comment_id,
                actor,
                past.thread_key,
                needs,
                rank,
                received_at=past.mark[0],
            )
            ticket = open_or_join(session, cause, opening, rulebook, now)
            opened += ticket.comment_count == 1
            joined += ticket.comment_count > 1
    return opened, joined, len(have_one)


def _open_batch(
    session: Session,
    tenant_id: str,
    batch: Sequence[tuple[PastComment, tuple[Opening, ...]]],
    period: Period,
    rulebook: Rulebook,
    done: _Applied,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Open the tickets of a batch, and write one entry about it."""
    chain.hold(session, tenant_id)
    opened, joined, had_one = open_for(session, tenant_id, batch, rulebook, actor=actor, now=now)
    if opened or joined:
        entry = Entry(
            actor,
            "applied",
            POLICY,
            rulebook.policy.version,
            before={},
            after={"opened": opened, "joined": joined},
            reason={"from": period.start.isoformat(), "to": period.end.isoformat()},
        )
        chain.append(session, tenant_id, entry, now)
    done.opened += opened
    done.joined += joined
    done.had_one += had_one
