"""Start and train the table of token rows against the teacher, on sentence pairs and scored pairs."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

_log = logging.getLogger(__name__)
_SIF = 1e-3
_TEMPERATURE = 0.05
_DUPLICATE_COSINE = 0.9


@dataclass(frozen=True, slots=True)
class TableConfig:
    """Training settings of the table; the defaults are those of the shipped encoder."""

    dimension: int = 256
    epochs: int = 4
    batch_size: int = 1024
    learning_rate: float = 3e-3
    contrast_weight: float = 0.25
    similarity_weight: float = 10.0
    scored_weight: float = 2.0
    seed: int = 20261121


def reduce_teacher(vectors: NDArray[np.float32], dimension: int) -> NDArray[np.float32]:
    """Find the projection that keeps most of the teacher's energy (uncentred SVD).

    Parameters
    ----------
    vectors : NDArray[np.float32]
        Teacher vectors of the sentences.
    dimension : int
        Dimensions to keep.

    Returns
    -------
    NDArray[np.float32]
        Orthonormal columns; shape (d, dimension).
    """
    _, basis = np.linalg.eigh(vectors.T.astype(np.float64) @ vectors)
    return np.ascontiguousarray(basis[:, ::-1][:, :dimension]).astype(np.float32)


def start_table(
    rows: Sequence[str],
    counts: NDArray[np.float64],
    english: dict[str, NDArray[np.float32]],
    glosses: dict[str, NDArray[np.float32]],
    word_vectors: dict[str, NDArray[np.float32]],
) -> NDArray[np.float32]:
    """Lay the rows' first values: English from the teacher, Japanese from glosses and word vectors.

    Parameters
    ----------
    rows : Sequence[str]
        Row names; Japanese ones begin with ``ja:``.
    counts : NDArray[np.float64]
        How often each row is used in the training texts.
    english : dict[str, NDArray[np.float32]]
        Reduced teacher vector of each English piece.
    glosses : dict[str, NDArray[np.float32]]
        Reduced teacher vector of each Japanese word's glosses.
    word_vectors : dict[str, NDArray[np.float32]]
        Distributional vector of each Japanese word.

    Returns
    -------
    NDArray[np.float32]
        Rows scaled by smooth inverse frequency a / (a + p); shape (rows, dimension).

    References
    ----------
    Arora, Liang, Ma (2017), A simple but tough-to-beat baseline for sentence embeddings.
    """
    dimension = len(next(iter(english.values())))
    table = np.zeros((len(rows), dimension), dtype=np.float32)
    english_mean = np.mean(list(english.values()), axis=0)
    gloss_mean = np.mean(list(glosses.values()), axis=0)
    both = [word for word in glosses if word in word_vectors]
    source = np.stack([word_vectors[word] for word in both])
    goal = np.stack([glosses[word] - gloss_mean for word in both])
    ridge = np.linalg.solve(source.T @ source + 10.0 * np.eye(source.shape[1]), source.T @ goal)
    missing = []
    for index, name in enumerate(rows):
        if index == 0:
            continue
        if not name.startswith("ja:"):
            table[index] = english[name] - english_mean
            continue
        word = name[3:]
        parts = []
        if word in word_vectors:
            parts.append(word_vectors[word] @ ridge)
        if word in glosses:
            parts.append(glosses[word] - gloss_mean)
        if parts:
            table[index] = np.mean(parts, axis=0)
        else:
            missing.append(index)
    row_of = {name: index for index, name in enumerate(rows)}
    for index in missing:
        known = [
            row_of["ja:" + c] for c in rows[index][3:] if row_of.get("ja:" + c, index) not in missing[:1]
        ]
        if known:
            table[index] = table[known].mean(axis=0) * 0.5
    share = counts / counts.sum()
    table *= (_SIF / (_SIF + share))[:, None].astype(np.float32)
    return table


class Bags:
    """Token rows of many texts, laid end to end, from which batches are cut."""

    def __init__(self, lists: Sequence[Sequence[int]]) -> None:
        self._flat = torch.tensor([row for one in lists for row in one], dtype=torch.long)
        lengths = torch.tensor([len(one) for one in lists], dtype=torch.long)
        self._start = torch.cat([torch.zeros(1, dtype=torch.long), lengths.cumsum(0)])

    def batch(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Cut the rows of some texts.

        Parameters
        ----------
        indices : Tensor
            Which texts.

        Returns
        -------
        tuple[Tensor, Tensor]
            Rows laid end to end, and where each text begins.
        """
        starts, ends = self._start[indices], self._start[indices + 1]
        lengths = ends - starts
        offsets = torch.cat([torch.zeros(1, dtype=torch.long), lengths.cumsum(0)[:-1]])
        position = torch.arange(int(lengths.sum())) - torch.repeat_interleave(offsets, lengths)
        return self._flat[torch.repeat_interleave(starts, lengths) + position], offsets


