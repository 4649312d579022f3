"""An empty folder, named by its path and by URLs."""

from pathlib import Path

import fsspec
import pytest


@pytest.fixture(params=["path", "file", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name an empty folder."""
    if request.param == "memory":
        fsspec.filesystem("memory").mkdirs(f"/{tmp_path.name}")
        return f"memory://{tmp_path.name}"
    return tmp_path.as_uri() if request.param == "file" else str(tmp_path)
