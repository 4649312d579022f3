"""All tables; importing this package makes `Base.metadata` complete."""

from api.db.tables.audit import AuditHeadRow, AuditRow
from api.db.tables.base import Base
from api.db.tables.comments import AnalysisRow, CommentRow
from api.db.tables.corrections import CorrectionRow, LabelSaltRow
from api.db.tables.drift import DriftWeekRow
from api.db.tables.erasures import ErasureRow, GoneCommentRow
from api.db.tables.events import EventRow
from api.db.tables.idempotency import IdempotencyRow
from api.db.tables.incoming import IncomingMessageRow, IncomingSourceRow
from api.db.tables.jobs import JobInputRow, JobOutputRow, JobPartRow, JobRow
from api.db.tables.keys import ApiKeyRow
from api.db.tables.policies import PolicyVersionRow
from api.db.tables.staff import AbsenceRow, MemberRow, TeamRow
from api.db.tables.themes import CommentThemeRow, CommentVectorRow, ThemeFitRow, ThemeModelRow
from api.db.tables.ticket_life import TicketNoteRow, TicketResolutionRow
from api.db.tables.tickets import OPEN_OF_A_CUSTOMER, TicketCommentRow, TicketRow
from api.db.tables.vault import CommentOriginalRow, TenantKeyRow
from api.db.tables.webhooks import (
    SinkReferenceRow,
    WebhookAttemptRow,
    WebhookDeliveryRow,
    WebhookEndpointRow,
)
from api.db.tables.workers import WorkerRow

__all__ = [
    "OPEN_OF_A_CUSTOMER",
    "AbsenceRow",
    "AnalysisRow",
    "ApiKeyRow",
    "AuditHeadRow",
    "AuditRow",
    "Base",
    "CommentOriginalRow",
    "CommentRow",
    "CommentThemeRow",
    "CommentVectorRow",
    "CorrectionRow",
    "DriftWeekRow",
    "ErasureRow",
    "EventRow",
    "GoneCommentRow",
    "IdempotencyRow",
    "IncomingMessageRow",
    "IncomingSourceRow",
    "JobInputRow",
    "JobOutputRow",
    "JobPartRow",
    "JobRow",
    "LabelSaltRow",
    "MemberRow",
    "PolicyVersionRow",
    "SinkReferenceRow",
    "TeamRow",
    "TenantKeyRow",
    "ThemeFitRow",
    "ThemeModelRow",
    "TicketCommentRow",
    "TicketNoteRow",
    "TicketResolutionRow",
    "TicketRow",
    "WebhookAttemptRow",
    "WebhookDeliveryRow",
    "WebhookEndpointRow",
    "WorkerRow",
]
