"""Reads opening rules from TOML or JSON; every mistake is named with its place and how to mend it."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from api.errors import Bilingual, ConfigurationError
from api.policy.conditions import CHOICES, FLAGS, LABELS, NUMBERS, Conditions, Range, fold, written
from api.policy.levels import Level
from api.policy.rules import Match, Rule, RuleSet
from voc_nlp.errors import QueryError
from voc_nlp.topics.queries.query import parse_query

_RULE_KEYS = {"id", "level", "when", "note", "department", "open", "stop", "from", "until"}
_RANGES = {f"{name}_{end}": (name, end) for name in NUMBERS for end in ("at_least", "at_most")}
_GROUPS = ("any_of", "none_of")
_CONDITION_KEYS = {*CHOICES, *_RANGES, *FLAGS, *_GROUPS, "extra", "query"}
_MAX_DEPTH = 5
_MAX_RULES = 1000
_MAX_NOTE = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: in which document, and the keys and indices that lead there."""

    document: str
    parts: tuple[str | int, ...] = ()
    rule_id: str = ""

    def __truediv__(self, part: str | int) -> "Place":
        """Go one step deeper."""
        return replace(self, parts=(*self.parts, part))

    def __str__(self) -> str:
        """Write the place for people: ``policy.toml: rules[2] (grave).when.sentiment``."""
        told = ""
        for number, part in enumerate(self.parts):
            told += f"[{part}]" if isinstance(part, int) else f".{part}" if told else part
            if number == 1 and self.rule_id:
                told += f" ({self.rule_id})"
        return f"{self.document}: {told}" if told else self.document


class RuleError(ConfigurationError):
    """A rule cannot be used.

    Parameters
    ----------
    place : Place
        Where.
    detail : Bilingual
        What was met, what was expected.
    """

    def __init__(self, place: Place, detail: Bilingual) -> None:
        super().__init__(f"{place}: {detail.en}")
        self.place = place
        self.detail = detail


def read_rules(table: Mapping[str, Any], document: str) -> RuleSet:
    """Read ``match`` and ``rules``.

    Parameters
    ----------
    table : Mapping[str, Any]
        As TOML or JSON gives it; other keys are not looked at.
    document : str
        Name of the file or body, for messages.

    Returns
    -------
    RuleSet
        Checked.

    Raises
    ------
    RuleError
        If something cannot be meant; says where.
    """
    top = Place(document)
    rows = table.get("rules")
    if not isinstance(rows, list) or not rows or len(rows) > _MAX_RULES:
        raise RuleError(
            top / "rules",
            Bilingual(
                f"is missing or empty, or has over {_MAX_RULES} rules; give at least one",
                f"ないか空、または {_MAX_RULES} 件を超えています。1 件以上指定してください",
            ),
        )
    rules = tuple(_rule(row, top / "rules" / index) for index, row in enumerate(rows))
    ids = [rule.id for rule in rules]
    for index, rule_id in enumerate(ids):
        if rule_id in ids[:index]:
            raise RuleError(
                top / "rules" / index / "id",
                Bilingual(
                    f"two rules have the id {rule_id!r}; give each its own",
                    f"ID {rule_id!r} のルールが 2 つあります。別の ID にしてください",
                ),
            )
    match = _label(tuple(Match), table.get("match", Match.FIRST.value), top / "match")
    content = {"match": match, "rules": [_plain(row) for row in rows]}
    return RuleSet(Match(match), rules, content)


