"""Owners, abstention and the other heads, on heads whose answers are made up."""

import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.voc_nlp.routing.described import CENTERS, GREEN, HIRING, DirectionEncoder, department
from tests.voc_nlp.toys import toy_features, toy_ngrams
from training.heads.tasks import DEPARTMENTS, LABELS
from voc_nlp.artifacts import write_folder
from voc_nlp.errors import MissingArtifactError, TaxonomyError
from voc_nlp.features import Features
from voc_nlp.heads import LinearHead
from voc_nlp.loading import load_embedder, shipped_models
from voc_nlp.routing.departments import TRIAGE, DepartmentDescription
from voc_nlp.routing.evidence import Evidence
from voc_nlp.routing.model import NOBODY, ROUTING_KIND, RoutingModel, RoutingPrediction
from voc_nlp.schema import IntentLabel, Language, OwnIntent, UrgencyLevel, name_intent, to_plain

FLAT = dict.fromkeys((*DEPARTMENTS, NOBODY), 0.01)


def head(labels: tuple[str, ...], probabilities: dict[str, float], multilabel: bool = False) -> LinearHead:
    """Build a head that gives these probabilities to every text."""
    values = np.asarray([probabilities.get(label, 0.001) for label in labels])
    logits = np.log(values / (1 - values)) if multilabel else np.log(values)
    return LinearHead(
        labels=labels,
        ngram_weights=np.zeros((len(toy_ngrams()), len(labels)), dtype=np.int8),
        ngram_scales=np.ones(len(labels), dtype=np.float32),
        vector_weights=np.zeros((3, len(labels)), dtype=np.float32),
        bias=logits.astype(np.float32),
        temperature=1.0,
        multilabel=multilabel,
    )


def model(
    owner: dict[str, float],
    shared: dict[str, float],
    churn: float = 0.1,
    urgency: dict[str, float] | None = None,
    urgent_from: float = 0.5,
    at_risk_from: float = 0.4,
) -> RoutingModel:
    heads = {
        "owner": head(LABELS["owner"], owner),
        "departments": head(DEPARTMENTS, shared, multilabel=True),
        "intent": head(LABELS["intent"], {"question": 0.7, "other": 0.3}),
        "urgency": head(LABELS["urgency"], urgency or {"high": 0.6, "low": 0.4}),
        "churn": head(LABELS["churn"], {"true": churn, "false": 1 - churn}),
    }
    return RoutingModel(
        heads, abstain_below=0.4, share_from=0.5, urgent_from=urgent_from, at_risk_from=at_risk_from
    )


def features(count: int) -> Features:
    return toy_features(["late delivery"] * count)


@pytest.mark.parametrize(
    ("owner", "shared", "departments", "abstained"),
    [
        ({"billing": 0.9}, {}, ["billing"], False),
        ({"billing": 0.9}, {"billing": 0.9}, ["billing"], False),
        ({"billing": 0.6, "sales": 0.3}, {"sales": 0.7}, ["billing", "sales"], False),
        # at most three, the likeliest first, the primary in front whatever the other head says
        (
            {"billing": 0.6},
            {"sales": 0.6, "marketing": 0.8, "logistics": 0.7, "billing": 0.1},
            ["billing", "marketing", "logistics"],
            False,
        ),
        ({"billing": 0.6}, {"sales": 0.49}, ["billing"], False),
        ({NOBODY: 0.9}, {"sales": 0.9}, [], False),
        (
            {"billing": 0.3, "sales": 0.2, "marketing": 0.2, NOBODY: 0.2, "logistics": 0.1},
            {},
            ["billing"],
            True,
        ),
        ({NOBODY: 0.3, "sales": 0.25, "marketing": 0.25, "logistics": 0.2}, {}, [], True),
    ],
)
def test_owners(
    owner: dict[str, float], shared: dict[str, float], departments: list[str], abstained: bool
) -> None:
    (found,) = model(owner, shared).predict(features(1))
    assert [one.id for one in found.departments] == departments
    assert found.abstained is abstained


