"""What an erasure does to each table: one step a table, children before parents.

Whoever adds a table that holds something of a customer adds one line here: to `OF_COMMENTS`
when its rows belong to comments (`rows_of_comments` is all it takes), to `OF_CUSTOMER` when
they belong to the customer. A table that needs neither is named in `KEPT`, with the reason
that the certificate tells, or in `UNCONCERNED`. A test walks all tables.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.db.tables import (
    AnalysisRow,
    CommentOriginalRow,
    CommentRow,
    CommentThemeRow,
    CommentVectorRow,
    CorrectionRow,
    EventRow,
    GoneCommentRow,
    IdempotencyRow,
    IncomingMessageRow,
    JobInputRow,
    TicketCommentRow,
    TicketNoteRow,
    TicketRow,
)
from api.errors import Bilingual
from api.idempotency.service import forget_mentions
from api.jobs.erasure import forget_customer
from api.privacy.mentions import mentions, without_customer

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Subject:
    """What goes: some comments, and the customer that they are of.

    `customer_id` is None when comments go for their age; the rest of the customer stays then.
    `until` is set when only what is older goes (a replay after a restore).
    """

    tenant_id: str
    customer_id: str | None
    comment_ids: tuple[str, ...]
    ticket_ids: tuple[str, ...]
    now: datetime
    cause: str
    until: datetime | None = None

    def chunks(self) -> Iterator[Sequence[str]]:
        """Cut the ids of the comments into parts that fit a statement.

        Yields
        ------
        Sequence[str]
            At most 500 ids.
        """
        for start in range(0, len(self.comment_ids), _CHUNK):
            yield self.comment_ids[start : start + _CHUNK]


@dataclass(frozen=True, slots=True)
class Step:
    """What is done to one table; `run` answers the number of rows."""

    table: str
    run: Callable[[Session, Subject], int]


def rows_of_comments(row_class: type[Any], comment_id: InstrumentedAttribute[Any]) -> Step:
    """Make the step that deletes the rows of comments.

    Parameters
    ----------
    row_class : type[Any]
        Class of the table.
    comment_id : InstrumentedAttribute[Any]
        Its column that names the comment.

    Returns
    -------
    Step
        For `OF_COMMENTS`.
    """

    def run(session: Session, subject: Subject) -> int:
        count = 0
        for ids in subject.chunks():
            statement = delete(row_class).where(comment_id.in_(ids))
            found: Any = session.execute(statement.execution_options(synchronize_session=False))
            count += found.rowcount
        return count

    return Step(row_class.__tablename__, run)


def payloads_of_customer(
    row_class: type[Any],
    tenant_id: InstrumentedAttribute[str],
    made_at: InstrumentedAttribute[datetime],
    payload: InstrumentedAttribute[Any],
) -> Step:
    """Make the step that takes the customer's id out of a JSON column.

    Parameters
    ----------
    row_class : type[Any]
        Class of the table.
    tenant_id : InstrumentedAttribute[str]
        Its column that names the tenant.
    made_at : InstrumentedAttribute[datetime]
        Its column that tells when the row was made.
    payload : InstrumentedAttribute[Any]
        The JSON column.

    Returns
    -------
    Step
        For `OF_CUSTOMER`; every ``customer_id`` in the JSON that is the customer's becomes null.
    """

    def run(session: Session, subject: Subject) -> int:
        assert subject.customer_id is not None
        query = select(row_class).where(
            tenant_id == subject.tenant_id, mentions(session, payload, subject.customer_id)
        )
        if subject.until is not None:
            query = query.where(made_at <= subject.until)
        count = 0
        for row in session.scalars(query.with_for_update()):
            value, changed = without_customer(getattr(row, payload.key), subject.customer_id)
            if changed:
                setattr(row, payload.key, value)
                count += 1
        session.flush()
        return count

    return Step(row_class.__tablename__, run)


def _clear_tickets(session: Session, subject: Subject) -> int:
    """Take the customer's id out of tickets; who holds one sees by its version that it changed."""
    count = 0
    for start in range(0, len(subject.ticket_ids), _CHUNK):
        part = subject.ticket_ids[start : start + _CHUNK]
        for row in session.scalars(select(TicketRow).where(TicketRow.id.in_(part)).with_for_update()):
            row.customer_id = None
            row.updated_at = max(row.updated_at, subject.now)
            count += 1
    session.flush()
    return count


def _note_gone(session: Session, subject: Subject) -> int:
    """Write the ids of the comments down, for lists and exports that were made of them."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    for ids in subject.chunks():
        rows = [
            {
                "comment_id": comment_id,
                "tenant_id": subject.tenant_id,
                "cause": subject.cause,
                "gone_at": subject.now,
            }
            for comment_id in ids
        ]
        session.execute(insert(GoneCommentRow).values(rows).on_conflict_do_nothing())
    return len(subject.comment_ids)


OF_COMMENTS: tuple[Step, ...] = (
    rows_of_comments(CommentOriginalRow, CommentOriginalRow.comment_id),
    rows_of_comments(CommentThemeRow, CommentThemeRow.comment_id),
    rows_of_comments(CommentVectorRow, CommentVectorRow.comment_id),
    rows_of_comments(CorrectionRow, CorrectionRow.comment_id),
    rows_of_comments(AnalysisRow, AnalysisRow.comment_id),
    rows_of_comments(IncomingMessageRow, IncomingMessageRow.comment_id),
    rows_of_comments(TicketCommentRow, TicketCommentRow.comment_id),
    rows_of_comments(CommentRow, CommentRow.id),  # the last: the others point at it
    Step(GoneCommentRow.__tablename__, _note_gone),
)
"""What goes with a comment, for an erasure and for its age alike."""


def _forget_waiting(session: Session, subject: Subject) -> int:
    """Empty the customer's comments that wait in jobs."""
    assert subject.customer_id is not None
    return forget_customer(session, subject.tenant_id, subject.customer_id)