def _rule(row: Any, place: Place) -> Rule:
    """Read one rule."""
    if not isinstance(row, dict):
        raise _wrong(place, "expected a table [[rules]]", "ルールはテーブル(オブジェクト)で指定してください")
    rule_id = row.get("id")
    if not isinstance(rule_id, str) or not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", rule_id):
        raise _wrong(
            place / "id",
            f"met {_shown(rule_id)}, expected 1 to 64 of a-z, 0-9 and '-'",
            f"{_shown(rule_id)} は使用できません。a-z、0-9、'-' の 1〜64 文字で指定してください",
        )
    place = replace(place, rule_id=rule_id)
    _only(row, _RULE_KEYS, place)
    opens = _truth(row, "open", True, place)
    level = Level.FRONTLINE
    if opens or "level" in row:
        level = Level(_label(tuple(Level), row.get("level"), place / "level"))
    department = row.get("department")
    if department is not None and not (
        isinstance(department, str) and re.fullmatch(r"[a-z0-9_-]{1,64}", department)
    ):
        raise _wrong(
            place / "department",
            f"met {_shown(department)}, expected the id of a department",
            f"{_shown(department)} は使用できません。部署の ID を指定してください",
        )
    note = row.get("note", "")
    if not isinstance(note, str) or len(note) > _MAX_NOTE:
        raise _wrong(
            place / "note",
            f"expected a text of at most {_MAX_NOTE} characters",
            f"{_MAX_NOTE} 文字以内の文字列で指定してください",
        )
    first_day, last_day = _day(row, "from", place), _day(row, "until", place)
    if first_day and last_day and last_day < first_day:
        raise _wrong(
            place / "until",
            f"{last_day} lies before from = {first_day}",
            f"{last_day} が開始日 {first_day} より前です",
        )
    return Rule(
        id=rule_id,
        level=level,
        when=_conditions(row.get("when"), place / "when", 0),
        note=note,
        department=department,
        opens=opens,
        stop=_truth(row, "stop", False, place),
        first_day=first_day,
        last_day=last_day,
    )


def _conditions(row: Any, place: Place, depth: int) -> Conditions:
    """Read conditions; none at all would hold for everything."""
    if not isinstance(row, dict):
        raise _wrong(place, "the table is missing", "条件のテーブルがありません")
    if depth > _MAX_DEPTH:
        raise _wrong(
            place, f"groups deeper than {_MAX_DEPTH}; use fewer", f"条件の入れ子は {_MAX_DEPTH} 段までです"
        )
    _only(row, _CONDITION_KEYS, place)
    if not row:
        raise _wrong(
            place,
            "has no condition; it would hold for every comment",
            "条件がありません。すべてのコメントに当てはまってしまいます",
        )
    choices: dict[str, frozenset[str]] = {}
    flags: dict[str, bool] = {}
    groups: dict[str, tuple[Conditions, ...]] = {}
    for key, value in row.items():
        if key in LABELS:
            choices[key] = frozenset(
                fold(_label(LABELS[key], item, place / key)) for item in _strings(value, place / key)
            )
        elif key in CHOICES:
            choices[key] = frozenset(map(fold, _strings(value, place / key)))
        elif key in FLAGS:
            flags[key] = _truth(row, key, False, place)
        elif key in _GROUPS:
            groups[key] = tuple(
                _conditions(item, place / key / number, depth + 1)
                for number, item in enumerate(_items(value, place / key))
            )
    return Conditions(
        choices=choices,
        ranges=_ranges(row, place),
        flags=flags,
        extra=_extra(row["extra"], place / "extra") if "extra" in row else {},
        any_of=groups.get("any_of", ()),
        none_of=groups.get("none_of", ()),
        query=_query(row["query"], place / "query") if "query" in row else None,
    )


def _ranges(row: Mapping[str, Any], place: Place) -> dict[str, Range]:
    """Read ``nps_at_most`` and the like."""
    ends: dict[str, dict[str, float]] = {}
    for key in sorted(_RANGES.keys() & row.keys()):
        name, end = _RANGES[key]
        ends.setdefault(name, {})[end] = _number(row[key], place / key)
    return {name: _range(found, place / f"{name}_at_most") for name, found in ends.items()}


def _range(ends: Mapping[str, float], place: Place) -> Range:
    """Make a range that holds at least one number."""
    least, most = ends.get("at_least"), ends.get("at_most")
    if least is not None and most is not None and most < least:
        raise _wrong(
            place,
            f"{most:g} lies below at_least = {least:g}; nothing is between them",
            f"{most:g} が下限の {least:g} を下回っています",
        )
    return Range(least, most)


