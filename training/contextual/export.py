"""Write the taught network for onnxruntime: fused operators over int8 matrices, int8 piece rows beside it.

The graph is laid out by hand, for one text a run: an exporter's graph spends as
much time on the shapes of its tensors as on what is in them.
"""

from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from transformers import BertModel

from training.contextual.network import ContextualNetwork

_FUSED = "com.microsoft"
"""Operator set of onnxruntime's own fused operators."""

_OPSETS = (("", 17), (_FUSED, 1))
_IR_VERSION = 9


def export_network(network: ContextualNetwork) -> bytes:
    """Export the network: ``narrow`` (1, length, narrow) in, ``hidden`` (1, length, width) out.

    Parameters
    ----------
    network : ContextualNetwork
        The taught network.

    Returns
    -------
    bytes
        The ONNX file with int8 matrices.
    """
    bert = network.bert
    graph = _Graph()
    hidden = _embed(graph, network)
    for number, layer in enumerate(bert.encoder.layer):
        last = number == bert.config.num_hidden_layers - 1
        hidden = _layer(graph, layer, hidden, bert, "hidden" if last else f"layer{number}")
    shape = [
        helper.make_tensor_value_info("narrow", TensorProto.FLOAT, [1, "length", network.widen.in_features]),
        helper.make_tensor_value_info("hidden", TensorProto.FLOAT, [1, "length", network.widen.out_features]),
    ]
    whole = helper.make_graph(graph.nodes, "contextual", shape[:1], shape[1:], graph.tensors)
    opsets = [helper.make_opsetid(*opset) for opset in _OPSETS]
    model = helper.make_model(whole, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="voc-nlp")
    written: bytes = model.SerializeToString()
    return written


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


class _Graph:
    """Nodes and constants gathered so far; every method returns the name of what it computes."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: list[onnx.TensorProto] = []

    def constant(self, values: NDArray[np.generic]) -> str:
        name = f"c{len(self.tensors)}"
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(
        self, kind: str, inputs: list[str], output: str = "", *, fused: bool = False, **facts: Any
    ) -> str:
        name = output or f"n{len(self.nodes)}"
        domain = _FUSED if fused else ""
        self.nodes.append(helper.make_node(kind, inputs, [name], domain=domain, **facts))
        return name

    def linear(self, inputs: str, weight: Tensor, bias: Tensor | None) -> str:
        """Multiply with an int8 matrix that has a scale a column; `weight` is (outputs, inputs)."""
        values = weight.detach().numpy().T
        scales = np.maximum(np.abs(values).max(axis=0) / 127, 1e-9).astype(np.float32)
        matrix = self.constant(np.round(values / scales).astype(np.int8))
        given = [inputs, matrix, self.constant(scales), ""]
        given += [] if bias is None else [self.constant(bias.detach().numpy())]
        return self.node("DynamicQuantizeMatMul", given if bias is not None else given[:3], fused=True)

    def norm(self, hidden: str, skip: str, norm: nn.Module, epsilon: float, output: str = "") -> str:
        weight, bias = (self.constant(p.detach().numpy()) for p in norm.parameters())
        given = [hidden, skip, weight, bias]
        return self.node("SkipLayerNormalization", given, output, fused=True, epsilon=epsilon)


def _embed(graph: _Graph, network: ContextualNetwork) -> str:
    """Widen the rows, add their places, normalise."""
    embeddings: Any = network.bert.embeddings
    places = embeddings.position_embeddings.weight + embeddings.token_type_embeddings.weight[:1]
    wide = graph.linear("narrow", network.widen.weight, None)
    length = graph.node("Shape", ["narrow"], start=1, end=2)
    zero = graph.constant(np.zeros(1, dtype=np.int64))
    used = graph.node(
        "Slice",
        [
            graph.constant(places.detach().numpy()[None]),
            zero,
            length,
            graph.constant(np.ones(1, dtype=np.int64)),
        ],
    )
    return graph.norm(wide, used, embeddings.LayerNorm, network.bert.config.layer_norm_eps)


def _layer(graph: _Graph, layer: Any, hidden: str, bert: BertModel, output: str) -> str:
    """One transformer layer: attention over all pieces of the text, then the feed-forward part."""
    attention, dense = layer.attention, layer.intermediate.dense
    sides = (attention.self.query, attention.self.key, attention.self.value)
    joint = graph.linear(hidden, torch.cat([s.weight for s in sides]), torch.cat([s.bias for s in sides]))
    parts = [f"{joint}_{side}" for side in ("query", "key", "value")]
    graph.nodes.append(helper.make_node("Split", [joint], parts, axis=2))
    heads = bert.config.num_attention_heads
    mixed = graph.node("MultiHeadAttention", parts, fused=True, num_heads=heads)
    mixed = graph.linear(mixed, attention.output.dense.weight, attention.output.dense.bias)
    epsilon = bert.config.layer_norm_eps
    hidden = graph.norm(mixed, hidden, attention.output.LayerNorm, epsilon)
    inner = graph.node("Gelu", [graph.linear(hidden, dense.weight, dense.bias)], fused=True)
    inner = graph.linear(inner, layer.output.dense.weight, layer.output.dense.bias)
    return graph.norm(inner, hidden, layer.output.LayerNorm, epsilon, output)
