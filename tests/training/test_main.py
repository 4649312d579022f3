"""The commands say what they need before they begin."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from training.__main__ import main


@pytest.mark.parametrize("kind", ["encoder", "ngrams", "sentiment", "routing", "contextual"])
def test_what_learns_from_public_sets_asks_for_them(kind: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["train", kind, "--models", str(tmp_path)])
    assert result.exit_code == 1
    assert f"{kind} learns from public sets" in result.output
    assert "expected the folder that holds them" in result.output
    assert not list(tmp_path.iterdir())


def test_evaluate_asks_for_public_sets() -> None:
    result = CliRunner().invoke(main, ["evaluate"])
    assert result.exit_code == 2
    assert "--data" in result.output