def _extra(table: Any, place: Place) -> dict[str, frozenset[str] | Range]:
    """Read conditions on further columns: values, or a range."""
    if not isinstance(table, dict) or not table:
        raise _wrong(
            place,
            'expected columns such as { "会員ランク" = ["gold"] }',
            '{ "会員ランク" = ["gold"] } のように列を指定してください',
        )
    found: dict[str, frozenset[str] | Range] = {}
    for name, value in table.items():
        at = place / name
        if isinstance(value, dict):
            _only(value, {"at_least", "at_most"}, at)
            if not value:
                raise _wrong(at, "has neither at_least nor at_most", "at_least か at_most が必要です")
            found[name] = _range({end: _number(each, at / end) for end, each in value.items()}, at)
            continue
        items = _items(value, at)
        if not all(isinstance(item, str | int) or _is_finite(item) for item in items):
            raise _wrong(
                at, "expected texts, numbers or truths", "文字列・数値・真偽値のリストで指定してください"
            )
        found[name] = frozenset(fold(written(item)) for item in items)
    return found


def _is_finite(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def _query(value: Any, place: Place) -> Any:
    """Read a query of docs/queries.md."""
    if not isinstance(value, str) or not value.strip():
        raise _wrong(place, "expected the text of a query", "検索式を文字列で指定してください")
    try:
        return parse_query(value)
    except QueryError as error:
        raise _wrong(place, str(error), f"検索式が正しくありません: {error}") from None


def _day(row: Mapping[str, Any], key: str, place: Place) -> date | None:
    """Read a day, as TOML has it or as a text."""
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong(
            place / key,
            f"met {_shown(value)}, expected a date such as 2026-04-01",
            f"{_shown(value)} は使用できません。2026-04-01 のような日付で指定してください",
        ) from None


def _truth(row: Mapping[str, Any], key: str, default: bool, place: Place) -> bool:
    """Take true or false."""
    value = row.get(key, default)
    if not isinstance(value, bool):
        raise _wrong(
            place / key,
            f"met {_shown(value)}, expected true or false",
            f"{_shown(value)} は使用できません。true か false で指定してください",
        )
    return value


def _number(value: Any, place: Place) -> float:
    """Take a number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        raise _wrong(
            place,
            f"met {_shown(value)}, expected a number",
            f"{_shown(value)} は使用できません。数値で指定してください",
        )
    return float(value)


def _items(value: Any, place: Place) -> list[Any]:
    """Take a list that is not empty."""
    if not isinstance(value, list) or not value:
        raise _wrong(
            place,
            f"is {_shown(value)}; write a list with at least one item",
            "1 件以上のリストで指定してください",
        )
    return value


def _strings(value: Any, place: Place) -> list[str]:
    """Take a list of texts."""
    items = _items(value, place)
    if not all(isinstance(item, str) and item.strip() for item in items):
        raise _wrong(
            place,
            f'is {_shown(value)}; write a list such as ["a", "b"]',
            '["a", "b"] のような文字列のリストで指定してください',
        )
    return items


def _label(known: tuple[str, ...], value: Any, place: Place) -> str:
    """Take one of a few words."""
    if not isinstance(value, str) or value not in known:
        raise _wrong(
            place,
            f"met {_shown(value)}, expected one of {', '.join(known)}",
            f"{_shown(value)} は使用できません。次のいずれかを指定してください: {', '.join(known)}",
        )
    return str(value)


def _only(table: Mapping[str, Any], known: set[str], place: Place) -> None:
    """Refuse keys that nobody reads: most are typing mistakes."""
    unknown = sorted(set(table) - known)
    if unknown:
        names = ", ".join(sorted(known))
        raise _wrong(
            place,
            f"unknown key {_shown(unknown[0])}; known are {names}",
            f"{_shown(unknown[0])} という項目はありません。使用できる項目: {names}",
        )


def _shown(value: Any) -> str:
    """Return a value for a message, not longer than a line."""
    told = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return told if len(told) <= 80 else f"{told[:77]}..."


def _plain(value: Any) -> Any:
    """Return a value of TOML as JSON has it."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _wrong(place: Place, en: str, ja: str) -> RuleError:
    return RuleError(place, Bilingual(en, ja))
