"""Comments for the benchmark of many: the same for a seed, few of them equal, both languages."""

import json
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def perturbed() -> ModuleType:
    """The module; benchmarks are scripts, not a package."""
    sys.path.insert(0, str(FOLDER))
    try:
        return import_module("perturbed")
    finally:
        sys.path.remove(str(FOLDER))


def test_few_are_equal_and_all_differ_in_id(perturbed: ModuleType, tmp_path: Path) -> None:
    own = {text for _, text in perturbed.own_comments()}
    equal = perturbed.write_perturbed(tmp_path / "a.jsonl", 400, 1)
    rows = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()]
    assert equal < 8
    assert len({row["id"] for row in rows}) == len(rows) == 400
    assert sum(row["text"] in own for row in rows) < 200
    japanese = sum(any("ぁ" <= letter <= "ん" for letter in row["text"]) for row in rows)
    assert 40 < japanese < 360


def test_a_seed_gives_the_same_comments(perturbed: ModuleType) -> None:
    assert list(perturbed.perturbed(50, 3)) == list(perturbed.perturbed(50, 3))
    assert list(perturbed.perturbed(50, 3)) != list(perturbed.perturbed(50, 4))


@pytest.mark.parametrize(("lang", "text"), [("ja", "配送が 遅い。"), ("en", " Late again, twice!")])
def test_words_give_the_text_again(perturbed: ModuleType, lang: str, text: str) -> None:
    words = perturbed._words(lang, text)
    assert "".join(words) == text
    assert len(words) > 2
