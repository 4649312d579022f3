"""What is compared, on made-up answers: every task, language and slice; what cannot be, is said."""

from dataclasses import replace
from typing import Any

import pytest

import training.compare.run as run
from tests.training.compare.made import labels
from tests.training.evaluate.builders import answer, comment
from training.compare.candidates import Candidate
from training.compare.run import CLASSES, SETS, Comparison
from training.compare.sets import TestSet
from training.data.labelled import Labelled

JA = [comment(channel="email", industry="hotel") for _ in range(30)]
EN = [comment("The room is good. Breakfast is cold.", lang="en", aspects=()) for _ in range(10)]
RIGHT = [*(answer() for _ in JA), *(answer(aspects=()) for _ in EN)]
WRONG = [answer(sentiment="positive", departments=("sales",), churn=True, aspects=()) for _ in (*JA, *EN)]


class Answering:
    """Stands in for an analyzer: answers as it was told."""

    def __init__(self, name: str, said: list[Any]) -> None:
        self.model_version = name
        self.said = said


class Made(Candidate):
    """A candidate whose models are made up."""

    said: list[Any]

    def load(self) -> Any:
        return Answering(self.name, self.said)


def candidate(name: str, said: list[Any], **own: tuple[str, ...]) -> Candidate:
    made = Made(name, {}, labels(**own), frozenset())
    object.__setattr__(made, "said", said)
    return made


@pytest.fixture(autouse=True)
def answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "predict", lambda analyzer, rows: analyzer.said[: len(rows)])


def compare(
    old: Candidate, new: Candidate, rows: list[Labelled] | None = None, left_out: int = 0
) -> Comparison:
    return run.compare(old, new, [TestSet("a.csv", tuple(rows or [*JA, *EN]), left_out)], seed=0)


def test_every_task_language_and_slice() -> None:
    found = compare(candidate("1", WRONG), candidate("2", RIGHT))
    assert {row.task for row in found.rows} == {*CLASSES, *SETS}
    places = {(row.lang, row.slice): row.found.n for row in found.rows if row.task == "owner"}
    assert places == {
        ("both", "all"): 40, ("ja", "all"): 30, ("en", "all"): 10,
        ("ja", "channel=email"): 30, ("ja", "industry=hotel"): 30, ("ja", "length=short"): 30,
    }  # fmt: skip
    assert (found.old, found.new, found.notes) == ("1", "2", ())


@pytest.mark.parametrize(("task", "old"), [("sentiment", 0), ("owner", 0), ("churn", 0), ("intent", 1)])
def test_better_and_the_same(task: str, old: float) -> None:
    found = compare(candidate("1", WRONG), candidate("2", RIGHT))
    (one,) = [row for row in found.rows if (row.task, row.lang, row.slice) == (task, "both", "all")]
    assert (one.found.old, one.found.new) == (old, 1)
    assert one.found.verdict == ("same" if old else "better")
    assert one.to_dict()["verdict"] == one.found.verdict


def test_what_nobody_labelled_is_said() -> None:
    rows = [replace(row, sentiment=None, aspects=None) for row in JA]
    found = compare(candidate("1", WRONG), candidate("2", RIGHT), rows, left_out=7)
    assert {row.task for row in found.rows} == {"owner", "intent", "urgency", "churn", "departments"}
    assert "a.csv, sentiment: no labels" in found.notes
    assert found.notes[0].startswith("a.csv: 7 comments left out")


def test_departments_that_the_new_model_lacks_are_not_held_against_it() -> None:
    found = compare(candidate("1", RIGHT), candidate("2", RIGHT, owner=("rooms", "none")))
    assert {"owner", "departments"} & {row.task for row in found.rows} == set()
    assert "a.csv, owner: not compared, 2 has no store_operations" in found.notes


def test_departments_that_the_old_model_lacks_are_compared() -> None:
    rows = [replace(row, departments=("rooms",)) for row in JA]
    said = [replace(one, departments=("rooms",)) for one in RIGHT]
    found = compare(candidate("1", RIGHT), candidate("2", said, owner=("rooms", "none")), rows)
    (one,) = [row for row in found.rows if (row.task, row.lang, row.slice) == ("owner", "both", "all")]
    assert (one.found.old, one.found.new) == (0, 1)


def test_the_json_shape() -> None:
    told = compare(candidate("1", WRONG), candidate("2", RIGHT)).to_dict()
    assert set(told) == {"old", "new", "seed", "rows", "notes"}
    assert set(told["rows"][0]) == {
        "set", "task", "lang", "slice", "n", "old", "new", "difference", "low", "high", "verdict",
    }  # fmt: skip
