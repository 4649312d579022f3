"""Why a label differs: every kind of change alone, several at once, and nothing known."""

from typing import Any

import pytest

from api.rescoring.reasons import Change

BEFORE: dict[str, Any] = {
    "model": "1",
    "departments": "a",
    "dictionary": "w1",
    "themes_revision": 4,
    "themes": [],
    "text": "sent",
}


def change(**after: Any) -> Change:
    return Change("1", BEFORE, BEFORE | after)


@pytest.mark.parametrize(
    ("after", "of_sentiment", "of_owners"),
    [
        ({"model": "2"}, ("model",), ("model",)),
        ({"departments": "b"}, ("unknown",), ("taxonomy",)),
        ({"model": "2", "departments": "b"}, ("model",), ("model", "taxonomy")),
        ({"text": "masked"}, ("masking",), ("masking",)),
        ({"text": "original"}, ("unknown",), ("unknown",)),
        ({"dictionary": "w2", "themes_revision": 5}, ("unknown",), ("unknown",)),
        ({}, ("unknown",), ("unknown",)),
    ],
)
def test_a_task_is_changed_by_what_it_depends_on(
    after: dict[str, Any], of_sentiment: tuple[str, ...], of_owners: tuple[str, ...]
) -> None:
    assert change(**after).of("sentiment") == of_sentiment
    assert change(**after).of("departments") == change(**after).of("abstained") == of_owners


def test_an_analysis_of_which_nothing_was_written_down() -> None:
    found = Change("1", None, BEFORE | {"model": "2"})
    assert found.of("intent") == ("model",)
    assert found.of("departments") == ("model", "unknown")
    assert found.of_themes(["a"], ["a"], ["b"]) == ("model",)
    assert Change("1", None, BEFORE).of("intent") == ("unknown",)


def test_masked_text_before_and_the_original_now() -> None:
    assert Change("1", BEFORE | {"text": "masked"}, BEFORE | {"text": "original"}).of("churn") == ("masking",)


@pytest.mark.parametrize(
    ("after", "standing", "new", "reasons"),
    [
        ({"dictionary": "w2", "themes_revision": 5}, ["b"], ["b"], ("dictionary",)),
        ({"themes_revision": 5}, ["b"], ["b"], ("taxonomy",)),
        ({"dictionary": "w2", "themes_revision": 7}, ["b"], ["b"], ("taxonomy", "dictionary")),
        ({"dictionary": "w2", "themes_revision": 5, "model": "2"}, ["b"], ["b"], ("dictionary",)),
        ({"dictionary": "w2", "themes_revision": 5, "model": "2"}, ["a"], ["b"], ("model",)),
        ({"dictionary": "w2", "themes_revision": 5, "model": "2"}, ["b"], ["c"], ("model", "dictionary")),
        ({}, ["a"], ["b"], ("unknown",)),
    ],
)
def test_themes_tell_the_models_from_the_tenants_own_changes(
    after: dict[str, Any], standing: list[str], new: list[str], reasons: tuple[str, ...]
) -> None:
    assert change(**after).of_themes(["a"], standing, new) == reasons
