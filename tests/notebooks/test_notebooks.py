"""The notebooks run from top to bottom, are committed without outputs, and define nothing reusable."""

import ast
import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from traitlets.config import Config

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
FIGURE = "application/vnd.plotly.v1+json"
JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def code_of(path: Path) -> list[Any]:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def test_there_are_six() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "01_first_look",
        "02_exploring_themes",
        "03_what_moves_nps",
        "04_where_the_model_errs",
        "05_own_taxonomy",
        "06_drift",
    ]


@each_notebook
def test_it_runs_and_shows_what_it_promises(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    notebook = read(path)
    with tempfile.TemporaryDirectory() as sockets:  # no ports; a socket's path must be short
        place = {"transport": "ipc", "ip": f"{sockets}/kernel"}
        NotebookClient(
            notebook,
            timeout=300,
            kernel_name="python3",
            resources={"metadata": {"path": str(FOLDER)}},
            config=Config({"KernelManager": place}),
        ).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    noise = [output.text for output in outputs if output.get("name") == "stderr"]
    assert noise == []
    figures = [output.data[FIGURE] for output in outputs if FIGURE in output.get("data", {})]
    assert len(figures) >= 5
    for figure in figures:
        title = figure["layout"]["title"]
        assert title["text"]
        assert JAPANESE.search(title["subtitle"]["text"])


@each_notebook
def test_it_is_committed_without_outputs(path: Path) -> None:
    for cell in code_of(path):
        assert (cell.outputs, cell.execution_count, dict(cell.metadata)) == ([], None, {})
    assert set(read(path).metadata) == {"kernelspec", "language_info"}


@each_notebook
def test_its_cells_have_names_that_stay(path: Path) -> None:
    nbformat.validate(read(path))
    ids = [cell["id"] for cell in json.loads(path.read_text("utf-8"))["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", one) for one in ids), ids


@each_notebook
def test_it_defines_nothing_reusable(path: Path) -> None:
    defining = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    nodes = [node for cell in code_of(path) for node in ast.walk(ast.parse(cell.source))]
    named = [node for node in nodes if isinstance(node, defining)]
    assert named == []


@each_notebook
def test_its_headings_are_followed_by_japanese(path: Path) -> None:
    texts = [cell.source.splitlines() for cell in read(path).cells if cell.cell_type == "markdown"]
    assert texts
    for lines in texts:
        assert lines[0].startswith("#")
        assert JAPANESE.search(lines[1]), lines[0]
