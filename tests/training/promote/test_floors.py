"""What speaks against a promotion."""

import re
from pathlib import Path

import pytest

from tests.training.compare.made import comparison, row
from training.compare.run import CLASSES
from training.promote.floors import Floors, find_objections, read_floors

FLOORS = Floors(0, ("owner", "urgency"), 100, {"owner": 0.6}, {"owner": 0.5})
GOOD = (row("owner", 0.7, 0.7), row("urgency", 0.7, 0.72))


def test_nothing_speaks_against_what_is_as_good() -> None:
    assert find_objections(comparison(*GOOD), FLOORS) == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((row("owner", 0.7, 0.65), GOOD[1]), r"corpus, owner: worse, 0.700 to 0.650 \(-0.060 to -0.040\)"),
        ((*GOOD, row("owner", 0.8, 0.59, lang="ja")), "corpus, owner, ja: 0.590 is below the floor of 0.600"),
        (
            (*GOOD, row("owner", 0.4, 0.49, lang="en", slice="channel=sns")),
            "corpus, owner, en, channel=sns: 0.490 is below the floor of 0.500",
        ),
        ((GOOD[0],), "urgency was compared on no set"),
    ],
)
def test_what_is_worse_low_or_unknown(rows: tuple[object, ...], message: str) -> None:
    (found,) = find_objections(comparison(*rows), FLOORS)  # type: ignore[arg-type]
    assert re.search(message, found)


@pytest.mark.parametrize(
    "harmless",
    [
        row("owner", 0.7, 0.695),  # not surely worse
        row("owner", 0.8, 0.1, lang="ja", n=99),
        row("intent", 0.8, 0.1),
        row("churn", 0.8, 0.1, lang="ja"),
    ],
)
def test_what_is_not_held_against_it(harmless: object) -> None:
    assert find_objections(comparison(*GOOD, harmless), FLOORS) == []  # type: ignore[arg-type]


def test_the_committed_floors() -> None:
    floors = read_floors()
    assert floors.primary == CLASSES
    assert set(floors.language) == set(floors.slice) == set(CLASSES)
    assert all(floors.slice[task] <= floors.language[task] for task in CLASSES)


@pytest.mark.parametrize(("text", "message"), [("seed = 0", "lacks primary"), ("x = = 1", "cannot be read")])
def test_a_file_that_is_none(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "p.toml").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=message):
        read_floors(tmp_path / "p.toml")
