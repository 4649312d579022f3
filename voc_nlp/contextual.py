"""The contextual encoder: a small transformer over the same pieces, run by onnxruntime.

It sees a piece in its surroundings, so it can tell 高い from 高くない. Piece rows
are looked up here and widened and mixed inside the network; what comes out is
one vector a piece, which heads pool over whole texts, sentences and clauses.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from voc_nlp.artifacts import check_keys, open_folder
from voc_nlp.embedding import StaticEmbedder
from voc_nlp.errors import UnknownFormatError
from voc_nlp.pieces import Pieces, Stretches

if TYPE_CHECKING:
    import onnxruntime

CONTEXTUAL_KIND = "contextual-encoder"
NETWORK_FILE = "network.onnx"

_WINDOW = 254
"""Pieces that the network sees at a time; longer texts are cut into windows of equal length."""

_CLS, _SEP, _FIRST_PIECE_ROW = 1, 2, 3
_INPUT = "narrow"


@dataclass(frozen=True, slots=True)
class ContextPart:
    """What the context adds to the logits of one task.

    Parameters
    ----------
    weights : NDArray[np.float32]
        Shape (2 * width, classes) for tasks on pooled vectors, (width, classes) for tasks on pieces.
    bias : NDArray[np.float32]
        Shape (classes,).
    linear_share : float
        What the logits of the linear head are multiplied by before both are added.
    """

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    linear_share: float


class ContextualEncoder:
    """Runs the network over pieces.

    Parameters
    ----------
    embedder : StaticEmbedder
        Cuts texts into pieces and knows the row of each.
    rows : NDArray[np.int8]
        Input rows, padding and the two marks first, shape (3 + rows, narrow).
    scales : NDArray[np.float32]
        What to multiply each row by, shape (3 + rows,).
    session : onnxruntime.InferenceSession
        The network.
    parts : Mapping[str, ContextPart]
        What the context says of each task.
    thresholds : Mapping[str, float]
        Thresholds that replace those of the linear heads, by name.
    phrases : Mapping[str, Mapping[str, float]] | None
        What phrases add to the joined heads, by task; nothing when None.
    """

    def __init__(
        self,
        embedder: StaticEmbedder,
        rows: NDArray[np.int8],
        scales: NDArray[np.float32],
        session: "onnxruntime.InferenceSession",
        parts: Mapping[str, ContextPart],
        thresholds: Mapping[str, float],
        phrases: Mapping[str, Mapping[str, float]] | None = None,
    ) -> None:
        self._embedder = embedder
        self._rows = rows
        self._scales = scales
        self._session = session
        self.parts = parts
        self.thresholds = thresholds
        self.phrases = phrases or {}
        self.width = int(session.get_outputs()[0].shape[-1])

    @classmethod
    def load(cls, folder: Path, embedder: StaticEmbedder, *, threads: int = 1) -> "ContextualEncoder":
        """Open a model folder of kind ``contextual-encoder``.

        Parameters
        ----------
        folder : Path
            The model folder.
        embedder : StaticEmbedder
            The static encoder whose pieces the network was trained on.
        threads : int
            Threads that one run may use.

        Returns
        -------
        ContextualEncoder
            Ready to run.

        Raises
        ------
        UnknownFormatError
            If the manifest or the heads lack something, or the network takes other inputs.
        """
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # newer releases would report to their maker
        import onnxruntime

        model = open_folder(folder, CONTEXTUAL_KIND)
        check_keys(folder, model.config, ("linear_shares", "thresholds"))
        shares = model.config["linear_shares"]
        heads = model.tensors("heads")
        check_keys(
            folder, heads, (f"{task}_{one}" for task in shares for one in ("weights", "bias")), within="heads"
        )
        arrays = model.tensors("rows")
        check_keys(folder, arrays, ("rows", "scales"), within="rows")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        network = str(model.path_of(NETWORK_FILE))
        session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        met = [one.name for one in session.get_inputs()]
        if met != [_INPUT]:
            raise UnknownFormatError(
                f"the network of {folder} takes the inputs {', '.join(met)}; expected {_INPUT} alone. "
                "It is of another version: train contextual again, or take the folder of this version."
            )
        parts = {
            task: ContextPart(heads[f"{task}_weights"], heads[f"{task}_bias"], float(share))
            for task, share in shares.items()
        }
        return cls(
            embedder,
            arrays["rows"],
            arrays["scales"],
            session,
            parts,
            model.config["thresholds"],
            model.config.get("phrases"),
        )

    def run(self, pieces: Pieces) -> NDArray[np.float32]:
        """Compute the contextual vector of every piece.

        Windows are run one by one: the scale that int8 arithmetic picks for a run
        would else depend on the neighbours, and so would the answer.

        Parameters
        ----------
        pieces : Pieces
            The pieces of n texts.

        Returns
        -------
        NDArray[np.float32]
            Shape (total, width), in the order of the pieces.
        """
        found = np.zeros((len(pieces.ids), self.width), dtype=np.float32)
        rows = self._embedder.rows_of(pieces) + _FIRST_PIECE_ROW
        for first, last in _windows(pieces):
            line = np.concatenate([[_CLS], rows[first:last], [_SEP]])
            narrow = self._rows[line] * self._scales[line][:, None]
            (hidden,) = self._session.run(None, {_INPUT: narrow[None]})
            found[first:last] = hidden[0, 1:-1]
        return found


def pool(hidden: NDArray[np.float32], stretches: Stretches) -> NDArray[np.float32]:
    """Pool the vectors of runs of pieces by mean and maximum.

    Parameters
    ----------
    hidden : NDArray[np.float32]
        What `ContextualEncoder.run` gave, shape (total, width).
    stretches : Stretches
        Whole texts, sentences or clauses.

    Returns
    -------
    NDArray[np.float32]
        Shape (n, 2 * width); zeros for a run without pieces.
    """
    width = hidden.shape[1]
    pooled = np.zeros((len(stretches), 2 * width), dtype=np.float32)
    for row, (first, last) in enumerate(zip(stretches.first.tolist(), stretches.last.tolist(), strict=True)):
        if last > first:
            inside = hidden[first:last]
            inside.mean(axis=0, out=pooled[row, :width])
            inside.max(axis=0, out=pooled[row, width:])
    return pooled


def _windows(pieces: Pieces) -> list[tuple[int, int]]:
    """Cut every text into as few windows as the network's length allows, of equal length."""
    whole = pieces.whole()
    windows = []
    for first, last in zip(whole.first.tolist(), whole.last.tolist(), strict=True):
        count = -(-(last - first) // _WINDOW)
        bounds = [first + (last - first) * number // max(count, 1) for number in range(count + 1)]
        windows += list(pairwise(bounds))
    return windows
