"""Log a run with MLflow's own client, where MLFLOW_TRACKING_URI is set; nothing is sent anywhere else."""

import importlib
import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

TRACKING_URI = "MLFLOW_TRACKING_URI"
"""MLflow's own variable: a server, a database or a folder."""

EXPERIMENT = "MLFLOW_EXPERIMENT_NAME"
"""MLflow's own variable; the experiment is `_EXPERIMENT` where it is not set."""

_EXPERIMENT = "voc-nlp"
_LONGEST_VALUE = 250
"""Characters of a parameter that every release of MLflow's client takes."""

_MOST_AT_ONCE = 100
"""Parameters, and metrics, that one call may carry."""

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_\-. /]")


def check_tracking() -> None:
    """Check, before a run begins, that the client is there where MLFLOW_TRACKING_URI is set."""
    if os.environ.get(TRACKING_URI):
        _client()


def log_run(folder: Path, metrics: Mapping[str, Any]) -> None:
    """Log one model folder as one run; nothing happens where MLFLOW_TRACKING_URI is not set.

    Parameters
    ----------
    folder : Path
        The written model folder: its manifest gives the parameters, its small files are the artifacts.
    metrics : Mapping[str, Any]
        What was measured, nested; numbers are logged under their path.
    """
    if not os.environ.get(TRACKING_URI):
        return
    client = _client()
    manifest = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    names = ("kind", "name", "version", "seed", "encoder", "sources", "settings", "run")
    parameters = {
        _NOT_IN_NAMES.sub("_", key): str(value)[:_LONGEST_VALUE]
        for key, value in _flat({name: manifest[name] for name in names if name in manifest}, ".")
    }
    figures = {
        _NOT_IN_NAMES.sub("_", key): float(value)
        for key, value in _flat(metrics, "/")
        if isinstance(value, int | float) and math.isfinite(value)
    }
    if EXPERIMENT not in os.environ:
        client.set_experiment(_EXPERIMENT)
    with client.start_run(run_name=f"{manifest['name']} {manifest['version']}"):
        for part in _parts(parameters):
            client.log_params(part)
        for part in _parts(figures):
            client.log_metrics(part)
        for path in sorted(folder.iterdir()):
            if path.suffix in (".json", ".md"):
                client.log_artifact(str(path))


def _client() -> Any:
    try:
        return importlib.import_module("mlflow")
    except ImportError as error:
        raise ValueError(
            f"{TRACKING_URI} is set, but mlflow is not installed; install it (pip install mlflow), or unset "
            "the variable"
        ) from error


def _flat(table: Mapping[str, Any], between: str, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, between, f"{prefix}{key}{between}")
        else:
            yield f"{prefix}{key}", value


def _parts(table: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    items = iter(table.items())
    while part := dict(islice(items, _MOST_AT_ONCE)):
        yield part
