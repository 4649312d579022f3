"""The exported graph says what the network says, up to the rounding of int8."""

import numpy as np
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from transformers import BertConfig, BertModel

from training.contextual.export import export_network, quantise_rows
from training.contextual.network import ContextualNetwork

ROWS, NARROW, WIDTH = 50, 8, 24


@pytest.fixture(scope="module")
def network() -> ContextualNetwork:
    torch.manual_seed(1)
    config = BertConfig(
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=48,
        max_position_embeddings=32,
        vocab_size=1,
        attn_implementation="eager",
    )
    random = np.random.default_rng(1)
    table = random.normal(size=(ROWS, NARROW)).astype(np.float32)
    widen = random.normal(size=(NARROW, WIDTH)).astype(np.float32)
    return ContextualNetwork(table, widen, BertModel(config, add_pooling_layer=False)).eval()


@pytest.fixture(scope="module")
def session(network: ContextualNetwork) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(export_network(network), providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("length", [1, 2, 7, 32])
def test_the_graph_answers_as_the_network(
    network: ContextualNetwork, session: onnxruntime.InferenceSession, length: int
) -> None:
    rows = torch.randint(3, ROWS, (1, length), generator=torch.Generator().manual_seed(length))
    with torch.no_grad():
        expected = network(rows)[0].numpy()
        narrow = network.rows(rows).numpy()
    (found,) = session.run(None, {"narrow": narrow})
    assert found.shape == (1, length, WIDTH)
    assert cosines(found[0], expected).min() > 0.99


def test_names_and_width(session: onnxruntime.InferenceSession) -> None:
    assert [one.name for one in session.get_inputs()] == ["narrow"]
    assert [(one.name, one.shape[-1]) for one in session.get_outputs()] == [("hidden", WIDTH)]


def test_the_same_network_makes_the_same_bytes(network: ContextualNetwork) -> None:
    assert export_network(network) == export_network(network)


def test_rows_come_back_up_to_rounding(network: ContextualNetwork) -> None:
    arrays = quantise_rows(network)
    rows, scales = np.asarray(arrays["rows"]), np.asarray(arrays["scales"])
    assert rows.dtype == np.int8
    expected = network.rows.weight.detach().numpy()
    assert np.abs(rows * scales[:, None] - expected).max() <= scales.max() / 2 + 1e-6


def cosines(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    products: NDArray[np.float32] = (first * second).sum(axis=1)
    return products / np.linalg.norm(first, axis=1) / np.linalg.norm(second, axis=1)
