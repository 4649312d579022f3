"""Distil the teacher into the network: both languages' sentences must meet the teacher's English vector."""

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from training.contextual.network import CLS, FIRST_PIECE_ROW, SEP, ContextualNetwork

_log = logging.getLogger(__name__)
_TEMPERATURE = 0.05


@dataclass(frozen=True, slots=True)
class DistillConfig:
    """Settings of the distillation.

    Parameters
    ----------
    epochs : int
        Passes over the texts.
    batch_pieces : int
        Pieces in a batch, padding counted.
    learning_rate, row_learning_rate : float
        Of the layers, and of the piece rows.
    longest : int
        Pieces of a text that are used.
    seed : int
        Seed of the order.
    """

    epochs: int = 3
    batch_pieces: int = 4096
    learning_rate: float = 2e-4
    row_learning_rate: float = 1e-3
    longest: int = 96
    seed: int = 20261121


def pad(lists: Sequence[Sequence[int]], longest: int) -> Tensor:
    """Lay the static table's rows of texts into one tensor, with the marks.

    Parameters
    ----------
    lists : Sequence[Sequence[int]]
        Static rows of each text.
    longest : int
        Pieces of a text that are used.

    Returns
    -------
    Tensor
        Rows of the network's table, padded with 0; shape (texts, length).
    """
    cut = [[CLS, *(row + FIRST_PIECE_ROW for row in one[: longest - 2]), SEP] for one in lists]
    width = stepped(max(len(one) for one in cut))
    return torch.tensor([one + [0] * (width - len(one)) for one in cut])


def stepped(length: int) -> int:
    """Round a length up to a multiple of eight: few different shapes, few kernels to compile.

    Parameters
    ----------
    length : int
        Pieces of a text.

    Returns
    -------
    int
        At least `length`.
    """
    return -(-length // 8) * 8


def distill(
    network: ContextualNetwork,
    texts: Sequence[Sequence[int]],
    goals: Tensor,
    goal_of: Sequence[int],
    scored: Sequence[tuple[Sequence[int], Sequence[int], float]],
    config: DistillConfig,
) -> None:
    """Train the network in place.

    Parameters
    ----------
    network : ContextualNetwork
        The student.
    texts : Sequence[Sequence[int]]
        Static rows of each text, in any language.
    goals : Tensor
        Unit vectors of the teacher.
    goal_of : Sequence[int]
        Which goal each text must meet.
    scored : Sequence[tuple[Sequence[int], Sequence[int], float]]
        Pairs of texts with their similarity in [0, 1].
    config : DistillConfig
        Settings.
    """
    torch.manual_seed(config.seed)
    generator = random.Random(config.seed)
    row_parameters = list(network.rows.parameters())
    others = [p for name, p in network.named_parameters() if not name.startswith("rows.")]
    optimizers = [
        torch.optim.AdamW(others, lr=config.learning_rate),
        torch.optim.SparseAdam(row_parameters, lr=config.row_learning_rate),
    ]
    batches = _batches(texts, config, generator)
    steps = config.epochs * len(batches)
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(
            one, lambda step: min(1.0, step / (0.05 * steps)) * (1 - step / steps)
        )
        for one in optimizers
    ]
    network.train()
    for epoch in range(config.epochs):
        if epoch:
            batches = _batches(texts, config, generator)[: len(batches)]
        total = 0.0
        for number, batch in enumerate(batches):
            goal = goals[torch.tensor([goal_of[index] for index in batch])]
            with torch.autocast("cpu", dtype=torch.bfloat16):
                found = network.embed(pad([texts[index] for index in batch], config.longest)).float()
            logits = found @ goal.T / _TEMPERATURE
            alike = (goal @ goal.T > 0.9) & ~torch.eye(len(goal), dtype=torch.bool)
            contrast = functional.cross_entropy(logits.masked_fill(alike, -1e4), torch.arange(len(goal)))
            between = (found @ found.T - goal @ goal.T).square().mean()
            loss = (1 - (found * goal).sum(1)).mean() + 0.1 * contrast + 5.0 * between
            if number % 4 == 0 and scored:
                loss = loss + _scored_loss(network, generator.sample(list(scored), 48), config)
            for one in optimizers:
                one.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(others, 1.0)
            for one in optimizers:
                one.step()
            for schedule in schedules:
                schedule.step()
            total += float(loss.detach())
            if number % 50 == 49:
                _log.info(
                    "distil: epoch %d, batch %d of %d, loss %.4f",
                    epoch + 1,
                    number + 1,
                    len(batches),
                    total / 50,
                )
                total = 0.0
    network.eval()


def _scored_loss(
    network: ContextualNetwork,
    pairs: Sequence[tuple[Sequence[int], Sequence[int], float]],
    config: DistillConfig,
) -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        first = network.embed(pad([pair[0] for pair in pairs], config.longest)).float()
        second = network.embed(pad([pair[1] for pair in pairs], config.longest)).float()
    goal = torch.tensor([pair[2] for pair in pairs])
    return ((first * second).sum(1) - goal).square().mean()


def _batches(
    texts: Sequence[Sequence[int]], config: DistillConfig, generator: random.Random
) -> list[list[int]]:
    lengths = [min(len(text) + 2, config.longest) for text in texts]
    return group_by_length(lengths, config.batch_pieces, generator)


def group_by_length(lengths: Sequence[int], batch_pieces: int, generator: random.Random) -> list[list[int]]:
    """Group texts of like length, so that little is padding; the order of the groups is random.

    Parameters
    ----------
    lengths : Sequence[int]
        Pieces of each text, marks counted.
    batch_pieces : int
        Pieces in a batch, padding counted; a longer text is a batch of its own.
    generator : random.Random
        Decides the order.

    Returns
    -------
    list[list[int]]
        Places of the texts, each in one group.
    """
    by_length: dict[int, list[int]] = {}
    for index, length in enumerate(lengths):
        by_length.setdefault(stepped(length), []).append(index)
    batches = []
    for length, members in by_length.items():
        generator.shuffle(members)
        size = max(1, batch_pieces // length)
        batches += [members[start : start + size] for start in range(0, len(members), size)]
    generator.shuffle(batches)
    return batches
