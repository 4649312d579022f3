"""What a fit was made of, so that it can be made again and the tables be compared."""

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from voc_nlp.schema import ThemeMatch
from voc_nlp.topics.hashing import hash_table
from voc_nlp.topics.material import Material
from voc_nlp.topics.model import ThemeModel

_PACKAGES = ("voc-nlp", "numpy", "scikit-learn", "bertopic", "fugashi", "unidic-lite", "spacy")


def write_receipt(
    model: ThemeModel,
    material: Material,
    found: Sequence[Sequence[ThemeMatch]],
    settings: Mapping[str, Any],
    previous: ThemeModel | None,
) -> dict[str, Any]:
    """Write down what a fit was made of, and the hash of the table that it gives.

    Parameters
    ----------
    model : ThemeModel
        What was fitted.
    material : Material
        The comments that the fit read.
    found : Sequence[Sequence[ThemeMatch]]
        Themes of each comment that the fit read.
    settings : Mapping[str, Any]
        Arguments of the fit.
    previous : ThemeModel | None
        The older model that the fit went on from.

    Returns
    -------
    dict[str, Any]
        JSON values. Who fits the same comments with the same settings after the same
        older model gets the same receipt, on the same versions.
    """
    return {
        "comments": material.given,
        "refused": dict(sorted(material.refused.items())),
        "usable": material.usable,
        "read": len(material.comments),
        "sampled": len(material.comments) < material.usable,
        "unassigned": round(sum(not themes for themes in found) / len(found), 4),
        "data_sha256": material.data_sha256,
        "table_sha256": hash_table([comment.id for comment in material.comments], found),
        "encoder": model.encoder,
        "probe": None if model.probe is None else list(model.probe),
        "dictionary": model.dictionary.version,
        "previous_sha256": None if previous is None else hash_model(previous),
        "previous_revision": None if previous is None else previous.revision,
        "seed": model.seed,
        "settings": dict(settings),
        "versions": versions(),
    }


def hash_model(model: ThemeModel) -> str:
    """Hash a theme model: its arrays and all facts, edits and corrections among them.

    Parameters
    ----------
    model : ThemeModel
        The model.

    Returns
    -------
    str
        Hexadecimal sha256; the same after saving and loading.
    """
    facts, arrays = model.to_parts()
    digest = hashlib.sha256(json.dumps(facts, ensure_ascii=True, sort_keys=True).encode("ascii"))
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].shape}".encode("ascii"))
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """List the versions of what a fit runs on.

    Returns
    -------
    dict[str, str]
        Version by name, Python and the processor's architecture among them.
    """
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def compare(receipt: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """List where two receipts differ.

    Parameters
    ----------
    receipt : Mapping[str, Any]
        The one that was kept.
    other : Mapping[str, Any]
        That of the fit that was run again.

    Returns
    -------
    list[str]
        One line a difference, by key; empty when fit and table are the same.
    """
    return [
        f"{key}: {receipt.get(key)!r} was kept, {other.get(key)!r} came now"
        for key in sorted({*receipt, *other})
        if receipt.get(key) != other.get(key)
    ]
