"""Write the taught network for onnxruntime: int8 matrices inside, int8 piece rows beside it."""

import tempfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.contextual.network import ContextualNetwork

_LENGTH = 24


class _Core(nn.Module):
    """The network behind the row lookup: narrow rows and mask in, contextual vectors out."""

    def __init__(self, network: ContextualNetwork) -> None:
        super().__init__()
        self.widen = network.widen
        self.bert = network.bert

    def forward(self, narrow: Tensor, mask: Tensor) -> Tensor:
        output: Tensor = self.bert(inputs_embeds=self.widen(narrow), attention_mask=mask).last_hidden_state
        return output


def export_network(network: ContextualNetwork) -> bytes:
    """Export the network.

    Parameters
    ----------
    network : ContextualNetwork
        The taught network.

    Returns
    -------
    bytes
        The ONNX file with int8 matrices.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    core = _Core(network).eval()
    narrow = torch.zeros(2, _LENGTH, network.rows.embedding_dim)
    mask = torch.ones(2, _LENGTH, dtype=torch.int64)
    with tempfile.TemporaryDirectory() as folder:
        plain, small = Path(folder) / "plain.onnx", Path(folder) / "small.onnx"
        torch.onnx.export(
            core,
            (narrow, mask),
            str(plain),
            input_names=["narrow", "mask"],
            output_names=["hidden"],
            dynamic_axes={"narrow": {0: "texts", 1: "length"}, "mask": {0: "texts", 1: "length"}},
            dynamo=False,
        )
        quantize_dynamic(plain, small, weight_type=QuantType.QInt8, per_channel=True)
        return small.read_bytes()


def quantise_rows(network: ContextualNetwork) -> dict[str, NDArray[np.generic]]:
    """Round the piece rows to int8 with a scale each.

    Parameters
    ----------
    network : ContextualNetwork
        The taught network.

    Returns
    -------
    dict[str, NDArray[np.generic]]
        ``rows`` and ``scales``.
    """
    rows = network.rows.weight.detach().numpy()
    scales = np.maximum(np.abs(rows).max(axis=1) / 127, 1e-9).astype(np.float32)
    return {"rows": np.round(rows / scales[:, None]).astype(np.int8), "scales": scales}
