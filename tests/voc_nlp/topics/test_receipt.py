"""What a fit was made of: hashes that change with one letter, receipts that compare."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.voc_nlp.topics.made import small_model
from voc_nlp.schema import Comment, ThemeMatch
from voc_nlp.topics.editing import correct, rename
from voc_nlp.topics.hashing import hash_comments, hash_table
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.receipt import compare, hash_model, versions

COMMENTS = [Comment("1", "配送が遅い", "ja"), Comment("2", "late delivery", "en")]


@pytest.mark.parametrize(
    "changed",
    [
        [Comment("1", "配送が早い", "ja"), COMMENTS[1]],
        [COMMENTS[0], Comment("2", "late delivery.", "en")],
        [COMMENTS[0], Comment("2", "late delivery", "auto")],
        [COMMENTS[0], Comment("3", "late delivery", "en")],
        COMMENTS[::-1],
        COMMENTS[:1],
        [*COMMENTS, Comment("3", "")],
    ],
)
def test_one_letter_changes_the_hash_of_the_data(changed: list[Comment]) -> None:
    assert hash_comments(changed) != hash_comments(COMMENTS)
    assert hash_comments(iter(COMMENTS)) == hash_comments([replace(one, nps=3) for one in COMMENTS])


def test_the_hash_of_a_table() -> None:
    found = [(ThemeMatch("theme-001", "配送", 0.9), ThemeMatch("theme-002", "x", 0.8)), ()]
    table = hash_table(["1", "2"], found)
    assert table == hash_table(["1", "2"], [tuple(replace(one, label="y") for one in row) for row in found])
    assert table != hash_table(["1", "2"], [found[0][::-1], ()])
    assert table != hash_table(["1", "2"], found[::-1])
    assert table != hash_table(["1", "3"], found)
    with pytest.raises(ValueError, match="shorter"):
        hash_table(["1", "2"], found[:1])


def test_the_hash_of_a_model(tmp_path: Path) -> None:
    model = small_model()
    model.save(tmp_path)
    assert hash_model(ThemeModel.load(tmp_path)) == hash_model(model)
    moved = model.prototypes.copy()
    moved[0, 0] += 1e-6
    others = [
        correct(model, "c", None),
        rename(model, model.themes[0].id, {"ja": "新しい名前"}),
        replace(model, prototypes=moved),
    ]
    assert len({hash_model(model), *map(hash_model, others)}) == 4


def test_comparing_receipts() -> None:
    kept = small_model().receipt
    assert compare(kept, dict(kept)) == []
    assert compare(kept, {**kept, "seed": 7}) == ["seed: 0 was kept, 7 came now"]
    assert compare({"a": 1}, {"b": 2}) == ["a: 1 was kept, None came now", "b: None was kept, 2 came now"]


def test_a_receipt_names_what_the_fit_was_made_of() -> None:
    receipt = small_model().receipt
    assert (receipt["comments"], receipt["usable"], receipt["read"], receipt["sampled"]) == (
        80,
        80,
        80,
        False,
    )
    assert receipt["settings"] == {"most_themes": 4, "add_only": False, "sample_size": 20_000}
    assert receipt["probe"] == list(small_model().probe or ())
    assert receipt["previous_sha256"] is None
    assert {"python", "machine", "numpy", "bertopic", "scikit-learn"} <= set(versions())
