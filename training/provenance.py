"""What a model was made of: code version, environment, and hashes of the data."""

import hashlib
import platform
import subprocess
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from training.data.labelled import Labelled

_PACKAGES = ("numpy", "scikit-learn", "torch", "tokenizers", "fugashi", "unidic-lite")


def describe_run(rows: Iterable[Labelled] = ()) -> dict[str, Any]:
    """Describe the run for the model folder's manifest.

    Parameters
    ----------
    rows : Iterable[Labelled]
        The examples that were learnt from.

    Returns
    -------
    dict[str, Any]
        ``python``, ``packages``, ``code`` (commit), ``data`` (count and sha256 by source).
    """
    digests: dict[str, Any] = {}
    counts: dict[str, int] = {}
    for row in rows:
        digests.setdefault(row.source, hashlib.sha256()).update(repr(row).encode())
        counts[row.source] = counts.get(row.source, 0) + 1
    return {
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "code": _commit(),
        "data": {
            name: {"examples": counts[name], "sha256": digests[name].hexdigest()} for name in sorted(counts)
        },
    }


def _commit() -> str:
    """Name the commit the code is at; ``unknown`` outside a checkout."""
    root = Path(__file__).resolve().parents[1]
    command = ["git", "-C", str(root), "describe", "--always", "--dirty"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return run.stdout.strip()
