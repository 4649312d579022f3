"""Importing the library stays light: heavy packages are loaded where they are used, never before."""

import json
import subprocess
import sys

import pytest

HEAVY = [
    "torch",
    "bertopic",
    "spacy",
    "sklearn",
    "pandas",
    "ray",
    "sentence_transformers",
    "pyarrow",
    "numpy",
    "scipy",
]
WEB = ["fastapi", "sqlalchemy", "pydantic", "httpx", "requests", "uvicorn"]
MODELS_NEED = ["numpy", "spacy", "pyarrow"]


def loaded_after(code: str) -> set[str]:
    """Run code in a new process and name the top-level packages that are loaded then."""
    report = "; import sys, json; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    run = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "code", ["import voc_nlp", "import voc_nlp.cli", "import voc_nlp.schema, voc_nlp.errors"]
)
def test_importing_is_light(code: str) -> None:
    assert loaded_after(code) & {*HEAVY, *WEB} == set()


def test_text_does_not_load_models() -> None:
    code = "from voc_nlp.text.prepare import prepare; prepare('配送が遅い')"
    assert loaded_after(code) & ({*HEAVY, *WEB} - {"numpy"}) == set()


def test_an_analysis_loads_no_training_and_no_web_package() -> None:
    code = "from voc_nlp import load_analyzer; load_analyzer().analyze(['配送が遅い。', 'Late again.'])"
    assert loaded_after(code) & ({*HEAVY, *WEB} - set(MODELS_NEED)) == set()


@pytest.mark.parametrize(
    "name", ["Analysis", "Analyzer", "Comment", "Refusal", "load_analyzer", "__version__"]
)
def test_public_names(name: str) -> None:
    assert loaded_after(f"from voc_nlp import {name}")


def test_an_unknown_name_lists_the_known_ones() -> None:
    import voc_nlp

    with pytest.raises(AttributeError, match="load_analyzer"):
        voc_nlp.analyse  # noqa: B018
