"""Write a trained encoder as a model folder: int8 rows with a scale each, the tokenizer beside them."""

from pathlib import Path
from typing import Any

import numpy as np

from training.encoder.build import BuiltEncoder
from voc_nlp.artifacts import write_folder
from voc_nlp.embedding import ENCODER_KIND


def write_encoder(
    built: BuiltEncoder, folder: Path, *, name: str, version: str, facts: dict[str, Any]
) -> None:
    """Write the model folder.

    Parameters
    ----------
    built : BuiltEncoder
        The trained encoder.
    folder : Path
        Where to write; files of the same names are replaced.
    name : str
        Name of the model.
    version : str
        Version of the model.
    facts : dict[str, Any]
        Further facts for the manifest (configuration, data hashes).
    """
    scales = np.abs(built.table).max(axis=1) / 127
    scales = np.maximum(scales, 1e-9).astype(np.float32)
    rows = np.round(built.table / scales[:, None]).astype(np.int8)
    write_folder(
        folder,
        kind=ENCODER_KIND,
        name=name,
        version=version,
        tensors={
            "table": {
                "rows": rows,
                "scales": scales,
                "row_of_piece": np.asarray(built.vocabulary.row_of_piece, dtype=np.int32),
            }
        },
        texts={"tokenizer.json": built.tokenizer.to_str()},
        facts={"dimension": int(rows.shape[1]), "figures": built.figures, **facts},
    )
