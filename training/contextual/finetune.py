"""Teach the distilled network all tasks at once: one head a task, tags and polarities of targets."""

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.contextual.distill import group_by_length, pad
from training.contextual.examples import POLARITIES, Example
from training.contextual.network import ContextualNetwork
from training.heads.tasks import DEPARTMENTS, LABELS
from voc_nlp.sentiment.aspects import TAGS

_log = logging.getLogger(__name__)
_TASK_WEIGHTS = {"sentiment": 1.0, "owner": 1.0, "intent": 0.7, "urgency": 0.7, "churn": 0.7}


@dataclass(frozen=True, slots=True)
class FinetuneConfig:
    """Settings of the joint training.

    Parameters
    ----------
    epochs : int
        Passes over the examples.
    batch_pieces : int
        Pieces in a batch, padding counted.
    learning_rate : float
        Of the layers.
    row_learning_rate : float
        Of the piece rows.
    head_learning_rate : float
        Of the heads.
    dropout : float
        Share of the pooled features that is dropped before the heads.
    inner_dropout : float
        Share that is dropped inside the layers.
    longest : int
        Pieces of a text that are used.
    seed : int
        Seed of order and dropout.
    """

    epochs: int = 8
    batch_pieces: int = 2048
    learning_rate: float = 1e-4
    row_learning_rate: float = 3e-4
    head_learning_rate: float = 1e-3
    dropout: float = 0.2
    inner_dropout: float = 0.1
    longest: int = 254
    seed: int = 20261121


class MultiTaskNetwork(nn.Module):
    """The network with a head for each task.

    Parameters
    ----------
    body : ContextualNetwork
        The distilled network.
    dropout : float
        Share of the pooled features that is dropped before the heads.
    """

    def __init__(self, body: ContextualNetwork, dropout: float) -> None:
        super().__init__()
        width = body.widen.out_features
        self.body = body
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict(
            {task: nn.Linear(2 * width, len(labels)) for task, labels in LABELS.items()}
        )
        self.heads["departments"] = nn.Linear(2 * width, len(DEPARTMENTS))
        self.tags = nn.Linear(width, len(TAGS))
        self.polarities = nn.Linear(width, len(POLARITIES))

    def pool(self, hidden: Tensor, places: Sequence[tuple[int, int, int]]) -> Tensor:
        """Pool stretches by mean and maximum.

        Parameters
        ----------
        hidden : Tensor
            Vectors of a batch, shape (texts, length, width), the first mark at place 0.
        places : Sequence[tuple[int, int, int]]
            Text, first piece and last piece (not included) of each stretch.

        Returns
        -------
        Tensor
            Shape (stretches, 2 * width).
        """
        pooled = []
        for text, first, last in places:
            inside = hidden[text, first + 1 : last + 1]
            pooled.append(torch.cat([inside.mean(0), inside.max(0).values]))
        return torch.stack(pooled)


def finetune(
    network: MultiTaskNetwork,
    examples: Sequence[Example],
    config: FinetuneConfig,
) -> None:
    """Train the network in place.

    Parameters
    ----------
    network : MultiTaskNetwork
        The distilled network with fresh heads.
    examples : Sequence[Example]
        What to learn from.
    config : FinetuneConfig
        Settings.
    """
    torch.manual_seed(config.seed)
    generator = random.Random(config.seed)
    for module in network.body.bert.modules():
        if isinstance(module, nn.Dropout):
            module.p = config.inner_dropout
    body: list[nn.Parameter] = []
    rows: list[nn.Parameter] = []
    heads: list[nn.Parameter] = []
    for name, parameter in network.named_parameters():
        group = rows if name.startswith("body.rows") else body if name.startswith("body.") else heads
        group.append(parameter)
    optimizers = [
        torch.optim.AdamW(
            [
                {"params": body, "lr": config.learning_rate},
                {"params": heads, "lr": config.head_learning_rate},
            ],
            weight_decay=0.01,
        ),
        torch.optim.SparseAdam(rows, lr=config.row_learning_rate),
    ]
    batches = _batches(examples, config, generator)
    steps = config.epochs * (len(batches) + 2)
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(
            one, lambda step: min(1.0, step / (0.06 * steps)) * max(0.0, 1 - step / steps)
        )
        for one in optimizers
    ]
    for epoch in range(config.epochs):
        network.train()
        total = 0.0
        for batch in _batches(examples, config, generator):
            loss = _loss(network, [examples[index] for index in batch], config)
            for one in optimizers:
                one.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(body + heads, 1.0)
            for one in optimizers:
                one.step()
            for schedule in schedules:
                schedule.step()
            total += float(loss.detach())
        _log.info("finetune: epoch %d of %d, loss %.4f", epoch + 1, config.epochs, total / len(batches))
    network.eval()


