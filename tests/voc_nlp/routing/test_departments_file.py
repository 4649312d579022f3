"""Departments from a file: what is read, and that every mistake names its place."""

import pickle
from pathlib import Path

import pytest

from voc_nlp.errors import TaxonomyError
from voc_nlp.routing.departments import MOST_CHARACTERS, MOST_EXAMPLES, TRIAGE, DepartmentDescription
from voc_nlp.routing.departments_file import read_departments

ROOT = Path(__file__).resolve().parents[3]
GREEN = """
[[departments]]
id = "green"
name_ja = "サステナビリティ"
name_en = "Sustainability"
description_ja = "環境への配慮"
description_en = "Care for the environment"
examples = [" 包装が多すぎる ", "So much plastic", "So much plastic"]
keywords = ["リサイクル", "recycling"]
owners = ["mori@example.com"]
languages = ["ja"]

[[intents]]
id = "praise"
"""


def read(folder: Path, text: str) -> tuple[DepartmentDescription, ...]:
    path = folder / "mine.toml"
    path.write_text(text, "utf-8")
    return read_departments(path)


def test_a_department_is_read(tmp_path: Path) -> None:
    (found,) = read(tmp_path, GREEN)
    assert found == DepartmentDescription(
        "green",
        "サステナビリティ",
        "Sustainability",
        "環境への配慮",
        "Care for the environment",
        ("包装が多すぎる", "So much plastic"),
        ("リサイクル", "recycling"),
    )
    assert found.lines() == ("サステナビリティ 環境への配慮", "Sustainability Care for the environment")
    assert pickle.loads(pickle.dumps(found)) == found


def test_examples_and_keywords_may_be_missing(tmp_path: Path) -> None:
    lines = [line for line in GREEN.splitlines() if not line.startswith(("examples", "keywords"))]
    (found,) = read(tmp_path, "\n".join(lines))
    assert (found.examples, found.keywords) == ((), ())


def test_the_shipped_taxonomy_is_read() -> None:
    found = read_departments(ROOT / "config" / "taxonomy.toml")
    assert TRIAGE in [one.id for one in found]
    assert len({one.id for one in found}) == len(found) == 11


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ('id = "green"', 'id = "Green!"', "department 1: met id 'Green!'"),
        ('id = "green"', 'id = "none"', "'none' stands for nobody"),
        ('name_ja = "サステナビリティ"\n', "", r"\(green\): name_ja is missing"),
        ('description_en = "Care for the environment"', 'description_en = " "', "description_en is ' '"),
        ('keywords = ["リサイクル", "recycling"]', 'keywords = "recycling"', "keywords is 'recycling'"),
        ('keywords = ["リサイクル", "recycling"]', 'keywords = ["リサイクル", 3]', r"keywords\[2\] is 3"),
        ('keywords = ["リサイクル"', 'keywords = [""', r"keywords\[1\] is ''"),
        ("環境への配慮", "環" * (MOST_CHARACTERS + 1), "description_ja has 2,001 characters"),
        ("Care for", "Care\\u0000for", "description_en holds a character"),
        ("keywords =", "keyword =", "met keyword, which means nothing here"),
        (
            'examples = [" 包装が多すぎる "',
            "examples = [" + '"a",' * MOST_EXAMPLES + '"b"',
            "examples holds 103 strings; keep at most 100",
        ),
        ("[[departments]]", "[[department]]", r"no \[\[departments\]\] tables"),
        ("[[departments]]", "[[departments", "is not TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, before: str, after: str, named: str) -> None:
    assert before in GREEN
    with pytest.raises(TaxonomyError, match=named) as caught:
        read(tmp_path, GREEN.replace(before, after))
    assert "mine.toml" in str(caught.value)


def test_an_id_that_is_there_twice(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match="'green' is there twice"):
        read(tmp_path, GREEN + GREEN)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match=r"none\.toml cannot be read"):
        read_departments(tmp_path / "none.toml")
