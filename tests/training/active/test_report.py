"""The section of the page: what it says of given curves, and how it gets into the page."""

from pathlib import Path

import pytest

from training.active.figures import Study, gain, labels_to_reach, read_study, write_study
from training.active.plan import Plan
from training.active.report import TITLE, labelling_sections, put_section

CURVES = {
    "random": {
        "intent": {"ja": [[0.2, 0.3, 0.4], [0.2, 0.3, 0.4]], "en": [[0.1, 0.2, 0.3], [0.1, 0.2, 0.3]]}
    },
    "all": {"intent": {"ja": [[0.2, 0.4, 0.5], [0.2, 0.4, 0.45]], "en": [[0.1, 0.1, 0.1], [0.1, 0.2, 0.2]]}},
}
STUDY = Study(Plan(seeds=2, rounds=2, start=100, batch=50), 2651, CURVES)


def test_gain() -> None:
    found = gain(STUDY, "all", ["intent"], ["ja"])
    assert (found.value, found.low, found.high) == pytest.approx((0.0875, 0.075, 0.1))
    assert gain(STUDY, "all", ["intent"], ["en"]).value == pytest.approx(-0.1)


@pytest.mark.parametrize(
    ("curve", "level", "expected"),
    [
        ([0.2, 0.4, 0.5], 0.4, 150),
        ([0.2, 0.3, 0.5], 0.4, 175),
        ([0.5, 0.6, 0.7], 0.4, 100),
        ([0.1, 0.2, 0.3], 0.4, None),
    ],
)
def test_labels_to_reach(curve: list[float], level: float, expected: int | None) -> None:
    assert labels_to_reach([100, 150, 200], curve, level) == expected


def test_the_section() -> None:
    text = "\n\n".join(labelling_sections(STUDY))
    assert text.startswith(TITLE)
    assert "2 times a pool" in text
    assert "2,651 comments of the test writers" in text
    assert "| intent | ja | +0.088 (+0.075 to +0.100) + |" in text
    assert "both languages: -0.0062 (" in text
    assert "surely better: intent ja; surely worse: intent en." in text
    assert "| intent | ja | 0.400 | 150 |" in text
    assert "| intent | en | 0.300 | - |" in text
    assert "| intent | ja | all | 0.200 | 0.475 |" in text


def test_without_a_study(tmp_path: Path) -> None:
    assert read_study(tmp_path / "none.json") is None
    assert labelling_sections(None)[0] == TITLE


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_study(STUDY, tmp_path / "figures.json")
    assert read_study(tmp_path / "figures.json") == STUDY


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("# Page\n\n## First\n\na\n", f"# Page\n\n## First\n\na\n\n{TITLE}\n\nnew\n"),
        (
            "# Page\n\n## First\n\na\n\n## Second labelling\n\nb\n",
            f"# Page\n\n## First\n\na\n\n{TITLE}\n\nnew\n\n## Second labelling\n\nb\n",
        ),
        (
            f"# Page\n\n{TITLE}\n\nold\n\n### part\n\nold\n\n## Second labelling\n\nb\n",
            f"# Page\n\n{TITLE}\n\nnew\n\n## Second labelling\n\nb\n",
        ),
        (f"# Page\n\n## First\n\na\n\n{TITLE}\n\nold\n", f"# Page\n\n## First\n\na\n\n{TITLE}\n\nnew\n"),
    ],
)
def test_into_the_page(page: str, expected: str) -> None:
    assert put_section(page, [TITLE, "new"]) == expected
    assert put_section(expected, [TITLE, "new"]) == expected
