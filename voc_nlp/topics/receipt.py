"""What a fit was made of, so that it can be made again and the tables be compared."""

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from voc_nlp.schema import Comment, ThemeMatch
from voc_nlp.topics.material import Material
from voc_nlp.topics.model import ThemeModel

_PACKAGES = ("voc-nlp", "numpy", "scikit-learn", "bertopic", "fugashi", "unidic-lite", "spacy")


def write_receipt(
    model: ThemeModel,
    comments: Sequence[Comment],
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
    comments : Sequence[Comment]
        The comments that were given.
    material : Material
        Those that the fit read.
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
        "comments": len(comments),
        "usable": material.usable,
        "read": len(material.comments),
        "sampled": len(material.comments) < material.usable,
        "unassigned": round(sum(not themes for themes in found) / len(found), 4),
        "data_sha256": hash_comments(comments),
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


def hash_comments(comments: Iterable[Comment]) -> str:
    """Hash what a fit reads of comments: id, text and stated language, in order.

    Parameters
    ----------
    comments : Iterable[Comment]
        The comments.

    Returns
    -------
    str
        Hexadecimal sha256.
    """
    digest = hashlib.sha256()
    for comment in comments:
        line = json.dumps([comment.id, comment.text, comment.lang], ensure_ascii=True)
        digest.update(line.encode("ascii") + b"\n")
    return digest.hexdigest()


def hash_table(ids: Sequence[str], matches: Sequence[Sequence[ThemeMatch]]) -> str:
    """Hash an assignment table: the comments' ids and the ids of their themes, best first.

    Parameters
    ----------
    ids : Sequence[str]
        Id of each comment.
    matches : Sequence[Sequence[ThemeMatch]]
        Themes of each comment.

    Returns
    -------
    str
        Hexadecimal sha256.
    """
    digest = hashlib.sha256()
    for comment_id, found in zip(ids, matches, strict=True):
        line = json.dumps([comment_id, [match.id for match in found]], ensure_ascii=True)
        digest.update(line.encode("ascii") + b"\n")
    return digest.hexdigest()


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
