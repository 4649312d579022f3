"""Slack's incoming webhooks: a ticket as a message of text and blocks, in Japanese or English.

References
----------
https://api.slack.com/messaging/webhooks, https://api.slack.com/reference/block-kit/blocks
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from api.sinks.protocol import Call, Connection, TicketNews

_TOKYO = ZoneInfo("Asia/Tokyo")
_HEADLINES: Mapping[str, tuple[str, str]] = {
    "ticket.opened": ("チケットが起票されました", "A ticket was opened"),
    "ticket.joined": ("チケットに新しいコメントが追加されました", "A further comment joined a ticket"),
    "ticket.escalated": ("チケットが上位レベルに引き上げられました", "A ticket was escalated"),
    "ticket.overdue": ("チケットが期限を過ぎています", "A ticket is overdue"),
    "ticket.resolved": ("チケットが解決しました", "A ticket was resolved"),
    "ticket.closed": ("チケットがクローズされました", "A ticket was closed"),
    "ticket.reopened": ("チケットが再オープンされました", "A ticket was reopened"),
    "webhook.test": ("テスト通知です", "This is a test"),
}
_CHANGED = ("チケットが更新されました", "A ticket was changed")
_NAMES: Mapping[str, tuple[str, str]] = {
    "department": ("部署", "Department"),
    "level": ("レベル", "Level"),
    "urgency": ("緊急度", "Urgency"),
    "status": ("状態", "Status"),
    "due_at": ("期限", "Due"),
    "comment_count": ("コメント数", "Comments"),
}
_VALUES: Mapping[str, str] = {
    "frontline": "一次対応",
    "department": "部門管理者",
    "executive": "経営層",
    "low": "低",
    "normal": "通常",
    "high": "高",
    "open": "未対応",
    "in_progress": "対応中",
    "resolved": "解決済み",
    "closed": "クローズ",
}
_MARKED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class SlackSink:
    """Posts one message for each change; the address itself is Slack's secret, so nothing is signed."""

    def open(self, connection: Connection, news: TicketNews) -> Call | None:
        """Post the new ticket."""
        return _message(connection, news)

    def update(self, connection: Connection, news: TicketNews) -> Call | None:
        """Post the changed ticket."""
        return _message(connection, news)

    def close(self, connection: Connection, news: TicketNews) -> Call | None:
        """Post the resolved ticket."""
        return _message(connection, news)

    def comment(self, connection: Connection, news: TicketNews) -> Call | None:
        """Post that a comment joined."""
        return _message(connection, news)

    def read_reference(self, answer: bytes) -> str | None:
        """Find none: Slack answers ``ok``."""
        return None


def _message(connection: Connection, news: TicketNews) -> Call:
    """Word a message."""
    japanese = connection.language == "ja"
    headline = _HEADLINES.get(news.event_type, _CHANGED)[0 if japanese else 1]
    fields = [
        {
            "type": "mrkdwn",
            "text": f"*{names[0 if japanese else 1]}*\n{_shown(name, news.facts[name], japanese)}",
        }
        for name, names in _NAMES.items()
        if news.facts.get(name) is not None
    ]
    ticket = news.ticket_id.translate(_MARKED)
    body = {
        "text": f"{headline}: {ticket}",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": headline}},
            {"type": "section", "text": {"type": "mrkdwn", "text": f"`{ticket}`"}, "fields": fields},
            {
                "type": "context",
                "elements": [
                    {
                        "type": "mrkdwn",
                        "text": f"{_time(news.occurred_at, japanese)} · #{news.sequence} · {news.event_id}",
                    }
                ],
            },
        ],
    }
    content = json.dumps(body, ensure_ascii=False).encode()
    return Call("POST", connection.url, {"Content-Type": "application/json; charset=utf-8"}, content)


def _shown(name: str, value: object, japanese: bool) -> str:
    """Show one fact."""
    text = str(value)
    if name == "due_at":
        return _time(datetime.fromisoformat(text), japanese)
    if japanese and name != "department":
        text = _VALUES.get(text, text)
    return text.translate(_MARKED)


def _time(at: datetime, japanese: bool) -> str:
    """Show a time: Japanese readers get Tokyo's clock, others UTC."""
    if japanese:
        return at.astimezone(_TOKYO).strftime("%Y年%m月%d日 %H:%M")
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