def test_the_other_heads() -> None:
    found = model({"billing": 0.9}, {}, churn=0.8).predict(features(3))
    assert len(found) == 3
    for one in found:
        assert one.intent.label == "question"
        assert sum(one.intent.probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert one.urgency is UrgencyLevel.HIGH
        assert one.churn == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize(
    ("urgency", "urgent_from", "level"),
    [
        ({"high": 0.6, "normal": 0.3, "low": 0.1}, 0.5, "high"),
        # from its threshold on high is said, whatever is likelier
        ({"high": 0.3, "normal": 0.6, "low": 0.1}, 0.25, "high"),
        ({"high": 0.2, "normal": 0.6, "low": 0.2}, 0.25, "normal"),
        ({"high": 0.2, "normal": 0.1, "low": 0.7}, 0.25, "low"),
        # the likeliest level, below the threshold too
        ({"high": 0.5, "normal": 0.3, "low": 0.2}, 0.9, "high"),
        ({"high": 0.1, "normal": 0.2, "low": 0.7}, 0.0, "high"),
    ],
)
def test_urgency(urgency: dict[str, float], urgent_from: float, level: str) -> None:
    (found,) = model(FLAT, {}, urgency=urgency, urgent_from=urgent_from).predict(features(1))
    assert found.urgency is UrgencyLevel(level)


@pytest.mark.parametrize(
    ("churn", "at_risk_from", "at_risk"), [(0.45, 0.4, True), (0.45, 0.5, False), (0.55, 0.5, True)]
)
def test_at_risk(churn: float, at_risk_from: float, at_risk: bool) -> None:
    (found,) = model(FLAT, {}, churn=churn, at_risk_from=at_risk_from).predict(features(1))
    assert found.at_risk is at_risk


@pytest.mark.parametrize(
    ("own", "given", "at_risk"),
    [
        ({}, {}, [True, False]),
        ({"at_risk_from": 0.5}, {}, [False, False]),
        ({"at_risk_from": 0.5}, {"at_risk_from": 0.3}, [True, True]),
    ],
)
def test_where_the_threshold_of_leaving_stands(
    tmp_path: Path, own: dict[str, float], given: dict[str, float], at_risk: list[bool]
) -> None:
    """In the folder, unless one is given; older folders have none and mean 0.4."""
    least = {"abstain_below": 0.4, "share_from": 0.5, "urgent_from": 0.5, **own}
    found = []
    for churn in (0.45, 0.35):
        folder = tmp_path / str(churn)
        heads = model(FLAT, {}, churn=churn)._stack.heads
        facts = {
            name: {"labels": one.labels, "temperature": 1.0, "multilabel": one.multilabel}
            for name, one in heads.items()
        }
        write_folder(
            folder,
            kind=ROUTING_KIND,
            name="routing",
            version="0.0.0",
            tensors={name: one.to_arrays() for name, one in heads.items()},
            facts={"heads": facts, "thresholds": least},
        )
        (one,) = RoutingModel.load(folder, thresholds=given).predict(features(1))
        found.append(one.at_risk)
    assert found == at_risk


def test_owners_are_given_whole() -> None:
    (found,) = model({"billing": 0.6, "sales": 0.3, NOBODY: 0.1}, {"logistics": 0.9}).predict(features(1))
    assert set(found.owners) == {*DEPARTMENTS, NOBODY}
    assert sum(found.owners.values()) == pytest.approx(1, abs=1e-5)
    assert found.owners["billing"] == found.departments[0].probability
    assert found.owners["logistics"] < 0.05 < found.departments[1].probability


def test_no_comment() -> None:
    assert model(FLAT, {}).predict(features(0)) == []


def test_the_shipped_model_knows_the_departments_of_the_guide() -> None:
    shipped = RoutingModel.load(shipped_models() / "routing" / "1.0.0")
    assert shipped._stack.heads["owner"].labels == LABELS["owner"]
    assert shipped._stack.heads["departments"].labels == DEPARTMENTS
    assert {
        name: one.labels
        for name, one in shipped._stack.heads.items()
        if name in ("intent", "urgency", "churn")
    } == {name: LABELS[name] for name in ("intent", "urgency", "churn")}
    assert shipped._stack.heads["owner"].vector_weights.shape[0] == load_embedder().dimension


def test_a_folder_that_is_not_there() -> None:
    with pytest.raises(MissingArtifactError, match=r"config\.json"):
        RoutingModel.load(shipped_models() / "routing" / "0.0.0")


@pytest.mark.parametrize(
    ("owner", "shared", "rival"),
    [
        ({"billing": 0.6, "sales": 0.3}, {}, "sales"),
        # an owner is no rival
        ({"billing": 0.6, "sales": 0.3, "logistics": 0.06}, {"sales": 0.7}, "logistics"),
        # nobody owns it, but somebody might
        ({NOBODY: 0.6, "sales": 0.3}, {}, "sales"),
        ({"billing": 0.9, NOBODY: 0.08}, {}, None),
        ({"billing": 0.96}, {}, None),
    ],
)
def test_runner_up(owner: dict[str, float], shared: dict[str, float], rival: str | None) -> None:
    (found,) = model({**FLAT, **owner}, shared).predict(features(1))
    assert (found.runner_up and found.runner_up.id) == rival


def test_a_phrase_makes_urgent_and_at_risk() -> None:
    phrases = {task: {"slope": 1.0, "absent": 0.0, "found": 3.0} for task in ("churn", "urgency")}
    made = model({"billing": 0.9}, {}, churn=0.3, urgency={"normal": 0.7, "high": 0.3})
    weighed = RoutingModel(
        made._stack.heads, abstain_below=0.4, share_from=0.5, urgent_from=0.5, phrases=phrases
    )
    plain, urgent, leaving = weighed.predict(
        features(3), [Evidence(), Evidence(urgent=True), Evidence(leaving=True)]
    )
    assert [one.urgency for one in (plain, urgent, leaving)] == ["normal", "high", "normal"]
    assert leaving.churn > 0.8 > 0.4 > plain.churn == urgent.churn
    assert all(sum(one.urgency_probabilities.values()) == pytest.approx(1) for one in (plain, urgent))


def test_how_clearly_stretches_speak_for_an_owner() -> None:
    found = model({**FLAT, "billing": 0.7, "sales": 0.2}, {}).speak_for(features(2), ["billing", "sales"])
    assert found[0] > 3 * found[1] > 0


ALL = [department(name, name, name) for name in DEPARTMENTS]
PACKAGING = [
    ("包装が多すぎる。リサイクルしたい", Language.JA),
    ("Too much packaging, no recycling", Language.EN),
]
WEATHER = [("今日は晴れ", Language.JA), ("Sunny today", Language.EN)]


def with_departments(
    owner: dict[str, float], shared: dict[str, float], departments: Sequence[DepartmentDescription]
) -> RoutingModel:
    return model({**FLAT, **owner}, shared).with_departments(departments, DirectionEncoder(), CENTERS)


def told(made: RoutingModel, *texts: tuple[str, Language]) -> list[RoutingPrediction]:
    """Predict with the direction encoder's vectors: the heads give every text the same."""
    vectors = DirectionEncoder().embed([text for text, _ in texts])
    asked = features(len(texts))
    made = copied(made, vectors.shape[1])
    return made.predict(replace(asked, vectors=vectors), texts=texts)


def copied(made: RoutingModel, dimension: int) -> RoutingModel:
    """Let the heads take vectors of another dimension, which say nothing to them."""
    heads = {
        name: replace(one, vector_weights=np.zeros((dimension, len(one.labels)), dtype=np.float32))
        for name, one in made._stack.heads.items()
    }
    other = RoutingModel(heads, abstain_below=0.4, share_from=0.5, urgent_from=0.5)
    for name in ("_absent", "_prototypes", "_owner_names", "_departments"):
        setattr(other, name, getattr(made, name))
    return other


def test_the_departments_of_the_models_change_nothing() -> None:
    made = model({"billing": 0.6, "sales": 0.3}, {"sales": 0.7})
    known = made.with_departments(
        [*ALL, department(TRIAGE, "振り分け", "triage")], DirectionEncoder(), CENTERS
    )
    assert made.predict(features(3)) == known.predict(features(3))
    assert made.trained_departments == known.trained_departments == DEPARTMENTS


@pytest.mark.parametrize("text", PACKAGING)
def test_a_new_department_owns_what_is_near_to_it(text: tuple[str, Language]) -> None:
    made = with_departments({"logistics": 0.5, NOBODY: 0.4}, {"logistics": 0.8}, [*ALL, GREEN])
    (found,) = told(made, text)
    assert [one.id for one in found.departments] == ["green", "logistics"]
    assert found.departments[0].probability == found.owners["green"] > 0.5
    assert not found.abstained
    assert sum(found.owners.values()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("text", WEATHER)
def test_what_is_far_from_it_stays_with_the_heads(text: tuple[str, Language]) -> None:
    made = with_departments({"logistics": 0.9}, {}, [*ALL, GREEN])
    (found,) = told(made, text)
    assert [one.id for one in found.departments] == ["logistics"]
    assert found.owners["green"] < 0.2
    assert sum(found.owners.values()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    "text",
    [("包装の請求の営業", Language.JA), ("packaging, a bill, sales", Language.EN)],
)
def test_a_new_department_may_be_the_rival(text: tuple[str, Language]) -> None:
    sure = {**dict.fromkeys(FLAT, 0.0001), "logistics": 0.99}
    made = with_departments(sure, {}, [*ALL, GREEN])
    (found,) = told(made, text)
    assert found.departments[0].id == "logistics"
    assert found.runner_up is not None
    assert found.runner_up.id == "green"


@pytest.mark.parametrize("language", [Language.JA, Language.EN])
@pytest.mark.parametrize(
    ("owner", "shared", "departments", "abstained", "rival"),
    [
        # the next best is sure enough
        ({"billing": 0.5, "sales": 0.45}, {}, ["sales"], False, None),
        # it is a guess: abstained, and the rival named
        ({"billing": 0.6, "sales": 0.2, "logistics": 0.1}, {}, ["sales"], True, "logistics"),
        # nobody is worth a guess: abstained, the likeliest rival named all the same
        ({"billing": 0.95, "sales": 0.02}, {}, [], True, "sales"),
        # nobody owns what the absent one would own: that was never said
        ({"billing": 0.55, NOBODY: 0.42, "sales": 0.01}, {}, [], True, "sales"),
        # surely nobody's
        ({"billing": 0.2, NOBODY: 0.7}, {}, [], False, None),
        # an absent one shares nothing and is no rival
        ({"sales": 0.6, "billing": 0.3}, {"billing": 0.9}, ["sales"], False, None),
    ],
)
def test_a_department_that_is_gone(
    owner: dict[str, float],
    shared: dict[str, float],
    departments: list[str],
    abstained: bool,
    rival: str | None,
    language: Language,
) -> None:
    given = [one for one in ALL if one.id != "billing"]
    made = model({**dict.fromkeys(FLAT, 0.0001), **owner}, shared).with_departments(
        given, DirectionEncoder(), CENTERS
    )
    (found,) = made.predict(features(1), texts=[("", language)])
    assert [one.id for one in found.departments] == departments
    assert found.abstained is abstained
    assert (found.runner_up and found.runner_up.id) == rival
    assert found.owners["billing"] > 0.1


@pytest.mark.parametrize("text", [("請求が変", Language.JA), ("The bill is wrong", Language.EN)])
def test_a_renamed_department_goes_on(text: tuple[str, Language]) -> None:
    renamed = department("accounts", "請求", "bill", keywords=("請求", "bill"))
    given = [*(one for one in ALL if one.id != "billing"), renamed]
    (found,) = told(with_departments({"billing": 0.9}, {}, given), text)
    assert [one.id for one in found.departments] == ["accounts"]
    assert not found.abstained


@pytest.mark.parametrize("text", PACKAGING)
def test_a_department_that_was_trained_needs_no_prototype(text: tuple[str, Language]) -> None:
    labels = (*DEPARTMENTS, "green", NOBODY)
    heads = {
        **model(FLAT, {})._stack.heads,
        "owner": head(labels, {"green": 0.7, "billing": 0.2}),
        "departments": head(labels[:-1], {}, multilabel=True),
    }
    made = RoutingModel(heads, abstain_below=0.4, share_from=0.5, urgent_from=0.5)
    known = made.with_departments([*ALL, GREEN], DirectionEncoder(), CENTERS)
    assert known.trained_departments == (*DEPARTMENTS, "green")
    assert known.predict(features(1), texts=[text]) == made.predict(features(1))
    assert made.predict(features(1))[0].departments[0].id == "green"


@pytest.mark.parametrize("text", PACKAGING)
def test_customers_whose_departments_are_all_new(text: tuple[str, Language]) -> None:
    (found,) = told(with_departments({"logistics": 0.9}, {}, [GREEN, HIRING]), text)
    assert found.departments[0].id == "green"
    assert found.runner_up is None or found.runner_up.id == "hiring"


def test_how_clearly_stretches_speak_for_a_new_owner() -> None:
    made = with_departments({"logistics": 0.5}, {}, [*ALL, GREEN])
    texts = [PACKAGING[0], WEATHER[0], PACKAGING[1], WEATHER[1]]
    vectors = DirectionEncoder().embed([text for text, _ in texts])
    asked = replace(features(4), vectors=vectors)
    made = copied(made, vectors.shape[1])
    found = made.speak_for(asked, ["green"] * 4, texts)
    assert found[0] > found[1]
    assert found[2] > found[3]
    assert found == [one.owners["green"] for one in made.predict(asked, texts=texts)]


def test_prototypes_ask_for_the_texts() -> None:
    made = with_departments({}, {}, [*ALL, GREEN])
    with pytest.raises(ValueError, match="ask for the texts"):
        made.predict(features(1))


@pytest.mark.parametrize(
    ("departments", "named"),
    [([], "none"), ([department(TRIAGE, "振り分け", "triage")], "none"), ([GREEN, GREEN], "green, green")],
)
def test_departments_that_cannot_be(departments: list[DepartmentDescription], named: str) -> None:
    with pytest.raises(TaxonomyError, match=f"met the departments {named}"):
        model(FLAT, {}).with_departments(departments, DirectionEncoder(), CENTERS)


def test_own_intents_are_used_as_the_shipped_ones() -> None:
    heads = {
        **model(FLAT, {})._stack.heads,
        "intent": head(("complaint", "wish"), {"complaint": 0.2, "wish": 0.8}),
    }
    made = RoutingModel(heads, abstain_below=0.4, share_from=0.5, urgent_from=0.5)
    (found,) = made.predict(toy_features(["late"]))
    assert found.intent.label == found.intent.label.value == "wish"
    assert type(found.intent.label) is OwnIntent
    assert list(found.intent.probabilities) == [IntentLabel.COMPLAINT, "wish"]
    assert to_plain(found.intent)["label"] == "wish"
    assert pickle.loads(pickle.dumps(found.intent)) == found.intent
    assert name_intent("complaint") is IntentLabel.COMPLAINT
