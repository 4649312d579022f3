"""The demands of analysts as cases: read the tables, let the library answer, say what was missed."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.evaluate.demand_checks import CHECKS, Seen, see
from voc_nlp.analysis import Analyzer

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "demands"
"""Where the tables of cases lie."""

TABLES = ("japanese.toml", "english.toml")
KNOWN_FAILURES = "known_failures.json"
_WORDS_OF_A_DEMAND = frozenset(("id", "title", "cases", "tested_in", "not_built"))


@dataclass(frozen=True, slots=True)
class Case:
    """One text and what must be answered.

    Parameters
    ----------
    id : str
        Demand and place in its list, such as ``J5.3``.
    text : str
        The comment as it is sent; its language is left for the library to find.
    checks : mapping of str to Any
        What is expected, by name of the check.
    """

    id: str
    text: str
    checks: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Demand:
    """One demand of an analyst.

    Parameters
    ----------
    id : str
        ``J1`` to ``J30``, ``E1`` and following.
    title : str
        What is demanded.
    cases : tuple of Case
        Empty where no comment's analysis can show it.
    tested_in : str
        The test module of a demand on another part of the project; empty for none.
    not_built : str
        What of it is not there, and why; empty when all is.
    """

    id: str
    title: str
    cases: tuple[Case, ...] = ()
    tested_in: str = ""
    not_built: str = ""


@dataclass(frozen=True, slots=True)
class Miss:
    """One check that the answer did not pass.

    Parameters
    ----------
    check : str
        Its name.
    expected : str
        What the table asks for.
    answered : str
        What the library said.
    by_rule : bool
        Whether rules alone decide it; such a miss is never put up with.
    """

    check: str
    expected: str
    answered: str
    by_rule: bool


def read_demands(folder: Path = FOLDER) -> list[Demand]:
    """Read the tables of cases.

    Parameters
    ----------
    folder : Path
        Folder with the tables.

    Returns
    -------
    list[Demand]
        In the order of the tables.

    Raises
    ------
    ValueError
        If a table asks for something that no check knows, or names a demand or a text twice.
    """
    demands: list[Demand] = []
    for name in TABLES:
        content = tomllib.loads((folder / name).read_text(encoding="utf-8"))
        demands += [_read_demand(item, name) for item in content["demands"]]
    ids = [demand.id for demand in demands]
    texts = [case.text for demand in demands for case in demand.cases]
    for what, values in (("demand", ids), ("text", texts)):
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise ValueError(f"{folder}: the {what} {twice[0]!r} stands there twice; remove one")
    return demands


def answer_demands(analyzer: Analyzer, demands: Sequence[Demand]) -> dict[str, tuple[Miss, ...]]:
    """Let the library answer every case, in one call.

    Parameters
    ----------
    analyzer : Analyzer
        What is measured.
    demands : Sequence[Demand]
        The cases.

    Returns
    -------
    dict[str, tuple[Miss, ...]]
        What was missed, by id of the case; an empty tuple for a case that is met.
    """
    cases = [case for demand in demands for case in demand.cases]
    answers = analyzer.analyze([case.text for case in cases])
    return {
        case.id: _judge(case, see(case.text, answer)) for case, answer in zip(cases, answers, strict=True)
    }


def known_failures(outcomes: Mapping[str, Sequence[Miss]]) -> dict[str, list[str]]:
    """Name the checks of the model that are missed.

    Parameters
    ----------
    outcomes : Mapping[str, Sequence[Miss]]
        As `answer_demands` gives it.

    Returns
    -------
    dict[str, list[str]]
        Names of checks by id of the case; checks that rules decide are never known failures.
    """
    named = {
        case_id: [miss.check for miss in misses if not miss.by_rule] for case_id, misses in outcomes.items()
    }
    return {case_id: checks for case_id, checks in named.items() if checks}


def read_known_failures(folder: Path = FOLDER) -> dict[str, list[str]]:
    """Read the committed list of known failures of tier default.

    Parameters
    ----------
    folder : Path
        Folder with the tables.

    Returns
    -------
    dict[str, list[str]]
        Names of checks by id of the case.
    """
    failures: dict[str, list[str]] = json.loads((folder / KNOWN_FAILURES).read_text(encoding="utf-8"))
    return failures


def write_known_failures(outcomes: Mapping[str, Sequence[Miss]], folder: Path = FOLDER) -> Path:
    """Write the list of known failures anew.

    Parameters
    ----------
    outcomes : Mapping[str, Sequence[Miss]]
        What tier default missed.
    folder : Path
        Folder with the tables.

    Returns
    -------
    Path
        The file written.
    """
    path = folder / KNOWN_FAILURES
    lines = [
        f"  {json.dumps(case_id)}: {json.dumps(checks)}"
        for case_id, checks in known_failures(outcomes).items()
    ]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n" if lines else "{}\n", encoding="utf-8")
    return path


def _read_demand(item: Mapping[str, Any], table: str) -> Demand:
    unknown = sorted(item.keys() - _WORDS_OF_A_DEMAND)
    if unknown or not (item.get("cases") or item.get("tested_in") or item.get("not_built")):
        raise ValueError(
            f"{table}, demand {item.get('id')}: met {', '.join(item)}; expected id, title, and cases, "
            "tested_in or not_built"
        )
    cases = (
        _read_case(f"{item['id']}.{number}", case, table)
        for number, case in enumerate(item.get("cases", ()), start=1)
    )
    return Demand(
        item["id"], item["title"], tuple(cases), item.get("tested_in", ""), item.get("not_built", "")
    )


def _read_case(case_id: str, item: Mapping[str, Any], table: str) -> Case:
    checks = {name: value for name, value in item.items() if name != "text"}
    if not isinstance(item.get("text"), str) or not checks:
        raise ValueError(f"{table}, {case_id}: expected a text and at least one check")
    for name, expected in checks.items():
        if name not in CHECKS:
            raise ValueError(f"{table}, {case_id}: no check {name!r}; choose among {', '.join(CHECKS)}")
        fault = CHECKS[name].fault(expected, item["text"])
        if fault:
            raise ValueError(f"{table}, {case_id}, {name}: {fault}")
    return Case(case_id, item["text"], checks)


def _judge(case: Case, seen: Seen) -> tuple[Miss, ...]:
    misses = []
    for name, expected in case.checks.items():
        check = CHECKS[name]
        met, answered = check.judge(expected, seen)
        if not met:
            misses.append(Miss(name, check.asks(expected), answered, check.by_rule))
    return tuple(misses)
