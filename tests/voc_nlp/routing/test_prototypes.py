"""Prototypes of departments: what speaks for them, in both languages, whatever the batch."""

from dataclasses import replace

import numpy as np
import pytest

from tests.voc_nlp.routing.described import (
    BILLING,
    CENTERS,
    GREEN,
    HIRING,
    SALES,
    DirectionEncoder,
)
from voc_nlp.routing.departments import DepartmentDescription
from voc_nlp.routing.prototypes import MOST_HITS, PrototypeEvidence, Prototypes, PrototypeWeights
from voc_nlp.schema import Language

JA, EN = Language.JA, Language.EN
ENCODER = DirectionEncoder()


def prototypes(*departments: DepartmentDescription, new: tuple[str, ...] = ("green",)) -> Prototypes:
    return Prototypes(departments, new, ENCODER, CENTERS)


def gather(made: Prototypes, *texts: tuple[str, Language]) -> PrototypeEvidence:
    return made.gather(ENCODER.embed([text for text, _ in texts]), texts)


def weigh(made: Prototypes, *texts: tuple[str, Language], best: float = 0.5) -> list[list[float]]:
    return made.weigh(ENCODER.embed([text for text, _ in texts]), texts, [best] * len(texts))


@pytest.mark.parametrize(
    ("text", "language", "own", "rival"),
    [
        ("包装が過剰", JA, 1.0, 0.0),
        ("too much packaging", EN, 1.0, 0.0),
        ("請求が変", JA, 0.0, 1.0),
        ("the bill is wrong", EN, 0.0, 1.0),
        ("包装と請求", JA, 0.707, 0.707),
        ("packaging and the bill", EN, 0.707, 0.707),
        ("", JA, 0.0, 0.0),
        ("", EN, 0.0, 0.0),
    ],
)
def test_nearness(text: str, language: Language, own: float, rival: float) -> None:
    found = gather(prototypes(BILLING, GREEN, SALES), (text, language))
    assert found.own.tolist() == [[pytest.approx(own, abs=1e-3)]]
    assert found.rival.tolist() == [[pytest.approx(rival, abs=1e-3)]]


@pytest.mark.parametrize(
    ("text", "language", "hits"),
    [
        ("リサイクルできない", JA, 1),
        ("リサイクル、リサイクル", JA, 1),
        ("脱炭素とリサイクルとnet zero", JA, MOST_HITS),
        ("サイクル", JA, 0),
        ("Recycling is hard", EN, 1),
        ("recycling RECYCLING", EN, 1),
        ("recycling for net  zero", EN, 2),
        ("cycling", EN, 0),
        ("recyclings", EN, 0),
    ],
)
def test_keywords(text: str, language: Language, hits: int) -> None:
    assert gather(prototypes(GREEN, BILLING), (text, language)).hits.tolist() == [[hits]]


@pytest.mark.parametrize(
    ("comment", "example"),
    [
        (("応募の返事がない", JA), "面接の連絡が来ない"),
        (("No word on my job", EN), "The interview was off"),
    ],
)
def test_an_example_draws_comments_near(comment: tuple[str, Language], example: str) -> None:
    plain = prototypes(GREEN, BILLING)
    taught = prototypes(replace(GREEN, examples=(example,)), BILLING)
    assert gather(plain, comment).own[0, 0] == 0.0
    assert gather(taught, comment).own[0, 0] > 0.3
    assert weigh(taught, comment)[0][0] > weigh(plain, comment)[0][0]


@pytest.mark.parametrize(
    ("likelier", "less_likely"),
    [
        (("包装が過剰", JA), ("請求が変", JA)),
        (("too much packaging", EN), ("the bill is wrong", EN)),
        (("リサイクルしたい", JA), ("掃除したい", JA)),
        (("recycling please", EN), ("cleaning please", EN)),
        (("包装が過剰", JA), ("包装の請求が変", JA)),
        (("too much packaging", EN), ("packaging on the bill", EN)),
    ],
)
def test_what_speaks_for_it(likelier: tuple[str, Language], less_likely: tuple[str, Language]) -> None:
    [[high], [low]] = weigh(prototypes(GREEN, BILLING), likelier, less_likely)
    assert 0 < low < high < 1


@pytest.mark.parametrize("comment", [("包装が過剰", JA), ("too much packaging", EN)])
def test_sure_heads_speak_against_it(comment: tuple[str, Language]) -> None:
    made = prototypes(GREEN, BILLING)
    found = [weigh(made, comment, best=best)[0][0] for best in (0.99, 0.5, 0.1, 0.0)]
    assert found[0] < found[1] < found[2]
    # what the heads hardly ever are was not measured, and counts as the least that they are
    assert found[2] == found[3]


@pytest.mark.parametrize("comment", [("包装の面接", JA), ("the packaging interview", EN)])
def test_several_share_what_there_is(comment: tuple[str, Language]) -> None:
    made = prototypes(GREEN, HIRING, BILLING, new=("green", "hiring"))
    [both] = weigh(made, comment)
    assert both[0] == pytest.approx(both[1], rel=1e-5)
    assert sum(both) < 1


def test_weights_are_taken() -> None:
    nothing = PrototypeWeights(0.0, 0.0, 0.0, 0.0, 0.0)
    made = Prototypes([GREEN, BILLING], ["green"], ENCODER, CENTERS, nothing)
    assert weigh(made, ("包装", JA), ("bill", EN)) == [[0.5], [0.5]]


def test_a_department_alone_has_no_rival() -> None:
    assert gather(prototypes(GREEN), ("bill", EN)).rival.tolist() == [[0.0]]


def test_one_alone_and_among_others() -> None:
    made = prototypes(GREEN, HIRING, BILLING, SALES, new=("green", "hiring"))
    texts = [("包装と請求", JA), ("packaging and a contract", EN), ("面接", JA), ("recycling", EN)] * 9
    assert weigh(made, *texts) == [weigh(made, one)[0] for one in texts]


def test_no_comment() -> None:
    nothing = np.zeros((0, ENCODER.dimension), dtype=np.float32)
    assert prototypes(GREEN, BILLING).weigh(nothing, [], []) == []
