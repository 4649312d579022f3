"""Every case of the analysts' demands: rules must pass, what the models are known to miss is listed.

After a training: ``python -m training demands --write-known-failures``.
"""

from functools import cache
from pathlib import Path

import pytest

from training.evaluate.demands import (
    Case,
    Miss,
    answer_demands,
    known_failures,
    read_demands,
    read_known_failures,
)
from voc_nlp.loading import load_analyzer

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(
    not (ROOT / "models" / "registry.toml").is_file(), reason="models/registry.toml is not there yet"
)

DEMANDS = read_demands()
CASES = [case for demand in DEMANDS for case in demand.cases]
KNOWN = read_known_failures()


class KnownFailure(AssertionError):
    """Exactly the listed checks are missed, no other."""


@cache
def outcomes() -> dict[str, tuple[Miss, ...]]:
    return answer_demands(load_analyzer(ROOT / "models"), DEMANDS)


def marked(case: Case) -> object:
    if case.id not in KNOWN:
        return pytest.param(case, id=case.id)
    mark = pytest.mark.xfail(raises=KnownFailure, strict=True, reason=f"known: {', '.join(KNOWN[case.id])}")
    return pytest.param(case, id=case.id, marks=mark)


@pytest.mark.parametrize("case", [marked(case) for case in CASES])
def test_case(case: Case) -> None:
    misses = outcomes()[case.id]
    said = [f"{miss.check}: expected {miss.expected}, answered {miss.answered}" for miss in misses]
    assert [miss.check for miss in misses if miss.by_rule] == [], f"{case.text}\n" + "\n".join(said)
    missed = known_failures({case.id: misses}).get(case.id, [])
    if missed and missed == KNOWN.get(case.id):
        raise KnownFailure("\n".join(said))
    assert missed == [], f"{case.text}\n" + "\n".join(said)


def test_the_list_names_no_other_cases() -> None:
    checks = {case.id: set(case.checks) for case in CASES}
    assert [case_id for case_id in KNOWN if not set(KNOWN[case_id]) <= checks.get(case_id, set())] == []


def test_every_demand_is_there_and_has_its_cases() -> None:
    japanese = [demand for demand in DEMANDS if demand.id.startswith("J")]
    assert [demand.id for demand in japanese] == [f"J{number}" for number in range(1, 31)]
    assert [demand.id for demand in DEMANDS if demand.cases and len(demand.cases) < 5] == []
    assert [d.id for d in DEMANDS if d.tested_in and not (ROOT / d.tested_in).is_file()] == []