@dataclass(frozen=True, slots=True)
class TrainingTexts:
    """Bags of rows with the teacher's vectors they must meet.

    `en` and `ja` are line-aligned with `en_goal`; `solo` are texts of one
    language (English customer sentences, Japanese dictionary words) with their
    own goals; `scored` are line-aligned Japanese pairs with a similarity.
    """

    en: Bags
    ja: Bags
    en_goal: Tensor
    solo: Bags
    solo_goal: Tensor
    scored_first: Bags
    scored_second: Bags
    scored_goal: Tensor


def train_table(start: NDArray[np.float32], texts: TrainingTexts, config: TableConfig) -> NDArray[np.float32]:
    """Train the rows.

    Parameters
    ----------
    start : NDArray[np.float32]
        First values.
    texts : TrainingTexts
        What to learn from.
    config : TableConfig
        Settings.

    Returns
    -------
    NDArray[np.float32]
        Trained rows; row 0 stays zero; shape (rows, dimension).
    """
    torch.manual_seed(config.seed)
    bag = torch.nn.EmbeddingBag.from_pretrained(
        torch.from_numpy(start.copy()), freeze=False, mode="mean", sparse=True, padding_idx=0
    )
    optimizer = torch.optim.SparseAdam(list(bag.parameters()), lr=config.learning_rate)
    pairs, solos, scored = len(texts.en_goal), len(texts.solo_goal), len(texts.scored_goal)
    steps = config.epochs * (pairs // config.batch_size)
    step = 0
    for epoch in range(config.epochs):
        order, solo_order = torch.randperm(pairs), torch.randperm(solos)
        scored_order = torch.randperm(scored)
        total = 0.0
        per_epoch = pairs // config.batch_size
        solo_size, scored_size = solos // (2 * per_epoch), max(scored // per_epoch, 32)
        for number in range(per_epoch):
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * (1 - step / steps)
            chosen = order[number * config.batch_size : (number + 1) * config.batch_size]
            goal = texts.en_goal[chosen]
            en = functional.normalize(bag(*texts.en.batch(chosen)), dim=1)
            ja = functional.normalize(bag(*texts.ja.batch(chosen)), dim=1)
            loss = _towards(en, goal) + _towards(ja, goal)
            loss = loss + config.contrast_weight * (
                _contrast(en, ja, goal) + _contrast(ja, goal, goal) + _contrast(en, goal, goal)
            )
            between = goal @ goal.T
            loss = loss + config.similarity_weight * (
                (ja @ ja.T - between).square().mean() + (en @ en.T - between).square().mean()
            )
            alone = solo_order[number * solo_size : (number + 1) * solo_size]
            solo = functional.normalize(bag(*texts.solo.batch(alone)), dim=1)
            loss = loss + 0.5 * _towards(solo, texts.solo_goal[alone])
            picked = scored_order[torch.randint(0, scored, (scored_size,))]
            first = functional.normalize(bag(*texts.scored_first.batch(picked)), dim=1)
            second = functional.normalize(bag(*texts.scored_second.batch(picked)), dim=1)
            cosine = (first * second).sum(dim=1)
            loss = loss + config.scored_weight * (cosine - texts.scored_goal[picked]).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += float(loss.detach())
            step += 1
        _log.info("table: epoch %d of %d, loss %.4f", epoch + 1, config.epochs, total / per_epoch)
    rows: NDArray[np.float32] = bag.weight.detach().numpy()
    rows[0] = 0.0
    return rows


def _towards(vectors: Tensor, goal: Tensor) -> Tensor:
    return (1 - (vectors * goal).sum(dim=1)).mean()


def _contrast(left: Tensor, right: Tensor, goal: Tensor) -> Tensor:
    """InfoNCE both ways; in-batch sentences that the teacher finds alike are no negatives."""
    logits = left @ right.T / _TEMPERATURE
    alike = (goal @ goal.T > _DUPLICATE_COSINE) & ~torch.eye(len(goal), dtype=torch.bool)
    logits = logits.masked_fill(alike, -1e4)
    labels = torch.arange(len(goal))
    return (functional.cross_entropy(logits, labels) + functional.cross_entropy(logits.T, labels)) / 2
