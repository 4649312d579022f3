"""A theme and its JSON shape."""

import json

import pytest

from voc_nlp.topics.theme import Theme, ThemeKind

FULL = Theme(
    "rule-002",
    {"ja": "配送が遅い", "en": "late delivery"},
    12,
    {"ja": ("配送", "遅い"), "en": ("delivery",)},
    kind=ThemeKind.RULE,
    parent="group-001",
    query="配送 OR delivery",
    representatives=("c1", "c2"),
    languages={"ja": 7, "en": 5},
    renamed=True,
    pinned=True,
    archived=True,
)


def test_there_and_back_through_json() -> None:
    assert Theme.from_dict(json.loads(json.dumps(FULL.to_dict(), ensure_ascii=False))) == FULL


def test_the_published_shape() -> None:
    assert FULL.to_dict() == {
        "id": "rule-002",
        "label": {"ja": "配送が遅い", "en": "late delivery"},
        "size": 12,
        "keywords": {"ja": ["配送", "遅い"], "en": ["delivery"]},
        "kind": "rule",
        "parent": "group-001",
        "query": "配送 OR delivery",
        "representatives": ["c1", "c2"],
        "languages": {"ja": 7, "en": 5},
        "renamed": True,
        "pinned": True,
        "archived": True,
    }


def test_what_an_older_writing_lacks_has_its_default() -> None:
    old = {"id": "theme-001", "label": {"ja": "話題", "en": "topic"}, "size": 3, "keywords": {"ja": ["語"]}}
    assert Theme.from_dict(old) == Theme("theme-001", {"ja": "話題", "en": "topic"}, 3, {"ja": ("語",)})


@pytest.mark.parametrize(
    ("changes", "held"),
    [({}, False), ({"renamed": True}, True), ({"pinned": True}, True), ({"archived": True}, True)],
)
def test_what_a_person_touched_is_held(changes: dict[str, bool], held: bool) -> None:
    assert Theme("theme-001", {"ja": "a", "en": "a"}, 1, {}, **changes).held is held  # type: ignore[arg-type]
