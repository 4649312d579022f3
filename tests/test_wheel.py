"""The wheel stands alone: installed into an empty environment, it finds the models inside itself."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = """
import json, voc_nlp
from voc_nlp import load_analyzer
from voc_nlp.loading import shipped_models
texts = ["配送が三日も遅れて届きました。最悪です。", "The staff were so friendly, thank you!"]
answers = load_analyzer().analyze(texts)
print(json.dumps([voc_nlp.__file__, str(shipped_models()), *(answer.to_dict() for answer in answers)]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the checkout."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    (path,) = out.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone into a new environment that borrows the dependencies of this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    purelib = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
    target = ["--prefix", str(folder), "--no-deps", "--no-index", "--no-compile", "--quiet"]
    run = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--ignore-installed", *target, str(wheel)],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    (purelib / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return folder / "bin"


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def test_the_wheel_holds_the_library_and_its_models_alone(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"voc_nlp"}
    shipped = {name.removeprefix("voc_nlp/shipped_models/") for name in names if "/shipped_models/" in name}
    models = ROOT / "models"
    assert shipped == {str(path.relative_to(models)) for path in models.rglob("*") if path.is_file()}
    data = {str(path.relative_to(ROOT)) for path in (ROOT / "voc_nlp").rglob("data/*") if path.is_file()}
    assert data
    assert data <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_it_analyses_with_the_models_inside_it(scripts: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [scripts / "python", "-c", SCRIPT],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=clean_environment(),
    )
    assert run.returncode == 0, run.stderr
    package, models, japanese, english = json.loads(run.stdout)
    assert Path(package).is_relative_to(scripts.parent)
    assert Path(models) == Path(package).parent / "shipped_models"
    assert (japanese["language"], japanese["sentiment"]["label"]) == ("ja", "negative")
    assert (english["language"], english["sentiment"]["label"]) == ("en", "positive")


def test_its_command_runs(scripts: Path, tmp_path: Path) -> None:
    def voc(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [scripts / "python", "-m", "voc_nlp.cli", *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=clean_environment(),
        )

    version = voc("--version")
    assert version.returncode == 0, version.stderr
    assert version.stdout.startswith("voc ")
    assert (scripts / "voc").is_file()
    (tmp_path / "in.jsonl").write_text('{"id": "a", "text": "配送が遅い。"}\n', "utf-8")
    assert voc("analyze", "in.jsonl", "out.jsonl").returncode == 0
    assert json.loads((tmp_path / "out.jsonl").read_text("utf-8"))["language"] == "ja"
