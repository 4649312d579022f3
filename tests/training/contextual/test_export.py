"""The exported graph says what the network says, up to the rounding of int8."""

from collections.abc import Callable
from copy import deepcopy

import numpy as np
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from transformers import BertConfig, BertModel

from training.contextual.export import export_network, quantise_rows
from training.contextual.network import ContextualNetwork

ROWS, NARROW, WIDTH = 50, 8, 24
ROUNDING = 0.05
"""Most that int8 may move a value on average; the values themselves spread about 1."""


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
    network = ContextualNetwork(table, widen, BertModel(config, add_pooling_layer=False)).eval()
    with torch.no_grad():  # BERT begins so near to nothing that its layers would hardly show
        for name, values in network.bert.named_parameters():
            values.normal_(1.0 if name.endswith("LayerNorm.weight") else 0.0, 0.3)
    return network


@pytest.fixture(scope="module")
def session(network: ContextualNetwork) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(export_network(network), providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("length", [1, 2, 7, 32])
def test_the_graph_answers_as_the_network(
    network: ContextualNetwork, session: onnxruntime.InferenceSession, length: int
) -> None:
    found = run(session, network, length)
    assert found.shape == (length, WIDTH)
    assert distance(found, network, length) < ROUNDING


def without_a_layer(network: ContextualNetwork) -> None:
    network.bert.encoder.layer = network.bert.encoder.layer[:1]
    network.bert.config.num_hidden_layers = 1


def with_query_and_key_swapped(network: ContextualNetwork) -> None:
    for layer in network.bert.encoder.layer:
        attention = layer.attention.self
        attention.query, attention.key = attention.key, attention.query


def without_places(network: ContextualNetwork) -> None:
    torch.nn.init.zeros_(network.bert.embeddings.position_embeddings.weight)


@pytest.mark.parametrize("spoil", [without_a_layer, with_query_and_key_swapped, without_places])
@pytest.mark.parametrize("length", [7, 32])
def test_a_wrong_graph_is_seen(
    network: ContextualNetwork, spoil: Callable[[ContextualNetwork], None], length: int
) -> None:
    wrong = deepcopy(network)
    spoil(wrong)
    session = onnxruntime.InferenceSession(export_network(wrong), providers=["CPUExecutionProvider"])
    assert distance(run(session, wrong, length), network, length) > 2 * ROUNDING


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


def some_rows(length: int) -> torch.Tensor:
    return torch.randint(3, ROWS, (1, length), generator=torch.Generator().manual_seed(length))


def run(
    session: onnxruntime.InferenceSession, network: ContextualNetwork, length: int
) -> NDArray[np.float32]:
    (found,) = session.run(None, {"narrow": network.rows(some_rows(length)).detach().numpy()})
    values: NDArray[np.float32] = found[0]
    return values


def distance(found: NDArray[np.float32], network: ContextualNetwork, length: int) -> float:
    """Say how far values are from the network's own, on average."""
    with torch.no_grad():
        expected = network(some_rows(length))[0].numpy()
    return float(np.abs(found - expected).mean())
