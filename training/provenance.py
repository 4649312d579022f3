"""What a model was made of: code version, environment, and hashes of the data."""

import hashlib
import platform
import subprocess
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from training.data.labelled import Labelled
from training.data.labelled_file import LabelledFile

_PACKAGES = ("numpy", "scikit-learn", "torch", "tokenizers", "fugashi", "unidic-lite")


def describe_run(rows: Iterable[Labelled] = (), files: Sequence[LabelledFile] = ()) -> dict[str, Any]:
    """Describe the run for the model folder's manifest.

    Parameters
    ----------
    rows : Iterable[Labelled]
        The examples that were learnt from.
    files : Sequence[LabelledFile]
        The labelled files that some of them came from.

    Returns
    -------
    dict[str, Any]
        ``python``, ``machine``, ``packages``, ``code`` (commit), ``data`` (count and sha256 by source) and,
        where there are labelled files, ``files``.
    """
    digests: dict[str, Any] = {}
    counts: dict[str, int] = {}
    for row in rows:
        digests.setdefault(row.source, hashlib.sha256()).update(repr(row).encode())
        counts[row.source] = counts.get(row.source, 0) + 1
    described = {
        file.name: {
            "sha256": file.sha256,
            "comments": len(file.rows),
            "skipped": len(file.broken),
            "erased": file.erased,
        }
        for file in files
    }
    return {
        "python": platform.python_version(),
        "machine": {"system": platform.system(), "architecture": platform.machine(), "cpu": _cpu()},
        "packages": {name: version(name) for name in _PACKAGES},
        "code": _commit(),
        "data": {
            name: {"examples": counts[name], "sha256": digests[name].hexdigest()} for name in sorted(counts)
        },
        **({"files": described} if files else {}),
    }


def _cpu() -> str:
    """Name the processor, on which the last bits of a sum depend."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown")


def _commit() -> str:
    """Name the commit the code is at; ``unknown`` outside a checkout."""
    root = Path(__file__).resolve().parents[1]
    command = ["git", "-C", str(root), "describe", "--always", "--dirty"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return run.stdout.strip()
