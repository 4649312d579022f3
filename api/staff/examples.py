"""Examples of teams, members and absences for the OpenAPI document, in Japanese and in English."""

from typing import Any

JsonObject = dict[str, Any]

_TEAM = "tea_019d52a000007000a1b2c3d4e5f60801"
_MEMBER = "mem_019d52a000007000a1b2c3d4e5f60802"
_ABSENCE = "abs_019d52a000007000a1b2c3d4e5f60803"

TEAM_IN_JA: JsonObject = {
    "department": "logistics",
    "name": {"ja": "配送相談", "en": "Delivery desk"},
    "strategy": "least_loaded",
}
TEAM_IN_EN: JsonObject = {"department": "billing", "name": {"ja": "請求窓口", "en": "Billing desk"}}
TEAM_JA: JsonObject = {"id": _TEAM, **TEAM_IN_JA, "version": 1}
TEAM_EN: JsonObject = {"id": _TEAM, **TEAM_IN_EN, "strategy": "round_robin", "version": 1}
TEAM_CHANGE_JA: JsonObject = {"strategy": "round_robin"}
TEAM_CHANGE_EN: JsonObject = {"name": {"ja": "請求窓口", "en": "Billing"}}

MEMBER_IN_JA: JsonObject = {
    "team_id": _TEAM,
    "name": "佐藤 花子",
    "skills": ["配送が遅い"],
    "languages": ["ja"],
    "capacity": 15,
}
MEMBER_IN_EN: JsonObject = {"team_id": _TEAM, "name": "Alex Doe", "languages": ["en", "ja"]}
MEMBER_JA: JsonObject = {"id": _MEMBER, "contact": None, "active": True, "version": 1, **MEMBER_IN_JA}
MEMBER_EN: JsonObject = {
    "id": _MEMBER,
    "contact": None,
    "skills": [],
    "capacity": 20,
    "active": True,
    "version": 1,
    **MEMBER_IN_EN,
}
MEMBERS_IN_JA: JsonObject = {"members": [MEMBER_IN_JA]}
MEMBERS_IN_EN: JsonObject = {"members": [MEMBER_IN_EN]}
IMPORTED_JA: JsonObject = {"items": [MEMBER_JA]}
IMPORTED_EN: JsonObject = {"items": [MEMBER_EN]}
MEMBERS_CSV = (
    "team_id,name,skills,languages,capacity\r\n"
    f"{_TEAM},佐藤 花子,配送が遅い;logistics,ja,15\r\n"
    f"{_TEAM},Alex Doe,,en;ja,20\r\n"
)
MEMBER_CHANGE_JA: JsonObject = {"capacity": 5, "skills": ["配送が遅い", "logistics"]}
MEMBER_CHANGE_EN: JsonObject = {"active": False}

ABSENCE_IN_JA: JsonObject = {"from": "2026-08-13T00:00:00+09:00", "to": "2026-08-16T00:00:00+09:00"}
ABSENCE_IN_EN: JsonObject = {"from": "2026-08-13T13:00:00+09:00", "to": "2026-08-14T00:00:00+09:00"}
ABSENCE_JA: JsonObject = {
    "id": _ABSENCE,
    "member_id": _MEMBER,
    "from": "2026-08-12T15:00:00Z",
    "to": "2026-08-15T15:00:00Z",
    "version": 1,
}
ABSENCE_EN: JsonObject = {**ABSENCE_JA, "from": "2026-08-13T04:00:00Z", "to": "2026-08-13T15:00:00Z"}
ABSENCE_CHANGE: JsonObject = {"to": "2026-08-17T00:00:00+09:00"}


def page(item: JsonObject) -> JsonObject:
    """Make a page of one item.

    Parameters
    ----------
    item : JsonObject
        The item.

    Returns
    -------
    JsonObject
        The last page.
    """
    return {"items": [item], "next_cursor": None}
