"""Examples of the reports on comments; the figures are the same in both languages."""

from api.examples import JsonObject

_PERIOD: JsonObject = {"start": "2026-03-01", "end": "2026-03-31"}
NPS: JsonObject = {
    "period": "month",
    "by": "channel",
    "items": [
        {
            **_PERIOD,
            "segment": "app",
            "change": {"value": -6.2, "low": -15.8, "high": 3.4},
            "complete": True,
            "nps": {"value": 12.4, "low": 5.1, "high": 19.5},
            "answers": 412,
            "promoters": 158,
            "passives": 147,
            "detractors": 107,
            "unanswered": 36,
        }
    ],
    "outside": 0,
}
SENTIMENT: JsonObject = {
    "period": "fiscal_quarter",
    "by": None,
    "items": [
        {
            "start": "2026-01-01",
            "end": "2026-03-31",
            "segment": None,
            "change": {"value": 0.04, "low": -0.01, "high": 0.09},
            "complete": True,
            "sentiment": {"value": -0.12, "low": -0.16, "high": -0.08},
            "comments": 1204,
            "labels": {
                "positive": {"comments": 361, "share": {"value": 0.2998, "low": 0.2746, "high": 0.3263}},
                "neutral": {"comments": 241, "share": {"value": 0.2002, "low": 0.1785, "high": 0.2237}},
                "negative": {"comments": 482, "share": {"value": 0.4003, "low": 0.373, "high": 0.4283}},
                "mixed": {"comments": 120, "share": {"value": 0.0997, "low": 0.084, "high": 0.1179}},
            },
        }
    ],
    "outside": 0,
}
