"""Batches of the contextual encoder's training: marks and padding, lengths, every text once an epoch."""

import random

import numpy as np
import pytest

# torch and transformers are imported inside the tests: they take seconds, and collecting need not wait.

LENGTHS = [0, 1, 6, 7, 14, 15, 30, 31, 94, 95, 300] * 13


@pytest.mark.parametrize(
    ("length", "width"), [(1, 8), (2, 8), (7, 8), (8, 8), (9, 16), (16, 16), (17, 24), (96, 96), (97, 104)]
)
def test_stepped(length: int, width: int) -> None:
    from training.contextual.distill import stepped

    assert stepped(length) == width


@pytest.mark.parametrize(
    ("lists", "longest", "expected"),
    [
        # mark, static rows moved up by three, mark, padding
        ([[0, 1, 9]], 96, [[1, 3, 4, 12, 2, 0, 0, 0]]),
        ([[], [5]], 96, [[1, 2, 0, 0, 0, 0, 0, 0], [1, 8, 2, 0, 0, 0, 0, 0]]),
        # six pieces and two marks fill eight places
        ([[4] * 6], 96, [[1, 7, 7, 7, 7, 7, 7, 2]]),
        # the longest length counts the marks
        ([[4, 5, 6, 7]], 4, [[1, 7, 8, 2, 0, 0, 0, 0]]),
        ([[4] * 99, [6]], 8, [[1, 7, 7, 7, 7, 7, 7, 2], [1, 9, 2, 0, 0, 0, 0, 0]]),
    ],
)
def test_pad(lists: list[list[int]], longest: int, expected: list[list[int]]) -> None:
    from training.contextual.distill import pad

    assert pad(lists, longest).tolist() == expected


def test_the_longest_text_gives_the_width() -> None:
    from training.contextual.distill import pad

    assert pad([[1] * 7, [1] * 3], 96).shape == (2, 16)
    assert pad([[1] * 300], 96).shape == (1, 96)


def test_marks_and_window_are_those_of_the_library() -> None:
    from training.contextual import finetune, network
    from voc_nlp import contextual

    assert (network.CLS, network.SEP) == (contextual._CLS, contextual._SEP)
    assert network.FIRST_PIECE_ROW == contextual._FIRST_PIECE_ROW
    assert finetune.FinetuneConfig().longest == contextual._WINDOW


@pytest.mark.parametrize("batch_pieces", [1, 96, 200, 4096])
def test_every_text_once(batch_pieces: int) -> None:
    from training.contextual.distill import DistillConfig, _batches, stepped

    config = DistillConfig(batch_pieces=batch_pieces)
    texts = [[1] * length for length in LENGTHS]
    batches = _batches(texts, config, random.Random(1))
    assert sorted(index for batch in batches for index in batch) == list(range(len(texts)))
    for batch in batches:
        widths = {stepped(min(len(texts[index]) + 2, config.longest)) for index in batch}
        assert len(widths) == 1
        assert len(batch) == 1 or len(batch) * widths.pop() <= batch_pieces


def test_order_goes_by_the_seed() -> None:
    from training.contextual.distill import DistillConfig, _batches

    texts = [[1] * length for length in LENGTHS]
    one, again, other = (_batches(texts, DistillConfig(), random.Random(seed)) for seed in (1, 1, 2))
    assert one == again
    assert one != other


@pytest.mark.parametrize("batch_pieces", [1, 256, 2048])
def test_every_example_once(batch_pieces: int) -> None:
    from training.contextual.distill import stepped
    from training.contextual.examples import Example
    from training.contextual.finetune import FinetuneConfig, _batches

    config = FinetuneConfig(batch_pieces=batch_pieces)
    examples = [
        Example((1,) * length, (), {}, None, None, (-1,) * length, 1.0) for length in LENGTHS if length < 255
    ]
    batches = _batches(examples, config, random.Random(1))
    assert sorted(index for batch in batches for index in batch) == list(range(len(examples)))
    assert all(len({stepped(len(examples[index].rows) + 2) for index in batch}) == 1 for batch in batches)


def test_training_pools_as_the_library_does() -> None:
    import torch

    from tests.voc_nlp.toys import toy_embedder
    from training.contextual.finetune import MultiTaskNetwork
    from voc_nlp.contextual import pool

    pieces = toy_embedder().pieces(["late delivery kind", "配送が遅い"])
    hidden = np.random.default_rng(2).normal(size=(6, 4)).astype(np.float32)
    # one mark before the pieces of each text, one behind
    batch = np.full((2, 5, 4), 99, dtype=np.float32)
    batch[:, 1:4] = hidden.reshape(2, 3, 4)
    stretches = pieces.stretches([0, 0, 1], [0, 5, 0], [18, 18, 2])
    found = MultiTaskNetwork.pool(None, torch.from_numpy(batch), [(0, 0, 3), (0, 1, 3), (1, 0, 1)])  # type: ignore[arg-type]
    assert found.numpy() == pytest.approx(pool(hidden, stretches), abs=1e-6)
