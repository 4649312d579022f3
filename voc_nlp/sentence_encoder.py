"""The sentence encoder that a models folder names, and whether heads and themes were made with that one."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from voc_nlp.embedding import Embedder, SentenceTransformerEmbedder
from voc_nlp.errors import UnknownFormatError

SENTENCE_ENCODER = "sentence_encoder"
"""Key of a tier and of a manifest under which the encoder is named."""

_PROBE = "配送が遅い。 The delivery was late."
_PROBE_NUMBERS = 8
_PROBE_TOLERANCE = 0.01
"""What two processors may differ by; two encoders differ by some 1 / sqrt(dimension), 0.03 or more."""


def open_sentence_encoder(name_or_path: str, folder: Path, *, may_fetch: bool = False) -> Embedder:
    """Open a sentence encoder that a models folder names.

    Parameters
    ----------
    name_or_path : str
        A path, absolute or within `folder`, or the name of a model in the hub's cache.
    folder : Path
        The models folder.
    may_fetch : bool
        Whether a model that is not in the cache may be fetched; scoring never does.

    Returns
    -------
    Embedder
        Ready to embed.
    """
    inside = folder / name_or_path
    found = str(inside) if inside.is_dir() else name_or_path
    return SentenceTransformerEmbedder(found, may_fetch=may_fetch)


def name_encoder(name_or_path: str, folder: Path) -> str:
    """Name a sentence encoder in what may be passed on: manifests and cards hold no path of a machine.

    Parameters
    ----------
    name_or_path : str
        As for `open_sentence_encoder`.
    folder : Path
        The models folder.

    Returns
    -------
    str
        The last part of a path; a hub's name as it is.
    """
    is_path = Path(name_or_path).is_absolute() or (folder / name_or_path).is_dir()
    return Path(name_or_path).name if is_path else name_or_path


def probe_encoder(encoder: Embedder) -> list[float]:
    """Take the fingerprint of an encoder.

    Parameters
    ----------
    encoder : Embedder
        The encoder.

    Returns
    -------
    list[float]
        The first numbers of a set text's vector.
    """
    vector = encoder.embed([_PROBE])[0]
    return [round(float(number), 4) for number in vector[:_PROBE_NUMBERS]]


def is_same_encoder(met: Sequence[float], expected: Sequence[float]) -> bool:
    """Say whether two fingerprints are those of one encoder, the noise of processors apart.

    Parameters
    ----------
    met : Sequence[float]
        What `probe_encoder` gave here.
    expected : Sequence[float]
        What it gave when the model was made.

    Returns
    -------
    bool
        True for one encoder.
    """
    return len(met) == len(expected) and bool(np.allclose(met, expected, rtol=0, atol=_PROBE_TOLERANCE))


def describe_encoder(name: str, encoder: Embedder) -> dict[str, Any]:
    """Describe a sentence encoder for the manifest of heads that are learnt with it.

    Parameters
    ----------
    name : str
        Its name.
    encoder : Embedder
        The encoder.

    Returns
    -------
    dict[str, Any]
        ``name``, ``dimension``, and ``probe``: the first numbers of a set text's vector.
    """
    return {"name": name, "dimension": encoder.dimension, "probe": probe_encoder(encoder)}


def check_encoder(folder: Path, config: Mapping[str, Any], name: str, encoder: Embedder | None) -> None:
    """Check that heads were learnt with the encoder that they are to be used with.

    Parameters
    ----------
    folder : Path
        The heads' model folder.
    config : Mapping[str, Any]
        Its manifest.
    name : str
        What the tier names.
    encoder : Embedder | None
        The tier's sentence encoder; None where it has none.

    Raises
    ------
    UnknownFormatError
        If they were learnt with another, or with none.
    """
    learnt = config.get(SENTENCE_ENCODER)
    if encoder is None:
        if learnt is not None:
            raise UnknownFormatError(
                f"{folder} was learnt with the sentence encoder {learnt['name']!r}, but its tier names none; "
                f"add {SENTENCE_ENCODER} to the tier, with its path or a hub's name"
            )
        return
    mend = f"retrain: python -m training retrain --encoder {name} --models DIR"
    if learnt is None:
        raise UnknownFormatError(
            f"{folder} was learnt with the static encoder, "
            f"but its tier names the sentence encoder {name!r}; {mend}"
        )
    if learnt["dimension"] != encoder.dimension:
        raise UnknownFormatError(
            f"the sentence encoder {name!r} gives vectors of {encoder.dimension} numbers, but {folder} was "
            f"learnt with {learnt['name']!r} and expects {learnt['dimension']}; name that one, or {mend}"
        )
    if not is_same_encoder(probe_encoder(encoder), learnt["probe"]):
        raise UnknownFormatError(
            f"the sentence encoder {name!r} is not the one that {folder} was learnt with, "
            f"{learnt['name']!r}: the same text gets another vector; name that one, or {mend}"
        )
