"""Examples of the departments on the wire, for the OpenAPI document."""

from typing import Any

_LOGISTICS: dict[str, Any] = {
    "id": "logistics",
    "name": {"ja": "物流・配送", "en": "Logistics"},
    "description": {
        "ja": "配送: 遅延、紛失、輸送中の破損、梱包、配達員、追跡",
        "en": "Delivery: late, lost, damaged in transit, packaging, courier, tracking",
    },
    "examples": [],
    "keywords": [],
    "owners": ["logistics@example.com"],
    "languages": ["ja", "en"],
    "known_by": "training",
}

_SUSTAINABILITY: dict[str, Any] = {
    "id": "sustainability",
    "name": {"ja": "サステナビリティ", "en": "Sustainability"},
    "description": {
        "ja": "環境への配慮: プラスチック、過剰包装、リサイクル",
        "en": "Care for the environment: plastic, excess packaging, recycling",
    },
    "examples": ["使い捨てのプラスチックをやめてほしい。", "Why is everything wrapped in three layers?"],
    "keywords": ["リサイクル", "recycling"],
    "owners": ["森 さくら"],
    "languages": [],
    "known_by": "prototype",
}

DEPARTMENTS_JA = {"items": [_LOGISTICS, _SUSTAINABILITY], "next_cursor": None}
DEPARTMENTS_EN = {"items": [_SUSTAINABILITY, _LOGISTICS], "next_cursor": None}
