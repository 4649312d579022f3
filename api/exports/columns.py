"""The columns of the exports: their names, order and kinds."""

from enum import StrEnum


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"
    TEXTS = "texts"
    OBJECT = "object"


_TICKET = {
    "status": Kind.TEXT,
    "level": Kind.TEXT,
    "department": Kind.TEXT,
    "opened_at": Kind.TIME,
    "due_at": Kind.TIME,
    "breached_at": Kind.TIME,
    "resolved_at": Kind.TIME,
    "root_cause": Kind.TEXT,
}

COMMENT_COLUMNS = {
    "id": Kind.TEXT,
    "source": Kind.TEXT,
    "external_id": Kind.TEXT,
    "received_at": Kind.TIME,
    "created_at": Kind.TIME,
    "text": Kind.TEXT,
    "language": Kind.TEXT,
    "channel": Kind.TEXT,
    "industry": Kind.TEXT,
    "touchpoint": Kind.TEXT,
    "customer_id": Kind.TEXT,
    "nps": Kind.INTEGER,
    "csat": Kind.NUMBER,
    "ces": Kind.NUMBER,
    "meaningful": Kind.BOOLEAN,
    "sentiment": Kind.TEXT,
    "sentiment_score": Kind.NUMBER,
    "intent": Kind.TEXT,
    "urgency": Kind.TEXT,
    "urgency_reasons": Kind.TEXTS,
    "churn_at_risk": Kind.BOOLEAN,
    "churn_probability": Kind.NUMBER,
    "departments": Kind.TEXTS,
    "abstained": Kind.BOOLEAN,
    "themes": Kind.TEXTS,
    "theme_labels": Kind.TEXTS,
    "model_version": Kind.TEXT,
    "ticket_id": Kind.TEXT,
    **{f"ticket_{name}": kind for name, kind in _TICKET.items()},
    "corrections": Kind.OBJECT,
    "extra": Kind.OBJECT,
}
"""A row is a comment; `corrections` holds the labels by people that are in force, by task."""

TICKET_COLUMNS = {
    "id": Kind.TEXT,
    **_TICKET,
    "urgency": Kind.TEXT,
    "customer_id": Kind.TEXT,
    "action": Kind.TEXT,
    "disposition": Kind.TEXT,
    "rule": Kind.TEXT,
    "policy_version": Kind.TEXT,
    "model_version": Kind.TEXT,
    "comment_count": Kind.INTEGER,
    "comment_ids": Kind.TEXTS,
    "updated_at": Kind.TIME,
}
"""A row is a ticket; root cause, action and disposition are filled where tickets are closed with them."""

OUTCOME_COLUMNS = tuple(_TICKET)
