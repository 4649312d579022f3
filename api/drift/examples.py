"""An example of the report on drift; the figures are the same in both languages."""

from api.examples import JsonObject

DRIFT: JsonObject = {
    "language": None,
    "weeks": [
        {
            "start": "2026-03-02",
            "end": "2026-03-08",
            "comments": 812,
            "model_version": "2026.11.3",
            "alarms": ["intent"],
        }
    ],
    "series": [
        {
            "measure": "intent",
            "pace": "sudden",
            "points": [
                {
                    "week": "2026-03-02",
                    "status": "alarm",
                    "comments": 796,
                    "weeks": 26,
                    "statistic": 0.1042,
                    "threshold": 0.0713,
                    "p": 1.9e-06,
                    "effect": 0.1042,
                    "since": "2026-03-02",
                    "moved": [
                        {"name": "complaint", "before": 0.3805, "now": 0.4811, "words": None},
                        {"name": "praise", "before": 0.2714, "now": 0.2061, "words": None},
                    ],
                }
            ],
        }
    ],
}