def _loss(network: MultiTaskNetwork, batch: Sequence[Example], config: FinetuneConfig) -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = network.body(pad([example.rows for example in batch], config.longest + 2)).float()
    weights = torch.tensor([example.weight for example in batch])
    places = [(text, 0, len(example.rows)) for text, example in enumerate(batch)]
    stretches = [
        (text, first, last) for text, example in enumerate(batch) for first, last, _ in example.stretches
    ]
    pooled = network.dropout(network.pool(hidden, [*places, *stretches]))
    whole, parts = pooled[: len(places)], pooled[len(places) :]
    terms = []
    if stretches:
        right = torch.tensor([column for example in batch for _, _, column in example.stretches])
        weight = weights[torch.tensor([text for text, _, _ in stretches])]
        terms.append(_cross_entropy(network.heads["sentiment"](parts), right, weight))
    for task in ("owner", "intent", "urgency", "churn"):
        known = [text for text, example in enumerate(batch) if task in example.classes]
        if known:
            right = torch.tensor([batch[text].classes[task] for text in known])
            logits = network.heads[task](whole[known])
            terms.append(_TASK_WEIGHTS[task] * _cross_entropy(logits, right, weights[known]))
    known = [text for text, example in enumerate(batch) if example.departments is not None]
    if known:
        right = torch.zeros(len(known), len(DEPARTMENTS))
        for row, text in enumerate(known):
            right[row, list(batch[text].departments or ())] = 1.0
        losses = functional.binary_cross_entropy_with_logits(
            network.heads["departments"](whole[known]), right, reduction="none"
        ).sum(1)
        terms.append(0.4 * (losses * weights[known]).mean())
    terms += _target_losses(network, hidden, batch, weights)
    return torch.stack(terms).sum()


def _target_losses(
    network: MultiTaskNetwork, hidden: Tensor, batch: Sequence[Example], weights: Tensor
) -> list[Tensor]:
    """Losses of the tags of every piece, and of the polarity of the pieces of targets."""
    known = [text for text, example in enumerate(batch) if example.tags is not None]
    if not known:
        return []
    vectors = torch.cat([hidden[text, 1 : len(batch[text].rows) + 1] for text in known])
    tags = torch.tensor([tag for text in known for tag in batch[text].tags or ()])
    weight = torch.cat([weights[text].expand(len(batch[text].rows)) for text in known])
    losses = [_cross_entropy(network.tags(network.dropout(vectors)), tags, weight)]
    polarities = torch.tensor([polarity for text in known for polarity in batch[text].polarities])
    inside = polarities >= 0
    if inside.any():
        logits = network.polarities(network.dropout(vectors[inside]))
        losses.append(0.5 * _cross_entropy(logits, polarities[inside], weight[inside]))
    return losses


def _cross_entropy(logits: Tensor, right: Tensor, weights: Tensor) -> Tensor:
    return (functional.cross_entropy(logits, right, reduction="none") * weights).mean()


def _batches(
    examples: Sequence[Example], config: FinetuneConfig, generator: random.Random
) -> list[list[int]]:
    return group_by_length([len(example.rows) + 2 for example in examples], config.batch_pieces, generator)
