"""Profiles: parts add up, JSON there and back, what counts where."""

import json

import numpy as np
import pytest

from tests.voc_nlp.drift.made import body, draw_week
from voc_nlp.drift.profile import WeekProfile, merge
from voc_nlp.drift.profiling import profile
from voc_nlp.drift.words import bucket_of
from voc_nlp.errors import InputError
from voc_nlp.schema import Language, Refusal

TEXTS = ["配送が遅い", "The parcel is late", "解約します"]
BODIES = [body("ja"), body("en"), body("ja", churn={"at_risk": True})]
VECTORS = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])


def test_the_profile_of_a_week_is_the_sum_of_those_of_its_parts() -> None:
    whole = profile(BODIES, TEXTS, VECTORS, encoder="e")
    parts = [profile([BODIES[row]], [TEXTS[row]], VECTORS[row : row + 1], encoder="e") for row in (2, 0, 1)]
    assert merge(parts).to_dict() == whole.to_dict()
    assert merge([]).n == 0


def test_there_and_back_as_json() -> None:
    whole = profile(BODIES, TEXTS, VECTORS, encoder="e")
    again = WeekProfile.from_dict(json.loads(json.dumps(whole.to_dict())))
    assert again.to_dict() == whole.to_dict()
    assert (again.n, again.version, again.encoder) == (3, "1", "e")


@pytest.mark.parametrize("value", [{}, {"format": 99}, {"format": 1}, {"format": 1, "slices": [{"n": 1}]}])
def test_what_is_no_profile_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(InputError, match="Make it anew"):
        WeekProfile.from_dict(value)


def test_what_counts_where() -> None:
    refused = Refusal("r", "unsupported_language", "...", Language.OTHER)
    empty = body("ja", meaningful=False)
    made = profile([*BODIES, empty, refused], [*TEXTS, "特になし", "Bonjour"])
    japanese = made.slices["ja", "1"]
    assert japanese.n == 3
    assert japanese.counts["meaningful"] == {"yes": 2, "no": 1}
    assert japanese.counts["churn"] == {"stays": 1, "at_risk": 1}
    assert japanese.counts["confidence"] == {"17": 2}
    assert japanese.words[bucket_of("配送")] == 1
    assert made.slices["en", "1"].words[bucket_of("parcel")] == 1
    assert made.slices["other", ""].counts == {"length": {"06": 1}}
    assert made.of_language("en").n == 1


def test_departments_count_by_their_first_or_by_why_there_is_none() -> None:
    made = profile([body(), body(departments=[], abstained=True), body(departments=[])])
    assert made.slices["ja", "1"].counts["department"] == {"logistics": 1, "abstained": 1, "none": 1}


def test_sums_over_few_comments_are_not_stored() -> None:
    kept = profile(BODIES, TEXTS, VECTORS, encoder="e").without_rare(2)
    assert kept.n == 3
    assert kept.slices["ja", "1"].words.any()
    assert not kept.slices["en", "1"].words.any()
    assert kept.slices["en", "1"].vectors == {}
    assert kept.slices["en", "1"].counts["intent"] == {"complaint": 1}


def test_a_profile_holds_no_word() -> None:
    text = json.dumps(draw_week(np.random.default_rng(0), new_word=1.0).to_dict(), ensure_ascii=False)
    assert "ソラミスト" not in text
    assert "soramist" not in text


@pytest.mark.parametrize(("texts", "vectors"), [(TEXTS[:2], VECTORS), (TEXTS, VECTORS[:1])])
def test_unequal_numbers_are_refused(texts: list[str], vectors: np.ndarray) -> None:
    with pytest.raises(InputError, match="for 3 analyses"):
        profile(BODIES, texts, vectors)