def _forget_answers(session: Session, subject: Subject) -> int:
    """Empty the kept answers that name the customer, a comment or a ticket."""
    assert subject.customer_id is not None
    words = [subject.customer_id, *subject.comment_ids, *subject.ticket_ids]
    return forget_mentions(session, subject.tenant_id, words)


def _empty_notes(session: Session, subject: Subject) -> int:
    """Empty what people wrote on the customer's tickets; that they wrote, and when, stays."""
    count = 0
    for start in range(0, len(subject.ticket_ids), _CHUNK):
        part = subject.ticket_ids[start : start + _CHUNK]
        statement = update(TicketNoteRow).where(
            TicketNoteRow.ticket_id.in_(part), TicketNoteRow.text.is_not(None)
        )
        found: Any = session.execute(statement.values(text=None))
        count += found.rowcount
    return count


OF_CUSTOMER: tuple[Step, ...] = (
    Step(JobInputRow.__tablename__, _forget_waiting),
    payloads_of_customer(EventRow, EventRow.tenant_id, EventRow.occurred_at, EventRow.payload),
    Step(IdempotencyRow.__tablename__, _forget_answers),
    Step(TicketNoteRow.__tablename__, _empty_notes),
    Step(TicketRow.__tablename__, _clear_tickets),
)
"""What goes with a customer beside the comments."""

KEPT: dict[str, Bilingual] = {
    "tickets": Bilingual(
        "The ticket without the customer's id: what was decided, when, and by whom must stay provable.",
        "顧客 ID を除いたチケット。対応の経緯を証明するため残します。",
    ),
    "events": Bilingual(
        "Events of the tickets, the customer's id taken out.",
        "顧客 ID を除いたチケットのイベント。",
    ),
    "audit_log": Bilingual(
        "The audit holds ids of tickets and comments, states and times; never a text or a customer's id.",
        "監査記録。チケット・コメントの ID、状態、日時のみで、本文や顧客 ID は含みません。",
    ),
    "gone_comments": Bilingual(
        "The ids of deleted comments, linked to nothing, so that copies and exports can be cleaned.",
        "削除したコメントの ID。他の情報とは結び付かず、複製やエクスポートの整理に使います。",
    ),
    "drift_weeks": Bilingual(
        "Counts and sums over all comments of a week, and words that at least five customers wrote.",
        "1 週間分のコメント全体の件数・合計値と、5 人以上の顧客が書いた語のみです。",
    ),
    "job_outputs": Bilingual(
        "Results of jobs: analyses without texts under the sender's own ids; they go with their job.",
        "ジョブの結果。本文を含まない分析結果で、ジョブとともに削除されます。",
    ),
    "theme_models": Bilingual(
        "Themes: names and words common to many comments, and ids of comments that stood for them.",
        "テーマ。多数のコメントに共通する語と、代表コメントの ID のみです。",
    ),
    "theme_fits": Bilingual(
        "Reports of past fits: counts, and ids of comments that moved.",
        "テーマ再学習の記録。件数とコメント ID のみです。",
    ),
    "ticket_notes": Bilingual(
        "That somebody wrote a note on a ticket, and when; its words are gone.",
        "チケットにメモが記録された事実と日時。本文は消去済みです。",
    ),
    "ticket_resolutions": Bilingual(
        "How tickets were resolved: root cause, disposition, times, satisfaction from 1 to 5.",
        "チケットの解決内容(原因・処置区分・日時・満足度)。",
    ),
    "erasures": Bilingual(
        "This certificate: a salted hash of the customer's id, by which backups are cleaned again.",
        "本証明書。顧客 ID のソルト付きハッシュで、バックアップ復元後の再消去に使います。",
    ),
}
"""What stays, and why; every certificate tells it."""

UNCONCERNED: dict[str, str] = {
    "api_keys": "keys of the tenant's own programs",
    "absences": "when members are away",
    "audit_heads": "ends of the chains",
    "incoming_sources": "senders of comments, and how their payloads are read",
    "job_parts": "numbers and leases of the parts of jobs",
    "jobs": "what was asked for, by whom, and counts",
    "label_salts": "a random number a tenant",
    "teams": "teams of the departments",
    "tenant_keys": "wrapped keys",
    "members": "people of the tenant who work on tickets",
    "policy_versions": "opening rules",
    "sink_references": "ids of tickets in other systems",
    "webhook_attempts": "when a delivery was tried, and what came of it",
    "webhook_deliveries": "what was sent where; its payload is that of the event",
    "webhook_endpoints": "addresses of the tenant's own programs",
    "workers": "heartbeats",
}
"""Tables that hold nothing of a customer."""


def run_steps(session: Session, steps: Sequence[Step], subject: Subject) -> dict[str, int]:
    """Run steps, and count.

    Parameters
    ----------
    session : Session
        A writing session that holds the tenant's chain and themes, and has locked the comments.
    steps : Sequence[Step]
        What to do.
    subject : Subject
        To what.

    Returns
    -------
    dict[str, int]
        Rows by table.
    """
    return {step.table: step.run(session, subject) for step in steps}
