"""The shipped business calendar, and times in Tokyo to ask it about."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from api.policy.reading import load_policy
from api.settings import Settings

TOKYO = ZoneInfo("Asia/Tokyo")
CALENDAR = load_policy(Path(Settings.model_fields["config_dir"].default) / "policy.toml").calendar


def tokyo(text: str) -> datetime:
    """Read a time of day in Tokyo."""
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)
