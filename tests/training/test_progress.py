"""The bar is for terminals; the items come in order all the same."""

import sys

import pytest

from training.progress import steps


@pytest.mark.parametrize("terminal", [True, False])
def test_items_come_in_order(
    terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    assert list(steps(["a", "b", "c"], "heads")) == ["a", "b", "c"]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert ("heads" in captured.err) is terminal
